//! The plot of any [`Chart`]: lines, points, steps, bars, stems and bands on even or logarithmic axes.
//!
//! Series are named at their ends, in their own colour, and told apart by dash and marker, too. Pointing at a point reads it out, the
//! arrow keys walk from point to point, a click or Enter chooses one; vertical marks with a handle can be dragged or moved by keys.

mod handles;
mod names;

use egui::{Id, Key, PopupAnchor, Pos2, Rect, Response, Sense, Stroke, Tooltip, Ui, Vec2, pos2, vec2};

use self::names::{has_legend, more_rows, named};
use super::chart_series::{self, Style};
use super::plot::{self, PlotLook};
use super::{figure, focus};
use crate::app::theme::{self, Tokens};
use crate::app::view::axis::Axis;
use crate::app::view::chart::{Across, Chart, Kind, Tone};
use crate::app::view::ticks::Ticks;

/// How near the pointer must be to a point.
const REACH: f32 = 14.0;
/// Plots below this height save the line of the x axis's label.
const LOW: f32 = 90.0;

/// What happened to a chart.
pub struct ChartResponse {
    /// Of the whole plot.
    pub response: Response,
    /// The point under the pointer, as its series' place and its own.
    pub hovered: Option<(usize, usize)>,
    /// The point that was clicked, or chosen by Enter.
    pub clicked: Option<(usize, usize)>,
    /// The mark that was moved.
    pub moved: Option<Moved>,
    /// The part of the plot between the axes; `None` where nothing could be drawn.
    pub area: Option<(Rect, Axis, Axis)>,
}

/// A mark that was moved by drag or key.
pub struct Moved {
    /// Its place among the chart's marks.
    pub mark: usize,
    /// Where it is wanted now, within the axis.
    pub x: f64,
    /// Of its handle: what tells one drag from another for undo.
    pub response: Response,
}

/// Where everything goes in one frame.
struct Canvas<'a> {
    chart: &'a Chart,
    look: &'a PlotLook,
    tokens: &'static Tokens,
    rect: Rect,
    area: Rect,
    x: Axis,
    y: Axis,
    y_ticks: Ticks,
    styles: Vec<Style>,
}

/// Draws the chart into the space that is left. A right click offers its numbers and its picture as files.
pub fn chart(ui: &mut Ui, chart: &Chart, look: &PlotLook) -> ChartResponse {
    chart_under(ui, chart, look, |_, _, _, _| ())
}

/// The same with what `over` paints on it, which belongs to the picture: it gets the plot, the axis of x and the axis of y.
pub fn chart_under(
    ui: &mut Ui,
    chart: &Chart,
    look: &PlotLook,
    over: impl FnOnce(&Ui, Rect, &Axis, &Axis),
) -> ChartResponse {
    let recording = figure::record(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
    let cursor_id = response.id.with("cursor");
    let Some(canvas) = Canvas::new(ui, chart, look, rect) else {
        plot::describe(&response, || format!("{}: nothing to show", chart.title));
        return ChartResponse { response, hovered: None, clicked: None, moved: None, area: None };
    };
    canvas.ground(ui);
    for (place, style) in canvas.styles.iter().enumerate() {
        chart_series::paint(ui, chart, place, style, [&canvas.x, &canvas.y], canvas.area, look, canvas.tokens);
    }
    canvas.marks(ui);
    canvas.current(ui);
    canvas.names(ui);
    over(ui, canvas.area, &canvas.x, &canvas.y);

    let focused = plot::take_focus(ui, &response);
    let moved = canvas.handles(ui);
    let pointed = response.hover_pos().filter(|_| moved.is_none());
    let hovered = pointed.and_then(|at| chart.nearest([at.x, at.y], &canvas.x, &canvas.y, REACH));
    let cursor = focused.then(|| canvas.walk(ui, cursor_id)).flatten();
    plot::describe(&response, || match cursor {
        Some((series, point)) => format!("{}; at {}", chart.summary(), chart.words(series, point)),
        None => chart.summary(),
    });
    figure::menu(ui, &response, recording, rect, &chart.title, || chart.table());
    if let Some((series, point)) = hovered.or(cursor) {
        canvas.ring(ui, series, point);
    }
    let mut clicked = hovered.filter(|_| response.clicked());
    if let Some((series, point)) = cursor {
        if focus::pressed(ui, Key::Enter) || focus::pressed(ui, Key::Space) {
            clicked = clicked.or(cursor);
        }
        if hovered.is_none()
            && let Some(center) = canvas.center(series, point)
        {
            let anchor = PopupAnchor::Position(center + vec2(10.0, 10.0));
            Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), cursor_id, anchor).show(|ui| {
                ui.label(chart.words(series, point));
            });
        }
    }
    let response = match hovered {
        Some((series, point)) => response.on_hover_text_at_pointer(chart.words(series, point)),
        None => response,
    };
    ChartResponse { response, hovered, clicked, moved, area: Some((canvas.area, canvas.x, canvas.y)) }
}

