//! Integers of 1 to 64 bits in the five encodings.

use num_bigint::{BigInt, BigUint};

use super::exact::Rational;
use super::float::mask;
use super::round::Magnitude;
use super::{Class, Dyadic, Overflow, Rounding, Value};

/// How the bits of an integer are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntegerEncoding {
    /// Positional binary: 0…2^n − 1.
    Unsigned,
    /// The top bit weighs −2^(n−1).
    TwosComplement,
    /// The top bit is the sign, the others are the magnitude. There is a −0.
    SignMagnitude,
    /// A negative number has every bit of its magnitude flipped: the top bit weighs −(2^(n−1) − 1). There is a −0.
    OnesComplement,
    /// The code less 2^(n−1): codes are in the order of their values.
    Offset,
}

impl IntegerEncoding {
    /// Every encoding, in the order they are shown in.
    pub const ALL: [Self; 5] =
        [Self::Unsigned, Self::TwosComplement, Self::SignMagnitude, Self::OnesComplement, Self::Offset];

    /// The name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::TwosComplement => "two's complement",
            Self::SignMagnitude => "sign-magnitude",
            Self::OnesComplement => "one's complement",
            Self::Offset => "offset binary",
        }
    }

    /// What stands before the width in the name of a format.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Unsigned => "uint",
            Self::TwosComplement => "int",
            Self::SignMagnitude => "sm",
            Self::OnesComplement => "oc",
            Self::Offset => "offset",
        }
    }
}

/// The parameters of an integer format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IntegerFormat {
    /// Width, 1…64.
    pub bits: u32,
    /// How the bits are read.
    pub encoding: IntegerEncoding,
}

impl IntegerFormat {
    /// Two's complement of that width.
    pub const fn signed(bits: u32) -> Self {
        Self { bits, encoding: IntegerEncoding::TwosComplement }
    }

    /// Positional binary of that width.
    pub const fn unsigned(bits: u32) -> Self {
        Self { bits, encoding: IntegerEncoding::Unsigned }
    }

    /// Whether it is two's complement or unsigned: codes of increasing values are increasing, modulo 2^bits.
    pub fn is_modular(self) -> bool {
        matches!(self.encoding, IntegerEncoding::Unsigned | IntegerEncoding::TwosComplement)
    }

    /// The integer that a code means; −0 is 0. Bits above the width are ignored.
    pub fn integer(self, code: u64) -> i128 {
        let code = code & mask(self.bits);
        let (all, top) = (i128::from(code), code >> (self.bits - 1) == 1);
        let low = i128::from(code & mask(self.bits - 1));
        match self.encoding {
            IntegerEncoding::Unsigned => all,
            IntegerEncoding::TwosComplement => all - if top { 1 << self.bits } else { 0 },
            IntegerEncoding::SignMagnitude => {
                if top {
                    -low
                } else {
                    low
                }
            }
            IntegerEncoding::OnesComplement => all - if top { i128::from(mask(self.bits)) } else { 0 },
            IntegerEncoding::Offset => all - (1 << (self.bits - 1)),
        }
    }

    /// Whether the code is the −0 of sign-magnitude or one's complement.
    pub fn is_minus_zero(self, code: u64) -> bool {
        let has_one = matches!(self.encoding, IntegerEncoding::SignMagnitude | IntegerEncoding::OnesComplement);
        has_one && self.integer(code) == 0 && code & mask(self.bits) != 0
    }

    /// What a code means, exactly.
    pub fn value(self, code: u64) -> Value {
        let integer = self.integer(code);
        let negative = integer < 0 || self.is_minus_zero(code);
        Value::Finite(Dyadic { negative, significand: integer.unsigned_abs() as u64, exponent: 0 })
    }

    /// Zero or not.
    pub fn class(self, code: u64) -> Class {
        if self.integer(code) == 0 { Class::Zero } else { Class::Normal }
    }

    /// Smallest and largest value.
    pub fn range(self) -> (i128, i128) {
        let half = 1_i128 << (self.bits - 1);
        match self.encoding {
            IntegerEncoding::Unsigned => (0, i128::from(mask(self.bits))),
            IntegerEncoding::TwosComplement | IntegerEncoding::Offset => (-half, half - 1),
            IntegerEncoding::SignMagnitude | IntegerEncoding::OnesComplement => (1 - half, half - 1),
        }
    }

