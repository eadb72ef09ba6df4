//! A network in integers alone: int8 weights and activations, int32 sums and biases, fixed-point rescaling (Jacob et al. 2018).
//!
//! Codes of a shard lie image by image, \[images\]\[channels · height · width\], so that reshaping costs nothing. The input is a byte's
//! code, looked up; from then on no float is touched. Class scores stay sums: they are compared after a fixed-point multiplication
//! that makes the scales of the output channels equal.

pub(super) mod build;
mod pool;
#[cfg(test)]
mod reference;
mod sums;
#[cfg(test)]
mod tests;

use super::super::data::Dataset;
use super::super::evaluate::{Evaluation, answers, check_sizes};
use super::super::graph::Shape;
use super::calibration::unfit;
use crate::engine::Progress;
use crate::engine::integer::kernel::{ByteInput, Rescale, Weights};
use crate::engine::integer::{Geometry, IntegerError};
use crate::engine::quantize::QuantizeError;

/// A network that computes with codes.
#[derive(Clone, Debug)]
pub struct IntegerNetwork {
    name: String,
    input: Shape,
    classes: usize,
    /// The code of every byte.
    table: Box<[i8; 256]>,
    stages: Vec<Stage>,
    /// Additions and multiplications beside the products.
    rescaled: u64,
}

/// One computation.
#[derive(Clone, Debug)]
struct Stage {
    /// The node that it computes; with a fused rectifier the rectifier.
    name: String,
    /// Where the codes come from: 0 is the input, k the output of stage k − 1.
    sources: Vec<usize>,
    /// Channels, height and width of the first source.
    from: Shape,
    /// Of the output.
    to: Shape,
    kind: Kind,
}

/// What a stage does.
#[derive(Clone, Debug)]
enum Kind {
    /// A convolution, or with no geometry a fully connected layer.
    Products {
        weights: Weights,
        /// q_bias, channel by channel.
        start: Vec<i32>,
        geometry: Option<Geometry>,
        /// Z_X, in the border.
        pad: i32,
        end: End,
    },
    /// The largest code of each window.
    Largest(super::super::ops::pool::Geometry),
    /// The mean of each window, rescaled; one stage for each number of codes in a window, from 1.
    Mean { geometry: super::super::ops::pool::Geometry, zero_point: i32, by_count: Vec<Rescale> },
    /// max(q, Z).
    Rectify { zero_point: i8 },
    /// Σ M_i (q_i − Z_i) + Z_Y, all sources into one code.
    Sum(sums::Sum),
    /// Sources behind each other, each rescaled.
    Join(Vec<sums::Sum>),
}

/// Where sums go.
#[derive(Clone, Debug)]
enum End {
    /// To codes, channel by channel.
    Codes(Vec<Rescale>),
    /// To class scores: what each channel's sum is multiplied by, so that all have one scale.
    Scores(Vec<i64>),
}

/// What a shard leaves behind.
struct Values {
    /// The codes of the input and of every stage; empty for class scores.
    codes: Vec<Vec<i8>>,
    /// Class scores, \[images\]\[classes\].
    scores: Vec<i64>,
}

/// What a shard leaves behind, by the names of nodes.
pub(super) struct Coded<'a> {
    codes: Vec<(&'a str, Vec<i8>)>,
    /// \[images\]\[classes\].
    scores: Vec<i64>,
    classes: usize,
}

impl Coded<'_> {
    /// The codes of a node, \[images\]\[channels · height · width\]; `None` where it has none of its own.
    pub fn of(&self, node: &str) -> Option<&[i8]> {
        let (_, codes) = self.codes.iter().find(|(name, codes)| *name == node && !codes.is_empty())?;
        Some(codes)
    }

    /// Whether no class has a larger score than this one, picture by picture.
    pub fn wins(&self, classes: &[u16]) -> impl Iterator<Item = bool> {
        let scores = self.scores.chunks_exact(self.classes.max(1));
        scores.zip(classes).map(|(scores, class)| scores.iter().all(|score| *score <= scores[usize::from(*class)]))
    }
}

impl IntegerNetwork {
    /// Rescalings of a sum to a code, for one picture.
    pub fn rescalings(&self) -> u64 {
        self.rescaled
    }

    /// Runs all pictures.
    ///
    /// # Errors
    /// Pictures that do not fit; a sum beyond int32, which [`Self::new`] has ruled out; or cancelled.
    pub fn evaluate(&self, data: &Dataset, progress: &dyn Progress) -> Result<Evaluation, QuantizeError> {
        check_sizes(&self.name, self.input, self.classes, data).map_err(unfit)?;
        answers(data, progress, |places| self.winners(data, places))
    }

