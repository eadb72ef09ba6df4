//! Where bits are worth their bytes: convolutions and fully connected layers apart, and every layer by itself.

mod kinds;
mod layers;
mod mix;
mod pairs;
mod work;

use std::sync::Arc;

use egui::{Align, Layout, Rect, Ui, UiBuilder, pos2, vec2};

use super::choice::{data_ui, network_ui, preprocessing_ui, refused_ui};
use crate::app::board::{Board, Phase};
use crate::app::context::PageContext;
use crate::app::pages::tensor::family_ui;
use crate::app::setup::BitsView;
use crate::app::study::{self, Outcome};
use crate::app::theme::GAP;
use crate::app::view::bits::layers::By;
use crate::app::view::bits::weights::Moment;
use crate::app::widgets::button;
use crate::app::widgets::card;
use crate::app::widgets::tabs::tabs;
use crate::engine::compress::Recipe;
use crate::engine::network::quantized::WidthCell;
use crate::engine::network::{Normalization, Subject};
use crate::engine::quantize::Scheme;
use crate::sources::{Choice, NetworkSource};

/// Height of the card with the controls.
const CONTROLS: f32 = 90.0;
/// Width of the column at the right.
const SIDE: f32 = 360.0;
/// A narrower card has short names for the views.
const SHORT_NAMES: f32 = 1060.0;

/// What the page remembers of its runs.
#[derive(Default)]
pub struct Bits {
    runs: u64,
    kinds: Run<work::KindsNews>,
    layers: Run<work::LayersNews>,
    pairs: Run<WidthCell>,
    /// What the colours of the grid stand for.
    by: By,
    /// The layer whose weights are shown.
    layer: usize,
    /// Which moment of them.
    moment: Moment,
    /// Which published table is shown.
    table: usize,
    /// Whether AlexNet's curves are left out: what is measured then has the whole height.
    alone: bool,
}

/// A run of one view.
struct Run<T> {
    asked: Option<Asked>,
    board: Board<T>,
}

impl<T> Default for Run<T> {
    fn default() -> Self {
        Self { asked: None, board: Board::default() }
    }
}

impl<T: Clone> Run<T> {
    /// What has been told for this network and these pictures, how far it is, and by which quantizer.
    fn read(&self, choice: &Choice) -> Told<T> {
        let asked = self.asked.clone().filter(|asked| asked.choice == *choice);
        let (news, phase) = self.board.read();
        match asked {
            Some(asked) => Told { news, phase, scheme: Some(asked.scheme), recipe: asked.recipe },
            None => Told { news: Vec::new(), phase: Phase::Idle, scheme: None, recipe: None },
        }
    }

    fn is_running(&self) -> bool {
        self.asked.is_some() && self.board.read().1 == Phase::Running
    }
}

/// What a run has told so far.
struct Told<T> {
    news: Vec<T>,
    phase: Phase,
    scheme: Option<Scheme>,
    recipe: SetRecipe,
}

/// The recipe of Deep Compression that was set, and for which network; `None` where the network's own holds.
type SetRecipe = Option<(NetworkSource, Recipe)>;

impl<T> Told<T> {
    /// How far it is, before the words that say what there is: empty once it is done with the quantizer that is set now.
    fn state(&self, now: &Scheme) -> &'static str {
        match (self.phase, &self.scheme) {
            (Phase::Running, _) => "measuring; ",
            (Phase::Stopped, _) => "stopped; ",
            (_, Some(scheme)) if *scheme != any_width(now) => "of an older quantizer; ",
            _ => "",
        }
    }

    /// The same where weights are pruned, too.
    fn pruned_state(&self, now: &Scheme, recipe: &SetRecipe) -> &'static str {
        match self.state(now) {
            "" if self.scheme.is_some() && self.recipe != *recipe => "pruned by an older recipe; ",
            state => state,
        }
    }
}

/// A run that was asked for.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    choice: Choice,
    /// The quantizer; its width does not count.
    scheme: Scheme,
    /// Width of the weights that are shown.
    bits: u8,
    recipe: SetRecipe,
    run: u64,
}

/// The quantizer without what its width is.
fn any_width(scheme: &Scheme) -> Scheme {
    scheme.with_bits(8).unwrap_or_else(|_| scheme.clone())
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let canvas = ui.max_rect();
    let waiting = |ui: &mut Ui, why: &str| card::plain(ui, canvas, "waiting", |ui| card::nothing(ui, why));
    let Some(subject) = study::subject_of(ctx) else {
        return waiting(ui, "The network answers in float32 first");
    };
    let of = match subject.as_ref() {
        Err(reason) => return refused_ui(ctx, reason, canvas, ui),
        Ok(of) => of,
    };
    let view = ctx.setup().network.bits.view;
    let least = match (ctx.presenting, canvas.width() < 1000.0, view) {
        (true, ..) => 0.0,
        (false, false, _) => CONTROLS + GAP + 470.0,
        (false, true, BitsView::Kinds) => CONTROLS + 300.0 + 250.0 + 300.0 + 3.0 * GAP,
        (false, true, BitsView::Activations) => CONTROLS + 360.0 + 560.0 + 2.0 * GAP,
        (false, true, BitsView::Layers) => CONTROLS + 250.0 + 250.0 + 400.0 + 3.0 * GAP,
    };
    if canvas.height() >= least {
        return all(ctx, &subject, of, canvas, ui);
    }
    egui::ScrollArea::vertical().id_salt("bits").auto_shrink(false).show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), least), egui::Sense::hover());
        all(ctx, &subject, of, rect, ui);
    });
}