/// Whether the plot is so low that the label of the x axis stands above it, on the line of the y axis's.
fn is_low(rect: Rect) -> bool {
    rect.height() < LOW
}

impl<'a> Canvas<'a> {
    fn new(ui: &Ui, chart: &'a Chart, look: &'a PlotLook, rect: Rect) -> Option<Self> {
        let tokens = theme::tokens(ui.ctx());
        let painter = ui.painter();
        let caption = look.caption.size;
        let width = |text: &str| painter.layout_no_wrap(text.to_owned(), look.strong.clone(), tokens.text).size().x;
        let styles: Vec<Style> = (0..chart.series.len()).map(|place| Style::of(chart, place, look, tokens)).collect();
        let with_legend = has_legend(chart);
        let mut top = rect.top() + 6.0;
        if !chart.y.label.is_empty() || with_legend {
            top += caption + 8.0;
        }
        if with_legend {
            top += more_rows(ui, chart, look, rect);
        }
        let foot = caption + 8.0 + if chart.x.label.is_empty() || is_low(rect) { 0.0 } else { caption + 4.0 };
        let (_, y) = chart.axes([0.0, 1.0], [rect.bottom() - foot, top])?;
        let y_ticks = chart.y.marks(&y, caption * 1.5);
        let left = y_ticks.labels.iter().map(|label| width(label)).fold(0.0, f32::max) + 10.0;
        let left = left.max(chart.indent);
        let ends = named(chart).filter(|_| !with_legend).map(|place| {
            let series = &chart.series[place];
            width(&series.label()) + if series.published && series.markers { names::MARKED } else { 0.0 }
        });
        let right = ends.fold(0.0, f32::max).min(rect.width() * 0.4);
        let right = if right > 0.0 { right + 16.0 } else { 8.0 };
        let area = Rect::from_min_max(pos2(rect.left() + left, top), rect.max - vec2(right, foot));
        let (x, y) = chart.axes([area.left(), area.right()], [area.bottom(), area.top()])?;
        (area.width() > 24.0 && area.height() > 16.0).then_some(Self {
            chart,
            look,
            tokens,
            rect,
            area,
            x,
            y,
            y_ticks,
            styles,
        })
    }

