//! Exact arithmetic: every typed number, stored value, midpoint and error is a ratio of whole numbers.

use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};

use num_bigint::{BigInt, BigUint, Sign};

use super::round::{Draw, Magnitude};
use super::{Dyadic, FloatFormat, Overflow, Rounding};

/// Significant bits that are kept before the rest becomes a sticky bit; see [`Magnitude`].
const KEPT_BITS: i64 = 100;

/// An exact real number: a ratio of whole numbers. There is no −0 here; a [`super::Number`] has one.
///
/// Common factors of two are taken out, so that sums of binary numbers stay short; others may remain.
#[derive(Clone, Debug)]
pub struct Rational {
    numerator: BigInt,
    /// Never zero.
    denominator: BigUint,
}

impl Rational {
    /// numerator / denominator; `None` where that divides by zero.
    pub fn new(numerator: BigInt, denominator: BigUint) -> Option<Self> {
        if denominator == BigUint::ZERO {
            return None;
        }
        if numerator.sign() == Sign::NoSign {
            return Some(Self::zero());
        }
        let twos = |number: &BigUint| number.trailing_zeros().unwrap_or(0);
        let common = twos(numerator.magnitude()).min(twos(&denominator));
        Some(Self { numerator: numerator >> common, denominator: denominator >> common })
    }

    fn made(numerator: BigInt, denominator: BigUint) -> Self {
        Self::new(numerator, denominator).expect("a product of denominators is not zero")
    }

    /// 0.
    pub fn zero() -> Self {
        Self { numerator: BigInt::ZERO, denominator: BigUint::from(1_u32) }
    }

    /// 2^exponent.
    pub fn power_of_two(exponent: i64) -> Self {
        let (one, power) = (BigInt::from(1), BigUint::from(1_u32) << exponent.unsigned_abs());
        if exponent < 0 {
            Self { numerator: one, denominator: power }
        } else {
            Self { numerator: one << exponent.unsigned_abs(), denominator: BigUint::from(1_u32) }
        }
    }

    /// The finite double `x`; `None` for infinities and NaN.
    pub fn from_f64(x: f64) -> Option<Self> {
        Dyadic::from_f64(x).map(Self::from)
    }

    /// The whole number above the line.
    pub fn numerator(&self) -> &BigInt {
        &self.numerator
    }

    /// The whole number below the line, never 0.
    pub fn denominator(&self) -> &BigUint {
        &self.denominator
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        self.numerator.sign() == Sign::NoSign
    }

    /// Whether it is below 0.
    pub fn is_negative(&self) -> bool {
        self.numerator.sign() == Sign::Minus
    }

    /// Its distance from 0.
    pub fn abs(&self) -> Self {
        Self { numerator: BigInt::from(self.numerator.magnitude().clone()), denominator: self.denominator.clone() }
    }

    /// The quotient; `None` where `other` is 0.
    pub fn checked_div(&self, other: &Self) -> Option<Self> {
        let sign = other.numerator.sign();
        let below = BigInt::from_biguint(sign, other.denominator.clone());
        Self::new(&self.numerator * below, &self.denominator * other.numerator.magnitude())
    }

    /// Half of it.
    pub fn half(&self) -> Self {
        Self::made(self.numerator.clone(), &self.denominator << 1_u32)
    }

    /// The whole number that `rounding` makes of it; even and odd are those of the whole numbers.
    pub fn round(&self, rounding: Rounding) -> BigInt {
        let negative = self.is_negative();
        let above = self.numerator.magnitude();
        let floor = above / &self.denominator;
        let rest = above - &floor * &self.denominator;
        let draw = match rounding.random() {
            Some((bits, _)) => Draw::fraction((&rest << bits) / &self.denominator),
            None => Draw::NONE,
        };
        let odd = floor.bit(0);
        let half = (&rest << 1_u32).cmp(&self.denominator);
        let up = rounding.goes_up(rest == BigUint::ZERO, half, odd, negative, draw);
        let sign = if negative { Sign::Minus } else { Sign::Plus };
        BigInt::from_biguint(sign, if up { floor + 1_u32 } else { floor })
    }

    /// The magnitude, cut after more bits than any rounding looks at.
    pub(super) fn magnitude(&self) -> Magnitude {
        let (numerator, denominator) = (self.numerator.magnitude(), &self.denominator);
        if *numerator == BigUint::ZERO {
            return Magnitude { significand: 0, exponent: 0, sticky: false };
        }
        let exponent = numerator.bits() as i64 - denominator.bits() as i64 - KEPT_BITS;
        let shift = exponent.unsigned_abs();
        let (above, below) = if exponent < 0 {
            (numerator << shift, denominator.clone())
        } else {
            (numerator.clone(), denominator << shift)
        };
        let quotient = &above / &below;
        let sticky = &quotient * &below != above;
        // One bit more than is kept at most, so two of the 64-bit digits.
        let significand = quotient.iter_u64_digits().rev().fold(0_u128, |sum, digit| sum << 64 | u128::from(digit));
        Magnitude { significand, exponent, sticky }
    }

