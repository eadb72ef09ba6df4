//! The kernels of this room for processors with AVX2 and FMA: the codes of their scalar twins bit by bit, and the same sums of errors
//! in another order, everything in float64.
//!
//! Every kernel works on a piece of weights and says `None` where one of them, or its reconstruction, is not finite: then the twin does
//! the piece.

use std::arch::x86_64::*;

use super::affine::Affine;
use super::encode::Code;
use super::nearest::FEW;
use super::ruler::Ruler;
use crate::engine::measure::ErrorSums;

/// Whether the processor has what the kernels need.
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// Narrows 32 words that are below 256 to bytes.
#[target_feature(enable = "avx2")]
pub(super) fn store_u8(indices: [__m256i; 4], codes: &mut [u8; 32]) {
    let [a, b, c, d] = indices;
    let bytes = _mm256_packus_epi16(_mm256_packus_epi32(a, b), _mm256_packus_epi32(c, d));
    // The packing works within halves of 128 bits.
    let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    // SAFETY: `codes` is 32 bytes long.
    unsafe { _mm256_storeu_si256(codes.as_mut_ptr().cast(), _mm256_permutevar8x32_epi32(bytes, order)) }
}

/// Narrows 32 words that are below 65,536 to half words.
#[target_feature(enable = "avx2")]
pub(super) fn store_u16(indices: [__m256i; 4], codes: &mut [u16; 32]) {
    let [a, b, c, d] = indices;
    let pointer: *mut __m256i = codes.as_mut_ptr().cast();
    for (half, [first, second]) in [[a, b], [c, d]].into_iter().enumerate() {
        let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(first, second));
        // SAFETY: `codes` is 64 bytes long, two registers.
        unsafe { _mm256_storeu_si256(pointer.add(half), words) }
    }
}

/// Sums of errors, lane by lane.
struct Errors {
    sse: [__m256d; 2],
    signal: [__m256d; 2],
    reconstruction: [__m256d; 2],
    max: [__m256d; 2],
}

impl Errors {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn new() -> Self {
        let zero = [_mm256_setzero_pd(); 2];
        Self { sse: zero, signal: zero, reconstruction: zero, max: zero }
    }

    /// Adds 8 weights and their reconstructions. Products of two float32 are exact in float64.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn add(&mut self, weights: __m256, values: __m256) {
        let (weights, values) = (widen(weights), widen(values));
        for half in 0..2 {
            let error = _mm256_sub_pd(weights[half], values[half]);
            self.sse[half] = _mm256_fmadd_pd(error, error, self.sse[half]);
            self.signal[half] = _mm256_fmadd_pd(weights[half], weights[half], self.signal[half]);
            self.reconstruction[half] = _mm256_fmadd_pd(values[half], values[half], self.reconstruction[half]);
            self.max[half] = _mm256_max_pd(self.max[half], _mm256_andnot_pd(_mm256_set1_pd(-0.0), error));
        }
    }

    /// The sums over `count` pairs, or `None` if one of them was not finite.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn sums(&self, count: usize) -> Option<ErrorSums> {
        let lanes = |register: __m256d| {
            let mut lanes = [0.0_f64; 4];
            // SAFETY: `lanes` is 4 doubles long.
            unsafe { _mm256_storeu_pd(lanes.as_mut_ptr(), register) };
            lanes
        };
        let sum = |halves: [__m256d; 2]| lanes(_mm256_add_pd(halves[0], halves[1])).iter().sum::<f64>();
        let max = lanes(_mm256_max_pd(self.max[0], self.max[1])).into_iter().fold(0.0, f64::max);
        ErrorSums::of_finite(count as u64, sum(self.sse), max, sum(self.signal), sum(self.reconstruction))
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn widen(floats: __m256) -> [__m256d; 2] {
    [_mm256_cvtps_pd(_mm256_castps256_ps128(floats)), _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(floats))]
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(weights: &[f32; 8]) -> __m256 {
    // SAFETY: 8 floats.
    unsafe { _mm256_loadu_ps(weights.as_ptr()) }
}

/// [`Affine::code`] and the errors.
#[target_feature(enable = "avx2,fma")]
pub(super) fn affine<C: Code>(weights: &[[f32; 32]], codes: &mut [[C; 32]], encoder: &Affine) -> Option<ErrorSums> {
    let (low, high) = encoder.steps();
    let (scale, low, high) = (_mm256_set1_ps(encoder.scale), _mm256_set1_ps(low), _mm256_set1_ps(high));
    let shift = _mm256_set1_epi32(encoder.zero_point - encoder.code_min);
    let mut errors = Errors::new();
    for (block, codes) in weights.iter().zip(codes) {
        let mut indices = [_mm256_setzero_si256(); 4];
        for (index, weights) in indices.iter_mut().zip(block.as_chunks::<8>().0) {
            let weights = load(weights);
            let steps = _mm256_div_ps(weights, scale);
            let steps = _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(steps);
            let steps = _mm256_min_ps(_mm256_max_ps(steps, low), high);
            *index = _mm256_add_epi32(_mm256_cvtps_epi32(steps), shift);
            errors.add(weights, _mm256_mul_ps(scale, steps));
        }
        // SAFETY: this function runs only where there is AVX2.
        unsafe { C::store(indices, codes) };
    }
    errors.sums(weights.len() * 32)
}

