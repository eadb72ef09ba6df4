//! Signals: a wave, samples of it, and their levels (the lecture's section III).
//!
//! A [`Source`] gives samples; [`Levels`] say which values there are and where one ends and the next begins; [`quantize`] takes each
//! sample to a level, with dither and noise shaping; [`Quality`] measures what that cost against the rule of 6.02 dB a bit.

mod dither;
mod levels;
mod quality;
mod source;

pub use dither::{Dither, Quantized, Recipe, quantize};
pub use levels::{Grid, Law, Levels};
pub use quality::{Deviation, Quality};
pub use source::Source;

/// Why a signal cannot be quantized like this; a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SignalError(String);

#[cfg(test)]
mod tests;
