//! Layer by layer: what each width of each layer costs, and mixes of widths.

use super::super::chart::{AxisSpec, Chart, Kind, Point, Series, Tone};
use super::super::format;
use super::super::grid::{Cell as GridCell, Grid, log_share};
use super::{percent, short};
use crate::engine::compress::bits::{Cell, Mix, Mixed, Sensitivity};
use crate::engine::network::{Interval, Subject};

/// What the colours stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// What the loss rises by.
    #[default]
    Loss,
    /// Points of accuracy that are lost.
    Points,
}

/// A measured cell, as far as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// The layer's place.
    pub layer: usize,
    /// Width of its codes.
    pub bits: u32,
    /// What the loss rises by.
    pub added_loss: f64,
    /// Points of accuracy that are lost.
    pub lost_points: f64,
    /// Share of right answers.
    pub accuracy: f64,
    /// Bytes of its weights.
    pub bytes: u64,
    /// Signal-to-noise ratio of its weights.
    pub sqnr_db: Option<f64>,
}

impl Told {
    /// What there is to say about a cell.
    pub fn of(sensitivity: &Sensitivity, cell: &Cell) -> Self {
        Self {
            layer: cell.layer,
            bits: cell.bits,
            added_loss: sensitivity.added_loss(cell),
            lost_points: sensitivity.lost_points(cell),
            accuracy: cell.scored.evaluation.accuracy().unwrap_or(f64::NAN),
            bytes: cell.bytes,
            sqnr_db: cell.sqnr_db,
        }
    }
}

/// Least added loss that has a colour of its own.
const LEAST: f64 = 1e-4;

/// The names of the layers with weights.
pub fn names(subject: &Subject) -> Vec<&str> {
    let weights = subject.network.parameters.iter().filter(|parameter| parameter.is_weight());
    weights.map(|parameter| short(&parameter.name)).collect()
}

/// Layers by bits; the widths of `mix` are marked.
pub fn grid(subject: &Subject, told: &[Told], by: By, mix: Option<&[Option<u32>]>) -> Grid {
    let rows: Vec<String> = names(subject).into_iter().map(str::to_owned).collect();
    let mut cells = vec![None; rows.len() * 8];
    let most = told.iter().map(|told| value(told, by)).filter(|value| value.is_finite()).fold(0.0, f64::max);
    for told in told.iter().filter(|told| (1..=8).contains(&told.bits)) {
        let value = value(told, by);
        let (share, text) = match by {
            By::Loss => (log_share(value, LEAST, most.max(1.0)), thousandths(value)),
            By::Points => ((value / most.max(1.0)).clamp(0.0, 1.0).sqrt() as f32, format::fixed(value, 1)),
        };
        let words = format!(
            "{} at {} {}: loss {} {}, {} right ({}), {}, {}",
            rows[told.layer],
            told.bits,
            if told.bits == 1 { "bit" } else { "bits" },
            if told.added_loss < 0.0 { "falls by" } else { "rises by" },
            format::significant(told.added_loss.abs(), 3),
            percent(told.accuracy),
            points(told.lost_points),
            decibels(told.sqnr_db),
            format::bytes_exact(told.bytes)
        );
        cells[told.layer * 8 + told.bits as usize - 1] = Some(GridCell { value, text, share, words });
    }
    let marked = mix.unwrap_or_default().iter().enumerate();
    let marked = marked.filter_map(|(layer, bits)| {
        let bits = bits.filter(|bits| (1..=8).contains(bits))?;
        Some(layer * 8 + bits as usize - 1)
    });
    let (title, unit) = match by {
        By::Loss => ("What each layer adds to the loss", "added loss, thousandths of a nat; logarithmic colours"),
        By::Points => ("What each layer takes from the accuracy", "points of accuracy lost"),
    };
    Grid {
        title: title.to_owned(),
        unit: unit.to_owned(),
        row_name: "layer".to_owned(),
        column_name: "bits".to_owned(),
        columns: (1..=8).map(|bits| bits.to_string()).collect(),
        marked: marked.collect(),
        rows,
        cells,
    }
}

fn value(told: &Told, by: By) -> f64 {
    match by {
        By::Loss => told.added_loss,
        By::Points => told.lost_points,
    }
}

