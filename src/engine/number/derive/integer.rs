//! Integers as sums of weighted bits, and one code under every encoding.

use crate::engine::number::float::mask;
use crate::engine::number::{Dyadic, IntegerEncoding, IntegerFormat};

/// One summand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Place of the bit; 0 is the lowest.
    pub index: u32,
    /// Whether it is 1: only then its weight is in the sum.
    pub set: bool,
    /// Its weight, −2^(n−1) for the top bit of two's complement.
    pub weight: i128,
}

/// How a code becomes an integer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegerSteps {
    /// Width and encoding.
    pub format: IntegerFormat,
    /// The bits that are summed, the top one first; the sign bit of sign-magnitude is not among them.
    pub terms: Vec<Term>,
    /// The sum of the weights of the bits that are 1.
    pub sum: i128,
    /// Whether the sum is negated: the sign bit of sign-magnitude.
    pub negated: bool,
    /// What is subtracted at the end: 2^(n−1) for offset binary, else 0.
    pub offset: i128,
    /// The integer.
    pub value: i128,
    /// Whether it is a −0.
    pub minus_zero: bool,
}

/// One reading of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Width and encoding.
    pub format: IntegerFormat,
    /// The integer.
    pub value: i128,
    /// Whether it is a −0.
    pub minus_zero: bool,
}

/// What the bit at a place weighs: an integer, as an exact binary number.
pub(super) fn weight(format: IntegerFormat, index: u32) -> Dyadic {
    let top = index == format.bits - 1;
    match format.encoding {
        IntegerEncoding::TwosComplement if top => Dyadic { negative: true, significand: 1, exponent: index as i32 },
        IntegerEncoding::OnesComplement if top => Dyadic { negative: true, significand: mask(index), exponent: 0 },
        _ => Dyadic { negative: false, significand: 1, exponent: index as i32 },
    }
}

/// How a code becomes an integer.
pub(super) fn steps(format: IntegerFormat, code: u64) -> IntegerSteps {
    let digits = format.bits - u32::from(format.encoding == IntegerEncoding::SignMagnitude);
    let term = |index: u32| {
        let weight = weight(format, index);
        let magnitude = i128::from(weight.significand) << weight.exponent;
        let weight = if weight.negative { -magnitude } else { magnitude };
        Term { index, set: code >> index & 1 == 1, weight }
    };
    let terms: Vec<Term> = (0..digits).rev().map(term).collect();
    let sum = terms.iter().filter(|term| term.set).map(|term| term.weight).sum();
    IntegerSteps {
        format,
        terms,
        sum,
        negated: digits < format.bits && code >> digits & 1 == 1,
        offset: if format.encoding == IntegerEncoding::Offset { 1 << (format.bits - 1) } else { 0 },
        value: format.integer(code),
        minus_zero: format.is_minus_zero(code),
    }
}

/// The same bits under every integer encoding. `bits` is 1…64; bits of the code above that are ignored.
pub fn readings(bits: u32, code: u64) -> [Reading; 5] {
    IntegerEncoding::ALL.map(|encoding| {
        let format = IntegerFormat { bits, encoding };
        Reading { format, value: format.integer(code), minus_zero: format.is_minus_zero(code) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pattern_has_five_meanings() {
        let values = |bits, code| readings(bits, code).map(|reading| reading.value);
        assert_eq!(values(8, 0b1011_0001), [177, -79, -49, -78, 49]);
        assert_eq!(values(8, 0b1000_0000), [128, -128, 0, -127, 0]);
        assert_eq!(values(8, 0b1100_1111), [207, -49, -79, -48, 79]);
        assert!(readings(8, 0x80)[2].minus_zero && readings(8, 0xff)[3].minus_zero && !readings(8, 0)[2].minus_zero);
        assert_eq!(values(1, 1), [1, -1, 0, 0, 0]);
        assert_eq!(values(64, u64::MAX)[..2], [i128::from(u64::MAX), -1]);
    }

    #[test]
    fn weights_add_up_in_every_encoding() {
        for bits in [1, 2, 3, 8, 10] {
            for code in 0..1_u64 << bits {
                for encoding in IntegerEncoding::ALL {
                    let steps = steps(IntegerFormat { bits, encoding }, code);
                    let signed = if steps.negated { -steps.sum } else { steps.sum };
                    assert_eq!(signed - steps.offset, steps.value, "{bits} {code} {encoding:?}");
                }
            }
        }
        // The lecture's: −128 + 64 + 8 + 4 + 2 + 1.
        let found = steps(IntegerFormat::signed(8), 0b1100_1111);
        let weights: Vec<i128> = found.terms.iter().filter(|term| term.set).map(|term| term.weight).collect();
        assert_eq!(weights, [-128, 64, 8, 4, 2, 1]);
    }
}
