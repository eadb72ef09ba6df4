//! What a codebook saves of a layer, and what it does not.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Decode;
use crate::app::theme::{self, tokens};
use crate::app::view::figure::{Cell, Table};
use crate::app::view::format;
use crate::app::widgets::card::Card;
use crate::app::widgets::figure;
use crate::engine::quantize::lookup::Traffic;

impl Decode<'_> {
    /// All weights against float32: what is read, and what is computed.
    pub(super) fn costs_ui(&self, rect: Rect, ui: &mut Ui) {
        let count = self.lesson.count as u64;
        let traffic = Traffic::of(count, self.lesson.bits(), self.centroids.len() as u64);
        let subtitle = format!("{} weights, each used once", format::count(count));
        Card::new(&self.lesson.titled("Against float32")).subtitle(&subtitle).show(ui, rect, |ui| {
            let tokens = tokens(ui.ctx());
            let area = ui.max_rect();
            let row = (area.height() / 4.0).min(34.0);
            let font = theme::small();
            let [names, numbers] = [132.0, 140.0];
            let bytes = |bits: u64| format::bytes_exact(bits.div_ceil(8));
            let macs = format!("{} float MACs", format::count(count));
            let quantities = [
                (
                    "Read, float32",
                    traffic.float_bits as f64,
                    traffic.float_bits,
                    bytes(traffic.float_bits),
                    tokens.real,
                ),
                ("Read, codebook", traffic.bits as f64, traffic.float_bits, bytes(traffic.bits), tokens.accent),
                ("Compute, float32", count as f64, count, macs.clone(), tokens.real),
                ("Compute, codebook", traffic.float_macs as f64, count, macs, tokens.accent),
            ];
            let table = || {
                let mut table = Table::new("Against float32", &["quantity", "value", "unit"]);
                let cells = [
                    ("read, float32", traffic.float_bits as f64 / 8.0, "B"),
                    ("read, codebook", traffic.bits as f64 / 8.0, "B"),
                    ("compute, float32", count as f64, "MAC"),
                    ("compute, codebook", traffic.float_macs as f64, "MAC"),
                ];
                let text = |text: &str| Cell::Text(text.to_owned());
                table.rows =
                    cells.map(|(name, value, unit)| vec![text(name), Cell::Number(value), text(unit)]).to_vec();
                table
            };
            figure::picture(ui, "Against float32", table, |ui| {
                for (place, (name, value, most, text, color)) in quantities.into_iter().enumerate() {
                    let line = Rect::from_min_size(area.min + vec2(0.0, place as f32 * row), vec2(area.width(), row));
                    let response = ui.interact(line, ui.scope_id().with(("cost", place)), Sense::hover());
                    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{name}: {text}")));
                    let painter = ui.painter();
                    painter.text(line.left_center(), Align2::LEFT_CENTER, name, font.clone(), tokens.muted);
                    let room = (line.width() - names - numbers).max(10.0);
                    let bar = Rect::from_min_size(
                        pos2(line.left() + names, line.center().y - (row * 0.3).min(8.0)),
                        vec2((room * (value / most.max(1) as f64) as f32).max(1.5), (row * 0.6).min(16.0)),
                    );
                    painter.rect_filled(bar, theme::RADIUS_BAR, color);
                    let at = pos2(bar.right() + 8.0, line.center().y);
                    painter.text(at, Align2::LEFT_CENTER, text, font.clone(), tokens.text);
                }
            });
        });
    }
}
