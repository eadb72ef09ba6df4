//! The straight-through estimator: passes see rounded weights, and the gradient by them moves the latent ones (Bengio et al. 2013).

use super::Constraint;
use crate::engine::Silent;
use crate::engine::quantize::signs::levels_of;
use crate::engine::quantize::{self, Per, Quantizer, Scheme};

/// Weights seen through a quantizer that is fitted anew at every step.
///
/// The gradient passes straight through, except where it would push a latent weight further beyond the outermost levels of the parameter,
/// those of all its groups.
#[derive(Clone, Debug)]
pub struct Straight {
    scheme: Scheme,
    shape: Vec<usize>,
    /// The outermost levels of the last pass.
    ends: std::cell::Cell<(f32, f32)>,
}

impl Straight {
    /// A quantizer on weights of that shape, which it must fit.
    pub fn new(scheme: Scheme, shape: Vec<usize>) -> Self {
        Self { scheme, shape, ends: std::cell::Cell::new((f32::NEG_INFINITY, f32::INFINITY)) }
    }
}

impl Constraint for Straight {
    fn seen(&self, latent: &[f32]) -> Option<Vec<f32>> {
        // Only weights that are no numbers cannot be quantized: the loss will tell.
        let quantized = quantize::quantize(latent, &self.shape, &self.scheme, None, &Silent).ok()?.quantized;
        let seen = quantized.reconstruct();
        let ends = seen.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)));
        self.ends.set(ends);
        Some(seen)
    }

    fn gradient(&mut self, latent: &[f32], gradient: &mut [f32]) {
        let (low, high) = self.ends.get();
        for (latent, gradient) in latent.iter().zip(gradient) {
            if *latent > high && *gradient < 0.0 || *latent < low && *gradient > 0.0 {
                *gradient = 0.0;
            }
        }
    }
}

/// Weights seen as the levels of a binary or ternary quantizer, fitted anew at every step to groups of consecutive weights.
///
/// The gradient passes straight through: a weight beyond the outermost level still says by its size how sure its sign is. Latent weights
/// of a binary quantizer stay within ±1 (BinaryConnect, Courbariaux et al. 2015), beyond which they would only grow.
#[derive(Clone, Debug)]
pub struct Signs {
    quantizer: Quantizer,
    group: usize,
}

impl Signs {
    /// The constraint of a quantizer on weights of that shape; `None` for a quantizer without signs, for drawn ones, and for groups that
    /// do not lie side by side.
    pub fn of(quantizer: &Quantizer, shape: &[usize]) -> Option<Self> {
        let count: usize = shape.iter().product();
        let per = match quantizer {
            Quantizer::Binary(binary) if binary.stochastic.is_none() => binary.per,
            Quantizer::Ternary(ternary) => ternary.per,
            _ => return None,
        };
        let group = match per {
            Per::Tensor => count,
            Per::Channel(0) if shape.len() > 1 => count / shape[0].max(1),
            Per::Channel(_) if shape.len() == 1 => count,
            _ => return None,
        };
        Some(Self { quantizer: quantizer.clone(), group: group.max(1) })
    }
}

impl Constraint for Signs {
    fn seen(&self, latent: &[f32]) -> Option<Vec<f32>> {
        let mut seen = Vec::with_capacity(latent.len());
        for group in latent.chunks(self.group) {
            seen.extend(levels_of(&self.quantizer, group)?);
        }
        Some(seen)
    }

    fn gradient(&mut self, _latent: &[f32], _gradient: &mut [f32]) {}

    fn project(&mut self, latent: &mut [f32], _rate: f64) {
        if matches!(self.quantizer, Quantizer::Binary(_)) {
            latent.iter_mut().for_each(|weight| *weight = weight.clamp(-1.0, 1.0));
        }
    }
}

/// Binary weight networks: each filter is seen as α·sign(W) with α = mean |W|, the scale of the least squared error (Rastegari et al.
/// 2016, equation 6). Latent weights stay within ±1, beyond which the estimator's gradient is 0.
#[derive(Clone, Copy, Debug)]
pub struct Binary {
    filter: usize,
}

impl Binary {
    /// Filters of so many weights.
    pub fn new(filter: usize) -> Self {
        Self { filter: filter.max(1) }
    }
}

impl Constraint for Binary {
    fn seen(&self, latent: &[f32]) -> Option<Vec<f32>> {
        let mut seen = Vec::with_capacity(latent.len());
        for filter in latent.chunks(self.filter) {
            let scale = mean(filter.iter().map(|weight| weight.abs()));
            // 0 counts as positive.
            seen.extend(filter.iter().map(|weight| if *weight < 0.0 { -scale } else { scale }));
        }
        Some(seen)
    }

