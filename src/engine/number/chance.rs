//! Stochastic rounding: where a number can go, how often, and what the mean becomes.

use super::{Format, Overflow, Rational, Rounding};

/// A number between two neighbours under stochastic rounding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odds {
    /// The number.
    pub number: Rational,
    /// The neighbour below; equal to the number where that is a value.
    pub low: Rational,
    /// The neighbour above, likewise.
    pub high: Rational,
    /// Probability of the neighbour above: on the grid of 2^−bits.
    pub up: Rational,
    /// What the probability would be with endless random bits: (x − low) / (high − low).
    pub ideal: Rational,
    /// What the mean converges to, low + up·(high − low).
    pub mean: Rational,
}

/// The odds of a number; `None` where it lies beyond the range.
///
/// The distance that decides is measured from the neighbour nearer to zero and rounded down, so that with few bits numbers go toward
/// zero a little too often.
pub fn odds(format: Format, number: &Rational, bits: u32) -> Option<Odds> {
    let low_code = format.encode_rational(number, Rounding::Down, Overflow::Saturate);
    let high_code = format.encode_rational(number, Rounding::Up, Overflow::Saturate);
    let low = format.value_at(format.rank(low_code)?)?;
    let high = format.value_at(format.rank(high_code)?)?;
    if low > *number || high < *number {
        return None;
    }
    let gap = high.clone() - low.clone();
    let Some(ideal) = (number.clone() - low.clone()).checked_div(&gap) else {
        let zero = Rational::zero();
        return Some(Odds { number: number.clone(), mean: low.clone(), low, high, up: zero.clone(), ideal: zero });
    };
    let grid = Rational::power_of_two(bits.into());
    let down = |share: Rational| {
        Rational::from((share * grid.clone()).round(Rounding::TowardZero)) * Rational::power_of_two(-i64::from(bits))
    };
    let one = Rational::power_of_two(0);
    let from_above = number.is_negative() && !matches!(format, Format::Table(_));
    let never_zero = matches!(format, Format::Posit(_)) && (low.is_zero() || high.is_zero());
    let up = match (never_zero, from_above) {
        (true, _) => {
            if low.is_zero() {
                one
            } else {
                Rational::zero()
            }
        }
        (false, true) => one.clone() - down(one - ideal.clone()),
        (false, false) => down(ideal.clone()),
    };
    let mean = low.clone() + up.clone() * gap;
    Some(Odds { number: number.clone(), low, high, up, ideal, mean })
}

/// The mean of the first 1, 2, … `count` roundings of a number.
///
/// `count` doubles; draws that leave the range become what `overflow` makes of them.
pub fn running_mean(format: Format, x: f64, bits: u32, seed: u64, count: usize) -> Vec<f64> {
    let rule = Rounding::Stochastic { bits, seed };
    let mut sum = 0.0;
    let mut means = Vec::with_capacity(count);
    for index in 0..count {
        sum += format.decode(format.encode(x, rule.at(index as u64), Overflow::Saturate));
        means.push(sum / (index + 1) as f64);
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::{Number, find, named};

    fn number(text: &str) -> Rational {
        text.parse::<Number>().unwrap().rational().unwrap()
    }

    #[test]
    fn odds_are_on_the_grid_of_the_random_bits() {
        // One third of the way between 1 and 1.125.
        let third = number("1") + number("1/24");
        let format = find("e4m3fn").unwrap().format;
        for (bits, up) in [(2, "0.25"), (4, "0.3125"), (8, "0.33203125")] {
            let odds = odds(format, &third, bits).unwrap();
            assert_eq!(odds.up.to_decimal().unwrap(), up);
            assert_eq!(odds.ideal, number("1/3"));
            assert_eq!((odds.low.to_f64(), odds.high.to_f64()), (1.0, 1.125));
        }
        assert_eq!(odds(format, &number("1"), 8).unwrap().mean, number("1"));
        assert!(odds(format, &number("1000"), 8).is_none());
        let below = odds(format, &-third, 4).unwrap();
        assert_eq!(below.up.to_decimal().unwrap(), "0.6875");
    }

    #[test]
    fn every_draw_counted_gives_the_odds() {
        for (name, text) in [
            ("e4m3fn", "1.04"),
            ("e4m3fn", "-0.0001"),
            ("int8", "-2.3"),
            ("fixed8.4", "3.03"),
            ("e5m2nosub", "0.00001"),
            ("posit8", "1.07"),
            ("nf4", "0.1"),
            ("e3m0", "5"),
        ] {
            let format = named(name).unwrap().format;
            let x = number(text);
            let bits = 3;
            let expected = odds(format, &x, bits).unwrap();
            // Seeds until every random number has been drawn equally often would be many: the frequencies must be close.
            let count = 4000;
            let rule = Rounding::Stochastic { bits, seed: 3 };
            let ups = (0..count).filter(|&index| {
                let code = format.encode_rational(&x, rule.at(index), Overflow::Default);
                format.value_at(format.rank(code).unwrap()).unwrap() == expected.high
            });
            let share = ups.count() as f64 / count as f64;
            let up = expected.up.to_f64();
            assert!((share - up).abs() < 4.0 * (0.25 / count as f64).sqrt(), "{name} {text}: {share} {up}");
        }
    }

    #[test]
    fn the_mean_converges_to_the_number() {
        let format = find("bf16").unwrap().format;
        let means = running_mean(format, 1.001, 16, 0, 20_000);
        assert_eq!(means.len(), 20_000);
        assert!((means[19_999] - 1.001).abs() < 1e-4, "{}", means[19_999]);
        assert!(means[0] == 1.0 || means[0] == 1.007_812_5);
        assert_eq!(running_mean(format, 1.0, 8, 0, 3), [1.0; 3]);
    }
}
