//! What all plots share: sizes, axes, markers, legends, keys and a text summary.

use egui::{
    Align2, Color32, EventFilter, FontId, Mesh, Painter, Pos2, Rect, Response, Role, Shape, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

use crate::app::theme::{self, Tokens};
use crate::app::view::axis::Axis;
use crate::app::view::ticks::Ticks;

/// Sizes that differ between a desk and a lecture hall.
#[derive(Clone, Debug, PartialEq)]
pub struct PlotLook {
    /// Ticks, legends, captions.
    pub caption: FontId,
    /// Captions that stand out.
    pub strong: FontId,
    /// Numbers in columns.
    pub mono: FontId,
    /// Factor on the width of lines and the size of markers.
    pub line: f32,
}

/// Series are told apart by the shape of their markers, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// First series.
    Circle,
    /// Second series.
    Square,
    /// Third series.
    Triangle,
    /// Fourth series.
    Diamond,
}

impl Default for PlotLook {
    fn default() -> Self {
        Self { caption: theme::small(), strong: theme::small_semibold(), mono: theme::mono(), line: 1.0 }
    }
}

impl PlotLook {
    /// For a presentation: no caption under 15, lines a quarter wider.
    pub fn presenting() -> Self {
        let sized = |font: FontId| FontId::new(15.0, font.family);
        Self {
            caption: sized(theme::small()),
            strong: sized(theme::small_semibold()),
            mono: sized(theme::mono()),
            line: 1.25,
        }
    }

    /// The look for where a page is shown.
    pub fn of(presenting: bool) -> Self {
        if presenting { Self::presenting() } else { Self::default() }
    }
}

impl Marker {
    /// The shape of the n-th series; repeats after four.
    pub fn of(series: usize) -> Self {
        [Self::Circle, Self::Square, Self::Triangle, Self::Diamond][series % 4]
    }

    /// A filled marker with a ring of card colour that parts it from its line.
    pub fn paint(self, painter: &Painter, center: Pos2, diameter: f32, fill: Color32, ring: Color32) {
        self.outlined(painter, center, diameter, fill, Stroke::new(theme::MARKER_RING, ring));
    }

    /// An outline around card colour.
    pub fn paint_hollow(self, painter: &Painter, center: Pos2, diameter: f32, line: Color32, card: Color32) {
        self.outlined(painter, center, diameter - 2.0, card, Stroke::new(theme::REFERENCE_LINE, line));
    }

    fn outlined(self, painter: &Painter, center: Pos2, diameter: f32, fill: Color32, stroke: Stroke) {
        let radius = diameter / 2.0;
        let at = |x: f32, y: f32| center + vec2(x, y) * radius;
        let points = match self {
            Self::Circle => {
                painter.circle(center, radius, fill, stroke);
                return;
            }
            Self::Square => vec![at(-0.85, -0.85), at(0.85, -0.85), at(0.85, 0.85), at(-0.85, 0.85)],
            Self::Triangle => vec![at(0.0, -1.05), at(1.0, 0.8), at(-1.0, 0.8)],
            Self::Diamond => vec![at(0.0, -1.15), at(1.15, 0.0), at(0.0, 1.15), at(-1.15, 0.0)],
        };
        painter.add(Shape::convex_polygon(points, fill, stroke));
    }
}

/// Horizontal grid lines with their labels to the left of `plot`.
pub fn y_axis(painter: &Painter, plot: Rect, axis: &Axis, ticks: &Ticks, look: &PlotLook, tokens: &Tokens) {
    for (value, label) in ticks.values.iter().zip(&ticks.labels) {
        let Some(y) = axis.pixel(*value) else { continue };
        let y = painter.round_to_pixel_center(y);
        painter.hline(plot.x_range(), y, (theme::HAIRLINE, tokens.grid));
        painter.text(pos2(plot.left() - 8.0, y), Align2::RIGHT_CENTER, label, look.caption.clone(), tokens.muted);
    }
}

/// Labels below `top`, without a line; labels that would overlap are left out.
pub fn x_labels(painter: &Painter, top: f32, axis: &Axis, ticks: &Ticks, look: &PlotLook, tokens: &Tokens) {
    let mut free_from = f32::NEG_INFINITY;
    for (value, label) in ticks.values.iter().zip(&ticks.labels) {
        let Some(x) = axis.pixel(*value) else { continue };
        let galley = painter.layout_no_wrap(label.clone(), look.caption.clone(), tokens.muted);
        let left = x - galley.size().x / 2.0;
        if left >= free_from {
            free_from = left + galley.size().x + 8.0;
            painter.galley(pos2(left, top), galley, tokens.muted);
        }
    }
}

/// Steps from bar to bar, filled down to `base` and outlined. `tops` gives the left and right edge and the top of every bar, from
/// left to right.
pub fn steps(painter: &Painter, tops: &[[f32; 3]], base: f32, fill: Color32, outline: Stroke) {
    let mut area = Mesh::default();
    let mut line = Vec::with_capacity(tops.len() * 2 + 2);
    for (place, &[left, right, top]) in tops.iter().enumerate() {
        if top < base {
            area.add_colored_rect(Rect::from_min_max(pos2(left, top), pos2(right, base)), fill);
        }
        if place == 0 {
            line.push(pos2(left, base));
        }
        line.extend([pos2(left, top), pos2(right, top)]);
        if place + 1 == tops.len() {
            line.push(pos2(right, base));
        }
    }
    painter.add(Shape::mesh(area));
    painter.add(Shape::line(line, outline));
}

/// A dashed vertical line.
pub fn dashed_vertical(painter: &Painter, x: f32, from: f32, to: f32, stroke: Stroke, [dash, gap]: [f32; 2]) {
    painter.extend(Shape::dashed_line(&[pos2(x, from), pos2(x, to)], stroke, dash, gap));
}

/// Names a painted plot, so that screen readers and tests can find and read it.
pub fn describe(response: &Response, summary: impl Fn() -> String) {
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, summary()));
}

/// Gives the keys to what was clicked, keeps the arrows inside while it has them, and draws the ring.
pub fn take_focus(ui: &Ui, response: &Response) -> bool {
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    let focused = response.has_focus();
    if focused {
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        theme::focus_ring(ui, response, response.rect);
    }
    focused
}
