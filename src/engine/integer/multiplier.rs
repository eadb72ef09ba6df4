//! M = 2⁻ⁿ · M₀: a real multiplier as an integer and a shift (Jacob et al. 2018, section 2.2).

use super::IntegerError;

/// A positive multiplier as a fixed-point mantissa and a right shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Multiplier {
    /// M.
    pub real: f64,
    /// M₀ in \[0.5, 1) before it is rounded.
    pub mantissa: f64,
    /// n: how often M is doubled to reach \[0.5, 1); negative where M ≥ 1 and the accumulator is shifted left instead.
    pub shift: i32,
    /// Bits of the stored M₀, sign included.
    pub bits: u32,
    /// M₀ as stored: round(M₀ · 2^(bits−1)), in \[2^(bits−2), 2^(bits−1)).
    pub stored: i32,
}

impl Multiplier {
    /// The widths of M₀ on offer: gemmlowp and TFLite have 32, CMSIS-NN's 16-bit path and small accelerators fewer.
    pub const WIDTHS: [u32; 3] = [32, 16, 8];

    /// Largest shift either way.
    const REACH: i32 = 62;

    /// M in `bits` bits.
    ///
    /// # Errors
    /// M not positive and finite, or beyond 2^±62; `bits` outside 2…32.
    pub fn new(real: f64, bits: u32) -> Result<Self, IntegerError> {
        if !(2..=32).contains(&bits) {
            return Err(IntegerError::Scale(format!("M\u{2080} has 2 to 32 bits, not {bits}")));
        }
        if !(real.is_finite() && real > 0.0) {
            return Err(IntegerError::Scale(format!("the multiplier is {real}; it must be positive and finite")));
        }
        let (mut mantissa, mut shift) = (real, 0);
        while mantissa < 0.5 && shift <= Self::REACH {
            mantissa *= 2.0;
            shift += 1;
        }
        while mantissa >= 1.0 && shift >= -Self::REACH {
            mantissa /= 2.0;
            shift -= 1;
        }
        let unit = 1_i64 << (bits - 1);
        let mut stored = (mantissa * unit as f64).round() as i64;
        // A mantissa just below 1 rounds up to 1, which is ½ with one shift less.
        if stored == unit {
            stored /= 2;
            shift -= 1;
        }
        if shift.abs() > Self::REACH {
            return Err(IntegerError::Scale(format!("the multiplier {real} is beyond 2^±{}", Self::REACH)));
        }
        Ok(Self { real, mantissa, shift, bits, stored: stored as i32 })
    }

    /// What the stored integers stand for: stored · 2^−(bits−1) · 2^−n.
    pub fn value(&self) -> f64 {
        f64::from(self.stored) * (-f64::from(self.bits as i32 - 1 + self.shift)).exp2()
    }

    /// M, 2M, 4M … (or M, M/2 …) until \[0.5, 1): how n is found.
    pub fn halvings(&self) -> Vec<f64> {
        let factor = if self.real < 0.5 { 2.0 } else { 0.5 };
        let mut values = vec![self.real];
        while let Some(&last) = values.last().filter(|last| !(0.5..1.0).contains(*last)) {
            values.push(last * factor);
        }
        values
    }

    /// Relative error of the stored multiplier.
    pub fn relative_error(&self) -> f64 {
        self.value() / self.real - 1.0
    }
}

/// High half of the doubled product, rounded: round(a · b / 2³¹), where ties go up; only −2³¹ · −2³¹ saturates. gemmlowp's
/// `SaturatingRoundingDoublingHighMul`, ARM's SQRDMULH.
pub fn saturating_rounding_doubling_high_mul(a: i32, b: i32) -> i32 {
    let high = high_mul(i64::from(a), b, 32);
    high.min(i128::from(i32::MAX)) as i32
}

/// round(acc · m / 2^(bits−1)), ties up.
pub(super) fn high_mul(accumulator: i64, mantissa: i32, bits: u32) -> i128 {
    let product = i128::from(accumulator) * i128::from(mantissa);
    (product + (1_i128 << (bits - 2))) >> (bits - 1)
}

/// x / 2^exponent, rounded to nearest, ties away from zero. gemmlowp's `RoundingDivideByPOT`: −12 / 2³ is −2, where an arithmetic
/// shift with rounding up of ties (ARM's RSHL) gives −1 (Jacob et al. 2018, appendix B).
///
/// # Panics
/// If `exponent` is above 31.
pub fn rounding_divide_by_pot(x: i32, exponent: u32) -> i32 {
    assert!(exponent <= 31, "a shift of {exponent}");
    divide_away(i128::from(x), exponent) as i32
}

