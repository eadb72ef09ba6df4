//! The smallest network whose accuracy cannot be told from the float network's.

use super::super::error::CompressError;
use super::super::pipeline::{Compressed, layer_rows};
use super::super::recipe::{LayerRecipe, Recipe};
use super::super::size::NetworkSize;
use super::super::steps::Steps;
use crate::engine::coding::{LayerRow, Layout};
use crate::engine::network::{Dataset, Evaluation, Network, Subject, evaluate};
use crate::engine::quantize::{Quantized, Scheme, Sparse, Storage};
use crate::engine::{Progress, Span};

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// Share of its weights that every layer keeps from one round to the next, above 0 and below 1.
    pub factor: f64,
    /// Rounds at most.
    pub rounds: usize,
    /// Walks over the training pictures after each pruning.
    pub walks: usize,
}

impl Default for Search {
    fn default() -> Self {
        Self { factor: 0.8, rounds: 8, walks: 2 }
    }
}

/// One compressed network of the search.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Share, bits and bits of a step of every layer.
    pub layers: Vec<LayerRecipe>,
    /// Everything counted, Huffman-coded.
    pub size: NetworkSize,
    /// How many times smaller than the float network.
    pub ratio: f64,
    /// Its answers.
    pub evaluation: Evaluation,
    /// Whether its accuracy is at least the lower end of the float network's 95 % interval.
    pub inside: bool,
}

/// What the search found.
#[derive(Clone, Debug)]
pub struct Largest {
    /// The paper's columns.
    pub layers: Vec<LayerRow>,
    /// The codes of every layer.
    pub quantized: Vec<Quantized>,
    /// The network that they stand for.
    pub network: Network,
    /// Its place among the attempts.
    pub place: usize,
    /// Everything that was tried, in order; the first is the pipeline's own result.
    pub attempts: Vec<Attempt>,
}

/// Goes on where the pipeline ended: prunes every layer further, round by round, retrains, shares by as many centroids and by half and a
/// quarter of them, tunes, and measures, as long as something of the round is still inside the float network's interval. Of what is inside
/// the smallest is returned; `None` where the pipeline's own result is outside. Steps are stored in as many bits as take the least room.
///
/// The pictures that choose are those that measure: what is inside by chance counts as inside.
///
/// # Errors
/// Training that diverges; or cancelled.
pub fn largest(
    subject: &Subject,
    train: &Dataset,
    (recipe, start): (&Recipe, &Compressed),
    search: Search,
    progress: &dyn Progress,
    heard: &mut dyn FnMut(&Attempt),
) -> Result<Option<Largest>, CompressError> {
    let (Some(low), Some(last)) = (subject.float.interval().map(|interval| interval.low), start.stages.last()) else {
        return Ok(None);
    };
    let inside = |evaluation: &Evaluation| evaluation.accuracy().is_some_and(|accuracy| accuracy >= low);
    let first = Attempt {
        layers: recipe.layers.clone(),
        size: last.size.clone(),
        ratio: last.ratio,
        evaluation: last.evaluation.clone(),
        inside: inside(&last.evaluation),
    };
    heard(&first);
    if !first.inside {
        return Ok(None);
    }
    let mut found = Largest {
        layers: start.layers.clone(),
        quantized: start.quantized.clone(),
        network: start.network.clone(),
        place: 0,
        attempts: vec![first],
    };
    let train = if recipe.pictures < train.len() { &train.first(recipe.pictures) } else { train };
    let a_round = search.walks + FEWER.len() * recipe.tune;
    let total = ((search.rounds + 1) * a_round).max(1) as u64;
    let mut network = start.network.clone();
    for round in 0..=search.rounds {
        let before = (round * a_round) as u64;
        let span = |walked: usize, units: usize| {
            let before = before + walked as u64;
            Span { outer: progress, before, units: units as u64, total }
        };
        let keep: Vec<f64> =
            recipe.layers.iter().map(|layer| rounded(layer.keep * search.factor.powi(round as i32))).collect();
        let steps = Steps { subject, train, seed: recipe.seed + 1 + round as u64 };
        steps.prune(&mut network, |place| keep[place], search.walks, &span(0, search.walks))?;
        let mut any = round == 0;
        for (turn, fewer) in FEWER.into_iter().enumerate() {
            // The pipeline itself has measured the first of the first round.
            if round == 0 && fewer == 0 {
                continue;
            }
            let walked = search.walks + turn * recipe.tune;
            let schemes: Vec<Option<Scheme>> = recipe
                .layers
                .iter()
                .map(|layer| Some(LayerRecipe { bits: layer.bits.saturating_sub(fewer).max(1), ..*layer }.scheme()))
                .collect();
            let mut tried = network.clone();
            let packed = steps.share(&mut tried, &schemes, progress)?;
            let packed = steps.tune(&mut tried, packed, recipe.tune, &span(walked, recipe.tune))?;
            let packed: Vec<Quantized> = packed.into_iter().flatten().map(smallest_steps).collect();
            let size = NetworkSize::packed(&tried, &packed, true);
            let evaluation = evaluate(&tried, &subject.data, subject.normalization, &span(walked + recipe.tune, 0))
                .map_err(|error| CompressError::Unfit(error.to_string()))??;
            let layers = recipe.layers.iter().zip(&keep).zip(&packed).map(|((layer, keep), packed)| LayerRecipe {
                keep: *keep,
                bits: layer.bits.saturating_sub(fewer).max(1),
                index: packed.scheme.storage.sparse.map_or(layer.index, |sparse| sparse.index),
            });
            let attempt = Attempt {
                layers: layers.collect(),
                ratio: size.ratio(start.float_bytes),
                size,
                inside: inside(&evaluation),
                evaluation,
            };
            heard(&attempt);
            let (is_inside, is_smaller) = (attempt.inside, attempt.ratio > found.attempts[found.place].ratio);
            found.attempts.push(attempt);
            any |= is_inside;
            if is_inside && is_smaller {
                found.place = found.attempts.len() - 1;
                (found.layers, found.quantized, found.network) = (layer_rows(&tried, &packed), packed, tried);
            }
            if !is_inside {
                break;
            }
        }
        if !any {
            break;
        }
    }
    Ok(Some(found))
}

/// A share as it is written: six decimals.
fn rounded(share: f64) -> f64 {
    ((share * 1e6).round() / 1e6).max(1e-6)
}

/// Bits fewer than the recipe's that every round tries, in this order, until one is outside.
const FEWER: [u8; 3] = [0, 1, 2];

/// The same weights with their positions in as many bits a step as take the least room.
fn smallest_steps(mut quantized: Quantized) -> Quantized {
    let storage = |index: u8| Storage { sparse: Some(Sparse { index }), huffman: true };
    let best = (1..=8).min_by_key(|index| Layout::with_storage(&quantized, storage(*index)).ledger().bytes());
    if let Some(index) = best {
        quantized.scheme.storage = storage(index);
    }
    quantized
}
