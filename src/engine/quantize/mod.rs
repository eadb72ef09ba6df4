//! Values → codes and parameters → values: one file a family, one [`Scheme`] over all.
//!
//! Non-finite weights are excluded from every fit and from the error report, and counted. In the codes NaN takes the level
//! nearest to zero, +∞ the largest level and −∞ the smallest; a cast to a format that has NaN or infinities keeps them.

mod answer;
#[cfg(target_arch = "x86_64")]
mod avx2;
mod cast;
mod curve;
mod encode;
mod fit;
mod kmeans;
mod levels;
pub mod linear;
mod partition;
mod quantized;
mod scheme;
mod text;

pub use curve::{curve, curve_exact};
pub use fit::{CurvePoint, Fitted, Levels, Preview};
pub use levels::{error_histogram, levels, levels_of};
pub use partition::{Partition, Per};
pub use quantized::{Codes, Decoder, Quantized};
pub use scheme::{Cast, CastScale, Clip, FAMILIES, Family, Init, KMeans, Linear, Overflow, Range, Scheme, Zero};
pub use text::SchemeError;

use crate::engine::tensor::Summary;
use crate::engine::{Cancelled, Progress};

/// Why a scheme cannot be applied to a tensor.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum QuantizeError {
    /// Nobody waits for the result any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The scheme and this tensor do not go together; the text says why and what would.
    #[error("{0}")]
    Unfit(String),
}

/// Fits a scheme to all weights: codes, parameters and the exact error report. Runs on the caller's rayon pool.
///
/// `summary` must be that of `values`; where it is given, what it knows is not computed again.
///
/// # Errors
/// [`QuantizeError::Unfit`] where the shape does not hold as many weights as there are, or scheme and shape do not go together;
/// [`QuantizeError::Cancelled`] where the caller withdrew the request.
pub fn quantize(
    values: &[f32],
    shape: &[usize],
    scheme: &Scheme,
    summary: Option<&Summary>,
    progress: &dyn Progress,
) -> Result<Fitted, QuantizeError> {
    if shape.iter().product::<usize>() != values.len() {
        return Err(QuantizeError::Unfit(format!("the shape {shape:?} does not hold {} weights", values.len())));
    }
    match scheme {
        Scheme::KMeans(kmeans) => kmeans::fit(values, shape, kmeans, summary, progress),
        Scheme::Linear(linear) => linear::fit(values, shape, linear, summary, progress),
        Scheme::Cast(cast) => cast::fit(values, shape, cast, summary, progress),
    }
}

/// Answers a scheme from a tensor's summary, within a frame. `None` where the parameters are not shared by the whole tensor, or
/// the scheme is refused: then [`quantize`] answers, or says why not.
pub fn preview(summary: &Summary, shape: &[usize], scheme: &Scheme) -> Option<Preview> {
    match scheme {
        Scheme::KMeans(kmeans) => kmeans::preview(summary, shape, kmeans),
        Scheme::Linear(linear) => linear::preview(summary, shape, linear),
        Scheme::Cast(cast) => cast::preview(summary, shape, cast),
    }
}
