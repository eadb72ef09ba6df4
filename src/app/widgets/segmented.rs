//! Two to four choices side by side: one Tab stop, arrows move inside.

use egui::{Align2, Key, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::button::border;
use super::focus::{lock_arrows, steps};
use crate::app::theme::{self, tokens};

/// Space left and right of a segment's text.
const PADDING: f32 = 10.0;

/// Draws the control and changes `selected`; the response says whether it did. Segments are found by their labels,
/// `name` keeps two controls on one page apart.
pub fn segmented<T: Copy + PartialEq>(ui: &mut Ui, name: &str, selected: &mut T, options: &[(T, &str)]) -> Response {
    let tokens = tokens(ui);
    // Every segment is as wide as its bold text, so that choosing moves nothing.
    let text_width =
        |label: &str| ui.painter().layout_no_wrap(label.to_owned(), theme::control_semibold(), tokens.text).size().x;
    let widths: Vec<f32> = options.iter().map(|(_, label)| (text_width(label) + 2.0 * PADDING).round()).collect();
    let size = vec2(widths.iter().sum::<f32>() + 4.0, theme::CONTROL);
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::RadioGroup, ui.is_enabled(), name));
    ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, tokens.inset);
    border(ui, rect, tokens.hair);
    let current = options.iter().position(|(value, _)| value == selected);
    let id = |index: usize| ui.scope_id().with((name, index));
    let (mut chosen, mut step) = (None, 0);
    let mut left = rect.left() + 2.0;
    for (index, ((_, label), width)) in options.iter().zip(widths).enumerate() {
        let cell = Rect::from_min_size(pos2(left, rect.top() + 2.0), vec2(width, rect.height() - 4.0));
        left += width;
        // Tab stops at the segment that is on.
        let is_stop = index == current.unwrap_or(0);
        let sense = if is_stop { Sense::click() } else { Sense::CLICK };
        let segment = ui.interact(cell, id(index), sense);
        segment_ui(ui, cell, label, current == Some(index), &segment);
        if segment.clicked() {
            chosen = Some(index);
        } else if is_stop && segment.has_focus() {
            lock_arrows(ui, &segment, true, false);
            step = steps(ui, Key::ArrowLeft, Key::ArrowRight);
        }
    }
    if step != 0 {
        let next = current.unwrap_or(0) as i32 + step;
        chosen = Some(next.clamp(0, options.len() as i32 - 1) as usize);
    }
    if let Some(index) = chosen {
        // The focus goes along, so that the arrows go on from here.
        ui.memory_mut(|memory| memory.request_focus(id(index)));
        if current != chosen {
            *selected = options[index].0;
            response.mark_changed();
        }
    }
    response
}

fn segment_ui(ui: &Ui, cell: Rect, label: &str, on: bool, segment: &Response) {
    let tokens = tokens(ui);
    segment.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), on, label));
    if on {
        ui.painter().rect_filled(cell, theme::RADIUS_BIT, if tokens.dark { tokens.select } else { tokens.card });
        let border = Stroke::new(theme::HAIRLINE, tokens.axis);
        ui.painter().rect_stroke(cell, theme::RADIUS_BIT, border, StrokeKind::Inside);
    }
    let (font, color) = match (on, segment.hovered()) {
        (true, _) => (theme::control_semibold(), tokens.text),
        (false, true) => (theme::control(), tokens.text),
        (false, false) => (theme::control(), tokens.muted),
    };
    ui.painter().text(cell.center(), Align2::CENTER_CENTER, label, font, color);
    theme::focus_ring(ui, segment, cell.expand(2.0));
}
