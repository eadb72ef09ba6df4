//! Posits: a tapered format whose exponent is a run of equal bits and a short field.

use std::cmp::Ordering;

use super::float::mask;
use super::round::{Draw, Magnitude};
use super::{Class, Dyadic, FloatFormat, Overflow, Rounding, Value};

/// The parameters of a posit (Posit Standard 2022: two exponent bits at every width).
///
/// 0…0 is 0 and 10…0 is not a real (NaR). A negative number is the two's complement of its magnitude. After the sign comes the
/// regime, a run of r equal bits ended by the opposite one: k = r − 1 for ones, −r for zeros. Then come the exponent bits e and
/// the fraction f, cut off where the bits end: the value is 2^(k·2^es + e)·(1 + f).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PositFormat {
    /// Width, 2…63.
    pub bits: u32,
    /// Width of the exponent field, 0…4; 2 by the standard. Drafts before 2022 had 0, 1, 2, 3 at 8, 16, 32, 64 bits.
    pub exponent_bits: u32,
}

/// Where the fields of a positive posit lie, and what they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositParts {
    /// Equal bits at the start of the regime.
    pub run: u32,
    /// Bits of the regime, with the one that ends it if there is room for it.
    pub regime_bits: u32,
    /// The regime's k.
    pub regime: i32,
    /// Exponent bits that there is room for.
    pub exponent_bits: u32,
    /// The exponent e; missing low bits are 0.
    pub exponent: u32,
    /// Width of the fraction.
    pub fraction_bits: u32,
    /// The fraction as a whole number: f·2^fraction_bits.
    pub fraction: u64,
}

/// A magnitude cut off at the width of a posit.
struct Cut {
    /// The largest code whose value is not above the magnitude.
    floor: u64,
    /// Whether nothing was cut off.
    exact: bool,
    /// How the bits that were cut off compare with a one and zeros: with the posit one bit longer between two codes.
    half: Ordering,
}

impl PositFormat {
    /// Narrowest.
    pub const NARROWEST: u32 = 2;
    /// Widest.
    pub const WIDEST: u32 = 63;

    /// The code that is not a real.
    pub fn nar(self) -> u64 {
        1 << (self.bits - 1)
    }

    /// The code of the largest value.
    pub fn top(self) -> u64 {
        self.nar() - 1
    }

    /// Whether the value of the code is negative.
    pub fn is_negative(self, code: u64) -> bool {
        code & mask(self.bits) > self.nar()
    }

    /// The code of the magnitude: the two's complement of a negative code, any other as it is.
    pub fn magnitude(self, code: u64) -> u64 {
        let code = code & mask(self.bits);
        if self.is_negative(code) { code.wrapping_neg() & mask(self.bits) } else { code }
    }

    /// The fields of the magnitude of a code; `None` for 0 and NaR.
    pub fn parts(self, code: u64) -> Option<PositParts> {
        let magnitude = self.magnitude(code);
        if magnitude == 0 || magnitude == self.nar() {
            return None;
        }
        // The bits after the sign, at the top of a word.
        let width = self.bits - 1;
        let body = magnitude << (64 - width);
        let ones = body >> 63 == 1;
        let run = if ones { body.leading_ones() } else { body.leading_zeros() }.min(width);
        let regime_bits = (run + 1).min(width);
        let rest = width - regime_bits;
        let exponent_bits = self.exponent_bits.min(rest);
        let fraction_bits = rest - exponent_bits;
        let exponent = (magnitude >> fraction_bits & mask(exponent_bits)) << (self.exponent_bits - exponent_bits);
        Some(PositParts {
            run,
            regime_bits,
            regime: if ones { run as i32 - 1 } else { -(run as i32) },
            exponent_bits,
            exponent: exponent as u32,
            fraction_bits,
            fraction: magnitude & mask(fraction_bits),
        })
    }

    /// What a code means, exactly; NaR is NaN. Bits above the width are ignored.
    pub fn value(self, code: u64) -> Value {
        let Some(parts) = self.parts(code) else {
            let zero = code & mask(self.bits) == 0;
            let nothing = Dyadic { negative: false, significand: 0, exponent: 0 };
            return if zero { Value::Finite(nothing) } else { Value::Nan };
        };
        let exponent = parts.regime * (1 << self.exponent_bits) + parts.exponent as i32;
        Value::Finite(Dyadic {
            negative: self.is_negative(code),
            significand: parts.fraction | 1 << parts.fraction_bits,
            exponent: exponent - parts.fraction_bits as i32,
        })
    }

    /// What kind of value a code has; there are no subnormals.
    pub fn class(self, code: u64) -> Class {
        match code & mask(self.bits) {
            0 => Class::Zero,
            code if code == self.nar() => Class::Nan,
            _ => Class::Normal,
        }
    }

