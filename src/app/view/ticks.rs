//! Where an axis gets its marks.

use super::axis::{Axis, Spacing};
use super::format;

/// The values at which an axis is marked, and what is written there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ticks {
    /// Marked values, ascending.
    pub values: Vec<f64>,
    /// One label a value.
    pub labels: Vec<String>,
}

/// The smallest of 1, 2, 5 · 10ⁿ that is at least `least`; 1 where `least` is not a positive number.
pub fn nice_step(least: f64) -> f64 {
    round_up(least, &[1.0, 2.0, 5.0])
}

/// The smallest round number that is at least `least`, finer than [`nice_step`]: for the limits of a scale.
pub fn nice_limit(least: f64) -> f64 {
    round_up(least, &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0])
}

fn round_up(least: f64, mantissas: &[f64]) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let exponent = least.log10().floor() as i32;
    // A hair of slack, so that 0.2 is found for 0.2 in spite of rounding.
    let fits = |candidate: &f64| *candidate >= least * (1.0 - 1e-9);
    let candidates = [exponent - 1, exponent, exponent + 1];
    let mut candidates = candidates.iter().flat_map(|&exponent| mantissas.iter().map(move |m| power(*m, exponent)));
    candidates.find(fits).unwrap_or(least)
}

/// m · 10ⁿ as the parser would read it, without the dust of repeated multiplication.
fn power(mantissa: f64, exponent: i32) -> f64 {
    if exponent < 0 { mantissa / 10_f64.powi(-exponent) } else { mantissa * 10_f64.powi(exponent) }
}

/// At most `most` round values in `low..=high`.
pub fn linear(low: f64, high: f64, most: usize) -> Ticks {
    if !(low.is_finite() && high.is_finite() && high > low && most > 0) {
        return Ticks::default();
    }
    let mut step = nice_step((high - low) / most as f64);
    let slack = step * 1e-6;
    let ends = |step: f64| (((low - slack) / step).ceil(), ((high + slack) / step).floor());
    if ends(step).1 - ends(step).0 + 1.0 > most as f64 {
        step = nice_step(step * 1.5);
    }
    let (first, last) = ends(step);
    let decimals = decimals(step);
    let count = (last - first + 1.0).max(0.0) as usize;
    let values: Vec<f64> = (0..count).map(|index| (first + index as f64) * step).collect();
    let exponent_form = decimals > 6 || low.abs().max(high.abs()) >= 1e7;
    let label = |value: &f64| {
        if exponent_form && *value != 0.0 { format::significant(*value, 4) } else { format::fixed(*value, decimals) }
    };
    let labels = values.iter().map(label).collect();
    Ticks { values, labels }
}

/// Decimals that multiples of a nice step need.
pub fn decimals(step: f64) -> usize {
    (-step.log10().floor()).clamp(0.0, 15.0) as usize
}

/// Powers of ten in `low..=high`, thinned to at most `most`.
pub fn decades(low: f64, high: f64, most: usize) -> Ticks {
    if !(low > 0.0 && high.is_finite() && high >= low && most > 0) {
        return Ticks::default();
    }
    let (first, last) = ((low.log10() - 1e-9).ceil() as i32, (high.log10() + 1e-9).floor() as i32);
    let stride = ((last - first).max(0) as usize / most + 1).max(1);
    let values: Vec<f64> = (first..=last).step_by(stride).map(|exponent| power(1.0, exponent)).collect();
    let labels = values.iter().map(|value| format::number(*value)).collect();
    Ticks { values, labels }
}

/// Values of 1, 2 and 5 · 10ⁿ in `low..=high`; for logarithmic axes that are too short for powers of ten alone.
fn parts_of_decades(low: f64, high: f64) -> Ticks {
    if !(low > 0.0 && high.is_finite() && high >= low) {
        return Ticks::default();
    }
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let inside = |value: &f64| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(value);
    let values: Vec<f64> = (first..=last)
        .flat_map(|exponent| [1.0, 2.0, 5.0].map(|mantissa| power(mantissa, exponent)))
        .filter(inside)
        .collect();
    let labels = values.iter().map(|value| format::number(*value)).collect();
    Ticks { values, labels }
}

/// 0 and powers of ten on both sides of it, from 10^`decade` on, every `stride`-th.
fn symmetric_decades(low: f64, high: f64, decade: i32, stride: usize) -> Ticks {
    let reach = low.abs().max(high.abs());
    let last = if reach > 0.0 { (reach.log10() + 1e-9).floor() as i32 } else { decade };
    let up: Vec<f64> = (decade..=last.max(decade)).step_by(stride).map(|exponent| power(1.0, exponent)).collect();
    let below = up.iter().rev().map(|value| -value);
    let all = below.chain(std::iter::once(0.0)).chain(up.iter().copied());
    let values: Vec<f64> = all.filter(|value| (low..=high).contains(value)).collect();
    let labels = values.iter().map(|value| format::number(*value)).collect();
    Ticks { values, labels }
}

