//! What the training between the stages shares: why it ends early, and its part of the progress.

use crate::engine::network::Stopped;
use crate::engine::quantize::QuantizeError;
use crate::engine::{Cancelled, Progress};

/// Why a network was not compressed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CompressError {
    /// Withdrawn.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The recipe, the pictures and the network do not go together; the text says why.
    #[error("{0}")]
    Unfit(String),
}

impl From<QuantizeError> for CompressError {
    fn from(error: QuantizeError) -> Self {
        match error {
            QuantizeError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            QuantizeError::Unfit(reason) => Self::Unfit(reason),
        }
    }
}

impl From<Stopped> for CompressError {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled(cancelled) => Self::Cancelled(cancelled),
            stopped => Self::Unfit(stopped.to_string()),
        }
    }
}

/// A part of longer work: its own progress as that of the whole.
pub(super) struct Span<'a> {
    pub outer: &'a dyn Progress,
    /// Units of the whole that are done before.
    pub before: u64,
    /// Units of this part.
    pub units: u64,
    /// Units of the whole.
    pub total: u64,
}

/// Steps that a unit is cut into, so that progress moves within it.
const FINE: u64 = 1000;

impl Progress for Span<'_> {
    fn tick(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        let within = (self.units * FINE * done).checked_div(total).unwrap_or(0);
        self.outer.tick(self.before * FINE + within, self.total * FINE)
    }

    fn check(&self) -> Result<(), Cancelled> {
        self.outer.check()
    }
}
