//! The honest histogram: weights in equal bars, levels as stems at their exact place and height.

use super::figure::{Cell, Table};
use super::ticks::nice_step;
use crate::engine::quantize::Levels;
use crate::engine::tensor::Summary;

/// More stems than this would merge into a block; beyond it they are thinned for drawing, and the picture says so.
pub const MOST_STEMS: usize = 4096;

/// Narrowest bar worth drawing, in points.
const LEAST_BAR: f32 = 2.0;

/// The part of the number line that a histogram shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Left end.
    pub low: f64,
    /// Right end.
    pub high: f64,
}

/// The weights between two bar edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Left edge.
    pub low: f64,
    /// Right edge.
    pub high: f64,
    /// Weights in the bar.
    pub count: u64,
}

/// One level of the quantizer, at its exact place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stem {
    /// Its index among the levels.
    pub index: usize,
    /// Its value.
    pub value: f32,
    /// Its code.
    pub code: u16,
    /// Weights on it; 0 for a level that no weight uses.
    pub count: u64,
}

/// The decision interval of one level, as far as the window shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodeCell {
    /// The level's index.
    pub index: usize,
    /// Its code.
    pub code: u16,
    /// Left end within the window.
    pub low: f64,
    /// Right end within the window.
    pub high: f64,
}

/// Everything that the histogram draws, for one window and one width.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistogramView {
    /// Width of the bars.
    pub bar_width: f64,
    /// The bars that the window touches; empty ones included.
    pub bars: Vec<Bar>,
    /// Levels in the window, ascending.
    pub stems: Vec<Stem>,
    /// Levels in the window before thinning.
    pub stems_in_window: usize,
    /// Levels of the quantizer.
    pub levels: usize,
    /// Levels that no weight uses, in and outside the window.
    pub unused: usize,
    /// Decision boundaries in the window.
    pub boundaries: Vec<f64>,
    /// Decision intervals, ascending, joined where they are narrower than a point.
    pub cells: Vec<CodeCell>,
    /// Weights beyond the window.
    pub outside: u64,
    /// Finite weights.
    pub weights: u64,
    /// The highest count in the window, of a bar or of a level.
    pub most: u64,
}

impl HistogramView {
    /// The bars in view, then every level with its decision interval and its count.
    pub fn table(&self, levels: &Levels, code_offset: i32) -> Table {
        let mut table = Table::new("Histogram", &["kind", "low", "high", "value", "code", "weights"]);
        for bar in &self.bars {
            let [low, high] = [bar.low, bar.high].map(Cell::Number);
            let kind = Cell::Text("bar".to_owned());
            table.rows.push(vec![kind, low, high, Cell::Empty, Cell::Empty, Cell::count(bar.count)]);
        }
        let boundary = |index: Option<usize>| index.and_then(|index| levels.boundaries.get(index));
        for (index, value) in levels.values.iter().enumerate() {
            let end = |index| boundary(index).map(|value| f64::from(*value));
            let code = f64::from(i32::from(levels.codes[index]) + code_offset);
            table.rows.push(vec![
                Cell::Text("level".to_owned()),
                Cell::Number(end(index.checked_sub(1)).unwrap_or(f64::NEG_INFINITY)),
                Cell::Number(end(Some(index)).unwrap_or(f64::INFINITY)),
                Cell::Number((*value).into()),
                Cell::Number(code),
                Cell::count(levels.counts[index]),
            ]);
        }
        table
    }
}

