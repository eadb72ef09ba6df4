//! One pass over a tensor: moments and fine bins.
//!
//! Up to [`DISTINCT`] different values get a bin each. Beyond that the core of the distribution (all but a few of 10,000 on either
//! side, found from a sample) is cut into [`CORE_BINS`] bins of equal width, and the tails are kept apart in bins of their own,
//! 2,048 an octave, so that outliers do not coarsen the core.
//!
//! A core bin is one `u64`: every weight adds `1 << 38` plus its place in fixed point (15 bits of bin, 12 bits within the bin),
//! so that a single addition keeps the count and, up to a 4,096th of a bin, the sum.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod core;
mod few;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;

use self::core::{Core, Histogram};
use super::{Bin, Moments, Summary};
use crate::engine::{Cancelled, Progress};

/// Most distinct values that are kept apart.
const DISTINCT: usize = 1 << 16;
/// Bins of the core: a worker's histogram of them stays in the second-level cache.
const CORE_BINS: usize = 1 << 15;
/// Values that a worker takes at a time: a megabyte.
const BLOCK: usize = 1 << 18;
/// Most values scanned into one histogram before it is emptied: a packed bin counts to just below 2²⁶.
const EPOCH: usize = (1 << 26) - BLOCK;
/// Values drawn to find the core.
const SAMPLE: usize = 1 << 14;
/// Draws left outside on either side: as few as possible, and more only where that halves the core.
const OUTSIDE: [usize; 4] = [4, 16, 64, 256];

impl Summary {
    /// Summarizes a tensor in one pass, on the caller's rayon pool. The result does not depend on the number of threads.
    pub fn of(values: &[f32], progress: &dyn Progress) -> Result<Self, Cancelled> {
        if values.len() <= DISTINCT {
            return Ok(few::sorted(values));
        }
        let sample = sample(values);
        let different = 1 + sample.windows(2).filter(|pair| pair[0] != pair[1]).count();
        // Among so many draws from at most `DISTINCT` values an eighth repeats; among float32 noise hardly any does.
        let repeats = different < sample.len() - sample.len() / 32;
        if (repeats || values.len() <= 16 * DISTINCT)
            && let Some(summary) = few::counted(values, progress)?
        {
            return Ok(summary);
        }
        match Core::from_sample(&sample) {
            Some(core) => scan(values, &core, progress),
            None => Ok(few::by_rank(values)),
        }
    }

    /// The exact summary of a few weights: one bin a distinct value.
    pub fn of_group(weights: impl Iterator<Item = f32>) -> Self {
        few::sorted(&weights.collect::<Vec<_>>())
    }
}

/// A sorted sample of the finite values, spread over the tensor with jitter, so that no period of the data can fool it.
fn sample(values: &[f32]) -> Vec<f32> {
    let stride = values.len() / SAMPLE;
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let draws = (0..SAMPLE).map(|index| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        values[index * stride + (state >> 33) as usize % stride]
    });
    let mut sample: Vec<f32> = draws.filter(|value| value.is_finite()).collect();
    sample.sort_unstable_by(f32::total_cmp);
    sample
}

/// What one worker has gathered.
#[derive(Default)]
struct Gathered {
    histogram: Histogram,
    tails: Vec<f32>,
    blocks: Vec<(usize, Moments)>,
}

