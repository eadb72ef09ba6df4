//! Values → codes and parameters → values: one file a family, one [`Scheme`] over all.
//!
//! Non-finite weights are excluded from every fit and from the error report, and counted. In the codes NaN takes the level
//! nearest to zero, +∞ the largest level and −∞ the smallest; a cast to a format that has NaN or infinities keeps them.

mod fit;
mod partition;
mod quantized;
mod scheme;
mod text;

pub use fit::{CurvePoint, Fitted, Levels, Preview};
pub use partition::{Partition, Per};
pub use quantized::{Codes, Decoder, Quantized};
pub use scheme::{Cast, CastScale, Clip, FAMILIES, Family, Init, KMeans, Linear, Range, Scheme, Zero};
pub use text::SchemeError;

pub use crate::engine::number::Overflow;

use crate::engine::Cancelled;

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
