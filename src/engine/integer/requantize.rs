//! From the accumulator to the output's codes: × M, round, + Z_Y, clamp.

use super::multiplier::{divide_away, high_mul};
use super::{IntegerError, Multiplier};

/// How the accumulator is multiplied by M.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Recipe {
    /// Rounded once: the 64-bit product is shifted by everything at a time, ties up (TFLite's single-rounding build).
    #[default]
    Single,
    /// Rounded twice: the high half of the product, then the shift, ties away from zero (gemmlowp, TFLite). Small accumulators suffer:
    /// −1 · 0.2557 becomes −0.511 → −1, then −0.5 → −1.
    Double,
    /// In float32: round-half-even(acc · M) (ONNX Runtime).
    Float,
}

impl Recipe {
    /// Every recipe, the default first.
    pub const ALL: [Self; 3] = [Self::Single, Self::Double, Self::Float];

    /// The name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Single => "single rounding",
            Self::Double => "double rounding",
            Self::Float => "float",
        }
    }

    /// Who does it.
    pub fn used_by(self) -> &'static str {
        match self {
            Self::Single => "TFLite, single-rounding build",
            Self::Double => "gemmlowp, TFLite",
            Self::Float => "ONNX Runtime, the course's lab",
        }
    }
}

/// The last stage of an integer layer, for one output channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Requantization {
    /// How M is applied.
    pub recipe: Recipe,
    /// M = S_W · S_X / S_Y.
    pub multiplier: Multiplier,
    /// Z_Y.
    pub zero_point: i32,
    /// Smallest code, after the fused activation.
    pub low: i32,
    /// Largest.
    pub high: i32,
}

/// Every step from one accumulator to one code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rescaled {
    /// The accumulator.
    pub accumulator: i64,
    /// acc · M as a real number.
    pub exact: f64,
    /// The high half after the first rounding, for double rounding only.
    pub high: Option<i64>,
    /// acc · M as the recipe rounds it.
    pub scaled: i64,
    /// With Z_Y added.
    pub shifted: i64,
    /// Clamped: q_Y.
    pub code: i32,
}

impl Rescaled {
    /// Whether the clamp changed the code.
    pub fn clamped(&self) -> bool {
        i64::from(self.code) != self.shifted
    }
}

impl Requantization {
    /// One accumulator through all steps. Exact for every accumulator of 64 bits: intermediate products have 128.
    pub fn apply(&self, accumulator: i64) -> Rescaled {
        let Multiplier { real, shift, bits, stored, .. } = self.multiplier;
        // M ≥ 1: the accumulator is shifted left first, as TFLite does.
        let (left, right) = (shift.min(0).unsigned_abs(), shift.max(0) as u32);
        let (high, scaled) = match self.recipe {
            Recipe::Double => {
                let high = high_mul_wide(accumulator, left, stored, bits);
                (Some(saturated(high)), saturated(divide_away(high, right)))
            }
            Recipe::Single => {
                let total = bits - 1 + right;
                let product = shifted(accumulator, left).saturating_mul(i128::from(stored));
                (None, saturated(product.saturating_add(1_i128 << (total - 1)) >> total))
            }
            Recipe::Float => (None, (accumulator as f32 * real as f32).round_ties_even() as i64),
        };
        let with_zero = scaled.saturating_add(i64::from(self.zero_point));
        let code = with_zero.clamp(i64::from(self.low), i64::from(self.high)) as i32;
        let exact = accumulator as f64 * real;
        Rescaled { accumulator, exact, high, scaled, shifted: with_zero, code }
    }

    /// The code alone.
    pub fn code(&self, accumulator: i64) -> i32 {
        self.apply(accumulator).code
    }

    /// The same with another recipe: for a comparison.
    #[must_use]
    pub fn with_recipe(self, recipe: Recipe) -> Self {
        Self { recipe, ..self }
    }

    /// The same with M₀ in another number of bits.
    ///
    /// # Errors
    /// `bits` outside 2…32.
    pub fn with_bits(self, bits: u32) -> Result<Self, IntegerError> {
        Ok(Self { multiplier: Multiplier::new(self.multiplier.real, bits)?, ..self })
    }
}

fn shifted(accumulator: i64, left: u32) -> i128 {
    // 63 bits shifted by at most 62 fit 126.
    i128::from(accumulator) << left
}

fn high_mul_wide(accumulator: i64, left: u32, stored: i32, bits: u32) -> i128 {
    if left == 0 {
        return high_mul(accumulator, stored, bits);
    }
    let product = shifted(accumulator, left).saturating_mul(i128::from(stored));
    product.saturating_add(1_i128 << (bits - 2)) >> (bits - 1)
}

fn saturated(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(real: f64, recipe: Recipe) -> Requantization {
        let multiplier = Multiplier::new(real, 32).unwrap();
        Requantization { recipe, multiplier, zero_point: 0, low: i32::MIN, high: i32::MAX }
    }

    #[test]
    fn rounding_twice_is_not_rounding_once() {
        let double = stage(0.25, Recipe::Double).apply(12_345);
        assert_eq!((double.exact, double.high, double.scaled), (3086.25, Some(6173), 3087));
        assert_eq!(stage(0.25, Recipe::Single).apply(12_345).scaled, 3086);
        assert_eq!(stage(0.25, Recipe::Float).apply(12_345).scaled, 3086);
    }

    #[test]
    fn recipes_differ_by_one_at_most_and_one_rounding_by_a_half() {
        let mut rng = crate::engine::rng::Rng::new(11);
        for _ in 0..20_000 {
            let real = (rng.uniform() * 20.0 - 16.0).exp2();
            let accumulator = i64::from(rng.bits() as i32 >> (8 + rng.below(20)));
            let [single, double, float] = Recipe::ALL.map(|recipe| stage(real, recipe).apply(accumulator));
            // The stored multiplier and the float32 product are off by some 2⁻³⁰ and 2⁻²³ of the result.
            let slack = double.exact.abs() * 3e-7 + 1e-9;
            assert!((single.scaled as f64 - single.exact).abs() <= 0.5 + slack, "{real} {accumulator}");
            assert!((float.scaled as f64 - float.exact).abs() <= 0.5 + slack, "{real} {accumulator}");
            assert!((double.scaled as f64 - double.exact).abs() <= 1.0 + slack, "{real} {accumulator}");
        }
    }

    #[test]
    fn ends_of_the_accumulator_never_wrap() {
        for recipe in Recipe::ALL {
            for real in [1e-15, 0.3, 7.0, 1e15] {
                for accumulator in [i64::MIN, i64::from(i32::MIN), 0, i64::from(i32::MAX), i64::MAX] {
                    let mut stage = stage(real, recipe);
                    (stage.low, stage.high, stage.zero_point) = (-128, 127, 5);
                    let code = stage.code(accumulator);
                    let expected = (accumulator as f64 * real).round().clamp(-1e6, 1e6) as i32 + 5;
                    assert!((code - expected.clamp(-128, 127)).abs() <= 1, "{recipe:?} {real} {accumulator}: {code}");
                }
            }
        }
    }

    #[test]
    fn the_clamp_is_the_activation() {
        let mut stage = stage(0.5, Recipe::Double);
        (stage.zero_point, stage.low, stage.high) = (-10, -10, 20);
        let below = stage.apply(-30);
        assert_eq!((below.scaled, below.shifted, below.code, below.clamped()), (-15, -25, -10, true));
        assert_eq!(stage.code(40), 10);
    }
}
