//! Accuracy against size as a chart, and a point of it in words.

use super::chart::{AxisSpec, Chart, Kind, Series, Tone};
use super::{format, published};
use crate::engine::compress::{Method, Point};
use crate::engine::network::{Evaluation, Subject};

/// The figure: the chart, and which point each of its marks is.
pub struct Figure {
    /// To draw.
    pub chart: Chart,
    /// For each series, the places of its points among those that were measured; empty for published ones.
    pub places: Vec<Vec<usize>>,
}

/// What the four kinds of points are called, and their colours.
const SERIES: [(&str, Tone); 4] = [
    ("quantized only", Tone::Warn),
    ("pruned only", Tone::Real),
    ("pruned + quantized", Tone::Accent),
    ("singular values", Tone::Hue(4)),
];

fn series_of(method: Method) -> usize {
    match method {
        Method::Quantized { .. } => 0,
        Method::Pruned { .. } => 1,
        Method::Both { .. } => 2,
        Method::Singular { .. } => 3,
    }
}

/// `prune 93 %, 4 bit`.
pub fn name(method: Method) -> String {
    let pruned = |keep: f64| format!("prune {}", format::percent(1.0 - keep));
    match method {
        Method::Pruned { keep } => pruned(keep),
        Method::Quantized { bits } => format!("{bits} bit"),
        Method::Both { keep, bits } => format!("{}, {bits} bit", pruned(keep)),
        Method::Singular { rank } => format!("rank {} of the full one", format::percent(rank)),
    }
}

/// Points of accuracy against float32 on the same pictures; negative where some are lost.
pub fn change(point: &Point, float: &Evaluation) -> f64 {
    let accuracy = |evaluation: &Evaluation| evaluation.accuracy().unwrap_or(f64::NAN);
    100.0 * (accuracy(&point.evaluation) - accuracy(float))
}

/// The chart of what was measured so far, with the one that is chosen.
pub fn figure(points: &[Point], subject: &Subject, measured: usize, chosen: Option<usize>) -> Figure {
    let float = subject.float_on(measured);
    let mut chart = Chart::new(
        "Accuracy against size",
        AxisSpec::new("size after compression, % of float32").between(0.0, 26.0),
        AxisSpec::new("accuracy change, points").between(-5.0, 1.0),
    );
    let mut places = Vec::new();
    for series in published::alexnet() {
        chart = chart.with(series);
        places.push(Vec::new());
    }
    for (kind, (name, tone)) in SERIES.into_iter().enumerate() {
        let mut own: Vec<usize> = (0..points.len()).filter(|place| series_of(points[*place].method) == kind).collect();
        own.sort_by(|a, b| points[*a].share.total_cmp(&points[*b].share));
        if kind == 2 {
            // Of many pairs the line joins those that no smaller one beats; the others are marks.
            let (best, rest) = front(&own, points, &float);
            let others = series(points, &rest, &float, "other pairs", Kind::Points).tone(Tone::Muted);
            chart = chart.with(others);
            places.push(rest);
            own = best;
        }
        let mut drawn = series(points, &own, &float, name, Kind::Line).tone(tone).with_markers();
        if kind == 2 {
            drawn = drawn.main();
        }
        chart = chart.with(drawn);
        places.push(own);
    }
    chart = chart.mark_y(0.0, "float32", Tone::Muted).mark_y(-5.0, "5 points lost, or more", Tone::Muted);
    if let Some((accuracy, interval)) = float.accuracy().zip(float.interval()) {
        chart = chart.mark_y(100.0 * (interval.low - accuracy), "95 % interval of float32", Tone::Muted);
    }
    chart.current = chosen.and_then(|chosen| {
        let find = |own: &Vec<usize>| own.iter().position(|place| *place == chosen);
        places.iter().enumerate().find_map(|(series, own)| Some((series, find(own)?)))
    });
    Figure { chart, places }
}

fn series(points: &[Point], own: &[usize], float: &Evaluation, name: &str, kind: Kind) -> Series {
    let at = |place: &usize| (100.0 * points[*place].share, change(&points[*place], float));
    let notes = own.iter().map(|place| hover(&points[*place])).collect();
    Series::new(name, kind, own.iter().map(at)).with_notes(notes)
}

/// Those that are better than every smaller one, and the rest.
fn front(own: &[usize], points: &[Point], float: &Evaluation) -> (Vec<usize>, Vec<usize>) {
    let mut best = f64::NEG_INFINITY;
    own.iter().partition(|place| {
        let change = change(&points[**place], float);
        let better = change > best;
        best = best.max(change);
        better
    })
}

/// What a point says of itself: its setting and its ledger.
fn hover(point: &Point) -> String {
    let parts = point.size.ledger.parts.iter().filter(|part| part.bits > 0);
    let parts: Vec<String> =
        parts.map(|part| format!("{} {}", part.name, format::bytes_exact(part.bits.div_ceil(8)))).collect();
    format!("{}: {} = {}", name(point.method), format::bytes_exact(point.size.bytes), parts.join(" + "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;
    use crate::engine::compress::NetworkSize;
    use crate::engine::network::digits::{Split, draw};
    use crate::engine::network::{Normalization, initialize, zoo};

    fn point(method: Method, share: f64, right: usize) -> Point {
        let answers = (0..10).map(|place| u16::from(place >= right) * 11).collect();
        Point { method, size: NetworkSize::default(), share, evaluation: Evaluation::new(answers, &[0; 10]) }
    }

    #[test]
    fn the_line_joins_what_no_smaller_one_beats() {
        let mut network = zoo::find("lenet-300-100").unwrap().network().unwrap();
        initialize(&mut network, 1);
        let subject = Subject::new(network, Normalization::default(), draw(Split::Test, 0, 20), &Silent);
        let subject = subject.unwrap().unwrap();
        let both = |keep, bits| Method::Both { keep, bits };
        let points = [
            point(both(0.1, 4), 0.03, 8),
            point(both(0.1, 2), 0.02, 9),
            point(Method::Pruned { keep: 0.1 }, 0.1, 9),
            point(both(0.2, 4), 0.05, 10),
        ];
        let figure = figure(&points, &subject, 20, Some(0));
        let names: Vec<&str> = figure.chart.series.iter().map(|series| series.name.as_str()).collect();
        let of = |name: &str| figure.places[names.iter().position(|found| *found == name).unwrap()].clone();
        assert_eq!((of("pruned + quantized"), of("other pairs"), of("pruned only")), (vec![1, 3], vec![0], vec![2]));
        let (series, place) = figure.chart.current.unwrap();
        assert_eq!(figure.places[series][place], 0);
        assert_eq!(figure.chart.series.iter().filter(|series| series.published).count(), 3);
        assert_eq!(name(both(0.07, 4)), "prune 93.0 %, 4 bit");
    }
}
