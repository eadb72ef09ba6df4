//! The bits slider: stops 1 to 8 with their numbers beneath, and the number large beside it.

use egui::accesskit::{Action, ActionData};
use egui::{Align2, FontId, Key, Modifiers, Pos2, Rect, Response, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::focus::{lock_arrows, steps};
use crate::app::theme::{self, tokens};

/// Smallest and largest width.
const ENDS: (u32, u32) = (1, 8);

/// Height of the control: track, thumb and numbers.
const HEIGHT: f32 = 44.0;

/// Room for the large number and its word.
const NUMBER: f32 = 84.0;

/// What a number of two digits takes more.
const SECOND_DIGIT: f32 = 24.0;

/// Width of the track.
const TRACK: f32 = 4.0;

/// Draws the slider over the available width and changes `bits`. Where `bits` lies beyond the stops (a codebook of 12 bits) the thumb
/// rests at the end. `enabled` says whether the width can be chosen at all; the number stands there anyway.
///
/// Keys when focused: ← →, Home, End, 1 to 8. A drag is reported by the response's drag state (`drag_started`, `dragged`, `drag_stopped`), so
/// that it can be one undo step.
pub fn bits_slider(ui: &mut Ui, bits: &mut u32, enabled: bool) -> Response {
    named_bits_slider(ui, "Bits", bits, enabled)
}

/// [`bits_slider`] under another accessible name, for pages with several.
pub fn named_bits_slider(ui: &mut Ui, name: &str, bits: &mut u32, enabled: bool) -> Response {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let track = Track {
        left: rect.left() + 12.0,
        right: rect.right() - NUMBER - if *bits > 9 { SECOND_DIGIT } else { 0.0 } - 12.0,
        y: rect.top() + 4.0 + theme::THUMB / 2.0,
    };
    let hit = Rect::from_min_max(pos2(track.left - 12.0, rect.top()), pos2(track.right + 12.0, rect.bottom()));
    // Without clicks a drag starts at once: whatever the pointer does here is one gesture from press to release.
    let sense = if enabled { Sense::drag() } else { Sense::hover() };
    let mut response = ui.interact(hit, ui.scope_id().with(("bits slider", name)), sense);
    let before = *bits;
    if enabled {
        if let Some(pointer) = response.interact_pointer_pos() {
            *bits = track.nearest(pointer.x);
        }
        if response.drag_started() {
            response.request_focus();
        }
        take_keys(ui, &response, bits);
    }
    if *bits != before {
        response.mark_changed();
    }
    describe(ui, &response, name, *bits, enabled);
    track.paint(ui, *bits, enabled);
    if response.has_focus() {
        let ring = theme::THUMB / 2.0 + 1.5 * theme::FOCUS_LINE;
        let thumb = pos2(track.stop((*bits).clamp(ENDS.0, ENDS.1)), track.y);
        ui.painter().circle_stroke(thumb, ring, Stroke::new(theme::FOCUS_LINE, tokens(ui).focus));
    }
    number(ui, pos2(rect.right() - NUMBER + 34.0, rect.top() + 24.0), *bits, theme::display());
    response
}

/// The slider without its track, for the head of a presentation: the number alone, with the same keys and the same name.
pub fn bits_number(ui: &mut Ui, bits: &mut u32, enabled: bool) -> Response {
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, mut response) = ui.allocate_exact_size(vec2(78.0, 34.0), sense);
    let before = *bits;
    if enabled {
        if response.clicked() {
            response.request_focus();
        }
        take_keys(ui, &response, bits);
    }
    if *bits != before {
        response.mark_changed();
    }
    describe(ui, &response, "Bits", *bits, enabled);
    number(ui, pos2(rect.left() + 34.0, rect.center().y), *bits, theme::semibold(28.0));
    theme::focus_ring(ui, &response, rect);
    response
}

/// Where the stops lie.
struct Track {
    left: f32,
    right: f32,
    y: f32,
}

impl Track {
    fn stop(&self, value: u32) -> f32 {
        let (first, last) = ENDS;
        self.left + (value - first) as f32 / (last - first) as f32 * (self.right - self.left)
    }

