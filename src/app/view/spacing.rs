//! Formats as a whole: spacing, relative error, codes a binade, range against precision, each as a chart.

use super::chart::{Across, AxisSpec, Chart, Kind, Mark, Series, Tone};
use super::ticks::Ticks;
use super::{format_words, numerals};
use crate::engine::number::{Format, binades, find, reach, relative_error};

/// Marks of an axis of powers of two, about `most` of them.
fn powers(low: f64, high: f64, most: usize) -> Ticks {
    let stride = ((high - low) / most as f64).max(1.0);
    // Strides that divide the usual widths.
    let stride = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096].into_iter().find(|s| f64::from(*s) >= stride);
    let stride = stride.unwrap_or(8192);
    let first = (low / f64::from(stride)).ceil() as i32 * stride;
    let exponents: Vec<i32> = (0..).map(|step| first + step * stride).take_while(|e| f64::from(*e) <= high).collect();
    Ticks {
        values: exponents.iter().map(|exponent| f64::from(*exponent)).collect(),
        labels: exponents.iter().map(|exponent| numerals::power((*exponent).into())).collect(),
    }
}

/// The formats with the main one first, each once.
fn with_main(main: Format, others: &[Format]) -> Vec<Format> {
    let mut formats = vec![main];
    formats.extend(others.iter().copied().filter(|format| *format != main));
    formats
}

fn tone(place: usize) -> Tone {
    if place == 0 { Tone::Accent } else { Tone::Auto }
}

/// The distance to the next value against the magnitude, both by their logarithm to base 2.
pub fn spacing(main: Format, others: &[Format]) -> Chart {
    let series: Vec<Series> = with_main(main, others)
        .into_iter()
        .enumerate()
        .map(|(place, format)| {
            let points = binades(format).into_iter().filter_map(|binade| {
                let spacing = binade.spacing?.log2();
                Some([(f64::from(binade.exponent), spacing), (f64::from(binade.exponent + 1), spacing)])
            });
            let series = Series::new(format_words::title(format), Kind::Line, points.flatten());
            let series = series.tone(tone(place));
            if place == 0 { series.main() } else { series }
        })
        .collect();
    log_chart("Spacing by magnitude", "Distance to the next value", series)
}

/// The largest relative error of round to nearest against the magnitude: a saw that is as high in every normal binade.
pub fn error(main: Format, others: &[Format]) -> Chart {
    let series: Vec<Series> = with_main(main, others)
        .into_iter()
        .enumerate()
        .map(|(place, format)| {
            let points = binades(format).into_iter().filter_map(|binade| {
                let (low, high) = relative_error(&binade)?;
                Some([(f64::from(binade.exponent), low.log2()), (f64::from(binade.exponent) + 0.999, high.log2())])
            });
            let series = Series::new(format_words::title(format), Kind::Line, points.flatten()).tone(tone(place));
            if place == 0 { series.main() } else { series }
        })
        .collect();
    log_chart("Relative error by magnitude", "Largest relative error", series)
}

fn log_chart(title: &str, label: &str, series: Vec<Series>) -> Chart {
    let extent = |of: fn(&super::chart::Point) -> f64| {
        let values = || series.iter().flat_map(|series| &series.points).map(of).filter(|value| value.is_finite());
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
    };
    let (x, y) = (extent(|point| point.x), extent(|point| point.y));
    Chart {
        title: title.to_owned(),
        x: AxisSpec::new("Magnitude").with_ticks(powers(x.0, x.1, 9)),
        y: AxisSpec::new(label).with_ticks(powers(y.0, y.1, 6)),
        series,
        ..Chart::default()
    }
}

