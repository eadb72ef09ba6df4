//! From gradients to new parameters.

use super::graph::Network;
use super::run::Gradients;

/// How the learning rate goes over the steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Schedule {
    /// Always the same.
    Constant,
    /// Half a cosine from the full rate to 0 (Loshchilov and Hutter 2017), after a linear rise over the given share of the steps.
    Cosine {
        /// Share of the steps that rise, 0 … 1.
        warmup: f64,
    },
}

impl Schedule {
    /// The factor on the learning rate at a step of so many.
    pub fn factor(self, step: usize, steps: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Cosine { warmup } => {
                let (at, rise) = ((step as f64 + 0.5) / steps.max(1) as f64, warmup.clamp(0.0, 1.0));
                if at < rise {
                    at / rise
                } else {
                    0.5 * (1.0 + (std::f64::consts::PI * (at - rise) / (1.0 - rise).max(f64::MIN_POSITIVE)).cos())
                }
            }
        }
    }
}

/// Turns gradients into steps.
pub trait Optimizer: Send {
    /// Changes the trained parameters by one step of this learning rate.
    fn step(&mut self, network: &mut Network, gradients: &Gradients, rate: f64);
}

/// Stochastic gradient descent with momentum and weight decay, as PyTorch computes it: v ← μ v + (g + λ w), w ← w − η v.
#[derive(Clone, Debug)]
pub struct Sgd {
    /// μ.
    pub momentum: f32,
    /// λ, on parameters with two or more axes.
    pub decay: f32,
    velocity: Gradients,
}

impl Sgd {
    /// At rest.
    pub fn new(momentum: f32, decay: f32) -> Self {
        Self { momentum, decay, velocity: Gradients::new() }
    }
}

impl Optimizer for Sgd {
    fn step(&mut self, network: &mut Network, gradients: &Gradients, rate: f64) {
        if self.velocity.len() != gradients.len() {
            self.velocity = gradients.iter().map(|gradient| vec![0.0; gradient.len()]).collect();
        }
        let rate = rate as f32;
        for ((parameter, gradient), velocity) in network.parameters.iter_mut().zip(gradients).zip(&mut self.velocity) {
            let decay = if parameter.is_weight() { self.decay } else { 0.0 };
            for ((value, gradient), velocity) in parameter.values.iter_mut().zip(gradient).zip(velocity) {
                *velocity = self.momentum * *velocity + (gradient + decay * *value);
                *value -= rate * *velocity;
            }
        }
    }
}

/// Adam (Kingma and Ba 2015) with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
#[derive(Clone, Debug, Default)]
pub struct Adam {
    steps: i32,
    first: Gradients,
    second: Gradients,
}

impl Optimizer for Adam {
    fn step(&mut self, network: &mut Network, gradients: &Gradients, rate: f64) {
        const BETA: (f32, f32) = (0.9, 0.999);
        if self.first.len() != gradients.len() {
            self.first = gradients.iter().map(|gradient| vec![0.0; gradient.len()]).collect();
            self.second.clone_from(&self.first);
        }
        self.steps += 1;
        let correction = (1.0 - f64::from(BETA.1).powi(self.steps)).sqrt() / (1.0 - f64::from(BETA.0).powi(self.steps));
        let rate = (rate * correction) as f32;
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((parameter, gradient), (first, second)) in network.parameters.iter_mut().zip(gradients).zip(moments) {
            for (((value, gradient), first), second) in parameter.values.iter_mut().zip(gradient).zip(first).zip(second)
            {
                *first = BETA.0 * *first + (1.0 - BETA.0) * gradient;
                *second = BETA.1 * *second + (1.0 - BETA.1) * gradient * gradient;
                *value -= rate * *first / (second.sqrt() + 1e-8);
            }
        }
    }
}