    /// The code of `x`, rounded to a whole number; NaN becomes 0. What is beyond the range saturates, or wraps where `overflow`
    /// says so; an infinity that wraps becomes 0.
    ///
    /// Wrapping keeps the low bits of two's complement, unsigned and offset codes and of the magnitude of sign-magnitude, and is
    /// modulo 2^n − 1 in one's complement (the end-around carry).
    pub fn encode(self, x: f64, rounding: Rounding, overflow: Overflow) -> u64 {
        match super::FloatFormat::FP64.value(x.to_bits()) {
            Value::Finite(value) if overflow == Overflow::Wrap => self.wrapped(&value.into(), rounding),
            Value::Finite(value) => self.encode_magnitude(value.into(), value.negative, rounding),
            Value::Infinite { negative } => self.overflow_code(negative, overflow),
            Value::Nan => self.code(0),
        }
    }

    /// The code of ±magnitude, rounded once and saturated.
    pub(super) fn encode_magnitude(self, magnitude: Magnitude, negative: bool, rounding: Rounding) -> u64 {
        if magnitude.is_zero() {
            return if negative { self.minus_zero() } else { self.code(0) };
        }
        if magnitude.log2() > 64 {
            return self.saturated(negative);
        }
        let whole = magnitude.round(0, rounding, negative, false) as i128;
        if whole == 0 && negative {
            return self.minus_zero();
        }
        let (low, high) = self.range();
        self.code(if negative { -whole } else { whole }.clamp(low, high))
    }

    /// The code of a number, rounded once; beyond the range the integer starts over at the other end.
    pub(super) fn wrapped(self, number: &Rational, rounding: Rounding) -> u64 {
        let whole = number.round(rounding);
        let (low, high) = self.range();
        let in_range = i128::try_from(&whole).ok().filter(|whole| (low..=high).contains(whole));
        if let Some(whole) = in_range {
            let minus = whole == 0 && number.is_negative();
            return if minus { self.minus_zero() } else { self.code(whole) };
        }
        let modulo = |modulus: u128| {
            let modulus = BigInt::from(modulus);
            let rest = ((&whole % &modulus) + &modulus) % &modulus;
            u64::try_from(rest.magnitude()).expect("a rest below 2^64")
        };
        match self.encoding {
            IntegerEncoding::Unsigned | IntegerEncoding::TwosComplement => modulo(1 << self.bits),
            IntegerEncoding::Offset => modulo(1 << self.bits) ^ 1 << (self.bits - 1),
            IntegerEncoding::OnesComplement => match mask(self.bits) {
                // One bit holds nothing but zeros.
                1 => 0,
                modulus => modulo(modulus.into()),
            },
            IntegerEncoding::SignMagnitude => {
                let low = whole.magnitude() % (BigUint::from(1_u32) << (self.bits - 1));
                let low = u64::try_from(&low).expect("a rest below 2^63");
                let sign = u64::from(whole.sign() == num_bigint::Sign::Minus);
                low | sign << (self.bits - 1)
            }
        }
    }

    /// Where an infinity goes.
    pub(super) fn overflow_code(self, negative: bool, overflow: Overflow) -> u64 {
        if overflow == Overflow::Wrap { self.code(0) } else { self.saturated(negative) }
    }

    /// Code of the end of the range.
    pub(super) fn saturated(self, negative: bool) -> u64 {
        let (low, high) = self.range();
        self.code(if negative { low } else { high })
    }

    /// The code of −0 where there is one, else of 0.
    fn minus_zero(self) -> u64 {
        match self.encoding {
            IntegerEncoding::SignMagnitude => 1 << (self.bits - 1),
            IntegerEncoding::OnesComplement => mask(self.bits),
            _ => self.code(0),
        }
    }

    /// The code of an integer within the range.
    pub fn code(self, integer: i128) -> u64 {
        let bits = integer as u64 & mask(self.bits);
        match self.encoding {
            IntegerEncoding::Unsigned | IntegerEncoding::TwosComplement => bits,
            IntegerEncoding::Offset => bits ^ 1 << (self.bits - 1),
            IntegerEncoding::OnesComplement if integer < 0 => (integer - 1) as u64 & mask(self.bits),
            IntegerEncoding::SignMagnitude if integer < 0 => (-integer) as u64 | 1 << (self.bits - 1),
            IntegerEncoding::OnesComplement | IntegerEncoding::SignMagnitude => bits,
        }
    }
}
