//! Accuracy by bits for kinds of layers apart, of the network as it is and of the pruned one (figure 7 of Deep Compression).

use super::super::error::CompressError;
use super::super::steps::Steps;
use crate::engine::coding::Layout;
use crate::engine::network::{Dataset, Layers, Network, Scored, Subject, check, score};
use crate::engine::quantize::{Quantizer, Scheme, Sparse, Storage};
use crate::engine::{Progress, Span};

/// What is swept.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPlan {
    /// The quantizer; its width does not count.
    pub scheme: Scheme,
    /// The widths.
    pub widths: std::ops::RangeInclusive<u32>,
    /// Kinds of layers, each swept alone while the others stay float32. A kind that the network does not have is left out.
    pub kinds: Vec<Layers>,
    /// Shares of the weights that pruning leaves, one a layer; `None` sweeps the network as it is alone.
    pub keep: Option<Vec<f64>>,
    /// Times that the weights are pruned and retrained, each time a little further.
    pub rounds: usize,
    /// Walks over the training pictures after each.
    pub walks: usize,
    /// Pictures that are measured on.
    pub measured: usize,
}

/// One point of a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPoint {
    /// Which layers are quantized.
    pub layers: Layers,
    /// Whether the network was pruned before.
    pub pruned: bool,
    /// Width of a code.
    pub bits: u32,
    /// Bytes of these layers' weights, packed; of a pruned network with positions.
    pub bytes: u64,
    /// The answers.
    pub scored: Scored,
}

/// What a sweep tells while it runs.
#[derive(Clone, Debug, PartialEq)]
pub enum SweepNews {
    /// The network in float32, as it is or pruned and retrained, before any bit is taken.
    Float {
        /// Whether it was pruned.
        pruned: bool,
        /// Its answers.
        scored: Scored,
    },
    /// A point.
    Point(SweepPoint),
}

/// Measures every point of the plan; hears each as it is there. Prunes and retrains on `train` where the plan says so.
///
/// # Errors
/// Pictures that do not fit the network, a quantizer that does not fit a layer, training that diverges; or cancelled.
pub fn sweep(
    subject: &Subject,
    train: &Dataset,
    plan: &SweepPlan,
    progress: &dyn Progress,
    heard: &mut dyn FnMut(&SweepNews),
) -> Result<Vec<SweepPoint>, CompressError> {
    let weights = || subject.network.parameters.iter().filter(|parameter| parameter.is_weight());
    if let Some(keep) = &plan.keep {
        if plan.walks > 0 {
            subject.network.check_trainable().map_err(CompressError::Unfit)?;
        }
        check(&subject.network, train).map_err(|error| CompressError::Unfit(error.to_string()))?;
        if keep.len() != weights().count() {
            let (found, layers) = (keep.len(), weights().count());
            return Err(CompressError::Unfit(format!("{found} shares for {layers} layers with weights")));
        }
    }
    let kinds: Vec<Layers> =
        plan.kinds.iter().copied().filter(|kind| weights().any(|weight| kind.take(weight))).collect();
    let schemes: Vec<(u32, Scheme)> =
        plan.widths.clone().rev().filter_map(|bits| Some((bits, plan.scheme.with_bits(bits).ok()?))).collect();
    if schemes.is_empty() {
        return Err(CompressError::Unfit(format!("{}: this quantizer has one width", plan.scheme)));
    }
    let curves = kinds.len() * schemes.len() + 1;
    // Retraining counts as much as a measurement a walk and round.
    let training = if plan.keep.is_some() { plan.rounds * plan.walks } else { 0 };
    let total = (curves * if plan.keep.is_some() { 2 } else { 1 } + training) as u64;
    let mut work = Work { subject, train, plan, progress, heard, total, done: 0, points: Vec::new() };
    work.curves(&subject.network, false, &kinds, &schemes)?;
    if let Some(keep) = &plan.keep {
        let pruned = work.prune(keep)?;
        work.curves(&pruned, true, &kinds, &schemes)?;
    }
    Ok(work.points)
}

struct Work<'a> {
    subject: &'a Subject,
    train: &'a Dataset,
    plan: &'a SweepPlan,
    progress: &'a dyn Progress,
    heard: &'a mut dyn FnMut(&SweepNews),
    total: u64,
    done: u64,
    points: Vec<SweepPoint>,
}

impl Work<'_> {
    fn steps(&self) -> Steps<'_> {
        Steps { subject: self.subject, train: self.train, seed: 0 }
    }

    fn span(&mut self, units: u64) -> Span<'_> {
        let span = Span { outer: self.progress, before: self.done, units, total: self.total };
        self.done += units;
        span
    }

    fn prune(&mut self, keep: &[f64]) -> Result<Network, CompressError> {
        let mut network = self.subject.network.clone();
        let (rounds, walks) = (self.plan.rounds.max(1), self.plan.walks);
        for round in 1..=rounds {
            // The same factor every round, so that the last one is the plan's.
            let share = |place: usize| keep[place].powf(round as f64 / rounds as f64);
            let steps = Steps { subject: self.subject, train: self.train, seed: round as u64 };
            let span = Span { outer: self.progress, before: self.done, units: walks as u64, total: self.total };
            steps.prune(&mut network, share, walks, &span)?;
            self.done += walks as u64;
        }
        Ok(network)
    }

    fn score(&mut self, network: &Network) -> Result<Scored, CompressError> {
        let (subject, count) = (self.subject, self.plan.measured);
        let data = if count < subject.data.len() { &subject.data.first(count) } else { &subject.data };
        let scored = score(network, data, subject.normalization, &self.span(1));
        Ok(scored.map_err(|error| CompressError::Unfit(error.to_string()))??)
    }

    fn curves(
        &mut self,
        network: &Network,
        pruned: bool,
        kinds: &[Layers],
        schemes: &[(u32, Scheme)],
    ) -> Result<(), CompressError> {
        let scored = self.score(network)?;
        (self.heard)(&SweepNews::Float { pruned, scored });
        for layers in kinds {
            for (bits, scheme) in schemes {
                let mut tried = network.clone();
                let scheme = if pruned { sparse(scheme) } else { scheme.clone() };
                let schemes = layers.schemes(network, &scheme);
                let packed = self.steps().share(&mut tried, &schemes, self.progress)?;
                let bytes = packed.iter().flatten().map(|layer| Layout::of(layer).ledger().bytes()).sum();
                let scored = self.score(&tried)?;
                let point = SweepPoint { layers: *layers, pruned, bits: *bits, bytes, scored };
                (self.heard)(&SweepNews::Point(point.clone()));
                self.points.push(point);
            }
        }
        Ok(())
    }
}

/// The same quantizer for pruned weights: a centroid is held at 0, and only what is not 0 is stored, with its position.
fn sparse(scheme: &Scheme) -> Scheme {
    let mut scheme = scheme.clone();
    if let Some(Quantizer::KMeans(kmeans)) = &mut scheme.quantizer {
        kmeans.pinned = true;
        scheme.storage = Storage { sparse: Some(Sparse { index: 5 }), ..scheme.storage };
    }
    scheme
}
