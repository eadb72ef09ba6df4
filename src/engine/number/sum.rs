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
    /// Its code where the range wraps around: the sum modulo 2^bits.
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

/// Adds to a code.
pub fn add(format: IntegerFormat, code: u64, addend: i64) -> IntegerSum {
    let left = format.integer(code);
    let exact = left + i128::from(addend);
    let number = Rational::from(exact);
    let store = |overflow| Format::Integer(format).encode_rational(&number, Rounding::NearestEven, overflow);
    let (wrapped, saturated) = (store(Overflow::Wrap), store(Overflow::Saturate));
    let (low, high) = format.range();
    IntegerSum {
        left,
        addend: addend.into(),
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
}