    /// ⌊log2|x|⌋; `None` for 0.
    pub fn log2(&self) -> Option<i64> {
        (!self.is_zero()).then(|| self.magnitude().log2())
    }

    /// The nearest double, ties to even; ±∞ beyond the doubles.
    pub fn to_f64(&self) -> f64 {
        f64::from_bits(FloatFormat::FP64.encode_magnitude(
            self.magnitude(),
            self.is_negative(),
            Rounding::NearestEven,
            Overflow::Default,
        ))
    }

    /// All decimal digits; `None` where they never end, as for 1/3.
    pub fn to_decimal(&self) -> Option<String> {
        let (numerator, denominator) = self.lowest_terms();
        let twos = denominator.trailing_zeros().unwrap_or(0);
        let mut rest = denominator >> twos;
        let (five, mut fives) = (BigUint::from(5_u32), 0_u64);
        while &rest % &five == BigUint::ZERO {
            rest /= &five;
            fives += 1;
        }
        if rest != BigUint::from(1_u32) {
            return None;
        }
        let places = twos.max(fives);
        let scaled = numerator * five.pow((places - fives) as u32) * (BigUint::from(1_u32) << (places - twos));
        let sign = if self.is_negative() { "-" } else { "" };
        if places == 0 {
            return Some(format!("{sign}{scaled}"));
        }
        let places = places as usize;
        let padded = format!("{:0>width$}", scaled.to_string(), width = places + 1);
        let (whole, fraction) = padded.split_at(padded.len() - places);
        Some(format!("{sign}{whole}.{fraction}"))
    }

    /// numerator/denominator in lowest terms, or the whole number alone.
    pub fn to_fraction(&self) -> String {
        let (numerator, denominator) = self.lowest_terms();
        let sign = if self.is_negative() { "-" } else { "" };
        if denominator == BigUint::from(1_u32) {
            format!("{sign}{numerator}")
        } else {
            format!("{sign}{numerator}/{denominator}")
        }
    }

    /// Rounded to nearest even at `digits` (1…) significant decimal digits, without trailing zeros: `0.333`, `6.02e23`.
    pub fn to_digits(&self, digits: usize) -> String {
        let digits = digits.max(1);
        let Some((mut mantissa, mut exponent)) = self.scientific(digits, Rounding::NearestEven) else {
            return "0".to_owned();
        };
        // 9.99… may have become 10.0…
        if mantissa.len() > digits {
            mantissa.pop();
            exponent += 1;
        }
        let sign = if self.is_negative() { "-" } else { "" };
        format!("{sign}{}", place(&mantissa, exponent))
    }

    /// The first digits of |x| as a whole number and the power of ten of the first of them; `None` for 0.
    ///
    /// Rounding up may give one digit more, which is then `10…0`.
    pub(super) fn scientific(&self, digits: usize, rounding: Rounding) -> Option<(String, i64)> {
        let magnitude = self.abs();
        let log2 = magnitude.log2()?;
        // log10(2), a little low: the estimate is right or one too small, for exponents up to millions.
        let mut exponent = (log2 as f64 * std::f64::consts::LOG10_2).floor() as i64;
        if magnitude >= power_of_ten(exponent + 1) {
            exponent += 1;
        }
        if magnitude < power_of_ten(exponent) {
            exponent -= 1;
        }
        let scaled = magnitude * power_of_ten(digits as i64 - 1 - exponent);
        Some((scaled.round(rounding).to_string(), exponent))
    }

    fn lowest_terms(&self) -> (BigUint, BigUint) {
        let (mut left, mut right) = (self.numerator.magnitude().clone(), self.denominator.clone());
        while right != BigUint::ZERO {
            (left, right) = (right.clone(), left % right);
        }
        (self.numerator.magnitude() / &left, &self.denominator / &left)
    }
}

/// 10^exponent.
pub(super) fn power_of_ten(exponent: i64) -> Rational {
    let power = BigUint::from(10_u32).pow(exponent.unsigned_abs() as u32);
    let one = BigUint::from(1_u32);
    let (numerator, denominator) = if exponent < 0 { (one, power) } else { (power, one) };
    Rational::made(BigInt::from(numerator), denominator)
}

/// Digits whose first has the weight 10^exponent, without trailing zeros: plain near 1, with an exponent elsewhere.
pub(super) fn place(digits: &str, exponent: i64) -> String {
    let digits = digits.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let count = digits.len() as i64;
    match exponent {
        0..=20 if count <= exponent + 1 => format!("{digits}{}", "0".repeat((exponent + 1 - count) as usize)),
        0..=20 => format!("{}.{}", &digits[..=exponent as usize], &digits[exponent as usize + 1..]),
        -5..=-1 => format!("0.{}{digits}", "0".repeat((-1 - exponent) as usize)),
        _ if count == 1 => format!("{digits}e{exponent}"),
        _ => format!("{}.{}e{exponent}", &digits[..1], &digits[1..]),
    }
}

