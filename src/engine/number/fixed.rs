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

    /// The format that such a name means: `Q3.4`, `UQ4.4`, `4.4`, where m counts the sign bit if `arm`. A name without U keeps the
    /// encoding, but that of an unsigned format becomes two's complement.
    ///
    /// # Errors
    /// What is allowed.
    pub fn with_name(self, text: &str, arm: bool) -> Result<Self, String> {
        let lower = text.trim().to_ascii_lowercase().replace('−', "-");
        let expected = || format!("{text:?}: expected Qm.n, as in Q4.4, or UQm.n where unsigned");
        let (unsigned, rest) = lower.strip_prefix('u').map_or((false, lower.as_str()), |rest| (true, rest));
        let numbers = rest.strip_prefix('q').unwrap_or(rest);
        let (whole, fraction) = numbers.split_once('.').ok_or_else(expected)?;
        let (Ok(whole), Ok(fraction_bits)) = (whole.parse::<i32>(), fraction.parse::<i32>()) else {
            return Err(expected());
        };
        let encoding = match self.integer.encoding {
            _ if unsigned => IntegerEncoding::Unsigned,
            IntegerEncoding::Unsigned => IntegerEncoding::TwosComplement,
            other => other,
        };
        let sign = i64::from(!arm && !unsigned);
        let bits = i64::from(whole) + i64::from(fraction_bits) + sign;
        let width = u32::try_from(bits).ok().filter(|bits| (1..=64).contains(bits));
        let bits = width.ok_or_else(|| format!("{text} has {bits} bits; expected 1 to 64"))?;
        Self { integer: IntegerFormat { bits, encoding }, fraction_bits }.check()
    }

    /// Whether the point is where it may be.
    ///
    /// # Errors
    /// Where it may be.
    pub fn check(self) -> Result<Self, String> {
        let allowed = Self::FEWEST..=Self::MOST;
        if allowed.contains(&self.fraction_bits) {
            return Ok(self);
        }
        Err(format!("{} fraction bits; expected {} to {}", self.fraction_bits, Self::FEWEST, Self::MOST))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_another_width_by_arm_and_by_ti() {
        let format = FixedFormat { integer: IntegerFormat::signed(8), fraction_bits: 4 };
        let named = |text: &str, arm: bool| format.with_name(text, arm);
        for (text, arm, bits, fraction_bits) in [
            ("Q4.4", true, 8, 4),
            ("Q3.4", false, 8, 4),
            ("q0.15", false, 16, 15),
            ("1.15", true, 16, 15),
            ("Q-2.10", true, 8, 10),
        ] {
            let expected = FixedFormat { integer: IntegerFormat::signed(bits), fraction_bits };
            assert_eq!(named(text, arm), Ok(expected), "{text}");
            let name = if arm { expected.arm_name() } else { expected.ti_name() };
            assert_eq!(named(&name, arm), Ok(expected), "{name}");
        }
        let unsigned = named("UQ4.4", false).unwrap();
        assert_eq!(unsigned.integer, IntegerFormat::unsigned(8));
        assert_eq!(unsigned.with_name("Q4.4", true).unwrap().integer, IntegerFormat::signed(8));
        for (text, arm, hint) in [
            ("", true, "expected Qm.n"),
            ("Q4", true, "expected Qm.n"),
            ("Qx.4", true, "expected Qm.n"),
            ("Q40.40", true, "80 bits; expected 1 to 64"),
            ("Q0.0", true, "0 bits"),
            ("Q32.32", false, "65 bits"),
            ("Q2147483647.2147483647", true, "expected 1 to 64"),
            ("Q-190.200", true, "expected -64 to 128"),
        ] {
            let error = named(text, arm).unwrap_err();
            assert!(error.contains(hint), "{text}: {error}");
        }
    }
}
