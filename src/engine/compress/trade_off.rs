//! Accuracy against size: pruning alone, shared weights alone, both, and truncated singular values (figure 6 of Deep Compression).

use super::error::CompressError;
use super::size::NetworkSize;
use super::steps::Steps;
use super::svd::Decomposition;
use crate::engine::network::{Dataset, Evaluation, Network, Subject, check, evaluate};
use crate::engine::quantize::{
    Amount, Init, KMeans, Per, Prune, Quantized, Quantizer, Scheme, Scope, Sparse, Storage, quantize,
};
use crate::engine::{Progress, Quiet, Span};

/// What was done to every layer with weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Method {
    /// This share of its weights kept as float32 with their positions.
    Pruned {
        /// Share that is kept.
        keep: f64,
    },
    /// Weights shared by 2^bits centroids, every code stored.
    Quantized {
        /// Width of a code.
        bits: u8,
    },
    /// Both: the codes of what is kept, and positions.
    Both {
        /// Share that is kept.
        keep: f64,
        /// Width of a code.
        bits: u8,
    },
    /// Two thin matrices instead of one, float32; a layer that would grow stays as it is.
    Singular {
        /// Rank as a share of the full one.
        rank: f64,
    },
}

impl Method {
    /// What does the same to weights as they are; `None` for singular values.
    pub fn scheme(self) -> Option<Scheme> {
        let pruned =
            |keep: f64| Prune { amount: Amount::Share(((1.0 - keep) * 1e6).round() / 1e6), scope: Scope::Tensor };
        let sparse = |keep: f64| Storage { sparse: Some(Sparse { index: index_bits(keep) }), huffman: false };
        let kmeans = |bits: u8, pinned: bool| {
            let (k, init, per) = (1 << bits, Init::Linear, Per::Tensor);
            Quantizer::KMeans(KMeans { k, init, seed: 0, pinned, per })
        };
        Some(match self {
            Self::Pruned { keep } => Scheme { prune: Some(pruned(keep)), quantizer: None, storage: sparse(keep) },
            Self::Quantized { bits } => Scheme::from(kmeans(bits, false)),
            Self::Both { keep, bits } => {
                Scheme { prune: Some(pruned(keep)), quantizer: Some(kmeans(bits, true)), storage: sparse(keep) }
            }
            Self::Singular { .. } => return None,
        })
    }
}

/// Bits of a step that make the mean gap easy to reach.
fn index_bits(keep: f64) -> u8 {
    let gap = (1.0 / keep).max(1.0);
    (gap.log2().ceil() as u8 + 1).clamp(2, 8)
}

/// How the points are measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Walks over the training pictures for each point; 0 measures without fine-tuning.
    pub walks: usize,
    /// Pictures that are measured on.
    pub measured: usize,
    /// What is measured, in this order. A pruned network starts from the one that was pruned before it.
    pub methods: Vec<Method>,
}

/// One point of the figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// What was done.
    pub method: Method,
    /// Everything counted.
    pub size: NetworkSize,
    /// Size as a share of float32.
    pub share: f64,
    /// The answers.
    pub evaluation: Evaluation,
}

/// Shares that are kept, from many to few.
const KEEP: [f64; 8] = [0.25, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02];

impl Plan {
    /// The points of the page's figure.
    pub fn new(walks: usize, measured: usize) -> Self {
        let mut methods: Vec<Method> = (1..=6).rev().map(|bits| Method::Quantized { bits }).collect();
        for keep in KEEP {
            methods.push(Method::Pruned { keep });
            methods.extend([5, 4, 3, 2].map(|bits| Method::Both { keep, bits }));
        }
        methods.extend([0.3, 0.2, 0.1, 0.05, 0.03, 0.02].map(|rank| Method::Singular { rank }));
        Self { walks, measured, methods }
    }
}

/// Measures every point of the plan; hears each as it is there.
///
/// # Errors
/// Pictures that do not fit the network, training that diverges, or cancelled.
pub fn trade_off(
    subject: &Subject,
    train: &Dataset,
    plan: &Plan,
    progress: &dyn Progress,
    heard: &mut dyn FnMut(&Point),
) -> Result<Vec<Point>, CompressError> {
    check(&subject.network, train).map_err(|error| CompressError::Unfit(error.to_string()))?;
    if plan.walks > 0 {
        subject.network.check_trainable().map_err(CompressError::Unfit)?;
    }
    let float = NetworkSize::float(&subject.network).bytes;
    let data = if plan.measured < subject.data.len() { &subject.data.first(plan.measured) } else { &subject.data };
    let mut points = Vec::new();
    let mut figure = Figure { subject, train, walks: plan.walks, pruned: None, decomposed: Vec::new() };
    let total = plan.methods.len() as u64;
    for (done, method) in plan.methods.iter().enumerate() {
        let span = Span { outer: progress, before: done as u64, units: 1, total };
        let (network, size) = figure.make(*method, &span)?;
        let quiet = Span { outer: progress, before: done as u64 + 1, units: 0, total };
        let evaluation = evaluate(&network, data, subject.normalization, &quiet)
            .map_err(|error| CompressError::Unfit(error.to_string()))??;
        let share = size.bytes as f64 / float as f64;
        let point = Point { method: *method, size, share, evaluation };
        heard(&point);
        points.push(point);
    }
    Ok(points)
}

