//! What is trained, how, and the buttons that start, pause, keep and save it.

use std::sync::Arc;

use egui::{Align, Layout, Rect, Ui, UiBuilder, pos2, vec2};

use super::{Shown, start};
use crate::app::context::PageContext;
use crate::app::pages::networks::choice::{data_ui, label, network_ui, preprocessing_ui};
use crate::app::session::{Action, Notice, Severity};
use crate::app::theme;
use crate::app::training::{Log, Phase, file_of};
use crate::app::view::format;
use crate::app::widgets::field::value_field_over;
use crate::app::widgets::select::select;
use crate::app::widgets::{button, card, figure};
use crate::engine::network::tuning::{Course, Method, Recipe, Regime};
use crate::engine::quantize::{Quantizer, Scheme};
use crate::sources::Trained;

/// Room of the buttons at the right.
const BUTTONS: f32 = 236.0;

/// Walks that are offered.
const EPOCHS: [usize; 6] = [1, 2, 3, 5, 10, 20];
/// Numbers of pictures that are offered.
const PICTURES: [usize; 5] = [1_000, 2_000, 10_000, 30_000, 60_000];
/// Shares that are pruned.
const SHARES: [u32; 6] = [50, 70, 80, 90, 95, 98];

/// Numbers of rounds that are offered.
const ROUNDS: [usize; 4] = [2, 3, 5, 10];

/// Height of the card at that width.
pub fn height(width: f32) -> f32 {
    if width < 1000.0 { 132.0 } else { 92.0 }
}

/// A kind of regime, as the selector names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Float,
    KMeans,
    Linear,
    Cast,
    Binary,
    Ternary,
    LearnedTernary,
    Pruned,
    /// Another scheme, by its text.
    Other,
}

/// The selector's rows; the last is only there for a scheme of another kind.
const KINDS: [(Kind, &str, &str); 9] = [
    (Kind::Float, "Float32", "Weights may take any value"),
    (Kind::KMeans, "K-means, centroids move", "Gradients are summed over each centroid, which weight has which stays"),
    (
        Kind::Linear,
        "Linear, straight through",
        "Quantization-aware training: passes see rounded weights, steps move what is behind",
    ),
    (Kind::Cast, "FP8 E4M3FN, straight through", "Weights are seen rounded to the format, one scale a tensor"),
    (Kind::Binary, "Binary, BWN", "α · sign(W), one α a filter (Rastegari et al. 2016)"),
    (Kind::Ternary, "Ternary, TWN", "−α, 0, α beyond 0.7 mean |W| (Li et al. 2016)"),
    (Kind::LearnedTernary, "Ternary, TTQ", "−α, 0, β with both scales learned (Zhu et al. 2017)"),
    (Kind::Pruned, "Pruned, stays 0", "The smallest weights become 0 and stay 0, the others are trained on"),
    (Kind::Other, "Another scheme", "As the line of text says"),
];

fn kind(regime: &Regime) -> Kind {
    let Regime::Scheme(scheme) = regime else {
        return match regime {
            Regime::Binary => Kind::Binary,
            Regime::Ternary => Kind::Ternary,
            Regime::LearnedTernary => Kind::LearnedTernary,
            _ => Kind::Float,
        };
    };
    match (&scheme.quantizer, &scheme.prune) {
        (None, Some(_)) => Kind::Pruned,
        (Some(Quantizer::KMeans(_)), None) => Kind::KMeans,
        (Some(Quantizer::Linear(_)), None) => Kind::Linear,
        (Some(Quantizer::Cast(_)), None) => Kind::Cast,
        _ => Kind::Other,
    }
}

/// The regime of a kind, at its defaults.
fn regime(kind: Kind) -> Option<Regime> {
    let text = match kind {
        Kind::Float => "float32",
        Kind::KMeans => "kmeans:bits=2",
        Kind::Linear => "linear:bits=3",
        Kind::Cast => "float:e4m3fn,scale=absmax",
        Kind::Binary => "bwn",
        Kind::Ternary => "twn",
        Kind::LearnedTernary => "ttq",
        Kind::Pruned => "prune:share=0.9",
        Kind::Other => return None,
    };
    text.parse().ok()
}