fn all(ctx: &mut PageContext<'_>, shared: &Arc<Outcome<Subject>>, subject: &Subject, canvas: Rect, ui: &mut Ui) {
    let mut rest = canvas;
    if !ctx.presenting {
        let controls = Rect::from_min_size(canvas.min, vec2(canvas.width(), CONTROLS));
        controls_ui(ctx, subject.normalization, controls, ui);
        rest.min.y = controls.bottom() + GAP;
    }
    match ctx.setup().network.bits.view {
        BitsView::Kinds => kinds::ui(ctx, shared, rest, ui),
        BitsView::Layers => layers::ui(ctx, shared, subject, rest, ui),
        BitsView::Activations => pairs::ui(ctx, shared, subject, rest, ui),
    }
}

/// Two cards above each other at the left and one beside them; all below each other where there is no room.
fn areas(rest: Rect, upper: f32, [first, second]: [f32; 2]) -> [Rect; 3] {
    if rest.width() >= 1000.0 - 2.0 * GAP {
        let split = rest.right() - SIDE;
        let middle = rest.top() + ((rest.height() - GAP) * upper).round();
        return [
            Rect::from_min_max(rest.min, pos2(split - GAP, middle)),
            Rect::from_min_max(pos2(rest.left(), middle + GAP), pos2(split - GAP, rest.bottom())),
            Rect::from_min_max(pos2(split, rest.top()), rest.max),
        ];
    }
    let row = |top: f32, height: f32| Rect::from_min_size(pos2(rest.left(), top), vec2(rest.width(), height));
    let upper = row(rest.top(), first);
    let lower = row(upper.bottom() + GAP, second);
    let side = Rect::from_min_max(pos2(rest.left(), lower.bottom() + GAP), rest.max);
    [upper, lower, side]
}

fn controls_ui(ctx: &mut PageContext<'_>, trained: Normalization, rect: Rect, ui: &mut Ui) {
    card::plain(ui, rect, "controls", |ui| {
        let inner = ui.max_rect();
        let button_width = 96.0;
        let left = Rect::from_min_max(inner.min, inner.max - vec2(button_width, 0.0));
        let mut rows = ui.new_child(UiBuilder::new().max_rect(left));
        rows.set_clip_rect(left.expand(4.0).intersect(ui.clip_rect()));
        rows.spacing_mut().item_spacing.y = 8.0;
        rows.horizontal(|ui| {
            network_ui(ctx, ui);
            data_ui(ctx, ui);
            preprocessing_ui(ctx, Some(trained), ui);
            view_ui(ctx, rect.width() < SHORT_NAMES, ui);
        });
        rows.horizontal(|ui| family_ui(ctx, ui));
        let place = Rect::from_min_max(pos2(inner.right() - button_width, inner.top()), inner.max);
        let mut right = ui.new_child(UiBuilder::new().max_rect(place).layout(Layout::right_to_left(Align::Min)));
        measure_ui(ctx, &mut right);
    });
}

fn view_ui(ctx: &mut PageContext<'_>, short: bool, ui: &mut Ui) {
    let mut view = ctx.setup().network.bits.view;
    let names = match short {
        true => ["By kind", "Layer by layer", "W × A"],
        false => ["Convolution and fully connected", "Layer by layer", "Weights × activations"],
    };
    let options = [(BitsView::Kinds, names[0]), (BitsView::Layers, names[1]), (BitsView::Activations, names[2])];
    if tabs(ui, "View", &mut view, &options).changed() {
        let words = options.iter().find(|(value, _)| *value == view).map_or("", |(_, words)| words);
        ctx.edit(words, None, move |setup| setup.network.bits.view = view);
    }
}

/// The button that starts what the view shows, or ends it.
fn measure_ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let view = ctx.setup().network.bits.view;
    let page = &ctx.state.networks.bits;
    let running = match view {
        BitsView::Kinds => page.kinds.is_running(),
        BitsView::Layers => page.layers.is_running(),
        BitsView::Activations => page.pairs.is_running(),
    };
    if running {
        if button::plain(ui, "Stop").clicked() {
            match view {
                BitsView::Kinds => page.kinds.board.stop(),
                BitsView::Layers => page.layers.board.stop(),
                BitsView::Activations => page.pairs.board.stop(),
            }
        }
    } else if button::filled(ui, "Measure").clicked() {
        let (choice, scheme) = (ctx.setup().network.choice.clone(), any_width(ctx.scheme()));
        let bits = ctx.scheme().bits().unwrap_or(4).clamp(1, 8) as u8;
        let recipe = ctx.setup().network.recipe.clone();
        let page = &mut ctx.state.networks.bits;
        page.runs += 1;
        let asked = Some(Asked { choice, scheme, bits, recipe, run: page.runs });
        match view {
            BitsView::Kinds => page.kinds = Run { asked, board: Board::running() },
            BitsView::Layers => page.layers = Run { asked, board: Board::running() },
            BitsView::Activations => page.pairs = Run { asked, board: Board::running() },
        }
    }
}
