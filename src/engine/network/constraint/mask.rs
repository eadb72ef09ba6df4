//! Pruned weights stay pruned (Han et al. 2015, "Learning both Weights and Connections").

use super::Constraint;

/// Weights that are not kept are 0 and stay 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    kept: Vec<bool>,
}

impl Mask {
    /// One flag a weight: whether it is kept.
    pub fn new(kept: Vec<bool>) -> Self {
        Self { kept }
    }

    /// Keeps what is not 0.
    pub fn of(values: &[f32]) -> Self {
        Self::new(values.iter().map(|value| *value != 0.0).collect())
    }

    fn clear(&self, values: &mut [f32]) {
        for (value, kept) in values.iter_mut().zip(&self.kept) {
            if !kept {
                *value = 0.0;
            }
        }
    }
}

impl Constraint for Mask {
    fn hide(&self, seen: &mut [f32]) {
        self.clear(seen);
    }

    fn gradient(&mut self, _latent: &[f32], gradient: &mut [f32]) {
        self.clear(gradient);
    }

    fn project(&mut self, latent: &mut [f32], _rate: f64) {
        self.clear(latent);
    }
}
