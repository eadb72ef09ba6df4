//! The U of a clip: squared error by how much of the range the codes cover.

use super::chart::{Across, AxisSpec, Chart, Kind, Mark, Series, Tone};
use crate::engine::quantize::linear::{ClipCurve, ClipPoint};

/// The curve as a chart: clipping, rounding, both; the best clip marked, the current one with a handle.
pub fn clip_chart(curve: &ClipCurve, share: f64) -> Chart {
    let series = |name: &str, loss: fn(&ClipPoint) -> f64| {
        // Where the range is narrow, clipping towers over everything that matters: the axis ends at some times the best.
        Series::new(name, Kind::Line, curve.points.iter().map(|point| (point.share, loss(point))))
    };
    let most = curve.points.last().map_or(0.0, |point| point.loss.total()).max(4.0 * curve.best.loss.total());
    let top = if most > 0.0 { most * 1.25 } else { 1.0 };
    // The axis begins a little before the curve comes into view, or before the clip.
    let seen = curve.points.iter().find(|point| point.loss.total() <= top).map_or(0.0, |point| point.share);
    let start = ((seen - 0.12 * (1.0 - seen)).max(0.0) * 20.0).floor() / 20.0;
    let start = if share < start { 0.0 } else { start };
    let mut chart = Chart::new(
        "Error by clip",
        AxisSpec::new("share of the range that is covered").between(start, 1.0),
        AxisSpec::new("SSE").between(0.0, top),
    )
    .with(series("clipping", |point| point.loss.clipping).tone(Tone::Warn).dashed())
    .with(series("rounding", |point| point.loss.rounding).tone(Tone::Real).dashed())
    .with(series("both", |point| point.loss.total()).tone(Tone::Accent).main());
    // The chart draws what is in its range: points above the top would be drawn outside it.
    for series in &mut chart.series {
        for point in &mut series.points {
            if point.y > top {
                point.y = f64::NAN;
            }
        }
    }
    let mark = |value: f64, text: &str, tone: Tone, handle: Option<&str>| Mark {
        across: Across::X,
        value,
        text: text.to_owned(),
        tone,
        handle: handle.map(str::to_owned),
    };
    let best = curve.best.share.clamp(0.0, 1.0);
    chart.marks.push(mark(best, "best", Tone::Good, None));
    chart.marks.push(mark(share, "clip", Tone::Accent, Some("Clip")));
    chart
}

/// The share of the curve that a range comes nearest to.
pub fn nearest_share(curve: &ClipCurve, r_min: f64, r_max: f64) -> f64 {
    let distance = |point: &ClipPoint| (point.low - r_min).abs() + (point.high - r_max).abs();
    let nearest = curve.points.iter().min_by(|left, right| distance(left).total_cmp(&distance(right)));
    nearest.map_or(1.0, |point| point.share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::setup::linear::affine;
    use crate::engine::quantize::linear::clip_curve;
    use crate::engine::tensor::Summary;

    #[test]
    fn an_outlier_makes_a_u_with_its_best_clip_inside() {
        let mut weights: Vec<f32> = (0..200).map(|place| (place as f32 / 200.0 - 0.5) * 4.0).collect();
        weights.push(10.0);
        let summary = Summary::of_group(weights.into_iter());
        let curve = clip_curve(&affine::plain(4), &summary.bins, 100).unwrap();
        let total = |share: f64| {
            let place = ((share * 100.0) as usize).clamp(1, 100) - 1;
            curve.points[place].loss.total()
        };
        let best = curve.best;
        assert!(best.share > 0.1 && best.share < 1.0, "{best:?}");
        assert!(total(0.05) > best.loss.total() && total(1.0) > best.loss.total());
        let chart = clip_chart(&curve, nearest_share(&curve, best.low, best.high));
        assert_eq!(chart.series.len(), 3);
        let (from, to) = chart.x.range.unwrap();
        assert!(from < best.share && to == 1.0, "{from} … {to}");
        assert_eq!(clip_chart(&curve, 0.01).x.range, Some((0.0, 1.0)), "the handle stays in view");
        assert_eq!(chart.marks[1].handle.as_deref(), Some("Clip"));
        let whole = curve.points.last().unwrap();
        assert_eq!(nearest_share(&curve, whole.low, whole.high), 1.0);
    }
}
