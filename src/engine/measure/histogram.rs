//! Counting errors in bars.

use super::ErrorHistogram;

impl ErrorHistogram {
    /// Empty bars over −`reach`…`reach`; an odd number of bars has one for "no error" in the middle.
    pub fn new(reach: f64, bars: usize) -> Self {
        Self { low: -reach, high: reach, counts: vec![0; bars] }
    }

    /// Counts `count` weights of that error. What lies beyond an end counts in the last bar on that side.
    pub fn add(&mut self, error: f64, count: u64) {
        let bars = self.counts.len();
        if bars == 0 {
            return;
        }
        let width = self.high - self.low;
        let place = if width > 0.0 { (error - self.low) / width * bars as f64 } else { bars as f64 / 2.0 };
        self.counts[(place as usize).min(bars - 1)] += count;
    }

    /// Adds the counts of another histogram over the same bars.
    pub fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, more)| *sum += more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_number_of_bars_has_one_for_no_error() {
        let mut bars = ErrorHistogram::new(1.0, 3);
        for error in [-1.0, -0.2, 0.0, 0.3, 1.0, 7.0] {
            bars.add(error, 1);
        }
        assert_eq!(bars.counts, [1, 3, 2]);
        let mut perfect = ErrorHistogram::new(0.0, 5);
        perfect.add(0.0, 4);
        assert_eq!(perfect.counts, [0, 0, 4, 0, 0]);
    }
}
