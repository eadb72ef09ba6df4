//! Training under a regime: loss and accuracy as they go, weights that move, gradients over the grids of small formats.

mod cards;
mod controls;

use std::sync::Arc;

use egui::{Rect, Ui, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::study::{self, Outcome};
use crate::app::theme::GAP;
use crate::app::training::{Log, Plan, Run};
use crate::app::view::training::LayerFigures;
use crate::app::widgets::card;
use crate::engine::network::Subject;

/// The slot of the training job.
const SLOT: &str = "networks/train";
/// The slot of the figures of a layer.
const LAYER: &str = "networks/train/layer";

/// What the page remembers of its training.
#[derive(Default)]
pub struct Train {
    asked: Option<Asked>,
    /// Trainings that were started so far.
    runs: u64,
    /// The layer whose weights and gradients are shown.
    layer: usize,
    /// Exponent of the scale that gradients are multiplied by.
    exponent: i32,
    /// The grid that is held against them.
    grid: usize,
}

/// A training that was asked for.
#[derive(Clone)]
struct Asked {
    run: Run,
    /// Which training it is, and how often it was taken up.
    legs: (u64, u64),
}

/// Draws the page.
pub fn ui(ctx: &mut PageContext<'_>, ui: &mut Ui) {
    let canvas = ui.max_rect();
    let waiting = |ui: &mut Ui, why: &str| card::plain(ui, canvas, "waiting", |ui| card::nothing(ui, why));
    let Some(subject) = study::subject_of(ctx) else {
        return waiting(ui, "The network answers in float32 first");
    };
    let of = match subject.as_ref() {
        // The controls are the way out of what does not fit.
        Err(reason) => {
            let controls = Rect::from_min_size(canvas.min, vec2(canvas.width(), controls::height(canvas.width())));
            controls::ui(ctx, None, &Log::default(), controls, ui);
            let rest = Rect::from_min_max(pos2(canvas.left(), controls.bottom() + GAP), canvas.max);
            return card::plain(ui, rest, "refused", |ui| card::nothing(ui, reason));
        }
        Ok(of) => of,
    };
    go_on(ctx);
    let asked =
        ctx.state.networks.train.asked.clone().filter(|asked| asked.run.plan().choice == ctx.setup().network.choice);
    let log = asked.as_ref().map_or_else(Log::default, |asked| asked.run.log());
    let figures = figures(ctx, asked.as_ref(), &log);
    let shown = Shown {
        subject: of,
        whole: &subject,
        asked: asked.as_ref(),
        log: &log,
        figures: figures.as_deref().and_then(Option::as_ref),
    };
    let narrow = canvas.width() < 1000.0;
    let height = match (ctx.presenting, narrow) {
        (true, _) => 0.0,
        (false, true) => controls::height(canvas.width()) + 4.0 * (250.0 + GAP),
        (false, false) => controls::height(canvas.width()) + 2.0 * (230.0 + GAP),
    };
    if canvas.height() >= height {
        return all(ctx, &shown, (canvas, narrow), ui);
    }
    egui::ScrollArea::vertical().id_salt("train").auto_shrink(false).show(ui, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
        all(ctx, &shown, (rect, narrow), ui);
    });
}

/// What there is to show.
struct Shown<'a> {
    subject: &'a Subject,
    whole: &'a Arc<Outcome<Subject>>,
    asked: Option<&'a Asked>,
    log: &'a Log,
    figures: Option<&'a LayerFigures>,
}

/// Asks for the job of the training that was asked for.
fn go_on(ctx: &mut PageContext<'_>) {
    let Some(asked) = ctx.state.networks.train.asked.clone() else { return };
    let run = asked.run.clone();
    ctx.derive(SLOT, "Training", asked.legs, move |_, handle| run.go_on(handle));
}

/// The figures of the layer that is looked at, computed beside the frame.
fn figures(ctx: &mut PageContext<'_>, asked: Option<&Asked>, log: &Log) -> Option<Arc<Option<LayerFigures>>> {
    let (asked, look, before) = (asked?, log.look.clone()?, log.before.clone()?);
    let page = &ctx.state.networks.train;
    let key = (asked.legs.0, look.step, page.layer, page.exponent);
    let run = key.0;
    let made = ctx.derive(LAYER, "Weights and gradients", key, move |key, _| {
        Ok(LayerFigures::of(&before, &look, key.2, key.3))
    })?;
    // Figures of an older step are shown while newer ones come; those of another training are not.
    let is_own = ctx.made_from::<(u64, usize, usize, i32)>(LAYER).is_some_and(|key| key.0 == run);
    is_own.then_some(made.value)
}

fn all(ctx: &mut PageContext<'_>, shown: &Shown<'_>, (canvas, narrow): (Rect, bool), ui: &mut Ui) {
    let mut rest = canvas;
    if !ctx.presenting {
        let controls = Rect::from_min_size(canvas.min, vec2(canvas.width(), controls::height(canvas.width())));
        controls::ui(ctx, Some(shown), shown.log, controls, ui);
        rest.min.y = controls.bottom() + GAP;
    }
    let columns = if narrow && !ctx.presenting { 1 } else { 2 };
    let rows = 4 / columns;
    let size = vec2(
        ((rest.width() - GAP * (columns - 1) as f32) / columns as f32).round(),
        ((rest.height() - GAP * (rows - 1) as f32) / rows as f32).round(),
    );
    let cell = |place: usize| {
        let (column, row) = (place % columns, place / columns);
        let offset = vec2(column as f32 * (size.x + GAP), row as f32 * (size.y + GAP));
        Rect::from_min_size(rest.min + offset, size)
    };
    cards::loss_ui(ctx, shown, cell(0), ui);
    cards::accuracy_ui(ctx, shown, cell(1), ui);
    cards::weights_ui(ctx, shown, cell(2), ui);
    cards::gradients_ui(ctx, shown, cell(3), ui);
}

/// Starts a training from the beginning.
fn start(ctx: &mut PageContext<'_>, subject: &Arc<Outcome<Subject>>) {
    let plan = Plan { choice: ctx.setup().network.choice.clone(), recipe: ctx.setup().network.training.clone() };
    let page = &mut ctx.state.networks.train;
    page.runs += 1;
    if let Some(older) = &page.asked {
        older.run.pause();
    }
    page.asked = Some(Asked { run: Run::new(plan, Arc::clone(subject)), legs: (page.runs, 0) });
}
