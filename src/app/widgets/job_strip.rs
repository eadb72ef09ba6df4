//! A running job: what it does, how far it is, a way to stop it. Nothing spins.

use egui::{Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};

use super::button::icon_button;
use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};
use crate::app::view::format;

/// Size of the bar.
const BAR: egui::Vec2 = vec2(130.0, 6.0);

/// Draws the strip (right to left, for the status bar); whether the job was cancelled. A job that does not know its total shows no bar.
pub fn job_strip(ui: &mut Ui, title: &str, done: u64, total: u64) -> bool {
    ui.spacing_mut().item_spacing.x = 10.0;
    let cancelled = icon_button(ui, Icon::Close, "Cancel the job").clicked();
    if total > 0 {
        let share = (done as f64 / total as f64).clamp(0.0, 1.0);
        // The room of the last number, so that the bar stays where it is while the count grows.
        let count = |done: u64| format!("{} of {}", format::count(done), format::count(total));
        let widest = ui.painter().layout_no_wrap(count(total), theme::small(), tokens(ui).muted).size().x;
        text(ui, &count(done), theme::small(), widest.ceil());
        bar(ui, title, share);
    }
    text(ui, title, theme::small(), 0.0);
    cancelled
}

fn bar(ui: &mut Ui, title: &str, share: f64) -> Response {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(BAR, Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, title);
        info.value = Some((share * 100.0).round());
        info
    });
    ui.painter().rect_filled(rect, theme::RADIUS_BAR, tokens.off);
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share as f32, rect.height()));
    ui.painter().rect_filled(filled, theme::RADIUS_BAR, tokens.ink);
    response
}

/// Muted text in at least that much room, at its right end.
fn text(ui: &mut Ui, text: &str, font: egui::FontId, room: f32) {
    let color = tokens(ui).muted;
    let galley = theme::truncated(ui, text, font, color, ui.available_width().max(0.0));
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x.max(room), galley.size().y), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().galley(rect.right_top() - vec2(galley.size().x, 0.0), galley, color);
}
