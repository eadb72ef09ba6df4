//! Building a summary: one pass for the moments, one for the fine histogram.

use std::collections::HashMap;

use rayon::prelude::*;

use super::{Bin, Moments, Summary};
use crate::engine::simd::multiversion;
use crate::engine::{Cancelled, Progress};

/// Tensors of up to this many weights are sorted; larger ones are binned.
const SORTED: usize = 1 << 17;

/// Linear bins over the core of a large tensor.
const BINS: usize = 1 << 16;

/// Steps within a bin: a weight's place in its bin is kept to 1/256 of the bin's width.
const STEPS_LOG2: u32 = 8;

/// Weights looked at to find the core, and to guess how many distinct values there are.
const SAMPLE: usize = 1 << 14;

/// Fewer distinct values than this in the sample: the tensor may have few at all.
const FEW_IN_SAMPLE: usize = SAMPLE / 4;

/// Weights between two progress reports; also keeps a bin's packed counters from running over.
const CHUNK: usize = 1 << 20;

impl Summary {
    /// Summarises a tensor.
    ///
    /// Up to 131,072 weights, or as many distinct values, every distinct value gets a bin of its own and `distinct` is true. Otherwise
    /// 65,536 bins of equal width cover the core of the weights (the central 99.8 % of a sample, widened by half its width on
    /// either side), and what lies outside is kept apart in narrow bins, so that outliers do not coarsen the rest.
    ///
    /// # Errors
    /// When cancelled.
    pub fn of(values: &[f32], progress: &dyn Progress) -> Result<Self, Cancelled> {
        let moments = moments(values, progress)?;
        if values.len() <= SORTED {
            return Ok(Self { moments, bins: sorted_bins(finite(values)), distinct: true });
        }
        let sample = sample(values);
        if distinct_of(&sample) < FEW_IN_SAMPLE
            && let Some(bins) = counted_bins(values)
        {
            return Ok(Self { moments, bins, distinct: true });
        }
        let bins = match Core::of(&sample, &moments) {
            Some(core) => core.bins(values, progress)?,
            None => sorted_bins(finite(values)),
        };
        Ok(Self { moments, bins, distinct: false })
    }

    /// The exact summary of a few weights: one bin a distinct value.
    pub fn of_group(weights: impl Iterator<Item = f32>) -> Self {
        let values: Vec<f32> = weights.collect();
        let mut moments = chunk_moments(&values).into_moments();
        moments.count = values.len() as u64;
        Self { moments, bins: sorted_bins(finite(&values)), distinct: true }
    }
}

fn finite(values: &[f32]) -> Vec<f32> {
    values.iter().copied().filter(|value| value.is_finite()).collect()
}

/// Counts and moments, in parallel; sums are taken in float64.
fn moments(values: &[f32], progress: &dyn Progress) -> Result<Moments, Cancelled> {
    let total = values.len() as u64;
    let parts = values.par_chunks(CHUNK).enumerate().map(|(index, chunk)| {
        progress.tick((index * CHUNK) as u64 / 2, total)?;
        Ok(chunk_moments(chunk))
    });
    let mut all = parts.try_reduce(RawMoments::default, |left, right| Ok(left.merge(right)))?.into_moments();
    all.count = total;
    Ok(all)
}

/// Moments of a chunk before empty ranges are resolved.
#[derive(Clone, Copy)]
struct RawMoments {
    nan: u64,
    infinite: u64,
    zeros: u64,
    min: f32,
    max: f32,
    sum: f64,
    sum_squares: f64,
}

impl Default for RawMoments {
    fn default() -> Self {
        let (min, max) = (f32::INFINITY, f32::NEG_INFINITY);
        Self { nan: 0, infinite: 0, zeros: 0, min, max, sum: 0.0, sum_squares: 0.0 }
    }
}

