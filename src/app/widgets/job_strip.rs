//! A running job: what it does, how far it is, a way to stop it. Nothing spins.

use egui::{Rect, RichText, Sense, Ui, vec2};

use super::button::icon_button;
use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};

/// Size of the bar.
const BAR: egui::Vec2 = vec2(130.0, 6.0);

/// Draws the strip (right to left, for the status bar); whether the job was cancelled.
pub fn job_strip(ui: &mut Ui, title: &str, done: u64, total: u64) -> bool {
    let tokens = tokens(ui.ctx());
    let cancelled = ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        icon_button(ui, Icon::Close, "Cancel the job").clicked()
    });
    if total > 0 {
        let (rect, _) = ui.allocate_exact_size(BAR, Sense::hover());
        ui.painter().rect_filled(rect, theme::RADIUS_BAR, tokens.off);
        let share = (done as f32 / total as f32).clamp(0.0, 1.0);
        let filled = Rect::from_min_size(rect.min, vec2(rect.width() * share, rect.height()));
        ui.painter().rect_filled(filled, theme::RADIUS_BAR, tokens.ink);
    }
    ui.label(RichText::new(title).font(theme::small()).color(tokens.muted));
    cancelled.inner
}