impl Window {
    /// All finite weights and all levels.
    pub fn all(summary: &Summary, levels: &Levels) -> Self {
        let finite = levels.values.iter().copied().filter(|value| value.is_finite());
        let weights = [summary.moments.min, summary.moments.max].into_iter().filter(|_| summary.moments.finite() > 0);
        let (low, high) = weights.chain(finite).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value.into()), high.max(value.into()))
        });
        Self { low, high }.padded()
    }

    /// What a person wants to see first: the central 99.9 % of the weights, widened by at most half to hold levels that lie near.
    /// Where hardly anything is gained by cutting, all of it.
    pub fn central(summary: &Summary, levels: &Levels) -> Self {
        let all = Self::all(summary, levels);
        let Some((low, high)) = summary.quantiles(0.000_5) else { return all };
        if high <= low {
            return all;
        }
        let reach = (high - low) * 0.25;
        let near = levels.values.iter().map(|value| f64::from(*value));
        let near = near.filter(|value| (low - reach..=high + reach).contains(value));
        let (low, high) = near.fold((low, high), |(low, high), value| (low.min(value), high.max(value)));
        let window = Self { low, high }.padded();
        if all.width() <= window.width() * 1.15 { all } else { window }
    }

    /// Width in values.
    pub fn width(self) -> f64 {
        self.high - self.low
    }

    /// Narrower by `factor` about `center`, which keeps its place. Stays wide enough for float32 to tell its ends apart.
    pub fn zoomed(self, center: f64, factor: f64) -> Self {
        let window = Self { low: center - (center - self.low) * factor, high: center + (self.high - center) * factor };
        let least =
            f64::from(f32::EPSILON) * 16.0 * self.low.abs().max(self.high.abs()).max(f64::from(f32::MIN_POSITIVE));
        if window.width() < least || !window.width().is_finite() { self } else { window }
    }

    /// Moved by `by`.
    pub fn moved(self, by: f64) -> Self {
        Self { low: self.low + by, high: self.high + by }
    }

    /// With a little room at both ends; something sensible where there is nothing or a single value.
    fn padded(self) -> Self {
        if !(self.low.is_finite() && self.high.is_finite()) {
            return Self { low: -1.0, high: 1.0 };
        }
        let middle = (self.low + self.high) / 2.0;
        let room = if self.width() > 0.0 { self.width() * 0.02 } else { (middle.abs() * 0.5).max(1e-30) };
        let room = if self.width() == 0.0 && middle == 0.0 { 1.0 } else { room };
        Self { low: self.low - room, high: self.high + room }
    }
}

impl HistogramView {
    /// What `window` shows of the weights and of the levels on a plot `points` wide.
    pub fn new(summary: &Summary, levels: &Levels, window: Window, points: f32) -> Self {
        let weights = summary.moments.finite();
        let bar_width = bar_width(summary, window, points);
        let first = (window.low / bar_width).floor();
        let last = (window.high / bar_width).ceil();
        let count = (last - first).clamp(0.0, 1e5) as usize;
        // Half a thousandth of a bar to the left: a level such as 0.1 in float32 must not fall on the wrong side of an edge 0.1.
        let counts = summary.bars((first - 5e-4) * bar_width, bar_width, count);
        let edge = |place: usize| (first + place as f64) * bar_width;
        let bars = bars_of(counts, edge);
        let (stems, stems_in_window) = stems(levels, window);
        let boundaries = levels.boundaries.iter().map(|value| f64::from(*value));
        let boundaries = boundaries.filter(|value| (window.low..=window.high).contains(value)).collect();
        let highest_bar = bars.iter().map(|bar| bar.count).max().unwrap_or(0);
        Self {
            bar_width,
            most: stems.iter().map(|stem| stem.count).max().unwrap_or(0).max(highest_bar),
            bars,
            stems,
            stems_in_window,
            levels: levels.values.len(),
            unused: levels.counts.iter().filter(|count| **count == 0).count(),
            boundaries,
            cells: cells(levels, window, points),
            outside: weights - summary.inside(window.low, window.high).min(weights),
            weights,
        }
    }

    /// The bar at a value.
    pub fn bar_at(&self, value: f64) -> Option<&Bar> {
        self.bars.iter().find(|bar| (bar.low..bar.high).contains(&value))
    }

    /// The stem nearest to a value.
    pub fn stem_near(&self, value: f64) -> Option<&Stem> {
        let distance = |stem: &&Stem| (f64::from(stem.value) - value).abs();
        self.stems.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)))
    }

    /// What was left out of the drawing, where something was.
    pub fn thinned(&self) -> Option<String> {
        let drawn = self.stems.len();
        let count = |value: usize| super::format::count(value as u64);
        (drawn < self.stems_in_window)
            .then(|| format!("{} of {} levels drawn", count(drawn), count(self.stems_in_window)))
    }

    /// The picture in a sentence, for a screen reader.
    pub fn summary(&self) -> String {
        let count = super::format::count;
        format!(
            "Histogram of weights: {} weights in bars of {}, {} outside the view; {} levels, {} unused",
            count(self.weights),
            super::format::number(self.bar_width),
            count(self.outside),
            count(self.levels as u64),
            count(self.unused as u64),
        )
    }
}

/// Number of weights below and above a range.
pub fn clipped(summary: &Summary, (low, high): (f64, f64)) -> [u64; 2] {
    let below = summary.inside(f64::NEG_INFINITY, low.next_down());
    [below, summary.inside(high.next_up(), f64::INFINITY)]
}

fn bars_of(counts: Vec<u64>, edge: impl Fn(usize) -> f64) -> Vec<Bar> {
    let bar = |(place, count)| Bar { low: edge(place), high: edge(place + 1), count };
    counts.into_iter().enumerate().map(bar).collect()
}

