//! A chart as data: series of points on two axes, what is marked on it, and how it reads as words and as a table.
//!
//! `widgets::chart` draws it; the axes, the choice of marks and every sentence are decided here, without a window.

use super::axis::{Axis, Spacing};
use super::figure::{Cell, Table};
use super::format;
use super::ticks::{self, Ticks};

/// A picture of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// What it is called where it is read out and in file names: `SQNR by bits`.
    pub title: String,
    /// To the right.
    pub x: AxisSpec,
    /// Upwards.
    pub y: AxisSpec,
    /// Drawn in this order, the last on top.
    pub series: Vec<Series>,
    /// Lines across the plot.
    pub marks: Vec<Mark>,
    /// Ranges of x behind everything.
    pub shades: Vec<Shade>,
    /// Least room for the numbers of the y axis, so that charts above each other line up.
    pub indent: f32,
    /// The point that is set now, by series and place: drawn large in the accent, with a dashed line down to the axis.
    pub current: Option<(usize, usize)>,
}

/// One axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AxisSpec {
    /// What is measured, with its unit: `SQNR, dB`.
    pub label: String,
    /// Even, logarithmic, or logarithmic on both sides of zero.
    pub spacing: Spacing,
    /// The ends; the extent of the data where there are none.
    pub range: Option<(f64, f64)>,
    /// Whether 0 is always in view. Bars, stems and steps ask for it by themselves.
    pub zero: bool,
    /// Marks that take the place of the round numbers: names of categories, powers of two.
    pub ticks: Option<Ticks>,
}

/// How the points of a series are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Kind {
    /// Joined by straight lines.
    #[default]
    Line,
    /// Not joined.
    Points,
    /// Each y holds from its x to the next one's; the last one's to the end of the axis.
    Steps,
    /// Bars from 0, centred on x and this wide in units of x.
    Bars(f64),
    /// Stems from 0 with a dot, at their exact x.
    Stems,
    /// The area between `low` and `high`, with a line at y.
    Band,
}

/// What a series, a mark or a shade is about; it decides the colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// The next colour of the series.
    #[default]
    Auto,
    /// The colour of the n-th cluster or series.
    Hue(usize),
    /// Real values.
    Real,
    /// Quantized values, the current setting.
    Accent,
    /// A reference.
    Muted,
    /// Within bounds.
    Good,
    /// Clipped, out of range.
    Warn,
}

/// One point. An interval is drawn as a bar through it, or as the area of a band.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
    /// Lower end of the interval; y where there is none.
    pub low: f64,
    /// Upper end of the interval; y where there is none.
    pub high: f64,
}

/// Points that belong together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// What stands at its end.
    pub name: String,
    /// How it is drawn.
    pub kind: Kind,
    /// In the order in which they are joined. A NaN parts a line.
    pub points: Vec<Point>,
    /// Said beside a point where it is pointed at, one a point, or none at all.
    pub notes: Vec<String>,
    /// Its colour.
    pub tone: Tone,
    /// Whether its points are marked.
    pub markers: bool,
    /// Whether it is what the chart is about: a wider line.
    pub main: bool,
    /// Whether the numbers are somebody else's: dotted in grey, hollow markers, and said so.
    pub published: bool,
    /// Whether its line is dashed: a second carrier beside the colour. Series after the first of a tone do so by themselves.
    pub dashed: bool,
}

/// Which way a mark runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Across {
    /// A vertical line at an x.
    X,
    /// A horizontal line at a y.
    Y,
}

/// A line across the plot.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Vertical or horizontal.
    pub across: Across,
    /// Where.
    pub value: f64,
    /// What is written at its end; may be empty.
    pub text: String,
    /// Its colour.
    pub tone: Tone,
    /// What it is called as a control, where a person may drag it (vertical marks only): `Clip limit`.
    pub handle: Option<String>,
}

/// A range of x.
#[derive(Clone, Debug, PartialEq)]
pub struct Shade {
    /// From.
    pub low: f64,
    /// To.
    pub high: f64,
    /// What is written into it; may be empty.
    pub text: String,
    /// Its colour.
    pub tone: Tone,
}

impl Point {
    /// A point without an interval.
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y, low: y, high: y }
    }

    /// A point with an interval.
    pub fn with_interval(x: f64, y: f64, low: f64, high: f64) -> Self {
        Self { x, y, low, high }
    }

    fn has_interval(&self) -> bool {
        self.low != self.y || self.high != self.y
    }
}

impl Series {
    /// A series of `kind`.
    pub fn new(name: impl Into<String>, kind: Kind, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let points = points.into_iter().map(|(x, y)| Point::new(x, y)).collect();
        Self { name: name.into(), kind, points, ..Self::default() }
    }

