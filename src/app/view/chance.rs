//! Stochastic rounding as a chart: the mean of the first so many roundings.

use super::chart::{Across, AxisSpec, Chart, Kind, Mark, Series, Tone};
use crate::engine::number::chance::{odds, running_mean};
use crate::engine::number::{Format, Number, Overflow, Rounding};

/// Roundings that are drawn.
pub const COUNT: usize = 4096;

/// The running mean on a logarithmic axis of counts, with the number itself, what round to nearest makes of it, and where few random
/// bits let the mean end. `None` for infinities and NaN.
pub fn running_mean_chart(format: Format, number: &Number, bits: u32, seed: u64) -> Option<Chart> {
    let exact = number.rational()?;
    let x = exact.to_f64();
    let means = running_mean(format, x, bits, seed, COUNT);
    // A point for each of about 40 steps an octave is all that a logarithmic axis shows.
    let mut next = 1.0_f64;
    let points = means.iter().enumerate().filter_map(|(index, mean)| {
        let count = index as f64 + 1.0;
        (count >= next.floor()).then(|| {
            next = (next * 1.02).max(count + 1.0);
            (count, *mean)
        })
    });
    let series = Series::new("mean", Kind::Line, points).tone(Tone::Accent).main();
    let nearest = format.decode(format.encode_number(number, Rounding::NearestEven, Overflow::Default));
    let mark = |value: f64, text: &str, tone: Tone| Mark {
        across: Across::Y,
        value,
        text: text.to_owned(),
        tone,
        handle: None,
    };
    let mut marks = vec![mark(x, "the number", Tone::Real)];
    if nearest.is_finite() && nearest != x {
        marks.push(mark(nearest, "nearest", Tone::Muted));
    }
    if let Some(odds) = odds(format, &exact, bits)
        && odds.mean != exact
    {
        marks.push(mark(odds.mean.to_f64(), "limit", Tone::Warn));
    }
    Some(Chart {
        title: "Running mean".to_owned(),
        x: AxisSpec::new("Roundings").log(),
        y: AxisSpec::new("Mean"),
        series: vec![series],
        marks,
        ..Chart::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    #[test]
    fn the_mean_comes_to_the_number() {
        let chart = running_mean_chart(find("e4m3fn").unwrap().format, &"0.265625".parse().unwrap(), 8, 1).unwrap();
        let last = chart.series[0].points.last().unwrap();
        assert!((last.y - 0.265_625).abs() < 0.001, "{last:?}");
        assert_eq!(chart.marks.len(), 2);
        assert!(running_mean_chart(find("e4m3fn").unwrap().format, &Number::Nan, 8, 1).is_none());
    }
}
