//! A format seen as a whole: how densely its values lie, how far it reaches, how fine it is.

use super::{Format, Overflow, Rational, Rounding, derive};

/// The positive values from one power of two to the next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Binade {
    /// The values are at least 2^exponent and below 2^(exponent + 1).
    pub exponent: i32,
    /// How many there are.
    pub codes: u64,
    /// The spacing at its lower end: the distance from the first value to the next one; `None` where that is an infinity.
    pub spacing: Option<f64>,
}

/// How far a format reaches and how fine it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// log2 of the smallest positive value.
    pub log2_least: f64,
    /// log2 of the largest finite value.
    pub log2_most: f64,
    /// Significant bits at 1: −log2 of the spacing just above 1, plus 1. `None` where 1 is no value.
    pub significant_bits: Option<f64>,
}

/// The binades between the smallest and the largest positive value, ascending. Powers of two beyond the doubles are left out.
pub fn binades(format: Format) -> Vec<Binade> {
    let (_, last) = format.finite_ranks();
    let Some(reach) = reach(format) else { return Vec::new() };
    let first_at_least = |exponent: i32| {
        let code = format.encode_rational(&Rational::power_of_two(exponent.into()), Rounding::Up, Overflow::Saturate);
        let rank = format.rank(code)?;
        let value = format.value_at(rank)?;
        // Beyond the range saturating gives its end, which is smaller.
        Some(if value < Rational::power_of_two(exponent.into()) { last + 1 } else { rank })
    };
    let (low, high) = (reach.log2_least.floor() as i32, reach.log2_most.floor() as i32);
    let mut found = Vec::new();
    let mut from = first_at_least(low);
    for exponent in low..=high {
        let to = first_at_least(exponent + 1);
        if let (Some(from), Some(to)) = (from, to) {
            let codes = (to - from).max(0) as u64;
            let spacing = || {
                let (here, next) = (format.value_at(from)?, format.value_at(from + 1)?);
                Some((next - here).to_f64())
            };
            if codes > 0 {
                found.push(Binade { exponent, codes, spacing: spacing() });
            }
        }
        from = to;
    }
    found
}

/// How far a format reaches and how fine it is; `None` where it has no positive value.
pub fn reach(format: Format) -> Option<Reach> {
    let properties = format.properties();
    let least = properties.min_subnormal.or(properties.min_normal)?;
    let most = properties.max_finite;
    let log2 = |value: super::Dyadic| f64::from(value.exponent) + (value.significand as f64).log2();
    let one = format.encode(1.0, Rounding::NearestEven, Overflow::Saturate);
    let is_one = format.rank(one).and_then(|rank| format.value_at(rank)) == Some(Rational::power_of_two(0));
    let spacing = || {
        let rank = format.rank(one)?;
        let next = format.value_at(rank + 1).or_else(|| format.value_at(rank - 1))?;
        Some((next - Rational::power_of_two(0)).abs().to_f64())
    };
    let significant_bits = if is_one { spacing().map(|spacing| 1.0 - spacing.log2()) } else { None };
    Some(Reach { log2_least: log2(least), log2_most: log2(most), significant_bits })
}

/// Largest relative error of round to nearest at magnitudes in one binade: half the spacing over the magnitude, at its lower and at
/// its upper end. `None` where the binade has one value only.
pub fn relative_error(binade: &Binade) -> Option<(f64, f64)> {
    let half = binade.spacing? / 2.0;
    let low = f64::from(binade.exponent).exp2();
    Some((half / low, half / (2.0 * low)))
}

/// The unit in the last place at the value nearest to `x`.
pub fn ulp_at(format: Format, x: f64) -> Option<f64> {
    let code = format.encode(x, Rounding::NearestEven, Overflow::Saturate);
    derive::ulp(format, code).map(|ulp| ulp.to_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::find;

    fn format(name: &str) -> Format {
        find(name).unwrap().format
    }

    #[test]
    fn binades_count_every_positive_value() {
        for name in ["e4m3fn", "e5m2", "e2m1fn", "fp16", "bf16", "int8", "uint4", "e3m0", "e8m0"] {
            let format = format(name);
            let positive = (0..=format.last_code()).filter(|&code| {
                let value = format.decode(code);
                value > 0.0 && value.is_finite()
            });
            let counted: u64 = binades(format).iter().map(|binade| binade.codes).sum();
            assert_eq!(counted, positive.count() as u64, "{name}");
        }
    }

    #[test]
    fn a_float_has_as_many_codes_in_every_normal_binade() {
        let found = binades(format("fp16"));
        assert!(found.iter().filter(|binade| binade.exponent >= -14).all(|binade| binade.codes == 1024));
        assert_eq!(found[0], Binade { exponent: -24, codes: 1, spacing: Some(2_f64.powi(-24)) });
        let wide = binades(format("fp32"));
        assert_eq!((wide.len(), wide.last().unwrap().codes), (277, 1 << 23));
        assert_eq!(relative_error(wide.last().unwrap()), Some((2_f64.powi(-24), 2_f64.powi(-25))));
    }

    #[test]
    fn range_and_precision_show_the_trade() {
        let (half, brain) = (reach(format("fp16")).unwrap(), reach(format("bf16")).unwrap());
        assert_eq!((half.significant_bits, brain.significant_bits), (Some(11.0), Some(8.0)));
        assert_eq!((half.log2_least, brain.log2_least), (-24.0, -133.0));
        assert_eq!(ulp_at(format("fp16"), 1.0), Some(2_f64.powi(-10)));
    }
}
