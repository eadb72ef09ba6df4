//! The weights by magnitude with the threshold between them, and the error of every threshold under it.

use super::Study;
use crate::app::view::chart::{AxisSpec, Chart, Kind, Series, Tone};
use crate::engine::quantize::Scales;

/// Room for the numbers of both y axes.
const INDENT: f32 = 46.0;
/// What the handle of the threshold is called.
pub const HANDLE: &str = "Threshold";

/// Ends of the axis of magnitudes.
fn magnitudes(study: &Study) -> AxisSpec {
    AxisSpec::new("|W|").between(0.0, study.end.max(f64::MIN_POSITIVE))
}

/// Weights by magnitude; what becomes 0 is shaded, the threshold can be dragged.
pub fn histogram(study: &Study, threshold: f64) -> Chart {
    let width = study.end / study.bars.len() as f64;
    let bars = study.bars.iter().enumerate().map(|(bar, &count)| ((bar as f64 + 0.5) * width, count as f64));
    let axis = AxisSpec { label: String::new(), ..magnitudes(study) };
    let chart = Chart::new("Weights by magnitude", axis, AxisSpec::new("weights").from_zero());
    Chart { indent: INDENT, ..chart }
        .with(Series::new("", Kind::Bars(width), bars).tone(Tone::Real))
        .shade(0.0, threshold, "0", Tone::Warn)
        .handle(threshold, "", HANDLE, Tone::Accent)
}

/// SSE by threshold; the rule of TWN and the best threshold are marked.
pub fn errors(study: &Study, scales: Scales, threshold: f64) -> Chart {
    let curve = study.curve(scales);
    let kind = if study.all.count() as usize <= curve.len() + 1 { Kind::Steps } else { Kind::Line };
    let line = Series::new("", kind, curve.iter().map(|point| (point.threshold, point.sse)));
    let axis = AxisSpec { label: "Δ".to_owned(), ..magnitudes(study) };
    let chart = Chart::new("SSE by threshold", axis, AxisSpec::new("SSE").from_zero());
    let chart = Chart { indent: INDENT, ..chart }.with(line.tone(Tone::Accent).main()).mark_x(
        0.7 * study.all.mean(),
        "0.7 mean |W|",
        Tone::Muted,
    );
    // Between two weights every threshold is as good.
    let best = study.best(scales).threshold;
    let next = study.all.next_above(best).unwrap_or(study.end).min(study.end);
    let chart = if next - best > 0.01 * study.end {
        chart.shade(best, next, "best", Tone::Good)
    } else {
        chart.mark_x(best, "best", Tone::Good)
    };
    chart.handle(threshold, "", "Threshold on the curve", Tone::Accent)
}

#[cfg(test)]
mod tests {
    use super::super::tests::study;
    use super::*;

    #[test]
    fn both_charts_stand_on_one_axis() {
        let study = study();
        let (weights, errors) = (histogram(&study, 0.734_125), errors(&study, Scales::One, 0.734_125));
        assert_eq!(weights.x.range, errors.x.range);
        assert_eq!(weights.series[0].points.iter().map(|point| point.y).sum::<f64>(), 16.0);
        assert_eq!(errors.series[0].kind, Kind::Steps, "few weights: the error jumps from one to the next");
        assert_eq!(weights.marks.len(), 1);
        assert_eq!(errors.marks.len(), 2);
        let best = &errors.shades[0];
        assert!((best.low - 0.14).abs() < 1e-6 && (best.high - 0.91).abs() < 1e-6, "0.734 lies within: {best:?}");
        assert!(errors.axes([0.0, 100.0], [100.0, 0.0]).is_some());
    }
}
