//! How the series of a chart are painted.

use egui::epaint::{BandPoint, BandShape};
use egui::{Color32, Painter, Pos2, Rangef, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use super::plot::{Marker, PlotLook};
use crate::app::theme::{self, Tokens};
use crate::app::view::axis::Axis;
use crate::app::view::chart::{Chart, Kind, Point, Series, Tone};

/// The order in which series take the colours: neighbours differ in lightness, too.
const ORDER: [usize; 8] = [0, 3, 1, 2, 4, 5, 6, 7];
/// Dashes of the second and later series.
const DASHES: [[f32; 2]; 4] = [theme::SECOND_DASH, [9.0, 3.0], [2.0, 3.0], [12.0, 5.0]];
/// Across the markers of points that are not current.
pub(super) const SMALL_MARKER: f32 = 8.0;

/// How one series looks.
pub(super) struct Style {
    /// Of the line, the markers and the name.
    pub color: Color32,
    /// Of areas and bars.
    fill: Color32,
    dash: Option<[f32; 2]>,
    width: f32,
    /// Shape of its points.
    pub marker: Marker,
    hollow: bool,
    /// Whether the legend shows the marker on the line.
    pub marked: bool,
}

/// The colour of lines and words of a tone.
pub(super) fn ink(tone: Tone, tokens: &Tokens) -> Color32 {
    match tone {
        Tone::Auto | Tone::Muted => tokens.axis,
        Tone::Hue(index) => tokens.series(index),
        Tone::Real => tokens.real,
        Tone::Accent => tokens.accent,
        Tone::Good => tokens.good,
        Tone::Warn => tokens.warn,
    }
}

/// The colour of areas of a tone.
pub(super) fn soft(tone: Tone, tokens: &Tokens) -> Color32 {
    match tone {
        Tone::Auto | Tone::Muted => tokens.grid,
        Tone::Hue(index) => tokens.series(index).gamma_multiply(0.25),
        Tone::Real => tokens.real_soft,
        Tone::Accent => tokens.accent_soft,
        Tone::Good => tokens.good_soft,
        Tone::Warn => tokens.warn_soft,
    }
}

impl Style {
    /// The look of the `place`-th series of a chart.
    pub(super) fn of(chart: &Chart, place: usize, look: &PlotLook, tokens: &Tokens) -> Self {
        let series = &chart.series[place];
        // Only series that leave the choice to the chart count for it, so that a reference does not shift the colours.
        let before = &chart.series[..place];
        let turn = before.iter().filter(|other| other.tone == series.tone && !other.published).count();
        let (color, fill) = match series.tone {
            _ if series.published => (tokens.axis, tokens.grid),
            Tone::Auto => {
                let color = tokens.clusters[ORDER[turn % ORDER.len()]].mark;
                (color, color.gamma_multiply(0.3))
            }
            tone => (ink(tone, tokens), soft(tone, tokens)),
        };
        let dash = match (series.published, series.dashed) {
            (true, _) => Some(theme::REFERENCE_DASH),
            (_, true) => Some(theme::SECOND_DASH),
            _ => turn.checked_sub(1).map(|turn| DASHES[turn % DASHES.len()]),
        };
        let width = match (series.published, series.main) {
            (true, _) => theme::REFERENCE_LINE,
            (_, true) => theme::MAIN_LINE,
            _ => theme::DATA_LINE,
        };
        // All that is published is dotted in grey: the markers alone tell it apart.
        let marker = match series.published {
            true => Marker::of(before.iter().filter(|other| other.published).count()),
            false => Marker::of(place),
        };
        Self {
            color,
            fill,
            dash,
            width: width * look.line,
            marker,
            hollow: series.published,
            marked: series.published && series.markers,
        }
    }

    fn stroke(&self) -> Stroke {
        Stroke::new(self.width, self.color)
    }

    fn line(&self, painter: &Painter, path: Vec<Pos2>) {
        match self.dash {
            _ if path.len() < 2 => {}
            None => drop(painter.add(Shape::line(path, self.stroke()))),
            Some([dash, gap]) => painter.extend(Shape::dashed_line(&path, self.stroke(), dash, gap)),
        }
    }

    pub(super) fn point(&self, painter: &Painter, center: Pos2, diameter: f32, tokens: &Tokens) {
        if self.hollow {
            self.marker.paint_hollow(painter, center, diameter, self.color, tokens.card);
        } else {
            self.marker.paint(painter, center, diameter, self.color, tokens.card);
        }
    }

    /// The sample before a legend's entry, 18 wide and centred on `left`'s height.
    pub(super) fn swatch(&self, painter: &Painter, kind: Kind, left: Pos2, tokens: &Tokens) {
        match kind {
            Kind::Bars(_) | Kind::Band => {
                let place = Rect::from_center_size(left + vec2(10.0, 0.0), vec2(14.0, 9.0));
                painter.rect(place, 0.0, self.fill, Stroke::new(theme::HAIRLINE, self.color), StrokeKind::Inside);
            }
            Kind::Points => self.point(painter, left + vec2(10.0, 0.0), SMALL_MARKER, tokens),
            Kind::Line | Kind::Steps | Kind::Stems => {
                self.line(painter, vec![left, left + vec2(18.0, 0.0)]);
                if self.marked {
                    self.point(painter, left + vec2(9.0, 0.0), SMALL_MARKER, tokens);
                }
            }
        }
    }
}

/// Paints one series on the axes `[x, y]`, cut off at the edges of `area`.
#[expect(clippy::too_many_arguments, reason = "one frame of one chart, taken apart")]
pub(super) fn paint(
    ui: &Ui,
    chart: &Chart,
    place: usize,
    style: &Style,
    [x, y]: [&Axis; 2],
    area: Rect,
    look: &PlotLook,
    tokens: &Tokens,
) {
    let series = &chart.series[place];
    let painter = ui.painter().with_clip_rect(area.expand(7.0).intersect(ui.clip_rect()));
    let at = |point: &Point| chart.place(point, x, y).map(|[across, up]| pos2(across, up));
    let height = |value: f64| y.pixel(value).unwrap_or(area.bottom()).clamp(area.top(), area.bottom());
    let base = height(0.0);
    match series.kind {
        Kind::Line => parts(series, at).into_iter().for_each(|path| style.line(&painter, path)),
        Kind::Steps => {
            for part in parts(series, at) {
                let mut path = Vec::with_capacity(part.len() * 2);
                for pair in part.windows(2) {
                    path.extend([pair[0], pos2(pair[1].x, pair[0].y)]);
                }
                path.extend(part.last().iter().flat_map(|last| [**last, pos2(area.right(), last.y)]));
                style.line(&painter, path);
            }
        }
        Kind::Band => {
            let edge = |point: &Point| {
                let range = Rangef::new(height(point.high), height(point.low));
                x.pixel(point.x).map(|x| BandPoint { x, y: range })
            };
            let points: Vec<BandPoint> = series.points.iter().filter_map(edge).collect();
            if points.len() > 1 {
                painter.add(Shape::Band(BandShape::filled(points, style.fill)));
            }
            parts(series, at).into_iter().for_each(|path| style.line(&painter, path));
        }
        Kind::Bars(width) => {
            let half = width / 2.0;
            for point in &series.points {
                let (Some(left), Some(right)) = (x.pixel(point.x - half), x.pixel(point.x + half)) else { continue };
                let gap = if right - left > 8.0 { 1.0 } else { 0.0 };
                let (top, bottom) = (height(point.y).min(base), height(point.y).max(base));
                let bar = Rect::from_min_max(pos2(left + gap, top), pos2(right - gap, bottom));
                let outline = Stroke::new(theme::HAIRLINE * look.line, style.color);
                painter.rect(bar, 0.0, style.fill, outline, StrokeKind::Inside);
            }
        }
        Kind::Stems => {
            let room = area.width() / series.points.len().max(1) as f32;
            let width = (room * 0.4).clamp(1.0, theme::STEM * look.line);
            for center in series.points.iter().filter_map(at) {
                painter.vline(center.x, center.y.min(base)..=center.y.max(base), (width, style.color));
            }
        }
        Kind::Points => {}
    }
    if series.kind != Kind::Band {
        whiskers(&painter, series, style, x, &height);
    }
    if series.markers || matches!(series.kind, Kind::Points | Kind::Stems) {
        // Many points make way for each other.
        let room = area.width() / series.points.len().max(1) as f32;
        let diameter = if series.kind == Kind::Stems { (room * 0.8).clamp(3.0, 9.0) } else { SMALL_MARKER };
        let diameter = if series.points.len() > 400 { diameter.min(4.0) } else { diameter } * look.line;
        for center in series.points.iter().filter_map(at) {
            style.point(&painter, center, diameter, tokens);
        }
    }
}

/// The joined parts of a series: a point that cannot be placed parts them.
fn parts(series: &Series, at: impl Fn(&Point) -> Option<Pos2>) -> Vec<Vec<Pos2>> {
    let mut parts = vec![Vec::new()];
    for point in &series.points {
        match (at(point), parts.last_mut()) {
            (Some(place), Some(part)) => part.push(place),
            _ => parts.push(Vec::new()),
        }
    }
    parts
}

/// Bars through the points, from end to end of their intervals.
fn whiskers(painter: &Painter, series: &Series, style: &Style, x: &Axis, height: &dyn Fn(f64) -> f32) {
    let stroke = Stroke::new(theme::REFERENCE_LINE, style.color);
    for point in series.points.iter().filter(|point| point.low != point.high) {
        let Some(across) = x.pixel(point.x) else { continue };
        let (low, high) = (height(point.low), height(point.high));
        painter.vline(across, high..=low, stroke);
        for end in [low, high] {
            painter.hline(across - 4.0..=across + 4.0, end, stroke);
        }
    }
}