/// Draws the card; without a subject only what is chosen can be changed.
pub fn ui(ctx: &mut PageContext<'_>, shown: Option<&Shown<'_>>, log: &Log, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        // As high as one row: a wrapped layout begins the next one where this rectangle ends.
        let left = Rect::from_min_size(inner.min, vec2(inner.width() - BUTTONS - 8.0, theme::CONTROL));
        let mut row = ui.new_child(
            UiBuilder::new().max_rect(left).layout(Layout::left_to_right(Align::Center).with_main_wrap(true)),
        );
        row.spacing_mut().item_spacing = vec2(8.0, 8.0);
        network_ui(ctx, &mut row);
        data_ui(ctx, &mut row);
        preprocessing_ui(ctx, shown.map(|shown| shown.subject.normalization), &mut row);
        if left.width() > 800.0 {
            row.end_row();
        }
        recipe_ui(ctx, &mut row);
        let Some(shown) = shown else { return };
        let place = Rect::from_min_size(pos2(inner.right() - BUTTONS, inner.top()), vec2(BUTTONS, theme::CONTROL));
        let right_to_left = Layout::right_to_left(Align::Center).with_main_wrap(true);
        let mut right = ui.new_child(UiBuilder::new().max_rect(place).layout(right_to_left));
        right.spacing_mut().item_spacing = vec2(8.0, 8.0);
        run_ui(ctx, shown, log, &mut right);
        right.end_row();
        result_ui(ctx, shown, log, &mut right);
    });
}

fn recipe_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let before = ctx.setup().network.training.clone();
    let mut recipe = before.clone();
    let mut what = None;
    let mut chosen = kind(&recipe.regime);
    let kinds: Vec<(Kind, String, &str)> = KINDS
        .iter()
        .filter(|(kind, ..)| *kind != Kind::Other || chosen == Kind::Other)
        .map(|(kind, title, hint)| (*kind, (*title).to_owned(), *hint))
        .collect();
    if select(ui, "Weights are", &mut chosen, &kinds).changed()
        && let Some(regime) = regime(chosen)
    {
        let fresh = recipe.fresh && !regime.shares();
        let Recipe { epochs, pictures, seed, .. } = recipe;
        recipe = Recipe { epochs, pictures, seed, fresh, ..Recipe::of(regime) };
        what = Some(format!("Train under {}", recipe.regime));
    }
    if let Regime::Scheme(scheme) = &recipe.regime
        && let Some(changed) = width_ui(chosen, scheme, ui)
    {
        what = Some(format!("Train under {changed}"));
        recipe.regime = Regime::Scheme(changed);
    }
    let courses = courses(&recipe);
    let mut course = recipe.course;
    if courses.len() > 1 && select(ui, "Course", &mut course, &courses).changed() {
        recipe = Recipe { fresh: false, ..recipe.by(course) };
        let chosen = courses.iter().find(|(row, ..)| *row == course).map_or("", |(_, title, _)| title);
        what = Some(format!("Train {chosen}"));
    }
    let mut start = recipe.fresh;
    let starts = [
        (false, "from its weights".to_owned(), "Goes on from the weights that the network has"),
        (true, "from fresh ones".to_owned(), "Random weights by the seed"),
    ];
    // What is the least of random weights says nothing.
    let free = !recipe.regime.shares() && recipe.course == Course::AtOnce && chosen != Kind::Pruned;
    if free && select(ui, "Starts", &mut start, &starts).changed() {
        recipe.fresh = start;
        what = Some(format!("Training starts {}", starts[usize::from(start)].1));
    }
    what = number_ui(ui, "Pictures", &mut recipe.pictures, &PICTURES).or(what);
    what = number_ui(ui, "Epochs", &mut recipe.epochs, &EPOCHS).or(what);
    label(ui, "Rate");
    let rate = value_field_over(ui, "Learning rate", &mut recipe.rate, 68.0, |text| {
        let rate = text.trim().replace(',', ".").parse().ok().filter(|rate: &f64| rate.is_finite() && *rate > 0.0);
        rate.ok_or_else(|| "a learning rate above 0".to_owned())
    });
    if rate.changed() {
        what = Some(format!("Learning rate {}", recipe.rate));
    }
    let methods = [
        (Method::Sgd, "SGD".to_owned(), "Momentum 0.9, weight decay 0.0005"),
        (Method::Adam, "Adam".to_owned(), "β 0.9 and 0.999, without weight decay"),
    ];
    if select(ui, "Optimizer", &mut recipe.method, &methods).changed() {
        what = Some(format!("Optimizer {}", recipe.method.name()));
    }
    if let Some(what) = what.filter(|_| recipe != before) {
        ctx.edit(what, None, move |setup| setup.network.training = recipe.clone());
    }
}