struct Figure<'a> {
    subject: &'a Subject,
    train: &'a Dataset,
    walks: usize,
    /// The network that was pruned last, and the share that it keeps.
    pruned: Option<(f64, Network)>,
    /// Every weight of the network, once it was needed.
    decomposed: Vec<Decomposition>,
}

impl Figure<'_> {
    fn make(&mut self, method: Method, progress: &dyn Progress) -> Result<(Network, NetworkSize), CompressError> {
        match method {
            Method::Pruned { keep } => {
                let network = self.prune(keep, progress)?;
                let layers = codes(&network, &without_pruning(method), progress)?;
                let size = NetworkSize::packed(&network, &layers, false);
                Ok((network, size))
            }
            Method::Quantized { .. } => self.share(self.subject.network.clone(), method, progress),
            Method::Both { keep, .. } => {
                let network = self.prune(keep, progress)?;
                self.share(network, method, progress)
            }
            Method::Singular { rank } => self.truncate(rank, progress),
        }
    }

    /// The network with this share of every layer's weights, retrained where that is wanted.
    fn prune(&mut self, keep: f64, progress: &dyn Progress) -> Result<Network, CompressError> {
        if let Some((_, network)) = self.pruned.as_ref().filter(|(kept, _)| *kept == keep) {
            return Ok(network.clone());
        }
        let before = self.pruned.take().filter(|(kept, _)| *kept > keep && self.walks > 0);
        let mut network = before.map_or_else(|| self.subject.network.clone(), |(_, network)| network);
        self.steps().prune(&mut network, |_| keep, self.walks, progress)?;
        self.pruned = Some((keep, network.clone()));
        Ok(network)
    }

    fn steps(&self) -> Steps<'_> {
        Steps { subject: self.subject, train: self.train, seed: 0 }
    }

    /// The network with shared weights, its centroids trained where that is wanted.
    fn share(
        &self,
        mut network: Network,
        method: Method,
        progress: &dyn Progress,
    ) -> Result<(Network, NetworkSize), CompressError> {
        let weights = network.parameters.iter().filter(|parameter| parameter.is_weight()).count();
        let schemes = vec![without_pruning(method); weights];
        let layers = self.steps().share(&mut network, &schemes, progress)?;
        let layers = self.steps().tune(&mut network, layers, self.walks, progress)?;
        let layers: Vec<Quantized> = layers.into_iter().flatten().collect();
        let size = NetworkSize::packed(&network, &layers, false);
        Ok((network, size))
    }

    fn truncate(&mut self, share: f64, progress: &dyn Progress) -> Result<(Network, NetworkSize), CompressError> {
        let mut network = self.subject.network.clone();
        let weights = || self.subject.network.parameters.iter().filter(|parameter| parameter.is_weight());
        if self.decomposed.is_empty() {
            for weight in weights() {
                let rows = weight.shape[0];
                let columns = weight.values.len() / rows.max(1);
                self.decomposed.push(Decomposition::new(&weight.values, rows, columns, progress)?);
            }
        }
        let mut size = NetworkSize::default();
        let mut floats = 0;
        let targets = network.parameters.iter_mut().filter(|parameter| parameter.is_weight());
        for (parameter, parts) in targets.zip(&self.decomposed) {
            let rank = ((share * parts.full() as f64).round() as usize).max(1);
            if parts.stored(rank) < parameter.values.len() {
                parameter.values = parts.truncated(rank);
                floats += parts.stored(rank) as u64;
            } else {
                floats += parameter.values.len() as u64;
            }
        }
        size.add_part("floats", 32 * floats);
        size.add_others_of(&network);
        Ok((network, size))
    }
}

/// The scheme for weights that are pruned already.
fn without_pruning(method: Method) -> Option<Scheme> {
    method.scheme().map(|scheme| Scheme { prune: None, ..scheme })
}

fn codes(network: &Network, scheme: &Option<Scheme>, progress: &dyn Progress) -> Result<Vec<Quantized>, CompressError> {
    let Some(scheme) = scheme else { return Ok(Vec::new()) };
    let weights = network.parameters.iter().filter(|parameter| parameter.is_weight());
    let quiet = Quiet(progress);
    weights.map(|weight| Ok(quantize(&weight.values, &weight.shape, scheme, None, &quiet)?.quantized)).collect()
}