/// How many positive values lie from each power of two to the next.
pub fn codes(main: Format) -> Chart {
    let found = binades(main);
    let points: Vec<(f64, f64)> =
        found.iter().map(|binade| (f64::from(binade.exponent) + 0.5, binade.codes as f64)).collect();
    let (low, high) = (
        found.first().map_or(0.0, |binade| f64::from(binade.exponent)),
        found.last().map_or(1.0, |binade| f64::from(binade.exponent + 1)),
    );
    let most = found.iter().map(|binade| binade.codes as f64).fold(1.0, f64::max);
    let normal =
        main.properties().min_normal.map(|value| f64::from(value.exponent) + (value.significand as f64).log2());
    let marks = normal.filter(|normal| *normal > low).map(|normal| Mark {
        across: Across::X,
        value: normal,
        text: "normal from here".to_owned(),
        tone: Tone::Muted,
        handle: None,
    });
    Chart {
        title: "Codes a binade".to_owned(),
        x: AxisSpec::new("Magnitude").between(low, high).with_ticks(powers(low, high, 8)),
        // The mark has its words above the bars.
        y: AxisSpec::new("Positive values").between(0.0, most * 1.2),
        series: vec![Series::new(format_words::title(main), Kind::Bars(0.9), points).tone(Tone::Accent)],
        marks: marks.into_iter().collect(),
        ..Chart::default()
    }
}

/// The formats of the map of range against precision: those that networks are stored and computed in.
const MAPPED: [&str; 15] = [
    "fp64", "fp32", "tf32", "fp16", "bf16", "e5m2", "e4m3fn", "e4m3fnuz", "e3m4", "e2m3fn", "e3m2fn", "e2m1fn", "int8",
    "int4", "posit16",
];

/// The formats that have a name in the map; the others say theirs where they are pointed at.
const NAMED: [&str; 4] = ["fp32", "fp16", "bf16", "e4m3fn"];

/// Range against precision of all formats: FP16 and BF16 trade one for the other.
pub fn trade(main: Format) -> Chart {
    let point = |format: Format| {
        let reach = reach(format)?;
        Some((reach.significant_bits?, reach.log2_most - reach.log2_least))
    };
    let of = |name: &&str| find(name).map(|row| row.format);
    let mut named: Vec<Format> = NAMED.iter().filter_map(of).filter(|format| *format != main).collect();
    named.insert(0, main);
    let others: Vec<Format> = MAPPED.iter().filter_map(of).filter(|format| !named.contains(format)).collect();
    let placed: Vec<(Format, (f64, f64))> =
        others.into_iter().filter_map(|format| Some((format, point(format)?))).collect();
    let rest = Series::new("other formats", Kind::Points, placed.iter().map(|(_, point)| *point))
        .tone(Tone::Muted)
        .with_markers()
        .with_notes(placed.iter().map(|(format, _)| format_words::title(*format)).collect());
    let mut series = vec![rest];
    let mut current = None;
    for format in named {
        let Some(place) = point(format) else { continue };
        let tone = if format == main { Tone::Accent } else { Tone::Auto };
        if format == main {
            current = Some((series.len(), 0));
        }
        series.push(Series::new(format_words::title(format), Kind::Points, [place]).tone(tone).with_markers());
    }
    Chart {
        title: "Range against precision".to_owned(),
        x: AxisSpec::new("Significant bits at 1").log(),
        y: AxisSpec::new("Range, powers of two").log(),
        series,
        current,
        ..Chart::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(name: &str) -> Format {
        find(name).unwrap().format
    }

    #[test]
    fn spacing_doubles_with_the_magnitude_and_is_flat_below() {
        let chart = spacing(format("fp16"), &[format("bf16")]);
        let points = &chart.series[0].points;
        assert!(points.iter().filter(|point| point.x < -14.0).all(|point| point.y == -24.0));
        let at_one = points.iter().rfind(|point| point.x == 0.0).unwrap();
        assert_eq!(at_one.y, -10.0);
        assert_eq!(chart.series.len(), 2);
    }

    #[test]
    fn the_trade_of_fp16_and_bf16_shows() {
        let chart = trade(format("fp16"));
        let of = |name: &str| chart.series.iter().find(|series| series.name == name).unwrap().points[0];
        let (half, brain) = (of("FP16"), of("BF16"));
        assert!(half.x > brain.x && half.y < brain.y);
        let (place, _) = chart.current.unwrap();
        assert_eq!(chart.series[place].name, "FP16");
    }

    #[test]
    fn every_binade_has_a_bar() {
        let chart = codes(format("e4m3fn"));
        let counts: Vec<f64> = chart.series[0].points.iter().map(|point| point.y).collect();
        assert_eq!(counts[..4], [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(counts.iter().sum::<f64>(), 126.0);
    }
}