impl From<Dyadic> for Rational {
    fn from(value: Dyadic) -> Self {
        let sign = if value.negative { Sign::Minus } else { Sign::Plus };
        let significand = BigInt::from_biguint(sign, BigUint::from(value.significand));
        let shift = value.exponent.unsigned_abs();
        if value.exponent < 0 {
            Self::made(significand, BigUint::from(1_u32) << shift)
        } else {
            Self::made(significand << shift, BigUint::from(1_u32))
        }
    }
}

impl From<i128> for Rational {
    fn from(value: i128) -> Self {
        Self { numerator: BigInt::from(value), denominator: BigUint::from(1_u32) }
    }
}

impl From<BigInt> for Rational {
    fn from(value: BigInt) -> Self {
        Self { numerator: value, denominator: BigUint::from(1_u32) }
    }
}

impl Add for Rational {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let twos = |number: &BigUint| number.trailing_zeros().unwrap_or(0);
        let (mine, its) = (twos(&self.denominator), twos(&other.denominator));
        let (my_odd, its_odd) = (&self.denominator >> mine, &other.denominator >> its);
        if my_odd == its_odd {
            let common = mine.max(its);
            let sum = (self.numerator << (common - mine)) + (other.numerator << (common - its));
            return Self::made(sum, my_odd << common);
        }
        let sum = self.numerator * BigInt::from(other.denominator.clone())
            + other.numerator * BigInt::from(self.denominator.clone());
        Self::made(sum, self.denominator * other.denominator)
    }
}

impl Neg for Rational {
    type Output = Self;

    fn neg(self) -> Self {
        Self { numerator: -self.numerator, denominator: self.denominator }
    }
}

impl Sub for Rational {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Rational {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self::made(self.numerator * other.numerator, self.denominator * other.denominator)
    }
}

impl PartialEq for Rational {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Rational {}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.denominator == other.denominator {
            return self.numerator.cmp(&other.numerator);
        }
        let left = &self.numerator * BigInt::from(other.denominator.clone());
        left.cmp(&(&other.numerator * BigInt::from(self.denominator.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(above: i64, below: u64) -> Rational {
        Rational::new(BigInt::from(above), BigUint::from(below)).unwrap()
    }

    #[test]
    fn arithmetic_is_exact() {
        assert_eq!(ratio(1, 3) + ratio(1, 6), ratio(1, 2));
        assert_eq!(ratio(1, 3) - ratio(1, 3), Rational::zero());
        assert_eq!(ratio(-3, 4) * ratio(2, 9), ratio(-1, 6));
        assert_eq!(ratio(1, 2).checked_div(&ratio(-3, 4)), Some(ratio(-2, 3)));
        assert_eq!(ratio(1, 2).checked_div(&Rational::zero()), None);
        assert!(ratio(-1, 3) < ratio(-1, 4) && ratio(2, 3) > ratio(3, 5));
        assert_eq!(Rational::new(BigInt::from(1), BigUint::ZERO), None);
        assert_eq!(Rational::power_of_two(-3), ratio(1, 8));
    }

    #[test]
    fn it_prints_exactly_and_shortly() {
        assert_eq!(ratio(49, 16).to_decimal().unwrap(), "3.0625");
        assert_eq!(ratio(-1, 50).to_decimal().unwrap(), "-0.02");
        assert_eq!(ratio(10, 1).to_decimal().unwrap(), "10");
        assert_eq!(ratio(7, 28).to_decimal().unwrap(), "0.25");
        assert_eq!(ratio(1, 3).to_decimal(), None);
        assert_eq!(ratio(-6, 9).to_fraction(), "-2/3");
        assert_eq!(ratio(6, 3).to_fraction(), "2");
        for (number, digits, text) in [
            (ratio(1, 3), 3, "0.333"),
            (ratio(2, 3), 3, "0.667"),
            (ratio(-999_999, 1_000), 3, "-1000"),
            (ratio(5, 1), 9, "5"),
            (ratio(120_000, 1), 2, "120000"),
            (ratio(1, 8_000_000), 4, "1.25e-7"),
            (ratio(25, 10), 1, "2"),
            (ratio(0, 1), 3, "0"),
        ] {
            assert_eq!(number.to_digits(digits), text);
        }
        assert_eq!((Rational::power_of_two(100)).to_digits(4), "1.268e30");
        assert_eq!((Rational::power_of_two(-1074)).to_digits(3), "4.94e-324");
    }

    #[test]
    fn it_rounds_by_every_rule() {
        let cases = [
            (ratio(5, 2), [2, 3, 2, 3, 2, 3]),
            (ratio(7, 2), [4, 4, 3, 4, 3, 3]),
            (ratio(-5, 2), [-2, -3, -2, -2, -3, -3]),
            (ratio(10, 3), [3, 3, 3, 4, 3, 3]),
            (ratio(4, 1), [4, 4, 4, 4, 4, 4]),
        ];
        for (number, expected) in cases {
            let found = Rounding::ALL.map(|rounding| number.round(rounding));
            assert_eq!(found, expected.map(BigInt::from), "{}", number.to_fraction());
        }
    }
}
