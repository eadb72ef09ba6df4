//! Any number format: one interface over floats and integers, and the properties that follow from the parameters.

use super::float::mask;
use super::{
    Class, Dyadic, FixedFormat, FloatFormat, IntegerEncoding, IntegerFormat, Number, Overflow, PositFormat, Rational,
    Rounding, TableFormat, Value,
};

/// A number format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Binary floating point.
    Float(FloatFormat),
    /// Integer, in one of five encodings.
    Integer(IntegerFormat),
    /// Integer with a binary point.
    Fixed(FixedFormat),
    /// Posit.
    Posit(PositFormat),
    /// A list of values.
    Table(TableFormat),
}

/// What follows from the parameters of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Width of the sign field; the top bit of a signed integer is one.
    pub sign_bits: u32,
    /// Width of the exponent field, of a posit too.
    pub exponent_bits: u32,
    /// Width of the mantissa field, or of the digits of an integer; the widest fraction of a posit; 0 for tables.
    pub mantissa_bits: u32,
    /// What is subtracted from the exponent field; `None` for formats that are no floats.
    pub bias: Option<i32>,
    /// Number of codes that are infinities.
    pub infinities: u32,
    /// Number of codes that are NaN.
    pub nan_codes: u64,
    /// The largest finite value.
    pub max_finite: Dyadic,
    /// The smallest finite value.
    pub min_finite: Dyadic,
    /// The smallest positive value with an implicit leading 1; the smallest positive value at all of formats that are no floats.
    /// `None` where there is none.
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
            Self::Fixed(fixed) => fixed.integer.bits,
            Self::Posit(posit) => posit.bits,
            Self::Table(table) => table.bits(),
        }
    }

    /// What a code means, exactly. Bits above the width of the format are ignored.
    pub fn value(self, code: u64) -> Value {
        match self {
            Self::Float(float) => float.value(code),
            Self::Integer(integer) => integer.value(code),
            Self::Fixed(fixed) => fixed.value(code),
            Self::Posit(posit) => posit.value(code),
            Self::Table(table) => table.value(code),
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
            Self::Fixed(fixed) => fixed.class(code),
            Self::Posit(posit) => posit.class(code),
            Self::Table(table) => table.class(code),
        }
    }

    /// The code of `x`, rounded once; [`FloatFormat::encode`] and [`IntegerFormat::encode`] state the rules.
    pub fn encode(self, x: f64, rounding: Rounding, overflow: Overflow) -> u64 {
        match self {
            Self::Float(float) => float.encode(x, rounding, overflow),
            Self::Integer(integer) => integer.encode(x, rounding, overflow),
            Self::Fixed(fixed) => fixed.encode(x, rounding, overflow),
            Self::Posit(posit) => posit.encode(x, rounding, overflow),
            Self::Table(table) => table.encode(x, rounding),
        }
    }

    /// The code of a typed number, rounded once from the text: never through a double.
    pub fn encode_number(self, number: &Number, rounding: Rounding, overflow: Overflow) -> u64 {
        let Some(exact) = number.rational() else {
            let special = match number {
                Number::Infinite { negative: false } => f64::INFINITY,
                Number::Infinite { negative: true } => f64::NEG_INFINITY,
                Number::Nan | Number::Finite { .. } => f64::NAN,
            };
            return self.encode(special, rounding, overflow);
        };
        let (magnitude, negative) = (exact.magnitude(), number.is_negative());
        let wraps = overflow == Overflow::Wrap && !exact.is_zero();
        match self {
            Self::Float(float) => float.encode_magnitude(magnitude, negative, rounding, overflow),
            Self::Integer(integer) if wraps => integer.wrapped(&exact, rounding),
            Self::Integer(integer) => integer.encode_magnitude(magnitude, negative, rounding),
            Self::Fixed(fixed) if wraps => fixed.wrapped(exact, rounding),
            Self::Fixed(fixed) => fixed.encode_magnitude(magnitude, negative, rounding),
            Self::Posit(posit) => posit.encode_magnitude(magnitude, negative, rounding),
            Self::Table(table) => table.encode_exact(&exact, rounding),
        }
    }

    /// The code of an exact number, rounded once.
    pub fn encode_rational(self, number: &Rational, rounding: Rounding, overflow: Overflow) -> u64 {
        self.encode_number(&Number::from(number), rounding, overflow)
    }

    /// Why the format cannot follow this policy, as the end of a sentence that starts with its name; `None` where it can.
    pub fn refusal(self, overflow: Overflow) -> Option<&'static str> {
        let (infinity, nan) = match self {
            Self::Float(float) => (float.has_infinity(), float.nan_code().is_some()),
            // Infinities become NaR, which is no infinity.
            Self::Posit(_) => (false, true),
            Self::Integer(_) | Self::Fixed(_) | Self::Table(_) => (false, false),
        };
        match overflow {
            Overflow::Infinity if !infinity => Some("has no infinity; overflow is saturate"),
            Overflow::Nan if !nan => Some("has no NaN; overflow is saturate"),
            Overflow::Wrap if !matches!(self, Self::Integer(_) | Self::Fixed(_)) => {
                Some("does not wrap, only integers and fixed point do")
            }
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
            Self::Integer(integer) => integer_properties(integer, 0),
            Self::Fixed(fixed) => integer_properties(fixed.integer, fixed.fraction_bits),
            Self::Posit(posit) => posit_properties(posit),
            Self::Table(table) => table_properties(table),
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

fn integer_properties(integer: IntegerFormat, fraction_bits: i32) -> Properties {
    let sign_bits = u32::from(integer.encoding != IntegerEncoding::Unsigned);
    let (low, high) = integer.range();
    let at = |value: i128| Dyadic {
        negative: value < 0,
        significand: value.unsigned_abs() as u64,
        exponent: -fraction_bits,
    };
    Properties {
        sign_bits,
        exponent_bits: 0,
        mantissa_bits: integer.bits - sign_bits,
        bias: None,
        infinities: 0,
        nan_codes: 0,
        max_finite: at(high),
        min_finite: at(low),
        min_normal: (high > 0).then(|| at(1)),
        min_subnormal: None,
        distinct: (high - low + 1) as u128,
    }
}

fn posit_properties(posit: PositFormat) -> Properties {
    let at = |code| finite(posit.value(code));
    let max_finite = at(posit.top());
    Properties {
        sign_bits: 1,
        exponent_bits: posit.exponent_bits,
        mantissa_bits: posit.bits.saturating_sub(3 + posit.exponent_bits),
        bias: None,
        infinities: 0,
        nan_codes: 1,
        max_finite,
        min_finite: Dyadic { negative: true, ..max_finite },
        min_normal: Some(at(1)),
        min_subnormal: None,
        distinct: (1 << posit.bits) - 1,
    }
}

fn table_properties(table: TableFormat) -> Properties {
    let last = table.order().len() - 1;
    let at = |value: f32| Dyadic::from_f64(value.into()).expect("tables hold finite values");
    Properties {
        sign_bits: 0,
        exponent_bits: 0,
        mantissa_bits: 0,
        bias: None,
        infinities: 0,
        nan_codes: (1 << table.bits()) - table.values().len() as u64,
        max_finite: at(table.nth(last)),
        min_finite: at(table.nth(0)),
        min_normal: (0..=last).map(|place| table.nth(place)).find(|value| *value > 0.0).map(at),
        min_subnormal: None,
        distinct: last as u128 + 1,
    }
}