    /// Shaded ranges, grid, axes and their labels.
    fn ground(&self, ui: &Ui) {
        let (painter, area, caption) = (ui.painter(), self.area, self.look.caption.size);
        for shade in &self.chart.shades {
            let edge = |value| self.x.pixel(value).map(|at| at.clamp(area.left(), area.right()));
            let (Some(low), Some(high)) = (edge(shade.low), edge(shade.high)) else { continue };
            let region = Rect::from_x_y_ranges(low.min(high)..=low.max(high), area.y_range());
            painter.rect_filled(region, 0.0, chart_series::soft(shade.tone, self.tokens));
            if !shade.text.is_empty() && region.width() > 0.5 {
                let color = chart_series::ink(shade.tone, self.tokens);
                let galley = painter.layout_no_wrap(shade.text.clone(), self.look.caption.clone(), color);
                let rightmost = (area.right() - galley.size().x).max(area.left());
                let left = (region.center().x - galley.size().x / 2.0).clamp(area.left(), rightmost);
                painter.galley(pos2(left, area.top() + 2.0), galley, color);
            }
        }
        plot::y_axis(painter, area, &self.y, &self.y_ticks, self.look, self.tokens);
        let base = self.y.pixel(0.0).filter(|at| area.y_range().contains(*at)).unwrap_or(area.bottom());
        painter.hline(area.x_range(), painter.round_to_pixel_center(base), (theme::AXIS, self.tokens.axis));
        let widest = self.chart.x.marks(&self.x, 1.0).labels.iter().map(|label| label.chars().count()).max();
        let gap = (widest.unwrap_or(1) as f32 * caption * 0.58 + 14.0).max(28.0);
        let ticks = self.chart.x.marks(&self.x, gap);
        plot::x_labels(painter, area.bottom() + 5.0, &self.x, &ticks, self.look, self.tokens);
        let muted = self.tokens.muted;
        if !self.chart.x.label.is_empty() && is_low(self.rect) {
            let text = format!("{} →", self.chart.x.label);
            let galley = theme::truncated(ui, &text, self.look.caption.clone(), muted, self.rect.width() / 2.0);
            painter.galley(self.rect.right_top() - vec2(galley.size().x, 0.0), galley, muted);
        } else if !self.chart.x.label.is_empty() {
            let galley = theme::truncated(ui, &self.chart.x.label, self.look.caption.clone(), muted, self.rect.width());
            let left = (area.center().x - galley.size().x / 2.0)
                .clamp(self.rect.left(), (self.rect.right() - galley.size().x).max(self.rect.left()));
            painter.galley(pos2(left, self.rect.bottom() - galley.size().y), galley, muted);
        }
        if !self.chart.y.label.is_empty() {
            let label = theme::truncated(ui, &self.chart.y.label, self.look.caption.clone(), muted, self.rect.width());
            painter.galley(self.rect.left_top(), label, muted);
        }
    }

    /// Lines across the plot, with their words at the end.
    fn marks(&self, ui: &Ui) {
        let (painter, area) = (ui.painter(), self.area);
        // Words stand beside a grip, not under it.
        let grips = self.chart.marks.iter().filter(|mark| mark.handle.is_some() && mark.across == Across::X);
        let mut taken: Vec<Rect> = grips.filter_map(|mark| Some(self.grip(self.x.pixel(mark.value)?))).collect();
        for mark in &self.chart.marks {
            let color = chart_series::ink(mark.tone, self.tokens);
            let stroke = Stroke::new(theme::REFERENCE_LINE * self.look.line, color);
            let dash = if mark.tone == Tone::Muted { theme::REFERENCE_DASH } else { theme::BOUNDARY_DASH };
            let galley = painter.layout_no_wrap(mark.text.clone(), self.look.caption.clone(), color);
            let size = galley.size();
            let place = match mark.across {
                Across::X => {
                    let Some(at) = self.x.pixel(mark.value).filter(|at| area.x_range().expand(1.0).contains(*at))
                    else {
                        continue;
                    };
                    plot::dashed_vertical(painter, at, area.top(), area.bottom(), stroke, dash);
                    let left = if at + 5.0 + size.x <= area.right() { at + 5.0 } else { at - 5.0 - size.x };
                    pos2(left, area.top() + if mark.handle.is_some() { 14.0 } else { 0.0 })
                }
                Across::Y => {
                    let Some(at) = self.y.pixel(mark.value).filter(|at| area.y_range().expand(1.0).contains(*at))
                    else {
                        continue;
                    };
                    let path = [pos2(area.left(), at), pos2(area.right(), at)];
                    painter.extend(egui::Shape::dashed_line(&path, stroke, dash[0], dash[1]));
                    self.beside_line(at, size)
                }
            };
            if mark.text.is_empty() {
                continue;
            }
            let mut words = Rect::from_min_size(place, size);
            while taken.iter().any(|other| other.intersects(words)) && words.bottom() + size.y <= area.bottom() {
                words = words.translate(vec2(0.0, size.y));
            }
            taken.push(words);
            painter.rect_filled(
                words.expand2(vec2(2.0, 0.0)),
                theme::RADIUS_BAR,
                self.tokens.card.gamma_multiply(0.85),
            );
            painter.galley(words.min, galley, color);
        }
    }

