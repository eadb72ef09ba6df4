//! The weights of a fit as sorted points with prefix sums, so that the cost of any interval takes constant time.

use rayon::prelude::*;

use crate::engine::tensor::{Bin, Summary};

/// Sorted points: each a bin's mean with the number of its weights.
///
/// Sums are taken about the mean of all weights, so that differences of prefix sums keep their digits.
#[derive(Clone, Debug)]
pub struct Points {
    center: f64,
    /// Means, ascending.
    values: Vec<f64>,
    /// Σ weight of the points before; one longer than `values`.
    count: Vec<f64>,
    /// Σ weight · (value − center) before.
    sum: Vec<f64>,
    /// Σ weight · (value − center)² before, the spread within bins included.
    squares: Vec<f64>,
}

impl Points {
    /// The points of a summary's bins.
    pub fn of_bins(bins: &[Bin]) -> Self {
        let total: f64 = bins.iter().map(|bin| bin.count as f64).sum();
        let sum: f64 = bins.iter().map(|bin| bin.sum).sum();
        let center = if total > 0.0 { sum / total } else { 0.0 };
        let mut points = Self::empty(center, bins.len());
        for bin in bins {
            let number = bin.count as f64;
            let mean = bin.sum / number;
            let spread = (bin.sum_squares - bin.sum * mean).max(0.0);
            points.push(mean, number, if bin.low == bin.high { 0.0 } else { spread });
        }
        points
    }

    /// The points of a summary.
    pub fn of(summary: &Summary) -> Self {
        Self::of_bins(&summary.bins)
    }

    /// The finite values, each distinct one a point.
    pub fn of_values(values: &[f32]) -> Self {
        Self::of_bins(&Summary::of_group(values.iter().copied()).bins)
    }

