//! A line of values: a tick at everything that a format can store, what was typed, what is stored, and what rounds to it. A right
//! click offers its values and its picture as files.

use egui::{Align2, Key, Rect, Response, Sense, Stroke, Ui, Vec2, pos2, vec2};

use super::figure;
use super::focus::steps;
use super::plot::{self, PlotLook};
use crate::app::theme::{self, tokens};
use crate::app::view::numerals;
use crate::app::view::value_line::{self, LineAxis, LineScale, LineTicks, TickKind};

/// A line that is being described.
pub struct ValueLine<'a> {
    /// The accessible name, and what stands in the summary.
    pub name: &'a str,
    /// How values are spaced.
    pub scale: LineScale,
    /// Where the even part of a symmetric logarithm ends.
    pub knee: f64,
    /// The values at the ends of the line before anybody zooms.
    pub range: (f64, f64),
    /// The ticks of a stretch of at most so many values.
    pub ticks: &'a dyn Fn(&LineAxis, usize) -> LineTicks,
    /// A zone with its name: the subnormal values.
    pub zone: Option<(f64, f64, &'a str)>,
    /// What rounds to the stored value.
    pub interval: Option<(f64, f64)>,
    /// What rounds to any value: drawn as bands where there is room.
    pub intervals: Option<&'a dyn Fn(f64) -> Option<(f64, f64)>>,
    /// The stored value.
    pub stored: Option<f64>,
    /// The typed value.
    pub typed: Option<f64>,
    /// What stands above the line's left end.
    pub caption: &'a str,
    /// Another key resets zoom and pan.
    pub key: u64,
    /// Sizes.
    pub look: PlotLook,
}

/// What the eye has chosen: the stretch in view, in places.
#[derive(Clone, Copy, Debug, Default)]
pub struct LineState {
    key: u64,
    window: Option<(f64, f64)>,
}

/// What happened to a line.
pub struct LineResponse {
    /// Of the line.
    pub response: Response,
    /// The value that was chosen by a click.
    pub chosen: Option<f64>,
    /// How many values up or down the keys ← and → went.
    pub step: i32,
}

/// More values than this are thinned to powers of two.
const MOST_TICKS: usize = 1100;

/// Values further apart than this have their intervals drawn.
const BAND: f32 = 14.0;

/// Highest tick, at the stored value.
const STEM: f32 = 20.0;