/// Round values for an axis: six or fewer, at least `gap` pixels apart, and at least two wherever two have room.
pub fn fitting(axis: &Axis, gap: f32) -> Ticks {
    let (low, high) = (axis.low.min(axis.high), axis.low.max(axis.high));
    let fits = |ticks: &Ticks| {
        let pixels: Vec<f32> = ticks.values.iter().filter_map(|value| axis.pixel(*value)).collect();
        ticks.values.len() <= 7 && pixels.windows(2).all(|pair| (pair[1] - pair[0]).abs() >= gap)
    };
    let candidates: Vec<Ticks> = match axis.spacing {
        Spacing::Linear => (1..=6).rev().map(|most| linear(low, high, most)).collect(),
        Spacing::Log => {
            let decades = (1..=6).rev().map(|most| decades(low, high, most));
            let parts = parts_of_decades(low, high);
            let sparse = decades.clone().next().is_none_or(|ticks| ticks.values.len() < 3);
            let even = (2..=4).rev().map(|most| linear(low, high, most));
            let parts = if sparse { vec![parts] } else { Vec::new() };
            // A short axis has room for its ends alone.
            let ends = decades.clone().next().and_then(|all| Some([*all.values.first()?, *all.values.last()?]));
            let ends =
                ends.map(|values| Ticks { labels: values.map(format::number).to_vec(), values: values.to_vec() });
            let even = if sparse && high / low < 4.0 { even.collect() } else { Vec::new() };
            parts.into_iter().filter(|ticks| ticks.values.len() > 1).chain(even).chain(decades).chain(ends).collect()
        }
        Spacing::SymLog { decade } => (1..=12).map(|stride| symmetric_decades(low, high, decade, stride)).collect(),
    };
    let two = candidates.iter().find(|ticks| ticks.values.len() > 1 && fits(ticks));
    two.or_else(|| candidates.iter().find(|ticks| !ticks.values.is_empty() && fits(ticks))).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_1_2_5() {
        for (least, step) in [(0.019, 0.02), (0.02, 0.02), (0.021, 0.05), (0.51, 1.0), (7.0, 10.0), (1e-9, 1e-9)] {
            assert_eq!(nice_step(least), step, "{least}");
        }
        assert_eq!(nice_step(0.0), 1.0);
        assert_eq!(nice_step(f64::NAN), 1.0);
        assert_eq!(nice_limit(1.25), 1.5);
        assert_eq!(nice_limit(0.1465), 0.15);
    }

    #[test]
    fn the_axis_of_the_mockup() {
        let ticks = linear(-1.65, 1.65, 7);
        assert_eq!(ticks.labels, ["−1.5", "−1.0", "−0.5", "0.0", "0.5", "1.0", "1.5"]);
    }

    #[test]
    fn there_are_never_more_than_asked() {
        for most in 1..12 {
            for high in [0.3, 1.0, 3.3, 7.7, 250.0] {
                assert!(linear(-0.4, high, most).values.len() <= most, "{most} in −0.4…{high}");
            }
        }
        assert!(linear(1.0, 1.0, 5).values.is_empty());
        assert!(linear(f64::NAN, 1.0, 5).values.is_empty());
    }

    #[test]
    fn a_small_plot_still_has_two_marks() {
        for (high, pixels) in [(44.0, 60.0), (44.0, 90.0), (61.3, 60.0), (9.8, 50.0), (1.04, 400.0)] {
            let ticks = fitting(&Axis::linear(0.0, high, pixels, 0.0), 18.0);
            assert!((2..=7).contains(&ticks.values.len()), "0…{high} on {pixels}: {ticks:?}");
        }
        let spacing = Spacing::Log;
        let ticks = |low, high| fitting(&Axis { low, high, start: 200.0, end: 0.0, spacing }, 18.0).labels;
        assert_eq!(ticks(0.8, 1_200.0), ["1", "10", "100", "1,000"]);
        assert_eq!(ticks(1.5, 60.0), ["2", "5", "10", "20", "50"]);
        assert_eq!(ticks(2.1, 3.9), ["2.5", "3.0", "3.5"]);
        let spacing = Spacing::SymLog { decade: -1 };
        let axis = Axis { low: -10.0, high: 10.0, start: 0.0, end: 400.0, spacing };
        assert_eq!(fitting(&axis, 30.0).labels, ["−10", "−1", "−0.1", "0", "0.1", "1", "10"]);
    }

    #[test]
    fn decades_are_powers_of_ten() {
        assert_eq!(decades(0.6, 8_613.0, 6).labels, ["1", "10", "100", "1,000"]);
        assert_eq!(decades(1.0, 1e8, 3).values, [1.0, 1e3, 1e6]);
        assert_eq!(decades(0.002, 0.5, 6).labels, ["0.01", "0.1"]);
        assert!(decades(0.0, 1.0, 6).values.is_empty());
        assert!(decades(2.0, 5.0, 6).values.is_empty());
    }
}
