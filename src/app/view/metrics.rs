//! The numbers of an analysis as name and text, and those that get a tile.

use super::format;
use crate::app::widgets::metric_tile::Metric;
use crate::engine::coding::Ledger;
use crate::engine::measure::ErrorReport;
use crate::engine::tensor::{Summary, Tensor};

/// Every number, in reading order.
pub fn all(tensor: &Tensor, summary: &Summary, report: &ErrorReport, ledger: &Ledger) -> Vec<(&'static str, String)> {
    let moments = summary.moments;
    let ratio = (ledger.bytes() > 0).then(|| tensor.bytes() as f64 / ledger.bytes() as f64);
    vec![
        ("SSE", format::number(report.sse)),
        ("MSE", format::optional(report.mse())),
        ("RMSE", format::optional(report.rmse())),
        ("Max |error|", format::number(report.max_error)),
        ("SQNR", format!("{} dB", format::decibels(report.sqnr_db()))),
        ("Relative error", format::optional(report.relative())),
        ("Cosine similarity", format::optional(report.cosine())),
        ("Distinct values", format::count(report.distinct)),
        ("Bits per weight", format::optional(bits_per_weight(report, ledger))),
        ("Size", format::bytes_exact(ledger.bytes())),
        ("Ratio", ratio.map_or_else(|| format::NONE.to_owned(), format::ratio)),
        ("Weights", format::count(moments.count)),
        ("Minimum", format::number(moments.min.into())),
        ("Maximum", format::number(moments.max.into())),
        ("Mean", format::optional(moments.mean())),
        ("Standard deviation", format::optional(moments.std())),
        ("Zeros", moments.zero_share().map_or_else(|| format::NONE.to_owned(), format::percent)),
        ("NaN, infinite", format!("{}, {}", format::count(moments.nan), format::count(moments.infinite))),
    ]
}

/// The numbers with a tile, the most telling first.
pub fn tiles(report: &ErrorReport, ledger: &Ledger) -> [Metric; 8] {
    let metric = |name, value, unit, hint| Metric { name, value, unit, hint };
    [
        metric(
            "SQNR",
            format::decibels(report.sqnr_db()),
            "dB",
            "Signal-to-quantization-noise ratio; 6 dB are one bit",
        ),
        metric("RMSE", format::optional(report.rmse()), "", "Root of the mean squared error"),
        metric("Max |error|", format::number(report.max_error), "", "The largest error of any weight"),
        metric(
            "Bits per weight",
            format::optional(bits_per_weight(report, ledger)),
            "",
            "Codes, codebook, scales and padding",
        ),
        metric("MSE", format::optional(report.mse()), "", "Mean squared error"),
        metric("Cosine similarity", format::optional(report.cosine()), "", "Of weights and reconstruction"),
        metric("SSE", format::number(report.sse), "", "Sum of squared errors"),
        metric("Distinct values", format::count(report.distinct), "", "In the reconstruction"),
    ]
}

fn bits_per_weight(report: &ErrorReport, ledger: &Ledger) -> Option<f64> {
    let count = report.count + report.excluded;
    (count > 0).then(|| ledger.bits() as f64 / count as f64)
}
