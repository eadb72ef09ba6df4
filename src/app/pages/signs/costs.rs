//! Memory and operations of a layer in float and in signs.

use egui::{Align2, Rect, Role, Ui, WidgetInfo, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::pages::linear::parts::{column_in, columns, note};
use crate::app::theme::{self, tokens};
use crate::app::view::format;
use crate::app::view::signs::costs::{COLUMNS, rows, table};
use crate::app::widgets::badge::{Badge, badge};
use crate::app::widgets::card::Card;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;
use crate::app::widgets::select::select;

/// Which layer is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Layer {
    /// 256 channels of 3 × 3 × 256 weights.
    #[default]
    Usual,
    /// The tensor in front.
    Tensor,
    /// The lecture's row.
    Row,
}

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, rect: Rect, ui: &mut Ui) {
    let mut layer = ctx.state.signs.layer;
    let tensor = ctx.tensor().filter(|tensor| !tensor.shape.is_empty() && tensor.count() > 0);
    let mut options =
        vec![(Layer::Usual, "256 × 2304: 3×3, 256 channels".to_owned(), "A convolution in the middle of a network")];
    if let Some(tensor) = tensor {
        options.push((
            Layer::Tensor,
            format!("{}, {}", tensor.name, format::shape(&tensor.shape)),
            "The tensor in front",
        ));
    } else if layer == Layer::Tensor {
        layer = Layer::Usual;
    }
    options.push((Layer::Row, "The row of 4".to_owned(), "The lecture's product"));
    let (outputs, inputs) = match (layer, tensor) {
        (Layer::Tensor, Some(tensor)) => {
            // A vector is one row.
            let outputs = if tensor.shape.len() > 1 { tensor.shape[0] } else { 1 };
            (outputs as u64, (tensor.count() / outputs.max(1)) as u64)
        }
        (Layer::Row, _) => (1, 4),
        _ => (256, 2304),
    };
    let rows = rows(outputs, inputs);
    let look = PlotLook::of(ctx.presenting);
    let presenting = ctx.presenting;
    Card::new("What a layer costs")
        .subtitle(if presenting { "" } else { "counted for one column of inputs" })
        .or_shorter(if presenting { "" } else { "counted" })
        .trailing(|ui| {
            if presenting {
                note(ui, "≈ 32× and 2×, 32× and 58×");
                badge(ui, Badge::Slide);
            } else {
                select(ui, "Layer", &mut layer, &options);
            }
        })
        .show(ui, rect, |ui| {
            let tokens = tokens(ui);
            figure::table_area(ui, "What a layer costs", || table(&rows));
            let area = ui.max_rect();
            // A lecture hall reads the ratios.
            let shares =
                if presenting { [3.0, 0.0, 0.0, 0.0, 0.0, 1.7, 2.0] } else { [2.2, 1.2, 1.2, 1.3, 1.2, 1.0, 1.2] };
            let parts = columns(area, &shares, 6.0);
            let size = look.caption.size;
            let foot = if presenting { 0.0 } else { 2.0 * (size + 6.0) + 8.0 };
            let line = ((area.height() - foot) / 7.0).clamp(size + 2.0, 34.0);
            let put = |ui: &Ui, column: usize, y: f32, text: &str, font: egui::FontId, color| {
                if shares[column] == 0.0 {
                    return;
                }
                let galley = theme::truncated(ui, text, font, color, parts[column].width());
                let left = if column == 0 { parts[0].left() } else { parts[column].right() - galley.size().x };
                ui.painter().galley(pos2(left, y - galley.size().y / 2.0), galley, color);
            };
            for (column, head) in COLUMNS.into_iter().enumerate() {
                put(ui, column, area.top() + line / 2.0, head, look.caption.clone(), tokens.muted);
            }
            for (place, row) in rows.iter().enumerate() {
                let top = area.top() + line * (1.0 + 2.0 * place as f32);
                ui.painter().hline(area.x_range(), top, (theme::HAIRLINE, tokens.grid));
                let cells = row.cells();
                for (column, text) in cells.iter().enumerate() {
                    let (font, color) = match column {
                        0 => (theme::semibold(size), tokens.text),
                        5 | 6 => (theme::cell(size), if place > 0 { tokens.accent } else { tokens.muted }),
                        _ => (theme::regular(size), tokens.text),
                    };
                    put(ui, column, top + line * 0.55, text, font, color);
                }
                let product = pos2(area.left() + 14.0, top + line * 1.45);
                ui.painter().text(product, Align2::LEFT_CENTER, &row.product, theme::cell(size), tokens.muted);
                let hit = Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), 2.0 * line));
                let response = ui.interact(hit, ui.scope_id().with(("cost", place)), egui::Sense::hover());
                let said = format!("{}; {}: {}", row.name, row.product, cells[1..].join(", "));
                response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &said));
            }
            if presenting {
                return;
            }
            let bottom = Rect::from_min_max(pos2(area.left(), area.bottom() - foot + 4.0), area.max);
            let mut foot = column_in(ui, "slide", bottom);
            foot.horizontal_wrapped(|ui| {
                badge(ui, Badge::Slide);
                note(ui, "about 32× and 2× with signs as weights, about 32× and 58× with signs on both sides");
            });
        });
    ctx.state.signs.layer = layer;
}
