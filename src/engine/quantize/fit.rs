//! What fitting a scheme to weights gives, before and after the exact pass.

use super::{Decoder, Quantized};
use crate::engine::measure::{ErrorHistogram, ErrorReport};

/// The levels of one group, sorted by value, as a histogram shows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// The group that they belong to.
    pub group: usize,
    /// Code of each level; where two codes mean the same value (±0) the level has the one that encoding produces.
    pub codes: Vec<u16>,
    /// Value of each level, strictly ascending.
    pub values: Vec<f32>,
    /// Weights on each level.
    pub counts: Vec<u64>,
    /// Where the code changes: `boundaries[i]` parts level i from level i + 1.
    pub boundaries: Vec<f32>,
}

/// A scheme answered from a [`crate::engine::tensor::Summary`] alone, within a frame.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Parameters, as the exact pass would fit them or very near.
    pub decoder: Decoder,
    /// Levels with their counts.
    pub levels: Levels,
    /// Errors, from the bins.
    pub report: ErrorReport,
    /// Distribution of the errors, from the bins.
    pub errors: ErrorHistogram,
    /// How the parameters came about.
    pub method: String,
    /// Magnitude below which weights are pruned; 0 where none is.
    pub threshold: f32,
    /// Whether all of this is exact: every bin held one distinct value, and rounding leaves nothing to chance.
    pub exact: bool,
}

/// A scheme fitted to all weights.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// Codes and parameters.
    pub quantized: Quantized,
    /// Errors over all weights.
    pub report: ErrorReport,
}

/// One point of a rate-distortion curve.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvePoint {
    /// Width of a code.
    pub bits: u32,
    /// Bits per weight, everything counted.
    pub bits_per_weight: f64,
    /// Errors.
    pub report: ErrorReport,
}
