//! The cards of the page about binary and ternary weights.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Corner;
use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{columns, figure, label};
use crate::app::session::Action;
use crate::app::theme::{self, tokens};
use crate::app::view::cells;
use crate::app::view::format;
use crate::app::view::signs::{PUBLISHED, Study, ladder_chart, threshold_chart, threshold_of};
use crate::app::widgets::badge::{Badge, badge};
use crate::app::widgets::button;
use crate::app::widgets::card::Card;
use crate::app::widgets::chart::chart;
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::select::select;
use crate::engine::integer::xnor::SignRow;
use crate::engine::quantize::{Quantizer, Ternary, Threshold};

/// Thresholds of the curve.
const POINTS: usize = 400;

/// The weights, and their signs four ways.
pub fn matrices_ui(
    ctx: &mut PageContext<'_>,
    study: &Study,
    corner: &Corner,
    originals: &[f32],
    rect: Rect,
    ui: &mut Ui,
) {
    let subtitle = if corner.whole { "" } else { "upper left corner; errors over all weights" };
    let look = PlotLook::of(ctx.presenting);
    let linked = ctx.state.signs.linked;
    let (mut hovered, mut picked) = (None, None);
    Card::new("Weights by their signs").subtitle(subtitle).show(ui, rect, |ui| {
        let decimals = cells::decimals(originals);
        let limit = originals.iter().fold(f32::MIN_POSITIVE, |limit, weight| limit.max(weight.abs()));
        let weights: Vec<(String, Fill)> = originals
            .iter()
            .map(|&weight| (cells::cell(weight.into(), decimals), Fill::Signed(weight / limit)))
            .collect();
        let area = ui.max_rect();
        let rows = originals.len().div_ceil(corner.columns.max(1)).max(1);
        let room = (area.width() - 4.0 * 22.0) / 5.0 / corner.columns.max(1) as f32;
        let tall = (area.height() - Matrix::compact_height(&look, true)) / rows as f32;
        let cell = vec2(room.clamp(24.0, 64.0).floor(), tall.clamp(15.0, 40.0).floor());
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 22.0;
            let mut show = |ui: &mut Ui, title: &str, kind: &str, cost: &str, cells: &[(String, Fill)]| {
                let columns = corner.columns;
                let matrix = Matrix { title, kind, cost, columns, cells, linked, cell, look: look.clone() };
                let response = matrix.show_compact(ui);
                hovered = hovered.or(response.hovered);
                picked = picked.or(response.selected);
            };
            show(ui, "Weights W", "", "32 bit a weight", &weights);
            for quantized in &study.corners {
                let cells: Vec<(String, Fill)> = quantized
                    .signs
                    .iter()
                    .map(|&sign| match sign {
                        0 => ("0".to_owned(), Fill::Faint),
                        1 => ("1".to_owned(), Fill::Signed(0.6)),
                        _ => ("−1".to_owned(), Fill::Signed(-0.6)),
                    })
                    .collect();
                let scale = format!("× {}", format::significant(quantized.scale.into(), 4));
                let scale = if quantized.scale == 1.0 { "" } else { scale.as_str() };
                let sse = format!("SSE {}", cells::sse(quantized.report.sse));
                show(ui, quantized.title, scale, &sse, &cells);
            }
        });
    });
    ctx.state.signs.linked = hovered;
    if let Some(cell) = picked {
        ctx.act(Action::SelectWeight(corner.places[cell]));
    }
}

