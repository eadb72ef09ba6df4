//! What the affine map looks like: axes, regions, weights, codes, lines, handles, cursor.

use egui::{Align2, Color32, FontId, Pos2, Rect, Response, Shape, Stroke, Ui, pos2, vec2};

use super::{AffineMapView, Handle, LABEL, OnAxis, Places, STRIP};
use crate::app::theme::{self, Tokens};
use crate::app::view::affine::{real, whole};
use crate::app::view::format;
use crate::app::widgets::plot::{self, Marker};

impl AffineMapView<'_> {
    /// Codes that are multiples of this power of two have a line and a number.
    pub(super) fn every(&self, places: &Places) -> i32 {
        let least = if places.step >= 24.0 { 24.0 } else { LABEL };
        let mut every = 1;
        while places.step * (every as f32) < least && every < 1 << 16 {
            every *= 2;
        }
        every
    }

    pub(super) fn color(&self, rank: usize, tokens: &Tokens) -> Color32 {
        tokens.level(rank, self.map.codes).fill
    }

    /// The axis of r, the regions of the codes under it, and what is clipped.
    pub(super) fn paint_range(&self, ui: &Ui, places: &Places, tokens: &Tokens) {
        let (painter, map) = (ui.painter(), self.map);
        let covered = map.covered();
        let compact = self.compact;
        let strip = |from: f64, to: f64| {
            let (left, right) = (places.x(map, from).max(places.left), places.x(map, to).min(places.right));
            Rect::from_min_max(pos2(left, places.r + 2.0), pos2(right.max(left), places.r + 2.0 + STRIP))
        };
        let outer = [map.axis[0], covered[0], covered[1], map.axis[1]];
        let beyond = [(outer[0], outer[1], self.clipped[0]), (outer[2], outer[3], self.clipped[1])];
        for (index, (from, to, count)) in beyond.into_iter().enumerate() {
            if count == 0 || to <= from {
                continue;
            }
            let ground = strip(from, to);
            let zone =
                Rect::from_min_max(pos2(ground.left(), places.r - if compact { 24.0 } else { 34.0 }), ground.max);
            painter.rect_filled(zone, 0.0, tokens.warn_soft);
            let said = format!("{} clipped", format::count(count));
            let (at, align) = if index == 0 {
                (
                    pos2(
                        if compact { places.rect.left() } else { ground.left().max(places.left) },
                        ground.bottom() + 3.0,
                    ),
                    Align2::LEFT_TOP,
                )
            } else {
                (pos2(ground.right(), ground.bottom() + 3.0), Align2::RIGHT_TOP)
            };
            painter.text(at, align, said, self.look.strong.clone(), tokens.warn);
        }
        let [low, high] = [map.derivation.r_min, map.derivation.r_max];
        // Outer regions end with the range, or half a step beyond the outer level where the range ends before.
        let (first, last) = (map.marks.first(), map.marks.last());
        let ends = [
            first.map_or(low, |mark| low.min(mark.value).max(mark.region[0])),
            last.map_or(high, |mark| high.max(mark.value).min(mark.region[1])),
        ];
        let thin = map.marks.len() == map.codes;
        for (index, mark) in map.marks.iter().enumerate() {
            let next = map.marks.get(index + 1);
            let to = if thin { mark.region[1] } else { next.map_or(mark.region[1], |next| next.region[0]) };
            let cell = strip(mark.region[0].max(ends[0]), to.min(ends[1]));
            // Cells are parted by a pixel of card where there is room for it.
            let gap = if cell.width() > 5.0 { 0.75 } else { 0.0 };
            if cell.width() > 2.0 * gap {
                painter.rect_filled(cell.shrink2(vec2(gap, 0.0)), 0.0, self.color(mark.rank, tokens));
            }
        }
        let axis = Stroke::new(1.8 * self.look.line, tokens.real);
        arrow_right(ui, pos2(places.left - 6.0, places.r), places.right + 8.0, axis);
        let size = if self.compact { 18.0 } else { 24.0 };
        let letter = |y: f32, text: &str, color: Color32| {
            painter.text(pos2(places.rect.left() + 2.0, y), Align2::LEFT_CENTER, text, theme::semibold(size), color);
        };
        letter(places.r - 2.0, "r", tokens.real);
        letter(places.q - 2.0, "q", tokens.accent);
    }

    pub(super) fn paint_weights(&self, ui: &Ui, places: &Places, tokens: &Tokens) {
        let (painter, map) = (ui.painter(), self.map);
        match self.weights {
            OnAxis::Bars(counts) => {
                let most = counts.iter().copied().max().unwrap_or(0).max(1) as f32;
                let width = (places.right - places.left) / counts.len().max(1) as f32;
                let height = if self.compact { 24.0 } else { 32.0 };
                // Heights of the square root, so that thin tails show.
                let bar = |(index, &count): (usize, &u64)| {
                    let left = places.left + index as f32 * width;
                    [left, left + width, places.r - 1.0 - (count as f32 / most).sqrt() * height]
                };
                let tops: Vec<[f32; 3]> = counts.iter().enumerate().map(bar).collect();
                let outline = Stroke::new(theme::HAIRLINE, tokens.real);
                plot::steps(painter, &tops, places.r - 1.0, tokens.real_soft, outline);
            }
            OnAxis::Dots(values) => {
                let mut sorted: Vec<f32> = values.iter().copied().filter(|value| value.is_finite()).collect();
                sorted.sort_by(f32::total_cmp);
                let radius = 4.5;
                // How far right every row of the stack is taken.
                let mut rows: Vec<f32> = Vec::new();
                for value in sorted {
                    let x = places.x(map, f64::from(value));
                    let row = rows.iter().position(|taken| x - taken >= 2.0 * radius + 0.5);
                    let row = row.unwrap_or_else(|| {
                        rows.push(f32::NEG_INFINITY);
                        rows.len() - 1
                    });
                    rows[row] = x;
                    // Four rows fit under the labels; a higher stack grows no further.
                    let most = if self.compact { 2 } else { 3 };
                    let y = places.r - 7.0 - row.min(most) as f32 * (2.0 * radius);
                    let (code, _) = map.quantize(value);
                    let rank = (code - map.derivation.q_min) as usize;
                    let ring = Stroke::new(1.0, tokens.card);
                    painter.circle(pos2(x, y), radius, self.color(rank, tokens), ring);
                }
            }
        }
    }

    /// Lines from codes to the values that they stand for, and the arrow from Z to 0.
    pub(super) fn paint_lines(&self, ui: &Ui, places: &Places, tokens: &Tokens) {
        let (painter, map) = (ui.painter(), self.map);
        let derivation = &map.derivation;
        let every = self.every(places);
        let top = places.r + 2.0 + STRIP + 1.0;
        let font = self.look.caption.clone();
        // Zero's own label comes first, beside the tip of the arrow.
        let origin = places.x(map, 0.0);
        let mut labelled: Vec<(f32, f32)> = vec![(origin - 22.0, origin + 6.0)];
        // In a small picture the count of what is clipped takes its place.
        if !(self.compact && self.clipped[0] > 0) {
            painter.text(pos2(origin - 8.0, top + 3.0), Align2::RIGHT_TOP, "0", font.clone(), tokens.text);
        }
        let last = map.marks.len().saturating_sub(1);
        let ends_first = [0, last].into_iter().chain(1..last);
        for index in ends_first {
            let mark = &map.marks[index];
            if mark.code % every != 0 && index != last && index != 0 {
                continue;
            }
            let (from, to) = (pos2(places.x(map, mark.value), top), pos2(places.code_x(mark.rank), places.q - 8.0));
            let inside = (places.left - 1.0..=places.right + 1.0).contains(&from.x);
            let stroke = Stroke::new(theme::REFERENCE_LINE * self.look.line, tokens.axis);
            if mark.code != derivation.zero_point && inside {
                painter.extend(Shape::dotted_line(&[from, to], stroke.color, 5.0, stroke.width / 1.8));
            }
            // The value stands on the side that the line leaves free.
            let galley = painter.layout_no_wrap(level_text(mark.value), font.clone(), tokens.text);
            let width = galley.size().x;
            let left = if to.x > from.x + 4.0 { from.x - width - 3.0 } else { from.x + 5.0 };
            let span = (left - 6.0, left + width + 6.0);
            let free = mark.code != derivation.zero_point
                && labelled.iter().all(|taken| span.1 <= taken.0 || span.0 >= taken.1);
            if inside && free && span.0 >= places.rect.left() && span.1 <= places.rect.right() + 12.0 {
                labelled.push(span);
                painter.galley(pos2(left, top + 3.0), galley, tokens.text);
            }
        }
        let rank = derivation.zero_point - derivation.q_min;
        if rank >= 0 && (rank as usize) < map.codes {
            let (zero, origin) = (places.code_x(rank as usize), places.x(map, 0.0));
            let stroke = Stroke::new(2.4 * self.look.line, tokens.text);
            let (from, to) = (pos2(zero, places.q - 9.0), pos2(origin, top));
            arrow(ui, from, to, stroke);
            let middle = from + (to - from) * 0.5;
            let side = if to.x <= from.x { Align2::LEFT_CENTER } else { Align2::RIGHT_CENTER };
            let shift = if to.x <= from.x { 12.0 } else { -12.0 };
            let font = theme::semibold(self.look.caption.size + 2.5);
            if self.compact {
                return;
            }
            painter.text(middle + vec2(shift, 0.0), side, "× S", font, tokens.text);
        }
    }

    pub(super) fn paint_codes(&self, ui: &Ui, places: &Places, tokens: &Tokens) {
        let (painter, map) = (ui.painter(), self.map);
        let derivation = &map.derivation;
        let (first, last) = (places.code_x(0), places.code_x(map.codes - 1));
        let axis = Stroke::new(1.8 * self.look.line, tokens.accent);
        arrow_right(
            ui,
            pos2((first - 70.0).max(places.left - 6.0), places.q),
            (last + 80.0).min(places.right + 8.0),
            axis,
        );
        let radius = (places.step * 0.42).clamp(1.3, 9.0);
        for mark in &map.marks {
            let at = pos2(places.code_x(mark.rank), places.q);
            let used = self.counts.is_none_or(|counts| counts.get(mark.rank).is_some_and(|count| *count > 0));
            let color = if used { tokens.accent } else { tokens.axis };
            let outline = Stroke::new((radius * 0.25).clamp(0.0, 2.0), color);
            painter.circle(at, radius, if used { self.color(mark.rank, tokens) } else { tokens.card }, outline);
        }
        if let Some(code) = self.left_out
            && places.step >= 8.0
        {
            let at = pos2(first - places.step, places.q);
            let stroke = Stroke::new(2.0 * self.look.line, tokens.warn);
            painter.circle(at, radius, tokens.card, stroke);
            for side in [1.0, -1.0] {
                painter.line_segment(
                    [at + vec2(-radius - 3.0, side * (radius + 3.0)), at + vec2(radius + 3.0, -side * (radius + 3.0))],
                    stroke,
                );
            }
            if places.step >= 18.0 {
                let font = theme::semibold(self.look.caption.size);
                painter.text(at + vec2(0.0, 21.0), Align2::CENTER_CENTER, whole(code), font, tokens.warn);
            }
        }
        let caption = &self.look.caption;
        let strong = theme::semibold(caption.size + 2.0);
        let (y, second) = (places.q + 21.0, places.q + 23.0 + caption.size + 4.0);
        let mut taken: Vec<(f32, f32)> = Vec::new();
        let mut write = |x: f32, text: String, needed: bool| {
            let galley = painter.layout_no_wrap(text, strong.clone(), tokens.accent);
            let span = (x - galley.size().x / 2.0 - 4.0, x + galley.size().x / 2.0 + 4.0);
            if needed || taken.iter().all(|other| span.1 <= other.0 || span.0 >= other.1) {
                taken.push(span);
                painter.galley(pos2(span.0 + 4.0, y - galley.size().y / 2.0), galley, tokens.accent);
            }
        };
        // The ends and Z come first; the others where there is room.
        let needed = |code: i32| code == derivation.q_min || code == derivation.q_max;
        for mark in map.marks.iter().filter(|mark| needed(mark.code)) {
            write(places.code_x(mark.rank), whole(mark.code), true);
        }
        let zero_rank = (derivation.zero_point - derivation.q_min) as usize;
        write(places.code_x(zero_rank), whole(derivation.zero_point), false);
        let every = self.every(places);
        let regular = |code: i32| code % every == 0 && !needed(code) && code != derivation.zero_point;
        for mark in map.marks.iter().filter(|mark| regular(mark.code)) {
            write(places.code_x(mark.rank), whole(mark.code), false);
        }
        if self.compact {
            return;
        }
        // Under the codes their bits, but Z is told in words.
        let zero_text = format!("Z = {}", whole(derivation.zero_point));
        let zero_x = places.code_x(zero_rank);
        let zero = painter.layout_no_wrap(zero_text, strong.clone(), tokens.accent);
        let zero_half = zero.size().x / 2.0;
        let binary_font = FontId::monospace(caption.size);
        let room = map.bits as f32 * caption.size * 0.62 + 10.0;
        if places.step >= room {
            for mark in map.marks.iter().filter(|mark| mark.rank != zero_rank) {
                let x = places.code_x(mark.rank);
                if (x - zero_x).abs() >= zero_half + room / 2.0 {
                    painter.text(
                        pos2(x, second),
                        Align2::CENTER_CENTER,
                        &mark.binary,
                        binary_font.clone(),
                        tokens.muted,
                    );
                }
            }
        }
        painter.galley(pos2(zero_x - zero_half, second - zero.size().y / 2.0), zero, tokens.accent);
        if places.step >= 40.0 {
            let word = |x: f32, align: Align2, text: &str| {
                painter.text(pos2(x, y), align, text, caption.clone(), tokens.muted);
            };
            word(first - 20.0, Align2::RIGHT_CENTER, "q_min");
            word(last + 20.0, Align2::LEFT_CENTER, "q_max");
        }
    }

    pub(super) fn paint_handle(&self, ui: &Ui, places: &Places, handle: Handle, response: &Response, tokens: &Tokens) {
        let painter = ui.painter();
        let value = self.end(handle);
        let x = places.x(self.map, f64::from(value));
        if !(places.left - 2.0..=places.right + 2.0).contains(&x) {
            return;
        }
        let ring = Rect::from_center_size(pos2(x, places.r - 12.0), vec2(18.0, 30.0));
        theme::focus_ring(ui, response, ring);
        if handle == Handle::Outlier {
            let at = pos2(x, places.r - 12.0);
            Marker::Diamond.paint(painter, at, 17.0, tokens.warn, tokens.text);
            // Where it is the end of the range, the end's label says its value.
            let ends = [self.map.derivation.r_min, self.map.derivation.r_max];
            if ends.iter().all(|end| (places.x(self.map, *end) - x).abs() > 84.0) {
                let (font, said) = (self.look.strong.clone(), format!("outlier {}", real(value)));
                painter.text(at - vec2(0.0, 13.0), Align2::CENTER_BOTTOM, said, font, tokens.warn);
            }
            return;
        }
        let hot = response.hovered() || response.dragged();
        let width = if hot { 4.0 } else { 2.6 } * self.look.line;
        painter.vline(x, (places.r - 24.0)..=(places.r + 2.0 + STRIP), Stroke::new(width, tokens.real));
        let grip = vec![pos2(x - 7.0, places.r - 30.0), pos2(x + 7.0, places.r - 30.0), pos2(x, places.r - 20.0)];
        painter.add(Shape::convex_polygon(grip, tokens.real, Stroke::NONE));
        let name = if handle == Handle::Low { "r_min" } else { "r_max" };
        let text = format!("{name} = {}", real(value));
        let galley = painter.layout_no_wrap(text, theme::semibold(self.look.strong.size + 1.0), tokens.real);
        let half = galley.size().x / 2.0;
        // The two labels never meet: each stays on its side of the middle between the ends.
        let middle =
            (places.x(self.map, self.map.derivation.r_min) + places.x(self.map, self.map.derivation.r_max)) / 2.0;
        let center = match handle {
            Handle::Low => x.min(middle - half - 8.0).max(places.rect.left() + half),
            _ => x.max(middle + half + 8.0).min(places.rect.right() - half),
        };
        painter.galley(pos2(center - half, places.r - 38.0 - galley.size().y), galley, tokens.real);
    }

    /// The cursor on r with its code, and what comes back.
    pub(super) fn paint_cursor(&self, ui: &Ui, places: &Places, value: f32, tokens: &Tokens) {
        let painter = ui.painter();
        let x = places.x(self.map, f64::from(value));
        let (code, back) = self.map.quantize(value);
        let rank = (code - self.map.derivation.q_min) as usize;
        let at = pos2(places.code_x(rank), places.q);
        let stroke = Stroke::new(2.0 * self.look.line, tokens.accent);
        painter.vline(x, (places.r - 34.0)..=(places.r + 2.0 + STRIP), stroke);
        painter.line_segment([pos2(x, places.r + 2.0 + STRIP), at], stroke);
        painter.circle_stroke(at, (places.step * 0.42).clamp(4.0, 9.0) + 3.0, stroke);
        let text = format!("{} → q = {} → {}", real(value), whole(code), format::fixed(f64::from(back), 2));
        let galley = painter.layout_no_wrap(text, theme::semibold(self.look.strong.size + 1.0), tokens.text);
        let half = galley.size().x / 2.0 + 8.0;
        let center = x.clamp(places.rect.left() + half, places.rect.right() - half);
        let y = (places.r + places.q) / 2.0;
        let ground = Rect::from_center_size(pos2(center, y), galley.size() + vec2(16.0, 8.0));
        painter.rect(
            ground,
            theme::RADIUS_CONTROL,
            tokens.card,
            Stroke::new(1.0, tokens.accent),
            egui::StrokeKind::Inside,
        );
        painter.galley(ground.center() - galley.size() / 2.0, galley, tokens.text);
    }

    pub(super) fn paint_selected(&self, ui: &Ui, places: &Places, value: f32, tokens: &Tokens) {
        let x = places.x(self.map, f64::from(value));
        let (code, _) = self.map.quantize(value);
        let rank = (code - self.map.derivation.q_min) as usize;
        let stroke = Stroke::new(theme::SELECTED_LINE, tokens.text);
        if matches!(self.weights, OnAxis::Dots(_)) {
            ui.painter().circle_stroke(pos2(x, places.r - 7.0), 6.5, stroke);
        }
        let at = pos2(places.code_x(rank), places.q);
        ui.painter().circle_stroke(at, (places.step * 0.42).clamp(3.0, 9.0) + 2.5, stroke);
    }
}

/// A level's value with two decimals, more where it is small.
fn level_text(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if value.abs() >= 0.1 && value.abs() < 1e4 {
        format::fixed(value, 2)
    } else {
        format::significant(value, 3)
    }
}

/// A line with a tip at its right end.
fn arrow_right(ui: &Ui, from: Pos2, right: f32, stroke: Stroke) {
    let tip = pos2(right, from.y);
    ui.painter().line_segment([from, tip - vec2(6.0, 0.0)], stroke);
    head(ui, tip, vec2(1.0, 0.0), stroke.color);
}

fn arrow(ui: &Ui, from: Pos2, to: Pos2, stroke: Stroke) {
    let along = (to - from).normalized();
    ui.painter().line_segment([from, to - along * 6.0], stroke);
    head(ui, to, along, stroke.color);
}

fn head(ui: &Ui, tip: Pos2, along: egui::Vec2, color: Color32) {
    let (back, across) = (tip - along * 11.0, along.rot90() * 5.5);
    ui.painter().add(Shape::convex_polygon(vec![tip, back + across, back - across], color, Stroke::NONE));
}
