//! Error against bits for every scheme, the current setting marked; a click on a point selects it.

use egui::{Align2, Color32, CursorIcon, Pos2, Rect, Response, Sense, Shape, Stroke, Ui, pos2, vec2};

use super::figure;
use super::plot::{self, Marker, PlotLook};
use crate::app::theme::{self, Tokens};
use crate::app::view::axis::{Axis, Spacing};
use crate::app::view::figure::{Cell, Table};
use crate::app::view::rate::{Measure, Rate, RateSeries, spread};
use crate::app::view::{format, ticks};

/// How near a click must be to a point.
const REACH: f32 = 14.0;
/// Diameter of the points that are not current.
const SMALL_MARKER: f32 = 8.0;

/// What the plot is drawn of.
pub struct RatePlot<'a> {
    /// One line each; the names stand at their ends.
    pub series: &'a [RateSeries],
    /// Upwards.
    pub measure: Measure,
    /// To the right.
    pub rate: Rate,
    /// The series and the bits that are set.
    pub current: Option<(usize, u32)>,
    /// Sizes.
    pub look: PlotLook,
}

/// What happened to the plot.
pub struct RateResponse {
    /// Of the whole plot.
    pub response: Response,
    /// The point that was clicked: the series' place and its bits.
    pub clicked: Option<(usize, u32)>,
}

/// How one series looks.
struct Style {
    color: Color32,
    dash: Option<[f32; 2]>,
    width: f32,
}

