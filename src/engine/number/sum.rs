//! What an integer makes of a sum that may leave its range.

use super::{Format, IntegerFormat, Overflow, Rational, Rounding};

/// A sum, exactly and as the integer can hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntegerSum {
    /// The first summand.
    pub left: i128,
    /// What was added.
    pub addend: i128,
    /// The sum.
    pub exact: i128,
    /// Its code where the range wraps around: modulo 2^bits; modulo 2^bits − 1 in one's complement, where the carry goes around; the
    /// magnitude modulo 2^(bits − 1) in sign-magnitude.
    pub wrapped: u64,
    /// What that code reads as.
    pub wrapped_value: i128,
    /// Its code where the ends of the range hold.
    pub saturated: u64,
    /// What that code reads as.
    pub saturated_value: i128,
    /// Whether the sum lies outside the range.
    pub overflows: bool,
}

/// The largest magnitude that can be added: every difference of two 64-bit integers is within it.
pub const MOST_ADDEND: i128 = 1 << 65;

/// Adds to a code; `addend` is −2^65…2^65.
pub fn add(format: IntegerFormat, code: u64, addend: i128) -> IntegerSum {
    let left = format.integer(code);
    let exact = left + addend;
    let number = Rational::from(exact);
    let store = |overflow| Format::Integer(format).encode_rational(&number, Rounding::NearestEven, overflow);
    let (wrapped, saturated) = (store(Overflow::Wrap), store(Overflow::Saturate));
    let (low, high) = format.range();
    IntegerSum {
        left,
        addend,
        exact,
        wrapped,
        wrapped_value: format.integer(wrapped),
        saturated,
        saturated_value: format.integer(saturated),
        overflows: !(low..=high).contains(&exact),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_than_the_largest() {
        let sum = add(IntegerFormat::signed(8), 127, 1);
        assert_eq!((sum.exact, sum.wrapped_value, sum.saturated_value, sum.overflows), (128, -128, 127, true));
        let sum = add(IntegerFormat::unsigned(8), 0, -1);
        assert_eq!((sum.wrapped_value, sum.saturated_value, sum.overflows), (255, 0, true));
        let sum = add(IntegerFormat::signed(8), 0xFF, 300);
        assert_eq!((sum.exact, sum.wrapped_value, sum.saturated_value), (299, 43, 127));
        assert!(!add(IntegerFormat::signed(8), 49, 1).overflows);
    }

    #[test]
    fn every_encoding_wraps_in_its_own_way() {
        use super::super::IntegerEncoding::{Offset, OnesComplement, SignMagnitude, TwosComplement, Unsigned};
        for (encoding, code, addend, exact, wrapped, saturated) in [
            (Unsigned, 255, 1, 256, 0, 255),
            (TwosComplement, 0x7F, 1, 128, -128, 127),
            // 127 + 1 has the magnitude 128, of which seven bits are left.
            (SignMagnitude, 0x7F, 1, 128, 0, 127),
            (SignMagnitude, 0xFF, -1, -128, 0, -127),
            // 128 is 255 − 127: the code of −127.
            (OnesComplement, 0x7F, 1, 128, -127, 127),
            (Offset, 0xFF, 1, 128, -128, 127),
        ] {
            let format = IntegerFormat { bits: 8, encoding };
            let sum = add(format, code, addend);
            let found = (sum.exact, sum.wrapped_value, sum.saturated_value);
            assert_eq!(found, (exact, wrapped, saturated), "{encoding:?}");
            assert!(sum.overflows, "{encoding:?}");
        }
    }

    #[test]
    fn the_widest_integers_are_added_too() {
        let sum = add(IntegerFormat::unsigned(64), u64::MAX, MOST_ADDEND);
        assert_eq!((sum.exact, sum.wrapped), (i128::from(u64::MAX) + MOST_ADDEND, u64::MAX));
        let sum = add(IntegerFormat::signed(64), i64::MAX as u64, 1);
        assert_eq!((sum.wrapped_value, sum.saturated_value), (i128::from(i64::MIN), i128::from(i64::MAX)));
        let sum = add(IntegerFormat::signed(1), 0, 1);
        assert_eq!((sum.wrapped_value, sum.overflows), (-1, true));
    }
}