    /// The same in another colour.
    pub fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    /// The same with its points marked.
    pub fn with_markers(self) -> Self {
        Self { markers: true, ..self }
    }

    /// The same as what the chart is about.
    pub fn main(self) -> Self {
        Self { main: true, ..self }
    }

    /// The same as somebody else's numbers.
    pub fn published(self) -> Self {
        Self { published: true, ..self }
    }

    /// The same with a dashed line.
    pub fn dashed(self) -> Self {
        Self { dashed: true, ..self }
    }

    /// The same with something to say about each point.
    pub fn with_notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }

    /// The name as it is written in the plot.
    pub fn label(&self) -> String {
        if self.published { format!("{}, published", self.name) } else { self.name.clone() }
    }

    fn is_from_zero(&self) -> bool {
        matches!(self.kind, Kind::Bars(_) | Kind::Stems)
    }
}

impl AxisSpec {
    /// An even axis over the data.
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), ..Self::default() }
    }

    /// The same on a logarithmic scale.
    pub fn log(self) -> Self {
        Self { spacing: Spacing::Log, ..self }
    }

    /// The same on a scale that is even within ±10^`decade` and logarithmic beyond.
    pub fn symlog(self, decade: i32) -> Self {
        Self { spacing: Spacing::SymLog { decade }, ..self }
    }

    /// The same between fixed ends.
    pub fn between(self, low: f64, high: f64) -> Self {
        Self { range: Some((low, high)), ..self }
    }

    /// The same with 0 in view.
    pub fn from_zero(self) -> Self {
        Self { zero: true, ..self }
    }

    /// The same with its own marks.
    pub fn with_ticks(self, ticks: Ticks) -> Self {
        Self { ticks: Some(ticks), ..self }
    }

    /// `label` without its unit, and the unit: `SQNR, dB`.
    fn name_and_unit(&self) -> (&str, &str) {
        self.label.rsplit_once(", ").unwrap_or((&self.label, ""))
    }

    /// A value on this axis in words: the label of its mark, or the number.
    fn words(&self, value: f64) -> String {
        let marked = self.ticks.as_ref().and_then(|ticks| {
            let place = ticks.values.iter().position(|mark| *mark == value)?;
            ticks.labels.get(place).filter(|label| !label.is_empty()).cloned()
        });
        marked.unwrap_or_else(|| format::number(value))
    }

    /// `value` in words with its unit: `25.34 dB`.
    fn measured(&self, value: f64) -> String {
        let (_, unit) = self.name_and_unit();
        if unit.is_empty() { self.words(value) } else { format!("{} {unit}", self.words(value)) }
    }

    /// The marks that have room on `axis`, `gap` pixels apart at least.
    pub fn marks(&self, axis: &Axis, gap: f32) -> Ticks {
        match &self.ticks {
            Some(ticks) => ticks.clone(),
            None => ticks::fitting(axis, gap),
        }
    }

    /// The axis over `extent` between two pixels. `spread` leaves a little room at the ends that the data chose.
    fn axis(&self, extent: Option<(f64, f64)>, spread: bool, start: f32, end: f32) -> Option<Axis> {
        let chosen = self.range;
        let (mut low, mut high) = chosen.or(extent)?;
        if chosen.is_none() {
            if self.zero && self.spacing != Spacing::Log {
                (low, high) = (low.min(0.0), high.max(0.0));
            }
            if self.spacing == Spacing::Log {
                if low == high {
                    (low, high) = (low / 10.0, high * 10.0);
                } else if spread {
                    let room = (high / low).powf(0.04);
                    (low, high) = (low / room, high * room);
                }
            } else {
                if low == high {
                    let room = if low == 0.0 { 1.0 } else { low.abs() * 0.5 };
                    (low, high) = (low - room, high + room);
                } else if spread {
                    let room = (high - low) * 0.05;
                    // An end at 0 is an end: nothing lies beyond it.
                    (low, high) =
                        (if low == 0.0 { 0.0 } else { low - room }, if high == 0.0 { 0.0 } else { high + room });
                }
            }
        }
        let proper = low.is_finite() && high.is_finite() && low < high && (self.spacing != Spacing::Log || low > 0.0);
        proper.then_some(Axis { low, high, start, end, spacing: self.spacing })
    }
}

impl Chart {
    /// An empty chart on two axes.
    pub fn new(title: impl Into<String>, x: AxisSpec, y: AxisSpec) -> Self {
        Self { title: title.into(), x, y, ..Self::default() }
    }

