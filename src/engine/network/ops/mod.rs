//! One layer each: forward, and backward to inputs and parameters.

pub mod conv;
mod direct;
pub mod join;
pub mod linear;
pub mod norm;
pub mod pointwise;
pub mod pool;

use super::Activations;

/// The values in memory order.
pub(super) fn flat(array: &Activations) -> &[f32] {
    array.as_slice().unwrap_or_else(|| unreachable!("activations are in standard layout"))
}

/// The values in memory order, to change.
pub(super) fn flat_mut(array: &mut Activations) -> &mut [f32] {
    array.as_slice_mut().unwrap_or_else(|| unreachable!("activations are in standard layout"))
}

/// Adds the sum of every row to its entry: the gradient of a bias.
pub(super) fn add_row_sums(sums: &mut [f32], rows: &[f32], width: usize) {
    sums.iter_mut().zip(rows.chunks_exact(width.max(1))).for_each(|(sum, row)| *sum += row.iter().sum::<f32>());
}
