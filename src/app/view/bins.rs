//! Counting a tensor's weights in other bars than those of its fine histogram.
//!
//! A fine bin is counted where its mean lies, so that every weight is counted once and no count is made up.

use crate::engine::tensor::{Bin, Summary};

/// Weights per bar, in `count` bars of width `step` from `low`; what lies outside is not counted.
pub fn bars(bins: &[Bin], low: f64, step: f64, count: usize) -> Vec<u64> {
    let mut bars = vec![0; count];
    let high = low + step * count as f64;
    for bin in within(bins, low, high) {
        let place = ((mean(bin) - low) / step).floor();
        if place >= 0.0 && (place as usize) < count {
            bars[place as usize] += bin.count;
        }
    }
    bars
}

/// Number of weights in `low..=high`.
pub fn inside(bins: &[Bin], low: f64, high: f64) -> u64 {
    within(bins, low, high).iter().filter(|bin| (low..=high).contains(&mean(bin))).map(|bin| bin.count).sum()
}

/// The values below which the shares `below` and `1 − below` of the finite weights lie; `None` where there is no weight.
pub fn quantiles(summary: &Summary, below: f64) -> Option<(f64, f64)> {
    let cut = (summary.moments.finite() as f64 * below).floor() as u64;
    let reached = |bin: &&Bin, seen: &mut u64| {
        *seen += bin.count;
        *seen > cut
    };
    let (mut from_low, mut from_high) = (0, 0);
    let low = summary.bins.iter().find(|bin| reached(bin, &mut from_low))?;
    let high = summary.bins.iter().rev().find(|bin| reached(bin, &mut from_high))?;
    Some((mean(low), mean(high)))
}

/// The widest bin in `low..=high`: bars that are narrower would show the bins instead of the weights.
pub fn widest(bins: &[Bin], low: f64, high: f64) -> f64 {
    within(bins, low, high).iter().map(|bin| f64::from(bin.high) - f64::from(bin.low)).fold(0.0, f64::max)
}

/// The bins that may hold weights in `low..=high`.
fn within(bins: &[Bin], low: f64, high: f64) -> &[Bin] {
    let first = bins.partition_point(|bin| f64::from(bin.high) < low);
    let last = bins.partition_point(|bin| f64::from(bin.low) <= high);
    &bins[first..last.max(first)]
}

fn mean(bin: &Bin) -> f64 {
    (bin.sum / bin.count as f64).clamp(f64::from(bin.low), f64::from(bin.high))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::engine::tensor::Moments;

    /// The summary of `values`, one bin for each distinct value.
    pub fn summary_of(values: &[f32]) -> Summary {
        let mut finite: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
        finite.sort_by(f32::total_cmp);
        let mut bins: Vec<Bin> = Vec::new();
        for &value in &finite {
            if bins.last().is_none_or(|bin| bin.low != value) {
                bins.push(Bin { low: value, high: value, ..Bin::default() });
            }
            if let Some(bin) = bins.last_mut() {
                bin.count += 1;
                bin.sum += f64::from(value);
                bin.sum_squares += f64::from(value) * f64::from(value);
            }
        }
        let moments = Moments {
            count: values.len() as u64,
            nan: values.iter().filter(|value| value.is_nan()).count() as u64,
            infinite: values.iter().filter(|value| value.is_infinite()).count() as u64,
            zeros: values.iter().filter(|value| **value == 0.0).count() as u64,
            min: finite.first().copied().unwrap_or(0.0),
            max: finite.last().copied().unwrap_or(0.0),
            sum: finite.iter().copied().map(f64::from).sum(),
            sum_squares: finite.iter().map(|value| f64::from(*value) * f64::from(*value)).sum(),
        };
        Summary { moments, bins, distinct: true }
    }

    #[test]
    fn every_weight_is_counted_once() {
        let values: Vec<f32> = (0..1000).map(|index| (index as f32 * 0.37).sin()).collect();
        let summary = summary_of(&values);
        let counts = bars(&summary.bins, -1.05, 0.1, 21);
        assert_eq!(counts.iter().sum::<u64>(), 1000);
        for (place, count) in counts.iter().enumerate() {
            let (low, high) = (-1.05 + place as f64 * 0.1, -1.05 + (place + 1) as f64 * 0.1);
            let direct = values.iter().filter(|value| (low..high).contains(&f64::from(**value))).count();
            assert_eq!(*count, direct as u64, "bar {place}");
        }
        assert_eq!(inside(&summary.bins, -0.5, 0.5), values.iter().filter(|value| value.abs() <= 0.5).count() as u64);
    }

    #[test]
    fn quantiles_cut_the_tails() {
        let values: Vec<f32> = (0..1000).map(|index| index as f32).collect();
        assert_eq!(quantiles(&summary_of(&values), 0.01), Some((10.0, 989.0)));
        assert_eq!(quantiles(&summary_of(&values), 0.0), Some((0.0, 999.0)));
        assert_eq!(quantiles(&summary_of(&[]), 0.1), None);
    }
}