/// A round width: not narrower than the eye, the number of weights, or the fine histogram can resolve.
fn bar_width(summary: &Summary, window: Window, points: f32) -> f64 {
    let by_eye = f64::from(points.max(1.0) / LEAST_BAR);
    let by_count = ((summary.moments.finite() as f64).sqrt() * 4.0).max(24.0);
    let finest = if summary.distinct { 0.0 } else { summary.widest_bin(window.low, window.high) };
    nice_step((window.width() / by_eye.min(by_count)).max(finest))
}

/// The levels in the window; of too many, those with the most weights of equal slices.
fn stems(levels: &Levels, window: Window) -> (Vec<Stem>, usize) {
    let values = &levels.values;
    let first = values.partition_point(|value| f64::from(*value) < window.low);
    let last = values.partition_point(|value| f64::from(*value) <= window.high).max(first);
    let stem =
        |index: usize| Stem { index, value: values[index], code: levels.codes[index], count: levels.counts[index] };
    let here = last - first;
    if here <= MOST_STEMS {
        return ((first..last).map(stem).collect(), here);
    }
    let slice = here.div_ceil(MOST_STEMS / 2);
    let starts = (first..last).step_by(slice);
    let highest = |start: usize| (start..(start + slice).min(last)).max_by_key(|index| levels.counts[*index]);
    (starts.filter_map(highest).map(stem).collect(), here)
}