impl RawMoments {
    fn merge(self, other: Self) -> Self {
        Self {
            nan: self.nan + other.nan,
            infinite: self.infinite + other.infinite,
            zeros: self.zeros + other.zeros,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
            sum: self.sum + other.sum,
            sum_squares: self.sum_squares + other.sum_squares,
        }
    }

    fn into_moments(self) -> Moments {
        let empty = self.min > self.max;
        Moments {
            count: 0,
            nan: self.nan,
            infinite: self.infinite,
            zeros: self.zeros,
            min: if empty { 0.0 } else { self.min },
            max: if empty { 0.0 } else { self.max },
            sum: self.sum,
            sum_squares: self.sum_squares,
        }
    }
}

multiversion! {
    /// Moments of one chunk. Blocks without NaN and infinities take the vectorised way.
    fn chunk_moments(chunk: &[f32]) -> RawMoments {
        const LANES: usize = 16;
        /// float32 lanes hold at most this many weights before they go to float64: the rounding error stays below 2⁻²⁰ of the sum.
        const BLOCK: usize = 1024;
        let mut all = RawMoments::default();
        for block in chunk.chunks(BLOCK) {
            let (lanes, rest) = block.as_chunks::<LANES>();
            let mut min = [f32::INFINITY; LANES];
            let mut max = [f32::NEG_INFINITY; LANES];
            let mut zeros = [0_u32; LANES];
            let mut sum = [0.0_f64; LANES];
            let mut squares = [0.0_f64; LANES];
            let mut special = [false; LANES];
            for lane in lanes {
                for index in 0..LANES {
                    let value = lane[index];
                    let wide = f64::from(value);
                    min[index] = if value < min[index] { value } else { min[index] };
                    max[index] = if value > max[index] { value } else { max[index] };
                    zeros[index] += u32::from(value == 0.0);
                    sum[index] += wide;
                    squares[index] += wide * wide;
                    special[index] |= !(value.abs() < f32::INFINITY);
                }
            }
            let calm = !special.contains(&true) && rest.iter().all(|value| value.is_finite());
            if calm {
                all.zeros += zeros.iter().map(|&zeros| u64::from(zeros)).sum::<u64>();
                all.sum += sum.iter().sum::<f64>();
                all.sum_squares += squares.iter().sum::<f64>();
                all.min = min.iter().copied().fold(all.min, f32::min);
                all.max = max.iter().copied().fold(all.max, f32::max);
            }
            for &value in if calm { rest } else { block } {
                if value.is_nan() {
                    all.nan += 1;
                } else if value.is_infinite() {
                    all.infinite += 1;
                } else {
                    all.zeros += u64::from(value == 0.0);
                    all.min = all.min.min(value);
                    all.max = all.max.max(value);
                    all.sum += f64::from(value);
                    all.sum_squares += f64::from(value) * f64::from(value);
                }
            }
        }
        all
    }
}

/// One bin a distinct value; ±0 are one value.
fn sorted_bins(mut values: Vec<f32>) -> Vec<Bin> {
    values.sort_unstable_by(f32::total_cmp);
    let mut bins: Vec<Bin> = Vec::new();
    for run in values.chunk_by(|left, right| left == right) {
        bins.push(bin_of(run[0] + 0.0, run.len() as u64));
    }
    bins
}

/// A bin of equal weights.
fn bin_of(value: f32, count: u64) -> Bin {
    let (wide, number) = (f64::from(value), count as f64);
    Bin { low: value, high: value, count, sum: wide * number, sum_squares: wide * wide * number }
}

/// Weights evenly spread over the tensor, finite ones only, sorted.
fn sample(values: &[f32]) -> Vec<f32> {
    // An odd stride that shares no factor with usual row lengths, so that the sample is not one column.
    let stride = (values.len() / SAMPLE).max(1) | 1;
    let mut sample = finite(&values.iter().copied().step_by(stride).collect::<Vec<_>>());
    sample.sort_unstable_by(f32::total_cmp);
    sample
}

fn distinct_of(sorted: &[f32]) -> usize {
    sorted.chunk_by(|left, right| left == right).count()
}

