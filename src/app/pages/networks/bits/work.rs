//! What the page measures beside the frame.

use std::sync::Arc;

use super::Asked;
use crate::app::board::Board;
use crate::app::context::PageContext;
use crate::app::derived::Derived;
use crate::app::setup::{Bits as Wanted, Goal};
use crate::app::study::{ALL, Outcome, QUICK, prepared_of};
use crate::app::view::bits::layers::{FrontPoint, Told, spread};
use crate::app::view::bits::pairs::WIDTHS as WIDTHS_AND_FLOAT;
use crate::app::view::bits::weights::LayerStages;
use crate::engine::compress::bits::{
    Mix, Mixed, Sensitivity, SweepNews, SweepPlan, measure_mix, reach, sensitivity, stages, sweep,
};
use crate::engine::compress::{CompressError, Recipe};
use crate::engine::network::quantized::{IntegerScheme, WidthMap, width_map};
use crate::engine::network::{Layers, Subject};
use crate::engine::{Cancelled, Progress, Quiet};

/// Pictures that the pruned network is retrained on.
const PICTURES: usize = 10_000;
/// Times that weights are pruned, and walks after each.
const ROUNDS: (usize, usize) = (2, 2);
/// Widths that are measured.
const WIDTHS: std::ops::RangeInclusive<u32> = 1..=8;
/// Mixes that are measured along the front.
const MIXES: usize = 20;

/// News of the first view.
#[derive(Clone)]
pub(super) enum KindsNews {
    /// A point, or float32.
    Sweep(SweepNews),
    /// The weights of every layer at their three moments.
    Weights(Arc<Vec<LayerStages>>),
}

/// News of the second view.
#[derive(Clone)]
pub(super) enum LayersNews {
    /// A layer at a width.
    Cell(Told),
    /// A mix.
    Front(FrontPoint),
}

/// What the second view knows in the end.
pub(super) struct Layered {
    pub sensitivity: Sensitivity,
    pub mixes: Vec<Mix>,
    /// The same, and what is larger: for an accuracy that none of them reaches.
    pub candidates: Vec<Mix>,
}

/// A withdrawal ends the job; every other refusal is a result.
fn outcome<T>(result: Result<T, CompressError>) -> Result<Outcome<T>, Cancelled> {
    match result {
        Ok(result) => Ok(Ok(result)),
        Err(CompressError::Cancelled(cancelled)) => Err(cancelled),
        Err(CompressError::Unfit(reason)) => Ok(Err(reason)),
    }
}

/// Asks for the run of the first view that was started; why it was refused, if it was.
pub(super) fn kinds(ctx: &mut PageContext<'_>, subject: &Arc<Outcome<Subject>>) -> Option<String> {
    let run = &ctx.state.networks.bits.kinds;
    let asked = run.asked.clone().filter(|asked| asked.choice == ctx.setup().network.choice)?;
    let (board, subject) = (run.board.clone(), Arc::clone(subject));
    let recipe = subject.as_ref().as_ref().ok().map(|subject| ctx.setup().network.recipe(&subject.network));
    let made = ctx.derive("networks/bits/kinds", "Accuracy by bits", asked, move |asked, handle| {
        board.run(handle, |progress| {
            let (Ok(subject), Some(recipe)) = (subject.as_ref(), recipe) else { return Ok(Ok(())) };
            outcome(measure_kinds(subject, &recipe, asked, progress, &board))
        })
    });
    made.filter(|made| !made.stale).and_then(|made| made.value.as_ref().as_ref().err().cloned())
}

fn measure_kinds(
    subject: &Subject,
    recipe: &Recipe,
    asked: &Asked,
    progress: &dyn Progress,
    board: &Board<KindsNews>,
) -> Result<(), CompressError> {
    // What cannot be trained is not pruned either: its curves are those of quantization alone.
    let trains = subject.network.check_trainable().is_ok();
    let train = if trains {
        asked.choice.train(&subject.network, PICTURES).map_err(CompressError::Unfit)?
    } else {
        subject.data.first(0)
    };
    let plan = SweepPlan {
        scheme: asked.scheme.clone(),
        widths: WIDTHS,
        kinds: vec![Layers::Convolution, Layers::FullyConnected],
        keep: trains.then(|| recipe.layers.iter().map(|layer| layer.keep).collect()),
        rounds: ROUNDS.0,
        walks: ROUNDS.1,
        measured: QUICK,
    };
    sweep(subject, &train, &plan, progress, &mut |news| board.add(KindsNews::Sweep(news.clone())))?;
    if !trains {
        return Ok(());
    }
    let mut shared = Recipe { last: ROUNDS.1, tune: 1, ..recipe.clone() };
    shared.layers.iter_mut().for_each(|layer| layer.bits = asked.bits);
    let stages = stages(subject, &train, &shared, QUICK, progress)?;
    board.add(KindsNews::Weights(Arc::new(LayerStages::of(&stages))));
    Ok(())
}

/// Asks for the run of the second view that was started.
pub(super) fn layers(
    ctx: &mut PageContext<'_>,
    subject: &Arc<Outcome<Subject>>,
) -> Option<(Asked, Derived<Outcome<Layered>>)> {
    let run = &ctx.state.networks.bits.layers;
    let asked = run.asked.clone().filter(|asked| asked.choice == ctx.setup().network.choice)?;
    let (board, subject) = (run.board.clone(), Arc::clone(subject));
    let made = ctx.derive("networks/bits/layers", "Layer by layer", asked.clone(), move |asked, handle| {
        board.run(handle, |progress| match subject.as_ref() {
            Ok(subject) => outcome(measure_layers(subject, asked, progress, &board)),
            Err(reason) => Ok(Err(reason.clone())),
        })
    })?;
    (!made.stale).then_some((asked, made))
}

