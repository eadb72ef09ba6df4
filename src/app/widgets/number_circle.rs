//! The codes of an integer around a circle: counting up goes clockwise, and where the circle closes, numbers wrap around.

use std::f32::consts::TAU;

use egui::{Align2, FontId, Key, PointerButton, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::figure;
use super::focus::steps;
use super::plot::{self, PlotLook};
use crate::app::theme::{self, tokens};
use crate::app::view::code_table;

/// The way of a sum around the circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walk {
    /// Along the codes: so many, clockwise if positive.
    Along(i128),
    /// Straight to a code: where the order of the codes is not that of the values.
    Across(u64),
}

/// A circle that is being described.
pub struct NumberCircle<'a> {
    /// The accessible name.
    pub name: &'a str,
    /// Width of a code, 1…64.
    pub bits: u32,
    /// The code at the marker.
    pub code: u64,
    /// What a code reads as.
    pub reading: &'a dyn Fn(u64) -> String,
    /// The same in the few characters of a label.
    pub label: &'a dyn Fn(u64) -> String,
    /// After these codes the reading jumps.
    pub seams: &'a [u64],
    /// What a sum does from the code.
    pub walk: Walk,
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

/// Labels around the circle, at most.
const LABELS: u64 = 16;

/// Ticks around the circle, at most.
const TICKS: u64 = 256;

/// Where things are on the circle: a share of the turn, 0 at the top and clockwise, at a radius.
struct Turn {
    center: Pos2,
    radius: f32,
    codes: f64,
}

impl Turn {
    fn share(&self, share: f64, radius: f32) -> Pos2 {
        let angle = (share - 0.25) as f32 * TAU;
        self.center + vec2(angle.cos(), angle.sin()) * radius
    }

    fn at(&self, code: f64, radius: f32) -> Pos2 {
        self.share(code / self.codes, radius)
    }
}