/// The error of every threshold, with a handle.
pub fn threshold_ui(ctx: &mut PageContext<'_>, study: &Study, ternary: &Ternary, rect: Rect, ui: &mut Ui) {
    let curve = study.magnitudes.curve(POINTS);
    let threshold = threshold_of(ternary, &study.magnitudes, &curve);
    let point = study.magnitudes.at(threshold);
    let presenting = ctx.presenting;
    let mut edited = ternary.clone();
    let mut options = vec![
        (Threshold::Twn, "0.7 mean |W|".to_owned(), "Ternary weight networks"),
        (Threshold::Optimal, "Optimal".to_owned(), "The least squared error of all thresholds"),
        (Threshold::AbsMean, "mean |W| / 2".to_owned(), "BitNet b1.58"),
        (Threshold::Share(0.05), "0.05 max |W|".to_owned(), "Trained ternary quantization"),
    ];
    if !options.iter().any(|(option, ..)| *option == ternary.threshold) {
        options.push((ternary.threshold, "By hand".to_owned(), "Drag the line, or choose a rule"));
    }
    let mut chosen = false;
    let mut moved = None;
    Card::new("Where zero ends")
        .trailing(|ui| {
            if !presenting {
                chosen = select(ui, "Threshold", &mut edited.threshold, &options).changed();
            }
        })
        .show(ui, rect, |ui| {
            ui.horizontal(|ui| {
                figure(ui, "Δ", &format::significant(threshold, 4), 16.0);
                figure(ui, "scale", &format::significant(point.scale, 4), 16.0);
                figure(ui, "zeros", &format::count(point.zeros), 16.0);
                figure(ui, "SSE", &cells::sse(point.sse), 16.0);
            });
            let shown =
                chart(ui, &threshold_chart(&curve, study.magnitudes.mean(), threshold), &PlotLook::of(presenting));
            moved = shown.moved;
        });
    if chosen {
        set(ctx, edited, None);
    } else if let Some(moved) = moved {
        let gesture = ctx.state.gestures.of(&moved.response);
        set(ctx, Ternary { threshold: Threshold::Fixed(moved.x.max(0.0) as f32), ..ternary.clone() }, gesture);
    }
}

fn set(ctx: &mut PageContext<'_>, ternary: Ternary, gesture: Option<u64>) {
    let scheme = ctx.scheme().with_quantizer(Quantizer::Ternary(ternary));
    ctx.act(Action::SetScheme { scheme, gesture });
}

/// Squared errors from one bit to two.
pub fn ladder_ui(ctx: &mut PageContext<'_>, study: &Study, rect: Rect, ui: &mut Ui) {
    let look = PlotLook::of(ctx.presenting);
    let mut clicked = None;
    Card::new("From sign to four centroids").subtitle("SSE of the same weights; click a bar to use its scheme").show(
        ui,
        rect,
        |ui| clicked = chart(ui, &ladder_chart(&study.rungs), &look).clicked,
    );
    if let Some((_, place)) = clicked
        && let Some(rung) = study.rungs.iter().filter(|rung| rung.report.is_some()).nth(place)
        && let Ok(scheme) = rung.text.parse()
    {
        ctx.set_scheme(scheme);
    }
}