    fn nearest(&self, x: f32) -> u32 {
        let (first, last) = ENDS;
        let place = (x - self.left) / (self.right - self.left) * (last - first) as f32;
        first + (place.round().max(0.0) as u32).min(last - first)
    }

    fn paint(&self, ui: &Ui, bits: u32, enabled: bool) {
        let (tokens, painter) = (tokens(ui), ui.painter());
        let (first, last) = ENDS;
        let thumb = self.stop(bits.clamp(first, last));
        let filled = if enabled { tokens.accent } else { tokens.off };
        for (from, to, color) in [(self.left, self.right, tokens.off), (self.left, thumb, filled)] {
            painter.line_segment([pos2(from, self.y), pos2(to, self.y)], Stroke::new(TRACK, color));
        }
        for value in first..=last {
            let here = value == bits;
            let color = if value <= bits { filled } else { tokens.off };
            painter.circle_filled(pos2(self.stop(value), self.y), 3.0, color);
            let (font, color) =
                if here && enabled { (theme::small_semibold(), tokens.accent) } else { (theme::small(), tokens.muted) };
            let at = pos2(self.stop(value), self.y + 19.0);
            painter.text(at, Align2::CENTER_CENTER, value.to_string(), font, color);
        }
        if enabled {
            // The ring in card colour parts the thumb from its track.
            let radius = theme::THUMB / 2.0;
            painter.circle_filled(pos2(thumb, self.y), radius + theme::MARKER_RING, tokens.card);
            painter.circle_filled(pos2(thumb, self.y), radius - 0.5, tokens.accent);
        }
    }
}

/// The number that ends at `at`, and the word after it, on one baseline.
fn number(ui: &Ui, at: Pos2, bits: u32, font: FontId) {
    let (tokens, painter) = (tokens(ui), ui.painter());
    let galley = painter.layout_no_wrap(bits.to_string(), font.clone(), tokens.accent);
    let top_left = pos2(at.x - galley.size().x, at.y - galley.size().y / 2.0);
    let baseline = top_left.y + (at.y - theme::on_baseline(&galley, at.x, at.y).y);
    painter.galley(top_left, galley, tokens.accent);
    let word = if bits == 1 { "bit" } else { "bits" };
    let galley = painter.layout_no_wrap(word.to_owned(), theme::regular(15.0), tokens.muted);
    painter.galley(theme::on_baseline(&galley, at.x + 9.0, baseline), galley, tokens.muted);
}

/// Keys, and what a screen reader asks for.
fn take_keys(ui: &Ui, response: &Response, bits: &mut u32) {
    let (first, last) = ENDS;
    let mut step = 0;
    if response.has_focus() {
        lock_arrows(ui, response, true, false);
        step += steps(ui, Key::ArrowLeft, Key::ArrowRight);
        let digits = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8];
        let places = (first..=last).zip(digits).chain([(first, Key::Home), (last, Key::End)]);
        for (value, key) in places {
            if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
                *bits = value;
            }
        }
    }
    ui.input(|input| {
        step += input.num_accesskit_action_requests(response.id, Action::Increment) as i32;
        step -= input.num_accesskit_action_requests(response.id, Action::Decrement) as i32;
        for request in input.accesskit_action_requests(response.id, Action::SetValue) {
            if let Some(ActionData::NumericValue(value)) = request.data {
                *bits = (value.round() as u32).clamp(first, last);
            }
        }
    });
    if step != 0 {
        *bits = bits.saturating_add_signed(step).clamp(first, last);
    }
}

/// What a screen reader is told.
fn describe(ui: &Ui, response: &Response, name: &str, bits: u32, enabled: bool) {
    response.widget_info(|| WidgetInfo::slider(enabled, f64::from(bits), name));
    ui.accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(f64::from(ENDS.0));
        node.set_max_numeric_value(f64::from(ENDS.1));
        node.set_numeric_value_step(1.0);
        if enabled {
            for action in [Action::SetValue, Action::Increment, Action::Decrement] {
                node.add_action(action);
            }
        }
    });
}