impl ValueLine<'_> {
    /// Draws the line over the width that is left, `height` high.
    pub fn show(self, ui: &mut Ui, height: f32, state: &mut LineState) -> LineResponse {
        let recording = figure::record(ui);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click_and_drag());
        if state.key != self.key {
            *state = LineState { key: self.key, window: None };
        }
        let (left, right) = (rect.left() + 8.0, rect.right() - 8.0);
        let mut axis = LineAxis { scale: self.scale, knee: self.knee, low: 0.0, high: 1.0, start: left, end: right };
        let full = (axis.place(self.range.0), axis.place(self.range.1));
        let (Some(full_low), Some(full_high)) = full else {
            return LineResponse { response, chosen: None, step: 0 };
        };
        (axis.low, axis.high) = state.window.unwrap_or((full_low, full_high));
        let focused = plot::take_focus(ui, &response);
        let step = navigate(ui, &response, focused, &mut axis, state);

        let ticks = (self.ticks)(&axis, MOST_TICKS);
        let base = (rect.bottom() - self.look.caption.size - 8.0).round() + 0.5;
        self.paint(ui, rect, &axis, &ticks, base);
        plot::describe(&response, || self.summary(&ticks));
        figure::menu(ui, &response, recording, rect, self.name, || {
            value_line::table(self.name, &ticks, self.stored, self.typed, self.interval)
        });
        let nearest = |x: f32| {
            let distance = |value: f64| axis.pixel(value).map_or(f32::MAX, |pixel| (pixel - x).abs());
            let values = ticks.ticks.iter().map(|tick| tick.value);
            values.min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
        };
        let chosen = response.interact_pointer_pos().filter(|_| response.clicked()).and_then(|at| nearest(at.x));
        let response = match response.hover_pos().and_then(|at| nearest(at.x)) {
            Some(value) if !response.dragged() => {
                let hint = "drag moves, scroll zooms, double click shows all";
                response.on_hover_text_at_pointer(format!("{}\nClick takes it; {hint}", numerals::short_f64(value)))
            }
            _ => response,
        };
        LineResponse { response, chosen, step }
    }

    fn paint(&self, ui: &Ui, rect: Rect, axis: &LineAxis, ticks: &LineTicks, base: f32) {
        let tokens = tokens(ui);
        let painter = ui.painter().with_clip_rect(rect.expand2(vec2(4.0, 2.0)).intersect(ui.clip_rect()));
        let within = |x: f32| x.clamp(rect.left(), rect.right());
        let span = |low: f64, high: f64| Some((within(axis.pixel(low)?), within(axis.pixel(high)?)));
        let mut caption_left = rect.left() + 8.0;
        if let Some((low, high, name)) = self.zone {
            // On a logarithmic line the zone begins left of what it can show.
            let from = axis.pixel(low).map_or(rect.left(), within);
            if let Some(to) = axis.pixel(high).map(within)
                && to - from > 2.0
            {
                let tall = self.tall(rect, base);
                let zone = Rect::from_min_max(pos2(from, base - 14.0 - tall), pos2(to, base));
                painter.rect_filled(zone, 0.0, tokens.warn_soft);
                let at = pos2(from + 4.0, base - 24.0 - tall);
                let font = self.look.caption.clone();
                let drawn = painter.text(at, Align2::LEFT_CENTER, name, font, tokens.warn);
                caption_left = to.max(drawn.right() + 10.0) + 4.0;
            }
        }
        if let Some((from, to)) = self.interval.and_then(|(low, high)| span(low, high))
            && to - from > 1.0
        {
            let band = Rect::from_min_max(pos2(from, base - STEM - self.tall(rect, base)), pos2(to, base));
            painter.rect_filled(band, 0.0, tokens.accent_soft);
        }
        if !self.caption.is_empty() {
            let at = pos2(caption_left, base - 24.0 - self.tall(rect, base));
            painter.text(at, Align2::LEFT_CENTER, self.caption, self.look.caption.clone(), tokens.muted);
        }
        self.paint_intervals(&painter, rect, axis, ticks, base);
        painter.hline(rect.x_range(), base, (theme::AXIS, tokens.axis));
        let tall = self.tall(rect, base);
        let stroke = Stroke::new(1.5 * self.look.line, tokens.text);
        for tick in &ticks.ticks {
            let Some(x) = axis.pixel(tick.value).filter(|x| rect.x_range().contains(*x)) else { continue };
            let height = if tick.kind == TickKind::Power { 13.0 + tall } else { 8.0 + tall * 0.6 };
            painter.vline(x, base - height..=base, stroke);
        }
        self.paint_labels(&painter, rect, axis, ticks, base);
        if let Some(x) = self.stored.and_then(|value| axis.pixel(value)).filter(|x| rect.x_range().contains(*x)) {
            let stem = Stroke::new(theme::STEM * self.look.line, tokens.accent);
            painter.vline(x, base - STEM - tall..=base + 2.0, stem);
        }
        if let Some((x, typed)) = self.typed.and_then(|value| Some((axis.pixel(value)?, value)))
            && rect.x_range().contains(x)
        {
            let ring = Stroke::new(theme::MARKER_RING, tokens.card);
            painter.circle(pos2(x, base), theme::MARKER / 2.0 * self.look.line, tokens.real, ring);
            // Among ticks that stand close the number would cover them; there the stored value has its label below.
            let roomy =
                self.interval.and_then(|(low, high)| span(low, high)).is_some_and(|(from, to)| to - from >= 24.0);
            if roomy {
                let text = numerals::typed(typed);
                // Beside the dot on the side away from the stored value, where its label is.
                let right = self.stored.is_none_or(|stored| typed >= stored);
                let room = if right { rect.right() - x > 90.0 } else { x - rect.left() < 90.0 };
                let (align, shift) = if room { (Align2::LEFT_CENTER, 12.0) } else { (Align2::RIGHT_CENTER, -12.0) };
                let at = pos2(x + shift, base - 12.0 - tall / 2.0);
                painter.text(at, align, text, self.look.strong.clone(), tokens.real);
            }
        }
        if !ticks.complete {
            let at = pos2(rect.right() - 8.0, base - 24.0 - tall);
            let font = self.look.caption.clone();
            painter.text(at, Align2::RIGHT_CENTER, "only powers of two are drawn", font, tokens.muted);
        }
    }

    /// How much higher the ticks are than on the lowest line.
    fn tall(&self, rect: Rect, base: f32) -> f32 {
        (base - rect.top() - 56.0).clamp(0.0, 60.0)
    }

    /// What rounds to each value as bands, every second one darker, where they are wide enough to part.
    fn paint_intervals(&self, painter: &egui::Painter, rect: Rect, axis: &LineAxis, ticks: &LineTicks, base: f32) {
        let Some(intervals) = self.intervals else { return };
        let roomy = rect.width() / ticks.ticks.len().max(1) as f32 >= BAND;
        if !ticks.complete || !roomy {
            return;
        }
        let tokens = tokens(painter.ctx());
        let within = |x: f32| x.clamp(rect.left(), rect.right());
        let top = base - 8.0 - self.tall(rect, base) * 0.6;
        for (place, tick) in ticks.ticks.iter().enumerate() {
            let Some((low, high)) = intervals(tick.value) else { continue };
            // On a logarithm what rounds to the smallest value goes on to the left.
            let from = axis.pixel(low).map_or(rect.left(), within);
            let Some(to) = axis.pixel(high).map(within) else { continue };
            let fill = if place % 2 == 0 { tokens.select } else { tokens.inset };
            painter.rect_filled(Rect::from_min_max(pos2(from, top), pos2(to, base)), 0.0, fill);
        }
    }

    /// The stored value has its label first, then zero and the powers of two, then what still has room.
    fn paint_labels(&self, painter: &egui::Painter, rect: Rect, axis: &LineAxis, ticks: &LineTicks, base: f32) {
        let tokens = tokens(painter.ctx());
        let mut taken: Vec<(f32, f32)> = Vec::new();
        let mut label = |value: f64, strong: bool| {
            let Some(x) = axis.pixel(value).filter(|x| rect.x_range().contains(*x)) else { return };
            let font = if strong { self.look.strong.clone() } else { self.look.caption.clone() };
            let color = if strong { tokens.accent } else { tokens.muted };
            let even = strong || self.scale == LineScale::Linear;
            let text = if even { numerals::label(value) } else { numerals::power_label(value) };
            let galley = painter.layout_no_wrap(text, font, color);
            let half = galley.size().x / 2.0;
            let center = x.clamp(rect.left() + half, (rect.right() - half).max(rect.left() + half));
            if taken.iter().all(|(from, to)| center + half + 8.0 < *from || center - half - 8.0 > *to) {
                taken.push((center - half, center + half));
                painter.galley(pos2(center - half, base + 5.0), galley, color);
            }
        };
        if let Some(stored) = self.stored {
            label(stored, true);
        }
        let ends = [ticks.ticks.first(), ticks.ticks.last()];
        ends.into_iter().flatten().for_each(|tick| label(tick.value, false));
        // Powers of two from the middle of every stretch outwards would jump while panning: from the left they stay.
        let powers: Vec<f64> =
            ticks.ticks.iter().filter(|tick| tick.kind == TickKind::Power).map(|tick| tick.value).collect();
        let stride = (powers.len() as f32 / ((axis.end - axis.start) / 60.0)).ceil().max(1.0) as usize;
        let origin = powers.iter().position(|value| value.abs() == 1.0).unwrap_or(0) % stride;
        powers.iter().skip(origin).step_by(stride).for_each(|value| label(*value, false));
        // Single values get their labels only where that does not make a thicket.
        let roomy = (axis.end - axis.start) / ticks.ticks.len().max(1) as f32 > 24.0;
        if self.scale == LineScale::Linear && roomy {
            let plain = ticks.ticks.iter().filter(|tick| tick.kind == TickKind::Plain);
            plain.for_each(|tick| label(tick.value, false));
        }
    }

    fn summary(&self, ticks: &LineTicks) -> String {
        let value = |value: Option<f64>| value.map_or_else(|| "nothing".to_owned(), numerals::short_f64);
        format!(
            "{}: {} values in view, stored {}, typed {}",
            self.name,
            ticks.ticks.len(),
            value(self.stored),
            value(self.typed)
        )
    }
}

