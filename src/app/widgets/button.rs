//! Buttons: plain, filled, and icons with an accessible name.

use egui::{Color32, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};

/// A hairline button.
pub fn plain(ui: &mut Ui, text: &str) -> Response {
    button(ui, text, None, false)
}

/// The next thing to press: at most one on a card.
pub fn filled(ui: &mut Ui, text: &str) -> Response {
    button(ui, text, None, true)
}

/// [`filled`] with an icon before the text.
pub fn filled_with_icon(ui: &mut Ui, icon: Icon, text: &str) -> Response {
    button(ui, text, Some(icon), true)
}

fn button(ui: &mut Ui, text: &str, icon: Option<Icon>, filled: bool) -> Response {
    let tokens = tokens(ui.ctx());
    let enabled = ui.is_enabled();
    let faded = |color: Color32| if enabled { color } else { color.gamma_multiply(0.6) };
    let color = faded(match (filled, enabled) {
        (true, _) => tokens.on_ink,
        (false, true) => tokens.text,
        (false, false) => tokens.muted,
    });
    let font = if filled { theme::control_semibold() } else { theme::control() };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let icon_width = if icon.is_some() { 20.0 } else { 0.0 };
    let size = vec2(galley.size().x + icon_width + 28.0, theme::CONTROL + 2.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    let fill = match (filled, response.hovered()) {
        (true, true) => faded(tokens.ink.gamma_multiply(0.85)),
        (true, false) => faded(tokens.ink),
        (false, true) => tokens.hover,
        (false, false) => tokens.card,
    };
    ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, fill);
    if !filled {
        let border = Stroke::new(theme::HAIRLINE, tokens.hair);
        ui.painter().rect_stroke(rect, theme::RADIUS_CONTROL, border, StrokeKind::Inside);
    }
    let mut left = rect.left() + 14.0;
    if let Some(icon) = icon {
        let square = Rect::from_center_size(pos2(left + 6.0, rect.center().y), vec2(13.0, 13.0));
        icon.paint(ui.painter(), square, color);
        left += icon_width;
    }
    ui.painter().galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, color);
    theme::focus_ring(ui, &response, rect);
    response
}

/// A square button with an icon; `name` is its accessible name and its hover text.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    let tokens = tokens(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(theme::CONTROL, theme::CONTROL), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    if response.hovered() && enabled {
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, tokens.hover);
    }
    let color = if enabled { tokens.muted } else { tokens.off };
    icon.paint(ui.painter(), Rect::from_center_size(rect.center(), vec2(18.0, 18.0)), color);
    theme::focus_ring(ui, &response, rect);
    response.on_hover_text(name).on_disabled_hover_text(name)
}
