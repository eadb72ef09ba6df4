//! Values → codes and parameters → values: one file a family, one [`Scheme`] over all.
//!
//! Non-finite weights are excluded from every fit and from the error report, and counted. In the codes NaN takes the level
//! nearest to zero, +∞ the largest level and −∞ the smallest; a cast to a format that has NaN or infinities keeps them.

pub mod affine;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
pub mod cast;
mod chain;
pub mod course;
mod curve;
pub mod encode;
mod exact;
pub mod fine_tune;
mod fit;
mod fitting;
pub mod ggml;
pub mod kmeans;
mod levels;
pub mod linear;
pub mod lloyd;
pub mod lookup;
pub mod nearest;
pub mod optimal;
mod partition;
mod penalized;
mod pinned;
pub mod points;
mod polish;
mod preview;
pub mod prune;
mod pruned;
mod quantized;
mod rounded;
mod ruler;
mod scheme;
mod shares;
pub mod signs;
pub mod stepwise;
mod text;
mod used;
mod walk;
mod weighted;

pub use chain::{Scheme, Sparse, Storage};
pub use curve::curve;
pub use exact::{Options, error_histogram, quantize, quantize_with};
pub use fit::{CurvePoint, Fitted, Levels, Preview};
pub use ggml::Ggml;
pub use levels::{levels, levels_of};
pub use linear::ScaleFormat;
pub use partition::{Partition, Per};
pub use preview::{preview, preview_with};
pub use prune::{Amount, Prune, Scope};
pub use quantized::{Codes, Decoder, Quantized};
pub use scheme::{Cast, CastScale, Clip, FAMILIES, Family, Init, KMeans, Linear, Quantizer, Range, Zero};
pub use shares::Shares;
pub use signs::{Binary, Scales, SignScale, Ternary, Threshold};
pub use text::SchemeError;

pub use crate::engine::number::{Overflow, Rounding};

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
