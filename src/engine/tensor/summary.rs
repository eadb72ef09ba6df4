//! What one pass over a tensor leaves behind, so that every slider can answer from it within a frame.

/// Counts and moments of a tensor. Non-finite values are counted and otherwise left out.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moments {
    /// All elements.
    pub count: u64,
    /// Elements that are NaN.
    pub nan: u64,
    /// Elements that are +∞ or −∞.
    pub infinite: u64,
    /// Elements that are +0 or −0.
    pub zeros: u64,
    /// Smallest finite value; 0 where there is none.
    pub min: f32,
    /// Largest finite value; 0 where there is none.
    pub max: f32,
    /// Sum of the finite values.
    pub sum: f64,
    /// Sum of their squares.
    pub sum_squares: f64,
}

impl Moments {
    /// Number of finite values.
    pub fn finite(&self) -> u64 {
        self.count - self.nan - self.infinite
    }

    /// Mean of the finite values; `None` where there is none.
    pub fn mean(&self) -> Option<f64> {
        (self.finite() > 0).then(|| self.sum / self.finite() as f64)
    }

    /// Standard deviation of the population of finite values; `None` where there is none.
    pub fn std(&self) -> Option<f64> {
        let mean = self.mean()?;
        Some((self.sum_squares / self.finite() as f64 - mean * mean).max(0.0).sqrt())
    }

    /// Largest magnitude.
    pub fn max_abs(&self) -> f32 {
        self.min.abs().max(self.max.abs())
    }

    /// Share of zeros among all elements; `None` for an empty tensor.
    pub fn zero_share(&self) -> Option<f64> {
        (self.count > 0).then(|| self.zeros as f64 / self.count as f64)
    }
}

/// Neighbouring weights taken together: how many, their extent and their exact sums.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Smallest value that may lie in the bin.
    pub low: f32,
    /// Largest value that may lie in the bin; equal to `low` where all its weights are the same.
    pub high: f32,
    /// Number of weights, never 0.
    pub count: u64,
    /// Sum of the weights.
    pub sum: f64,
    /// Sum of their squares.
    pub sum_squares: f64,
}

/// The moments and the fine histogram of a tensor.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Counts and moments, exact.
    pub moments: Moments,
    /// The bins that hold weights, sorted by value, disjoint. Where the tensor has few distinct values each has a bin of its own.
    pub bins: Vec<Bin>,
    /// Whether every bin holds one distinct value, so that whatever is computed from the bins is exact.
    pub distinct: bool,
}

/// A small histogram for a table row: the central 99.8 % of the weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sparkline {
    /// Left edge of the first bar.
    pub low: f32,
    /// Right edge of the last bar.
    pub high: f32,
    /// Weights per bar, all bars of equal width.
    pub counts: Vec<u64>,
}

/// A histogram in bars of equal width, for display.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bars {
    /// Weights per bar.
    pub counts: Vec<u64>,
    /// Weights left of the first bar.
    pub below: u64,
    /// Weights right of the last bar.
    pub above: u64,
}

impl Bin {
    /// Mean of the bin's weights; the weight itself where all are the same.
    pub fn mean(&self) -> f32 {
        if self.low == self.high {
            self.low
        } else {
            ((self.sum / self.count as f64) as f32).clamp(self.low, self.high)
        }
    }

    /// How many of the bin's weights lie below `edge`, taking them as evenly spread.
    fn below(&self, edge: f64) -> f64 {
        let (low, high) = (f64::from(self.low), f64::from(self.high));
        if edge <= low {
            0.0
        } else if edge > high {
            self.count as f64
        } else {
            self.count as f64 * (edge - low) / (high - low)
        }
    }
}

impl Summary {
    /// The value below which a share `p` (0…1) of the finite weights lies; exact to a bin. `None` where there is no weight.
    pub fn quantile(&self, p: f64) -> Option<f32> {
        let total = self.moments.finite() as f64;
        let rank = p.clamp(0.0, 1.0) * total;
        let mut before = 0.0;
        for bin in &self.bins {
            let count = bin.count as f64;
            if before + count >= rank {
                let share = ((rank - before) / count).clamp(0.0, 1.0);
                let (low, high) = (f64::from(bin.low), f64::from(bin.high));
                return Some((low + share * (high - low)) as f32);
            }
            before += count;
        }
        self.bins.last().map(|bin| bin.high)
    }

    /// The weights counted in `bars` bars of equal width over `low..=high`: bar i holds its left edge, the last one both.
    ///
    /// A fine bin across an edge is divided as if its weights were evenly spread, so that bars can be off by less than one bin;
    /// with [`Summary::distinct`] they are exact. All weights are counted exactly once.
    pub fn rebin(&self, low: f64, high: f64, bars: usize) -> Bars {
        let bars = bars.max(1);
        let width = (high - low) / bars as f64;
        let edge = |index: usize| if index == bars { high.next_up() } else { low + width * index as f64 };
        // Weights left of each edge, rounded to whole ones: the differences then add up.
        let mut result = Bars { counts: vec![0; bars], below: 0, above: 0 };
        let (mut before, mut next, mut last) = (0_u64, 0_usize, 0_u64);
        let mut settle = |index: usize, left: u64, last: &mut u64| {
            match index {
                0 => result.below = left,
                index => result.counts[index - 1] = left - *last,
            }
            *last = left;
        };
        for bin in &self.bins {
            while next <= bars && edge(next) <= f64::from(bin.high) {
                settle(next, (before + bin.below(edge(next)).round() as u64).max(last), &mut last);
                next += 1;
            }
            before += bin.count;
        }
        while next <= bars {
            settle(next, before, &mut last);
            next += 1;
        }
        result.above = before - last;
        result
    }
}

impl Sparkline {
    /// The central 99.8 % of the weights in `bars` bars; no bars where there is no finite weight.
    pub fn of(summary: &Summary, bars: usize) -> Self {
        let (Some(low), Some(high)) = (summary.quantile(0.001), summary.quantile(0.999)) else {
            return Self::default();
        };
        Self { low, high, counts: summary.rebin(f64::from(low), f64::from(high), bars).counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;

    fn summary(values: &[f32]) -> Summary {
        Summary::of(values, &Silent).unwrap()
    }

    #[test]
    fn bars_hold_their_left_edge_and_the_last_one_both() {
        let summary = summary(&[-5.0, 0.0, 0.5, 1.0, 1.0, 2.0, 9.0, f32::NAN]);
        let bars = summary.rebin(0.0, 2.0, 2);
        assert_eq!(bars, Bars { counts: vec![2, 3], below: 1, above: 1 });
        assert_eq!(summary.rebin(20.0, 30.0, 1), Bars { counts: vec![0], below: 7, above: 0 });
        assert_eq!(summary.rebin(1.0, 1.0, 3).counts.iter().sum::<u64>(), 2);
    }

    #[test]
    fn quantiles_walk_from_the_smallest_to_the_largest() {
        let summary = summary(&[3.0, 1.0, 2.0, 4.0]);
        let quantiles = [0.0, 0.25, 0.5, 0.75, 1.0].map(|p| summary.quantile(p).unwrap());
        assert_eq!(quantiles, [1.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(super::Summary::default().quantile(0.5), None);
    }

    #[test]
    fn a_sparkline_of_nothing_has_no_bars() {
        assert_eq!(Sparkline::of(&summary(&[f32::NAN]), 8), Sparkline::default());
        assert_eq!(Sparkline::of(&summary(&[2.0, 2.0]), 4).counts.iter().sum::<u64>(), 2);
    }
}
