//! Adding up errors.

use super::ErrorReport;

/// Running sums of an [`ErrorReport`]; everything but the number of distinct values.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Pairs that count.
    pub count: u64,
    /// Pairs left out.
    pub excluded: u64,
    /// Σ (x − x̂)².
    pub sse: f64,
    /// max |x − x̂|.
    pub max_error: f64,
    /// Σ x².
    pub signal: f64,
    /// Σ x̂².
    pub reconstruction: f64,
    /// Σ x·x̂.
    pub dot: f64,
}

impl Tally {
    /// Adds one weight and its reconstruction.
    pub fn add(&mut self, weight: f32, reconstruction: f32) {
        if !weight.is_finite() || !reconstruction.is_finite() {
            self.excluded += 1;
            return;
        }
        let (weight, reconstruction) = (f64::from(weight), f64::from(reconstruction));
        let error = weight - reconstruction;
        self.count += 1;
        self.sse += error * error;
        self.max_error = self.max_error.max(error.abs());
        self.signal += weight * weight;
        self.reconstruction += reconstruction * reconstruction;
        self.dot += weight * reconstruction;
    }

    /// Adds what another part of the tensor came to.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.excluded += other.excluded;
        self.sse += other.sse;
        self.max_error = self.max_error.max(other.max_error);
        self.signal += other.signal;
        self.reconstruction += other.reconstruction;
        self.dot += other.dot;
    }

    /// The report, with the number of distinct reconstructed values.
    pub fn report(&self, distinct: u64) -> ErrorReport {
        ErrorReport {
            count: self.count,
            excluded: self.excluded,
            sse: self.sse,
            max_error: self.max_error,
            signal: self.signal,
            reconstruction: self.reconstruction,
            dot: self.dot,
            distinct,
        }
    }
}