    /// The same with another series on top.
    pub fn with(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// The same with the current setting as a dashed vertical line.
    pub fn mark_x(mut self, value: f64, text: impl Into<String>, tone: Tone) -> Self {
        self.marks.push(Mark { across: Across::X, value, text: text.into(), tone, handle: None });
        self
    }

    /// The same with a dashed horizontal line.
    pub fn mark_y(mut self, value: f64, text: impl Into<String>, tone: Tone) -> Self {
        self.marks.push(Mark { across: Across::Y, value, text: text.into(), tone, handle: None });
        self
    }

    /// The same with a vertical line that can be dragged.
    pub fn handle(mut self, value: f64, text: impl Into<String>, name: impl Into<String>, tone: Tone) -> Self {
        self.marks.push(Mark { across: Across::X, value, text: text.into(), tone, handle: Some(name.into()) });
        self
    }

    /// The same with a shaded range of x.
    pub fn shade(mut self, low: f64, high: f64, text: impl Into<String>, tone: Tone) -> Self {
        self.shades.push(Shade { low, high, text: text.into(), tone });
        self
    }

    /// The axes that show all points in a plot between these pixels; `None` where there is nothing to show.
    pub fn axes(&self, [left, right]: [f32; 2], [bottom, top]: [f32; 2]) -> Option<(Axis, Axis)> {
        let xs = self.series.iter().flat_map(|series| {
            let half = if let Kind::Bars(width) = series.kind { width / 2.0 } else { 0.0 };
            series.points.iter().flat_map(move |point| [point.x - half, point.x + half])
        });
        let ys = self.series.iter().flat_map(|series| {
            let zero = (series.is_from_zero() && self.y.spacing != Spacing::Log).then_some(0.0);
            series.points.iter().flat_map(|point| [point.y, point.low, point.high]).chain(zero)
        });
        let levels = self.marks.iter().filter(|mark| mark.across == Across::Y).map(|mark| mark.value);
        // Bars fill the axis from end to end; markers must not be cut in half.
        let spread =
            self.series.iter().any(|series| matches!(series.kind, Kind::Points | Kind::Stems) || series.markers);
        let mut x = self.x.axis(extent(xs, self.x.spacing), spread, left, right)?;
        // A handle stays in view, but without room beyond it: else the axis would flee from whoever drags it to the edge.
        let handles = self.marks.iter().filter(|mark| mark.across == Across::X && mark.handle.is_some());
        for value in handles.map(|mark| mark.value).filter(|_| self.x.range.is_none()) {
            let shown = value.is_finite() && (x.spacing != Spacing::Log || value > 0.0);
            if shown {
                (x.low, x.high) = (x.low.min(value), x.high.max(value));
            }
        }
        let y = self.y.axis(extent(ys.chain(levels), self.y.spacing), true, bottom, top)?;
        Some((x, y))
    }

    /// Where a point is drawn; a y that the axis cannot show lies on the edge where it belongs.
    pub fn place(&self, point: &Point, x: &Axis, y: &Axis) -> Option<[f32; 2]> {
        let across = x.pixel(point.x)?;
        let up = match point.y {
            value if value.is_nan() => return None,
            value => y.pixel(value).unwrap_or(y.start),
        };
        // An infinite SQNR is at the top edge, no error at all at the bottom.
        Some([across, up.clamp(y.end.min(y.start), y.end.max(y.start))])
    }

    /// The point nearest to a pixel, within `reach`. On charts of bars and steps it is the nearest in x. A published point makes way for a
    /// measured one beside it: that one can be chosen.
    pub fn nearest(&self, [px, py]: [f32; 2], x: &Axis, y: &Axis, reach: f32) -> Option<(usize, usize)> {
        let mut best: Option<(f32, (usize, usize))> = None;
        for (place, series) in self.series.iter().enumerate() {
            for (index, point) in series.points.iter().enumerate() {
                let Some([across, up]) = self.place(point, x, y) else { continue };
                let far = match series.kind {
                    Kind::Bars(width) => {
                        let half = x.pixel(point.x + width / 2.0).map_or(0.0, |edge| (edge - across).abs());
                        let beside = ((px - across).abs() - half).max(0.0);
                        let lowest = y.pixel(0.0).unwrap_or(y.start);
                        let over = (up.min(lowest) - py).max(py - up.max(lowest)).max(0.0);
                        beside.hypot(over)
                    }
                    Kind::Stems => {
                        let lowest = y.pixel(0.0).unwrap_or(y.start);
                        (px - across).hypot((up.min(lowest) - py).max(py - up.max(lowest)).max(0.0))
                    }
                    _ => (px - across).hypot(py - up),
                };
                let far = if series.published { far + reach / 2.0 } else { far };
                if far <= reach && best.is_none_or(|(nearest, _)| far < nearest) {
                    best = Some((far, (place, index)));
                }
            }
        }
        best.map(|(_, found)| found)
    }

    /// A point in words: `k-means, 4 bits: SQNR 21.4 dB`.
    pub fn words(&self, series: usize, point: usize) -> String {
        let Some(of) = self.series.get(series) else { return String::new() };
        let Some(at) = of.points.get(point) else { return of.label() };
        let (name, _) = self.x.name_and_unit();
        let (upwards, _) = self.y.name_and_unit();
        let across = if self.x.ticks.is_some() {
            self.x.words(at.x)
        } else {
            format!("{name} {}", self.x.measured(at.x)).trim().to_owned()
        };
        let mut text = format!("{across}: {upwards} {}", self.y.measured(at.y));
        if at.has_interval() {
            text = format!("{text} ({} … {})", format::number(at.low), format::number(at.high));
        }
        if !of.name.is_empty() {
            text = format!("{}, {text}", of.label());
        }
        match of.notes.get(point).filter(|note| !note.is_empty()) {
            Some(note) => format!("{text}\n{note}"),
            None => text,
        }
    }

    /// The whole chart in a sentence or two, for a screen reader.
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        for (place, series) in self.series.iter().enumerate() {
            let one_line = |point| self.words(place, point).replace('\n', ", ");
            match series.points.len() {
                0 => parts.push(format!("{}: nothing", series.label())),
                1 => parts.push(one_line(0)),
                number => {
                    parts.push(format!("{} … {} ({number} points)", one_line(0), one_line(number - 1)));
                }
            }
        }
        for mark in self.marks.iter().filter(|mark| !mark.text.is_empty()) {
            let axis = if mark.across == Across::X { &self.x } else { &self.y };
            parts.push(format!("{} at {}", mark.text, axis.measured(mark.value)));
        }
        if let Some((series, point)) = self.current {
            parts.push(format!("set: {}", self.words(series, point).replace('\n', ", ")));
        }
        format!("{}: {}", self.title, parts.join("; "))
    }