impl NumberCircle<'_> {
    fn mask(&self) -> u64 {
        u64::MAX >> (64 - self.bits)
    }

    /// Powers of two need the face with all superscripts.
    fn label_font(&self) -> FontId {
        if self.bits > 16 { self.look.caption.clone() } else { self.look.mono.clone() }
    }

    /// The codes that have a label: all, or as many even parts of the circle.
    fn labelled(&self) -> Vec<u64> {
        let shift = self.bits.saturating_sub(LABELS.ilog2());
        (0..LABELS.min(1 << self.bits.min(4))).map(|place| place << shift).collect()
    }

    /// Draws the circle into the space that is left.
    pub fn show(self, ui: &mut Ui) -> CircleResponse {
        let tokens = tokens(ui);
        let recording = figure::record(ui);
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        let font = self.label_font();
        let label_width =
            |code: u64| ui.painter().layout_no_wrap((self.label)(code), font.clone(), tokens.muted).size().x;
        let widest = self.labelled().into_iter().map(label_width).fold(0.0, f32::max);
        let across = rect.width() / 2.0 - widest - 10.0;
        let radius = (rect.height() / 2.0 - self.look.caption.size - 22.0).min(across).max(24.0);
        let turn = Turn { center: rect.center(), radius, codes: (self.bits as f64).exp2() };
        let painter = ui.painter();
        painter.circle_stroke(turn.center, radius, Stroke::new(theme::AXIS, tokens.axis));
        let ticks = if self.bits < 8 { 1 << self.bits } else { TICKS };
        for tick in 0..ticks {
            let share = tick as f64 / ticks as f64;
            let long = tick % (ticks / LABELS).max(1) == 0;
            let length = if long { 9.0 } else { 4.0 };
            let stroke = Stroke::new(if long { 1.5 } else { 1.0 }, if long { tokens.text } else { tokens.axis });
            painter.line_segment([turn.share(share, radius), turn.share(share, radius - length)], stroke);
        }
        for code in self.labelled() {
            self.paint_label(ui, &turn, rect, code);
        }
        self.paint_seams(ui, &turn);
        self.paint_walk(ui, &turn);
        let marker = turn.at(self.code as f64, radius);
        let ring = Stroke::new(theme::MARKER_RING, tokens.card);
        painter.circle(marker, theme::MARKER_CURRENT / 2.0 * self.look.line, tokens.accent, ring);
        self.paint_reading(ui, &turn);

        let focused = plot::take_focus(ui, &response);
        let mut chosen = None;
        if let Some(pointer) = response
            .interact_pointer_pos()
            .filter(|_| response.dragged_by(PointerButton::Primary) || response.clicked())
        {
            let angle = f64::from((pointer - turn.center).angle() + TAU / 4.0);
            let share = (angle / f64::from(TAU)).rem_euclid(1.0);
            // A whole turn is 2^bits, which comes back to 0.
            chosen = Some((share * turn.codes).round() as u128 as u64 & self.mask());
        }
        if focused {
            let across = steps(ui, Key::ArrowLeft, Key::ArrowRight) + steps(ui, Key::ArrowDown, Key::ArrowUp);
            if across != 0 {
                chosen = Some(self.code.wrapping_add_signed(across.into()) & self.mask());
            }
        }
        let reading = (self.reading)(self.code);
        plot::describe(&response, || format!("{}: 2^{} codes, at {reading}", self.name, self.bits));
        figure::menu(ui, &response, recording, rect, self.name, || {
            let all = self.bits <= code_table::WIDEST;
            let codes = if all { (0..=self.mask()).collect() } else { self.labelled() };
            code_table::readings(self.name, self.bits, &codes, self.reading)
        });
        let response = response.on_hover_text("Drag, or use the arrow keys");
        CircleResponse { response, chosen: chosen.filter(|code| *code != self.code) }
    }

    /// A label outside the circle, on the side where it does not cover it.
    fn paint_label(&self, ui: &Ui, turn: &Turn, rect: Rect, code: u64) {
        let size = self.look.caption.size;
        let place = turn.at(code as f64, turn.radius + size * 0.55);
        let text = (self.label)(code);
        let galley = ui.painter().layout_no_wrap(text, self.label_font(), tokens(ui).muted);
        // From the middle of the label at the top and at the foot to its end at the sides.
        let lean = ((place.x - turn.center.x) / turn.radius).clamp(-1.0, 1.0);
        let sink = ((place.y - turn.center.y) / turn.radius).clamp(-1.0, 1.0);
        let left = place.x + galley.size().x * (lean - 1.0) / 2.0;
        let top = place.y + galley.size().y * (sink - 1.0) / 2.0;
        let left = left.clamp(rect.left(), (rect.right() - galley.size().x).max(rect.left()));
        ui.painter().galley(pos2(left, top), galley, tokens(ui).muted);
    }

    /// The reading in the middle, as large as fits.
    fn paint_reading(&self, ui: &Ui, turn: &Turn) {
        let color = tokens(ui).accent;
        let room = turn.radius * 1.5;
        let text = (self.reading)(self.code);
        let mut galley = None;
        for font in [theme::display(), theme::semibold(28.0), theme::metric(), theme::semibold(16.0), theme::cell(12.0)]
        {
            let tried = ui.painter().layout_no_wrap(text.clone(), font, color);
            let fits = tried.size().x <= room;
            galley = Some(tried);
            if fits {
                break;
            }
        }
        if let Some(galley) = galley {
            ui.painter().galley(turn.center - galley.size() / 2.0, galley, color);
        }
    }

    /// The dashed lines where the reading jumps, with the word for it.
    fn paint_seams(&self, ui: &Ui, turn: &Turn) {
        let tokens = tokens(ui);
        for seam in self.seams {
            let between = *seam as f64 + 0.5;
            let line = [turn.at(between, turn.radius * 0.74), turn.at(between, turn.radius + 6.0)];
            let [dash, gap] = theme::BOUNDARY_DASH;
            ui.painter().extend(Shape::dashed_line(&line, Stroke::new(2.0, tokens.warn), dash, gap));
            let place = turn.at(between, turn.radius * 0.62);
            ui.painter().text(place, Align2::CENTER_CENTER, "wraps", self.look.caption.clone(), tokens.warn);
        }
    }

    /// The way of a sum inside the circle, with a head at its end and a ring at the code it comes to.
    fn paint_walk(&self, ui: &Ui, turn: &Turn) {
        let inner = turn.radius - 20.0;
        let start = self.code as f64;
        let (points, end) = match self.walk {
            Walk::Along(0) => return,
            Walk::Along(steps) => {
                // More than once around would cover itself.
                let walk = (steps as f64).clamp(-turn.codes, turn.codes);
                let pieces = 48;
                let points: Vec<Pos2> = (0..=pieces)
                    .map(|piece| turn.at(start + walk * f64::from(piece) / f64::from(pieces), inner))
                    .collect();
                (points, start + walk)
            }
            Walk::Across(code) if code == self.code => return,
            Walk::Across(code) => (vec![turn.at(start, inner), turn.at(code as f64, inner)], code as f64),
        };
        let tokens = tokens(ui);
        let stroke = Stroke::new(theme::DATA_LINE * self.look.line, tokens.real);
        let (tip, back) = (points[points.len() - 1], points[points.len() - 2]);
        // A way that is shorter than its head is the head alone, in its direction.
        let length = points.windows(2).map(|pair| pair[0].distance(pair[1])).sum::<f32>();
        if length > 12.0 {
            ui.painter().add(Shape::line(points, stroke));
        }
        let along = if tip == back { vec2(9.0, 0.0) } else { (tip - back).normalized() * 9.0 };
        let side = along.rot90() * 0.6;
        let head = vec![tip + along * 0.3, tip - along + side, tip - along - side];
        ui.painter().add(Shape::convex_polygon(head, tokens.real, Stroke::NONE));
        let ring = Stroke::new(2.0, tokens.real);
        let size = theme::MARKER_CURRENT / 2.0 * self.look.line;
        ui.painter().circle(turn.at(end, turn.radius), size, tokens.card, ring);
    }
}
