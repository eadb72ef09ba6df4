//! From samples to levels: rounding, dither, noise shaping.

use super::{Levels, SignalError};
use crate::engine::rng::Rng;

/// Noise that is added before rounding, so that the error no longer follows the signal (Lipshitz, Wannamaker, Vanderkooy 1992). It is not
/// taken out again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dither {
    /// None.
    #[default]
    None,
    /// Rectangular, one step wide: the mean error is 0 whatever the signal.
    Rectangular,
    /// Triangular, two steps wide: the variance of the error does not depend on the signal either.
    Triangular,
}

/// How samples go to levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Recipe {
    /// What is added first.
    pub dither: Dither,
    /// Whether each error is taken off the next sample, which moves the noise to high frequencies: its spectrum is multiplied by
    /// 1 − z⁻¹.
    pub shaped: bool,
    /// Of the dither.
    pub seed: u64,
}

/// A quantized signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantized {
    /// The level of each sample, by place.
    pub codes: Vec<u16>,
    /// Its value.
    pub values: Vec<f64>,
    /// Samples, with dither and what noise shaping took off, that were beyond the levels.
    pub clipped: usize,
}

/// Takes every sample to a level.
///
/// # Errors
/// Dither for levels that are not evenly spaced: it is measured in steps.
pub fn quantize(samples: &[f64], levels: &Levels, recipe: Recipe) -> Result<Quantized, SignalError> {
    let step = match (recipe.dither, levels.step) {
        (Dither::None, _) => 0.0,
        (_, Some(step)) => step,
        (_, None) => {
            return Err(SignalError::Unfit("dither is measured in steps; it needs evenly spaced levels".to_owned()));
        }
    };
    let mut rng = Rng::new(recipe.seed);
    let mut error = 0.0;
    let mut quantized =
        Quantized { codes: Vec::with_capacity(samples.len()), values: Vec::with_capacity(samples.len()), clipped: 0 };
    for &sample in samples {
        let wanted = if recipe.shaped { sample - error } else { sample };
        let noise = match recipe.dither {
            Dither::None => 0.0,
            Dither::Rectangular => step * (rng.uniform() - 0.5),
            Dither::Triangular => step * (rng.uniform() - rng.uniform()),
        };
        let code = levels.index(wanted + noise);
        let value = levels.values[code];
        quantized.clipped += usize::from(levels.clips(wanted + noise));
        // Where a level is out of reach, what is missing must not pile up.
        error = if levels.clips(wanted + noise) { 0.0 } else { value - wanted };
        quantized.codes.push(code as u16);
        quantized.values.push(value);
    }
    Ok(quantized)
}
