//! Deep Compression, stage by stage (Han, Mao and Dally, ICLR 2016, figure 1).

use super::error::CompressError;
use super::recipe::Recipe;
use super::size::NetworkSize;
use super::steps::{RETRAIN_RATE, TUNE_RATE};
use crate::engine::coding::LayerRow;
use crate::engine::network::{
    Adam, Constraint, Constraints, Dataset, Epoch, Evaluation, Mask, Network, Optimizer, Parameter, Sgd, Shared,
    Subject, Training, check, evaluate, train,
};
use crate::engine::quantize::fine_tune::Reduce;
use crate::engine::quantize::{Amount, Prune, Quantized, Scope, prune, quantize};
use crate::engine::{Progress, Quiet, Span};

/// The stages in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StageKind {
    /// The network as it was trained.
    Float,
    /// Small weights removed and the others retrained, still float32.
    Pruned,
    /// Weights replaced by the nearest of a few shared centroids.
    Shared,
    /// The centroids trained, which weight has which left as it was.
    Tuned,
    /// Codes and steps Huffman-coded.
    Coded,
}

impl StageKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Float, Self::Pruned, Self::Shared, Self::Tuned, Self::Coded];

    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Float => "float32",
            Self::Pruned => "pruned",
            Self::Shared => "codebook",
            Self::Tuned => "fine-tuned",
            Self::Coded => "huffman",
        }
    }
}

/// A network between two steps of the pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Which.
    pub kind: StageKind,
    /// Everything counted.
    pub size: NetworkSize,
    /// How many times smaller than the float network.
    pub ratio: f64,
    /// Its answers to the subject's pictures.
    pub evaluation: Evaluation,
}

/// What the pipeline tells while it runs.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// Weights were removed: the round, from 1, and the share of all weights that is left.
    Round {
        /// From 1.
        number: usize,
        /// Share of the weights that is not 0.
        kept: f64,
    },
    /// Training finished a walk over the pictures, on the way to this stage.
    Walk(StageKind, Epoch),
    /// A stage is done and measured.
    Stage(Stage),
}

/// What the pipeline leaves.
#[derive(Clone, Debug)]
pub struct Compressed {
    /// In order.
    pub stages: Vec<Stage>,
    /// The paper's columns, layer by layer.
    pub layers: Vec<LayerRow>,
    /// The codes of every layer with weights, in the network's order; what is stored.
    pub quantized: Vec<Quantized>,
    /// The network with the weights that the codes stand for.
    pub network: Network,
    /// Bytes of the float network's trained parameters.
    pub float_bytes: u64,
}

/// Runs the recipe on the subject's network; trains on `train`, measures on the subject's own pictures.
///
/// # Errors
/// A recipe or pictures that do not fit the network, training that diverges, or cancelled.
pub fn run(
    subject: &Subject,
    train: &Dataset,
    recipe: &Recipe,
    progress: &dyn Progress,
    heard: &mut dyn FnMut(&News),
) -> Result<Compressed, CompressError> {
    let unfit = |error: &dyn std::fmt::Display| CompressError::Unfit(error.to_string());
    recipe.check(&subject.network).map_err(|error| unfit(&error))?;
    check(&subject.network, train).map_err(|error| unfit(&error))?;
    if recipe.walks() > 0 {
        subject.network.check_trainable().map_err(CompressError::Unfit)?;
    }
    if train.is_empty() {
        return Err(CompressError::Unfit(format!("{}: there are no pictures to train on", train.name)));
    }
    let train = if recipe.pictures < train.len() { &train.first(recipe.pictures) } else { train };
    let float = NetworkSize::float(&subject.network);
    let mut work = Work {
        subject,
        train,
        recipe,
        progress,
        heard,
        float_bytes: float.bytes,
        walked: 0,
        stages: Vec::new(),
        network: subject.network.clone(),
    };
    work.done(StageKind::Float, float, subject.float.clone());
    work.prune()?;
    let shared = work.share()?;
    let quantized = work.tune(shared)?;
    let coded = NetworkSize::packed(&work.network, &quantized, true);
    let evaluation = work.stages.last().map(|stage| stage.evaluation.clone());
    work.done(StageKind::Coded, coded, evaluation.unwrap_or_else(|| subject.float.clone()));
    let layers = layer_rows(&work.network, &quantized);
    Ok(Compressed { stages: work.stages, layers, quantized, network: work.network, float_bytes: work.float_bytes })
}

/// The paper's columns of every layer with weights.
pub(super) fn layer_rows(network: &Network, quantized: &[Quantized]) -> Vec<LayerRow> {
    let weights = network.parameters.iter().filter(|parameter| parameter.is_weight());
    weights.zip(quantized).map(|(weight, quantized)| LayerRow::of(layer_name(weight), quantized)).collect()
}

/// `ip1` of `ip1.weight`.
fn layer_name(parameter: &Parameter) -> &str {
    parameter.name.strip_suffix(".weight").unwrap_or(&parameter.name)
}

/// The pipeline at work.
struct Work<'a> {
    subject: &'a Subject,
    train: &'a Dataset,
    recipe: &'a Recipe,
    progress: &'a dyn Progress,
    heard: &'a mut dyn FnMut(&News),
    float_bytes: u64,
    /// Walks over the training pictures so far.
    walked: usize,
    stages: Vec<Stage>,
    network: Network,
}

