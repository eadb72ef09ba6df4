//! Views of one page as words in a row, and choices as chips: one Tab stop each, arrows move inside.

use egui::{Align2, Color32, FontId, Key, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::button::border;
use super::focus::{lock_arrows, steps};
use crate::app::theme::{self, tokens};

/// How the choices look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Words, the one that is on with an accent line under it.
    Tabs,
    /// Boxes, the one that is on filled with ink.
    Chips,
}

/// Draws the views of a page and changes `selected`; the response says whether it did.
pub fn tabs<T: Copy + PartialEq>(ui: &mut Ui, name: &str, selected: &mut T, options: &[(T, &str)]) -> Response {
    let options: Vec<(T, &str, &str)> = options.iter().map(|&(value, label)| (value, label, "")).collect();
    row(ui, name, selected, &options, Look::Tabs)
}

/// Draws one chip a choice and changes `selected`; options are value, label and hint. None is on where `selected` is another value.
pub fn chips<T: Copy + PartialEq>(ui: &mut Ui, name: &str, selected: &mut T, options: &[(T, &str, &str)]) -> Response {
    row(ui, name, selected, options, Look::Chips)
}

fn row<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    selected: &mut T,
    options: &[(T, &str, &str)],
    look: Look,
) -> Response {
    let tokens = tokens(ui);
    let (padding, gap) = if look == Look::Chips { (10.0, 5.0) } else { (9.0, 4.0) };
    let fonts = if look == Look::Chips {
        (theme::control(), theme::control_semibold())
    } else {
        (theme::body(), theme::semibold(14.0))
    };
    let width =
        |label: &str, font: &FontId| ui.painter().layout_no_wrap(label.to_owned(), font.clone(), tokens.text).size().x;
    // Every choice is as wide as its bold text, so that choosing moves nothing.
    let widths: Vec<f32> =
        options.iter().map(|(_, label, _)| (width(label, &fonts.1) + 2.0 * padding).round()).collect();
    let total = widths.iter().sum::<f32>() + gap * widths.len().saturating_sub(1) as f32;
    let (rect, mut response) = ui.allocate_exact_size(vec2(total, theme::CONTROL), Sense::hover());
    let role = if look == Look::Chips { Role::RadioGroup } else { Role::TabList };
    response.widget_info(|| WidgetInfo::labeled(role, ui.is_enabled(), name));
    let current = options.iter().position(|(value, ..)| value == selected);
    let id = |index: usize| ui.scope_id().with((name, index));
    let (mut chosen, mut step, mut left) = (None, 0, rect.left());
    for (index, ((_, label, hint), width)) in options.iter().zip(widths).enumerate() {
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        left += width + gap;
        let is_stop = index == current.unwrap_or(0);
        let item = ui.interact(cell, id(index), if is_stop { Sense::click() } else { Sense::CLICK });
        let on = current == Some(index);
        let role = if look == Look::Chips { Role::RadioButton } else { Role::Tab };
        item.widget_info(|| WidgetInfo::selected(role, ui.is_enabled(), on, *label));
        paint(ui, cell, label, on, &item, look, &fonts);
        if item.clicked() {
            chosen = Some(index);
        } else if is_stop && item.has_focus() {
            lock_arrows(ui, &item, true, false);
            step = steps(ui, Key::ArrowLeft, Key::ArrowRight);
        }
        if !hint.is_empty() {
            item.on_hover_text(*hint);
        }
    }
    if step != 0 {
        let next = current.map_or(0, |index| index as i32 + step);
        chosen = Some(next.clamp(0, options.len() as i32 - 1) as usize);
    }
    if let Some(index) = chosen {
        ui.memory_mut(|memory| memory.request_focus(id(index)));
        if current != chosen {
            *selected = options[index].0;
            response.mark_changed();
        }
    }
    response
}

fn paint(ui: &Ui, cell: Rect, label: &str, on: bool, item: &Response, look: Look, fonts: &(FontId, FontId)) {
    let (tokens, painter) = (tokens(ui), ui.painter());
    let font = if on { fonts.1.clone() } else { fonts.0.clone() };
    let color: Color32 = match (look, on) {
        (Look::Chips, true) => tokens.on_ink,
        (Look::Chips, false) | (Look::Tabs, true) => tokens.text,
        (Look::Tabs, false) if item.hovered() => tokens.text,
        (Look::Tabs, false) => tokens.muted,
    };
    match look {
        Look::Chips => {
            let fill = match (on, item.hovered()) {
                (true, _) => tokens.ink,
                (false, true) => tokens.hover,
                (false, false) => tokens.card,
            };
            painter.rect_filled(cell, theme::RADIUS_CONTROL, fill);
            if !on {
                border(ui, cell, tokens.hair);
            }
        }
        Look::Tabs if on => {
            let line = Rect::from_min_max(pos2(cell.left() + 6.0, cell.bottom() - 3.0), cell.max - vec2(6.0, 0.0));
            painter.rect_filled(line, theme::RADIUS_BAR, tokens.accent);
        }
        Look::Tabs => {}
    }
    painter.text(cell.center() - vec2(0.0, 1.0), Align2::CENTER_CENTER, label, font, color);
    theme::focus_ring(ui, item, cell);
}