    fn gradient(&mut self, _latent: &[f32], _gradient: &mut [f32]) {}

    fn project(&mut self, latent: &mut [f32], _rate: f64) {
        latent.iter_mut().for_each(|weight| *weight = weight.clamp(-1.0, 1.0));
    }
}

/// Ternary weight networks: 0 within ±Δ and ±α beyond, Δ = 0.7 · mean |W| and α the mean magnitude beyond it (Li et al. 2016,
/// equations 4 and 6).
#[derive(Clone, Copy, Debug)]
pub struct Ternary;

/// Δ over the mean magnitude.
const TWN: f32 = 0.7;

impl Constraint for Ternary {
    fn seen(&self, latent: &[f32]) -> Option<Vec<f32>> {
        let threshold = TWN * mean(latent.iter().map(|weight| weight.abs()));
        let scale = mean(latent.iter().map(|weight| weight.abs()).filter(|magnitude| *magnitude > threshold));
        Some(latent.iter().map(|weight| ternary(*weight, threshold, scale, scale)).collect())
    }

    fn gradient(&mut self, _latent: &[f32], _gradient: &mut [f32]) {}
}

/// Trained ternary quantization: 0 within ±t and −α or β beyond, t = 0.05 · max |W|, α and β learned (Zhu et al. 2017, equations 6 to 8).
///
/// A scale's gradient is the sum over its weights; it takes the step of Adam, a share of the learning rate of its own size, since sums over
/// a layer's weights differ by orders of magnitude between layers.
#[derive(Clone, Copy, Debug)]
pub struct LearnedTernary {
    /// Negative scale α and positive scale β.
    scales: [f32; 2],
    gradients: [f64; 2],
    first: [f64; 2],
    second: [f64; 2],
    steps: i32,
}

/// t over the largest magnitude.
const TTQ: f32 = 0.05;

impl LearnedTernary {
    /// Scales that start where the ternary weights have the least squared error, each side for itself; a side without weights starts as
    /// the other, for a scale of 0 would never grow.
    pub fn of(values: &[f32]) -> Self {
        let threshold = threshold(values);
        let side = |sign: f32| mean(values.iter().map(|weight| weight * sign).filter(|weight| *weight > threshold));
        let scales = match [side(-1.0), side(1.0)] {
            [0.0, above] => [above; 2],
            [below, 0.0] => [below; 2],
            both => both,
        };
        Self { scales, gradients: [0.0; 2], first: [0.0; 2], second: [0.0; 2], steps: 0 }
    }
}

fn threshold(values: &[f32]) -> f32 {
    TTQ * values.iter().fold(0.0, |most: f32, weight| most.max(weight.abs()))
}

impl Constraint for LearnedTernary {
    fn seen(&self, latent: &[f32]) -> Option<Vec<f32>> {
        let (threshold, [below, above]) = (threshold(latent), self.scales);
        Some(latent.iter().map(|weight| ternary(*weight, threshold, below, above)).collect())
    }

    fn gradient(&mut self, latent: &[f32], gradient: &mut [f32]) {
        let (threshold, [below, above]) = (threshold(latent), self.scales);
        self.gradients = [0.0; 2];
        for (latent, gradient) in latent.iter().zip(gradient) {
            if *latent > threshold {
                self.gradients[1] += f64::from(*gradient);
                *gradient *= above;
            } else if *latent < -threshold {
                self.gradients[0] -= f64::from(*gradient);
                *gradient *= below;
            }
        }
    }

    fn project(&mut self, _latent: &mut [f32], rate: f64) {
        if rate <= 0.0 {
            return;
        }
        const BETA: (f64, f64) = (0.9, 0.999);
        self.steps += 1;
        for side in 0..2 {
            let gradient = self.gradients[side];
            self.first[side] = BETA.0 * self.first[side] + (1.0 - BETA.0) * gradient;
            self.second[side] = BETA.1 * self.second[side] + (1.0 - BETA.1) * gradient * gradient;
            let first = self.first[side] / (1.0 - BETA.0.powi(self.steps));
            let second = self.second[side] / (1.0 - BETA.1.powi(self.steps));
            let step = rate * first / (second.sqrt() + 1e-12);
            self.scales[side] *= (1.0 - step.clamp(-0.5, 0.5)) as f32;
        }
    }
}

fn ternary(weight: f32, threshold: f32, below: f32, above: f32) -> f32 {
    if weight > threshold {
        above
    } else if weight < -threshold {
        -below
    } else {
        0.0
    }
}

/// 0 of nothing.
fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0_f64, 0_u64), |(sum, count), value| (sum + f64::from(value), count + 1));
    (sum / count.max(1) as f64) as f32
}
