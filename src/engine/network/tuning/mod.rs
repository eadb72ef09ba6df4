//! Training and fine-tuning under a regime: what the weights must be, the steps one by one, and what there is to see of them.

mod grids;
mod recipe;
mod regime;
#[cfg(test)]
mod tests;

pub use grids::{GRIDS, Octaves, Shares, limits, shares};
pub use recipe::{Method, Recipe};
pub use regime::Regime;

use super::constraint::Constraints;
use super::data::{Dataset, Normalization};
use super::evaluate::{Evaluation, check, evaluate};
use super::graph::{Network, Parameter};
use super::optimizer::Optimizer;
use super::run::Gradients;
use super::train::{Stopped, Training};
use super::walk::{Step, Walk};
use super::{DatasetError, initialize};
use crate::engine::quantize::QuantizeError;
use crate::engine::{Cancelled, Progress};

/// A training that is under way; between any two steps it can be left, looked at and taken up again.
pub struct Tuning {
    latent: Network,
    data: Dataset,
    training: Training,
    optimizer: Box<dyn Optimizer>,
    constraints: Constraints,
    walk: Walk,
    gradients: Gradients,
}

impl Tuning {
    /// Prepares a network for its first step: fresh weights where the recipe wants them, then what the regime makes of the weights that
    /// `takes` names.
    ///
    /// # Errors
    /// Pictures that do not fit the network, a regime that does not fit a layer; or cancelled.
    pub fn new(
        mut network: Network,
        data: Dataset,
        normalization: Normalization,
        recipe: &Recipe,
        takes: impl Fn(&Parameter) -> bool,
        progress: &dyn Progress,
    ) -> Result<Self, QuantizeError> {
        network.check_trainable().map_err(QuantizeError::Unfit)?;
        check(&network, &data).map_err(|error: DatasetError| QuantizeError::Unfit(error.to_string()))?;
        if recipe.fresh {
            if recipe.regime.shares() {
                let reason = "indices of centroids stay as they are: they are fine-tuned from trained weights, not from fresh ones";
                return Err(QuantizeError::Unfit(reason.to_owned()));
            }
            initialize(&mut network, recipe.seed);
        }
        let mut constraints = recipe.regime.prepare(&mut network, takes, progress)?;
        constraints.start(&mut network);
        let training = recipe.training(normalization);
        let walk = Walk::new(&data, &training);
        let gradients = network.parameters.iter().map(|_| Vec::new()).collect();
        let optimizer = recipe.method.optimizer();
        Ok(Self { latent: network, data, training, optimizer, constraints, walk, gradients })
    }

    /// Makes the next step.
    ///
    /// # Errors
    /// [`Stopped::Diverged`]; the network is then as the last finished step left it.
    pub fn step(&mut self) -> Result<Step, Stopped> {
        let gradients = &mut self.gradients;
        let hear = |heard: &[Vec<f32>]| {
            for (kept, heard) in gradients.iter_mut().zip(heard) {
                kept.clone_from(heard);
            }
        };
        self.walk.step(
            &mut self.latent,
            &self.data,
            &self.training,
            self.optimizer.as_mut(),
            &mut self.constraints,
            hear,
        )
    }

    /// Makes all steps that are left.
    ///
    /// # Errors
    /// A training that diverged, as [`QuantizeError::Unfit`]; or cancelled.
    pub fn finish(&mut self, progress: &dyn Progress) -> Result<(), QuantizeError> {
        let steps = self.steps() as u64;
        while !self.is_over() {
            progress.tick(self.done() as u64, steps)?;
            self.step().map_err(|stopped| match stopped {
                Stopped::Cancelled(cancelled) => QuantizeError::Cancelled(cancelled),
                diverged @ Stopped::Diverged { .. } => QuantizeError::Unfit(diverged.to_string()),
            })?;
        }
        Ok(())
    }

    /// Steps that were made.
    pub fn done(&self) -> usize {
        self.walk.done()
    }

    /// Steps of the whole training.
    pub fn steps(&self) -> usize {
        self.walk.steps(&self.training)
    }

    /// Whether every step was made.
    pub fn is_over(&self) -> bool {
        self.done() >= self.steps()
    }

    /// The network that the optimizer steps.
    pub fn latent(&self) -> &Network {
        &self.latent
    }

    /// The network as its passes see it: what is measured and stored.
    pub fn seen(&self) -> Network {
        self.constraints.seen(&self.latent)
    }

    /// The gradients of the last step by what the passes saw, in the order of the parameters; empty before the first step, and where
    /// nothing is trained.
    pub fn gradients(&self) -> &Gradients {
        &self.gradients
    }

    /// The seen network's answers.
    ///
    /// # Errors
    /// Cancelled.
    pub fn measure(&self, data: &Dataset, progress: &dyn Progress) -> Result<Evaluation, Cancelled> {
        // The pictures come from the same set as those that were checked.
        evaluate(&self.seen(), data, self.training.normalization, progress)
            .unwrap_or_else(|_| Ok(Evaluation::new(Vec::new(), &[])))
    }
}
