//! Blocking and packing, the same for bytes and floats.

use rayon::prelude::*;

use super::tile::{Tile, Version};
use super::{COLS, DEPTH, PANELS, ROWS};

/// What a product computes with.
pub(super) trait Kernel: Sync {
    /// One step of the left operand: four bytes, or one float.
    type Left: Copy + Default + Send + Sync;
    /// One step of the right operand.
    type Right: Copy + Default + Send + Sync;
    /// A sum of products.
    type Sum: Copy + Default + Send + Sync;
    /// The sums of one tile.
    fn tile(version: Version, left: &[Self::Left], right: &[Self::Right], tile: &mut Tile<Self::Sum>);
    /// One sum onto another.
    fn add(sum: Self::Sum, more: Self::Sum) -> Self::Sum;
}

/// Where the right operand comes from.
pub(super) trait Source<T>: Sync {
    /// Packs some steps of up to [`COLS`] columns from `first` on. Columns beyond `count` may hold anything.
    fn pack(&self, first: usize, count: usize, steps: std::ops::Range<usize>, out: &mut [[T; COLS]]);
}

/// The left operand: blocks of [`DEPTH`] steps, in each the panels of [`ROWS`] rows, in each the steps. Missing rows are zero.
#[derive(Clone, Debug)]
pub(super) struct Packed<T> {
    rows: usize,
    steps: usize,
    data: Vec<T>,
}

impl<T: Copy + Default> Packed<T> {
    /// Packs `value(row, step)`.
    pub fn new(rows: usize, steps: usize, value: impl Fn(usize, usize) -> T) -> Self {
        let mut data = Vec::with_capacity(rows.next_multiple_of(ROWS) * steps);
        for block in (0..steps).step_by(DEPTH) {
            for top in (0..rows).step_by(ROWS) {
                for step in block..(block + DEPTH).min(steps) {
                    data.extend((top..top + ROWS).map(|row| if row < rows { value(row, step) } else { T::default() }));
                }
            }
        }
        Self { rows, steps, data }
    }

    /// The steps of one panel within a block.
    fn panel(&self, block: usize, depth: usize, top: usize) -> &[T] {
        let start = block * self.rows.next_multiple_of(ROWS) + top * depth;
        &self.data[start..start + ROWS * depth]
    }
}

/// Adds the product of `left` and `source` to `out`, rows × cols, row by row.
pub(super) fn multiply<K: Kernel, S: Source<K::Right>>(
    version: Version,
    left: &Packed<K::Left>,
    source: &S,
    cols: usize,
    out: &mut [K::Sum],
) {
    assert_eq!(out.len(), left.rows * cols, "the output is rows × columns");
    if out.is_empty() {
        return;
    }
    let mut packed = vec![K::Right::default(); COLS * PANELS.min(cols.div_ceil(COLS)) * DEPTH.min(left.steps)];
    for first in (0..cols).step_by(COLS * PANELS) {
        let width = (cols - first).min(COLS * PANELS);
        for block in (0..left.steps).step_by(DEPTH) {
            let depth = (left.steps - block).min(DEPTH);
            let packed = &mut packed[..width.div_ceil(COLS) * COLS * depth];
            packed.par_chunks_mut(COLS * depth).enumerate().for_each(|(number, panel)| {
                let from = number * COLS;
                let steps = block..block + depth;
                source.pack(first + from, (width - from).min(COLS), steps, panel.as_chunks_mut().0);
            });
            let packed = &*packed;
            out.par_chunks_mut(ROWS * cols).enumerate().for_each(|(number, rows)| {
                let left = left.panel(block, depth, number * ROWS);
                let mut tile: Tile<K::Sum> = [K::Sum::default(); ROWS * COLS];
                for (number, panel) in packed.chunks_exact(COLS * depth).enumerate() {
                    K::tile(version, left, panel, &mut tile);
                    let from = number * COLS;
                    let count = (width - from).min(COLS);
                    for (row, sums) in rows.chunks_exact_mut(cols).zip(tile.as_chunks::<COLS>().0) {
                        let row = &mut row[first + from..first + from + count];
                        row.iter_mut().zip(sums).for_each(|(out, &sum)| *out = K::add(*out, sum));
                    }
                }
            });
        }
    }
}