/// Thousandths: `336`, `2.4`, or `0` where it is too little to tell.
fn thousandths(value: f64) -> String {
    match 1000.0 * value {
        value if value.abs() < 0.05 => "0".to_owned(),
        value if value.abs() < 9.95 => format::fixed(value, 1),
        value => format::fixed(value, 0),
    }
}

/// `9.50 dB`.
fn decibels(sqnr: Option<f64>) -> String {
    format!("{} dB", format::decibels(sqnr))
}

/// `0.25 points lost`.
fn points(lost: f64) -> String {
    match lost {
        lost if lost > 0.0 => format!("{} points lost", format::fixed(lost, 2)),
        lost if lost < 0.0 => format!("{} points won", format::fixed(-lost, 2)),
        _ => "no point lost".to_owned(),
    }
}

/// A mix as it was measured on the way along the front.
#[derive(Clone, Debug, PartialEq)]
pub struct FrontPoint {
    /// Widths of the layers.
    pub bits: Vec<Option<u32>>,
    /// The one width of all layers, where it is one.
    pub uniform: Option<u32>,
    /// Bytes of all trained parameters.
    pub bytes: u64,
    /// The loss that was expected.
    pub expected: f64,
    /// The loss that was measured.
    pub loss: f64,
    /// Share of right answers.
    pub accuracy: f64,
    /// Its 95 % interval.
    pub interval: Interval,
}

impl FrontPoint {
    /// A mix with what was measured; `None` without pictures.
    pub fn of(mix: &Mix, uniform: Option<u32>, float_loss: f64, mixed: &Mixed) -> Option<Self> {
        let (accuracy, interval) = mixed.scored.evaluation.accuracy().zip(mixed.scored.evaluation.interval())?;
        Some(Self {
            bits: mix.bits.clone(),
            uniform,
            bytes: mix.bytes,
            expected: float_loss + mix.added_loss,
            loss: mixed.scored.loss,
            accuracy,
            interval,
        })
    }
}

/// Mixes to measure: so many of the front, evenly spread over the logarithm of their size.
pub fn spread(mixes: &[Mix], count: usize) -> Vec<usize> {
    let (Some(first), Some(last)) = (mixes.first(), mixes.last()) else { return Vec::new() };
    let (low, high) = ((first.bytes.max(1) as f64).ln(), (last.bytes.max(1) as f64).ln());
    let mut places: Vec<usize> = (0..count)
        .map(|step| {
            let wanted = (low + (high - low) * step as f64 / (count.max(2) - 1) as f64).exp();
            mixes.iter().rposition(|mix| mix.bytes as f64 <= wanted * 1.000_001).unwrap_or(0)
        })
        .collect();
    places.dedup();
    places
}

/// `4, 3, 8 bits`: the widths in the network's order.
pub fn widths_text(bits: &[Option<u32>]) -> String {
    let all: Vec<String> = bits.iter().map(|bits| bits.map_or("float32".to_owned(), |bits| bits.to_string())).collect();
    format!("{} bits", all.join(", "))
}

/// Accuracy by size: mixes beside one width for all layers; `current` is the size that is set, with what was measured there.
pub fn front(points: &[FrontPoint], subject: &Subject, pictures: usize, current: Option<(u64, Option<f64>)>) -> Chart {
    let lowest = points.iter().map(|point| 100.0 * point.accuracy).fold(100.0, f64::min);
    let mut chart = Chart::new(
        "Accuracy by size",
        AxisSpec::new("size, KiB; logarithmic").log(),
        AxisSpec::new("right, %").between((lowest - 3.0).max(0.0), 100.0),
    );
    for (name, uniform, tone) in
        [("one width for all", true, Tone::Warn), ("a width for each layer", false, Tone::Accent)]
    {
        let mut own: Vec<&FrontPoint> = points.iter().filter(|point| point.uniform.is_some() == uniform).collect();
        own.sort_by_key(|point| point.bytes);
        if own.is_empty() {
            continue;
        }
        let place = |point: &&FrontPoint| {
            let (low, high) = (100.0 * point.interval.low, 100.0 * point.interval.high);
            Point::with_interval(point.bytes as f64 / 1024.0, 100.0 * point.accuracy, low, high)
        };
        let series = Series {
            points: own.iter().map(place).collect(),
            notes: own.iter().map(|point| note(point)).collect(),
            ..Series::new(name, Kind::Line, []).tone(tone).with_markers()
        };
        chart = chart.with(if uniform { series.dashed() } else { series.main() });
    }
    if let Some(accuracy) = subject.float_on(pictures).accuracy() {
        chart = chart.mark_y(100.0 * accuracy, "float32", Tone::Real);
    }
    match current.filter(|_| !points.is_empty()) {
        Some((bytes, Some(accuracy))) => {
            let point = (bytes as f64 / 1024.0, 100.0 * accuracy);
            chart.current = Some((chart.series.len(), 0));
            chart.with(Series::new("chosen, on all pictures", Kind::Points, [point]).tone(Tone::Accent))
        }
        Some((bytes, None)) => chart.mark_x(bytes as f64 / 1024.0, "", Tone::Accent),
        None => chart,
    }
}

