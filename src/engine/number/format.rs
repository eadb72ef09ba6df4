//! Any number format: one interface over floats and integers, and the properties that follow from the parameters.

use super::float::mask;
use super::{Class, Dyadic, FloatFormat, IntegerFormat, Number, Overflow, Rounding, Value};

/// A number format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Binary floating point.
    Float(FloatFormat),
    /// Two's complement or unsigned integer.
    Integer(IntegerFormat),
}

/// What follows from the parameters of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Width of the sign field; the top bit of a signed integer is one.
    pub sign_bits: u32,
    /// Width of the exponent field.
    pub exponent_bits: u32,
    /// Width of the mantissa field, or of the digits of an integer.
    pub mantissa_bits: u32,
    /// What is subtracted from the exponent field; `None` for integers.
    pub bias: Option<i32>,
    /// Number of codes that are infinities.
    pub infinities: u32,
    /// Number of codes that are NaN.
    pub nan_codes: u64,
    /// The largest finite value.
    pub max_finite: Dyadic,
    /// The smallest finite value.
    pub min_finite: Dyadic,
    /// The smallest positive value with an implicit leading 1 (1 for integers); `None` where all are subnormal.
    pub min_normal: Option<Dyadic>,
    /// The smallest positive value below that.
    pub min_subnormal: Option<Dyadic>,
    /// Number of distinct finite values, ±0 being one.
    pub distinct: u128,
}

impl Format {
    /// Width of a code.
    pub fn bits(self) -> u32 {
        match self {
            Self::Float(float) => float.bits(),
            Self::Integer(integer) => integer.bits,
        }
    }

    /// What a code means, exactly. Bits above the width of the format are ignored.
    pub fn value(self, code: u64) -> Value {
        match self {
            Self::Float(float) => float.value(code),
            Self::Integer(integer) => integer.value(code),
        }
    }

    /// What a code means, as a double: exact for up to 53 significant bits and the exponents of a double, else the nearest one
    /// ([`Format::value`] is always exact).
    pub fn decode(self, code: u64) -> f64 {
        self.value(code).to_f64()
    }

    /// What kind of value a code has.
    pub fn class(self, code: u64) -> Class {
        match self {
            Self::Float(float) => float.class(code),
            Self::Integer(integer) => integer.class(code),
        }
    }

    /// The code of `x`, rounded once; [`FloatFormat::encode`] and [`IntegerFormat::encode`] state the rules.
    pub fn encode(self, x: f64, rounding: Rounding, overflow: Overflow) -> u64 {
        match self {
            Self::Float(float) => float.encode(x, rounding, overflow),
            Self::Integer(integer) => integer.encode(x, rounding),
        }
    }

    /// The code of a typed number, rounded once from the text: never through a double.
    pub fn encode_number(self, number: &Number, rounding: Rounding, overflow: Overflow) -> u64 {
        match (number, self) {
            (Number::Finite { negative, .. }, Self::Float(float)) => {
                float.encode_magnitude(number.magnitude(), *negative, rounding, overflow)
            }
            (Number::Finite { negative, .. }, Self::Integer(integer)) => {
                integer.encode_magnitude(number.magnitude(), *negative, rounding)
            }
            (Number::Infinite { negative: false }, _) => self.encode(f64::INFINITY, rounding, overflow),
            (Number::Infinite { negative: true }, _) => self.encode(f64::NEG_INFINITY, rounding, overflow),
            (Number::Nan, _) => self.encode(f64::NAN, rounding, overflow),
        }
    }

    /// Why the format cannot follow this policy, as the end of a sentence that starts with its name; `None` where it can.
    pub fn refusal(self, overflow: Overflow) -> Option<&'static str> {
        let (infinity, nan) = match self {
            Self::Float(float) => (float.has_infinity(), float.nan_code().is_some()),
            Self::Integer(_) => (false, false),
        };
        match overflow {
            Overflow::Infinity if !infinity => Some("has no infinity; overflow is saturate"),
            Overflow::Nan if !nan => Some("has no NaN; overflow is saturate"),
            _ => None,
        }
    }

    /// The largest code; every code is a whole number up to this one.
    pub fn last_code(self) -> u64 {
        mask(self.bits())
    }

    /// What follows from the parameters.
    pub fn properties(self) -> Properties {
        match self {
            Self::Float(float) => float_properties(float),
            Self::Integer(integer) => integer_properties(integer),
        }
    }
}

/// The number that a code is known to be.
fn finite(value: Value) -> Dyadic {
    match value {
        Value::Finite(value) => value,
        Value::Infinite { .. } | Value::Nan => unreachable!("a code within the finite ones"),
    }
}

fn float_properties(float: FloatFormat) -> Properties {
    let (sign_bits, all) = (u32::from(float.signed), 1_u128 << float.bits());
    let signs = u128::from(float.signed) + 1;
    let infinities = if float.has_infinity() { signs as u32 } else { 0 };
    // Codes from 0 to the top one are finite, in each half; a NaN in place of −0 leaves one less.
    let halves = signs * (u128::from(float.top()) + 1);
    let minus_zero_is_nan = float.nan_code() == Some(1 << (float.bits() - 1)) && float.signed;
    let finite_codes = halves - u128::from(minus_zero_is_nan);
    let both_zeros = float.signed && !minus_zero_is_nan;
    let at = |code| finite(float.value(code));
    let code_of = |class| {
        let first = [0, 1, 1 << float.mantissa_bits];
        first.into_iter().find(|&code| code <= float.top() && float.class(code) == class)
    };
    Properties {
        sign_bits,
        exponent_bits: float.exponent_bits,
        mantissa_bits: float.mantissa_bits,
        bias: Some(float.bias),
        infinities,
        nan_codes: (all - finite_codes - u128::from(infinities)) as u64,
        max_finite: at(float.top()),
        min_finite: at(float.overflow_code(true, Overflow::Saturate)),
        min_normal: code_of(Class::Normal).map(at),
        min_subnormal: code_of(Class::Subnormal).map(at),
        distinct: finite_codes - u128::from(both_zeros),
    }
}

fn integer_properties(integer: IntegerFormat) -> Properties {
    let sign_bits = u32::from(integer.signed);
    let one = Dyadic { negative: false, significand: 1, exponent: 0 };
    Properties {
        sign_bits,
        exponent_bits: 0,
        mantissa_bits: integer.bits - sign_bits,
        bias: None,
        infinities: 0,
        nan_codes: 0,
        max_finite: finite(integer.value(integer.saturated(false))),
        min_finite: finite(integer.value(integer.saturated(true))),
        min_normal: (integer.range().1 > 0).then_some(one),
        min_subnormal: None,
        distinct: 1_u128 << integer.bits,
    }
}
