//! Every layer at every width by itself, and accuracy by size for mixes of widths.

use std::sync::Arc;

use egui::{Rect, Ui, pos2};

use super::work::{self, LayersNews};
use super::{Told, areas, measure_ui, mix};
use crate::app::board::Phase;
use crate::app::context::PageContext;
use crate::app::setup::Goal;
use crate::app::study::{Outcome, QUICK, quick_words};
use crate::app::theme::GAP;
use crate::app::view::bits::layers::{self as view, By, FrontPoint};
use crate::app::widgets::card::{self, Card};
use crate::app::widgets::chart::chart;
use crate::app::widgets::grid::grid;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::network::Subject;

/// Draws the view.
pub fn ui(ctx: &mut PageContext<'_>, shared: &Arc<Outcome<Subject>>, subject: &Subject, rest: Rect, ui: &mut Ui) {
    let run = work::layers(ctx, shared);
    let told = ctx.state.networks.bits.layers.read(&ctx.setup().network.choice);
    let refused = run.as_ref().and_then(|(_, layered)| layered.value.as_ref().as_ref().err().cloned());
    let found = run.as_ref().and_then(|(_, layered)| layered.value.as_ref().as_ref().ok());
    let chosen = run.as_ref().and_then(|(asked, layered)| work::chosen(ctx, shared, (asked, layered)));
    let choice = found.and_then(|found| mix::Choice::new(ctx, subject, found, chosen.as_ref()));
    if ctx.presenting {
        let split = rest.left() + ((rest.width() - GAP) * 0.5).round();
        grid_ui(
            ctx,
            subject,
            &told,
            refused.as_deref(),
            choice.as_ref(),
            Rect::from_min_max(rest.min, pos2(split, rest.bottom())),
            ui,
        );
        return front_ui(
            ctx,
            subject,
            &told,
            choice.as_ref(),
            Rect::from_min_max(pos2(split + GAP, rest.top()), rest.max),
            ui,
        );
    }
    let rows = subject.network.parameters.iter().filter(|parameter| parameter.is_weight()).count() as f32;
    let wanted = (120.0 + 46.0 * rows) / rest.height().max(1.0);
    let [upper, lower, side] = areas(rest, wanted.clamp(0.3, 0.55), [250.0, 250.0]);
    grid_ui(ctx, subject, &told, refused.as_deref(), choice.as_ref(), upper, ui);
    front_ui(ctx, subject, &told, choice.as_ref(), lower, ui);
    mix::ui(ctx, subject, found, choice.as_ref(), side, ui);
}

/// Layers by bits.
fn grid_ui(
    ctx: &mut PageContext<'_>,
    subject: &Subject,
    told: &Told<LayersNews>,
    refused: Option<&str>,
    choice: Option<&mix::Choice>,
    rect: Rect,
    ui: &mut Ui,
) {
    let cells: Vec<view::Told> = told
        .news
        .iter()
        .filter_map(|news| match news {
            LayersNews::Cell(cell) => Some(*cell),
            LayersNews::Front(_) => None,
        })
        .collect();
    let subtitle = match (refused, cells.len()) {
        (Some(reason), _) => reason.to_owned(),
        (None, 0) if told.phase == Phase::Running => format!("measuring on the first {}", quick_words(subject)),
        (None, 0) => "nothing measured yet".to_owned(),
        (None, _) => {
            let (state, of) = (told.state(ctx.scheme()), quick_words(subject));
            format!("{state}one layer at a time, all others float32, {of}")
        }
    };
    let look = PlotLook::of(ctx.presenting);
    let mut by = ctx.state.networks.bits.by;
    let drawn = view::grid(subject, &cells, by, choice.map(|choice| choice.bits.as_slice()));
    Card::new("Sensitivity")
        .subtitle(&subtitle)
        .or_shorter("one layer at a time")
        .trailing(|ui| {
            if ctx.presenting {
                measure_ui(ctx, ui);
            }
            segmented(ui, "Measure of sensitivity", &mut by, &[(By::Loss, "Loss"), (By::Points, "Accuracy")]);
        })
        .show(ui, rect, |ui| match cells.len() {
            0 if told.phase != Phase::Running => {
                card::nothing(ui, "Measure quantizes one layer at a time, at every width");
            }
            _ => drop(grid(ui, &drawn, &look)),
        });
    ctx.state.networks.bits.by = by;
}

/// Accuracy by size.
fn front_ui(
    ctx: &mut PageContext<'_>,
    subject: &Subject,
    told: &Told<LayersNews>,
    choice: Option<&mix::Choice>,
    rect: Rect,
    ui: &mut Ui,
) {
    let points: Vec<FrontPoint> = told
        .news
        .iter()
        .filter_map(|news| match news {
            LayersNews::Front(point) => Some(point.clone()),
            LayersNews::Cell(_) => None,
        })
        .collect();
    let current = choice.map(|choice| (choice.bytes, choice.accuracy()));
    let drawn = view::front(&points, subject, QUICK, current);
    let subtitle = if points.is_empty() {
        String::new()
    } else {
        format!("{}mixes of least added loss, each measured on {}", told.state(ctx.scheme()), quick_words(subject))
    };
    let response = Card::new("Accuracy by size").subtitle(&subtitle).show(ui, rect, |ui| {
        if points.is_empty() {
            let why = if told.phase == Phase::Running { "Comes after the layers" } else { "Not measured yet" };
            card::nothing(ui, why);
            return None;
        }
        Some(chart(ui, &drawn, &PlotLook::of(ctx.presenting)))
    });
    let Some((series, point)) = response.and_then(|response| response.clicked) else { return };
    // A click asks for the size of the point.
    let Some(size) = drawn.series.get(series).and_then(|series| series.points.get(point)).map(|point| point.x) else {
        return;
    };
    let float = crate::engine::compress::NetworkSize::float(&subject.network).bytes as f64;
    let ratio = float / (size * 1024.0);
    ctx.edit(format!("{} smaller", crate::app::view::format::ratio(ratio)), None, move |setup| {
        // A hair less, so that rounding does not leave the point itself out.
        setup.network.bits.ratio = ratio * (1.0 - 1e-9);
        setup.network.bits.goal = Goal::Size;
    });
}
