//! The sums from which every error metric follows.

/// Error of a reconstruction against the weights it came from, over the pairs in which both are finite.
///
/// A metric that is undefined for the data (no weights, or no signal) is `None`; a perfect reconstruction has an infinite SQNR.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ErrorReport {
    /// Pairs that count.
    pub count: u64,
    /// Weights left out because they or their reconstruction are not finite.
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
    /// Number of distinct values in the reconstruction.
    pub distinct: u64,
}

impl ErrorReport {
    /// Mean squared error.
    pub fn mse(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sse / self.count as f64)
    }

    /// Root of the mean squared error.
    pub fn rmse(&self) -> Option<f64> {
        self.mse().map(f64::sqrt)
    }

    /// Signal-to-quantization-noise ratio in dB, 10·log10(Σx² / Σ(x − x̂)²); infinite for a perfect reconstruction.
    pub fn sqnr_db(&self) -> Option<f64> {
        (self.count > 0 && self.signal > 0.0).then(|| 10.0 * (self.signal / self.sse).log10())
    }

    /// Cosine of the angle between weights and reconstruction; `None` where one of them is all zero.
    pub fn cosine(&self) -> Option<f64> {
        let norms = (self.signal * self.reconstruction).sqrt();
        (norms > 0.0).then(|| (self.dot / norms).clamp(-1.0, 1.0))
    }

    /// ‖x − x̂‖ / ‖x‖; `None` where the weights are all zero.
    pub fn relative(&self) -> Option<f64> {
        (self.signal > 0.0).then(|| (self.sse / self.signal).sqrt())
    }
}

/// Counts of errors x − x̂ in bars of equal width over `low..=high`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorHistogram {
    /// Left edge of the first bar.
    pub low: f64,
    /// Right edge of the last bar.
    pub high: f64,
    /// Weights per bar.
    pub counts: Vec<u64>,
}

impl ErrorHistogram {
    /// Empty bars over −`max_error`…`max_error`; over −1…1 where there is no error at all.
    pub fn about_zero(max_error: f64, bars: usize) -> Self {
        let high = if max_error > 0.0 && max_error.is_finite() { max_error } else { 1.0 };
        Self { low: -high, high, counts: vec![0; bars] }
    }

    /// Counts an error; one that is not finite is left out.
    pub fn add(&mut self, error: f64, count: u64) {
        if !error.is_finite() || self.counts.is_empty() {
            return;
        }
        let place = (error - self.low) / (self.high - self.low) * self.counts.len() as f64;
        let bar = (place.max(0.0) as usize).min(self.counts.len() - 1);
        self.counts[bar] += count;
    }
}
