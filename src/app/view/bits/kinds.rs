//! Accuracy by bits for convolutions and fully connected layers apart.

use super::super::chart::{AxisSpec, Chart, Kind, Point, Series, Tone};
use super::super::{format, published_bits};
use super::{percent, widths};
use crate::engine::compress::bits::{SweepNews, SweepPoint};
use crate::engine::network::Layers;

/// Kinds of layers, their names and their colours.
const KINDS: [(Layers, &str, Tone); 2] =
    [(Layers::Convolution, "convolution", Tone::Hue(4)), (Layers::FullyConnected, "fully connected", Tone::Hue(0))];

/// The chart of what was measured so far; `bits` is the width that is set now.
pub fn chart(news: &[SweepNews], bits: Option<u32>, with_published: bool) -> Chart {
    let lowest = points(news).filter_map(place).map(|point| point.low).fold(100.0, f64::min);
    let bottom = if with_published { 0.0 } else { (lowest - 1.0).clamp(0.0, 95.0) };
    let mut chart = Chart::new(
        "Accuracy by bits",
        AxisSpec::new("bits of a weight").between(0.7, 8.3).with_ticks(widths()),
        AxisSpec::new("right, %").between(bottom, 100.0),
    );
    if with_published {
        for series in published_bits::alexnet() {
            chart = chart.with(series);
        }
    }
    for (kind, name, tone) in KINDS {
        for pruned in [false, true] {
            let mut points: Vec<&SweepPoint> =
                points(news).filter(|it| it.layers == kind && it.pruned == pruned).collect();
            points.sort_by_key(|point| point.bits);
            if points.is_empty() {
                continue;
            }
            let name = format!("{name}, {}", if pruned { "pruned + quantized" } else { "quantized" });
            let series = Series {
                points: points.iter().filter_map(|point| place(point)).collect(),
                notes: points.iter().map(|point| note(point)).collect(),
                ..Series::new(name, Kind::Line, []).tone(tone).with_markers()
            };
            chart = chart.with(if pruned { series.dashed() } else { series.main() });
        }
    }
    for told in news {
        let SweepNews::Float { pruned, scored } = told else { continue };
        let Some(accuracy) = scored.evaluation.accuracy() else { continue };
        // Two lines in one place would be written over each other.
        let near = |value: f64| (100.0 * accuracy - value).abs() < 0.06 * (100.0 - bottom);
        if *pruned && chart.marks.iter().any(|mark| near(mark.value)) {
            continue;
        }
        let name = if *pruned { "pruned, float32" } else { "float32" };
        chart = chart.mark_y(100.0 * accuracy, name, Tone::Real);
    }
    match bits {
        Some(bits) if (1..=8).contains(&bits) => chart.mark_x(f64::from(bits), "", Tone::Accent),
        _ => chart,
    }
}

fn points(news: &[SweepNews]) -> impl Iterator<Item = &SweepPoint> {
    news.iter().filter_map(|told| match told {
        SweepNews::Point(point) => Some(point),
        SweepNews::Float { .. } => None,
    })
}

fn place(point: &SweepPoint) -> Option<Point> {
    let (accuracy, interval) = point.scored.evaluation.accuracy().zip(point.scored.evaluation.interval())?;
    Some(Point::with_interval(f64::from(point.bits), 100.0 * accuracy, 100.0 * interval.low, 100.0 * interval.high))
}

fn note(point: &SweepPoint) -> String {
    let evaluation = &point.scored.evaluation;
    format!(
        "{} of {} pictures, loss {}, {} for these weights",
        percent(evaluation.accuracy().unwrap_or(f64::NAN)),
        format::count(evaluation.total() as u64),
        format::significant(point.scored.loss, 3),
        format::bytes_exact(point.bytes)
    )
}

/// How many points there are of how many.
pub fn progress(news: &[SweepNews]) -> usize {
    points(news).count()
}

/// The fewest bits within a point of float32, kind by kind: `under 1 point lost: convolution from 4 bits, fully connected from 2 bits`. `None` before any is.
pub fn fewest(news: &[SweepNews]) -> Option<String> {
    let float = news.iter().find_map(|told| match told {
        SweepNews::Float { pruned: false, scored } => scored.evaluation.accuracy(),
        _ => None,
    })?;
    let of = |(kind, name, _): (Layers, &str, Tone)| {
        let enough = points(news).filter(|point| {
            point.layers == kind
                && !point.pruned
                && point.scored.evaluation.accuracy().is_some_and(|accuracy| accuracy >= float - 0.01)
        });
        let bits = enough.map(|point| point.bits).min()?;
        Some(format!("{name} from {bits} {}", if bits == 1 { "bit" } else { "bits" }))
    };
    let found: Vec<String> = KINDS.into_iter().filter_map(of).collect();
    (!found.is_empty()).then(|| format!("under 1 point lost: {}", found.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::network::{Evaluation, Scored};

    fn scored(right: usize) -> Scored {
        let answers = (0..100).map(|place| u16::from(place >= right)).collect();
        Scored { evaluation: Evaluation::new(answers, &[0; 100]), loss: 0.125 }
    }

    fn point(layers: Layers, pruned: bool, bits: u32, right: usize) -> SweepNews {
        SweepNews::Point(SweepPoint { layers, pruned, bits, bytes: 1000, scored: scored(right) })
    }

    #[test]
    fn kinds_are_curves_of_their_own_and_the_paper_is_marked() {
        let news = [
            SweepNews::Float { pruned: false, scored: scored(98) },
            point(Layers::FullyConnected, false, 2, 97),
            point(Layers::FullyConnected, false, 1, 40),
            SweepNews::Float { pruned: true, scored: scored(97) },
            point(Layers::FullyConnected, true, 2, 98),
        ];
        let drawn = chart(&news, Some(2), true);
        let measured: Vec<&Series> = drawn.series.iter().filter(|series| !series.published).collect();
        let names: Vec<&str> = measured.iter().map(|series| series.name.as_str()).collect();
        assert_eq!(names, ["fully connected, quantized", "fully connected, pruned + quantized"]);
        let places: Vec<(f64, f64)> = measured[0].points.iter().map(|point| (point.x, point.y)).collect();
        assert_eq!(places, [(1.0, 40.0), (2.0, 97.0)]);
        assert!(measured[0].points[0].low < 40.0 && measured[0].points[0].high > 40.0);
        assert!(drawn.series.iter().any(|series| series.published));
        assert_eq!(drawn.marks.iter().filter(|mark| !mark.text.is_empty()).count(), 1, "two near lines are one");
        assert_eq!(progress(&news), 3);
        assert_eq!(fewest(&news).unwrap(), "under 1 point lost: fully connected from 2 bits");
        assert_eq!(fewest(&news[1..]), None);
        assert!(chart(&[], None, false).series.is_empty());
        assert_eq!((drawn.y.range, chart(&news, None, false).y.range.unwrap().0.round()), (Some((0.0, 100.0)), 30.0));
    }
}
