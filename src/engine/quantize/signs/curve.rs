//! The error of a ternary quantizer at every threshold.

/// One threshold and what comes of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThresholdPoint {
    /// Δ: weights of at most this magnitude become 0.
    pub threshold: f64,
    /// Mean magnitude of the others: the scale with the least squared error.
    pub scale: f64,
    /// Weights that become 0.
    pub zeros: u64,
    /// Σ (weight − level)².
    pub sse: f64,
}

/// All magnitudes of a tensor, sorted, with their running sums.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Magnitudes {
    /// Ascending.
    sorted: Vec<f32>,
    /// Sum of the first so many; one more than there are magnitudes.
    sums: Vec<f64>,
    squares: f64,
}

impl Magnitudes {
    /// The magnitudes of the finite weights.
    pub fn of(values: &[f32]) -> Self {
        let mut sorted: Vec<f32> = values.iter().filter(|value| value.is_finite()).map(|value| value.abs()).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let mut sums = Vec::with_capacity(sorted.len() + 1);
        let (mut sum, mut squares) = (0.0, 0.0);
        sums.push(sum);
        for &magnitude in &sorted {
            sum += f64::from(magnitude);
            squares += f64::from(magnitude).powi(2);
            sums.push(sum);
        }
        Self { sorted, sums, squares }
    }

    /// Mean magnitude; 0 without weights.
    pub fn mean(&self) -> f64 {
        self.sums.last().copied().unwrap_or(0.0) / self.sorted.len().max(1) as f64
    }

    /// Largest magnitude; 0 without weights.
    pub fn largest(&self) -> f64 {
        self.sorted.last().copied().map_or(0.0, f64::from)
    }

    /// What a threshold gives.
    pub fn at(&self, threshold: f64) -> ThresholdPoint {
        let zeros = self.sorted.partition_point(|&magnitude| f64::from(magnitude) <= threshold);
        let kept = self.sorted.len() - zeros;
        let sum = self.sums.last().copied().unwrap_or(0.0) - self.sums.get(zeros).copied().unwrap_or(0.0);
        let scale = sum / kept.max(1) as f64;
        ThresholdPoint { threshold, scale, zeros: zeros as u64, sse: (self.squares - sum * scale).max(0.0) }
    }

    /// `count` thresholds from 0 to the largest magnitude.
    pub fn curve(&self, count: usize) -> Vec<ThresholdPoint> {
        (0..count).map(|place| self.at(self.largest() * place as f64 / (count.max(2) - 1) as f64)).collect()
    }
}
