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

impl Sparkline {
    /// The central 99.8 % of a summary's weights in `bars` bars; what lies outside is left out, so that outliers do not flatten the rest.
    pub fn of(summary: &Summary, bars: usize) -> Self {
        let total = summary.moments.finite();
        let cut = total as f64 * 0.001;
        let mut before = 0.0;
        let (mut low, mut high) = (None, 0.0_f32);
        for bin in &summary.bins {
            if low.is_none() && before + bin.count as f64 > cut {
                low = Some(bin.low);
            }
            if before < total as f64 - cut {
                high = bin.high;
            }
            before += bin.count as f64;
        }
        let Some(low) = low.filter(|_| bars > 0) else { return Self::default() };
        let mut counts = vec![0; bars];
        // A single value stands in the middle.
        let width = if high > low { f64::from(high) - f64::from(low) } else { 0.0 };
        for bin in summary.bins.iter().filter(|bin| bin.low >= low && bin.high <= high) {
            let place = if width > 0.0 { (bin.sum / bin.count as f64 - f64::from(low)) / width } else { 0.5 };
            counts[((place * bars as f64) as usize).min(bars - 1)] += bin.count;
        }
        Self { low, high, counts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparklines_show_the_core_and_stand_for_single_values() {
        let summary = Summary::of_group((0..1000_u16).map(|value| if value == 0 { -1e6 } else { f32::from(value) }));
        let sparkline = Sparkline::of(&summary, 10);
        assert!(sparkline.low >= 0.0, "the outlier is left out: {}", sparkline.low);
        assert!(sparkline.counts.iter().all(|count| (90..=110).contains(count)), "{:?}", sparkline.counts);
        assert_eq!(Sparkline::of(&Summary::of_group([2.0; 3].into_iter()), 3).counts, [0, 3, 0]);
        assert_eq!(Sparkline::of(&Summary::default(), 3), Sparkline::default());
    }
}
