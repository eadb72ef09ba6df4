//! Cards: the only boxes on the canvas.

use egui::{Rect, Stroke, StrokeKind, Ui, UiBuilder, pos2};

use crate::app::theme::{self, tokens};

/// Where a card's content starts below its top.
pub const CONTENT: f32 = 40.0;

/// Draws a card into `rect` with its title, a subtitle beside it, and its content below.
pub fn card<R>(ui: &mut Ui, rect: Rect, title: &str, subtitle: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    heading(ui, rect, title, subtitle);
    let min = pos2(rect.left() + theme::PADDING, rect.top() + CONTENT);
    inside(ui, Rect::from_min_max(min, rect.max - egui::vec2(theme::PADDING, 12.0)), title, content)
}

/// A card whose content brings its own margins, such as rows that are selected from edge to edge.
pub fn edge_to_edge<R>(ui: &mut Ui, rect: Rect, title: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    heading(ui, rect, title, "");
    let min = pos2(rect.left() + 1.0, rect.top() + CONTENT);
    inside(ui, Rect::from_min_max(min, rect.max - egui::vec2(1.0, 4.0)), title, content)
}

fn heading(ui: &Ui, rect: Rect, title: &str, subtitle: &str) {
    background(ui, rect);
    let tokens = tokens(ui.ctx());
    let baseline = pos2(rect.left() + theme::PADDING, rect.top() + 20.0);
    let limit = rect.right() - theme::PADDING;
    let galley = theme::truncated(ui, title, theme::title(), tokens.text, limit - baseline.x);
    let width = galley.size().x;
    ui.painter().galley(baseline - egui::vec2(0.0, galley.size().y / 2.0), galley, tokens.text);
    let left = baseline.x + width + 10.0;
    if !subtitle.is_empty() && left < limit - 30.0 {
        let galley = theme::truncated(ui, subtitle, theme::small(), tokens.muted, limit - left);
        ui.painter().galley(pos2(left, baseline.y - galley.size().y / 2.0 + 1.0), galley, tokens.muted);
    }
}

/// Draws a card without a title.
pub fn plain<R>(ui: &mut Ui, rect: Rect, name: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    background(ui, rect);
    inside(ui, rect.shrink2(egui::vec2(theme::PADDING, 12.0)), name, content)
}

fn background(ui: &Ui, rect: Rect) {
    let tokens = tokens(ui.ctx());
    ui.painter().rect_filled(rect, theme::RADIUS_CARD, tokens.card);
    let border = Stroke::new(theme::HAIRLINE, tokens.hair);
    ui.painter().rect_stroke(rect, theme::RADIUS_CARD, border, StrokeKind::Inside);
}

fn inside<R>(ui: &mut Ui, rect: Rect, salt: &str, content: impl FnOnce(&mut Ui) -> R) -> R {
    let mut child = ui.new_child(UiBuilder::new().id_salt(("card", salt)).max_rect(rect));
    child.set_clip_rect(rect.expand(6.0).intersect(ui.clip_rect()));
    content(&mut child)
}

/// Why a card shows nothing, in its middle.
pub fn nothing(ui: &Ui, text: &str) {
    let color = tokens(ui.ctx()).muted;
    let rect = ui.max_rect();
    let galley = ui.painter().layout(text.to_owned(), theme::body(), color, rect.width());
    let at = rect.center() - galley.size() / 2.0;
    ui.painter().galley(at, galley, color);
}
