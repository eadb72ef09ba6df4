//! Two rows of signs, where they agree, and their product.

use egui::{Rect, Ui, vec2};

use crate::app::context::PageContext;
use crate::app::pages::linear::parts::figure;
use crate::app::setup::Signs;
use crate::app::view::format;
use crate::app::widgets::card::Card;
use crate::app::widgets::matrix::{Fill, Matrix};
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::segmented::segmented;
use crate::engine::integer::xnor::SignRow;

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let setup = ctx.setup().signs.clone();
    let row = |bits: u32| -> Vec<f32> {
        (0..setup.length).map(|place| if bits >> place & 1 == 1 { 1.0 } else { -1.0 }).collect()
    };
    let (weights, inputs) = (SignRow::of(&row(setup.weights)), SignRow::of(&row(setup.inputs)));
    let steps = weights.steps(&inputs);
    let look = PlotLook::of(ctx.presenting);
    let presenting = ctx.presenting;
    let linked = ctx.state.signs.linked_sign;
    let (mut hovered, mut flipped, mut length) = (None, None, setup.length);
    Card::new("A product of signs")
        .subtitle("click a sign to flip it")
        .trailing(|ui| {
            if !presenting {
                segmented(ui, "Length of the rows", &mut length, &[(4, "4"), (8, "8"), (16, "16")]);
            }
        })
        .show(ui, rect, |ui| {
            let sign = |row: &SignRow, place: usize| {
                let (text, fill) = if row.bit(place) { ("1", 0.6) } else { ("−1", -0.6) };
                (text.to_owned(), Fill::Signed(fill))
            };
            let texts =
                |row: &SignRow| -> Vec<(String, Fill)> { (0..row.len()).map(|place| sign(row, place)).collect() };
            let bit = |on: &bool| (u8::from(*on).to_string(), if *on { Fill::Accent } else { Fill::Plain });
            let agree: Vec<(String, Fill)> = steps.agree.iter().map(bit).collect();
            let area = ui.max_rect();
            let head = Matrix::compact_height(&look, false);
            let foot = look.caption.size + 20.0;
            // In a lecture hall the names stand beside the rows, so that the cells are high.
            let beside = if presenting { look.caption.size * 4.6 } else { 0.0 };
            let around = if presenting { 4.0 } else { head };
            let most = if presenting { vec2(96.0, 60.0) } else { vec2(60.0, 40.0) };
            let tall = ((area.height() - foot - 4.0) / 3.0 - around - 2.0).clamp(16.0, most.y).floor();
            let wide = ((area.width() - beside) / setup.length as f32).clamp(18.0, most.x).floor();
            ui.spacing_mut().item_spacing.y = 2.0;
            let mut show = |ui: &mut Ui, title: &str, kind: &str, cells: &[(String, Fill)]| {
                let (columns, cell, look) = (setup.length, vec2(wide, tall), look.clone());
                // Two lines beside a row need its height.
                let kind = if presenting && tall < 2.4 * look.caption.size { "" } else { kind };
                let matrix = Matrix { title, kind, cost: "", columns, cells, linked, cell, look };
                let response = if presenting { matrix.show_beside(ui, beside) } else { matrix.show_compact(ui) };
                hovered = hovered.or(response.hovered);
                response.selected
            };
            let written = |row: &SignRow| -> String {
                (0..row.len()).map(|place| if row.bit(place) { '1' } else { '0' }).collect()
            };
            let weight = show(ui, "Weights", &written(&weights), &texts(&weights));
            let input = show(ui, "Inputs", &written(&inputs), &texts(&inputs));
            show(ui, "XNOR", if presenting { "" } else { "1 where the signs agree" }, &agree);
            flipped = weight.map(|place| (true, place)).or(input.map(|place| (false, place)));
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                let size = look.caption.size + if presenting { 2.0 } else { 4.0 };
                figure(ui, "popcount", &steps.ones.to_string(), size);
                figure(ui, if presenting { "shifted" } else { "shifted left" }, &steps.shifted.to_string(), size);
                let sum = format!("−{} + {} = {}", setup.length, steps.shifted, format::number(steps.product as f64));
                figure(ui, if presenting { "w · x" } else { "product" }, &sum, size);
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
        let longer: Signs = setup.with_length(length);
        ctx.edit(format!("Length {} → {length}", setup.length), None, move |setup| setup.signs.clone_from(&longer));
    }
}
