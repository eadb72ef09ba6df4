//! Why a network was not compressed.

use crate::engine::Cancelled;
use crate::engine::network::Stopped;
use crate::engine::quantize::QuantizeError;

/// The reason.
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
