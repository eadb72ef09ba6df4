//! A part of the weights, and what sign, α·sign and ternary make of it.

use egui::{Rect, Ui, vec2};

use super::{Given, Shown};
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::steps_ui;
use crate::app::session::Action;
use crate::app::view::cells;
use crate::app::view::format;
use crate::app::view::signs::{Corner, steps};
use crate::app::widgets::card::Card;
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;

/// Between two matrices.
const BETWEEN: f32 = 24.0;
/// Of the formula lines.
const FORMULA: f32 = 46.0;

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, given: &Given, rect: Rect, ui: &mut Ui) {
    let (part, presenting) = (&given.part, ctx.presenting);
    let subtitle = if part.whole { "" } else { "upper left part; SSE over all weights" };
    let look = PlotLook::of(presenting);
    let linked = ctx.state.signs.linked;
    let mut shown = ctx.state.signs.shown;
    let (mut hovered, mut picked) = (None, None);
    let control = |ui: &mut Ui| {
        let kinds =
            [(Shown::Codes, "Codes"), (Shown::Kept, "Mask"), (Shown::Values, "Values"), (Shown::Errors, "Errors")];
        segmented(ui, "Matrices show", &mut shown, &kinds);
    };
    let shown_now = ctx.state.signs.shown;
    Card::new(if presenting { "Signs" } else { "Weights by their signs" }).subtitle(subtitle).trailing(control).show(
        ui,
        rect,
        |ui| {
            let area = ui.max_rect();
            let columns = part.columns.max(1);
            let rows = part.places.len().div_ceil(columns).max(1);
            // Five side by side where their numbers can be read, else in two lines.
            let least = look.caption.size * 3.6 * columns as f32;
            let across = if area.width() >= 5.0 * least + 4.0 * BETWEEN {
                5.0
            } else if area.width() >= 3.0 * least + 2.0 * BETWEEN {
                3.0
            } else {
                2.0
            };
            let lines = if presenting { 2.0 } else { (5.0_f32 / across).ceil() };
            let room = (area.width() - (across - 1.0) * BETWEEN) / across / columns as f32;
            let line = (area.height() - FORMULA) / lines;
            let tall = (line - Matrix::compact_height(&look, true) - 4.0) / rows as f32;
            let cell = vec2(room.clamp(24.0, 72.0).floor(), tall.clamp(15.0, 44.0).floor());
            let decimals = cells::decimals(&given.weights);
            let limit = given.weights.iter().fold(f32::MIN_POSITIVE, |limit, weight| limit.max(weight.abs()));
            let number =
                |value: f32| (cells::cell(value.into(), decimals), Fill::Signed((value / limit).clamp(-1.0, 1.0)));
            let weights: Vec<(String, Fill)> = given.weights.iter().map(|&weight| number(weight)).collect();
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(BETWEEN, 2.0);
                let mut show = |ui: &mut Ui, title: &str, kind: &str, cost: &str, cells: &[(String, Fill)]| {
                    let matrix = Matrix { title, kind, cost, columns, cells, linked, cell, look: look.clone() };
                    let response = matrix.show_compact(ui);
                    hovered = hovered.or(response.hovered);
                    picked = picked.or(response.selected);
                };
                show(ui, "Weights W", "", "", &weights);
                let current = given.current.as_ref().and_then(|current| current.value.as_ref().as_ref());
                let (fixed, last) = given.study.value.corners.split_at(2.min(given.study.value.corners.len()));
                // A lecture hall has room for four.
                let last = if presenting { &[] } else { last };
                for corner in fixed.iter().chain(current).chain(last) {
                    let cells = corner_cells(corner, &given.weights, shown_now, &number);
                    let sse = format!("SSE {}", steps::trimmed(corner.report.sse, 6));
                    show(ui, corner.title, &scales(corner), &sse, &cells);
                }
            });
            formulas(given, presenting, ui);
        },
    );
    ctx.state.signs.shown = shown;
    ctx.state.signs.linked = hovered;
    if let Some(cell) = picked {
        ctx.act(Action::SelectWeight(part.places[cell]));
    }
}

/// `× 1.5`, or both scales where they differ.
fn scales(corner: &Corner) -> String {
    let digits = |value: f32| format::significant(value.abs().into(), 5);
    match corner.levels {
        [low, high] if high == 1.0 && low == -1.0 => String::new(),
        [low, high] if -low == high => format!("× {}", digits(high)),
        [low, high] => format!("× {}, {}", digits(low), digits(high)),
    }
}

/// The cells of a quantized part.
fn corner_cells(
    corner: &Corner,
    weights: &[f32],
    shown: Shown,
    number: &dyn Fn(f32) -> (String, Fill),
) -> Vec<(String, Fill)> {
    let each = corner.signs.iter().zip(&corner.values).zip(weights);
    each.map(|((&sign, &value), &weight)| match (shown, sign) {
        (Shown::Codes, 0) => ("0".to_owned(), Fill::Faint),
        (Shown::Codes, sign) if sign > 0 => ("1".to_owned(), Fill::Signed(0.6)),
        (Shown::Codes, _) => ("−1".to_owned(), Fill::Signed(-0.6)),
        (Shown::Kept, 0) => ("0".to_owned(), Fill::Faint),
        (Shown::Kept, _) => ("1".to_owned(), Fill::Soft),
        (Shown::Values, _) => number(value),
        (Shown::Errors, _) => number(weight - value),
    })
    .collect()
}

/// How α, Δ and the scale come about.
fn formulas(given: &Given, presenting: bool, ui: &mut Ui) {
    let study = &given.study.value;
    let threshold = study.threshold(&given.ternary);
    let point = study.at(given.ternary.scales, threshold);
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 28.0;
        if !presenting {
            steps_ui(ui, &steps::alpha(&study.all), 16.0);
        }
        steps_ui(ui, &steps::threshold(&given.ternary, &study.all, threshold), 16.0);
        if let Some(scale) = steps::scale(&given.ternary, &study.all, &point) {
            steps_ui(ui, &scale, 16.0);
        }
    });
}
