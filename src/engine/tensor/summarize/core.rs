//! The scan over the core: scalar, and the same eight at a time.

use super::{Bin, CORE_BINS, Moments, OUTSIDE};

/// Fixed-point bits within a bin.
const FRACTION: u32 = 12;
/// What every weight adds on top of its place.
const ONE: u64 = 1 << 38;

/// The central part of the distribution, cut into bins of equal width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Core {
    /// Left end.
    pub(super) low: f32,
    /// Right end, included.
    high: f32,
    /// Fixed-point steps a unit of value.
    steps: f32,
}

/// Packed counts and sums of the core's bins, made when first used.
#[derive(Default)]
pub(super) struct Histogram(Vec<u64>);

impl Core {
    /// The core of a sorted sample; `None` where it is too wide or there is nothing to see.
    pub(super) fn from_sample(sample: &[f32]) -> Option<Self> {
        let outside = if sample.len() > 64 * OUTSIDE { OUTSIDE } else { 0 };
        let (first, last) = (*sample.get(outside)?, *sample.get(sample.len().checked_sub(1 + outside)?)?);
        // One value may be all of the core: then a little around it is the core, and everything else is tail.
        let least = 1e-20_f32.max(first.abs().max(last.abs()) * 1e-3);
        let widen = (least - (last - first)).max(0.0);
        let (low, high) = (first - widen / 2.0, last + widen / 2.0);
        let steps = (CORE_BINS << FRACTION) as f32 / (high - low);
        (steps.is_normal() && (high - low).is_finite()).then_some(Self { low, high, steps })
    }

    /// Adds one block to a histogram; what lies outside of the core goes to `tails`.
    pub(super) fn scan(&self, block: &[f32], histogram: &mut Histogram, tails: &mut Vec<f32>) -> Moments {
        self.scan_scalar(block, histogram.ready(), tails)
    }

    fn scan_scalar(&self, block: &[f32], histogram: &mut [u64; CORE_BINS + 1], tails: &mut Vec<f32>) -> Moments {
        for &value in block {
            if value >= self.low && value <= self.high {
                let place = ((value - self.low) * self.steps).round_ties_even() as u32;
                histogram[((place >> FRACTION) as usize).min(CORE_BINS)] += ONE + u64::from(place);
            } else if value.is_finite() {
                tails.push(value);
            }
        }
        Moments::of(block)
    }

    /// The bins that hold weights, appended in order.
    pub(super) fn bins_into(&self, counts: &[(u64, u64)], moments: &Moments, bins: &mut Vec<Bin>) {
        let width = (1_u64 << FRACTION) as f64 / f64::from(self.steps);
        let edge = |index: usize| (f64::from(self.low) + width * index as f64) as f32;
        for (index, &(count, residual)) in counts.iter().enumerate().filter(|(_, (count, _))| *count > 0) {
            // Places are rounded to the nearest step: a bin's weights may lie half a step outside of its edges.
            let low = edge(index).max(moments.min);
            let high = edge(index + 1).next_down().min(moments.max).max(low);
            let steps = (index as u64 * count << FRACTION) + residual;
            let mean = f64::from(self.low) + steps as f64 / count as f64 / f64::from(self.steps);
            let mean = mean.clamp(f64::from(low), f64::from(high));
            // Within a bin the weights are taken as evenly spread.
            let within = (count - 1) as f64 * width * width / 12.0;
            let sum = mean * count as f64;
            bins.push(Bin { low, high, count, sum, sum_squares: sum * mean + within });
        }
    }
}

impl Histogram {
    fn ready(&mut self) -> &mut [u64; CORE_BINS + 1] {
        self.0.resize(CORE_BINS + 1, 0);
        self.0.as_mut_slice().try_into().expect("just resized to that length")
    }

    /// Adds another worker's histogram.
    pub(super) fn merge(&mut self, other: Self) {
        if self.0.is_empty() {
            self.0 = other.0;
        } else {
            self.0.iter_mut().zip(other.0).for_each(|(sum, more)| *sum += more);
        }
    }

    /// Adds every bin's count and steps within the bin to `counts`, and empties the histogram.
    pub(super) fn unpack_into(&mut self, counts: &mut Vec<(u64, u64)>) {
        counts.resize(CORE_BINS + 1, (0, 0));
        for (index, (packed, sums)) in self.0.iter_mut().zip(counts).enumerate() {
            // Steps within the bin add up to less than `ONE` for as many weights as an epoch has.
            let one = ONE + ((index as u64) << FRACTION);
            sums.0 += *packed / one;
            sums.1 += *packed % one;
            *packed = 0;
        }
    }
}
