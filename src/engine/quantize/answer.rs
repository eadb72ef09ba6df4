//! A scheme answered from the bins of a summary.

use crate::engine::measure::{ErrorHistogram, ErrorReport};
use crate::engine::tensor::Summary;

/// Bars of the error histogram of a preview; odd, so that "no error" has a bar.
const BARS: usize = 101;

/// Levels' counts and errors, as the bins have them.
pub(super) struct Answer {
    /// Weights on each level.
    pub(super) counts: Vec<u64>,
    /// Errors; exact where every bin holds one distinct value, else off by less than a bin's width per weight.
    pub(super) report: ErrorReport,
    /// Distribution of the errors.
    pub(super) errors: ErrorHistogram,
}

/// Sends every bin to the level that `encode` names for its mean. `levels` are the values, ascending.
pub(super) fn answer(summary: &Summary, levels: &[f32], mut encode: impl FnMut(f32) -> usize) -> Answer {
    let mut counts = vec![0; levels.len()];
    let moments = &summary.moments;
    let mut report =
        ErrorReport { count: moments.finite(), excluded: moments.nan + moments.infinite, ..ErrorReport::default() };
    let mut errors = Vec::with_capacity(summary.bins.len());
    for bin in &summary.bins {
        let mean = bin.mean();
        let level = encode(mean);
        let (count, value) = (bin.count as f64, f64::from(levels[level]));
        let error = f64::from(mean) - value;
        counts[level] += bin.count;
        report.sse += count * error * error;
        report.signal += bin.sum_squares;
        report.reconstruction += count * value * value;
        report.dot += bin.sum * value;
        let largest = if bin.low < bin.high {
            report.sse += (bin.sum_squares - bin.sum * bin.sum / count).max(0.0);
            (f64::from(bin.high) - value).abs().max((f64::from(bin.low) - value).abs())
        } else {
            error.abs()
        };
        report.max_error = report.max_error.max(largest);
        errors.push((error, bin.count));
    }
    report.distinct = counts.iter().filter(|&&count| count > 0).count() as u64;
    let mut histogram = ErrorHistogram::new(report.max_error, BARS);
    for (error, count) in errors {
        histogram.add(error, count);
    }
    Answer { counts, report, errors: histogram }
}