    /// The codes of every node that a stage computes, and the class scores.
    pub(super) fn codes(&self, data: &Dataset, places: &[usize]) -> Result<Coded<'_>, QuantizeError> {
        let Values { codes, scores } = self.run(data, places)?;
        let names = self.stages.iter().map(|stage| stage.name.as_str());
        Ok(Coded { codes: names.zip(codes.into_iter().skip(1)).collect(), scores, classes: self.classes })
    }

    /// The class of the largest score of every picture, the first of equals.
    fn winners(&self, data: &Dataset, places: &[usize]) -> Result<Vec<u16>, QuantizeError> {
        let scores = self.run(data, places)?.scores;
        let best = |scores: &[i64]| {
            let best = (1..scores.len()).fold(0, |best, class| if scores[class] > scores[best] { class } else { best });
            best as u16
        };
        Ok(scores.chunks_exact(self.classes.max(1)).map(best).collect())
    }

    /// Runs the pictures at these places.
    fn run(&self, data: &Dataset, places: &[usize]) -> Result<Values, QuantizeError> {
        let images = places.len();
        let size: usize = self.input.iter().product();
        let mut input = Vec::with_capacity(images * size);
        for place in places {
            input.extend(data.picture(*place).iter().map(|byte| self.table[usize::from(*byte)]));
        }
        let mut values = Values { codes: vec![input], scores: Vec::new() };
        for stage in &self.stages {
            let sources: Vec<&[i8]> = stage.sources.iter().map(|source| values.codes[*source].as_slice()).collect();
            let output = stage.run(&sources, images, &mut values.scores);
            let output = output.map_err(|error| unfit(format!("layer {}: {error}", stage.name)))?;
            values.codes.push(output);
        }
        if let (true, Some(codes)) = (values.scores.is_empty(), values.codes.last()) {
            values.scores = codes.iter().map(|code| i64::from(*code)).collect();
        }
        Ok(values)
    }
}

impl Stage {
    fn run(&self, sources: &[&[i8]], images: usize, scores: &mut Vec<i64>) -> Result<Vec<i8>, IntegerError> {
        let input = sources[0];
        let [channels, height, width] = self.from;
        Ok(match &self.kind {
            Kind::Products { weights, start, geometry: Some(geometry), pad, end } => {
                let shape = [images, channels, height, width];
                let sums = weights.convolve(ByteInput::Signed(input), shape, geometry, *pad, start)?;
                let plane = self.to[1] * self.to[2];
                match end {
                    End::Codes(stages) => by_channel(&sums, plane, stages),
                    End::Scores(factors) => {
                        let rows = factors.iter().cycle();
                        *scores = sums.iter().zip(rows).map(|(sum, factor)| i64::from(*sum) * factor).collect();
                        Vec::new()
                    }
                }
            }
            Kind::Products { weights, start, geometry: None, end, .. } => {
                let columns = transposed(input, images, channels);
                let sums = weights.multiply(ByteInput::Signed(&columns), images, start)?;
                match end {
                    End::Codes(stages) => transposed(&by_channel(&sums, images, stages), stages.len(), images),
                    End::Scores(factors) => {
                        let rows = sums.chunks_exact(images).zip(factors);
                        let scaled: Vec<i64> = rows
                            .flat_map(|(row, factor)| row.iter().map(move |sum| i64::from(*sum) * factor))
                            .collect();
                        *scores = transposed(&scaled, factors.len(), images);
                        Vec::new()
                    }
                }
            }
            Kind::Largest(geometry) => pool::largest(*geometry, input, (channels * images, height, width)),
            Kind::Mean { geometry, zero_point, by_count } => {
                pool::mean(*geometry, input, (channels * images, height, width), *zero_point, by_count)
            }
            Kind::Rectify { zero_point } => input.iter().map(|code| *code.max(zero_point)).collect(),
            Kind::Sum(sum) => sum.apply(sources),
            Kind::Join(parts) => {
                let parts: Vec<Vec<i8>> =
                    parts.iter().zip(sources).map(|(part, source)| part.apply(&[source])).collect();
                let sizes: Vec<usize> = parts.iter().map(|part| part.len() / images.max(1)).collect();
                let image = |image: usize| {
                    let parts = parts.iter().zip(&sizes);
                    parts.flat_map(move |(part, size)| part[image * size..(image + 1) * size].iter().copied())
                };
                (0..images).flat_map(image).collect()
            }
        })
    }
}

/// Sums in runs of one channel each, the channels over and over again, to codes.
fn by_channel(sums: &[i32], run: usize, stages: &[Rescale]) -> Vec<i8> {
    let mut codes = vec![0; sums.len()];
    let runs = sums.chunks_exact(run.max(1)).zip(codes.chunks_exact_mut(run.max(1)));
    runs.zip(stages.iter().cycle()).for_each(|((sums, codes), stage)| stage.apply(sums, codes));
    codes
}

/// Rows and columns exchanged.
fn transposed<T: Copy>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
}