impl Work<'_> {
    fn done(&mut self, kind: StageKind, size: NetworkSize, evaluation: Evaluation) {
        let ratio = size.ratio(self.float_bytes);
        let stage = Stage { kind, size, ratio, evaluation };
        (self.heard)(&News::Stage(stage.clone()));
        self.stages.push(stage);
    }

    /// The answers of the network as it is now.
    fn measure(&self) -> Result<Evaluation, CompressError> {
        let total = self.recipe.walks().max(1) as u64;
        let span = Span { outer: self.progress, before: self.walked as u64, units: 0, total };
        let measured = evaluate(&self.network, &self.subject.data, self.subject.normalization, &span);
        Ok(measured.map_err(|error| CompressError::Unfit(error.to_string()))??)
    }

    /// Prunes and retrains, round by round.
    fn prune(&mut self) -> Result<(), CompressError> {
        for round in 1..=self.recipe.rounds {
            let mut rest = self.recipe.layers.iter();
            let (mut kept, mut all) = (0, 0);
            for parameter in self.network.parameters.iter_mut().filter(|parameter| parameter.is_weight()) {
                let Some(layer) = rest.next() else { break };
                let amount = Amount::Share(1.0 - self.recipe.keep(layer, round));
                let threshold = Prune { amount, scope: Scope::Tensor }.threshold(&parameter.values);
                parameter.values = prune::pruned(&parameter.values, threshold);
                kept += parameter.values.iter().filter(|value| **value != 0.0).count();
                all += parameter.values.len();
            }
            (self.heard)(&News::Round { number: round, kept: kept as f64 / all.max(1) as f64 });
            let mut masks = Constraints::of(&self.network, |parameter| {
                parameter.is_weight().then(|| Box::new(Mask::of(&parameter.values)) as Box<dyn Constraint>)
            });
            let epochs = if round == self.recipe.rounds { self.recipe.last } else { self.recipe.epochs };
            let training = self.training(epochs, RETRAIN_RATE, self.recipe.seed + round as u64);
            self.walk(StageKind::Pruned, &training, &mut Sgd::new(0.9, 1e-4), &mut masks)?;
        }
        let mut layers = Vec::new();
        for (parameter, layer) in self.network.parameters.iter().filter(|it| it.is_weight()).zip(&self.recipe.layers) {
            layers.push(
                quantize(&parameter.values, &parameter.shape, &layer.pruned(), None, &Quiet(self.progress))?.quantized,
            );
        }
        let size = NetworkSize::packed(&self.network, &layers, false);
        let evaluation = self.measure()?;
        self.done(StageKind::Pruned, size, evaluation);
        Ok(())
    }

    /// Lets every weight take the nearest of its layer's centroids.
    fn share(&mut self) -> Result<Vec<Quantized>, CompressError> {
        let mut layers = Vec::new();
        let mut rest = self.recipe.layers.iter();
        for parameter in self.network.parameters.iter_mut().filter(|parameter| parameter.is_weight()) {
            let Some(layer) = rest.next() else { break };
            let fitted = quantize(&parameter.values, &parameter.shape, &layer.scheme(), None, &Quiet(self.progress))?;
            parameter.values = fitted.quantized.reconstruct();
            layers.push(fitted.quantized);
            self.progress.check()?;
        }
        let size = NetworkSize::packed(&self.network, &layers, false);
        let evaluation = self.measure()?;
        self.done(StageKind::Shared, size, evaluation);
        Ok(layers)
    }

    /// Trains the centroids.
    fn tune(&mut self, shared: Vec<Quantized>) -> Result<Vec<Quantized>, CompressError> {
        if self.recipe.tune == 0 {
            return Ok(shared);
        }
        let mut rest = shared.iter();
        let mut constraints = Constraints::of(&self.network, |parameter| {
            let quantized = parameter.is_weight().then(|| rest.next())??;
            Some(Box::new(Shared::of(quantized, Reduce::Sum)?) as Box<dyn Constraint>)
        });
        let training = self.training(self.recipe.tune, TUNE_RATE, self.recipe.seed);
        self.walk(StageKind::Tuned, &training, &mut Adam::default(), &mut constraints)?;
        let weights = self.network.parameters.iter().filter(|parameter| parameter.is_weight());
        let moved: Option<Vec<Quantized>> =
            weights.zip(&shared).map(|(weight, shared)| shared.with_values(&weight.values)).collect();
        let layers = moved.ok_or_else(|| CompressError::Unfit("a layer has no shared weights".to_owned()))?;
        let size = NetworkSize::packed(&self.network, &layers, false);
        let evaluation = self.measure()?;
        self.done(StageKind::Tuned, size, evaluation);
        Ok(layers)
    }

    fn training(&self, epochs: usize, rate: f64, seed: u64) -> Training {
        Training::new(epochs, rate, seed, self.subject.normalization)
    }

    fn walk(
        &mut self,
        kind: StageKind,
        training: &Training,
        optimizer: &mut dyn Optimizer,
        constraints: &mut Constraints,
    ) -> Result<(), CompressError> {
        let mut network = std::mem::replace(&mut self.network, self.subject.network.clone());
        let span = Span {
            outer: self.progress,
            before: self.walked as u64,
            units: training.epochs as u64,
            total: self.recipe.walks().max(1) as u64,
        };
        let news = &mut *self.heard;
        train(&mut network, self.train, training, optimizer, constraints, &span, |_, epoch| {
            news(&News::Walk(kind, epoch));
        })?;
        self.network = network;
        self.walked += training.epochs;
        Ok(())
    }
}