/// Two rows of signs, where they agree, and their product.
pub fn xnor_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let setup = ctx.setup().signs.clone();
    let row = |bits: u32| -> Vec<f32> {
        (0..setup.length).map(|place| if bits >> place & 1 == 1 { 1.0 } else { -1.0 }).collect()
    };
    let (weights, inputs) = (SignRow::of(&row(setup.weights)), SignRow::of(&row(setup.inputs)));
    let steps = weights.steps(&inputs);
    let look = PlotLook::of(ctx.presenting);
    let mut length = setup.length;
    let lengths: Vec<(usize, String, &str)> = [4, 8, 16].map(|length| (length, length.to_string(), "")).to_vec();
    let presenting = ctx.presenting;
    let linked = ctx.state.signs.linked_sign;
    let (mut hovered, mut flipped) = (None, None);
    Card::new("A product of signs")
        .subtitle(if presenting { "" } else { "click a sign to flip it" })
        .trailing(|ui| {
            if !presenting {
                select(ui, "Length", &mut length, &lengths);
                label(ui, "Length");
            }
        })
        .show(ui, rect, |ui| {
            let sign = |row: &SignRow, place: usize| {
                let (text, fill) = if row.bit(place) { ("1", 0.6) } else { ("−1", -0.6) };
                (text.to_owned(), Fill::Signed(fill))
            };
            let texts =
                |row: &SignRow| -> Vec<(String, Fill)> { (0..row.len()).map(|place| sign(row, place)).collect() };
            let agree: Vec<(String, Fill)> = steps
                .agree
                .iter()
                .map(|&agree| (u8::from(agree).to_string(), if agree { Fill::Accent } else { Fill::Plain }))
                .collect();
            let area = ui.max_rect();
            let line = Matrix::compact_height(&look, false);
            let tall = ((area.height() - 56.0) / 3.0 - line).clamp(16.0, 34.0).floor();
            let wide = (area.width() / setup.length as f32).clamp(18.0, 52.0).floor();
            ui.spacing_mut().item_spacing.y = 2.0;
            let mut show = |ui: &mut Ui, title: &str, kind: &str, cells: &[(String, Fill)]| {
                let matrix = Matrix {
                    title,
                    kind,
                    cost: "",
                    columns: setup.length,
                    cells,
                    linked,
                    cell: vec2(wide, tall),
                    look: look.clone(),
                };
                let response = matrix.show_compact(ui);
                hovered = hovered.or(response.hovered);
                response.selected
            };
            let weight = show(ui, "Weights", "bit 1 is 1, bit 0 is −1", &texts(&weights));
            let input = show(ui, "Inputs", "", &texts(&inputs));
            show(ui, "XNOR", "1 where the signs agree", &agree);
            flipped = weight.map(|place| (true, place)).or(input.map(|place| (false, place)));
            ui.horizontal_wrapped(|ui| {
                figure(ui, "popcount", &steps.ones.to_string(), 15.0);
                figure(ui, "≪ 1", &steps.shifted.to_string(), 15.0);
                let sum = format!("−{} + {} = {}", setup.length, steps.shifted, format::number(steps.product as f64));
                figure(ui, "product", &sum, 15.0);
            });
        });
    ctx.state.signs.linked_sign = hovered;
    if let Some((of_weights, place)) = flipped {
        let what = format!("{} {} flipped", if of_weights { "Weight" } else { "Input" }, place + 1);
        ctx.edit(what, None, move |setup| {
            let row = if of_weights { &mut setup.signs.weights } else { &mut setup.signs.inputs };
            *row ^= 1 << place;
        });
    }
    if length != setup.length {
        ctx.edit(format!("Length {} → {length}", setup.length), None, move |setup| setup.signs.length = length);
    }
}

/// What others measured, and the way to measuring it here.
pub fn published_ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let mut measure = false;
    Card::new("What a network loses")
        .subtitle("ImageNet top-1, %")
        .trailing(|ui| {
            measure = button::link(ui, "Measure here", "Measure on the built-in networks").clicked();
            badge(ui, Badge::Published);
        })
        .show(ui, rect, |ui| {
            let tokens = tokens(ui.ctx());
            let area = ui.max_rect();
            let parts = columns(area, &[2.2, 1.2, 0.8, 0.8, 1.0], 8.0);
            let line = (area.height() / (PUBLISHED.len() as f32 + 1.0)).clamp(15.0, 26.0);
            let text = |column: usize, row: usize, text: &str, font, color| {
                let y = area.top() + (row as f32 + 0.5) * line;
                let (at, align) = if column < 1 {
                    (parts[column].left(), Align2::LEFT_CENTER)
                } else {
                    (parts[column].right(), Align2::RIGHT_CENTER)
                };
                ui.painter().text(pos2(at, y), align, text, font, color);
            };
            for (column, head) in ["", "bits W, A", "float", "few", "difference"].into_iter().enumerate() {
                text(column, 0, head, theme::small(), tokens.muted);
            }
            for (index, row) in PUBLISHED.iter().enumerate() {
                let place = index + 1;
                let loss = row.few - row.float;
                let signed = format!("{}{}", if loss > 0.0 { "+" } else { "" }, format::fixed(loss, 1));
                text(0, place, row.name, theme::small(), tokens.text);
                text(1, place, row.bits, theme::mono(), tokens.text);
                text(2, place, &format::fixed(row.float, 1), theme::mono(), tokens.real);
                text(3, place, &format::fixed(row.few, 1), theme::mono(), tokens.accent);
                let color = if loss < -10.0 { tokens.warn } else { tokens.text };
                text(4, place, &signed, theme::mono(), color);
                let hit =
                    Rect::from_min_size(pos2(area.left(), area.top() + place as f32 * line), vec2(area.width(), line));
                let response = ui.interact(hit, ui.scope_id().with(("published", index)), Sense::hover());
                let said = format!("{}: float {}, {} bits {}, published", row.name, row.float, row.bits, row.few);
                response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
            }
        });
    if measure {
        ctx.act(Action::ShowPage("accuracy"));
    }
}
