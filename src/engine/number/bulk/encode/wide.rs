//! The encoder of floats for processors with AVX-512: sixteen numbers at a time, step by step what [`FloatPlan::encode`] does with one.

use std::arch::x86_64::{
    __m128i, __m512, __m512i, __mmask16, _mm_cvtsi32_si128, _mm_storeu_si128, _mm256_storeu_si256, _mm512_add_epi32,
    _mm512_add_ps, _mm512_and_si512, _mm512_castps_si512, _mm512_castsi512_ps, _mm512_cmpgt_epu32_mask,
    _mm512_cmplt_epu32_mask, _mm512_cvtepi32_epi8, _mm512_cvtepi32_epi16, _mm512_loadu_ps, _mm512_mask_mov_epi32,
    _mm512_mask_or_epi32, _mm512_movepi32_mask, _mm512_set1_epi32, _mm512_set1_ps, _mm512_srl_epi32, _mm512_sub_epi32,
    _mm512_testn_epi32_mask,
};

use super::{CodeWord, FloatPlan};

/// Numbers in a register.
const LANES: usize = 16;

/// Encodes all values; `false`, and nothing written, where the processor or the word is another one.
pub(super) fn encode<C: CodeWord>(plan: FloatPlan, values: &[f32], codes: &mut [C]) -> bool {
    let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq");
    if !has || size_of::<C>() as u32 * 8 != C::BITS || !matches!(size_of::<C>(), 1 | 2) {
        return false;
    }
    // SAFETY: the processor has just been asked for both features.
    unsafe { run(plan, values, codes) };
    true
}

/// The plan, once in every lane.
#[derive(Clone, Copy)]
struct Lanes {
    min_normal: __m512i,
    rebias: __m512i,
    cut: __m128i,
    /// Half a unit of the last place that is kept, less one.
    below_half: __m512i,
    magic: __m512,
    top: __m512i,
    beyond: [__m512i; 2],
    nan: __m512i,
    sign: __m512i,
    /// The lanes whose zero has no sign: all, or none.
    unsigned_zero: __mmask16,
}

#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn lanes(plan: FloatPlan) -> Lanes {
    let all = |word: u32| _mm512_set1_epi32(word.cast_signed());
    Lanes {
        min_normal: all(plan.min_normal),
        rebias: all(plan.rebias),
        cut: _mm_cvtsi32_si128(plan.cut.cast_signed()),
        below_half: all((1 << (plan.cut - 1)) - 1),
        magic: _mm512_set1_ps(plan.magic),
        top: all(plan.top),
        beyond: [all(plan.beyond[0]), all(plan.beyond[1])],
        nan: all(plan.nan),
        sign: all(1 << plan.sign_shift),
        unsigned_zero: if plan.unsigned_zero { __mmask16::MAX } else { 0 },
    }
}

#[target_feature(enable = "avx512f,avx512dq")]
#[inline]
fn sixteen(plan: &Lanes, x: __m512) -> __m512i {
    let bits = _mm512_castps_si512(x);
    let magnitude = _mm512_and_si512(bits, _mm512_set1_epi32(0x7fff_ffff));
    let negative = _mm512_movepi32_mask(bits);
    let moved = _mm512_sub_epi32(magnitude, plan.rebias);
    let odd = _mm512_and_si512(_mm512_srl_epi32(moved, plan.cut), _mm512_set1_epi32(1));
    let rounded = _mm512_add_epi32(_mm512_add_epi32(moved, plan.below_half), odd);
    let normal = _mm512_srl_epi32(rounded, plan.cut);
    let shifted = _mm512_add_ps(_mm512_castsi512_ps(magnitude), plan.magic);
    let subnormal = _mm512_sub_epi32(_mm512_castps_si512(shifted), _mm512_castps_si512(plan.magic));
    let code = _mm512_mask_mov_epi32(normal, _mm512_cmplt_epu32_mask(magnitude, plan.min_normal), subnormal);
    let signless = _mm512_testn_epi32_mask(code, code) & plan.unsigned_zero;
    let signed = _mm512_mask_or_epi32(code, negative & !signless, code, plan.sign);
    let beyond = _mm512_mask_mov_epi32(plan.beyond[0], negative, plan.beyond[1]);
    let finite = _mm512_mask_mov_epi32(signed, _mm512_cmpgt_epu32_mask(code, plan.top), beyond);
    let infinity = _mm512_set1_epi32(f32::INFINITY.to_bits().cast_signed());
    _mm512_mask_mov_epi32(finite, _mm512_cmpgt_epu32_mask(magnitude, infinity), plan.nan)
}

#[target_feature(enable = "avx512f,avx512dq")]
fn run<C: CodeWord>(plan: FloatPlan, values: &[f32], codes: &mut [C]) {
    let wide = lanes(plan);
    let (blocks, rest) = values.as_chunks::<LANES>();
    let (blocks_to, rest_to) = codes.as_chunks_mut::<LANES>();
    for (values, codes) in blocks.iter().zip(blocks_to) {
        // SAFETY: the array holds sixteen floats, and the load needs no alignment.
        let found = sixteen(&wide, unsafe { _mm512_loadu_ps(values.as_ptr()) });
        let target = codes.as_mut_ptr();
        if size_of::<C>() == 1 {
            // SAFETY: sixteen codes of one byte are the sixteen bytes of the store, which needs no alignment.
            unsafe { _mm_storeu_si128(target.cast(), _mm512_cvtepi32_epi8(found)) };
        } else {
            // SAFETY: the caller lets words of one and of two bytes pass: sixteen of two are the 32 bytes of the store.
            unsafe { _mm256_storeu_si256(target.cast(), _mm512_cvtepi32_epi16(found)) };
        }
    }
    for (code, &value) in rest_to.iter_mut().zip(rest) {
        *code = C::truncate(plan.encode(value));
    }
}

#[cfg(test)]
mod tests {
    use super::super::narrow_floats;
    use super::*;
    use crate::engine::number::{CATALOGUE, Format, Overflow};
    use crate::engine::rng::Rng;

    fn check<C: CodeWord + Default + PartialEq + std::fmt::Debug>(plan: FloatPlan, values: &[f32], name: &str) {
        let mut codes = vec![C::default(); values.len()];
        if !encode(plan, values, &mut codes) {
            return;
        }
        let mut narrow = vec![C::default(); values.len()];
        narrow_floats(plan, values, &mut narrow);
        for ((&value, code), narrow) in values.iter().zip(codes).zip(narrow) {
            let expected = C::truncate(plan.encode(value));
            assert_eq!((code, narrow), (expected, expected), "{name} {value:e}");
        }
    }

    #[test]
    fn sixteen_at_a_time_are_as_one_at_a_time() {
        let mut rng = Rng::new(16);
        let mut values: Vec<f32> = (0..20_011).map(|_| f32::from_bits(rng.bits() as u32)).collect();
        values.extend((0..20_011).map(|_| rng.normal() as f32));
        values.extend([0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX, f32::MIN_POSITIVE, 1e-45]);
        for entry in CATALOGUE.iter().filter(|entry| entry.format.bits() <= 16) {
            let Format::Float(float) = entry.format else { continue };
            for overflow in Overflow::ALL.into_iter().filter(|overflow| entry.format.refusal(*overflow).is_none()) {
                let Some(plan) = FloatPlan::new(float, overflow) else { continue };
                if entry.format.bits() <= 8 {
                    check::<u8>(plan, &values, entry.name);
                }
                check::<u16>(plan, &values, entry.name);
            }
        }
    }
}
