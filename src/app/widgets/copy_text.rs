//! A text that a click copies.

use egui::{Color32, FontId, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};

/// Room for the icon behind the text.
const ICON: f32 = 20.0;

/// Draws the text with the icon behind it, cut to the room that is left; the caller copies on a click. `name` is its accessible name.
pub fn copy_text(ui: &mut Ui, name: &str, text: &str, font: FontId, color: Color32) -> Response {
    let room = (ui.available_width() - ICON).max(24.0);
    let galley = theme::truncated(ui, text, font, color, room);
    let size = vec2(galley.size().x + ICON, galley.size().y.max(theme::HIT));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let tokens = tokens(ui);
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(4.0, 0.0)), theme::RADIUS_BIT, tokens.hover);
    }
    let top = rect.center().y - galley.size().y / 2.0;
    ui.painter().galley(pos2(rect.left(), top), galley, color);
    let icon = Rect::from_center_size(pos2(rect.right() - 7.0, rect.center().y), vec2(13.0, 13.0));
    Icon::Copy.paint(ui.painter(), icon, if response.hovered() { tokens.text } else { tokens.muted });
    theme::focus_ring(ui, &response, rect);
    response.on_hover_text(format!("{text}\nClick copies"))
}
