//! The codes of an integer around a circle: counting up goes clockwise, and where the circle closes, numbers wrap around.

use std::f32::consts::TAU;

use egui::{Align2, Key, PointerButton, Pos2, Response, Sense, Shape, Stroke, Ui, vec2};

use super::figure;
use super::focus::steps;
use super::plot::{self, PlotLook};
use crate::app::theme::{self, tokens};
use crate::app::view::code_table;

/// A circle that is being described.
pub struct NumberCircle<'a> {
    /// The accessible name.
    pub name: &'a str,
    /// Width of a code, 1…16.
    pub bits: u32,
    /// The code at the marker.
    pub code: u64,
    /// What a code reads as, for the labels.
    pub reading: &'a dyn Fn(u64) -> String,
    /// After this code the reading jumps.
    pub seam: u64,
    /// Steps that an addition takes from the code, clockwise if positive.
    pub walk: i64,
    /// Sizes.
    pub look: PlotLook,
}

/// What happened to a circle.
pub struct CircleResponse {
    /// Of the circle; its drag is the gesture that a code belongs to.
    pub response: Response,
    /// The code that was chosen by pointer or key.
    pub chosen: Option<u64>,
}

impl NumberCircle<'_> {
    /// Draws the circle into the space that is left.
    pub fn show(self, ui: &mut Ui) -> CircleResponse {
        let tokens = tokens(ui);
        let recording = figure::record(ui);
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let (codes, center) = (1_u64 << self.bits, rect.center());
        let radius = (rect.width().min(rect.height()) / 2.0 - self.look.caption.size - 22.0).max(24.0);
        let at = |code: f32, radius: f32| -> Pos2 {
            let angle = code / codes as f32 * TAU - TAU / 4.0;
            center + vec2(angle.cos(), angle.sin()) * radius
        };
        let painter = ui.painter();
        painter.circle_stroke(center, radius, Stroke::new(theme::AXIS, tokens.axis));
        let ticks = codes.min(256);
        for tick in 0..ticks {
            let code = (tick * codes / ticks) as f32;
            let long = tick % (ticks / 16).max(1) == 0;
            let length = if long { 9.0 } else { 4.0 };
            let stroke = Stroke::new(if long { 1.5 } else { 1.0 }, if long { tokens.text } else { tokens.axis });
            painter.line_segment([at(code, radius), at(code, radius - length)], stroke);
        }
        for label in 0..codes.min(16) {
            let code = label * codes / codes.min(16);
            let place = at(code as f32, radius + self.look.caption.size * 1.2);
            let font = self.look.mono.clone();
            painter.text(place, Align2::CENTER_CENTER, (self.reading)(code), font, tokens.muted);
        }
        self.paint_seam(ui, &at, radius);
        self.paint_walk(ui, &at, radius, codes);
        let marker = at(self.code as f32, radius);
        let ring = Stroke::new(theme::MARKER_RING, tokens.card);
        painter.circle(marker, theme::MARKER_CURRENT / 2.0 * self.look.line, tokens.accent, ring);
        painter.text(center, Align2::CENTER_CENTER, (self.reading)(self.code), theme::display(), tokens.accent);

        let focused = plot::take_focus(ui, &response);
        let mut chosen = None;
        if let Some(pointer) = response
            .interact_pointer_pos()
            .filter(|_| response.dragged_by(PointerButton::Primary) || response.clicked())
        {
            let angle = (pointer - center).angle() + TAU / 4.0;
            let share = (angle / TAU).rem_euclid(1.0);
            chosen = Some((share * codes as f32).round() as u64 % codes);
        }
        if focused {
            let across = steps(ui, Key::ArrowLeft, Key::ArrowRight) + steps(ui, Key::ArrowDown, Key::ArrowUp);
            if across != 0 {
                chosen = Some((self.code as i64 + i64::from(across)).rem_euclid(codes as i64) as u64);
            }
        }
        let reading = (self.reading)(self.code);
        plot::describe(&response, || format!("{}: {codes} codes, at {reading}", self.name));
        figure::menu(ui, &response, recording, rect, self.name, || {
            code_table::readings(self.name, self.bits, self.reading)
        });
        let response = response.on_hover_text("Drag, or use the arrow keys");
        CircleResponse { response, chosen: chosen.filter(|code| *code != self.code) }
    }

    /// The dashed line where the reading jumps, with the word for it.
    fn paint_seam(&self, ui: &Ui, at: &dyn Fn(f32, f32) -> Pos2, radius: f32) {
        let tokens = tokens(ui);
        let between = self.seam as f32 + 0.5;
        let line = [at(between, radius * 0.62), at(between, radius + 6.0)];
        let [dash, gap] = theme::BOUNDARY_DASH;
        ui.painter().extend(Shape::dashed_line(&line, Stroke::new(2.0, tokens.warn), dash, gap));
        let place = at(between, radius * 0.5);
        ui.painter().text(place, Align2::CENTER_CENTER, "wraps", self.look.caption.clone(), tokens.warn);
    }

    /// The way of an addition as an arc inside the circle, with a head.
    fn paint_walk(&self, ui: &Ui, at: &dyn Fn(f32, f32) -> Pos2, radius: f32, codes: u64) {
        if self.walk == 0 {
            return;
        }
        let tokens = tokens(ui);
        // More than once around would cover itself.
        let walk = (self.walk as f32).clamp(-(codes as f32), codes as f32);
        let inner = radius - 20.0;
        let pieces = 48;
        let points: Vec<Pos2> =
            (0..=pieces).map(|step| at(self.code as f32 + walk * step as f32 / pieces as f32, inner)).collect();
        let stroke = Stroke::new(theme::DATA_LINE * self.look.line, tokens.real);
        ui.painter().add(Shape::line(points, stroke));
        let end = self.code as f32 + walk;
        let target = at(end, radius);
        let tip = at(end, inner);
        let back = at(end - walk.signum() * (codes as f32 * 0.02).max(0.02), inner);
        let along = (tip - back).normalized() * 9.0;
        let side = along.rot90() * 0.6;
        let head = vec![tip + along * 0.3, tip - along + side, tip - along - side];
        ui.painter().add(Shape::convex_polygon(head, tokens.real, Stroke::NONE));
        let ring = Stroke::new(2.0, tokens.real);
        let size = theme::MARKER_CURRENT / 2.0 * self.look.line;
        ui.painter().circle(target, size, tokens.card, ring);
    }
}
