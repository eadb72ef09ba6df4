//! Codes by division and rounding.

use super::encode::{Code, measure_by};
use crate::engine::measure::ErrorSums;
use crate::engine::simd::multiversion;

/// Rounding to a multiple of the scale, in float32 as ONNX does: round-half-even(x / S) + Z, clamped.
#[derive(Clone, Copy, Debug)]
pub struct Affine {
    /// S.
    pub scale: f32,
    /// Z.
    pub zero_point: i32,
    /// Smallest q.
    pub code_min: i32,
    /// Largest q.
    pub code_max: i32,
}

impl Affine {
    /// The smallest and the largest q − Z.
    pub(super) fn steps(&self) -> (f32, f32) {
        ((self.code_min - self.zero_point) as f32, (self.code_max - self.zero_point) as f32)
    }

    /// q of one weight.
    pub fn code(&self, value: f32) -> i32 {
        let (low, high) = self.steps();
        let rounded = (value / self.scale).round_ties_even();
        let rounded = if rounded < low { low } else { rounded };
        let rounded = if rounded > high { high } else { rounded };
        // NaN becomes 0 and so Z, the code of zero.
        rounded as i32 + self.zero_point
    }

    /// The reconstruction of many codes: scale · (q − Z) in float32.
    pub fn decode<C: Code>(&self, codes: &[C], values: &mut [f32]) {
        let shift = self.code_min - self.zero_point;
        for (value, code) in values.iter_mut().zip(codes) {
            *value = self.scale * (code.index() as i32 + shift) as f32;
        }
    }

    /// Codes of many weights.
    pub(super) fn encode<C: Code>(&self, values: &[f32], codes: &mut [C]) {
        let mut indices = [0_u32; 1024];
        for (values, codes) in values.chunks(1024).zip(codes.chunks_mut(1024)) {
            affine(values, *self, &mut indices);
            for (code, &index) in codes.iter_mut().zip(&indices) {
                *code = C::of(index);
            }
        }
    }

    /// Codes of many weights, and the errors of their reconstruction.
    pub(super) fn measure<C: Code>(&self, values: &[f32], codes: &mut [C]) -> ErrorSums {
        let twin = |values: &[f32], codes: &mut [C]| {
            measure_by(values, codes, |values, codes| self.encode(values, codes), |codes, out| self.decode(codes, out))
        };
        #[cfg(target_arch = "x86_64")]
        return super::encode::measure_in_blocks(values, codes, twin, |values, codes| {
            if super::avx512::available() {
                // SAFETY: the processor has just been asked for AVX-512.
                return unsafe { super::avx512::affine(values, codes, self) };
            }
            // SAFETY: only called where there are AVX2 and FMA.
            unsafe { super::avx2::affine(values, codes, self) }
        });
        #[cfg(not(target_arch = "x86_64"))]
        twin(values, codes)
    }
}

multiversion! {
    /// [`Affine::code`] − code_min of many weights.
    fn affine(values: &[f32], encoder: Affine, indices: &mut [u32]) {
        let (low, high) = encoder.steps();
        let shift = encoder.zero_point - encoder.code_min;
        for (index, &value) in indices.iter_mut().zip(values) {
            let rounded = (value / encoder.scale).round_ties_even();
            let rounded = if rounded < low { low } else { rounded };
            let rounded = if rounded > high { high } else { rounded };
            *index = (rounded as i32 + shift) as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::encode::Encoder;
    use super::super::encode::tests::{check_measure, hard_values};
    use super::*;

    #[test]
    fn affine_codes_are_the_scalar_rule() {
        for (scale, zero_point, code_min, code_max) in
            [(0.1, 0, -127, 127), (3.2 / 3.0, -1, -2, 1), (0.02, 17, 0, 255), (1e-4, 0, -32768, 32767)]
        {
            let encoder = Affine { scale, zero_point, code_min, code_max };
            let values = hard_values(
                &(code_min.max(-300)..code_max.min(300)).map(|q| (q as f32 + 0.5) * scale).collect::<Vec<_>>(),
            );
            let mut codes = vec![0_u16; values.len()];
            encoder.encode(&values, &mut codes);
            for (&value, &code) in values.iter().zip(&codes) {
                let expected = if value.is_nan() {
                    zero_point
                } else {
                    let q = f64::from((value / scale).round_ties_even()) + f64::from(zero_point);
                    q.clamp(f64::from(code_min), f64::from(code_max)) as i32
                };
                assert_eq!(i32::from(code) + code_min, expected, "{value} / {scale}");
                assert_eq!(encoder.code(value), expected);
            }
            let value_of = |code: usize| scale * (code as i32 + code_min - zero_point) as f32;
            let finite: Vec<f32> = values.iter().copied().filter(|value| value.abs() < 1e30).collect();
            for values in [values, finite] {
                check_measure::<u16>(&Encoder::Affine(encoder), &values, value_of);
                if code_max - code_min < 256 {
                    check_measure::<u8>(&Encoder::Affine(encoder), &values, value_of);
                }
            }
        }
    }
}