impl RatePlot<'_> {
    /// Draws the plot into the space that is left.
    pub fn show(self, ui: &mut Ui) -> RateResponse {
        let tokens = theme::tokens(ui.ctx());
        let recording = figure::record(ui);
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
        plot::describe(&response, || self.summary());
        let painter = ui.painter();
        let end = |series: &RateSeries| {
            painter.layout_no_wrap(series.name.clone(), self.look.strong.clone(), tokens.text).size().x
        };
        let labels = self.series.iter().map(end).fold(24.0, f32::max);
        let caption = self.look.caption.size;
        let left = if self.measure == Measure::Mse { 50.0 } else { 26.0 };
        let area = Rect::from_min_max(rect.min + vec2(left, 8.0), rect.max - vec2(labels + 14.0, caption + 8.0));
        let Some((x, y)) = self.axes(area).filter(|_| area.width() > 30.0 && area.height() > 30.0) else {
            return RateResponse { response, clicked: None };
        };

        self.grid(ui, area, &x, &y, tokens);
        let at = |place: usize, bits: u32| {
            self.series[place].at(bits).map(|point| self.place(point.x, point.y, area, &x, &y))
        };
        let styles: Vec<Style> = (0..self.series.len()).map(|place| self.style(place, tokens)).collect();
        // The current series last, on top of the others.
        let mut order: Vec<usize> = (0..self.series.len()).collect();
        order.sort_by_key(|place| self.current.is_some_and(|(current, _)| current == *place));
        for &place in &order {
            self.line(ui, place, &styles[place], area, &x, &y, tokens);
        }
        if let Some((place, bits)) = self.current
            && let Some(center) = (place < self.series.len()).then(|| at(place, bits)).flatten()
        {
            Marker::Circle.paint(painter, center, theme::MARKER_CURRENT * self.look.line, tokens.accent, tokens.card);
        }
        self.end_labels(ui, area, &x, &y, &styles);

        figure::menu(ui, &response, recording, rect, "Error by bits", || self.table());
        let near = response.hover_pos().and_then(|pointer| self.nearest(pointer, area, &x, &y));
        let clicked = near.filter(|_| response.clicked());
        let response = match near {
            Some((place, bits)) => {
                if let Some(center) = at(place, bits) {
                    painter.circle_stroke(center, 8.0 * self.look.line, Stroke::new(2.0, styles[place].color));
                }
                response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text_at_pointer(self.words(place, bits))
            }
            None => response,
        };
        RateResponse { response, clicked }
    }

    fn axes(&self, area: Rect) -> Option<(Axis, Axis)> {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let extent = |values: &mut dyn Iterator<Item = f64>| {
            values.filter(|value| value.is_finite()).fold(None, |extent: Option<(f64, f64)>, value| {
                let (low, high) = extent.unwrap_or((value, value));
                Some((low.min(value), high.max(value)))
            })
        };
        let (left, right) = extent(&mut points().map(|point| point.x))?;
        let (left, right) = if left < right { (left, right) } else { (left - 1.0, right + 1.0) };
        let x = Axis::linear(left, right, area.left() + 4.0, area.right());
        let y = match self.measure {
            Measure::Sqnr => {
                let (low, high) = extent(&mut points().map(|point| point.y)).unwrap_or((0.0, 1.0));
                let high = high.max(1.0);
                Axis::linear(low.min(0.0), high + (high - low.min(0.0)) * 0.04, area.bottom(), area.top())
            }
            Measure::Mse => {
                let (low, high) = extent(&mut points().map(|point| point.y).filter(|y| *y > 0.0)).unwrap_or((0.1, 1.0));
                let (low, high) = (low / 1.3, high * 1.3);
                Axis { low, high, start: area.bottom(), end: area.top(), spacing: Spacing::Log }
            }
        };
        Some((x, y))
    }

    fn grid(&self, ui: &Ui, area: Rect, x: &Axis, y: &Axis, tokens: &Tokens) {
        let painter = ui.painter();
        let marks = ticks::fitting(y, self.look.caption.size * 1.5);
        plot::y_axis(painter, area, y, &marks, &self.look, tokens);
        let current = self.current_point().map(|point| point.x);
        let columns = ((area.width() / 16.0) as usize).clamp(2, 8);
        let columns = ticks::linear(x.low, x.high, columns);
        let baseline = area.bottom() + 6.0 + self.look.caption.size / 2.0;
        for (value, label) in columns.values.iter().zip(&columns.labels) {
            let is_current = current.is_some_and(|current| (current - value).abs() < 1e-9);
            let (font, color) =
                if is_current { (&self.look.strong, tokens.accent) } else { (&self.look.caption, tokens.muted) };
            if let Some(x) = x.pixel(*value) {
                painter.text(pos2(x, baseline), Align2::CENTER_CENTER, label, font.clone(), color);
            }
        }
        let unit = if self.rate == Rate::Bits { "bits" } else { "bits/w" };
        let right = pos2(area.right() + 12.0, baseline);
        painter.text(right, Align2::LEFT_CENTER, unit, self.look.caption.clone(), tokens.muted);
        if let Some(x) = current.and_then(|current| x.pixel(current)) {
            let stroke = Stroke::new(theme::BOUNDARY_LINE * self.look.line, tokens.accent);
            plot::dashed_vertical(painter, x, area.top(), area.bottom(), stroke, theme::BOUNDARY_DASH);
        }
    }

    fn current_point(&self) -> Option<&crate::app::view::rate::RatePoint> {
        let (place, bits) = self.current?;
        self.series.get(place)?.at(bits)
    }

    /// Where a point is drawn; one without any error is drawn at the top edge.
    fn place(&self, x_value: f64, y_value: f64, area: Rect, x: &Axis, y: &Axis) -> Pos2 {
        let perfect = match self.measure {
            Measure::Sqnr => y_value == f64::INFINITY,
            Measure::Mse => y_value <= 0.0,
        };
        let edge = if self.measure == Measure::Sqnr { area.top() } else { area.bottom() };
        let height = if perfect { edge } else { y.pixel(y_value).unwrap_or(edge) };
        pos2(x.pixel(x_value).unwrap_or(area.left()), height)
    }

    /// The current series is the accent; the others keep their colours, dashes and markers whichever is current.
    fn style(&self, place: usize, tokens: &Tokens) -> Style {
        let is_current = self.current.is_some_and(|(current, _)| current == place);
        const ORDER: [usize; 8] = [0, 3, 1, 2, 4, 5, 6, 7];
        const DASHES: [[f32; 2]; 4] = [[5.0, 4.0], [9.0, 3.0], [2.0, 3.0], [12.0, 5.0]];
        Style {
            color: if is_current { tokens.accent } else { tokens.clusters[ORDER[place % 8]].mark },
            dash: (!is_current).then_some(DASHES[place % 4]),
            width: theme::DATA_LINE * self.look.line,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "private; the axes belong to one frame")]
    fn line(&self, ui: &Ui, place: usize, style: &Style, area: Rect, x: &Axis, y: &Axis, tokens: &Tokens) {
        let painter = ui.painter();
        let points: Vec<Pos2> =
            self.series[place].points.iter().map(|point| self.place(point.x, point.y, area, x, y)).collect();
        let stroke = Stroke::new(style.width, style.color);
        match style.dash {
            None => drop(painter.add(Shape::line(points.clone(), stroke))),
            Some([dash, gap]) => painter.extend(Shape::dashed_line(&points, stroke, dash, gap)),
        }
        for (center, point) in points.iter().zip(&self.series[place].points) {
            let marker = Marker::of(place);
            marker.paint(painter, *center, SMALL_MARKER * self.look.line, style.color, tokens.card);
            if point.y == f64::INFINITY || (self.measure == Measure::Mse && point.y <= 0.0) {
                let text = if self.measure == Measure::Sqnr { "∞" } else { "0" };
                let at = *center + vec2(0.0, if self.measure == Measure::Sqnr { 14.0 } else { -14.0 });
                painter.text(at, Align2::CENTER_CENTER, text, self.look.strong.clone(), style.color);
            }
        }
    }

    fn end_labels(&self, ui: &Ui, area: Rect, x: &Axis, y: &Axis, styles: &[Style]) {
        let painter = ui.painter();
        let ends: Vec<(usize, Pos2)> = self
            .series
            .iter()
            .enumerate()
            .filter_map(|(place, series)| {
                series.points.last().map(|point| (place, self.place(point.x, point.y, area, x, y)))
            })
            .collect();
        let wanted: Vec<f32> = ends.iter().map(|(_, end)| end.y).collect();
        let height = self.look.strong.size + 4.0;
        for ((place, end), y) in ends.iter().zip(spread(&wanted, height, area.top(), area.bottom())) {
            let left = end.x.max(area.right() - 2.0) + 10.0;
            let style = &styles[*place];
            painter.text(
                pos2(left, y),
                Align2::LEFT_CENTER,
                &self.series[*place].name,
                self.look.strong.clone(),
                style.color,
            );
        }
    }

    fn nearest(&self, pointer: Pos2, area: Rect, x: &Axis, y: &Axis) -> Option<(usize, u32)> {
        let points = self.series.iter().enumerate().flat_map(|(place, series)| {
            series.points.iter().map(move |point| (place, point.bits, self.place(point.x, point.y, area, x, y)))
        });
        let near =
            points.map(|(place, bits, at)| (place, bits, at.distance(pointer))).filter(|(_, _, far)| *far <= REACH);
        near.min_by(|a, b| a.2.total_cmp(&b.2)).map(|(place, bits, _)| (place, bits))
    }

    fn words(&self, place: usize, bits: u32) -> String {
        let series = &self.series[place];
        let Some(point) = series.at(bits) else { return series.name.clone() };
        let error = match self.measure {
            Measure::Sqnr => format!("SQNR {} dB", format::decibels(Some(point.y))),
            Measure::Mse => format!("MSE {}", format::number(point.y)),
        };
        let cost = if self.rate == Rate::BitsPerWeight {
            format!(", {} bits per weight", format::number(point.x))
        } else {
            String::new()
        };
        format!("{}, {bits} bits: {error}{cost}", series.name)
    }

    fn table(&self) -> Table {
        let across = if self.rate == Rate::Bits { "bits" } else { "bits per weight" };
        let mut table = Table::new("Error by bits", &["scheme", across, self.measure.label()]);
        for series in self.series {
            let name = || Cell::Text(series.name.clone());
            let rows = series.points.iter().map(|point| vec![name(), Cell::Number(point.x), Cell::Number(point.y)]);
            table.rows.extend(rows);
        }
        table
    }

    fn summary(&self) -> String {
        let lines: Vec<String> = self
            .series
            .iter()
            .enumerate()
            .filter_map(|(place, series)| {
                let (first, last) = (series.points.first()?, series.points.last()?);
                Some(format!("{} … {}", self.words(place, first.bits), self.words(place, last.bits)))
            })
            .collect();
        format!("Error against bits, {}: {}", self.measure.label(), lines.join("; "))
    }
}