/// One bin a distinct value by counting; `None` as soon as there are too many.
fn counted_bins(values: &[f32]) -> Option<Vec<Bin>> {
    let count = |chunk: &[f32]| {
        let mut counts: HashMap<u32, u64> = HashMap::new();
        // Runs of equal values are common where there are few distinct ones.
        for run in chunk.chunk_by(|left, right| left == right) {
            if run[0].is_finite() {
                *counts.entry((run[0] + 0.0).to_bits()).or_default() += run.len() as u64;
            }
        }
        (counts.len() <= SORTED).then_some(counts)
    };
    let merge = |mut left: HashMap<u32, u64>, right: HashMap<u32, u64>| {
        for (value, count) in right {
            *left.entry(value).or_default() += count;
        }
        (left.len() <= SORTED).then_some(left)
    };
    let counts = values.par_chunks(CHUNK).map(count).try_reduce(HashMap::new, merge)?;
    let mut bins: Vec<Bin> = counts.into_iter().map(|(bits, count)| bin_of(f32::from_bits(bits), count)).collect();
    bins.sort_unstable_by(|left, right| left.low.total_cmp(&right.low));
    Some(bins)
}

/// Where most weights lie: bins of equal width.
struct Core {
    low: f32,
    /// Steps per unit of weight.
    scale: f32,
    /// Width of a bin.
    width: f64,
}

/// What a chunk leaves: packed counters of the core's bins, and the weights outside.
struct Partial {
    counters: Vec<u64>,
    outside: Vec<f32>,
}

/// A counter holds the number of weights above this bit and the sum of their steps below.
const COUNT_SHIFT: u32 = 40;

impl Core {
    /// The core by the sample's central 99.8 %, or `None` where that has no width.
    fn of(sample: &[f32], moments: &Moments) -> Option<Self> {
        let at = |share: f64| sample.get(((sample.len() as f64 - 1.0) * share) as usize).copied();
        let (low, high) = (f64::from(at(0.001)?), f64::from(at(0.999)?));
        let margin = (high - low) / 2.0;
        let low = (low - margin).max(f64::from(moments.min));
        let high = (high + margin).min(f64::from(moments.max));
        let width = (high - low) / BINS as f64;
        let scale = (f64::from(1_u32 << STEPS_LOG2) / width) as f32;
        (width > 0.0 && scale.is_finite() && scale > 0.0).then_some(Self { low: low as f32, scale, width })
    }

    fn bins(&self, values: &[f32], progress: &dyn Progress) -> Result<Vec<Bin>, Cancelled> {
        let total = values.len() as u64;
        // Few tables, so that adding them up costs little; each below 2²⁴ weights, so that no counter runs over.
        let pieces = rayon::current_num_threads().max(values.len().div_ceil(1 << 23)).max(1);
        let piece = values.len().div_ceil(pieces);
        let partials: Vec<Partial> = values
            .par_chunks(piece)
            .enumerate()
            .map(|(number, piece_values)| {
                let mut partial = Partial { counters: vec![0; BINS], outside: Vec::new() };
                for (index, chunk) in piece_values.chunks(CHUNK).enumerate() {
                    progress.tick((total + (number * piece + index * CHUNK) as u64) / 2, total)?;
                    count_core(chunk, self.low, self.scale, &mut partial.counters, &mut partial.outside);
                }
                Ok(partial)
            })
            .collect::<Result<_, Cancelled>>()?;
        Ok(self.merge(&partials))
    }

