//! Two to four choices side by side: one Tab stop, arrows move inside.

use egui::{Event, Key, Modifiers, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::app::theme::{self, tokens};

/// Space left and right of a segment's text.
const PADDING: f32 = 10.0;

/// Draws the control and changes `selected`; the response says whether it did. Segments are found by their labels.
pub fn segmented<T: Copy + PartialEq>(ui: &mut Ui, name: &str, selected: &mut T, options: &[(T, &str)]) -> Response {
    let tokens = tokens(ui.ctx());
    let text_width =
        |label: &str| ui.painter().layout_no_wrap(label.to_owned(), theme::control_semibold(), tokens.text).size().x;
    let widths: Vec<f32> = options.iter().map(|(_, label)| text_width(label) + 2.0 * PADDING).collect();
    let size = vec2(widths.iter().sum::<f32>() + 4.0, theme::CONTROL);
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, tokens.inset);
    let border = Stroke::new(theme::HAIRLINE, tokens.hair);
    ui.painter().rect_stroke(rect, theme::RADIUS_CONTROL, border, StrokeKind::Inside);
    let current = options.iter().position(|(value, _)| value == selected);
    let mut chosen = None;
    let mut left = rect.left() + 2.0;
    for (index, ((_, label), width)) in options.iter().zip(widths).enumerate() {
        let cell = Rect::from_min_size(pos2(left, rect.top() + 2.0), vec2(width, rect.height() - 4.0));
        left += width;
        let on = current == Some(index);
        let segment = ui.interact(cell, ui.scope_id().with((name, index)), Sense::click());
        segment.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, *label));
        if on {
            ui.painter().rect_filled(cell, theme::RADIUS_BIT, tokens.card);
            let border = Stroke::new(theme::HAIRLINE, tokens.axis);
            ui.painter().rect_stroke(cell, theme::RADIUS_BIT, border, StrokeKind::Inside);
        }
        let (font, color) = match (on, segment.hovered()) {
            (true, _) => (theme::control_semibold(), tokens.text),
            (false, true) => (theme::control(), tokens.text),
            (false, false) => (theme::control(), tokens.muted),
        };
        ui.painter().text(cell.center(), egui::Align2::CENTER_CENTER, *label, font, color);
        theme::focus_ring(ui, &segment, cell);
        if segment.clicked() {
            segment.request_focus();
            chosen = Some(index);
        }
        if segment.has_focus() {
            lock_arrows(ui, &segment);
            let step = arrows(ui);
            let next = (index as isize + step).clamp(0, options.len() as isize - 1) as usize;
            if next != index {
                chosen = Some(next);
                ui.memory_mut(|memory| memory.request_focus(ui.scope_id().with((name, next))));
            }
        }
    }
    if let Some((value, _)) = chosen.and_then(|index| options.get(index))
        && value != selected
    {
        *selected = *value;
        response.mark_changed();
    }
    response
}

/// Arrow keys belong to the focused widget, not to egui's focus movement.
pub fn lock_arrows(ui: &Ui, response: &Response) {
    let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: false, tab: false, escape: false };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
}

/// −1, 0 or 1 by the left and right arrows.
pub fn arrows(ui: &Ui) -> isize {
    ui.input(|input| {
        let pressed = |wanted: Key| {
            let is_it = |event: &&Event| {
                matches!(event, Event::Key { key, pressed: true, modifiers: Modifiers { ctrl: false, alt: false, .. }, .. } if *key == wanted)
            };
            input.events.iter().filter(is_it).count() as isize
        };
        pressed(Key::ArrowRight) - pressed(Key::ArrowLeft)
    })
}