/// The courses that go with a regime; with one alone there is nothing to choose.
fn courses(recipe: &Recipe) -> Vec<(Course, String, &'static str)> {
    // Straight through, latent weights stay free anyway: layer by layer is worth its time where indices are fixed.
    let incremental = recipe.regime.shares().then_some(Course::Incremental);
    let offered = std::iter::once(Course::AtOnce).chain(incremental).chain(ROUNDS.map(Course::Rounds));
    let mut courses: Vec<Course> = offered.filter(|course| course.check(&recipe.regime, false).is_ok()).collect();
    if !courses.contains(&recipe.course) {
        courses.push(recipe.course);
    }
    let row = |course| match course {
        Course::AtOnce => {
            (course, "all at once".to_owned(), "Every layer is put where it must be before the first step")
        }
        Course::Incremental => (
            course,
            "layer by layer".to_owned(),
            "The smallest first; layers that are not quantized yet train along and make up for the loss (after Zhou et al. 2017)",
        ),
        Course::Rounds(rounds) => (
            course,
            format!("in {rounds} rounds"),
            "Pruned a little further in each round and trained under its mask (Han et al. 2015)",
        ),
    };
    courses.into_iter().map(row).collect()
}

/// Bits of a code, or the share that is pruned; the scheme that is wanted.
fn width_ui(kind: Kind, scheme: &Scheme, ui: &mut Ui) -> Option<Scheme> {
    if kind == Kind::Pruned {
        let share =
            SHARES.into_iter().find(|share| format!("prune:share={}", f64::from(*share) / 100.0) == scheme.to_string());
        let mut chosen = share.unwrap_or(0);
        let mut options: Vec<(u32, String, &str)> =
            SHARES.iter().map(|share| (*share, format!("{share} %"), "")).collect();
        if share.is_none() {
            options.insert(0, (0, scheme.to_string(), ""));
        }
        let changed = select(ui, "Pruned share", &mut chosen, &options).changed();
        return changed.then(|| format!("prune:share={}", f64::from(chosen) / 100.0).parse().ok()).flatten();
    }
    let mut bits = scheme.bits()?;
    let options: Vec<(u32, String, &str)> =
        (1..=8).filter(|bits| scheme.with_bits(*bits).is_ok()).map(|bits| (bits, format!("{bits} bit"), "")).collect();
    if options.len() < 2 {
        return None;
    }
    select(ui, "Bits", &mut bits, &options).changed().then(|| scheme.with_bits(bits).ok()).flatten()
}

fn number_ui(ui: &mut Ui, name: &str, value: &mut usize, all: &[usize]) -> Option<String> {
    let words = |value: usize| {
        let unit = match (name, value) {
            ("Epochs", 1) => "epoch",
            ("Epochs", _) => "epochs",
            _ => "pictures",
        };
        format!("{} {unit}", format::count(value as u64))
    };
    let mut options: Vec<(usize, String, &str)> = all.iter().map(|value| (*value, words(*value), "")).collect();
    if !all.contains(value) {
        options.insert(0, (*value, words(*value), ""));
    }
    select(ui, name, value, &options).changed().then(|| format!("Train on {}", words(*value)))
}

/// Start, pause, go on.
pub(super) fn run_ui(ctx: &mut PageContext<'_>, shown: &Shown<'_>, log: &Log, ui: &mut Ui) {
    let phase = shown.asked.map(|_| &log.phase);
    match (phase, shown.asked) {
        (Some(Phase::Preparing | Phase::Running), Some(asked)) => {
            if button::filled(ui, "Pause").clicked() {
                asked.run.pause();
            }
        }
        (Some(Phase::Paused), Some(_)) => {
            if button::filled(ui, "Resume").clicked()
                && let Some(asked) = &mut ctx.state.networks.train.asked
            {
                asked.run.resume();
                asked.legs.1 += 1;
            }
            if button::plain(ui, "Start anew").clicked() {
                start(ctx, shown.whole);
            }
        }
        _ => {
            if button::filled(ui, "Train").clicked() {
                start(ctx, shown.whole);
            }
        }
    }
}

/// What can be done with the weights as they are now.
fn result_ui(ctx: &mut PageContext<'_>, shown: &Shown<'_>, log: &Log, ui: &mut Ui) {
    let still = matches!(log.phase, Phase::Paused | Phase::Done | Phase::Failed(_));
    let (Some(asked), Some(look), true) = (shown.asked, &log.look, still) else { return };
    let title = ctx.setup().network.choice.network.title();
    let name = format!("{title}, {}", asked.run.plan().recipe.regime);
    let normalization = asked.run.normalization();
    if button::plain(ui, "Use").on_hover_text("Choose this network here and on the other pages").clicked() {
        let network = look.seen.as_ref().clone();
        ctx.act(Action::UseTrained(Trained::new(name.clone(), network, normalization)));
    }
    if button::plain(ui, "Save…")
        .on_hover_text("As safetensors with its layers, for evaluate and Open network")
        .clicked()
    {
        match file_of(&look.seen, normalization) {
            Ok(bytes) => figure::save_bytes(ui, &name, "safetensors", Arc::new(bytes)),
            Err(reason) => ctx.act(Action::Tell(Box::new(Notice::new(Severity::Error, "Not saved", reason)))),
        }
    }
}