    fn merge(&self, partials: &[Partial]) -> Vec<Bin> {
        let mut outside: Vec<f32> = partials.iter().flat_map(|partial| partial.outside.iter().copied()).collect();
        outside.sort_unstable_by(f32::total_cmp);
        let split = outside.partition_point(|&value| value < self.low);
        let mut bins = tail_bins(&outside[..split]);
        let low = f64::from(self.low);
        let steps = f64::from(1_u32 << STEPS_LOG2);
        for index in 0..BINS {
            let counters = partials.iter().map(|partial| partial.counters[index]);
            let (count, residual) = counters.fold((0, 0), |(count, residual), counter| {
                (count + (counter >> COUNT_SHIFT), residual + (counter & ((1 << COUNT_SHIFT) - 1)))
            });
            if count == 0 {
                continue;
            }
            let start = low + index as f64 * self.width;
            let number = count as f64;
            // A step is known by its lower end; on average a weight lies half a step above it.
            let mean = start + (residual as f64 / number + 0.5) / steps * self.width;
            let spread = self.width * self.width / 12.0;
            bins.push(Bin {
                low: start as f32,
                high: (start + self.width) as f32,
                count,
                sum: mean * number,
                sum_squares: (mean * mean + spread) * number,
            });
        }
        bins.extend(tail_bins(&outside[split..]));
        bins
    }
}

/// Bins of the sorted weights outside the core: distinct values where they are few, else runs of neighbours.
fn tail_bins(sorted: &[f32]) -> Vec<Bin> {
    let run = (sorted.len() / (SORTED / 4)).max(1);
    let bin = |run: &[f32]| {
        let (mut sum, mut sum_squares) = (0.0, 0.0);
        for &value in run {
            sum += f64::from(value);
            sum_squares += f64::from(value) * f64::from(value);
        }
        Bin { low: run[0], high: run[run.len() - 1], count: run.len() as u64, sum, sum_squares }
    };
    if run == 1 {
        return sorted.chunk_by(|left, right| left == right).map(bin).collect();
    }
    // Equal values must not be parted between bins: bins are disjoint.
    let mut bins = Vec::new();
    let mut start = 0;
    while start < sorted.len() {
        let last = sorted[(start + run).min(sorted.len()) - 1];
        let end = start + sorted[start..].partition_point(|&value| value <= last);
        bins.push(bin(&sorted[start..end]));
        start = end;
    }
    bins
}

multiversion! {
    /// Adds a chunk to the packed counters; finite weights outside the core are collected.
    fn count_core(chunk: &[f32], low: f32, scale: f32, counters: &mut [u64], outside: &mut Vec<f32>) {
        const LANES: usize = 32;
        const END: i32 = (BINS as i32) << STEPS_LOG2;
        let Ok(counters) = <&mut [u64; BINS]>::try_from(counters) else { return };
        let (lanes, rest) = chunk.as_chunks::<LANES>();
        let mut add = |step: i32| {
            let entry = &mut counters[(step >> STEPS_LOG2) as usize & (BINS - 1)];
            *entry += (1 << COUNT_SHIFT) + (step & ((1 << STEPS_LOG2) - 1)) as u64;
        };
        let mut steps = [0_i32; LANES];
        for lane in lanes {
            let mut inside = true;
            for index in 0..LANES {
                let place = (lane[index] - low) * scale;
                inside &= place >= 0.0 && place < END as f32;
                steps[index] = place as i32;
            }
            if inside {
                for step in steps {
                    add(step);
                }
            } else {
                for &value in lane {
                    let place = (value - low) * scale;
                    if place >= 0.0 && place < END as f32 {
                        add(place as i32);
                    } else if value.is_finite() {
                        outside.push(value);
                    }
                }
            }
        }
        for &value in rest {
            let place = (value - low) * scale;
            if place >= 0.0 && place < END as f32 {
                add(place as i32);
            } else if value.is_finite() {
                outside.push(value);
            }
        }
    }
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
        assert!(check(&vec![f32::NAN; SORTED + 5]).bins.is_empty());
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
        assert!(check(&vec![1.5; SORTED * 2]).distinct);
    }

    #[test]
    fn heavy_tails_do_not_cost_memory_or_order() {
        let values: Vec<f32> = gaussian(400_000, 3).iter().map(|value| value.powi(7)).collect();
        check(&values);
    }
}