fn measure_layers(
    subject: &Subject,
    asked: &Asked,
    progress: &dyn Progress,
    board: &Board<LayersNews>,
) -> Result<Layered, CompressError> {
    let found = sensitivity(subject, &asked.scheme, WIDTHS, QUICK, progress, &mut |so_far, cell| {
        board.add(LayersNews::Cell(Told::of(so_far, cell)));
    })?;
    let mixes = found.mixes();
    let uniform = found.widths.iter().filter_map(|bits| Some((found.uniform(*bits)?, Some(*bits))));
    let along = spread(&mixes, MIXES).into_iter().map(|place| (mixes[place].clone(), None));
    let all: Vec<(Mix, Option<u32>)> = uniform.chain(along).collect();
    for (done, (mix, bits)) in all.iter().enumerate() {
        progress.tick(done as u64, all.len() as u64)?;
        let mixed = measure_mix(subject, &asked.scheme, &mix.bits, QUICK, &Quiet(progress))?;
        if let Some(point) = FrontPoint::of(mix, *bits, found.float.loss, &mixed) {
            board.add(LayersNews::Front(point));
        }
    }
    Ok(Layered { candidates: found.candidates(), sensitivity: found, mixes })
}

/// Asks for the run of the third view that was started; why it was refused, if it was.
pub(super) fn pairs(ctx: &mut PageContext<'_>, subject: &Arc<Outcome<Subject>>) -> Option<String> {
    let run = &ctx.state.networks.bits.pairs;
    let asked = run.asked.clone().filter(|asked| asked.choice == ctx.setup().network.choice)?;
    let (board, subject) = (run.board.clone(), Arc::clone(subject));
    let prepared = prepared_of(ctx, &subject)?;
    let made =
        ctx.derive("networks/bits/pairs", "Bits of weights by bits of activations", asked, move |asked, handle| {
            board.run(handle, |progress| {
                let (subject, prepared) = match (subject.as_ref(), prepared.as_ref()) {
                    (Ok(subject), Ok(prepared)) => (subject, prepared),
                    (Err(reason), _) | (_, Err(reason)) => return Ok(Err(reason.clone())),
                };
                let map = WidthMap {
                    weights: asked.scheme.clone(),
                    weight_bits: WIDTHS_AND_FLOAT.to_vec(),
                    activations: IntegerScheme::default().activation_linear(),
                    activation_bits: WIDTHS_AND_FLOAT.to_vec(),
                    pictures: QUICK,
                };
                let found = width_map(subject, prepared, &map, progress, &mut |cell| board.add(cell.clone()));
                outcome(found.map_err(CompressError::from))
            })
        });
    made.filter(|made| !made.stale).and_then(|made| made.value.as_ref().as_ref().err().cloned())
}

/// The mix that meets the goal, with what was measured on all pictures.
pub(super) struct Chosen {
    /// Its place among the candidates, which begin with the mixes.
    pub place: usize,
    pub mixed: Mixed,
}

/// What the choice of a mix is made of.
#[derive(Clone, PartialEq)]
struct Key {
    asked: Asked,
    wanted: Target,
}

#[derive(Clone, PartialEq)]
enum Target {
    /// A place among the mixes.
    Place(usize),
    /// A share of right answers.
    Accuracy(f64),
}

/// The place of the mix of least loss that is at least so many times smaller than float32.
pub(super) fn place_of(layered: &Layered, ratio: f64) -> Option<usize> {
    let bytes = layered.sensitivity.float_bytes() as f64 / ratio;
    layered.mixes.iter().rposition(|mix| mix.bytes as f64 <= bytes)
}

/// Asks for the mix that meets the goal; `None` inside where none does.
pub(super) fn chosen(
    ctx: &mut PageContext<'_>,
    subject: &Arc<Outcome<Subject>>,
    (asked, layered): (&Asked, &Derived<Outcome<Layered>>),
) -> Option<Derived<Outcome<Option<Chosen>>>> {
    let (Ok(found), Ok(of)) = (layered.value.as_ref(), subject.as_ref()) else { return None };
    let Wanted { goal, ratio, points, .. } = ctx.setup().network.bits;
    let wanted = match goal {
        Goal::Size => Target::Place(place_of(found, ratio)?),
        Goal::Accuracy => Target::Accuracy(of.float.accuracy()? - points / 100.0),
    };
    let (layered, subject) = (Arc::clone(&layered.value), Arc::clone(subject));
    let key = Key { asked: asked.clone(), wanted };
    ctx.derive("networks/bits/mix", "The mix on all pictures", key, move |key, handle| {
        let (Ok(layered), Ok(subject)) = (layered.as_ref(), subject.as_ref()) else { return Ok(Ok(None)) };
        let (scheme, mixes) = (&key.asked.scheme, &layered.candidates);
        outcome(match key.wanted {
            Target::Place(place) => {
                measure_mix(subject, scheme, &mixes[place].bits, ALL, handle).map(|mixed| Some(Chosen { place, mixed }))
            }
            Target::Accuracy(accuracy) => reach(subject, scheme, mixes, accuracy, ALL, handle, &mut |_, _| {})
                .map(|found| found.map(|found| Chosen { place: found.place, mixed: found.mixed })),
        })
    })
}
