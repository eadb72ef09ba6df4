//! Labelled pictures.

use std::sync::Arc;

use super::Activations;

/// Pictures of one size with a class each.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// What reports call it, with the split: `drawn digits, test`.
    pub name: String,
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// One byte a value, picture after picture, channel by channel.
    pub pixels: Arc<[u8]>,
    /// The class of every picture.
    pub labels: Arc<[u16]>,
    /// The names of the classes.
    pub classes: Vec<String>,
}

/// Why pictures and labels do not make a data set, or do not fit a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DatasetError(pub String);

/// What a network takes of a byte: (byte / 255 − mean) / deviation.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Normalization {
    /// Subtracted.
    pub mean: f32,
    /// Divided by.
    pub deviation: f32,
}

impl Default for Normalization {
    fn default() -> Self {
        Self { mean: 0.0, deviation: 1.0 }
    }
}

impl Normalization {
    /// Whether it makes numbers of bytes.
    ///
    /// # Errors
    /// Which part does not, and what was expected.
    pub fn check(self) -> Result<(), String> {
        let Self { mean, deviation } = self;
        if !mean.is_finite() {
            return Err(format!("normalization by a mean of {mean}, expected a finite number"));
        }
        if !deviation.is_finite() || deviation == 0.0 {
            return Err(format!("normalization by a deviation of {deviation}, expected a finite number that is not 0"));
        }
        Ok(())
    }
}

impl Dataset {
    /// Checks that everything fits together.
    ///
    /// # Errors
    /// Numbers of pixels and labels that differ from what the shape says; a label without a class.
    pub fn new(
        name: impl Into<String>,
        shape: [usize; 3],
        pixels: Vec<u8>,
        labels: Vec<u16>,
        classes: Vec<String>,
    ) -> Result<Self, DatasetError> {
        let [channels, height, width] = shape;
        let picture = channels * height * width;
        if picture == 0 {
            return Err(DatasetError(format!("pictures of {channels}×{height}×{width} hold nothing")));
        }
        if pixels.len() != picture * labels.len() {
            let (found, pictures) = (pixels.len(), labels.len());
            return Err(DatasetError(format!(
                "{found} bytes where {pictures} pictures of {channels}×{height}×{width} need {}",
                picture * pictures
            )));
        }
        if let Some(position) = labels.iter().position(|label| usize::from(*label) >= classes.len()) {
            let (label, count) = (labels[position], classes.len());
            return Err(DatasetError(format!(
                "picture {position} has label {label}; there are {count} classes, from 0"
            )));
        }
        Ok(Self { name: name.into(), shape, pixels: pixels.into(), labels: labels.into(), classes })
    }

    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// One picture's bytes.
    pub fn picture(&self, index: usize) -> &[u8] {
        let size: usize = self.shape.iter().product();
        &self.pixels[index * size..(index + 1) * size]
    }

    /// The pictures at these places as a shard `[channels, images, height, width]`.
    pub fn shard(&self, places: &[usize], normalization: Normalization) -> Activations {
        let [channels, height, width] = self.shape;
        let plane = height * width;
        let table: [f32; 256] =
            std::array::from_fn(|byte| (byte as f32 / 255.0 - normalization.mean) / normalization.deviation);
        let mut shard = Activations::zeros((channels, places.len(), height, width));
        let target = super::ops::flat_mut(&mut shard);
        for (image, place) in places.iter().enumerate() {
            for (channel, bytes) in self.picture(*place).chunks_exact(plane).enumerate() {
                let start = (channel * places.len() + image) * plane;
                let to = &mut target[start..start + plane];
                to.iter_mut().zip(bytes).for_each(|(value, byte)| *value = table[usize::from(*byte)]);
            }
        }
        shard
    }

    /// The first `count` pictures, shard by shard.
    pub fn shards(&self, count: usize, normalization: Normalization) -> impl Iterator<Item = Activations> + '_ {
        let places: Vec<usize> = (0..count.min(self.len())).collect();
        let starts = (0..places.len()).step_by(super::SHARD);
        starts.map(move |start| self.shard(&places[start..(start + super::SHARD).min(places.len())], normalization))
    }

    /// The first so many pictures.
    pub fn first(&self, count: usize) -> Self {
        self.range(0..count.min(self.len()), &self.name)
    }

    /// The pictures at these places, in this order.
    pub fn select(&self, places: &[usize]) -> Self {
        let pixels: Vec<u8> = places.iter().flat_map(|place| self.picture(*place)).copied().collect();
        Self { pixels: pixels.into(), labels: places.iter().map(|place| self.labels[*place]).collect(), ..self.clone() }
    }

    /// A part of the pictures, under another name.
    pub fn range(&self, range: std::ops::Range<usize>, name: &str) -> Self {
        let size: usize = self.shape.iter().product();
        Self {
            name: name.to_owned(),
            pixels: self.pixels[range.start * size..range.end * size].into(),
            labels: self.labels[range].into(),
            shape: self.shape,
            classes: self.classes.clone(),
        }
    }
}