    /// The code of `x`, rounded once. NaN and the infinities become NaR, unless `overflow` saturates the latter.
    ///
    /// No number becomes 0 or NaR: rounding ends at the smallest and the largest value, except that rules which point at 0 go there
    /// (toward zero, and up and down from the sides of 0). The nearer of two neighbours is decided on the bit string: the boundary is
    /// the posit one bit longer that lies between them, and a tie goes to the even code.
    pub fn encode(self, x: f64, rounding: Rounding, overflow: Overflow) -> u64 {
        match FloatFormat::FP64.value(x.to_bits()) {
            Value::Finite(value) => self.encode_magnitude(value.into(), value.negative, rounding),
            Value::Infinite { negative } => self.overflow_code(negative, overflow),
            Value::Nan => self.nar(),
        }
    }

    /// Where an infinity goes.
    pub(super) fn overflow_code(self, negative: bool, overflow: Overflow) -> u64 {
        if overflow == Overflow::Saturate { self.signed(self.top(), negative) } else { self.nar() }
    }

    pub(super) fn encode_magnitude(self, magnitude: Magnitude, negative: bool, rounding: Rounding) -> u64 {
        if magnitude.is_zero() {
            return 0;
        }
        let Some(Cut { floor, exact, half }) = self.cut(magnitude) else {
            return self.signed(self.top(), negative);
        };
        let up = match rounding {
            // Between 0 and the smallest value the bit string has no boundary: nearest is never 0.
            Rounding::NearestEven | Rounding::NearestAway | Rounding::Odd | Rounding::Stochastic { .. }
                if floor == 0 =>
            {
                true
            }
            _ => {
                let draw = Draw(self.distance(magnitude, floor, rounding));
                rounding.goes_up(exact, half, floor & 1 == 1, negative, draw)
            }
        };
        self.signed(floor + u64::from(up), negative)
    }

    /// The magnitude written as a posit without end, and cut off at the width; `None` where it is the largest value or more.
    fn cut(self, magnitude: Magnitude) -> Option<Cut> {
        /// Bits of the fraction that are written: as many as any posit has, one more to round by, and room for the rest in a word.
        const FRACTION: u32 = 62;
        let exponent = magnitude.log2();
        let regime = exponent >> self.exponent_bits;
        let longest = i64::from(self.bits) - 2;
        if regime >= longest {
            return None;
        }
        if regime < -longest {
            return Some(Cut { floor: 0, exact: false, half: Ordering::Less });
        }
        let low = (exponent - (regime << self.exponent_bits)) as u128;
        let top = magnitude.significand.ilog2();
        let fraction = magnitude.significand ^ 1 << top;
        let lost = top.saturating_sub(FRACTION);
        let sticky = magnitude.sticky || fraction & ((1 << lost) - 1) != 0;
        let fraction = fraction >> lost << (FRACTION + lost - top);
        // k + 1 ones and a zero, or −k zeros and a one.
        let (run, length) = if regime >= 0 { ((2_u128 << (regime + 1)) - 2, regime + 2) } else { (1, 1 - regime) };
        let body = (run << self.exponent_bits | low) << FRACTION | fraction;
        let shift = length as u32 + self.exponent_bits + FRACTION - (self.bits - 1);
        let (floor, rest) = (body >> shift, body & ((1 << shift) - 1));
        let half = rest.cmp(&(1 << (shift - 1))).then(if sticky { Ordering::Greater } else { Ordering::Equal });
        Some(Cut { floor: floor as u64, exact: rest == 0 && !sticky, half })
    }

    /// The boundary of nearest rounding between a magnitude code and the next.
    pub(super) fn boundary(self, code: u64) -> Value {
        Self { bits: self.bits + 1, ..self }.value(2 * code + 1)
    }

    /// Where between two values the magnitude lies, for stochastic rounding: in units of 2^−bits of the gap, rounded down.
    fn distance(self, magnitude: Magnitude, floor: u64, rounding: Rounding) -> u64 {
        let Some((bits, _)) = rounding.random() else { return 0 };
        let (Value::Finite(low), Value::Finite(high)) = (self.value(floor), self.value(floor + 1)) else { return 0 };
        // Both ends in the units of the finer one; a posit's neighbours differ by at most 2^(2^es).
        let unit = low.exponent.min(high.exponent);
        let in_units = |value: Dyadic| u128::from(value.significand) << (value.exponent - unit);
        let (low, high) = (in_units(low), in_units(high));
        let fine = i64::from(unit) - i64::from(bits);
        let offset = magnitude.round(fine, Rounding::TowardZero, false, false) - (low << bits);
        (offset / (high - low)) as u64
    }

    fn signed(self, magnitude: u64, negative: bool) -> u64 {
        if negative { magnitude.wrapping_neg() & mask(self.bits) } else { magnitude }
    }
}
