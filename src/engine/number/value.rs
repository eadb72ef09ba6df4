//! Exact values of codes.

use std::cmp::Ordering;

use num_bigint::BigUint;

use super::{FloatFormat, Overflow, Rounding};

/// A finite binary number, exactly: ±significand·2^exponent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dyadic {
    /// Whether the sign is minus; −0 has it too.
    pub negative: bool,
    /// The whole number that the power of two scales; 0 for ±0.
    pub significand: u64,
    /// The power of two.
    pub exponent: i32,
}

/// What a code means, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// A number.
    Finite(Dyadic),
    /// An infinity.
    Infinite {
        /// Whether it is −∞.
        negative: bool,
    },
    /// Not a number.
    Nan,
}

/// What kind of value a code has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// +0 or −0.
    Zero,
    /// Below the smallest normal number: no implicit leading 1.
    Subnormal,
    /// Any other number.
    Normal,
    /// An infinity.
    Infinite,
    /// Not a number.
    Nan,
}

impl Class {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Zero => "zero",
            Self::Subnormal => "subnormal",
            Self::Normal => "normal",
            Self::Infinite => "inf",
            Self::Nan => "nan",
        }
    }
}

impl Dyadic {
    /// The finite double `x`, exactly; `None` for infinities and NaN.
    pub fn from_f64(x: f64) -> Option<Self> {
        match FloatFormat::FP64.value(x.to_bits()) {
            Value::Finite(value) => Some(value),
            Value::Infinite { .. } | Value::Nan => None,
        }
    }

    /// The nearest double, ties to even; ±∞ beyond the doubles.
    pub fn to_f64(self) -> f64 {
        f64::from_bits(FloatFormat::FP64.encode_magnitude(
            self.into(),
            self.negative,
            Rounding::NearestEven,
            Overflow::Default,
        ))
    }

    /// All decimal digits: every dyadic number has finitely many, and none is left out.
    pub fn to_decimal(self) -> String {
        let sign = if self.negative { "-" } else { "" };
        if self.significand == 0 {
            return format!("{sign}0");
        }
        let trailing = self.significand.trailing_zeros();
        let (significand, exponent) = (BigUint::from(self.significand >> trailing), self.exponent + trailing as i32);
        if exponent >= 0 {
            return format!("{sign}{}", significand << exponent.unsigned_abs());
        }
        // m·2^−n = m·5^n·10^−n, and the last digit of m·5^n is not 0 because m is odd.
        let places = exponent.unsigned_abs();
        let digits = (significand * BigUint::from(5_u32).pow(places)).to_string();
        let places = places as usize;
        let padded = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        format!("{sign}{whole}.{fraction}")
    }

    /// Orders by value; −0 equals +0.
    pub fn compare(self, other: Self) -> Ordering {
        let sign = |value: Self| match (value.significand, value.negative) {
            (0, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        };
        let (left, right) = (sign(self), sign(other));
        if left != right || left == 0 {
            return left.cmp(&right);
        }
        let top = |value: Self| i64::from(value.significand.ilog2()) + i64::from(value.exponent);
        // With the leading bits aligned at the top of the word only the significands are left to compare.
        let aligned = |value: Self| value.significand << value.significand.leading_zeros();
        let magnitude = top(self).cmp(&top(other)).then(aligned(self).cmp(&aligned(other)));
        if left < 0 { magnitude.reverse() } else { magnitude }
    }
}

impl Value {
    /// The nearest double; exact for every format of up to 53 significant bits whose exponents a double has.
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Finite(value) => value.to_f64(),
            Self::Infinite { negative: false } => f64::INFINITY,
            Self::Infinite { negative: true } => f64::NEG_INFINITY,
            Self::Nan => f64::NAN,
        }
    }

    /// All decimal digits, or `inf`, `-inf`, `nan`.
    pub fn to_decimal(self) -> String {
        match self {
            Self::Finite(value) => value.to_decimal(),
            Self::Infinite { negative: false } => "inf".to_owned(),
            Self::Infinite { negative: true } => "-inf".to_owned(),
            Self::Nan => "nan".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_expansions_have_all_digits() {
        let decimal = |x: f64| Dyadic::from_f64(x).unwrap().to_decimal();
        assert_eq!(decimal(f64::from(0.1_f32)), "0.100000001490116119384765625");
        assert_eq!(decimal(-6.5), "-6.5");
        assert_eq!(decimal(-0.0), "-0");
        assert_eq!(decimal(1e22), "10000000000000000000000");
        assert_eq!(decimal(0.015_625), "0.015625");
        let smallest = decimal(f64::from_bits(1));
        assert_eq!(smallest.trim_start_matches(['0', '.']).len(), 751);
        assert_eq!(smallest.len(), 1076);
    }

    #[test]
    fn order_is_the_order_of_the_numbers() {
        let values = [-1e300, -3.0, -1.5, -f64::MIN_POSITIVE, 0.0, 5e-324, 0.75, 1.0, 1.5, 3.0, 1e300];
        for left in values {
            for right in values {
                let compared = Dyadic::from_f64(left).unwrap().compare(Dyadic::from_f64(right).unwrap());
                assert_eq!(compared, left.partial_cmp(&right).unwrap(), "{left} {right}");
            }
        }
    }
}
