//! The kernels of [`super::avx2`] for processors with AVX-512 (F and DQ): sixteen weights at a time, the same codes bit by bit and the
//! same sums of errors in another order.

use std::arch::x86_64::*;

use super::affine::Affine;
use super::encode::Code;
use super::nearest::FEW;
use super::ruler::{Cell, Ruler};
use crate::engine::measure::ErrorSums;

/// Whether the processor has what the kernels need.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") && super::avx2::available()
}

/// Sums of errors, lane by lane.
struct Errors {
    sse: [__m512d; 2],
    signal: [__m512d; 2],
    reconstruction: [__m512d; 2],
    max: [__m512d; 2],
}

impl Errors {
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn new() -> Self {
        let zero = [_mm512_setzero_pd(); 2];
        Self { sse: zero, signal: zero, reconstruction: zero, max: zero }
    }

    /// Adds 16 weights and their reconstructions. Products of two float32 are exact in float64.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn add(&mut self, weights: __m512, values: __m512) {
        // The larger of two magnitudes, sign cleared.
        const LARGER_MAGNITUDE: i32 = 0b1011;
        let (weights, values) = (widen(weights), widen(values));
        for half in 0..2 {
            let error = _mm512_sub_pd(weights[half], values[half]);
            self.sse[half] = _mm512_fmadd_pd(error, error, self.sse[half]);
            self.signal[half] = _mm512_fmadd_pd(weights[half], weights[half], self.signal[half]);
            self.reconstruction[half] = _mm512_fmadd_pd(values[half], values[half], self.reconstruction[half]);
            self.max[half] = _mm512_range_pd::<LARGER_MAGNITUDE>(self.max[half], error);
        }
    }

    /// The sums over `count` pairs, or `None` if one of them was not finite.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn sums(&self, count: usize) -> Option<ErrorSums> {
        let sum = |halves: [__m512d; 2]| _mm512_reduce_add_pd(_mm512_add_pd(halves[0], halves[1]));
        let max = _mm512_reduce_max_pd(_mm512_max_pd(self.max[0], self.max[1]));
        ErrorSums::of_finite(count as u64, sum(self.sse), max, sum(self.signal), sum(self.reconstruction))
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn widen(floats: __m512) -> [__m512d; 2] {
    [_mm512_cvtps_pd(_mm512_castps512_ps256(floats)), _mm512_cvtps_pd(_mm512_extractf32x8_ps::<1>(floats))]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn halves(words: __m512i) -> [__m256i; 2] {
    [_mm512_castsi512_si256(words), _mm512_extracti64x4_epi64::<1>(words)]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(weights: &[f32; 16]) -> __m512 {
    // SAFETY: 16 floats.
    unsafe { _mm512_loadu_ps(weights.as_ptr()) }
}

/// [`Affine::code`] and the errors.
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
pub(super) fn affine<C: Code>(weights: &[[f32; 32]], codes: &mut [[C; 32]], encoder: &Affine) -> Option<ErrorSums> {
    let (low, high) = encoder.steps();
    let (scale, low, high) = (_mm512_set1_ps(encoder.scale), _mm512_set1_ps(low), _mm512_set1_ps(high));
    let shift = _mm512_set1_epi32(encoder.zero_point - encoder.code_min);
    let mut errors = Errors::new();
    for (block, codes) in weights.iter().zip(codes) {
        let mut indices = [_mm512_setzero_si512(); 2];
        for (index, weights) in indices.iter_mut().zip(block.as_chunks::<16>().0) {
            let weights = load(weights);
            let steps = _mm512_div_ps(weights, scale);
            let steps = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(steps);
            let steps = _mm512_min_ps(_mm512_max_ps(steps, low), high);
            *index = _mm512_add_epi32(_mm512_cvtps_epi32(steps), shift);
            errors.add(weights, _mm512_mul_ps(scale, steps));
        }
        let ([a, b], [c, d]) = (halves(indices[0]), halves(indices[1]));
        // SAFETY: this function runs only where there is AVX2.
        unsafe { C::store([a, b, c, d], codes) };
    }
    errors.sums(weights.len() * 32)
}

/// One step of a search: `step` levels further where a weight is above the boundary there.
#[inline]
#[target_feature(enable = "avx512f")]
fn halve(weights: __m512, found: __m512i, boundaries: __m512, step: __m512i) -> __m512i {
    let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(weights, _mm512_permutexvar_ps(found, boundaries));
    _mm512_mask_add_epi32(found, above, found, step)
}

/// Up to 16 sorted levels, searched within registers: four steps, each of which picks the next boundary by what is known so far.
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
pub(super) fn few<C: Code>(
    weights: &[[f32; 32]],
    codes: &mut [[C; 32]],
    boundaries: &[f32],
    levels: &[f32],
) -> Option<ErrorSums> {
    debug_assert!(boundaries.len() <= FEW && levels.len() == boundaries.len() + 1);
    // The boundary that parts what lies beyond a known lower level, for halves of 8, 4, 2 and 1 levels. Registers by name, not in an
    // array: the compiler may lay such an array on the stack where it is not aligned for its own moves.
    let boundary = |index: usize| boundaries.get(index).copied().unwrap_or(f32::INFINITY);
    let from = |shift: usize| std::array::from_fn(|index| boundary(index + shift));
    let middle = _mm512_set1_ps(boundary(7));
    let (quarters, eighths, sixteenths) = (load(&from(3)), load(&from(1)), load(&from(0)));
    let (eight, four) = (_mm512_set1_epi32(8), _mm512_set1_epi32(4));
    let (two, one) = (_mm512_set1_epi32(2), _mm512_set1_epi32(1));
    let levels = load(&std::array::from_fn(|index| levels.get(index).copied().unwrap_or(0.0)));
    let mut errors = Errors::new();
    for (block, codes) in weights.iter().zip(codes) {
        let mut indices = [_mm512_setzero_si512(); 2];
        for (index, weights) in indices.iter_mut().zip(block.as_chunks::<16>().0) {
            let weights = load(weights);
            let found = _mm512_maskz_mov_epi32(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(weights, middle), eight);
            let found = halve(weights, found, quarters, four);
            let found = halve(weights, found, eighths, two);
            let found = halve(weights, found, sixteenths, one);
            *index = found;
            errors.add(weights, _mm512_permutexvar_ps(found, levels));
        }
        let ([a, b], [c, d]) = (halves(indices[0]), halves(indices[1]));
        // SAFETY: this function runs only where there is AVX2.
        unsafe { C::store([a, b, c, d], codes) };
    }
    errors.sums(weights.len() * 32)
}

/// A ruler's scale in registers of sixteen.
struct Lookup<'a> {
    low: __m512,
    per_unit: __m512,
    last: __m512,
    ruler: &'a Ruler,
}

impl<'a> Lookup<'a> {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn new(ruler: &'a Ruler) -> Self {
        let [low, per_unit, last] =
            [ruler.scale.low, ruler.scale.per_unit, ruler.scale.last].map(|value| _mm512_set1_ps(value));
        Self { low, per_unit, last, ruler }
    }

    /// The numbers and the values of the levels of 16 weights.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq")]
    fn level(&self, weights: __m512) -> (__m512i, __m512) {
        const { assert!(size_of::<Cell>() == 1 << 4) };
        let place = _mm512_mul_ps(_mm512_sub_ps(weights, self.low), self.per_unit);
        // A NaN becomes cell 0: `max` gives its second operand then.
        let place = _mm512_min_ps(_mm512_max_ps(place, _mm512_setzero_ps()), self.last);
        let offsets = _mm512_slli_epi32::<4>(_mm512_cvttps_epi32(place));
        let mut pairs = [0_u64; 8];
        // SAFETY: `pairs` is 64 bytes long.
        unsafe { _mm512_storeu_si512(pairs.as_mut_ptr().cast(), offsets) };
        let cells: *const u8 = self.ruler.cells.as_ptr().cast();
        let cell = |offset: usize| {
            // SAFETY: places are clamped to the number of cells, and a cell is 4 words long, aligned as its type says.
            unsafe { _mm_load_ps(cells.add(offset).cast()) }
        };
        let low = |pair: usize| cell(pairs[pair] as u32 as usize);
        let high = |pair: usize| cell((pairs[pair] >> 32) as usize);
        // Cells 0, 4, 8 and 12 beside each other, then 1, 5, 9 and 13 and so on, each put in its quarter as it is loaded; then turned
        // into a register for each field. Loads one by one are faster than gather instructions on processors that have these in
        // microcode.
        let row = |first: __m128, second: __m128, third: __m128, fourth: __m128| {
            let row = _mm512_castps128_ps512(first);
            let row = _mm512_mask_broadcast_f32x4(row, 0x00F0, second);
            let row = _mm512_mask_broadcast_f32x4(row, 0x0F00, third);
            _mm512_mask_broadcast_f32x4(row, 0xF000, fourth)
        };
        let (zero, one) = (row(low(0), low(2), low(4), low(6)), row(high(0), high(2), high(4), high(6)));
        let (two, three) = (row(low(1), low(3), low(5), low(7)), row(high(1), high(3), high(5), high(7)));
        let (first, second) = (_mm512_unpacklo_ps(zero, one), _mm512_unpacklo_ps(two, three));
        let (third, fourth) = (_mm512_unpackhi_ps(zero, one), _mm512_unpackhi_ps(two, three));
        let boundaries = _mm512_shuffle_ps::<0b01_00_01_00>(first, second);
        let below = _mm512_castps_si512(_mm512_shuffle_ps::<0b11_10_11_10>(first, second));
        let lower = _mm512_shuffle_ps::<0b01_00_01_00>(third, fourth);
        let upper = _mm512_shuffle_ps::<0b11_10_11_10>(third, fourth);
        let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(weights, boundaries);
        let found = _mm512_mask_add_epi32(below, above, below, _mm512_set1_epi32(1));
        (found, _mm512_mask_blend_ps(above, lower, upper))
    }
}

/// Many levels, found by a ruler.
#[target_feature(enable = "avx512f,avx512dq,avx2,fma")]
pub(super) fn ruled<C: Code>(weights: &[[f32; 32]], codes: &mut [[C; 32]], ruler: &Ruler) -> Option<ErrorSums> {
    let lookup = Lookup::new(ruler);
    let mut errors = Errors::new();
    for (block, codes) in weights.iter().zip(codes) {
        let mut indices = [_mm512_setzero_si512(); 2];
        for (index, weights) in indices.iter_mut().zip(block.as_chunks::<16>().0) {
            let weights = load(weights);
            let (found, values) = lookup.level(weights);
            *index = found;
            errors.add(weights, values);
        }
        let ([a, b], [c, d]) = (halves(indices[0]), halves(indices[1]));
        // SAFETY: this function runs only where there is AVX2.
        unsafe { C::store([a, b, c, d], codes) };
    }
    errors.sums(weights.len() * 32)
}

#[cfg(test)]
mod tests {
    use super::super::nearest::boundary;
    use super::*;
    use crate::engine::quantize::avx2;
    use crate::engine::rng::Rng;

    type Run<'a, C> = &'a dyn Fn(&[[f32; 32]], &mut [[C; 32]]) -> Option<ErrorSums>;

    /// Both kernels give the same codes and sums, and refuse what is not finite.
    fn check<C: Code + PartialEq + std::fmt::Debug>(name: &str, wide: Run<'_, C>, narrow: Run<'_, C>) {
        let mut rng = Rng::new(11);
        let mut weights: Vec<[f32; 32]> = (0..64).map(|_| std::array::from_fn(|_| rng.normal() as f32)).collect();
        let (mut found, mut expected) = (vec![[C::of(0); 32]; 64], vec![[C::of(1); 32]; 64]);
        let [left, right] = [wide(&weights, &mut found), narrow(&weights, &mut expected)]
            .map(|sums| sums.expect("all weights are finite").report(0));
        assert_eq!(found, expected, "{name}");
        assert_eq!((left.count, left.max_error), (right.count, right.max_error), "{name}");
        for (left, right) in
            [(left.sse, right.sse), (left.signal, right.signal), (left.reconstruction, right.reconstruction)]
        {
            assert!((left - right).abs() <= 1e-12 * right, "{name}: {left} {right}");
        }
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            weights[3][17] = odd;
            assert!(wide(&weights, &mut found).is_none() && narrow(&weights, &mut expected).is_none(), "{name} {odd}");
        }
    }

    fn check_all<C: Code + PartialEq + std::fmt::Debug>() {
        let affine_of = |scale, zero_point| Affine { scale, zero_point, code_min: -128, code_max: 127 };
        for encoder in [affine_of(0.03, -3), affine_of(0.01, 0), affine_of(1.0 / 3.0, 100)] {
            // SAFETY: the caller has asked for both sets of features.
            check::<C>("affine", &|w, c| unsafe { affine(w, c, &encoder) }, &|w, c| unsafe {
                avx2::affine(w, c, &encoder)
            });
        }
        for count in [1, 2, 3, 8, 9, 15, 16, 17, 200, 256] {
            let mut rng = Rng::new(count);
            let mut levels: Vec<f32> = (0..count).map(|_| rng.normal() as f32).collect();
            levels.sort_unstable_by(f32::total_cmp);
            levels.dedup();
            let boundaries: Vec<f32> = levels.windows(2).map(|pair| boundary(pair[0], pair[1])).collect();
            if boundaries.len() <= FEW {
                // SAFETY: the caller has asked for both sets of features.
                check::<C>("few", &|w, c| unsafe { few(w, c, &boundaries, &levels) }, &|w, c| unsafe {
                    avx2::few(w, c, &boundaries, &levels)
                });
            } else if let Some(ruler) = Ruler::new(&levels, &boundaries) {
                // SAFETY: the caller has asked for both sets of features.
                check::<C>("ruled", &|w, c| unsafe { ruled(w, c, &ruler) }, &|w, c| unsafe {
                    avx2::ruled(w, c, &ruler)
                });
            }
        }
    }

    #[test]
    fn sixteen_at_a_time_are_eight_at_a_time() {
        if available() {
            check_all::<u8>();
            check_all::<u16>();
        }
    }
}
