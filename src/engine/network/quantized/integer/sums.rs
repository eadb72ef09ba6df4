//! Codes of several grids added up, or brought from one grid to another.

use crate::engine::integer::{Grid, IntegerError};

/// q_Y = round(Σ M_i (q_i − Z_i)) + Z_Y, clamped; every M_i = S_i / S_Y in one fixed-point format, so that there is one rounding.
#[derive(Clone, Debug)]
pub struct Sum {
    /// M_i · 2^shift and Z_i.
    terms: Vec<(i64, i64)>,
    shift: u32,
    zero_point: i64,
    low: i64,
    high: i64,
}

/// Bits of the largest M_i: 255 times it fits 39 bits, and so do a few of them.
const BITS: i32 = 30;

impl Sum {
    /// Of codes on these grids to a code between `low` and `high`.
    ///
    /// # Errors
    /// Scales so far apart that the fixed-point format cannot hold their ratio.
    pub fn new(inputs: &[Grid], output: &Grid, (low, high): (i32, i32)) -> Result<Self, IntegerError> {
        let ratios: Vec<f64> = inputs.iter().map(|grid| f64::from(grid.scale) / f64::from(output.scale)).collect();
        let largest = ratios.iter().fold(0.0_f64, |largest, ratio| largest.max(*ratio));
        // The largest is below 2^BITS and at least half of that.
        let shift = BITS - 1 - largest.log2().floor() as i32;
        if !largest.is_finite() || largest <= 0.0 || !(1..=60).contains(&shift) {
            return Err(IntegerError::Scale(format!("the scales' ratio {largest:e} is out of reach of fixed point")));
        }
        let factor = |ratio: f64| (ratio * f64::from(shift).exp2()).round() as i64;
        let term = |(grid, ratio): (&Grid, &f64)| (factor(*ratio), i64::from(grid.zero_point));
        Ok(Self {
            terms: inputs.iter().zip(&ratios).map(term).collect(),
            shift: shift as u32,
            zero_point: i64::from(output.zero_point),
            low: i64::from(low),
            high: i64::from(high),
        })
    }

    /// The codes of all places.
    pub fn apply(&self, sources: &[&[i8]]) -> Vec<i8> {
        let count = sources.iter().map(|source| source.len()).min().unwrap_or(0);
        (0..count).map(|place| self.code(sources.iter().map(|source| source[place]))).collect()
    }

    /// One code.
    pub fn code(&self, codes: impl Iterator<Item = i8>) -> i8 {
        let terms = self.terms.iter().zip(codes);
        let sum: i64 = terms.map(|((factor, zero_point), code)| factor * (i64::from(code) - zero_point)).sum();
        let scaled = (sum + (1 << (self.shift - 1))) >> self.shift;
        (scaled + self.zero_point).clamp(self.low, self.high) as i8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_the_nearest_code_of_the_real_sum() {
        let grid = |scale, zero| Grid::new(scale, zero, -128, 127).unwrap();
        let (a, b, y) = (grid(0.02, -128), grid(0.13, 5), grid(0.11, -20));
        let sum = Sum::new(&[a, b], &y, (-128, 127)).unwrap();
        for left in (-128..=127).step_by(5) {
            for right in (-128..=127).step_by(7) {
                let real = f64::from(a.dequantize(left)) + f64::from(b.dequantize(right));
                let exact = (real / f64::from(y.scale) + f64::from(y.zero_point)).clamp(-128.0, 127.0);
                let code = f64::from(sum.code([left as i8, right as i8].into_iter()));
                assert!((code - exact).abs() <= 0.5 + 1e-5, "{left} {right}: {code} for {exact}");
            }
        }
        let tiny = Grid::new(f32::MIN_POSITIVE, 0, -128, 127).unwrap();
        assert!(Sum::new(&[grid(1.0, 0)], &tiny, (-128, 127)).unwrap_err().to_string().contains("out of reach"));
    }
}
