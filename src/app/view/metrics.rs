//! The numbers of an analysis as name and text, and those that get a tile.

use super::format;
use crate::app::widgets::metric_tile::{Delta, Metric};
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

/// The same tiles where there is nothing to show.
pub fn no_tiles() -> [Metric; 8] {
    tiles(&ErrorReport::default(), &Ledger::default()).map(|metric| Metric {
        value: format::NONE.to_owned(),
        unit: "",
        ..metric
    })
}

/// What the tiles show more or less than those of a pinned scheme; `None` where nothing differs or more is neither better nor worse.
pub fn deltas(now: (&ErrorReport, &Ledger), pinned: (&ErrorReport, &Ledger)) -> [Option<Delta>; 8] {
    let numbers = |(report, ledger): (&ErrorReport, &Ledger)| {
        [
            report.sqnr_db(),
            report.rmse(),
            Some(report.max_error),
            bits_per_weight(report, ledger),
            report.mse(),
            report.cosine(),
            Some(report.sse),
            None,
        ]
    };
    let (now, then) = (numbers(now), numbers(pinned));
    // Of SQNR and cosine similarity more is better, of the others less.
    let more_is_better = [true, false, false, false, false, true, false, false];
    std::array::from_fn(|tile| {
        let difference = now[tile]? - then[tile]?;
        let up = difference > 0.0;
        let amount =
            if tile == 0 { format::decibels(Some(difference.abs())) } else { format::significant(difference.abs(), 3) };
        (difference != 0.0 && !difference.is_nan()).then_some(Delta { amount, up, better: up == more_is_better[tile] })
    })
}

fn bits_per_weight(report: &ErrorReport, ledger: &Ledger) -> Option<f64> {
    let count = report.count + report.excluded;
    (count > 0).then(|| ledger.bits() as f64 / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smaller_error_is_better_and_a_smaller_sqnr_is_not() {
        let report = |sse: f64| ErrorReport { count: 10, sse, signal: 10.0, max_error: sse, ..ErrorReport::default() };
        let (now, then) = (report(0.1), report(1.0));
        let ledger = Ledger::default();
        let deltas = deltas((&now, &ledger), (&then, &ledger));
        let sqnr = deltas[0].as_ref().unwrap();
        assert_eq!((sqnr.amount.as_str(), sqnr.up, sqnr.better), ("10.00", true, true));
        let sse = deltas[6].as_ref().unwrap();
        assert_eq!((sse.amount.as_str(), sse.up, sse.better), ("0.9", false, true));
        assert_eq!(deltas[3], None, "as many bits");
        assert!(no_tiles().iter().all(|metric| metric.value == format::NONE));
    }
}
