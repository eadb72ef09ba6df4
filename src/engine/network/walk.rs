//! The steps of a training, one at a time, so that it can be left after any of them and taken up again.

use super::constraint::Constraints;
use super::data::Dataset;
use super::graph::Network;
use super::optimizer::Optimizer;
use super::train::{Epoch, Stopped, Training, follow_moments, gradients_of};
use crate::engine::rng::Rng;

/// A loss this many times that of a guess (ln of the number of classes) does not come back.
const HOPELESS: f64 = 1e4;

/// What a step brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Its number over all epochs, from 1.
    pub number: usize,
    /// Mean loss of its pictures, before the step.
    pub loss: f64,
    /// Share of its pictures that were answered right, before the step.
    pub accuracy: f64,
    /// Its learning rate.
    pub rate: f64,
    /// What the epoch brought that it ended.
    pub epoch: Option<Epoch>,
}

/// Where a training stands.
#[derive(Clone, Debug)]
pub struct Walk {
    rng: Rng,
    order: Vec<usize>,
    done: usize,
    loss: f64,
    correct: usize,
}

impl Walk {
    /// Before the first step.
    pub fn new(data: &Dataset, training: &Training) -> Self {
        Self { rng: Rng::new(training.seed), order: (0..data.len()).collect(), done: 0, loss: 0.0, correct: 0 }
    }

    /// Steps that were made.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Steps of the whole training.
    pub fn steps(&self, training: &Training) -> usize {
        training.epochs * self.order.len().div_ceil(training.batch.max(1))
    }

    /// Makes the next step. The network holds the latent values before and after; `heard` gets the gradients by what the passes saw,
    /// before the constraints had their say.
    ///
    /// # Errors
    /// [`Stopped::Diverged`]; the network is then as the last finished step left it.
    pub fn step(
        &mut self,
        network: &mut Network,
        data: &Dataset,
        training: &Training,
        optimizer: &mut dyn Optimizer,
        constraints: &mut Constraints,
        heard: impl FnOnce(&[Vec<f32>]),
    ) -> Result<Step, Stopped> {
        let batch = training.batch.max(1);
        let steps = self.order.len().div_ceil(batch).max(1);
        let (epoch, place) = (self.done / steps + 1, self.done % steps);
        if place == 0 {
            shuffle(&mut self.order, &mut self.rng);
            (self.loss, self.correct) = (0.0, 0);
        }
        let places = &self.order[place * batch..self.order.len().min((place + 1) * batch)];
        let rate = training.rate * training.schedule.factor(self.done, training.epochs * steps);
        let latent = constraints.show(network);
        let mut part = gradients_of(network, data, places, training.normalization);
        Constraints::hide(network, latent);
        let pictures = places.len().max(1) as f64;
        let (loss, accuracy) = (part.loss / pictures, part.correct as f64 / pictures);
        let guess = (network.classes().max(2) as f64).ln();
        // A rectifier can make a number of what is none: the gradients tell as well.
        let is_finite = part.gradients.iter().flatten().all(|gradient| gradient.is_finite());
        if !(loss.is_finite() && is_finite && loss < HOPELESS * guess) {
            return Err(Stopped::Diverged { epoch, step: place + 1, rate, loss });
        }
        self.loss += part.loss;
        self.correct += part.correct;
        follow_moments(network, &part.moments);
        heard(&part.gradients);
        constraints.gradients(network, &mut part.gradients);
        optimizer.step(network, &part.gradients, rate);
        constraints.project(network, rate);
        self.done += 1;
        let all = self.order.len().max(1) as f64;
        let ended = (place + 1 == steps).then(|| Epoch {
            number: epoch,
            loss: self.loss / all,
            accuracy: self.correct as f64 / all,
        });
        Ok(Step { number: self.done, loss, accuracy, rate, epoch: ended })
    }
}

/// Fisher and Yates.
fn shuffle(order: &mut [usize], rng: &mut Rng) {
    for last in (1..order.len()).rev() {
        order.swap(last, rng.below(last as u64 + 1) as usize);
    }
}
