//! What lies around a value, and how far a stored value is from the typed one.

use crate::engine::number::{Class, Format, Interval, Rational, Rounding, Value};

/// A neighbouring value.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbour {
    /// Its code.
    pub code: u64,
    /// Its value; an infinity after the largest finite one.
    pub value: Value,
    /// How far away it is; `None` for an infinity.
    pub distance: Option<Rational>,
}

/// The surroundings of a finite value.
#[derive(Clone, Debug, PartialEq)]
pub struct Around {
    /// The next smaller value; `None` at the end of the range.
    pub previous: Option<Neighbour>,
    /// The next larger value; `None` at the end of the range.
    pub next: Option<Neighbour>,
    /// The unit in the last place; see [`ulp`].
    pub ulp: Option<Rational>,
    /// ulp / |value|; `None` for 0.
    pub relative_ulp: Option<Rational>,
    /// The numbers that become this value.
    pub interval: Interval,
}

/// How a stored value differs from the typed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredError {
    /// The typed number.
    pub typed: Rational,
    /// What is stored.
    pub stored: Rational,
    /// stored − typed.
    pub absolute: Rational,
    /// (stored − typed) / typed; `None` where 0 was typed.
    pub relative: Option<Rational>,
    /// (stored − typed) / ulp of the stored value; `None` where the format has no ulp there.
    pub ulps: Option<Rational>,
}

/// The unit in the last place of a finite value: 2^(exponent − M) in a float, 1 in an integer, 2^−n in fixed point, the step away
/// from zero in a posit. Tables have none, nor have the zero and the largest value of a posit.
pub fn ulp(format: Format, code: u64) -> Option<Rational> {
    if !matches!(format.class(code), Class::Zero | Class::Subnormal | Class::Normal) {
        return None;
    }
    match (format, super::decode(format, code)) {
        (_, super::Derivation::Float(steps)) => {
            Some(Rational::power_of_two(i64::from(steps.exponent) - i64::from(steps.format.mantissa_bits)))
        }
        (Format::Fixed(fixed), _) => Some(Rational::power_of_two((-fixed.fraction_bits).into())),
        (Format::Integer(_), _) => Some(Rational::power_of_two(0)),
        (Format::Posit(_), _) => {
            let rank = format.rank(code).filter(|rank| *rank != 0)?;
            let next = format.value_at(rank + rank.signum())?;
            Some((next - format.value_at(rank)?).abs())
        }
        _ => None,
    }
}

/// The surroundings of a code; `None` for infinities and NaN. `saturates` tells whether values beyond the range become its ends.
pub fn around(format: Format, code: u64, rounding: Rounding, saturates: bool) -> Option<Around> {
    let interval = format.rounding_interval(code, rounding, saturates)?;
    let value = format.value_at(format.rank(code)?)?;
    let neighbour = |code: Option<u64>| {
        let code = code?;
        let there = format.value(code);
        let distance = match there {
            Value::Finite(there) => Some((Rational::from(there) - value.clone()).abs()),
            Value::Infinite { .. } | Value::Nan => None,
        };
        Some(Neighbour { code, value: there, distance })
    };
    let ulp = ulp(format, code);
    Some(Around {
        previous: neighbour(format.next_down(code)),
        next: neighbour(format.next_up(code)),
        relative_ulp: ulp.as_ref().and_then(|ulp| ulp.checked_div(&value.abs())),
        ulp,
        interval,
    })
}

/// The error of storing `typed` as `code`; `None` where that is an infinity or NaN.
pub fn stored_error(format: Format, typed: &Rational, code: u64) -> Option<StoredError> {
    let stored = format.value_at(format.rank(code)?)?;
    let absolute = stored.clone() - typed.clone();
    let ulps = ulp(format, code).and_then(|ulp| absolute.checked_div(&ulp));
    Some(StoredError { relative: absolute.checked_div(typed), typed: typed.clone(), stored, absolute, ulps })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::{Number, find};

    fn format(name: &str) -> Format {
        find(name).unwrap().format
    }

    #[test]
    fn neighbours_and_ulps() {
        let one = around(format("e4m3fn"), 0x38, Rounding::NearestEven, true).unwrap();
        assert_eq!((one.previous.unwrap().value.to_f64(), one.next.unwrap().value.to_f64()), (0.9375, 1.125));
        assert_eq!(one.ulp.unwrap().to_f64(), 0.125);
        let (low, high) = (one.interval.low.unwrap(), one.interval.high.unwrap());
        assert_eq!((low.value.to_f64(), low.closed, high.value.to_f64(), high.closed), (0.96875, true, 1.0625, true));
        let top = around(format("fp16"), 0x7bff, Rounding::NearestEven, false).unwrap();
        assert_eq!(top.next.unwrap().value, Value::Infinite { negative: false });
        let high = top.interval.high.unwrap();
        assert_eq!((high.value.to_f64(), high.closed), (65520.0, false));
        let zero = around(format("fp32"), 0, Rounding::NearestEven, false).unwrap();
        assert_eq!(zero.ulp, Some(Rational::power_of_two(-149)));
        assert_eq!(zero.relative_ulp, None);
        assert!(around(format("fp16"), 0x7c00, Rounding::NearestEven, false).is_none());
    }

    #[test]
    fn errors_are_exact() {
        let typed: Number = "0.1".parse().unwrap();
        let format = format("fp32");
        let code = format.encode_number(&typed, Rounding::NearestEven, Default::default());
        let error = stored_error(format, &typed.rational().unwrap(), code).unwrap();
        assert_eq!(error.stored.to_decimal().unwrap(), "0.100000001490116119384765625");
        assert_eq!(error.absolute.to_decimal().unwrap(), "0.000000001490116119384765625");
        assert_eq!(error.relative.unwrap().to_decimal().unwrap(), "0.00000001490116119384765625");
        assert_eq!(error.ulps.unwrap().to_decimal().unwrap(), "0.2");
    }
}