/// Drag pans, wheel and pinch zoom about the pointer, + and − zoom, Home shows all; ← and → are returned as steps.
fn navigate(ui: &Ui, response: &Response, focused: bool, axis: &mut LineAxis, state: &mut LineState) -> i32 {
    let width = axis.high - axis.low;
    let mut moved = axis.low;
    let mut zoomed = 1.0;
    let mut about = axis.low + width / 2.0;
    if response.dragged() {
        moved -= f64::from(response.drag_delta().x / (axis.end - axis.start)) * width;
    }
    if let Some(pointer) = response.hover_pos() {
        let (scroll, pinch) = ui.input_mut(|input| {
            let scroll = std::mem::replace(&mut input.smooth_scroll_delta, Vec2::ZERO);
            (scroll.y, input.zoom_delta())
        });
        zoomed = f64::from((-scroll / 300.0).exp() / pinch);
        about = axis.place_of_pixel(pointer.x);
    }
    let mut step = 0;
    if focused {
        step = steps(ui, Key::ArrowLeft, Key::ArrowRight);
        let pressed = |key| ui.input(|input| input.key_pressed(key));
        if pressed(Key::Plus) || pressed(Key::Equals) {
            zoomed *= 0.8;
        }
        if pressed(Key::Minus) {
            zoomed *= 1.25;
        }
        if pressed(Key::Home) {
            state.window = None;
            return step;
        }
    }
    if response.double_clicked() {
        state.window = None;
        return step;
    }
    if moved != axis.low || zoomed != 1.0 {
        let low = about - (about - moved) * zoomed;
        let high = low + width * zoomed;
        // Doubles part values no further than this.
        if high - low > about.abs() * 1e-12 && (high - low).is_finite() {
            (axis.low, axis.high) = (low, high);
            state.window = Some((low, high));
        }
    }
    step
}
