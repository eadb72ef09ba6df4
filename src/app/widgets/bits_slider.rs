//! The bits slider: stops 1 to 8 with their numbers beneath, and the number large beside it.

use egui::accesskit::{Action, ActionData};
use egui::{Align2, Event, Key, Response, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::segmented::{arrows, lock_arrows};
use crate::app::theme::{self, tokens};

/// Smallest and largest width.
const ENDS: (u32, u32) = (1, 8);

/// Height of the control: track, thumb and numbers.
const HEIGHT: f32 = 44.0;

/// Room for the large number and its word.
const NUMBER: f32 = 84.0;

/// Draws the slider over the available width and changes `bits`. Where `bits` lies beyond the stops (a codebook of 12 bits) the thumb
/// rests at the end. `enabled` says whether the width can be chosen at all; the number stands there anyway.
///
/// Keys when focused: ← →, Home, End. A drag is reported by the response's drag state, so that it can be one undo step.
pub fn bits_slider(ui: &mut Ui, bits: &mut u32, enabled: bool) -> Response {
    let tokens = tokens(ui.ctx());
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let track = (rect.left() + 12.0, rect.right() - NUMBER - 12.0);
    let y = rect.top() + 14.0;
    let (first, last) = ENDS;
    let stop = |value: u32| track.0 + (value - first) as f32 / (last - first) as f32 * (track.1 - track.0);
    let hit = egui::Rect::from_min_max(pos2(track.0 - 12.0, rect.top()), pos2(track.1 + 12.0, rect.bottom()));
    let sense = if enabled { Sense::click_and_drag() } else { Sense::hover() };
    let mut response = ui.interact(hit, ui.scope_id().with("bits slider"), sense);
    let before = *bits;
    if enabled {
        if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked()) {
            let place = (pointer.x - track.0) / (track.1 - track.0) * (last - first) as f32;
            *bits = first + (place.round().max(0.0) as u32).min(last - first);
        }
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        if response.has_focus() {
            lock_arrows(ui, &response);
            keys(ui, bits);
        }
        accessibility_actions(ui, &response, bits);
    }
    if *bits != before {
        response.mark_changed();
    }
    let shown = *bits;
    response.widget_info(|| WidgetInfo::slider(enabled, f64::from(shown), "Bits"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(f64::from(first));
        node.set_max_numeric_value(f64::from(last));
        node.set_numeric_value_step(1.0);
        if enabled {
            node.add_action(Action::SetValue);
            node.add_action(Action::Increment);
            node.add_action(Action::Decrement);
        }
    });
    let painter = ui.painter();
    let thumb = stop(shown.clamp(first, last));
    let (filled, rest) = if enabled { (tokens.accent, tokens.off) } else { (tokens.off, tokens.off) };
    painter.line_segment([pos2(track.0, y), pos2(track.1, y)], Stroke::new(4.0, rest));
    painter.line_segment([pos2(track.0, y), pos2(thumb, y)], Stroke::new(4.0, filled));
    for value in first..=last {
        let here = value == shown;
        let color = if value <= shown { filled } else { rest };
        painter.circle_filled(pos2(stop(value), y), 3.0, color);
        let (font, color) =
            if here && enabled { (theme::small_semibold(), tokens.accent) } else { (theme::small(), tokens.muted) };
        painter.text(pos2(stop(value), y + 20.0), Align2::CENTER_CENTER, value.to_string(), font, color);
    }
    if enabled {
        painter.circle(pos2(thumb, y), 9.0, tokens.accent, Stroke::new(1.5, tokens.card));
    }
    if response.has_focus() {
        painter.circle_stroke(pos2(thumb, y), 12.5, Stroke::new(2.0, tokens.focus));
    }
    let number = painter.text(
        pos2(rect.right() - NUMBER + 34.0, rect.center().y),
        Align2::RIGHT_CENTER,
        shown.to_string(),
        theme::display(),
        tokens.accent,
    );
    let word = if shown == 1 { "bit" } else { "bits" };
    let at = pos2(number.right() + 8.0, number.center().y + 2.0);
    painter.text(at, Align2::LEFT_CENTER, word, theme::regular(15.0), tokens.muted);
    response
}

fn keys(ui: &Ui, bits: &mut u32) {
    let (first, last) = ENDS;
    let step = arrows(ui);
    if step != 0 {
        *bits = (i64::from(*bits) + step as i64).clamp(i64::from(first), i64::from(last)) as u32;
    }
    ui.input(|input| {
        if input.key_pressed(Key::Home) {
            *bits = first;
        }
        if input.key_pressed(Key::End) {
            *bits = last;
        }
    });
}

/// What a screen reader or a test asks of the slider.
fn accessibility_actions(ui: &Ui, response: &Response, bits: &mut u32) {
    let (first, last) = ENDS;
    ui.input(|input| {
        for event in &input.events {
            let Event::AccessKitActionRequest(request) = event else { continue };
            if request.target_node != response.id.accesskit_id() {
                continue;
            }
            match (request.action, &request.data) {
                (Action::SetValue, Some(ActionData::NumericValue(value))) => {
                    *bits = (value.round() as u32).clamp(first, last);
                }
                (Action::Increment, _) => *bits = (*bits + 1).clamp(first, last),
                (Action::Decrement, _) => *bits = bits.saturating_sub(1).clamp(first, last),
                _ => {}
            }
        }
    });
}
