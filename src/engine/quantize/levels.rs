//! The levels of a group, and the errors of a tensor, as plots show them.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::{Decoder, Levels, Quantized};
use crate::engine::measure::ErrorHistogram;
use crate::engine::{Cancelled, Progress};

/// Weights that a worker takes at a time.
const BLOCK: usize = 1 << 17;

/// The largest float32 that is not above the midpoint of two levels: a weight up to it is nearer to the lower one, and one
/// exactly on the midpoint goes to the lower one.
pub(super) fn boundary(lower: f32, upper: f32) -> f32 {
    let exact = (f64::from(lower) + f64::from(upper)) / 2.0;
    let rounded = exact as f32;
    if f64::from(rounded) > exact { rounded.next_down() } else { rounded }
}

/// The levels of one group without counts: finite values, strictly ascending; both zeros are one level.
///
/// `boundaries` are where the nearest level changes: the midpoints (for a codebook the largest float32 that is not above the
/// midpoint, which decides ties towards the lower level).
pub fn levels_of(decoder: &Decoder, group: usize) -> Levels {
    let table = decoder.table(group);
    let mut order: Vec<u16> =
        (0..table.len()).map(|code| code as u16).filter(|&code| table[usize::from(code)].is_finite()).collect();
    // −0 and +0 compare equal here, and the sort is stable: +0, which has the smaller code, comes first and stays.
    order.sort_by(|&a, &b| (table[usize::from(a)] + 0.0).total_cmp(&(table[usize::from(b)] + 0.0)));
    order.dedup_by(|next, kept| table[usize::from(*next)] == table[usize::from(*kept)]);
    let values: Vec<f32> = order.iter().map(|&code| table[usize::from(code)] + 0.0).collect();
    let boundaries = values.windows(2).map(|pair| boundary(pair[0], pair[1])).collect();
    Levels { group, counts: vec![0; order.len()], codes: order, values, boundaries }
}

/// The levels of one group with their exact counts. Weights on a level that is not finite are in no count.
pub fn levels(quantized: &Quantized, group: usize) -> Levels {
    let mut levels = levels_of(&quantized.decoder, group);
    let table = quantized.decoder.table(group);
    let count = |run: std::ops::Range<usize>| {
        let mut counts = vec![0_u64; table.len()];
        run.for_each(|index| counts[usize::from(quantized.codes.get(index))] += 1);
        counts
    };
    let sum = |mut a: Vec<u64>, b: Vec<u64>| {
        a.iter_mut().zip(b).for_each(|(sum, more)| *sum += more);
        a
    };
    let pieces = quantized
        .partition
        .runs_of(group)
        .flat_map(|run| run.clone().step_by(BLOCK).map(move |start| start..run.end.min(start + BLOCK)));
    let pieces: Vec<_> = pieces.collect();
    let counts = pieces.into_par_iter().map(count).reduce(|| vec![0; table.len()], sum);
    for (value, count) in table.iter().zip(counts) {
        if let Ok(level) = levels.values.binary_search_by(|level| level.total_cmp(&(value + 0.0))) {
            levels.counts[level] += count;
        }
    }
    levels
}

/// Errors x − x̂ of all finite pairs in `bars` equal bars over −max…max; an odd number of bars has one for "no error".
///
/// # Errors
/// Only if the caller withdrew the request.
///
/// # Panics
/// If `values` are not as many as the codes.
pub fn error_histogram(
    values: &[f32],
    quantized: &Quantized,
    bars: usize,
    progress: &dyn Progress,
) -> Result<ErrorHistogram, Cancelled> {
    assert_eq!(values.len(), quantized.codes.len(), "values and codes differ");
    let total = 2 * values.len() as u64;
    let done = AtomicU64::new(0);
    let blocks = values.len().div_ceil(BLOCK);
    let tick = |length: usize| progress.tick(done.fetch_add(length as u64, Ordering::Relaxed) + length as u64, total);
    let reach = (0..blocks)
        .into_par_iter()
        .map(|block| {
            let range = block * BLOCK..values.len().min((block + 1) * BLOCK);
            let mut reach = 0.0_f64;
            each_error(values, quantized, range.clone(), |error| reach = reach.max(error.abs()));
            tick(range.len()).map(|()| reach)
        })
        .try_reduce(|| 0.0, |a, b| Ok(f64::max(a, b)))?;
    (0..blocks)
        .into_par_iter()
        .map(|block| {
            let range = block * BLOCK..values.len().min((block + 1) * BLOCK);
            let mut histogram = ErrorHistogram::new(reach, bars);
            each_error(values, quantized, range.clone(), |error| histogram.add(error, 1));
            tick(range.len()).map(|()| histogram)
        })
        .try_reduce(
            || ErrorHistogram::new(reach, bars),
            |mut a, b| {
                a.merge(&b);
                Ok(a)
            },
        )
}

fn each_error(values: &[f32], quantized: &Quantized, range: std::ops::Range<usize>, mut visit: impl FnMut(f64)) {
    let mut table = (usize::MAX, Vec::new());
    for (group, run) in quantized.partition.runs_in(range) {
        if table.0 != group {
            table = (group, quantized.decoder.table(group));
        }
        for index in run {
            let (weight, value) = (values[index], table.1[usize::from(quantized.codes.get(index))]);
            if weight.is_finite() && value.is_finite() {
                visit(f64::from(weight) - f64::from(value));
            }
        }
    }
}
