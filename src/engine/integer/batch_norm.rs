//! Batch normalization folded into the layer before it (Jacob et al. 2018, section 3.2).

use super::{IntegerError, Matrix};

/// y = γ (x − μ) / √(σ² + ε) + β, one set of numbers an output channel.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchNorm {
    /// γ.
    pub gamma: Vec<f32>,
    /// β.
    pub beta: Vec<f32>,
    /// μ, the running mean.
    pub mean: Vec<f32>,
    /// σ², the running variance.
    pub variance: Vec<f32>,
    /// ε.
    pub epsilon: f32,
}

/// A layer with its batch normalization folded in.
#[derive(Clone, Debug, PartialEq)]
pub struct Folded {
    /// γ / √(σ² + ε), channel by channel.
    pub factors: Vec<f64>,
    /// w' = w · factor.
    pub weights: Matrix<f32>,
    /// b' = (b − μ) · factor + β.
    pub bias: Vec<f32>,
}

impl BatchNorm {
    /// γ / √(σ² + ε), channel by channel.
    ///
    /// # Errors
    /// Lists of different lengths, a number that is not finite, σ² + ε not positive.
    pub fn factors(&self) -> Result<Vec<f64>, IntegerError> {
        let channels = self.gamma.len();
        if [&self.beta, &self.mean, &self.variance].iter().any(|list| list.len() != channels) {
            return Err(IntegerError::Shape(format!(
                "γ, β, μ and σ² have {channels}, {}, {} and {} channels",
                self.beta.len(),
                self.mean.len(),
                self.variance.len()
            )));
        }
        let lists = [("γ", &self.gamma), ("β", &self.beta), ("μ", &self.mean), ("σ²", &self.variance)];
        for (name, list) in lists {
            if let Some(channel) = list.iter().position(|value| !value.is_finite()) {
                return Err(IntegerError::NotFinite(format!("{name} of channel {channel}")));
            }
        }
        let factor = |(channel, (&gamma, &variance)): (usize, (&f32, &f32))| {
            let total = f64::from(variance) + f64::from(self.epsilon);
            if total.is_nan() || total <= 0.0 {
                return Err(IntegerError::Scale(format!(
                    "σ² + ε of channel {channel} is {total}; it must be positive"
                )));
            }
            Ok(f64::from(gamma) / total.sqrt())
        };
        self.gamma.iter().zip(&self.variance).enumerate().map(factor).collect()
    }

    /// The value of one output of a channel: the unfolded way.
    ///
    /// # Errors
    /// As [`Self::factors`].
    pub fn apply(&self, channel: usize, value: f64) -> Result<f64, IntegerError> {
        let factor = self.factors()?[channel];
        Ok((value - f64::from(self.mean[channel])) * factor + f64::from(self.beta[channel]))
    }

    /// Folds this normalization into the weights \[outputs × depth\] and bias of the layer before it; an empty bias is zero.
    ///
    /// # Errors
    /// As [`Self::factors`]; channels that do not match the layer's outputs.
    pub fn fold(&self, weights: &Matrix<f32>, bias: &[f32]) -> Result<Folded, IntegerError> {
        let factors = self.factors()?;
        if factors.len() != weights.rows() || !(bias.is_empty() || bias.len() == weights.rows()) {
            return Err(IntegerError::Shape(format!(
                "a normalization of {} channels and {} biases for {} outputs",
                factors.len(),
                bias.len(),
                weights.rows()
            )));
        }
        let weight = |row: usize, col: usize| (f64::from(weights[(row, col)]) * factors[row]) as f32;
        let folded = Matrix::from_fn(weights.rows(), weights.cols(), weight);
        let bias = (0..weights.rows())
            .map(|row| {
                let own = bias.get(row).map_or(0.0, |bias| f64::from(*bias));
                ((own - f64::from(self.mean[row])) * factors[row] + f64::from(self.beta[row])) as f32
            })
            .collect();
        Ok(Folded { factors, weights: folded, bias })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::integer::float_product;
    use crate::engine::rng::Rng;

    #[test]
    fn the_folded_layer_gives_the_same_values() {
        let mut rng = Rng::new(2);
        let mut draw = |count: usize| (0..count).map(|_| rng.normal() as f32).collect::<Vec<_>>();
        let weights = Matrix::new(3, 5, draw(15)).unwrap();
        let inputs = Matrix::new(5, 4, draw(20)).unwrap();
        let bias = draw(3);
        let norm = BatchNorm {
            gamma: draw(3),
            beta: draw(3),
            mean: draw(3),
            variance: draw(3).iter().map(|value| value * value).collect(),
            epsilon: 1e-5,
        };
        let folded = norm.fold(&weights, &bias).unwrap();
        let plain = float_product(&weights, &inputs, &bias).unwrap();
        let result = float_product(&folded.weights, &inputs, &folded.bias).unwrap();
        for row in 0..3 {
            for col in 0..4 {
                let expected = norm.apply(row, plain[(row, col)]).unwrap();
                assert!((result[(row, col)] - expected).abs() < 1e-5 * (1.0 + expected.abs()));
            }
        }
    }

    #[test]
    fn impossible_normalizations_are_refused() {
        let norm = |variance: f32, channels: usize| BatchNorm {
            gamma: vec![1.0; channels],
            beta: vec![0.0; channels],
            mean: vec![0.0; channels],
            variance: vec![variance],
            epsilon: 0.0,
        };
        let weights = Matrix::new(1, 1, vec![1.0]).unwrap();
        for (norm, hint) in [(norm(0.0, 1), "positive"), (norm(f32::NAN, 1), "finite"), (norm(1.0, 2), "channels")] {
            assert!(norm.fold(&weights, &[]).unwrap_err().to_string().contains(hint));
        }
    }
}
