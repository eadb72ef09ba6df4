//! Counting a tensor's weights in other bars than those of its fine histogram.
//!
//! A fine bin is counted where its mean lies, so that every weight is counted once and no count is made up.

use super::{Bin, Summary};

impl Summary {
    /// Weights per bar, in `count` bars of width `step` from `low`; what lies outside is not counted.
    pub fn bars(&self, low: f64, step: f64, count: usize) -> Vec<u64> {
        let mut bars = vec![0; count];
        for bin in self.within(low, low + step * count as f64) {
            let place = ((mean(bin) - low) / step).floor();
            if place >= 0.0 && (place as usize) < count {
                bars[place as usize] += bin.count;
            }
        }
        bars
    }

    /// Number of weights in `low..=high`.
    pub fn inside(&self, low: f64, high: f64) -> u64 {
        self.within(low, high).iter().filter(|bin| (low..=high).contains(&mean(bin))).map(|bin| bin.count).sum()
    }

    /// The values below which the shares `tail` and `1 − tail` of the finite weights lie; `None` where there is no weight.
    pub fn quantiles(&self, tail: f64) -> Option<(f64, f64)> {
        let cut = (self.moments.finite() as f64 * tail).floor() as u64;
        let reached = |bin: &&Bin, seen: &mut u64| {
            *seen += bin.count;
            *seen > cut
        };
        let (mut from_low, mut from_high) = (0, 0);
        let low = self.bins.iter().find(|bin| reached(bin, &mut from_low))?;
        let high = self.bins.iter().rev().find(|bin| reached(bin, &mut from_high))?;
        Some((mean(low), mean(high)))
    }

    /// The widest bin in `low..=high`: bars that are narrower would show the bins instead of the weights.
    pub fn widest_bin(&self, low: f64, high: f64) -> f64 {
        self.within(low, high).iter().map(|bin| f64::from(bin.high) - f64::from(bin.low)).fold(0.0, f64::max)
    }

    /// The bins that may hold weights in `low..=high`.
    fn within(&self, low: f64, high: f64) -> &[Bin] {
        let first = self.bins.partition_point(|bin| f64::from(bin.high) < low);
        let last = self.bins.partition_point(|bin| f64::from(bin.low) <= high);
        &self.bins[first..last.max(first)]
    }
}

fn mean(bin: &Bin) -> f64 {
    (bin.sum / bin.count as f64).clamp(f64::from(bin.low), f64::from(bin.high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary_of(values: &[f32]) -> Summary {
        Summary::of_group(values.iter().copied())
    }

    #[test]
    fn every_weight_is_counted_once() {
        let values: Vec<f32> = (0..1000).map(|index| (index as f32 * 0.37).sin()).collect();
        let summary = summary_of(&values);
        let counts = summary.bars(-1.05, 0.1, 21);
        assert_eq!(counts.iter().sum::<u64>(), 1000);
        for (place, count) in counts.iter().enumerate() {
            let (low, high) = (-1.05 + place as f64 * 0.1, -1.05 + (place + 1) as f64 * 0.1);
            let direct = values.iter().filter(|value| (low..high).contains(&f64::from(**value))).count();
            assert_eq!(*count, direct as u64, "bar {place}");
        }
        assert_eq!(summary.inside(-0.5, 0.5), values.iter().filter(|value| value.abs() <= 0.5).count() as u64);
    }

    #[test]
    fn quantiles_cut_the_tails() {
        let values: Vec<f32> = (0..1000).map(|index| index as f32).collect();
        assert_eq!(summary_of(&values).quantiles(0.01), Some((10.0, 989.0)));
        assert_eq!(summary_of(&values).quantiles(0.0), Some((0.0, 999.0)));
        assert_eq!(summary_of(&[]).quantiles(0.1), None);
    }
}
