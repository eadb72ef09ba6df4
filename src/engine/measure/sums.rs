//! Gathering the sums of an error report over many weights.

use super::ErrorReport;
use crate::engine::simd::multiversion;

/// Sums over pairs of a weight and its reconstruction; parts from several threads are merged.
#[derive(Clone, Copy, Debug, Default)]
pub struct ErrorSums {
    count: u64,
    excluded: u64,
    sse: f64,
    max_error: f64,
    signal: f64,
    reconstruction: f64,
}

impl ErrorSums {
    /// The sums of `count` pairs, of which all were finite; `None` where a sum says otherwise.
    ///
    /// One NaN or infinity among the pairs makes a sum NaN or infinite; finite float32 squares cannot overflow a float64.
    pub(crate) fn of_finite(count: u64, sse: f64, max_error: f64, signal: f64, reconstruction: f64) -> Option<Self> {
        let finite = sse.is_finite() && signal.is_finite() && reconstruction.is_finite();
        finite.then_some(Self { count, excluded: 0, sse, max_error, signal, reconstruction })
    }

    /// Adds one pair; left out and counted where one of them is not finite.
    pub fn add(&mut self, value: f32, restored: f32) {
        self.add_weighted(f64::from(value), f64::from(restored), 1);
    }

    /// Adds `count` equal pairs.
    pub fn add_weighted(&mut self, value: f64, restored: f64, count: u64) {
        if !(value.is_finite() && restored.is_finite()) {
            self.excluded += count;
            return;
        }
        let (error, number) = (value - restored, count as f64);
        self.count += count;
        self.sse += error * error * number;
        self.max_error = self.max_error.max(error.abs());
        self.signal += value * value * number;
        self.reconstruction += restored * restored * number;
    }

    /// Adds many pairs.
    pub fn add_block(&mut self, values: &[f32], restored: &[f32]) {
        match block_sums(values, restored) {
            Some(block) => *self = self.merge(block),
            None => values.iter().zip(restored).for_each(|(&value, &restored)| self.add(value, restored)),
        }
    }

    /// The sums of both.
    pub fn merge(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            excluded: self.excluded + other.excluded,
            sse: self.sse + other.sse,
            max_error: self.max_error.max(other.max_error),
            signal: self.signal + other.signal,
            reconstruction: self.reconstruction + other.reconstruction,
        }
    }

    /// Moves the sum of squared errors and their maximum into place where they were found in another way.
    pub fn with_errors(self, sse: f64, max_error: f64) -> Self {
        Self { sse, max_error, ..self }
    }

    /// The report; `distinct` is the number of different values in the reconstruction.
    pub fn report(self, distinct: u64) -> ErrorReport {
        ErrorReport {
            count: self.count,
            excluded: self.excluded,
            sse: self.sse,
            max_error: self.max_error,
            signal: self.signal,
            reconstruction: self.reconstruction,
            // Σ(x − x̂)² = Σx² − 2Σx·x̂ + Σx̂², so the fourth sum need not be gathered.
            dot: (self.signal + self.reconstruction - self.sse) / 2.0,
            distinct,
        }
    }
}

multiversion! {
    /// Sums of a block in which everything is finite; `None` otherwise.
    fn block_sums(values: &[f32], restored: &[f32]) -> Option<ErrorSums> {
        const LANES: usize = 8;
        let (blocks, rest) = values.as_chunks::<LANES>();
        let (restored_blocks, restored_rest) = restored.as_chunks::<LANES>();
        let mut sse = [0.0_f64; LANES];
        let mut signal = [0.0_f64; LANES];
        let mut reconstruction = [0.0_f64; LANES];
        let mut largest = [0.0_f64; LANES];
        for (block, restored) in blocks.iter().zip(restored_blocks) {
            for index in 0..LANES {
                let (value, restored) = (f64::from(block[index]), f64::from(restored[index]));
                let error = value - restored;
                sse[index] += error * error;
                signal[index] += value * value;
                reconstruction[index] += restored * restored;
                let size = error.abs();
                largest[index] = if size > largest[index] { size } else { largest[index] };
            }
        }
        let mut sums = ErrorSums::of_finite(
            (blocks.len() * LANES) as u64,
            sse.iter().sum(),
            largest.iter().copied().fold(0.0, f64::max),
            signal.iter().sum(),
            reconstruction.iter().sum(),
        )?;
        for (&value, &restored) in rest.iter().zip(restored_rest) {
            sums.add(value, restored);
        }
        Some(sums)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rng::Rng;

    #[test]
    fn blocks_and_single_pairs_agree() {
        let mut rng = Rng::new(3);
        let values: Vec<f32> = (0..1003).map(|_| rng.normal() as f32).collect();
        let restored: Vec<f32> = values.iter().map(|value| (value * 4.0).round() / 4.0).collect();
        let (mut one, mut all) = (ErrorSums::default(), ErrorSums::default());
        values.iter().zip(&restored).for_each(|(&value, &restored)| one.add(value, restored));
        all.add_block(&values, &restored);
        let (one, all) = (one.report(0), all.report(0));
        assert_eq!((one.count, one.max_error), (all.count, all.max_error));
        assert!((one.sse - all.sse).abs() < 1e-9 && (one.dot - all.dot).abs() < 1e-9);
        let dot: f64 = values.iter().zip(&restored).map(|(&x, &y)| f64::from(x) * f64::from(y)).sum();
        assert!((all.dot - dot).abs() < 1e-9);
    }

    #[test]
    fn what_is_not_finite_is_left_out_and_counted() {
        let mut sums = ErrorSums::default();
        let mut values = vec![1.0; 20];
        values[3] = f32::NAN;
        values[17] = f32::INFINITY;
        sums.add_block(&values, &[0.5; 20]);
        let report = sums.report(1);
        assert_eq!((report.count, report.excluded, report.sse), (18, 2, 18.0 * 0.25));
    }

    #[test]
    fn metrics_that_mean_nothing_are_none() {
        let empty = ErrorSums::default().report(0);
        assert_eq!((empty.mse(), empty.sqnr_db(), empty.cosine(), empty.relative()), (None, None, None, None));
        let mut perfect = ErrorSums::default();
        perfect.add(2.0, 2.0);
        assert_eq!(perfect.report(1).sqnr_db(), Some(f64::INFINITY));
        assert_eq!(perfect.report(1).cosine(), Some(1.0));
    }
}
