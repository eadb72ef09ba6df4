//! The scan over the core: scalar, and the same eight at a time.

use super::{Bin, CORE_BINS, Moments, OUTSIDE};

/// Fixed-point bits within a bin.
pub(super) const FRACTION: u32 = 12;
/// What every weight adds on top of its place.
pub(super) const ONE: u64 = 1 << 38;

/// The central part of the distribution, cut into bins of equal width.
#[derive(Clone, Copy, Debug)]
pub(super) struct Core {
    /// Left end.
    pub(super) low: f32,
    /// Right end, included.
    pub(super) high: f32,
    /// Fixed-point steps a unit of value.
    pub(super) steps: f32,
}

/// The packed bins; the last one is for the right end itself.
pub(super) type Counts = [u64; CORE_BINS + 1];

/// Packed counts and sums of the core's bins, made when first used.
#[derive(Default)]
pub(super) struct Histogram(Vec<u64>);

/// Moments of groups of eight finite weights, lane by lane, and of all other weights.
///
/// The lanes make the order of every addition the same in both kernels.
pub(super) struct Lanes {
    pub(super) min: [f32; 8],
    pub(super) max: [f32; 8],
    pub(super) sum: [f64; 8],
    pub(super) squares: [f64; 8],
    pub(super) zeros: u64,
    others: Moments,
}

impl Default for Lanes {
    fn default() -> Self {
        let (min, max) = ([f32::INFINITY; 8], [f32::NEG_INFINITY; 8]);
        Self { min, max, sum: [0.0; 8], squares: [0.0; 8], zeros: 0, others: Moments::default() }
    }
}

impl Lanes {
    /// The moments of a block of `length` weights.
    pub(super) fn moments(&self, length: usize) -> Moments {
        let count = length as u64 - self.others.count;
        let inside = Moments {
            count,
            zeros: self.zeros,
            min: self.min.iter().copied().fold(f32::INFINITY, f32::min),
            max: self.max.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            sum: self.sum.iter().sum(),
            sum_squares: self.squares.iter().sum(),
            ..Moments::default()
        };
        self.others.merge(inside.settled())
    }
}

impl Core {
    /// The core of a sorted sample; `None` where it is too wide or there is nothing to see.
    pub(super) fn from_sample(sample: &[f32]) -> Option<Self> {
        let ends = |outside: usize| Some((*sample.get(outside)?, *sample.get(sample.len().checked_sub(1 + outside)?)?));
        let (mut first, mut last) = ends(0)?;
        let mut kept = f32::INFINITY;
        for (low, high) in OUTSIDE.into_iter().filter(|outside| sample.len() > 16 * outside).filter_map(ends) {
            if high - low < kept / 2.0 {
                (first, last, kept) = (low, high, high - low);
            }
        }
        // One value may be all of the core: then a little around it is the core, and everything else is tail.
        let least = 1e-20_f32.max(first.abs().max(last.abs()) * 1e-3);
        let widen = (least - (last - first)).max(0.0);
        let (low, high) = (first - widen / 2.0, last + widen / 2.0);
        let steps = (CORE_BINS << FRACTION) as f32 / (high - low);
        (steps.is_normal() && (high - low).is_finite()).then_some(Self { low, high, steps })
    }

    /// Adds one block to a histogram; what lies outside of the core goes to `tails`.
    pub(super) fn scan(&self, block: &[f32], histogram: &mut Histogram, tails: &mut Vec<f32>) -> Moments {
        let counts = histogram.ready();
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the processor has what the function needs.
            return unsafe { super::avx2::scan(self, block, counts, tails) };
        }
        self.scan_scalar(block, counts, tails)
    }

    fn scan_scalar(&self, block: &[f32], counts: &mut Counts, tails: &mut Vec<f32>) -> Moments {
        let mut lanes = Lanes::default();
        let (groups, rest) = block.as_chunks::<8>();
        for group in groups {
            if !group.iter().all(|weight| weight.is_finite()) {
                self.others(group, counts, tails, &mut lanes);
                continue;
            }
            for (lane, &weight) in group.iter().enumerate() {
                lanes.min[lane] = if weight < lanes.min[lane] { weight } else { lanes.min[lane] };
                lanes.max[lane] = if weight > lanes.max[lane] { weight } else { lanes.max[lane] };
                lanes.sum[lane] += f64::from(weight);
                lanes.squares[lane] += f64::from(weight) * f64::from(weight);
                lanes.zeros += u64::from(weight == 0.0);
            }
            self.count_each(group, counts, tails);
        }
        self.others(rest, counts, tails, &mut lanes);
        lanes.moments(block.len())
    }

    fn holds(&self, weight: f32) -> bool {
        weight >= self.low && weight <= self.high
    }

    fn count(&self, weight: f32, counts: &mut Counts) {
        let place = ((weight - self.low) * self.steps).round_ties_even() as u32;
        counts[(place >> FRACTION) as usize] += ONE + u64::from(place);
    }

    /// Counts weights of which some may lie outside of the core.
    pub(super) fn count_each(&self, weights: &[f32], counts: &mut Counts, tails: &mut Vec<f32>) {
        for &weight in weights {
            if self.holds(weight) {
                self.count(weight, counts);
            } else if weight.is_finite() {
                tails.push(weight);
            }
        }
    }

    /// Weights some of which may be no finite numbers.
    #[cold]
    pub(super) fn others(&self, weights: &[f32], counts: &mut Counts, tails: &mut Vec<f32>, lanes: &mut Lanes) {
        lanes.others = lanes.others.merge(Moments::of(weights));
        self.count_each(weights, counts, tails);
    }

    /// The bins that hold weights, appended in order.
    pub(super) fn bins_into(&self, counts: &[(u64, u64)], moments: &Moments, bins: &mut Vec<Bin>) {
        let width = (1_u64 << FRACTION) as f64 / f64::from(self.steps);
        let edge = |index: usize| (f64::from(self.low) + width * index as f64) as f32;
        for (index, &(count, residual)) in counts.iter().enumerate().filter(|(_, (count, _))| *count > 0) {
            // Places are rounded to the nearest step: a bin's weights may lie half a step outside of its edges.
            let low = edge(index).max(moments.min);
            let high = edge(index + 1).next_down().min(moments.max).max(low);
            let steps = ((index as u64 * count) << FRACTION) + residual;
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
    fn ready(&mut self) -> &mut Counts {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kernels_agree_bit_by_bit() {
        let noise = |index: u32| (index.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 23) as f32 - 1.0;
        let mut values: Vec<f32> = (0..100_003).map(noise).map(|x| x * x * x).collect();
        for (index, odd) in [(5, f32::NAN), (77, f32::INFINITY), (78, f32::NEG_INFINITY), (900, -0.0), (901, 0.0)] {
            values[index] = odd;
        }
        let core = Core { low: -0.9, high: 0.7, steps: (CORE_BINS << FRACTION) as f32 / 1.6 };
        let (mut dispatched, mut tails) = (Histogram::default(), Vec::new());
        let moments = core.scan(&values, &mut dispatched, &mut tails);
        let (mut scalar, mut scalar_tails) = (Histogram::default(), Vec::new());
        let scalar_moments = core.scan_scalar(&values, scalar.ready(), &mut scalar_tails);
        assert_eq!(moments, scalar_moments);
        assert_eq!((moments.nan, moments.infinite, moments.zeros), (1, 2, Moments::of(&values).zeros));
        assert_eq!(tails, scalar_tails);
        assert!(dispatched.0 == scalar.0);
    }
}