    /// Where words beside a horizontal line cover the fewest points: above it or below, at its left end or its right.
    fn beside_line(&self, at: f32, size: Vec2) -> Pos2 {
        let area = self.area;
        let (above, below) = (at - size.y - 1.0, at + 1.0);
        let (left, right) = (area.left() + 6.0, area.right() - size.x - 6.0);
        let covered = |corner: &Pos2| -> usize {
            // A marker is as wide as its radius, and the one that is set now is the largest.
            let words = Rect::from_min_size(*corner, size).expand(theme::MARKER_CURRENT * self.look.line);
            let lines = self.chart.series.iter().filter(|series| !matches!(series.kind, Kind::Bars(_)));
            let points = lines.flat_map(|series| series.points.iter());
            let seen = points.filter_map(|point| Some(pos2(self.x.pixel(point.x)?, self.y.pixel(point.y)?)));
            seen.filter(|point| words.contains(*point)).count()
        };
        // Clear of the markers of points that lie on the line itself.
        let clear = above - theme::MARKER_CURRENT * self.look.line;
        let corners =
            [pos2(left, above), pos2(right, above), pos2(left, below), pos2(right, below), pos2(right, clear)];
        // At the right the line of the y axis's label is free, where no legend stands on it.
        let roof = |corner: &Pos2| {
            if corner.x == right && !has_legend(self.chart) { self.rect.top() } else { area.top() }
        };
        let inside =
            corners.into_iter().filter(|corner| corner.y >= roof(corner) && corner.y + size.y <= area.bottom());
        inside.min_by_key(covered).unwrap_or(pos2(left, if above < area.top() { below } else { above }))
    }

    /// The point that is set now.
    fn current(&self, ui: &Ui) {
        let Some((series, point)) = self.chart.current else { return };
        let Some(center) = self.center(series, point) else { return };
        let stroke = Stroke::new(theme::BOUNDARY_LINE * self.look.line, self.tokens.accent);
        plot::dashed_vertical(
            ui.painter(),
            center.x,
            self.area.top(),
            self.area.bottom(),
            stroke,
            theme::BOUNDARY_DASH,
        );
        let size = theme::MARKER_CURRENT * self.look.line;
        self.styles[series].marker.paint(ui.painter(), center, size, self.tokens.accent, self.tokens.card);
    }

    fn center(&self, series: usize, point: usize) -> Option<Pos2> {
        let point = self.chart.series.get(series)?.points.get(point)?;
        self.chart.place(point, &self.x, &self.y).map(|[across, up]| pos2(across, up))
    }

    fn ring(&self, ui: &Ui, series: usize, point: usize) {
        if let (Some(center), Some(style)) = (self.center(series, point), self.styles.get(series)) {
            ui.painter().circle_stroke(center, 8.0 * self.look.line, Stroke::new(2.0, style.color));
        }
    }

    /// Moves the reading cursor: ←/→ along a series, ↑/↓ from series to series, Home and End to its ends.
    fn walk(&self, ui: &Ui, id: Id) -> Option<(usize, usize)> {
        let series = &self.chart.series;
        let stored = ui.data(|data| data.get_temp::<(usize, usize)>(id));
        let valid = |place: &(usize, usize)| series.get(place.0).is_some_and(|series| place.1 < series.points.len());
        let start = self.chart.current.filter(valid).or_else(|| {
            let first = series.iter().position(|series| !series.points.is_empty())?;
            Some((first, 0))
        })?;
        let along = focus::steps(ui, Key::ArrowLeft, Key::ArrowRight);
        let across = focus::steps(ui, Key::ArrowUp, Key::ArrowDown);
        let jump = [Key::Home, Key::End].map(|key| focus::pressed(ui, key));
        if along == 0 && across == 0 && jump == [false; 2] {
            return stored.filter(valid);
        }
        let (mut place, mut point) = stored.filter(valid).unwrap_or(start);
        if across != 0 {
            let others: Vec<usize> = (0..series.len()).filter(|place| !series[*place].points.is_empty()).collect();
            let at = others.iter().position(|other| *other == place)? as i32;
            place = others[(at + across).rem_euclid(others.len() as i32) as usize];
            point = point.min(series[place].points.len() - 1);
        }
        let last = series[place].points.len() - 1;
        // From nowhere, the first key press shows where one is.
        let along = if stored.filter(valid).is_none() { 0 } else { along };
        point = (point as i64 + i64::from(along)).clamp(0, last as i64) as usize;
        point = match jump {
            [true, _] => 0,
            [_, true] => last,
            _ => point,
        };
        ui.data_mut(|data| data.insert_temp(id, (place, point)));
        Some((place, point))
    }
}
