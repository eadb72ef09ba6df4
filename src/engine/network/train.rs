//! Training by mini-batches.

use rayon::prelude::*;

use super::SHARD;
use super::constraint::Constraints;
use super::data::{Dataset, Normalization};
use super::graph::{Network, Op};
use super::loss::cross_entropy;
use super::ops::norm::Moments;
use super::optimizer::{Optimizer, Schedule};
use super::run::{Gradients, Mode, backward, forward};
use super::walk::Walk;
use crate::engine::quantize::QuantizeError;
use crate::engine::{Cancelled, Progress};

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// Walks through the data.
    pub epochs: usize,
    /// Pictures a step.
    pub batch: usize,
    /// The learning rate at its highest.
    pub rate: f64,
    /// How it goes over the steps.
    pub schedule: Schedule,
    /// Seed of the order of the pictures.
    pub seed: u64,
    /// What the network takes of a byte.
    pub normalization: Normalization,
}

impl Training {
    /// Walks in batches of 64 at a rate that rises over the first twentieth of the steps and falls to 0 by half a cosine.
    pub fn new(epochs: usize, rate: f64, seed: u64, normalization: Normalization) -> Self {
        Self { epochs, batch: 64, rate, schedule: Schedule::Cosine { warmup: 0.05 }, seed, normalization }
    }
}

/// What an epoch brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// Its number, from 1.
    pub number: usize,
    /// Mean loss of its pictures, each at the step that used it.
    pub loss: f64,
    /// Share of its pictures that were answered right, each at the step that used it.
    pub accuracy: f64,
}

/// Why training ended before its last epoch.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Stopped {
    /// Withdrawn.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The loss or a gradient is no number any more, or the loss is beyond return.
    #[error(
        "training diverged at step {step} of epoch {epoch}: the loss is {loss}; try a smaller learning rate than {rate}"
    )]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// The step within the epoch, from 1.
        step: usize,
        /// The learning rate of that step.
        rate: f64,
        /// Mean loss of its pictures.
        loss: f64,
    },
    /// The network cannot be trained, or the weights of a layer cannot be put any more where they must be; the text says why.
    #[error("{0}")]
    Unfit(String),
}

impl From<QuantizeError> for Stopped {
    fn from(error: QuantizeError) -> Self {
        match error {
            QuantizeError::Unfit(reason) => Self::Unfit(reason),
            QuantizeError::Cancelled(cancelled) => Self::Cancelled(cancelled),
        }
    }
}

/// Trains the network in place under constraints. The network holds the latent values, before and after; `after_epoch` hears what each
/// epoch brought, with the network as its passes see it ([`Constraints::seen`]).
///
/// # Errors
/// [`Stopped`]; the network is then as the last finished step left it.
pub fn train(
    network: &mut Network,
    data: &Dataset,
    training: &Training,
    optimizer: &mut dyn Optimizer,
    constraints: &mut Constraints,
    progress: &dyn Progress,
    mut after_epoch: impl FnMut(&Network, Epoch),
) -> Result<(), Stopped> {
    network.check_trainable().map_err(Stopped::Unfit)?;
    constraints.start(network);
    let mut walk = Walk::new(data, training);
    let steps = walk.steps(training);
    while walk.done() < steps {
        progress.tick(walk.done() as u64, steps as u64)?;
        let step = walk.step(network, data, training, optimizer, constraints, |_| {})?;
        if let Some(epoch) = step.epoch {
            let latent = constraints.show(network);
            after_epoch(network, epoch);
            Constraints::hide(network, latent);
        }
    }
    Ok(())
}

/// What a batch, or a shard of it, gives.
pub struct Part {
    /// Sum of the pictures' losses.
    pub loss: f64,
    /// Pictures that were answered right.
    pub correct: usize,
    /// Gradients of the batch's mean loss.
    pub gradients: Gradients,
    /// Moments of every batch normalization of every shard, with the number of values behind them.
    pub moments: Vec<(Vec<Option<Moments>>, usize)>,
}

/// Loss and gradients of a batch: shards beside each other, added in order.
pub fn gradients_of(network: &Network, data: &Dataset, places: &[usize], normalization: Normalization) -> Part {
    let parts: Vec<Part> = places
        .par_chunks(SHARD)
        .map(|shard| {
            let input = data.shard(shard, normalization);
            let labels: Vec<u16> = shard.iter().map(|place| data.labels[*place]).collect();
            let tape = forward(network, &input, Mode::Train, |_, _| {});
            let answers = super::evaluate::winners(tape.scores());
            let correct = answers.iter().zip(&labels).filter(|(answer, label)| answer == label).count();
            let (loss, above) = cross_entropy(tape.scores(), &labels, places.len());
            let gradients = backward(network, &input, &tape, above);
            Part { loss, correct, gradients, moments: vec![(tape.moments, shard.len())] }
        })
        .collect();
    let mut parts = parts.into_iter();
    let Some(mut sum) = parts.next() else {
        return Part { loss: 0.0, correct: 0, gradients: Gradients::new(), moments: Vec::new() };
    };
    for part in parts {
        sum.loss += part.loss;
        sum.correct += part.correct;
        sum.moments.extend(part.moments);
        for (sum, gradient) in sum.gradients.iter_mut().zip(&part.gradients) {
            sum.iter_mut().zip(gradient).for_each(|(sum, gradient)| *sum += gradient);
        }
    }
    sum
}

/// Running means and variances follow the shards' own, weighted by their images; variances unbiased, as PyTorch keeps them.
pub(super) fn follow_moments(network: &mut Network, shards: &[(Vec<Option<Moments>>, usize)]) {
    let images: usize = shards.iter().map(|(_, images)| images).sum();
    let shapes = network.shapes().unwrap_or_default();
    for (place, node) in network.nodes.clone().iter().enumerate() {
        let Op::BatchNorm { momentum, .. } = node.op else { continue };
        for (part, variance) in [("running_mean", false), ("running_var", true)] {
            let Some((index, _)) = network.part(node, part) else { continue };
            let running = &mut network.parameters[index].values;
            for (channel, running) in running.iter_mut().enumerate() {
                let mut mean = 0.0;
                for (moments, count) in shards {
                    let Some(moments) = &moments[place] else { continue };
                    let values = (count * shapes[place][1] * shapes[place][2]) as f32;
                    let own = if variance {
                        moments.variance[channel] * values / (values - 1.0).max(1.0)
                    } else {
                        moments.mean[channel]
                    };
                    mean += own * *count as f32 / images.max(1) as f32;
                }
                *running += momentum * (mean - *running);
            }
        }
    }
}
