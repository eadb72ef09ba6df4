//! Bins for few values: one a distinct value, one a run of ranks, one a step of an octave.

use super::{BLOCK, Bin, CORE_BINS, DISTINCT, Moments, Summary};
use crate::engine::{Cancelled, Progress};

impl Bin {
    fn single(value: f32, count: u64) -> Self {
        // Without the sign of −0: both zeros are one value.
        let value = value + 0.0;
        let sum = f64::from(value) * count as f64;
        Self { low: value, high: value, count, sum, sum_squares: sum * f64::from(value) }
    }

    fn run(sorted: &[f32]) -> Self {
        let sum = sorted.iter().map(|&value| f64::from(value)).sum();
        let sum_squares = sorted.iter().map(|&value| f64::from(value).powi(2)).sum();
        let (low, high) = (sorted[0] + 0.0, sorted[sorted.len() - 1] + 0.0);
        Self { low, high, count: sorted.len() as u64, sum, sum_squares }
    }
}

fn finite_sorted(values: &[f32]) -> Vec<f32> {
    let mut sorted: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_unstable_by(f32::total_cmp);
    sorted
}

/// One bin a distinct value, by sorting.
pub(super) fn sorted(values: &[f32]) -> Summary {
    let sorted = finite_sorted(values);
    // Equal means ==: −0 and +0 are neighbours in the order and one bin.
    let bins = sorted.chunk_by(|a, b| a == b).map(|run| Bin::single(run[0], run.len() as u64)).collect();
    Summary { moments: Moments::of(values), bins, distinct: true }
}

/// Bins of equal counts, by sorting everything: for ranges that float32 cannot cut into equal widths.
pub(super) fn by_rank(values: &[f32]) -> Summary {
    let sorted = finite_sorted(values);
    let size = sorted.len().div_ceil(CORE_BINS).max(1);
    let mut bins = Vec::new();
    let mut rest = &sorted[..];
    while !rest.is_empty() {
        let last = rest[size.min(rest.len()) - 1];
        // Bins are disjoint: equal values stay together.
        let (run, next) = rest.split_at(rest.partition_point(|&value| value <= last));
        bins.push(Bin::run(run));
        rest = next;
    }
    Summary { moments: Moments::of(values), bins, distinct: false }
}

/// Bins of 2,048 an octave over sorted values, appended in order.
pub(super) fn octave_bins(sorted: &[f32], bins: &mut Vec<Bin>) {
    let key = |value: f32| (value + 0.0).to_bits() >> 12;
    bins.extend(sorted.chunk_by(|&a, &b| key(a) == key(b)).map(Bin::run));
}

/// Counts of up to [`DISTINCT`] values; a slot is free where its count is 0.
struct Table {
    slots: Vec<(u32, u64)>,
    used: usize,
}

impl Table {
    const BITS: u32 = 18;

    fn add(&mut self, value: f32) {
        let bits = (value + 0.0).to_bits();
        // Fibonacci hashing; the odd constant is 2³² over the golden ratio.
        let mut index = (bits.wrapping_mul(0x9E37_79B9) >> (32 - Self::BITS)) as usize;
        loop {
            let slot = &mut self.slots[index];
            if slot.1 == 0 {
                *slot = (bits, 1);
                self.used += 1;
                return;
            }
            if slot.0 == bits {
                slot.1 += 1;
                return;
            }
            index = (index + 1) % self.slots.len();
        }
    }
}

/// One bin a distinct value, by counting; `None` where there are more than [`DISTINCT`].
pub(super) fn counted(values: &[f32], progress: &dyn Progress) -> Result<Option<Summary>, Cancelled> {
    let mut table = Table { slots: vec![(0, 0); 1 << Table::BITS], used: 0 };
    let mut moments = Moments::default();
    for (index, block) in values.chunks(BLOCK).enumerate() {
        for piece in block.chunks(1 << 12) {
            for &value in piece.iter().filter(|value| value.is_finite()) {
                table.add(value);
            }
            if table.used > DISTINCT {
                return Ok(None);
            }
        }
        moments = moments.merge(Moments::of(block));
        progress.tick((index * BLOCK + block.len()) as u64, values.len() as u64)?;
    }
    let filled = table.slots.iter().filter(|slot| slot.1 > 0);
    let mut bins: Vec<Bin> = filled.map(|&(bits, count)| Bin::single(f32::from_bits(bits), count)).collect();
    bins.sort_unstable_by(|a, b| a.low.total_cmp(&b.low));
    Ok(Some(Summary { moments, bins, distinct: true }))
}
