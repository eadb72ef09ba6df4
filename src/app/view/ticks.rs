//! Where an axis gets its marks.

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
    fn decades_are_powers_of_ten() {
        assert_eq!(decades(0.6, 8_613.0, 6).labels, ["1", "10", "100", "1,000"]);
        assert_eq!(decades(1.0, 1e8, 3).values, [1.0, 1e3, 1e6]);
        assert_eq!(decades(0.002, 0.5, 6).labels, ["0.01", "0.1"]);
        assert!(decades(0.0, 1.0, 6).values.is_empty());
        assert!(decades(2.0, 5.0, 6).values.is_empty());
    }
}