    /// The numbers behind the picture: a row a point, in the order of the series.
    pub fn table(&self) -> Table {
        let head = |axis: &AxisSpec, fallback: &str| {
            if axis.label.is_empty() { fallback.to_owned() } else { axis.label.clone() }
        };
        let intervals = self.series.iter().flat_map(|series| &series.points).any(Point::has_interval);
        let mut columns = vec!["series".to_owned(), head(&self.x, "x"), head(&self.y, "y")];
        if intervals {
            columns.extend(["low".to_owned(), "high".to_owned()]);
        }
        let named = self.x.ticks.is_some();
        let row = |series: &Series, point: &Point| {
            let x = if named { Cell::Text(self.x.words(point.x)) } else { Cell::Number(point.x) };
            let mut row = vec![Cell::Text(series.label()), x, Cell::Number(point.y)];
            if intervals {
                row.extend([Cell::Number(point.low), Cell::Number(point.high)]);
            }
            row
        };
        let rows = self.series.iter().flat_map(|series| series.points.iter().map(move |point| row(series, point)));
        Table { title: self.title.clone(), columns, rows: rows.collect() }
    }
}

/// The least and the largest value that the axis can show.
fn extent(values: impl Iterator<Item = f64>, spacing: Spacing) -> Option<(f64, f64)> {
    values.filter(|value| value.is_finite() && (spacing != Spacing::Log || *value > 0.0)).fold(None, |extent, value| {
        let (low, high) = extent.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve() -> Chart {
        let points = [(1.0, 4.4), (2.0, 9.3), (4.0, 20.2), (8.0, f64::INFINITY)];
        Chart::new("SQNR by bits", AxisSpec::new("width, bits"), AxisSpec::new("SQNR, dB").from_zero())
            .with(Series::new("k-means", Kind::Line, points).with_markers())
            .with(Series::new("Han", Kind::Points, [(2.0, 8.5)]).published())
    }

    #[test]
    fn the_axes_hold_every_point_that_they_can_show() {
        let (x, y) = curve().axes([0.0, 400.0], [200.0, 0.0]).unwrap();
        assert!(x.low < 1.0 && x.high > 8.0, "{x:?}");
        assert_eq!(y.low, 0.0);
        assert!(y.high > 20.2 && y.high < 22.0, "infinity does not stretch the axis: {y:?}");
        let lossless = curve().series[0].points[3];
        assert_eq!(curve().place(&lossless, &x, &y).unwrap()[1], 0.0, "it lies on the upper edge");
    }

    #[test]
    fn each_kind_of_data_finds_its_axes() {
        let axes = |chart: Chart| chart.axes([0.0, 100.0], [100.0, 0.0]);
        let plain = |spec: AxisSpec, points: &[(f64, f64)]| {
            Chart::new("t", AxisSpec::new("x"), spec).with(Series::new("", Kind::Line, points.iter().copied()))
        };
        assert_eq!(axes(plain(AxisSpec::new("y"), &[])), None);
        assert_eq!(axes(plain(AxisSpec::new("y"), &[(f64::NAN, 1.0)])), None);
        let constant = axes(plain(AxisSpec::new("y"), &[(1.0, 3.0), (2.0, 3.0)])).unwrap().1;
        assert_eq!((constant.low, constant.high), (1.5, 4.5));
        let log = axes(plain(AxisSpec::new("y").log(), &[(1.0, 0.0), (2.0, 0.01), (3.0, 10.0)])).unwrap().1;
        assert!(log.low > 0.005 && log.high < 20.0, "zero has no place on a logarithmic axis: {log:?}");
        let bars = Series::new("", Kind::Bars(1.0), [(0.0, 5.0), (1.0, 3.0)]);
        let (x, y) = axes(Chart::new("t", AxisSpec::new("x"), AxisSpec::new("y")).with(bars)).unwrap();
        assert_eq!((x.low, x.high, y.low), (-0.5, 1.5, 0.0), "bars start at zero and are whole");
    }

    #[test]
    fn the_nearest_point_is_found_and_far_ones_are_not() {
        let chart = curve();
        let (x, y) = chart.axes([0.0, 400.0], [200.0, 0.0]).unwrap();
        let [px, py] = chart.place(&chart.series[0].points[2], &x, &y).unwrap();
        assert_eq!(chart.nearest([px + 3.0, py - 3.0], &x, &y, 14.0), Some((0, 2)));
        assert_eq!(chart.nearest([px + 30.0, py + 60.0], &x, &y, 14.0), None);
        let both = curve().with(Series::new("Han", Kind::Points, [(4.05, 20.4)]).published());
        let [px, py] = both.place(&both.series[2].points[0], &x, &y).unwrap();
        assert_eq!(both.nearest([px, py], &x, &y, 14.0), Some((0, 2)), "the measured one is the one to choose");
        let bars = Chart::new("t", AxisSpec::new("x"), AxisSpec::new("y")).with(Series::new(
            "",
            Kind::Bars(1.0),
            [(0.0, 10.0), (1.0, 2.0)],
        ));
        let (x, y) = bars.axes([0.0, 100.0], [100.0, 0.0]).unwrap();
        assert_eq!(bars.nearest([20.0, 50.0], &x, &y, 1.0), Some((0, 0)), "anywhere in the bar");
        assert_eq!(bars.nearest([75.0, 50.0], &x, &y, 1.0), None, "above the lower bar");
    }

    #[test]
    fn points_read_as_sentences() {
        let mut chart = curve();
        assert_eq!(chart.words(0, 2), "k-means, width 4 bits: SQNR 20.2 dB");
        assert_eq!(chart.words(1, 0), "Han, published, width 2 bits: SQNR 8.5 dB");
        chart.series[1].points[0] = Point::with_interval(2.0, 8.5, 8.0, 9.0);
        chart.series[1].notes = vec!["from figure 6".to_owned()];
        assert_eq!(chart.words(1, 0), "Han, published, width 2 bits: SQNR 8.5 dB (8 … 9)\nfrom figure 6");
        chart.current = Some((0, 1));
        assert_eq!(
            chart.summary(),
            "SQNR by bits: k-means, width 1 bits: SQNR 4.4 dB … k-means, width 8 bits: SQNR ∞ dB (4 points); \
             Han, published, width 2 bits: SQNR 8.5 dB (8 … 9), from figure 6; set: k-means, width 2 bits: SQNR 9.3 dB"
        );
    }

    #[test]
    fn the_table_has_a_row_a_point() {
        let table = curve().table();
        assert_eq!(table.columns, ["series", "width, bits", "SQNR, dB"]);
        assert_eq!(table.rows.len(), 5);
        assert_eq!(table.csv().lines().nth(3), Some("k-means,4,20.2"));
        let names = Ticks { values: vec![0.0, 1.0], labels: vec!["int8".to_owned(), "e4m3".to_owned()] };
        let mut chart = curve();
        chart.x.ticks = Some(names);
        assert_eq!(chart.table().rows[0][1], Cell::Text("e4m3".to_owned()));
    }
}
