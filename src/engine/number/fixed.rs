//! Fixed point: an integer whose binary point stands somewhere else.

use super::exact::Rational;
use super::round::Magnitude;
use super::{Class, Dyadic, FloatFormat, IntegerEncoding, IntegerFormat, Overflow, Rounding, Value};

/// The parameters of a fixed-point format: value = integer · 2^−fraction_bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FixedFormat {
    /// Width and encoding of the integer.
    pub integer: IntegerFormat,
    /// Bits after the binary point. Negative, or more than the width, puts the point outside the bits; −64…128.
    pub fraction_bits: i32,
}

impl FixedFormat {
    /// Fewest fraction bits.
    pub const FEWEST: i32 = -64;
    /// Most fraction bits.
    pub const MOST: i32 = 128;

    /// The name in ARM's way, where m counts the sign bit: Qm.n of m + n bits; UQm.n where unsigned.
    pub fn arm_name(self) -> String {
        let whole = self.integer.bits as i32 - self.fraction_bits;
        format!("{}{whole}.{}", self.letter(), self.fraction_bits)
    }

    /// The name in TI's way, where m does not count the sign bit: Qm.n of 1 + m + n bits; UQm.n where unsigned.
    pub fn ti_name(self) -> String {
        let sign = i32::from(self.integer.encoding != IntegerEncoding::Unsigned);
        let whole = self.integer.bits as i32 - self.fraction_bits - sign;
        format!("{}{whole}.{}", self.letter(), self.fraction_bits)
    }

    fn letter(self) -> &'static str {
        if self.integer.encoding == IntegerEncoding::Unsigned { "UQ" } else { "Q" }
    }

    /// What a code means, exactly.
    pub fn value(self, code: u64) -> Value {
        match self.integer.value(code) {
            Value::Finite(value) => Value::Finite(Dyadic { exponent: -self.fraction_bits, ..value }),
            other => other,
        }
    }

    /// Zero or not.
    pub fn class(self, code: u64) -> Class {
        self.integer.class(code)
    }

    /// The code of `x`, by the rules of [`IntegerFormat::encode`] on x · 2^fraction_bits.
    pub fn encode(self, x: f64, rounding: Rounding, overflow: Overflow) -> u64 {
        match FloatFormat::FP64.value(x.to_bits()) {
            Value::Finite(value) if overflow == Overflow::Wrap => self.wrapped(value.into(), rounding),
            Value::Finite(value) => self.encode_magnitude(value.into(), value.negative, rounding),
            Value::Infinite { .. } | Value::Nan => self.integer.encode(x, rounding, overflow),
        }
    }

    pub(super) fn encode_magnitude(self, magnitude: Magnitude, negative: bool, rounding: Rounding) -> u64 {
        let scaled = Magnitude { exponent: magnitude.exponent + i64::from(self.fraction_bits), ..magnitude };
        self.integer.encode_magnitude(scaled, negative, rounding)
    }

    pub(super) fn wrapped(self, number: Rational, rounding: Rounding) -> u64 {
        self.integer.wrapped(&(number * Rational::power_of_two(self.fraction_bits.into())), rounding)
    }
}
