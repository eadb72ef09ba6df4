//! What training must keep: masks, shared weights, grids.
//!
//! A network in training holds *latent* values, those that the optimizer steps. A [`Constraint`] on a parameter says what the passes
//! see of them (the same, or their rounding), what becomes of the gradient by what was seen (masked, summed over shared weights,
//! passed straight through), and where the latent values are put back after a step. Constraints are applied to whole parameters, one after
//! the other, so the number of threads changes nothing.

mod mask;
mod shared;
mod straight;

pub use mask::Mask;
pub use shared::Shared;
pub use straight::{Binary, LearnedTernary, Signs, Straight, Ternary};

use super::graph::Network;
use super::run::Gradients;

/// What training must keep about one parameter. All slices are in row-major order, one value a weight.
pub trait Constraint: Send {
    /// What the passes see of the latent values; `None` where they see the values themselves.
    fn seen(&self, latent: &[f32]) -> Option<Vec<f32>> {
        let _ = latent;
        None
    }

    /// Sets to 0 what passes must not see, whatever another constraint makes of it.
    fn hide(&self, seen: &mut [f32]) {
        let _ = seen;
    }

    /// Turns the gradient of the loss by the seen values into the one that the optimizer steps by.
    fn gradient(&mut self, latent: &[f32], gradient: &mut [f32]);

    /// Puts the latent values back where they may be after a step of that learning rate; parameters of the constraint's own, such as a
    /// learned scale, take their step here.
    fn project(&mut self, latent: &mut [f32], rate: f64) {
        let _ = (latent, rate);
    }
}

/// Two constraints on one parameter: the passes see what the first makes of the weights, as far as the second allows it.
pub struct Both(pub Box<dyn Constraint>, pub Box<dyn Constraint>);

impl Constraint for Both {
    fn seen(&self, latent: &[f32]) -> Option<Vec<f32>> {
        let mut seen = self.0.seen(latent)?;
        self.1.hide(&mut seen);
        Some(seen)
    }

    fn hide(&self, seen: &mut [f32]) {
        self.0.hide(seen);
        self.1.hide(seen);
    }

    fn gradient(&mut self, latent: &[f32], gradient: &mut [f32]) {
        self.0.gradient(latent, gradient);
        self.1.gradient(latent, gradient);
    }

    fn project(&mut self, latent: &mut [f32], rate: f64) {
        self.0.project(latent, rate);
        self.1.project(latent, rate);
    }
}

/// The constraints of a training, by the place of the parameter in the network.
#[derive(Default)]
pub struct Constraints(Vec<(usize, Box<dyn Constraint>)>);

impl Constraints {
    /// Nothing to keep.
    pub fn none() -> Self {
        Self::default()
    }

    /// A constraint for every parameter that gets one.
    pub fn of(
        network: &Network,
        mut constraint_of: impl FnMut(&super::Parameter) -> Option<Box<dyn Constraint>>,
    ) -> Self {
        let parameters = network.parameters.iter().enumerate();
        Self(parameters.filter_map(|(place, parameter)| Some((place, constraint_of(parameter)?))).collect())
    }

    /// Takes the constraints of other parameters along.
    pub(super) fn join(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Puts the latent values where they may be before the first step.
    pub fn start(&mut self, network: &mut Network) {
        self.project(network, 0.0);
    }

    /// The network as its passes see it: what is measured and stored.
    pub fn seen(&self, network: &Network) -> Network {
        let mut seen = network.clone();
        self.show(&mut seen);
        seen
    }

    /// Puts the seen values into the network, and returns the latent ones for [`Constraints::hide`].
    pub(super) fn show(&self, network: &mut Network) -> Vec<(usize, Vec<f32>)> {
        let show = |(place, constraint): &(usize, Box<dyn Constraint>)| {
            let values = &mut network.parameters[*place].values;
            Some((*place, std::mem::replace(values, constraint.seen(values)?)))
        };
        self.0.iter().filter_map(show).collect()
    }

    /// Puts the latent values back.
    pub(super) fn hide(network: &mut Network, latent: Vec<(usize, Vec<f32>)>) {
        for (place, values) in latent {
            network.parameters[place].values = values;
        }
    }

    /// Every constraint's [`Constraint::gradient`].
    pub(super) fn gradients(&mut self, network: &Network, gradients: &mut Gradients) {
        for (place, constraint) in &mut self.0 {
            constraint.gradient(&network.parameters[*place].values, &mut gradients[*place]);
        }
    }

    /// Every constraint's [`Constraint::project`].
    pub(super) fn project(&mut self, network: &mut Network, rate: f64) {
        for (place, constraint) in &mut self.0 {
            constraint.project(&mut network.parameters[*place].values, rate);
        }
    }
}

#[cfg(test)]
mod tests;