fn cells(levels: &Levels, window: Window, points: f32) -> Vec<CodeCell> {
    let least = window.width() / f64::from(points.max(1.0));
    let mut cells: Vec<CodeCell> = Vec::new();
    let mut low = window.low;
    for (index, &code) in levels.codes.iter().enumerate() {
        let high = levels.boundaries.get(index).map_or(window.high, |value| f64::from(*value)).min(window.high);
        let last = index + 1 == levels.codes.len() || high >= window.high;
        if high > low && (high - low >= least || last) {
            cells.push(CodeCell { index, code, low, high });
            low = high;
        }
        if last {
            break;
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary_of(values: &[f32]) -> Summary {
        Summary::of_group(values.iter().copied())
    }

    fn bell(count: usize) -> Vec<f32> {
        // Sums of three sines of incommensurate frequencies: bell-like, and the same on every machine.
        let wave = |index: f64| (index * 0.7).sin() + (index * 1.3).sin() + (index * 2.1).sin();
        (0..count).map(|index| wave(index as f64) as f32 / 3.0).collect()
    }

    fn levels(values: &[f32], counts: &[u64]) -> Levels {
        Levels {
            group: 0,
            codes: (0..values.len()).map(|code| code as u16).collect(),
            values: values.to_vec(),
            counts: counts.to_vec(),
            boundaries: values.windows(2).map(|pair| f32::midpoint(pair[0], pair[1])).collect(),
        }
    }

    #[test]
    fn an_outlier_does_not_squeeze_the_picture() {
        let mut values = bell(10_000);
        values.push(40.0);
        let summary = summary_of(&values);
        let levels = levels(&[-0.5, 0.5, 40.0], &[5000, 5000, 1]);
        let central = Window::central(&summary, &levels);
        assert!(central.high < 2.0, "{central:?}");
        let view = HistogramView::new(&summary, &levels, central, 400.0);
        assert!(view.outside >= 1);
        assert_eq!(view.outside, bell(10_000).iter().filter(|v| f64::from(v.abs()) > central.high).count() as u64 + 1);
        assert_eq!(view.stems.len(), 2);
        let all = HistogramView::new(&summary, &levels, Window::all(&summary, &levels), 400.0);
        assert_eq!(all.outside, 0);
        assert_eq!(all.stems.len(), 3);
        assert_eq!(all.bars.iter().map(|bar| bar.count).sum::<u64>(), 10_001);
    }

    #[test]
    fn what_is_clipped_is_counted_on_either_side() {
        let summary = summary_of(&[-3.0, -1.0, 0.0, 1.0, 1.5, 2.0]);
        assert_eq!(clipped(&summary, (-1.0, 1.0)), [1, 2]);
        assert_eq!(clipped(&summary, (-9.0, 9.0)), [0, 0]);
    }

    #[test]
    fn without_tails_nothing_is_cut() {
        let values: Vec<f32> = (0..5000).map(|index| index as f32 / 5000.0).collect();
        let summary = summary_of(&values);
        let view =
            HistogramView::new(&summary, &Levels::default(), Window::central(&summary, &Levels::default()), 300.0);
        assert_eq!(view.outside, 0);
    }

    #[test]
    fn bars_are_round_and_not_too_narrow() {
        let summary = summary_of(&bell(65_536));
        for points in [200.0, 452.0, 640.0] {
            let window = Window { low: -1.65, high: 1.65 };
            let view = HistogramView::new(&summary, &Levels::default(), window, points);
            assert_eq!(nice_step(view.bar_width), view.bar_width);
            let points_a_bar = view.bar_width / window.width() * f64::from(points);
            assert!((1.9..6.0).contains(&points_a_bar), "{points_a_bar}");
        }
        let few = summary_of(&[-1.08, -0.98, 0.0, 1.5, 2.12]);
        let view = HistogramView::new(&few, &Levels::default(), Window::all(&few, &Levels::default()), 600.0);
        assert!(view.bars.len() < 40, "5 weights do not fill {} bars", view.bars.len());
    }

    #[test]
    fn bars_never_show_the_fine_bins() {
        let mut summary = summary_of(&[0.05, 0.15, 0.25, 0.35]);
        for bin in &mut summary.bins {
            (bin.low, bin.high) = (bin.low - 0.05, bin.high + 0.05);
        }
        summary.distinct = false;
        let view = HistogramView::new(&summary, &Levels::default(), Window { low: 0.0, high: 0.4 }, 4000.0);
        assert!(view.bar_width >= 0.1);
    }

    #[test]
    fn stems_keep_exact_places_and_counts_and_unused_levels_stay() {
        let summary = summary_of(&[0.1, 0.1, 0.9]);
        let view =
            HistogramView::new(&summary, &levels(&[0.1, 0.5, 0.9], &[2, 0, 1]), Window { low: 0.0, high: 1.0 }, 300.0);
        assert_eq!(
            view.stems.iter().map(|stem| (stem.value, stem.count)).collect::<Vec<_>>(),
            [(0.1, 2), (0.5, 0), (0.9, 1)]
        );
        assert_eq!(view.unused, 1);
        assert_eq!(view.boundaries.len(), 2);
        assert!(view.summary().ends_with("3 levels, 1 unused"), "{}", view.summary());
        assert_eq!(view.stem_near(0.55).unwrap().index, 1);
    }

    #[test]
    fn the_strip_covers_the_window_without_gaps() {
        let summary = summary_of(&bell(100));
        let many: Vec<f32> = (0..256).map(|index| (index as f32 - 128.0) / 128.0).collect();
        for window in [Window { low: -2.0, high: 2.0 }, Window { low: 0.1, high: 0.2 }, Window { low: 3.0, high: 4.0 }]
        {
            let view = HistogramView::new(&summary, &levels(&many, &[0; 256]), window, 100.0);
            assert_eq!(view.cells.first().unwrap().low, window.low);
            assert_eq!(view.cells.last().unwrap().high, window.high);
            assert!(view.cells.windows(2).all(|pair| pair[0].high == pair[1].low));
            assert!(view.cells.len() <= 102);
        }
    }

    #[test]
    fn too_many_levels_are_thinned_and_it_says_so() {
        let summary = summary_of(&bell(100));
        let many: Vec<f32> = (0..65_536).map(|index| index as f32 / 65_536.0).collect();
        let mut counts = vec![0; 65_536];
        counts[40_001] = 7;
        let view = HistogramView::new(&summary, &levels(&many, &counts), Window { low: 0.0, high: 1.0 }, 400.0);
        assert!(view.stems.len() <= MOST_STEMS);
        assert!(
            view.stems.iter().any(|stem| stem.index == 40_001 && stem.count == 7),
            "a used level is never dropped for unused ones"
        );
        assert!(view.thinned().unwrap().ends_with("of 65,536 levels drawn"));
    }

    #[test]
    fn constant_empty_and_infinite_tensors_have_a_window() {
        for values in
            [&[][..], &[0.0; 4], &[3.0; 4], &[f32::NAN, f32::INFINITY], &[-1e-40, 1e-40], &[f32::MIN, f32::MAX]]
        {
            let summary = summary_of(values);
            for window in [Window::all(&summary, &Levels::default()), Window::central(&summary, &Levels::default())] {
                assert!(window.width() > 0.0 && window.width().is_finite(), "{values:?} {window:?}");
                let view = HistogramView::new(&summary, &Levels::default(), window, 300.0);
                assert_eq!(view.bars.iter().map(|bar| bar.count).sum::<u64>(), summary.moments.finite(), "{values:?}");
            }
        }
    }

    #[test]
    fn zoom_keeps_the_place_under_the_pointer() {
        let window = Window { low: -1.0, high: 3.0 }.zoomed(1.5, 0.5);
        assert_eq!((window.low, window.high), (0.25, 2.25));
        let mut window = Window { low: 0.999, high: 1.001 };
        for _ in 0..200 {
            window = window.zoomed(1.0, 0.5);
        }
        assert!(window.width() > 1e-7, "deeper than float32 there is nothing to see");
    }
}
