//! Signals: a wave, samples of it, and their levels (the lecture's section III).
//!
//! A [`Source`] gives samples; [`Levels`] say which values there are and where one ends and the next begins; [`quantize`] takes each
//! sample to a level, with dither and noise shaping; [`Quality`] measures what that cost against the rule of 6.02 dB a bit, [`Errors`]
//! and [`Spectrum`] show where the error lies. A [`Recording`] is sound from a file.

mod dither;
mod errors;
mod levels;
mod quality;
mod recording;
mod source;
mod spectrum;

pub use dither::{Dither, Quantized, Recipe, quantize};
pub use errors::Errors;
pub use levels::{Grid, Law, Levels};
pub use quality::{Deviation, Quality};
pub use recording::{MOST_SAMPLES, RATE_KEY, Recording};
pub use source::Source;
pub use spectrum::Spectrum;

use crate::engine::Cancelled;

/// Why a signal was not quantized.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignalError {
    /// It cannot be, like this; a sentence.
    #[error("{0}")]
    Unfit(String),
    /// Nobody waits for it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

#[cfg(test)]
mod tests;