/// x / 2^exponent, ties away from zero.
pub(super) fn divide_away(x: i128, exponent: u32) -> i128 {
    if exponent == 0 {
        return x;
    }
    let half = 1_i128 << (exponent - 1);
    let magnitude = (x.abs() + half) >> exponent;
    if x < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_multipliers() {
        for (real, shift, mantissa, stored) in [
            (0.007_247_427_341_846, 7, 0.927_670_700, 1_992_157_658),
            (0.1, 3, 0.8, 1_717_986_918),
            (0.3, 1, 0.6, 1_288_490_189),
            (0.25, 1, 0.5, 1_073_741_824),
            (0.001, 9, 0.512, 1_099_511_628),
            (0.0123, 6, 0.7872, 1_690_499_128),
            (0.5, 0, 0.5, 1_073_741_824),
            (1.5, -1, 0.75, 1_610_612_736),
            (1.0 - 1e-12, -1, 1.0 - 1e-12, 1_073_741_824),
        ] {
            let multiplier = Multiplier::new(real, 32).unwrap();
            assert_eq!((multiplier.shift, multiplier.stored), (shift, stored), "{real}");
            assert!((multiplier.mantissa - mantissa).abs() < 1e-9, "{real}: {}", multiplier.mantissa);
            assert!(multiplier.relative_error().abs() <= 2_f64.powi(-31), "30 bits of relative accuracy and more");
        }
        assert_eq!(Multiplier::new(0.1, 32).unwrap().halvings(), [0.1, 0.2, 0.4, 0.8]);
        assert_eq!(Multiplier::new(3.0, 32).unwrap().halvings(), [3.0, 1.5, 0.75]);
    }

    #[test]
    fn narrow_mantissas_are_coarser() {
        let error = |bits| Multiplier::new(0.3, bits).unwrap().relative_error().abs();
        assert_eq!(Multiplier::new(0.3, 16).unwrap().stored, 19_661);
        assert_eq!(Multiplier::new(0.3, 8).unwrap().stored, 77);
        assert!(error(32) < error(16) && error(16) < error(8) && error(8) <= 2_f64.powi(-7));
    }

    #[test]
    fn division_by_powers_of_two_sends_ties_away_from_zero() {
        for (x, expected) in [(-12, -2), (12, 2), (-11, -1), (-13, -2), (4, 1), (-4, -1), (20, 3), (-20, -3)] {
            assert_eq!(rounding_divide_by_pot(x, 3), expected, "{x}");
        }
        assert_eq!([i32::MIN, i32::MAX].map(|x| rounding_divide_by_pot(x, 31)), [-1, 1]);
        assert_eq!(rounding_divide_by_pot(-7, 0), -7);
    }

    #[test]
    fn the_high_half_is_rounded_and_saturates_once() {
        assert_eq!(saturating_rounding_doubling_high_mul(12_345, 1 << 30), 6173);
        assert_eq!(saturating_rounding_doubling_high_mul(-3, 1 << 30), -1);
        assert_eq!(saturating_rounding_doubling_high_mul(i32::MIN, i32::MIN), i32::MAX);
        // gemmlowp's own lines: a nudge by sign, then division that truncates.
        let gemmlowp = |a: i32, b: i32| {
            let product = i64::from(a) * i64::from(b);
            let nudge = if product >= 0 { 1 << 30 } else { 1 - (1 << 30) };
            ((product + nudge) / (1_i64 << 31)) as i32
        };
        let mut rng = crate::engine::rng::Rng::new(3);
        for _ in 0..10_000 {
            let (a, b) = (rng.bits() as i32 >> (rng.below(31)), (rng.bits() as i32 & i32::MAX) >> rng.below(31));
            assert_eq!(saturating_rounding_doubling_high_mul(a, b), gemmlowp(a, b), "{a} {b}");
        }
    }

    #[test]
    fn multipliers_that_cannot_be_stored_are_refused() {
        for real in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 1e300] {
            assert!(Multiplier::new(real, 32).is_err(), "{real}");
        }
        assert!(Multiplier::new(0.5, 1).is_err() && Multiplier::new(0.5, 33).is_err());
    }
}
