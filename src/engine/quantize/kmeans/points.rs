//! What k-means works on: sorted points with weights, and prefix sums that make the cost of any cluster three subtractions.

use crate::engine::tensor::Bin;

/// Sorted points; a point is a distinct weight or a fine bin at its mean.
///
/// Everything is measured from the mean of all weights, so that the sums lose no digits where the weights lie far from 0.
#[derive(Clone, Debug, Default)]
pub(super) struct Points {
    /// Ascending, measured from the mean of all weights.
    pub(super) places: Vec<f64>,
    /// `counts[i]` weights lie in points before i.
    pub(super) counts: Vec<f64>,
    /// Sum of the weights of the points before i, measured from the mean of all weights.
    pub(super) sums: Vec<f64>,
}

impl Points {
    pub(super) fn of(bins: &[Bin]) -> Self {
        let count: u64 = bins.iter().map(|bin| bin.count).sum();
        if count == 0 {
            return Self { counts: vec![0.0], sums: vec![0.0], ..Self::default() };
        }
        let center = bins.iter().map(|bin| bin.sum).sum::<f64>() / count as f64;
        let mut points = Self { counts: Vec::with_capacity(bins.len() + 1), ..Self::default() };
        (points.places, points.sums) = (Vec::with_capacity(bins.len()), Vec::with_capacity(bins.len() + 1));
        let (mut before, mut sum) = (0.0, 0.0);
        for bin in bins {
            points.counts.push(before);
            points.sums.push(sum);
            let count = bin.count as f64;
            let place = bin.sum / count - center;
            points.places.push(place);
            before += count;
            sum += count * place;
        }
        points.counts.push(before);
        points.sums.push(sum);
        points
    }

    /// Number of points.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Mean of the points `start..end`, measured from the mean of all weights; the run must not be empty.
    pub(super) fn mean(&self, start: usize, end: usize) -> f64 {
        (self.sums[end] - self.sums[start]) / (self.counts[end] - self.counts[start])
    }

    /// Neighbouring points taken together, about `groups` of them, finer where the points are dense: equal shares of the
    /// integral of density^(1/3), which is how the levels of an optimal fine quantizer lie (Panter and Dite 1951). Also gives
    /// the first point of every group, and the end.
    pub(super) fn grouped(&self, groups: usize) -> (Self, Vec<usize>) {
        let n = self.len();
        let width = |index: usize| {
            let (left, right) = (self.places[index.saturating_sub(1)], self.places[(index + 1).min(n - 1)]);
            (right - left) / 2.0
        };
        let share = |index: usize| ((self.counts[index + 1] - self.counts[index]) * width(index).powi(2)).cbrt();
        let shares: Vec<f64> = (0..n).map(share).collect();
        let step = shares.iter().sum::<f64>() / groups as f64;
        let (mut starts, mut reached) = (vec![0], 0.0);
        for (index, share) in shares.iter().enumerate() {
            if index > 0 && reached + share / 2.0 >= step * starts.len() as f64 {
                starts.push(index);
            }
            reached += share;
        }
        starts.push(n);
        let at = |sums: &[f64]| starts.iter().map(|&start| sums[start]).collect::<Vec<_>>();
        let places: Vec<f64> = starts.windows(2).map(|pair| self.mean(pair[0], pair[1])).collect();
        let (counts, sums) = (at(&self.counts), at(&self.sums));
        (Self { places, counts, sums }, starts)
    }
}
