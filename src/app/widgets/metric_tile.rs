//! One number with its name.

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2};

use crate::app::theme::{self, tokens};

/// A number to show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its value, formatted.
    pub value: String,
    /// Its unit; may be empty.
    pub unit: &'static str,
    /// What it means, for the hover text.
    pub hint: &'static str,
}

/// Draws the tile; a stale number keeps its place at 60 % and says so.
pub fn metric_tile(ui: &Ui, rect: Rect, metric: &Metric, stale: bool) {
    let tokens = tokens(ui.ctx());
    let painter = ui.painter();
    painter.rect_filled(rect, theme::RADIUS_CARD, tokens.card);
    let border = Stroke::new(theme::HAIRLINE, tokens.hair);
    painter.rect_stroke(rect, theme::RADIUS_CARD, border, StrokeKind::Inside);
    let left = rect.left() + 13.0;
    painter.text(pos2(left, rect.top() + 17.0), Align2::LEFT_CENTER, metric.name, theme::small(), tokens.muted);
    if stale {
        let right = pos2(rect.right() - 12.0, rect.top() + 17.0);
        painter.text(right, Align2::RIGHT_CENTER, "updating", theme::small(), tokens.muted);
    }
    let color = if stale { tokens.text.gamma_multiply(0.6) } else { tokens.text };
    let y = rect.top() + 42.0;
    let room = rect.width() - 26.0;
    // A long number (1.000e−12) shrinks rather than being cut.
    let font = |size: f32| theme::semibold(size);
    let width = |size: f32| painter.layout_no_wrap(metric.value.clone(), font(size), color).size().x;
    let size = [22.0, 19.0, 16.0, 14.0].into_iter().find(|&size| width(size) <= room).unwrap_or(13.0);
    let value = painter.text(pos2(left, y), Align2::LEFT_CENTER, &metric.value, font(size), color);
    if !metric.unit.is_empty() {
        let at = pos2(value.right() + 7.0, y + 2.0);
        painter.text(at, Align2::LEFT_CENTER, metric.unit, theme::body(), tokens.muted);
    }
    let response = ui.interact(rect, ui.scope_id().with(("metric", metric.name)), Sense::hover());
    let said = format!("{} {} {}", metric.name, metric.value, metric.unit);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, said.trim_end()));
    if !metric.hint.is_empty() {
        response.on_hover_text(metric.hint);
    }
}
