//! What the series of a chart are called: names at the ends of lines, or a legend above the plot.

use egui::{Align2, Pos2, Rect, Ui, pos2, vec2};

use super::super::chart_series::SMALL_MARKER;
use super::{Canvas, PlotLook};
use crate::app::theme;
use crate::app::view::chart::{Chart, Kind};
use crate::app::view::rate::spread;

/// More named series than this have a legend instead of names at their ends.
const MOST_END_LABELS: usize = 4;
/// Between two rows of the legend.
const ROW_GAP: f32 = 6.0;
/// What the marker before a name takes.
pub(super) const MARKED: f32 = 15.0;

impl Canvas<'_> {
    /// Names at the ends of the lines, or a legend above the plot.
    pub(super) fn names(&self, ui: &Ui) {
        let painter = ui.painter();
        if has_legend(self.chart) {
            let step = self.look.caption.size + ROW_GAP;
            // On the line of the y axis's label, which stands at the top.
            let first = self.rect.top() + ui.fonts_mut(|fonts| fonts.row_height(&self.look.caption)) / 2.0;
            legend(ui, self.chart, self.look, self.rect, &mut |place, row, left, text| {
                let at = pos2(left, first + row as f32 * step);
                self.styles[place].swatch(painter, self.chart.series[place].kind, at, self.tokens);
                let color = self.styles[place].color;
                painter.text(at + vec2(24.0, 0.0), Align2::LEFT_CENTER, text, self.look.caption.clone(), color);
            });
            return;
        }
        let ends: Vec<(usize, Pos2)> = named(self.chart)
            .filter_map(|place| {
                let series = &self.chart.series[place];
                let last = series.points.iter().rposition(|point| !point.y.is_nan())?;
                let end = self.center(place, last)?;
                let end = if matches!(series.kind, Kind::Steps) { pos2(self.area.right(), end.y) } else { end };
                Some((place, end))
            })
            .collect();
        let wanted: Vec<f32> = ends.iter().map(|(_, end)| end.y).collect();
        let height = self.look.strong.size + 4.0;
        for ((place, _), up) in ends.iter().zip(spread(&wanted, height, self.area.top(), self.area.bottom())) {
            let mut left = self.area.right() + 12.0;
            if self.styles[*place].marked {
                self.styles[*place].point(painter, pos2(left + 4.0, up), SMALL_MARKER, self.tokens);
                left += MARKED;
            }
            let (font, color) = (self.look.strong.clone(), self.styles[*place].color);
            let text = self.chart.series[*place].label();
            let galley = theme::truncated(ui, &text, font, color, self.rect.right() - left);
            painter.galley(pos2(left, up - galley.size().y / 2.0), galley, color);
        }
    }
}

/// The series that are named somewhere.
pub(super) fn named(chart: &Chart) -> impl Iterator<Item = usize> {
    let shown = |place: &usize| !chart.series[*place].name.is_empty() && !chart.series[*place].points.is_empty();
    (0..chart.series.len()).filter(shown)
}

/// Lines have their names at their ends; many of them, and what has no end, have a legend.
pub(super) fn has_legend(chart: &Chart) -> bool {
    let number = named(chart).count();
    let endless = |place: usize| matches!(chart.series[place].kind, Kind::Bars(_) | Kind::Stems | Kind::Points);
    number > MOST_END_LABELS || (number > 1 && named(chart).any(endless))
}

/// Lays the legend out in rows beside and below the label of the y axis: `put` gets series, row, left edge and name.
fn legend(ui: &Ui, chart: &Chart, look: &PlotLook, rect: Rect, put: &mut dyn FnMut(usize, usize, f32, &str)) -> usize {
    let width = |text: &str| {
        ui.painter().layout_no_wrap(text.to_owned(), look.caption.clone(), egui::Color32::PLACEHOLDER).size().x
    };
    let indent = if chart.y.label.is_empty() { 0.0 } else { width(&chart.y.label) + 20.0 };
    let (mut row, mut left) = (0, rect.left() + indent);
    for place in named(chart) {
        let text = chart.series[place].label();
        let needed = 24.0 + width(&text);
        if left + needed > rect.right() && left > rect.left() {
            (row, left) = (row + 1, rect.left());
        }
        put(place, row, left, &text);
        left += needed + 16.0;
    }
    row + 1
}

/// Height of the legend's rows after the first, which shares its line with the y axis's label.
pub(super) fn more_rows(ui: &Ui, chart: &Chart, look: &PlotLook, rect: Rect) -> f32 {
    let rows = legend(ui, chart, look, rect, &mut |_, _, _, _| {});
    (look.caption.size + ROW_GAP) * (rows - 1) as f32
}
