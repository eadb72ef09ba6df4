//! Two's complement and unsigned integers of 1 to 64 bits.

use super::float::mask;
use super::round::Magnitude;
use super::{Class, Dyadic, Rounding, Value};

/// The parameters of an integer format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IntegerFormat {
    /// Width, 1…64.
    pub bits: u32,
    /// Two's complement, or unsigned.
    pub signed: bool,
}

impl IntegerFormat {
    /// The integer that a code means. Bits above the width are ignored.
    pub fn integer(self, code: u64) -> i128 {
        let code = code & mask(self.bits);
        let minus = self.signed && code >> (self.bits - 1) == 1;
        i128::from(code) - if minus { 1_i128 << self.bits } else { 0 }
    }

    /// What a code means, exactly.
    pub fn value(self, code: u64) -> Value {
        let integer = self.integer(code);
        Value::Finite(Dyadic { negative: integer < 0, significand: integer.unsigned_abs() as u64, exponent: 0 })
    }

    /// Zero or not.
    pub fn class(self, code: u64) -> Class {
        if code & mask(self.bits) == 0 { Class::Zero } else { Class::Normal }
    }

    /// Smallest and largest value.
    pub fn range(self) -> (i128, i128) {
        if self.signed {
            (-(1_i128 << (self.bits - 1)), (1_i128 << (self.bits - 1)) - 1)
        } else {
            (0, i128::from(mask(self.bits)))
        }
    }

    /// The code of `x`, rounded to a whole number and saturated; NaN becomes 0.
    pub fn encode(self, x: f64, rounding: Rounding) -> u64 {
        match super::FloatFormat::FP64.value(x.to_bits()) {
            Value::Finite(value) => self.encode_magnitude(value.into(), value.negative, rounding),
            Value::Infinite { negative } => self.saturated(negative),
            Value::Nan => 0,
        }
    }

    /// The code of ±magnitude, rounded once and saturated.
    pub(super) fn encode_magnitude(self, magnitude: Magnitude, negative: bool, rounding: Rounding) -> u64 {
        if magnitude.is_zero() {
            return 0;
        }
        if magnitude.log2() > 64 {
            return self.saturated(negative);
        }
        let whole = magnitude.round(0, rounding, negative, false) as i128;
        let (low, high) = self.range();
        self.code(if negative { -whole } else { whole }.clamp(low, high))
    }

    /// Code of the end of the range.
    pub(super) fn saturated(self, negative: bool) -> u64 {
        let (low, high) = self.range();
        self.code(if negative { low } else { high })
    }

    fn code(self, integer: i128) -> u64 {
        integer as u64 & mask(self.bits)
    }
}