fn note(point: &FrontPoint) -> String {
    format!(
        "{}: {}, loss {}, {} expected",
        widths_text(&point.bits),
        format::bytes_exact(point.bytes),
        format::significant(point.loss, 3),
        format::significant(point.expected, 3)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::network::digits::{Split, draw};
    use crate::engine::network::{Normalization, initialize, zoo};

    fn subject() -> Subject {
        let mut network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        initialize(&mut network, 1);
        Subject::new(network, Normalization::default(), draw(Split::Test, 0, 20), &Silent).unwrap().unwrap()
    }

    fn told(layer: usize, bits: u32, added_loss: f64, lost_points: f64) -> Told {
        Told { layer, bits, added_loss, lost_points, accuracy: 0.9, bytes: 100, sqnr_db: Some(9.5) }
    }

    #[test]
    fn a_grid_has_a_row_a_layer_and_marks_the_mix() {
        let cells = [told(0, 1, 2.5, 40.0), told(0, 2, 0.01, 0.4), told(2, 8, -0.00002, -0.1)];
        let grid = grid(&subject(), &cells, By::Loss, Some(&[Some(2), None, Some(8)]));
        assert_eq!(grid.rows, ["ip1", "ip2", "ip3"]);
        assert_eq!(grid.marked, [1, 23]);
        let texts: Vec<&str> = grid.cells.iter().flatten().map(|cell| cell.text.as_str()).collect();
        assert_eq!(texts, ["2,500", "10", "0"]);
        assert_eq!((grid.cells[0].as_ref().unwrap().share, grid.cells[23].as_ref().unwrap().share), (1.0, 0.0));
        assert_eq!(
            grid.cells[1].as_ref().unwrap().words,
            "ip1 at 2 bits: loss rises by 0.01, 90.00 % right (0.40 points lost), 9.50 dB, 100 B"
        );
        let points = super::grid(&subject(), &cells, By::Points, None);
        assert!(points.marked.is_empty());
        assert_eq!(points.cells[0].as_ref().unwrap().text, "40.0");
    }

    #[test]
    fn the_front_is_spread_over_its_sizes() {
        let mix = |bytes| Mix { bits: vec![Some(1)], bytes, added_loss: 0.0 };
        let mixes: Vec<Mix> = [100, 101, 102, 200, 400, 800].into_iter().map(mix).collect();
        let places = spread(&mixes, 4);
        assert_eq!((places.first(), places.last()), (Some(&0), Some(&5)));
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]) && places.contains(&3) && places.contains(&4));
        assert_eq!(spread(&mixes[..1], 4), [0]);
        assert!(spread(&[], 4).is_empty());
    }

    #[test]
    fn mixes_stand_beside_one_width_for_all() {
        let point = |bytes, uniform| FrontPoint {
            bits: vec![Some(3), None],
            uniform,
            bytes,
            expected: 0.1,
            loss: 0.2,
            accuracy: 0.9,
            interval: Interval { low: 0.8, high: 0.95 },
        };
        let chart = front(
            &[point(2048, None), point(1024, None), point(4096, Some(3))],
            &subject(),
            20,
            Some((2048, Some(0.9))),
        );
        let names: Vec<&str> = chart.series.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, ["one width for all", "a width for each layer", "chosen, on all pictures"]);
        assert_eq!(chart.current, Some((2, 0)));
        let sizes: Vec<f64> = chart.series[1].points.iter().map(|point| point.x).collect();
        assert_eq!(sizes, [1.0, 2.0]);
        assert_eq!(chart.series[1].notes[0], "3, float32 bits: 1,024 B, loss 0.2, 0.1 expected");
        assert!(front(&[], &subject(), 20, Some((1, None))).series.is_empty());
    }
}
