//! Buttons: plain, filled, and icons with an accessible name.

use egui::{Color32, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::app::icons::Icon;
use crate::app::theme::{self, tokens};

/// Space left and right of the text.
const PADDING: f32 = 14.0;

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

/// A button that cannot be pressed now; `reason` says why on hover.
pub fn disabled(ui: &mut Ui, text: &str, reason: &str) -> Response {
    ui.add_enabled_ui(false, |ui| plain(ui, text)).inner.on_disabled_hover_text(reason)
}

fn button(ui: &mut Ui, text: &str, icon: Option<Icon>, filled: bool) -> Response {
    let tokens = tokens(ui);
    // A disabled Ui fades what is painted in it, so only the hue changes here.
    let enabled = ui.is_enabled();
    let color = match (filled, enabled) {
        (true, _) => tokens.on_ink,
        (false, true) => tokens.text,
        (false, false) => tokens.muted,
    };
    let font = if filled { theme::control_semibold() } else { theme::control() };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), font, color);
    let icon_width = if icon.is_some() { 20.0 } else { 0.0 };
    let size = vec2(width(galley.size().x + icon_width), theme::CONTROL);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    let pressed = response.is_pointer_button_down_on();
    let fill = match (filled, response.hovered()) {
        (true, true) if pressed => tokens.ink.lerp_to_gamma(tokens.panel, 0.25),
        (true, true) => tokens.ink.lerp_to_gamma(tokens.panel, 0.12),
        (true, false) => tokens.ink,
        (false, true) if pressed => tokens.select,
        (false, true) => tokens.hover,
        (false, false) => tokens.card,
    };
    ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, fill);
    if !filled {
        border(ui, rect, tokens.hair);
    }
    let mut left = rect.center().x - (galley.size().x + icon_width) / 2.0;
    if let Some(icon) = icon {
        let square = Rect::from_center_size(pos2(left + 6.0, rect.center().y), vec2(13.0, 13.0));
        icon.paint(ui.painter(), square, color);
        left += icon_width;
    }
    ui.painter().galley(pos2(left, rect.center().y - galley.size().y / 2.0), galley, color);
    theme::focus_ring(ui, &response, rect);
    response
}

/// A small square button with one sign; `name` is its accessible name and its hover text.
pub fn small(ui: &mut Ui, sign: &str, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(theme::HIT, theme::HIT), Sense::click());
    let tokens = tokens(ui);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let fill = if response.hovered() { tokens.hover } else { tokens.card };
    let square = rect.shrink(1.0);
    ui.painter().rect_filled(square, theme::RADIUS_BIT, fill);
    ui.painter().rect_stroke(square, theme::RADIUS_BIT, Stroke::new(theme::HAIRLINE, tokens.hair), StrokeKind::Inside);
    ui.painter().text(square.center(), egui::Align2::CENTER_CENTER, sign, theme::semibold(14.0), tokens.text);
    theme::focus_ring(ui, &response, square);
    response.on_hover_text(name)
}

/// A value in bold that leads somewhere; `name` is its accessible name.
pub fn link(ui: &mut Ui, text: &str, name: &str) -> Response {
    let tokens = tokens(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::small_semibold(), tokens.text);
    let size = vec2(galley.size().x, galley.size().y.max(theme::HIT));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let at = pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
    if response.hovered() {
        let y = at.y + galley.size().y + 1.0;
        ui.painter().hline(rect.x_range(), y, Stroke::new(theme::HAIRLINE, tokens.text));
    }
    ui.painter().galley(at, galley, tokens.text);
    theme::focus_ring(ui, &response, rect.expand2(vec2(2.0, 0.0)));
    response
}

/// How wide a button gets around its content.
pub(super) fn width(content: f32) -> f32 {
    (content + 2.0 * PADDING).round()
}

/// The hairline around a control.
pub(super) fn border(ui: &Ui, rect: Rect, color: Color32) {
    ui.painter().rect_stroke(rect, theme::RADIUS_CONTROL, Stroke::new(theme::HAIRLINE, color), StrokeKind::Inside);
}

/// A square button with an icon; `name` is its accessible name and its hover text.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str) -> Response {
    // As high as the row allows: the status bar is lower than a control.
    let side = theme::CONTROL.min(ui.max_rect().height()).max(theme::HIT);
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
    let tokens = tokens(ui);
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    if response.hovered() {
        let fill = if response.is_pointer_button_down_on() { tokens.select } else { tokens.hover };
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, fill);
    }
    let color = if enabled { tokens.muted } else { tokens.off };
    icon.paint(ui.painter(), Rect::from_center_size(rect.center(), vec2(18.0, 18.0)), color);
    theme::focus_ring(ui, &response, rect);
    response.on_hover_text(name).on_disabled_hover_text(name)
}
