//! The product of two fixed-point numbers: integers multiply, fraction bits add, a shift brings them back.

use num_bigint::BigInt;

use super::{FixedFormat, Format, Overflow, Rational, Rounding, Value};

/// The steps of a product of two numbers of one fixed-point format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedProduct {
    /// The format of both factors and of the result.
    pub format: FixedFormat,
    /// The factors as integers.
    pub integers: (i128, i128),
    /// Their product, an integer of twice the width.
    pub raw: BigInt,
    /// Fraction bits of the product: twice those of the factors.
    pub raw_fraction_bits: i32,
    /// The product, exactly.
    pub exact: Rational,
    /// raw / 2^fraction bits, rounded to nearest even: the integer of the result before it is brought into the range.
    pub shifted: BigInt,
    /// The code of the result, saturated.
    pub code: u64,
    /// The result.
    pub value: Value,
    /// Whether the range was left.
    pub saturated: bool,
}

/// Multiplies two codes of a fixed-point format.
pub fn multiply(format: FixedFormat, left: u64, right: u64) -> FixedProduct {
    let integers = (format.integer.integer(left), format.integer.integer(right));
    // Two unsigned integers of 64 bits have a product of 128, more than `i128` holds.
    let raw = BigInt::from(integers.0) * integers.1;
    let raw_fraction_bits = 2 * format.fraction_bits;
    let exact = Rational::from(raw.clone()) * Rational::power_of_two((-raw_fraction_bits).into());
    let shifted = (Rational::from(raw.clone()) * Rational::power_of_two((-format.fraction_bits).into()))
        .round(Rounding::NearestEven);
    let result = Format::Fixed(format);
    let code = result.encode_rational(&exact, Rounding::NearestEven, Overflow::Saturate);
    let saturated = BigInt::from(format.integer.integer(code)) != shifted;
    FixedProduct {
        format,
        integers,
        raw,
        raw_fraction_bits,
        exact,
        shifted,
        code,
        value: result.value(code),
        saturated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::{IntegerEncoding, IntegerFormat};

    #[test]
    fn the_lectures_factor_times_one_and_a_half() {
        let format = FixedFormat { integer: IntegerFormat::signed(8), fraction_bits: 4 };
        // 3.0625 · 1.5 = 4.59375 lies between 73 and 74 sixteenths: a tie, to the even 74.
        let product = multiply(format, 0b0011_0001, 0b0001_1000);
        assert_eq!((product.integers, &product.raw, product.raw_fraction_bits), ((49, 24), &1176.into(), 8));
        assert_eq!(product.exact.to_decimal().unwrap(), "4.59375");
        assert_eq!((product.shifted.clone(), product.value.to_f64(), product.saturated), (74.into(), 4.625, false));
        // 7.9375² leaves the range.
        let square = multiply(format, 0x7F, 0x7F);
        assert_eq!((square.value.to_f64(), square.saturated), (7.9375, true));
        assert_eq!(multiply(format, 0x80, 0x10).value.to_f64(), -8.0);
    }

    #[test]
    fn the_widest_factors_and_every_encoding_multiply() {
        let widest = FixedFormat { integer: IntegerFormat::unsigned(64), fraction_bits: 64 };
        let product = multiply(widest, u64::MAX, u64::MAX);
        // (2^64 − 1)² = 2^128 − 2^65 + 1; shifted back 2^64 − 2 and a rest that rounds away.
        assert_eq!(product.raw, (BigInt::from(1) << 128) - (BigInt::from(1) << 65) + 1);
        assert_eq!((product.code, product.saturated), (u64::MAX - 1, false));
        for encoding in IntegerEncoding::ALL {
            let format = FixedFormat { integer: IntegerFormat { bits: 8, encoding }, fraction_bits: 4 };
            let code = |value: f64| format.encode(value, Rounding::NearestEven, Overflow::Saturate);
            assert_eq!(multiply(format, code(1.5), code(3.0)).value.to_f64(), 4.5, "{encoding:?}");
        }
    }
}
