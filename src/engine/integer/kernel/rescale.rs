//! From int32 sums to int8 codes, many at a time: the last stage of an integer layer, rounded once with M₀ in 32 bits.

use crate::engine::integer::{Recipe, Requantization};
use crate::engine::simd::multiversion;

/// The last stage of one output channel.
#[derive(Clone, Copy, Debug)]
pub enum Rescale {
    /// 64 bits hold everything on the way.
    Fast {
        /// M₀ as stored; 0 where M is so small that every sum becomes 0.
        mantissa: i64,
        /// By how much the product is shifted right, at least 1.
        shift: u32,
        /// Z_Y.
        zero_point: i64,
        /// Smallest code.
        low: i64,
        /// Largest.
        high: i64,
    },
    /// M ≥ 1, another recipe or another width of M₀: step by step.
    Exact(Requantization),
}

impl Rescale {
    /// The stage of a requantization to codes of int8.
    ///
    /// # Panics
    /// If its codes are not within −128…127.
    pub fn new(stage: Requantization) -> Self {
        assert!(stage.low >= -128 && stage.high <= 127, "codes {} to {}", stage.low, stage.high);
        let multiplier = &stage.multiplier;
        if stage.recipe != Recipe::Single || multiplier.bits != 32 || multiplier.shift < 0 {
            return Self::Exact(stage);
        }
        let shift = 31 + multiplier.shift as u32;
        // A product has at most 62 bits beside its sign: shifted by 63 or more it rounds to 0.
        let vanishes = shift > 62;
        Self::Fast {
            mantissa: if vanishes { 0 } else { i64::from(multiplier.stored) },
            shift: shift.min(62),
            zero_point: i64::from(stage.zero_point),
            low: i64::from(stage.low),
            high: i64::from(stage.high),
        }
    }

    /// Codes of many sums.
    pub fn apply(&self, sums: &[i32], codes: &mut [i8]) {
        match *self {
            Self::Fast { mantissa, shift, zero_point, low, high } => {
                fast(sums, codes, mantissa, shift, zero_point, (low, high));
            }
            Self::Exact(stage) => {
                sums.iter().zip(codes).for_each(|(sum, code)| *code = stage.code(i64::from(*sum)) as i8);
            }
        }
    }
}

multiversion! {
    fn fast(sums: &[i32], codes: &mut [i8], mantissa: i64, shift: u32, zero_point: i64, ends: (i64, i64)) {
        let half = 1_i64 << (shift - 1);
        for (sum, code) in sums.iter().zip(codes) {
            let scaled = (i64::from(*sum) * mantissa + half) >> shift;
            *code = (scaled + zero_point).clamp(ends.0, ends.1) as i8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::integer::Multiplier;
    use crate::engine::rng::Rng;

    #[test]
    fn many_at_a_time_is_one_at_a_time() {
        let mut rng = Rng::new(6);
        for round in 0..400 {
            let real = (rng.uniform() * 50.0 - 44.0).exp2();
            let (zero_point, low) = (rng.below(256) as i32 - 128, rng.below(100) as i32 - 128);
            let recipe = if round % 9 == 0 { Recipe::Double } else { Recipe::Single };
            let multiplier = Multiplier::new(real, 32).unwrap();
            let stage = Requantization { recipe, multiplier, zero_point, low, high: 127 };
            let sums: Vec<i32> =
                (0..60).map(|_| rng.bits() as i32 >> rng.below(31)).chain([0, 1, -1, i32::MIN, i32::MAX]).collect();
            let mut codes = vec![0; sums.len()];
            Rescale::new(stage).apply(&sums, &mut codes);
            for (sum, code) in sums.iter().zip(&codes) {
                assert_eq!(i32::from(*code), stage.code(i64::from(*sum)), "{real} {sum}");
            }
        }
    }
}
