//! Training and fine-tuning under a regime: what the weights must be, the steps one by one, and what there is to see of them.

mod course;
mod grids;
mod recipe;
mod regime;
#[cfg(test)]
mod tests;

pub use course::{Course, Done, Stage};
pub use grids::{GRIDS, Octaves, Shares, limits, shares};
pub use recipe::{Method, Recipe};
pub use regime::Regime;

use course::Put;

use super::constraint::Constraints;
use super::data::{Dataset, Normalization};
use super::evaluate::{Evaluation, check, evaluate};
use super::graph::{Network, Parameter};
use super::optimizer::Optimizer;
use super::run::Gradients;
use super::train::{Epoch, Stopped, Training};
use super::walk::{Step, Walk};
use super::{DatasetError, initialize};
use crate::engine::quantize::{QuantizeError, Scheme, Storage};
use crate::engine::{Progress, Silent};

/// A training that is under way; between any two steps it can be left, looked at and taken up again.
pub struct Tuning {
    latent: Network,
    data: Dataset,
    recipe: Recipe,
    /// Of the stage that it is at.
    training: Training,
    optimizer: Box<dyn Optimizer>,
    constraints: Constraints,
    walk: Walk,
    gradients: Gradients,
    /// The places of the parameters that the regime is for.
    taken: Vec<usize>,
    /// What is done before each stage.
    plan: Vec<Put>,
    /// The stages that were entered.
    stages: Vec<Stage>,
    at_once: Network,
}

impl Tuning {
    /// Prepares a network for its first step: fresh weights where the recipe wants them, then what the regime makes of the weights that
    /// `takes` names, or of the first of them where the recipe's course takes them one after the other.
    ///
    /// # Errors
    /// Pictures that do not fit the network, a regime that does not fit a layer, a course that does not fit the regime; or cancelled.
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
        recipe.check().map_err(QuantizeError::Unfit)?;
        if recipe.fresh {
            initialize(&mut network, recipe.seed);
        }
        let wanted = |parameter: &Parameter| parameter.trained && parameter.is_weight() && takes(parameter);
        let parameters = network.parameters.iter().enumerate();
        let taken: Vec<usize> = parameters.filter(|(_, parameter)| wanted(parameter)).map(|(place, _)| place).collect();
        let mut at_once = network.clone();
        let mut constraints = recipe.regime.prepare(&mut at_once, &taken, progress)?;
        constraints.start(&mut at_once);
        let training = recipe.training(normalization);
        let mut tuning = Self {
            walk: Walk::new(&data, &training),
            gradients: network.parameters.iter().map(|_| Vec::new()).collect(),
            plan: recipe.course.plan(&recipe.regime, &network, &taken),
            latent: network,
            data,
            recipe: recipe.clone(),
            training,
            optimizer: recipe.method.optimizer(),
            constraints: Constraints::none(),
            taken,
            stages: Vec::new(),
            at_once: constraints.seen(&at_once),
        };
        match tuning.plan[..] {
            // It has been done already.
            [Put::All] => {
                (tuning.latent, tuning.constraints) = (at_once, constraints);
                tuning.stages.push(Stage { begins: 0, done: Done::All });
            }
            _ => tuning.enter(progress)?,
        }
        Ok(tuning)
    }

    /// Begins the next stage.
    fn enter(&mut self, progress: &dyn Progress) -> Result<(), QuantizeError> {
        let (number, begins) = (self.stages.len(), self.done());
        let Some(put) = self.plan.get(number).copied() else { return Ok(()) };
        let Recipe { regime, seed, .. } = &self.recipe;
        let done = match put {
            Put::All => {
                self.constraints = regime.prepare(&mut self.latent, &self.taken, progress)?;
                Done::All
            }
            Put::Pruned(prune) => {
                let scheme = Scheme { prune: Some(prune), quantizer: None, storage: Storage::default() };
                self.constraints = Regime::Scheme(scheme).prepare(&mut self.latent, &self.taken, progress)?;
                let rounds = self.plan.iter().filter(|put| matches!(put, Put::Pruned(_))).count();
                Done::Pruned { round: number + 1, rounds, sparsity: self.sparsity() }
            }
            Put::Layer(place) => {
                self.constraints.join(regime.prepare(&mut self.latent, &[place], progress)?);
                let name = &self.latent.parameters[place].name;
                Done::Layer(name.strip_suffix(".weight").unwrap_or(name).to_owned())
            }
        };
        self.constraints.start(&mut self.latent);
        // Another order of the pictures, and no momentum from weights that were somewhere else.
        self.training.seed = seed.wrapping_add(number as u64);
        self.walk = Walk::new(&self.data, &self.training);
        self.optimizer = self.recipe.method.optimizer();
        self.stages.push(Stage { begins, done });
        Ok(())
    }

    /// Share of the weights under the regime that is 0.
    fn sparsity(&self) -> f64 {
        let values = || self.taken.iter().flat_map(|place| &self.latent.parameters[*place].values);
        values().filter(|value| **value == 0.0).count() as f64 / values().count().max(1) as f64
    }

    /// Makes the next step; where a stage is over, the next one begins before it.
    ///
    /// # Errors
    /// [`Stopped::Diverged`]; the network is then as the last finished step left it.
    pub fn step(&mut self) -> Result<Step, Stopped> {
        if self.walk.done() >= self.walk.steps(&self.training) {
            self.enter(&Silent)?;
        }
        let (steps, epochs) = self.before();
        let gradients = &mut self.gradients;
        let hear = |heard: &[Vec<f32>]| {
            for (kept, heard) in gradients.iter_mut().zip(heard) {
                kept.clone_from(heard);
            }
        };
        let step = self.walk.step(
            &mut self.latent,
            &self.data,
            &self.training,
            self.optimizer.as_mut(),
            &mut self.constraints,
            hear,
        );
        let numbered = |epoch: Epoch| Epoch { number: epochs + epoch.number, ..epoch };
        match step {
            Ok(step) => Ok(Step { number: steps + step.number, epoch: step.epoch.map(numbered), ..step }),
            Err(Stopped::Diverged { epoch, step, rate, loss }) => {
                Err(Stopped::Diverged { epoch: epochs + epoch, step, rate, loss })
            }
            Err(other) => Err(other),
        }
    }

    /// Steps and walks of the stages before this one.
    fn before(&self) -> (usize, usize) {
        let stages = self.stages.len().saturating_sub(1);
        (stages * self.walk.steps(&self.training), stages * self.training.epochs)
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
                stopped => QuantizeError::Unfit(stopped.to_string()),
            })?;
        }
        Ok(())
    }

    /// Steps that were made.
    pub fn done(&self) -> usize {
        self.before().0 + self.walk.done()
    }

    /// Steps of the whole training.
    pub fn steps(&self) -> usize {
        self.plan.len() * self.walk.steps(&self.training)
    }

    /// Steps of a walk through the pictures.
    pub fn epoch(&self) -> usize {
        self.walk.steps(&self.training) / self.training.epochs.max(1)
    }

    /// The stages that were begun, in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The network with all its weights where the regime wants them, before any step: what training is to mend, whatever its course.
    pub fn at_once(&self) -> &Network {
        &self.at_once
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
    /// Pictures that do not fit; weights that a last step has thrown so far that no score is a number; or cancelled.
    pub fn measure(&self, data: &Dataset, progress: &dyn Progress) -> Result<Evaluation, QuantizeError> {
        let measured = evaluate(&self.seen(), data, self.training.normalization, progress);
        Ok(measured.map_err(|error| QuantizeError::Unfit(error.to_string()))??)
    }
}
