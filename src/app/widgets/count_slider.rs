//! The slider of a number of colours or levels: 2 to 256, a stop a power of two, with the number beside it.

use egui::accesskit::{Action, ActionData};
use egui::{Align2, Key, Modifiers, Rect, Response, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::focus::{lock_arrows, pressed};
use crate::app::theme::{self, tokens};

/// Fewest and most on the track.
pub const ENDS: (usize, usize) = (2, 256);

/// What is counted.
pub struct Counted {
    /// The accessible name: `Number of colours`.
    pub name: &'static str,
    /// The word beside the number.
    pub word: &'static str,
}

/// Colours of a palette.
pub const COLOURS: Counted = Counted { name: "Number of colours", word: "colours" };

/// Levels of a signal.
pub const LEVELS: Counted = Counted { name: "Number of levels", word: "levels" };

const HEIGHT: f32 = 44.0;
/// Room for the large number and its word.
const NUMBER: f32 = 152.0;
/// Narrower than this there is no room for it.
const LEAST_WITH_NUMBER: f32 = 320.0;
/// On a shorter track 128 gives way to 256.
const LEAST_WITH_ALL_LABELS: f32 = 210.0;
const TRACK: f32 = 4.0;

/// Draws the slider over the available width and changes `count`. Where the number cannot be chosen (`enabled` is false) it stands there
/// anyway; where it lies beyond the track (typed into a field) the thumb rests at the end.
///
/// Keys when focused: ← → one, with Shift eight; Home, End; 1 to 8 for two to that power.
pub fn count_slider(ui: &mut Ui, counted: &Counted, count: &mut usize, enabled: bool) -> Response {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    // Where it is narrow the field beside it has to say the number.
    let with_number = rect.width() >= LEAST_WITH_NUMBER;
    let number = if with_number { NUMBER } else { 0.0 };
    let (left, right) = (rect.left() + 12.0, (rect.right() - number - 12.0).max(rect.left() + 40.0));
    let y = rect.top() + 4.0 + theme::THUMB / 2.0;
    let hit = Rect::from_min_max(pos2(left - 12.0, rect.top()), pos2(right + 12.0, rect.bottom()));
    let sense = if enabled { Sense::drag() } else { Sense::hover() };
    let mut response = ui.interact(hit, ui.scope_id().with(counted.name), sense);
    let before = *count;
    if enabled {
        if let Some(pointer) = response.interact_pointer_pos() {
            let share = ((pointer.x - left) / (right - left)).clamp(0.0, 1.0);
            *count = 2.0_f32.powf(1.0 + 7.0 * share).round() as usize;
        }
        if response.drag_started() {
            response.request_focus();
        }
        take_keys(ui, &response, count);
    }
    if *count != before {
        *count = (*count).clamp(ENDS.0, ENDS.1);
        response.mark_changed();
    }
    describe(ui, &response, counted, *count, enabled);
    let (tokens, painter) = (tokens(ui), ui.painter());
    let place = |count: usize| {
        let stop = (count.clamp(ENDS.0, ENDS.1) as f32).log2() - 1.0;
        left + stop / 7.0 * (right - left)
    };
    let thumb = place(*count);
    let filled = if enabled { tokens.accent } else { tokens.off };
    for (to, color) in [(right, tokens.off), (thumb, filled)] {
        painter.line_segment([pos2(left, y), pos2(to, y)], Stroke::new(TRACK, color));
    }
    for bits in 1..=8 {
        let stop = 1_usize << bits;
        painter.circle_filled(pos2(place(stop), y), 3.0, if stop <= *count { filled } else { tokens.off });
        let here = stop == *count && enabled;
        if right - left < LEAST_WITH_ALL_LABELS && stop == 128 && !here {
            continue;
        }
        let (font, color) =
            if here { (theme::small_semibold(), tokens.accent) } else { (theme::small(), tokens.muted) };
        painter.text(pos2(place(stop), y + 19.0), Align2::CENTER_CENTER, stop.to_string(), font, color);
    }
    if enabled {
        painter.circle_filled(pos2(thumb, y), theme::THUMB / 2.0 + theme::MARKER_RING, tokens.card);
        painter.circle_filled(pos2(thumb, y), theme::THUMB / 2.0 - 0.5, tokens.accent);
    }
    if response.has_focus() {
        let ring = theme::THUMB / 2.0 + 1.5 * theme::FOCUS_LINE;
        painter.circle_stroke(pos2(thumb, y), ring, Stroke::new(theme::FOCUS_LINE, tokens.focus));
    }
    if !with_number {
        return response;
    }
    let font = if *count < 10_000 { theme::display() } else { theme::semibold(26.0) };
    let number = painter.layout_no_wrap(count.to_string(), font, tokens.accent);
    let word = painter.layout_no_wrap(counted.word.to_owned(), theme::regular(15.0), tokens.muted);
    let middle = rect.top() + 24.0;
    let at = pos2(rect.right() - word.size().x - 9.0 - number.size().x, middle - number.size().y / 2.0);
    let baseline = at.y + (middle - theme::on_baseline(&number, 0.0, middle).y);
    painter.galley(theme::on_baseline(&word, rect.right() - word.size().x, baseline), word, tokens.muted);
    painter.galley(at, number, tokens.accent);
    response
}

fn take_keys(ui: &Ui, response: &Response, count: &mut usize) {
    let mut step = 0_isize;
    if response.has_focus() {
        lock_arrows(ui, response, true, false);
        let stride = if ui.input(|input| input.modifiers.shift) { 8 } else { 1 };
        step += stride * (isize::from(pressed(ui, Key::ArrowRight)) - isize::from(pressed(ui, Key::ArrowLeft)));
        let digits = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8];
        let places = (1..).map(|bits: u32| 1_usize << bits).zip(digits);
        for (value, key) in places.chain([(ENDS.0, Key::Home), (ENDS.1, Key::End)]) {
            if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
                *count = value;
            }
        }
    }
    ui.input(|input| {
        step += input.num_accesskit_action_requests(response.id, Action::Increment) as isize;
        step -= input.num_accesskit_action_requests(response.id, Action::Decrement) as isize;
        for request in input.accesskit_action_requests(response.id, Action::SetValue) {
            if let Some(ActionData::NumericValue(value)) = request.data {
                *count = value.round().max(0.0) as usize;
            }
        }
    });
    *count = count.saturating_add_signed(step);
}

fn describe(ui: &Ui, response: &Response, counted: &Counted, count: usize, enabled: bool) {
    response.widget_info(|| WidgetInfo::slider(enabled, count as f64, counted.name));
    ui.accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(ENDS.0 as f64);
        node.set_max_numeric_value(ENDS.1 as f64);
        node.set_numeric_value_step(1.0);
        if enabled {
            for action in [Action::SetValue, Action::Increment, Action::Decrement] {
                node.add_action(action);
            }
        }
    });
}
