//! Sound from a file, as a model holds it.

use crate::engine::tensor::Model;

/// The metadata that says how many samples a second there are: what marks a model as sound.
pub const RATE_KEY: &str = "sampling rate, Hz";

/// The most samples that are looked at: nearly six minutes at 48 kHz.
pub const MOST_SAMPLES: usize = 1 << 24;

/// One channel of a recording, in units of full scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Samples a second.
    pub rate: f64,
    /// The first [`MOST_SAMPLES`] samples.
    pub samples: Vec<f64>,
    /// Samples in all.
    pub total: usize,
}

impl Recording {
    /// Samples a second of a model that holds sound: one tensor a channel, one axis, and the rate among its metadata.
    pub fn rate_of(model: &Model) -> Option<f64> {
        let (_, rate) = model.metadata.iter().find(|(key, _)| key == RATE_KEY)?;
        let flat = !model.tensors.is_empty() && model.tensors.iter().all(|tensor| tensor.shape.len() == 1);
        rate.parse().ok().filter(|rate: &f64| flat && rate.is_finite() && *rate > 0.0)
    }

    /// A channel of a model that holds sound.
    ///
    /// # Errors
    /// No sound, no such channel, or one that cannot be read.
    pub fn of_model(model: &Model, channel: usize) -> Result<Self, String> {
        let rate = Self::rate_of(model).ok_or("this file holds no sound")?;
        let tensor = model.tensors.get(channel).ok_or("this file has no such channel")?;
        let values = tensor.values().map_err(|error| error.to_string())?;
        // A float file may hold what is no number; silence stands for it.
        let number = |value: &f32| if value.is_finite() { f64::from(*value) } else { 0.0 };
        let samples = values.iter().take(MOST_SAMPLES).map(number).collect();
        Ok(Self { rate, samples, total: values.len() })
    }
}
