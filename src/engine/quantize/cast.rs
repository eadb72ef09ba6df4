//! Rounding to a number format.

use super::{Cast, Fitted, Preview, QuantizeError};
use crate::engine::Progress;
use crate::engine::tensor::Summary;

/// Casts all weights.
pub(super) fn fit(
    _values: &[f32],
    _shape: &[usize],
    _cast: &Cast,
    _summary: Option<&Summary>,
    _progress: &dyn Progress,
) -> Result<Fitted, QuantizeError> {
    Err(QuantizeError::Unfit("cast comes with the number formats".to_owned()))
}

/// Casts the bins.
pub(super) fn preview(_summary: &Summary, _shape: &[usize], _cast: &Cast) -> Option<Preview> {
    None
}