fn scan(values: &[f32], core: &Core, progress: &dyn Progress) -> Result<Summary, Cancelled> {
    let total = values.len() as u64;
    let done = AtomicU64::new(0);
    let (mut moments, mut tails) = (Moments::default(), Vec::new());
    let mut histogram = Histogram::default();
    let mut counts = Vec::new();
    for epoch in values.chunks(EPOCH) {
        let next = AtomicUsize::new(0);
        let worker = |_| -> Result<Gathered, Cancelled> {
            let mut gathered = Gathered::default();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(block) = epoch.chunks(BLOCK).nth(index) else { return Ok(gathered) };
                let moments = core.scan(block, &mut gathered.histogram, &mut gathered.tails);
                gathered.blocks.push((index, moments));
                let length = block.len() as u64;
                progress.tick(done.fetch_add(length, Ordering::Relaxed) + length, total)?;
            }
        };
        let workers: Vec<Gathered> =
            (0..rayon::current_num_threads()).into_par_iter().map(worker).collect::<Result<_, _>>()?;
        let mut blocks = Vec::new();
        for worker in workers {
            histogram.merge(worker.histogram);
            tails.extend_from_slice(&worker.tails);
            blocks.extend(worker.blocks);
        }
        // In element order, so that the sums are the same on any number of threads.
        blocks.sort_unstable_by_key(|&(index, _)| index);
        moments = blocks.into_iter().fold(moments, |sum, (_, block)| sum.merge(block));
        if total > EPOCH as u64 {
            histogram.unpack_into(&mut counts);
        }
    }
    if total <= EPOCH as u64 {
        histogram.unpack_into(&mut counts);
    }
    tails.par_sort_unstable_by(f32::total_cmp);
    let upper = tails.partition_point(|&value| value < core.low);
    let mut bins = Vec::with_capacity(CORE_BINS + (1 << 12));
    few::octave_bins(&tails[..upper], &mut bins);
    core.bins_into(&counts, &moments, &mut bins);
    few::octave_bins(&tails[upper..], &mut bins);
    Ok(Summary { moments, bins, distinct: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::rng::Rng;

    fn gaussian(count: usize, seed: u64) -> Vec<f32> {
        let mut rng = Rng::new(seed);
        (0..count).map(|_| rng.normal() as f32).collect()
    }

    fn check(values: &[f32]) -> Summary {
        let summary = Summary::of(values, &Silent).unwrap();
        let finite: Vec<f64> = values.iter().filter(|value| value.is_finite()).map(|&value| f64::from(value)).collect();
        let moments = summary.moments;
        assert_eq!(moments.count, values.len() as u64);
        assert_eq!(moments.finite(), finite.len() as u64);
        assert_eq!(moments.zeros, finite.iter().filter(|&&value| value == 0.0).count() as u64);
        let sum: f64 = finite.iter().sum();
        let squares: f64 = finite.iter().map(|value| value * value).sum();
        assert!((moments.sum - sum).abs() <= 1e-9 * squares.max(1.0), "sum {} {sum}", moments.sum);
        assert!((moments.sum_squares - squares).abs() <= 1e-9 * squares);
        assert_eq!(summary.bins.iter().map(|bin| bin.count).sum::<u64>(), finite.len() as u64);
        let binned: f64 = summary.bins.iter().map(|bin| bin.sum).sum();
        // A weight's place in its bin is kept to 1/256 of the bin's width; float32 rounds it once more.
        let bound = |bin: &Bin| bin.count as f64 * f64::from(bin.high - bin.low) / 128.0;
        let slack = summary.bins.iter().map(bound).sum::<f64>() + 1e-9 * squares.max(1.0);
        assert!((binned - sum).abs() <= slack, "{binned} {sum}");
        for bin in &summary.bins {
            let mean = bin.sum / bin.count as f64;
            let slack = f64::from(bin.high - bin.low) * 0.01 + mean.abs() * 1e-6;
            assert!(
                bin.low <= bin.high && mean >= f64::from(bin.low) - slack && mean <= f64::from(bin.high) + slack,
                "{bin:?}"
            );
        }
        for pair in summary.bins.windows(2) {
            assert!(pair[0].low < pair[1].low, "{pair:?}");
        }
        summary
    }

    #[test]
    fn small_tensors_have_a_bin_for_every_value() {
        let summary = check(&[2.0, -1.0, 0.0, -0.0, 2.0, f32::NAN, f32::INFINITY]);
        assert!(summary.distinct);
        let values: Vec<(f32, u64)> = summary.bins.iter().map(|bin| (bin.low, bin.count)).collect();
        assert_eq!(values, [(-1.0, 1), (0.0, 2), (2.0, 2)]);
        assert_eq!((summary.moments.nan, summary.moments.infinite), (1, 1));
    }

    #[test]
    fn nothing_and_nothing_finite_are_summaries_too() {
        assert!(check(&[]).bins.is_empty());
        let summary = check(&[f32::NAN; 3]);
        assert!(summary.bins.is_empty() && summary.moments.mean().is_none());
        assert!(check(&vec![f32::NAN; DISTINCT + 5]).bins.is_empty());
    }

    #[test]
    fn large_tensors_are_binned_and_outliers_kept_apart() {
        let mut values = gaussian(300_000, 1);
        values[77] = 1e6;
        values[1234] = -3e5;
        values[4321] = f32::NAN;
        let summary = check(&values);
        assert!(!summary.distinct);
        assert_eq!(summary.bins.last().map(|bin| (bin.low, bin.count)), Some((1e6, 1)));
        let widest = summary.bins.iter().map(|bin| bin.high - bin.low).fold(0.0, f32::max);
        assert!(widest < 0.01, "outliers coarsened the bins to {widest}");
    }

    #[test]
    fn large_tensors_of_few_values_stay_exact() {
        let values: Vec<f32> = (0..200_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as f32).collect();
        let summary = check(&values);
        assert!(summary.distinct);
        assert_eq!(summary.bins.len(), 256);
        assert!(check(&vec![1.5; DISTINCT * 2]).distinct);
    }

    #[test]
    fn tens_of_thousands_of_values_stay_exact_however_large_the_tensor() {
        let mut rng = Rng::new(8);
        for different in [5_000, 50_000] {
            let values: Vec<f32> =
                (0..16 * DISTINCT + 1).map(|_| (rng.uniform() * different as f64) as u32 as f32).collect();
            let summary = Summary::of(&values, &Silent).unwrap();
            assert!(summary.distinct);
            assert_eq!(summary.bins.len(), different);
            assert_eq!(summary.bins.iter().map(|bin| bin.count).sum::<u64>(), values.len() as u64);
        }
    }

    #[test]
    fn heavy_tails_do_not_cost_memory_or_order() {
        let values: Vec<f32> = gaussian(400_000, 3).iter().map(|value| value.powi(7)).collect();
        check(&values);
    }
}
