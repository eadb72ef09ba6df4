//! Numbers as people type them, held exactly: decimal, hex float, fraction, infinity, NaN.

use std::str::FromStr;

use num_bigint::{BigInt, BigUint, Sign};

use super::exact::Rational;
use super::{FloatFormat, Value};

/// A typed number, exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// ±numerator/denominator, not reduced.
    Finite {
        /// Whether the sign is minus; −0 has it too.
        negative: bool,
        /// The whole number above the line.
        numerator: BigUint,
        /// The whole number below the line, never 0.
        denominator: BigUint,
    },
    /// An infinity.
    Infinite {
        /// Whether it is −∞.
        negative: bool,
    },
    /// Not a number.
    Nan,
}

/// A text that is no number; the message says what would be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NumberError(String);

/// Largest power of ten or of two that a text may ask for: beyond every format, and still quick to compute with.
const LARGEST_EXPONENT: i64 = 100_000;

/// Longest text: enough for every digit of every number that a format of 15 exponent bits holds.
const LONGEST_TEXT: usize = 50_000;

impl FromStr for Number {
    type Err = NumberError;

    /// Reads `-1.5e-3`, `0x1.8p-3` (a hex float needs its p), `1/3` (two whole numbers or decimals), `inf`, `nan`; `_` may part
    /// digits.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let text = text.trim();
        if text.len() > LONGEST_TEXT {
            return Err(NumberError(format!("a number has at most {LONGEST_TEXT} characters")));
        }
        let (negative, unsigned) = match text.strip_prefix(['-', '−']) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        match unsigned.to_ascii_lowercase().as_str() {
            "inf" | "infinity" | "∞" => return Ok(Self::Infinite { negative }),
            "nan" => return Ok(Self::Nan),
            _ => {}
        }
        let unknown = || {
            NumberError(format!(
                "{text:?} is no number; expected a decimal (-1.5e-3), a hex float (0x1.8p-3), a fraction (1/3), inf or nan"
            ))
        };
        let (numerator, denominator) = match unsigned.split_once('/') {
            Some((above, below)) => {
                let (above, below) = (ratio(above)?.ok_or_else(unknown)?, ratio(below)?.ok_or_else(unknown)?);
                if below.0 == BigUint::ZERO {
                    return Err(NumberError(format!("{text:?} divides by zero")));
                }
                (above.0 * below.1, above.1 * below.0)
            }
            None => ratio(unsigned)?.ok_or_else(unknown)?,
        };
        Ok(Self::Finite { negative, numerator, denominator })
    }
}

/// An unsigned decimal or hex float as numerator and denominator; `None` where it is neither.
fn ratio(text: &str) -> Result<Option<(BigUint, BigUint)>, NumberError> {
    let text = text.trim().to_ascii_lowercase();
    let (digits, exponent, radix, base) = if let Some(hex) = text.strip_prefix("0x") {
        let Some((digits, exponent)) = hex.split_once('p') else {
            return Err(NumberError(format!(
                "{text:?} is a code, not a number; a hex float needs its exponent, as in 0x1.8p-3"
            )));
        };
        (digits, exponent, 16, 2)
    } else {
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        (digits, exponent, 10, 10)
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let joined: Vec<u8> = whole.bytes().chain(fraction.bytes()).filter(|&byte| byte != b'_').collect();
    let places = fraction.bytes().filter(|&byte| byte != b'_').count() as i64;
    let Some(numerator) = BigUint::parse_bytes(&joined, radix) else { return Ok(None) };
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let exponent = exponent.parse::<i64>().ok().filter(|exponent| exponent.abs() <= LARGEST_EXPONENT);
    let Some(exponent) = exponent else {
        return Err(NumberError(format!("the exponent of {text:?} is beyond ±{LARGEST_EXPONENT}")));
    };
    // A hex digit after the point is worth four powers of two.
    let power = exponent - places * if radix == 16 { 4 } else { 1 };
    let scale = BigUint::from(base as u32).pow(power.unsigned_abs() as u32);
    let one = BigUint::from(1_u32);
    Ok(Some(if power >= 0 { (numerator * scale, one) } else { (numerator, scale) }))
}

impl Number {
    /// The exact value; `None` for infinities and NaN. −0 is 0 there.
    pub fn rational(&self) -> Option<Rational> {
        let Self::Finite { negative, numerator, denominator } = self else { return None };
        let sign = if *negative { Sign::Minus } else { Sign::Plus };
        Rational::new(BigInt::from_biguint(sign, numerator.clone()), denominator.clone())
    }

    /// Whether the sign is minus.
    pub fn is_negative(&self) -> bool {
        match self {
            Self::Finite { negative, .. } | Self::Infinite { negative } => *negative,
            Self::Nan => false,
        }
    }
}

impl From<&Rational> for Number {
    fn from(number: &Rational) -> Self {
        Self::Finite {
            negative: number.is_negative(),
            numerator: number.numerator().magnitude().clone(),
            denominator: number.denominator().clone(),
        }
    }
}

impl From<Value> for Number {
    fn from(value: Value) -> Self {
        match value {
            Value::Finite(value) => {
                let Self::Finite { numerator, denominator, .. } = Self::from(&Rational::from(value)) else {
                    unreachable!("a rational is finite")
                };
                Self::Finite { negative: value.negative, numerator, denominator }
            }
            Value::Infinite { negative } => Self::Infinite { negative },
            Value::Nan => Self::Nan,
        }
    }
}

impl From<f64> for Number {
    fn from(x: f64) -> Self {
        Self::from(FloatFormat::FP64.value(x.to_bits()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::{Format, Overflow, Rounding};

    fn to_f64(text: &str) -> f64 {
        let code = Format::Float(FloatFormat::FP64).encode_number(
            &text.parse().unwrap(),
            Rounding::NearestEven,
            Overflow::Default,
        );
        f64::from_bits(code)
    }

    #[test]
    fn decimals_round_as_the_standard_library_rounds_them() {
        let decimals =
            ["0.1", "1e23", "9007199254740993", "2.2250738585072011e-308", "5e-324", "2.4e-324", "1e400", "-0"];
        for text in
            decimals.into_iter().chain(["1.7976931348623158e308", "123456789.123456789e-7", ".5", "7.", "-1e-400"])
        {
            assert_eq!(to_f64(text).to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
        }
    }

    #[test]
    fn other_spellings_are_numbers_too() {
        let cases = [
            ("0x1.8p-3", 0.1875),
            ("-0x.8p1", -1.0),
            ("0X1P+4", 16.0),
            ("1/3", 1.0 / 3.0),
            ("-7/8", -0.875),
            ("0.5/2", 0.25),
            ("1_000", 1000.0),
            ("Infinity", f64::INFINITY),
            ("-inf", f64::NEG_INFINITY),
        ];
        for (text, expected) in cases {
            assert_eq!(to_f64(text), expected, "{text}");
        }
        assert!(to_f64("NaN").is_nan());
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for (text, hint) in [
            ("", "is no number"),
            ("1e", "is no number"),
            ("1e+-3", "is no number"),
            ("--1", "is no number"),
            ("1.2.3", "is no number"),
            ("0x1ff", "needs its exponent"),
            ("0xp1", "is no number"),
            ("1/0", "divides by zero"),
            ("1/2/3", "is no number"),
            ("1e100001", "beyond"),
            ("1e99999999999999999999", "beyond"),
        ] {
            let error = text.parse::<Number>().unwrap_err().to_string();
            assert!(error.contains(hint), "{text}: {error}");
        }
    }
}