    /// The finite values of positive importance, each distinct one a point that weighs what its importance adds up to.
    pub fn weighted(values: impl Iterator<Item = (f32, f32)>) -> Self {
        let mut pairs: Vec<(f32, f64)> = values
            .filter(|(value, importance)| value.is_finite() && *importance > 0.0)
            .map(|(value, importance)| (value + 0.0, f64::from(importance)))
            .collect();
        pairs.par_sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
        pairs.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.1 += later.1;
            }
            same
        });
        let total: f64 = pairs.iter().map(|(_, weight)| weight).sum();
        let sum: f64 = pairs.iter().map(|(value, weight)| f64::from(*value) * weight).sum();
        let mut points = Self::empty(if total > 0.0 { sum / total } else { 0.0 }, pairs.len());
        pairs.into_iter().for_each(|(value, weight)| points.push(f64::from(value), weight, 0.0));
        points
    }

    /// The points other than 0.
    pub fn without_zero(&self) -> Self {
        let mut points = Self::empty(self.center, self.len());
        for index in (0..self.len()).filter(|&index| self.values[index] != 0.0) {
            points.push(self.values[index], self.weight(index, index + 1), self.cost(index, index + 1));
        }
        points
    }

    /// The same points with one at 0 that outweighs all others 2^26 times, and where it is: any fit keeps a centroid there.
    pub fn with_heavy_zero(&self) -> (Self, usize) {
        let heavy = self.weight(0, self.len()).max(1.0) * f64::from(1 << 26);
        let zero = self.values.partition_point(|&value| value < 0.0);
        let mut points = Self::empty(0.0, self.len() + 1);
        let own = |index: usize| (self.values[index], self.weight(index, index + 1), self.cost(index, index + 1));
        for (value, weight, spread) in (0..zero).map(own).chain([(0.0, heavy, 0.0)]).chain((zero..self.len()).map(own))
        {
            if value == 0.0 && points.len() > zero {
                continue;
            }
            points.push(value, weight, spread);
        }
        (points, zero)
    }

    fn empty(center: f64, capacity: usize) -> Self {
        let start = || {
            let mut sums = Vec::with_capacity(capacity + 1);
            sums.push(0.0);
            sums
        };
        Self { center, values: Vec::with_capacity(capacity), count: start(), sum: start(), squares: start() }
    }

    fn push(&mut self, value: f64, weight: f64, spread: f64) {
        let (index, offset) = (self.values.len(), value - self.center);
        self.values.push(value);
        self.count.push(self.count[index] + weight);
        self.sum.push(self.sum[index] + weight * offset);
        self.squares.push(self.squares[index] + weight * offset * offset + spread);
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The points' values, ascending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Number of weights in the points `from..to`.
    pub fn weight(&self, from: usize, to: usize) -> f64 {
        self.count[to] - self.count[from]
    }

    /// Σ (weight's value − mean of all weights) over `from..to`.
    pub fn offset(&self, from: usize, to: usize) -> f64 {
        self.sum[to] - self.sum[from]
    }

    /// Mean of the weights in `from..to`; the middle of the neighbours where there is none.
    pub fn mean(&self, from: usize, to: usize) -> f64 {
        let weight = self.weight(from, to);
        if to == from + 1 {
            self.values[from]
        } else if weight > 0.0 {
            // Differences of prefix sums lose digits where the weights span many magnitudes; a mean lies between its weights.
            let mean = self.center + (self.sum[to] - self.sum[from]) / weight;
            mean.clamp(self.values[from], self.values[to - 1])
        } else {
            self.center
        }
    }

    /// Σ (weight's value − mean)² over `from..to`: what one centroid costs there.
    #[inline]
    pub fn cost(&self, from: usize, to: usize) -> f64 {
        let weight = self.count[to] - self.count[from];
        let sum = self.sum[to] - self.sum[from];
        let squares = self.squares[to] - self.squares[from];
        if weight > 0.0 { (squares - sum * sum / weight).max(0.0) } else { 0.0 }
    }

    /// Σ (weight's value − level)² over `from..to`.
    pub fn cost_at(&self, from: usize, to: usize, level: f64) -> f64 {
        let offset = level - self.center;
        let weight = self.count[to] - self.count[from];
        let sum = self.sum[to] - self.sum[from];
        let squares = self.squares[to] - self.squares[from];
        (squares - 2.0 * offset * sum + offset * offset * weight).max(0.0)
    }

    /// Σ weight·value over `from..to`.
    pub fn total(&self, from: usize, to: usize) -> f64 {
        self.offset(from, to) + self.center * self.weight(from, to)
    }

    /// The first point above `value`.
    pub fn above(&self, value: f64) -> usize {
        self.values.partition_point(|&point| point <= value)
    }

    /// [`Points::above`], quicker where the answer is near `hint`.
    pub fn above_near(&self, value: f64, hint: usize) -> usize {
        let hint = hint.min(self.len());
        let mut step = 1;
        if hint < self.len() && self.values[hint] <= value {
            let mut low = hint;
            while low + step < self.len() && self.values[low + step] <= value {
                low += step;
                step *= 2;
            }
            let high = (low + step).min(self.len());
            return low + self.values[low..high].partition_point(|&point| point <= value);
        }
        let mut high = hint;
        while high >= step && self.values[high - step] > value {
            high -= step;
            step *= 2;
        }
        let low = high.saturating_sub(step);
        low + self.values[low..high].partition_point(|&point| point <= value)
    }

    /// About `groups` runs of neighbouring points with about the same share of density^(1/3), the optimal density of levels
    /// (Panter and Dite 1951): where each run ends.
    pub fn groups(&self, groups: usize) -> Vec<usize> {
        if self.len() <= groups {
            return (1..=self.len()).collect();
        }
        // Density over slices of 1/64 of a group's points would be noisy; the points' own spacing is smoothed over 64 neighbours.
        const SMOOTH: usize = 32;
        // The root is taken once for as many points as change the smoothed density little.
        const ALIKE: usize = SMOOTH / 4;
        let mut shares = Vec::with_capacity(self.len());
        for first in (0..self.len()).step_by(ALIKE) {
            let last = (first + ALIKE).min(self.len());
            let middle = usize::midpoint(first, last - 1);
            let (from, to) = (middle.saturating_sub(SMOOTH), (middle + SMOOTH).min(self.len() - 1));
            let width = (self.values[to] - self.values[from]).max(f64::MIN_POSITIVE);
            let density = (self.weight(from, to + 1) / width).cbrt();
            let end = self.len() - 1;
            let own = |index: usize| self.values[(index + 1).min(end)] - self.values[index.saturating_sub(1)];
            shares.extend((first..last).map(|index| density * own(index) / 2.0));
        }
        // No point may take more than a group: the gap beside an outlier would swallow the rest.
        for _ in 0..8 {
            let most = shares.iter().sum::<f64>() / groups as f64;
            if !shares.iter().any(|share| *share > most * 1.001) {
                break;
            }
            shares.iter_mut().for_each(|share| *share = share.min(most));
        }
        let total: f64 = shares.iter().sum();
        let mut ends = Vec::with_capacity(groups + 1);
        let mut running = 0.0;
        for (index, share) in shares.iter().enumerate() {
            running += share;
            // As many points as groups are left: each has one of its own.
            let scarce = self.len() - index <= groups.saturating_sub(ends.len());
            if scarce || running >= total * (ends.len() + 1) as f64 / groups as f64 {
                ends.push(index + 1);
            }
        }
        if ends.last() != Some(&self.len()) {
            ends.push(self.len());
        }
        ends
    }
}