/// Up to 16 sorted levels, searched within registers: four steps, each of which picks the next boundary by what is known so far.
#[target_feature(enable = "avx2,fma")]
pub(super) fn few<C: Code>(
    weights: &[[f32; 32]],
    codes: &mut [[C; 32]],
    boundaries: &[f32],
    levels: &[f32],
) -> Option<ErrorSums> {
    debug_assert!(boundaries.len() <= FEW && levels.len() == boundaries.len() + 1);
    let boundary = |index: usize| boundaries.get(index).copied().unwrap_or(f32::INFINITY);
    let every = |first: usize, step: usize| load(&std::array::from_fn(|index| boundary(first + step * index)));
    let (middle, quarters, eighths, sixteenths) = (_mm256_set1_ps(boundary(7)), every(3, 8), every(1, 4), every(0, 2));
    let eight = |first: usize| load(&std::array::from_fn(|index| levels.get(first + index).copied().unwrap_or(0.0)));
    let (low, high) = (eight(0), eight(8));
    let mut errors = Errors::new();
    for (block, codes) in weights.iter().zip(codes) {
        let mut indices = [_mm256_setzero_si256(); 4];
        for (index, weights) in indices.iter_mut().zip(block.as_chunks::<8>().0) {
            let weights = load(weights);
            let upper = _mm256_cmp_ps::<_CMP_GT_OQ>(weights, middle);
            // All ones is −1: taking it away adds the bit.
            let mut found = _mm256_srli_epi32::<31>(_mm256_castps_si256(upper));
            for boundaries in [quarters, eighths, sixteenths] {
                let boundary = _mm256_permutevar8x32_ps(boundaries, found);
                let above = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_GT_OQ>(weights, boundary));
                found = _mm256_sub_epi32(_mm256_add_epi32(found, found), above);
            }
            let values =
                _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, found), _mm256_permutevar8x32_ps(high, found), upper);
            *index = found;
            errors.add(weights, values);
        }
        // SAFETY: this function runs only where there is AVX2.
        unsafe { C::store(indices, codes) };
    }
    errors.sums(weights.len() * 32)
}

/// A ruler in registers.
pub(super) struct Lookup<'a> {
    low: __m256,
    per_unit: __m256,
    last: __m256,
    ruler: &'a Ruler,
}

impl<'a> Lookup<'a> {
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn new(ruler: &'a Ruler) -> Self {
        let [low, per_unit, last] =
            [ruler.scale.low, ruler.scale.per_unit, ruler.scale.last].map(|value| _mm256_set1_ps(value));
        Self { low, per_unit, last, ruler }
    }

    /// The numbers and the values of the levels of 8 weights.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn level(&self, weights: __m256) -> (__m256i, __m256) {
        let cells: *const f32 = self.ruler.cells.as_ptr().cast();
        let place = _mm256_mul_ps(_mm256_sub_ps(weights, self.low), self.per_unit);
        // A NaN becomes cell 0: `max` gives its second operand then.
        let place = _mm256_min_ps(_mm256_max_ps(place, _mm256_setzero_ps()), self.last);
        let mut pairs = [0_u64; 4];
        // SAFETY: `pairs` is 8 words long.
        unsafe { _mm256_storeu_si256(pairs.as_mut_ptr().cast(), _mm256_cvttps_epi32(place)) };
        let [a, b, c, d] = pairs.map(|pair| [pair as u32 as usize, (pair >> 32) as usize]);
        let rows = |low: usize, high: usize| {
            // SAFETY: places are clamped to the number of cells, and a cell is 4 words long, aligned as its type says.
            unsafe { _mm256_set_m128(_mm_load_ps(cells.add(4 * high)), _mm_load_ps(cells.add(4 * low))) }
        };
        // Cells 0 and 4, 1 and 5, 2 and 6, 3 and 7 beside each other; then turned into a register for each field. Loads one
        // by one are faster than gather instructions on processors that have these in microcode.
        let rows = [rows(a[0], c[0]), rows(a[1], c[1]), rows(b[0], d[0]), rows(b[1], d[1])];
        let (first, second) = (_mm256_unpacklo_ps(rows[0], rows[1]), _mm256_unpacklo_ps(rows[2], rows[3]));
        let (third, fourth) = (_mm256_unpackhi_ps(rows[0], rows[1]), _mm256_unpackhi_ps(rows[2], rows[3]));
        let boundaries = _mm256_shuffle_ps::<0b01_00_01_00>(first, second);
        let below = _mm256_castps_si256(_mm256_shuffle_ps::<0b11_10_11_10>(first, second));
        let lower = _mm256_shuffle_ps::<0b01_00_01_00>(third, fourth);
        let upper = _mm256_shuffle_ps::<0b11_10_11_10>(third, fourth);
        let above = _mm256_cmp_ps::<_CMP_GT_OQ>(weights, boundaries);
        // All ones is −1: taking it away adds 1.
        (_mm256_sub_epi32(below, _mm256_castps_si256(above)), _mm256_blendv_ps(lower, upper, above))
    }
}

/// Many levels, found by a ruler.
#[target_feature(enable = "avx2,fma")]
pub(super) fn ruled<C: Code>(weights: &[[f32; 32]], codes: &mut [[C; 32]], ruler: &Ruler) -> Option<ErrorSums> {
    let lookup = Lookup::new(ruler);
    let mut errors = Errors::new();
    for (block, codes) in weights.iter().zip(codes) {
        let mut indices = [_mm256_setzero_si256(); 4];
        for (index, weights) in indices.iter_mut().zip(block.as_chunks::<8>().0) {
            let weights = load(weights);
            let (found, values) = lookup.level(weights);
            *index = found;
            errors.add(weights, values);
        }
        // SAFETY: this function runs only where there is AVX2.
        unsafe { C::store(indices, codes) };
    }
    errors.sums(weights.len() * 32)
}
