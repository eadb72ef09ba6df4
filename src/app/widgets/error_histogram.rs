//! How the errors are distributed.

use egui::{Rect, Response, Sense, Stroke, Ui, vec2};

use super::figure;
use super::plot::{self, PlotLook};
use crate::app::theme;
use crate::app::view::axis::{Axis, Spacing};
use crate::app::view::figure::{Cell, Table};
use crate::app::view::{format, ticks};
use crate::engine::measure::ErrorHistogram;

/// Room for the labels of the counts.
const LEFT: f32 = 52.0;

/// Draws the bars into the space that is left; hovering reads them out.
pub fn error_histogram(ui: &mut Ui, errors: &ErrorHistogram, spacing: Spacing, look: &PlotLook) -> Response {
    let tokens = theme::tokens(ui.ctx());
    let recording = figure::record(ui);
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
    plot::describe(&response, || summary(errors));
    let area = Rect::from_min_max(rect.min + vec2(LEFT, 6.0), rect.max - vec2(6.0, look.caption.size + 8.0));
    if area.width() < 40.0 || area.height() < 20.0 || errors.counts.is_empty() {
        return response;
    }
    let x = Axis::linear(errors.low, errors.high, area.left(), area.right());
    let y = Axis::counts(errors.counts.iter().copied().max().unwrap_or(0), spacing, area.bottom(), area.top());
    let painter = ui.painter();
    let counts = ticks::fitting(&y, look.caption.size * 1.5);
    plot::y_axis(painter, area, &y, &counts, look, tokens);
    let values = ticks::linear(errors.low, errors.high, ((area.width() / 66.0) as usize).clamp(2, 7));
    plot::x_labels(painter, area.bottom() + 4.0, &x, &values, look, tokens);

    let top = |count: u64| y.pixel(count as f64).unwrap_or(area.bottom()).min(area.bottom());
    let edge = |bar: usize| {
        painter.round_to_pixel_center(area.left() + area.width() * bar as f32 / errors.counts.len() as f32)
    };
    let bars = errors.counts.iter().enumerate();
    let tops: Vec<[f32; 3]> = bars.map(|(bar, &count)| [edge(bar), edge(bar + 1), top(count)]).collect();
    plot::steps(painter, &tops, area.bottom(), tokens.off, Stroke::new(theme::HAIRLINE * look.line, tokens.axis));
    painter.hline(area.x_range(), area.bottom(), (theme::AXIS, tokens.axis));
    if let Some(zero) = x.pixel(0.0) {
        let stroke = Stroke::new(theme::BOUNDARY_LINE, tokens.axis);
        plot::dashed_vertical(painter, zero, area.top(), area.bottom(), stroke, theme::BOUNDARY_DASH);
    }
    figure::menu(ui, &response, recording, rect, "Errors", || table(errors));
    match response.hover_pos().filter(|at| area.contains(*at)) {
        Some(at) => response.on_hover_text_at_pointer(bar_words(errors, x.value(at.x))),
        None => response,
    }
}

fn bar_words(errors: &ErrorHistogram, error: f64) -> String {
    let width = (errors.high - errors.low) / errors.counts.len() as f64;
    let bar = (((error - errors.low) / width).max(0.0) as usize).min(errors.counts.len() - 1);
    let [low, high] = [bar, bar + 1].map(|edge| format::significant(errors.low + width * edge as f64, 3));
    format!("{} weights with an error of {low} … {high}", format::count(errors.counts[bar]))
}

fn table(errors: &ErrorHistogram) -> Table {
    let width = (errors.high - errors.low) / errors.counts.len() as f64;
    let edge = |bar: usize| Cell::Number(errors.low + width * bar as f64);
    let mut table = Table::new("Errors", &["error from", "error to", "weights"]);
    let rows = errors.counts.iter().enumerate();
    table.rows = rows.map(|(bar, count)| vec![edge(bar), edge(bar + 1), Cell::count(*count)]).collect();
    table
}

fn summary(errors: &ErrorHistogram) -> String {
    let weights = format::count(errors.counts.iter().sum());
    let [low, high] = [errors.low, errors.high].map(format::number);
    format!("Histogram of errors: {weights} weights, {} bars from {low} to {high}", errors.counts.len())
}
