//! Squared errors of the same weights from one bit to two, step by step.

use egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::context::PageContext;
use crate::app::theme::{self, tokens};
use crate::app::view::cells;
use crate::app::view::figure::{Cell, Table};
use crate::app::view::signs::{Rung, Study};
use crate::app::widgets::card::Card;
use crate::app::widgets::figure;
use crate::app::widgets::plot::PlotLook;

/// Draws the card.
pub(super) fn ui(ctx: &mut PageContext<'_>, study: &Study, rect: Rect, ui: &mut Ui) {
    let look = PlotLook::of(ctx.presenting);
    let current = ctx.scheme().clone();
    let presenting = ctx.presenting;
    let mut beside = ctx.state.signs.beside;
    let mut clicked = None;
    let title = if presenting { "SSE" } else { "From sign to four centroids" };
    let card = Card::new(title).subtitle(if presenting { "" } else { "SSE; click a row to use its scheme" });
    let control = |ui: &mut Ui| {
        if presenting {
            beside.ui(ui);
        }
    };
    card.or_shorter("SSE").trailing(control).show(ui, rect, |ui| {
        let tokens = tokens(ui);
        let area = ui.max_rect();
        let shown: Vec<(&Rung, f64)> =
            study.rungs.iter().filter_map(|rung| rung.report.map(|report| (rung, report.sse))).collect();
        figure::table_area(ui, "From sign to four centroids", || table(&shown));
        let line = (area.height() / shown.len().max(1) as f32).min(56.0);
        let most = shown.iter().map(|(_, sse)| *sse).fold(f64::MIN_POSITIVE, f64::max);
        let size = look.caption.size;
        let number = |sse: f64| ui.painter().layout_no_wrap(cells::sse(sse), theme::cell(size), tokens.text).size().x;
        let number_width = shown.iter().map(|(_, sse)| number(*sse)).fold(0.0, f32::max) + 12.0;
        let name_width = size * 12.2;
        let bars = (area.width() - name_width - number_width - 44.0).max(20.0);
        for (place, (rung, sse)) in shown.iter().enumerate() {
            let row = Rect::from_min_size(area.min + vec2(0.0, place as f32 * line), vec2(area.width(), line));
            let response = ui.interact(row, ui.scope_id().with(("rung", place)), Sense::click());
            let bits = rung.scheme.bits().unwrap_or(0);
            let said = format!("{}, {bits} bit: SSE {}", rung.name, cells::sse(*sse));
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &said));
            let on = rung.scheme == current;
            if on || response.hovered() {
                let fill = if on { tokens.select } else { tokens.hover };
                ui.painter().rect_filled(row.expand2(vec2(8.0, 0.0)), theme::RADIUS_BIT, fill);
            }
            if on {
                let edge = Rect::from_min_size(row.min - vec2(8.0, 0.0), vec2(4.0, line));
                ui.painter().rect_filled(edge, 0.0, tokens.accent);
            }
            let y = row.center().y;
            let font = if on { theme::semibold(size) } else { theme::regular(size) };
            let name = theme::truncated(ui, rung.name, font, tokens.text, name_width);
            ui.painter().galley(pos2(row.left(), y - name.size().y / 2.0), name, tokens.text);
            let painter = ui.painter();
            let width = painter.text(
                pos2(row.left() + name_width + 34.0, y),
                Align2::RIGHT_CENTER,
                format!("{bits} bit"),
                look.caption.clone(),
                tokens.muted,
            );
            let left = width.right() + 10.0;
            let bar = vec2((bars * (*sse / most) as f32).max(1.5), (line * 0.5).min(18.0));
            let bar = Rect::from_min_size(pos2(left, y - bar.y / 2.0), bar);
            painter.rect_filled(bar, theme::RADIUS_BAR, tokens.accent);
            let number = pos2(row.right(), y);
            painter.text(number, Align2::RIGHT_CENTER, cells::sse(*sse), theme::cell(size), tokens.text);
            theme::focus_ring(ui, &response, row.expand2(vec2(6.0, -1.0)));
            if response.clicked() {
                clicked = Some(rung.scheme.clone());
            }
            response.on_hover_text(rung.scheme.to_string());
        }
    });
    ctx.state.signs.beside = beside;
    if let Some(scheme) = clicked {
        ctx.set_scheme(scheme);
    }
}

fn table(rungs: &[(&Rung, f64)]) -> Table {
    let mut table = Table::new("From sign to four centroids", &["quantizer", "scheme", "bits", "SSE"]);
    let row = |(rung, sse): &(&Rung, f64)| {
        let words = [rung.name.to_owned(), rung.scheme.to_string()].map(Cell::Text);
        let bits = Cell::optional(rung.scheme.bits().map(f64::from));
        words.into_iter().chain([bits, Cell::Number(*sse)]).collect()
    };
    table.rows = rungs.iter().map(row).collect();
    table
}
