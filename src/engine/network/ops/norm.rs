//! Batch normalization (Ioffe and Szegedy 2015).

use super::super::Activations;
use super::{flat, flat_mut};

/// What the backward pass needs: for each channel the mean and 1 / √(σ² + ε) of the shard, and its variance (biased).
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// μ of every channel.
    pub mean: Vec<f32>,
    /// σ² of every channel, divided by the number of values.
    pub variance: Vec<f32>,
}

/// Mean and variance of every channel.
pub fn moments(input: &Activations) -> Moments {
    let (channels, images, height, width) = input.dim();
    let count = (images * height * width).max(1);
    let mut moments = Moments { mean: Vec::with_capacity(channels), variance: Vec::with_capacity(channels) };
    for values in flat(input).chunks_exact(count) {
        let mean = values.iter().map(|x| f64::from(*x)).sum::<f64>() / count as f64;
        let variance = values.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count as f64;
        moments.mean.push(mean as f32);
        moments.variance.push(variance as f32);
    }
    moments
}

/// γ (x − μ) / √(σ² + ε) + β, channel by channel.
pub fn forward(input: &Activations, moments: &Moments, gamma: &[f32], beta: &[f32], epsilon: f32) -> Activations {
    let (_, images, height, width) = input.dim();
    let mut output = input.clone();
    for (channel, values) in flat_mut(&mut output).chunks_exact_mut((images * height * width).max(1)).enumerate() {
        let scale = gamma[channel] / (moments.variance[channel] + epsilon).sqrt();
        let shift = beta[channel] - moments.mean[channel] * scale;
        values.iter_mut().for_each(|x| *x = *x * scale + shift);
    }
    output
}

/// Gradients of γ and β, added to what is there, and of the input, through the shard's own moments.
pub fn backward(
    input: &Activations,
    moments: &Moments,
    gamma: &[f32],
    epsilon: f32,
    above: &Activations,
    (gamma_gradient, beta_gradient): (&mut [f32], &mut [f32]),
) -> Activations {
    let (_, images, height, width) = input.dim();
    let count = (images * height * width).max(1);
    let mut below = above.clone();
    let rows = flat(input).chunks_exact(count).zip(flat_mut(&mut below).chunks_exact_mut(count));
    for (channel, (inputs, gradients)) in rows.enumerate() {
        let (mean, inverse) = (moments.mean[channel], 1.0 / (moments.variance[channel] + epsilon).sqrt());
        let normal = |x: f32| (x - mean) * inverse;
        let sum: f32 = gradients.iter().sum();
        let product: f32 = inputs.iter().zip(&*gradients).map(|(x, g)| normal(*x) * g).sum();
        gamma_gradient[channel] += product;
        beta_gradient[channel] += sum;
        let (scale, mean_sum, mean_product) = (gamma[channel] * inverse, sum / count as f32, product / count as f32);
        let pairs = gradients.iter_mut().zip(inputs);
        pairs.for_each(|(g, x)| *g = scale * (*g - mean_sum - normal(*x) * mean_product));
    }
    below
}
