//! Networks that are not made of this program's layers: a graph that another engine runs, its weights given to it anew at every run.

use std::fmt;
use std::sync::Arc;

use super::Activations;
use super::data::Normalization;
use super::evaluate::check;
use super::graph::{Network, Node, Op, Parameter, Shape, Source};
use super::quantized::LayerNoise;
use super::run::{Mode, forward};
use super::{Dataset, DatasetError};
use crate::engine::measure::ErrorSums;
use crate::engine::{Cancelled, Progress};

/// What runs a graph.
pub trait Runner: Send + Sync {
    /// Number of class scores.
    fn classes(&self) -> usize;

    /// Whether pictures are taken as features in a row, whatever their height and width.
    fn is_flat(&self) -> bool;

    /// Class scores `[classes, images, 1, 1]` of pictures `[channels, images, height, width]`, with the weights among these parameters
    /// in place of the file's.
    ///
    /// # Errors
    /// Why the graph does not run, by the node.
    fn scores(&self, input: &Activations, parameters: &[Parameter]) -> Result<Activations, String>;

    /// The output of every layer with weights, in their order, behind the bias, the normalization and the rectifier that belong to it;
    /// in whatever order the graph keeps values, the same at every run.
    ///
    /// # Errors
    /// As [`Runner::scores`].
    fn layers(&self, input: &Activations, parameters: &[Parameter]) -> Result<Vec<Vec<f32>>, String>;
}

/// A graph that another engine runs; equal to its clones alone.
#[derive(Clone)]
pub struct Foreign(Arc<dyn Runner>);

impl PartialEq for Foreign {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Foreign({} classes)", self.0.classes())
    }
}

impl Foreign {
    /// Number of class scores.
    pub(super) fn classes(&self) -> usize {
        self.0.classes()
    }

    /// Class scores; NaN where the graph does not run. [`scores`] says why.
    pub(super) fn forward(&self, input: &Activations, parameters: &[Parameter]) -> Activations {
        let nothing = |_| Activations::from_elem((self.classes(), input.dim().1, 1, 1), f32::NAN);
        self.0.scores(input, parameters).unwrap_or_else(nothing)
    }
}

impl Network {
    /// A network that a runner computes from the pictures to the class scores. The parameters of its weights have the layout of this
    /// program's layers, output channels first, and the names of their layers with `.weight` behind; they stand before all others.
    pub fn foreign(name: impl Into<String>, input: Shape, runner: Arc<dyn Runner>, parameters: Vec<Parameter>) -> Self {
        let node = Node { name: String::new(), op: Op::Foreign(Foreign(runner)), inputs: vec![Source::Input] };
        Self { name: name.into(), input, nodes: vec![node], parameters }
    }

    /// What runs this network, where that is not this program.
    fn runner(&self) -> Option<&dyn Runner> {
        match self.nodes.as_slice() {
            [Node { op: Op::Foreign(foreign), .. }] => Some(foreign.0.as_ref()),
            _ => None,
        }
    }

    /// Whether this network runs as the graph of a file, and not layer by layer.
    pub fn is_foreign(&self) -> bool {
        self.runner().is_some()
    }

    /// Whether pictures of this shape can be given to the network.
    pub(super) fn takes(&self, shape: Shape) -> bool {
        let is_flat = self.runner().is_some_and(Runner::is_flat);
        shape == self.input || is_flat && shape.iter().product::<usize>() == self.input.iter().product::<usize>()
    }

    /// Whether the network can be trained.
    ///
    /// # Errors
    /// Why not, and what can be done instead.
    pub fn check_trainable(&self) -> Result<(), String> {
        if !self.is_foreign() {
            return Ok(());
        }
        let reason = "a network from ONNX runs as the graph of its file, which cannot be trained here. Its weights can be quantized and measured \
             without fine-tuning; to train, take a network of this program";
        Err(reason.to_owned())
    }

    /// Whether activations can be rounded within the network.
    ///
    /// # Errors
    /// Why not, and what can be done instead.
    pub fn check_layered(&self) -> Result<(), String> {
        if !self.is_foreign() {
            return Ok(());
        }
        let reason = "a network from ONNX runs as the graph of its file, in float32 between its layers. Its weights can be quantized and \
             measured; to round activations or compute in integers, take a network of this program";
        Err(reason.to_owned())
    }
}

/// The class scores of a shard.
///
/// # Errors
/// Why a foreign graph does not run.
pub(super) fn scores(network: &Network, input: &Activations) -> Result<Activations, String> {
    match network.runner() {
        Some(runner) => runner.scores(input, &network.parameters),
        None => {
            let mut tape = forward(network, input, Mode::Evaluate, |_, _| {});
            // A network has at least one node.
            Ok(tape.outputs.pop().unwrap_or_default())
        }
    }
}

/// What every shard of the pictures gives, in order, as [`super::evaluate`] asks for it; a foreign graph runs them one after the other, on
/// threads of its own.
pub(super) fn in_turn<T>(
    data: &Dataset,
    progress: &dyn Progress,
    of: impl Fn(&[usize]) -> T,
) -> Result<Vec<T>, Cancelled> {
    let places: Vec<usize> = (0..data.len()).collect();
    let mut results = Vec::new();
    let mut done = 0;
    for places in places.chunks(super::SHARD) {
        progress.check()?;
        results.push(of(places));
        done += places.len() as u64;
        progress.tick(done, data.len() as u64)?;
    }
    Ok(results)
}

/// The noise in the activations of every layer of a foreign graph, its weights once as in `float`, once as in `other`, on the first
/// `count` pictures; `None` for networks of this program.
///
/// # Errors
/// Pictures that do not fit; a graph that does not run.
pub(super) fn noise(
    (float, other): (&Network, &Network),
    data: &Dataset,
    normalization: Normalization,
    count: usize,
) -> Result<Option<Vec<LayerNoise>>, DatasetError> {
    let Some(runner) = float.runner() else { return Ok(None) };
    check(float, data)?;
    let failed = |reason: String| DatasetError(format!("{}: {reason}", float.name));
    let weights = || float.parameters.iter().filter(|parameter| parameter.is_weight());
    let mut sums = vec![ErrorSums::default(); weights().count()];
    for shard in data.shards(count, normalization) {
        let [float, other] = [float, other].map(|network| runner.layers(&shard, &network.parameters));
        for ((float, other), sums) in float.map_err(failed)?.iter().zip(&other.map_err(failed)?).zip(&mut sums) {
            sums.add_block(float, other);
        }
    }
    let layer = |(parameter, sums): (&Parameter, ErrorSums)| LayerNoise {
        name: parameter.name.trim_end_matches(".weight").to_owned(),
        sqnr_db: sums.report(0).sqnr_db(),
    };
    Ok(Some(weights().zip(sums).map(layer).collect()))
}
