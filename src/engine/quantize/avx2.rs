//! The kernels of this room for processors with AVX2 and FMA: the same codes as their scalar twins bit by bit. Sums of errors
//! come in another order, each error is rounded to float32 (exact wherever weight and reconstruction are within a factor of two),
//! and Σx̂² and Σx·x̂ add four products in float32 before they go on in float64.
//!
//! Every kernel works on a piece of weights and says `None` where one of them is not finite: then the scalar twin does the piece.

use std::arch::x86_64::*;

use super::encode::Code;
use crate::engine::measure::Tally;

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

/// Sizes of levels for which products of four float32 neither overflow nor vanish.
pub(super) const SAFE: std::ops::RangeInclusive<f32> = 1e-12..=1e12;

/// Sums of errors, lane by lane.
struct Errors {
    /// Σe², Σx̂², Σe·x̂; two registers each.
    sums: [__m256d; 6],
    max: __m256,
}

impl Errors {
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn new() -> Self {
        Self { sums: [_mm256_setzero_pd(); 6], max: _mm256_setzero_ps() }
    }

    /// Adds 32 pairs: squared errors in float64, the two other products four at a time in float32 first.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn add(&mut self, pairs: impl Fn(usize) -> (__m256, __m256)) {
        let (mut squares, mut cross) = (_mm256_setzero_ps(), _mm256_setzero_ps());
        for index in 0..4 {
            let (weights, values) = pairs(index);
            let errors = _mm256_sub_ps(weights, values);
            self.max = _mm256_max_ps(self.max, _mm256_andnot_ps(_mm256_set1_ps(-0.0), errors));
            let [low, high] = widen(errors);
            self.sums[0] = _mm256_fmadd_pd(low, low, self.sums[0]);
            self.sums[1] = _mm256_fmadd_pd(high, high, self.sums[1]);
            squares = _mm256_fmadd_ps(values, values, squares);
            cross = _mm256_fmadd_ps(errors, values, cross);
        }
        for (index, sum) in [squares, cross].into_iter().enumerate() {
            let [low, high] = widen(sum);
            self.sums[2 + 2 * index] = _mm256_add_pd(self.sums[2 + 2 * index], low);
            self.sums[3 + 2 * index] = _mm256_add_pd(self.sums[3 + 2 * index], high);
        }
    }

    /// The tally of `count` pairs, or `None` if one of them was not finite: then its square is not, and no sum either.
    #[inline]
    #[target_feature(enable = "avx2,fma")]
    fn tally(&self, count: usize) -> Option<Tally> {
        let [sse, reconstruction, cross] = [0, 2, 4].map(|index| {
            let mut lanes = [0.0_f64; 4];
            // SAFETY: `lanes` is 4 doubles long.
            unsafe { _mm256_storeu_pd(lanes.as_mut_ptr(), _mm256_add_pd(self.sums[index], self.sums[index + 1])) };
            lanes.iter().sum::<f64>()
        });
        let mut sizes = [0.0_f32; 8];
        // SAFETY: `sizes` is 8 floats long.
        unsafe { _mm256_storeu_ps(sizes.as_mut_ptr(), self.max) };
        let max_error = f64::from(sizes.iter().copied().fold(0.0, f32::max));
        // x = x̂ + e: Σx·x̂ = Σx̂² + Σe·x̂ and Σx² = Σx̂² + 2Σe·x̂ + Σe².
        let (signal, dot) = ((reconstruction + 2.0 * cross + sse).max(0.0), reconstruction + cross);
        let finite = sse.is_finite() && dot.is_finite();
        finite.then_some(Tally { count: count as u64, excluded: 0, sse, max_error, signal, reconstruction, dot })
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

/// code = clamp(round(x / S) + offset, 0, span), x̂ = S·(code − offset).
#[target_feature(enable = "avx2,fma")]
pub(super) fn linear<C: Code>(
    weights: &[[f32; 32]],
    codes: &mut [[C; 32]],
    [scale, offset, span]: [f32; 3],
) -> Option<Tally> {
    if !SAFE.contains(&scale) {
        return None;
    }
    let (scale, offset, span) = (_mm256_set1_ps(scale), _mm256_set1_ps(offset), _mm256_set1_ps(span));
    let mut errors = Errors::new();
    for (weights, codes) in weights.iter().zip(codes) {
        let weights = weights.as_chunks::<8>().0;
        let mut places = [_mm256_setzero_ps(); 4];
        for (place, weights) in places.iter_mut().zip(weights) {
            let steps = _mm256_div_ps(load(weights), scale);
            let steps = _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(steps);
            *place = _mm256_min_ps(_mm256_max_ps(_mm256_add_ps(steps, offset), _mm256_setzero_ps()), span);
        }
        // SAFETY: this function runs only where there is AVX2.
        unsafe { C::store(places.map(|place| _mm256_cvtps_epi32(place)), codes) };
        errors.add(|index| (load(&weights[index]), _mm256_mul_ps(scale, _mm256_sub_ps(places[index], offset))));
    }
    errors.tally(weights.len() * 32)
}

/// Up to 16 sorted levels, searched within registers: four steps, each of which picks the next boundary by what is known so far.
#[target_feature(enable = "avx2,fma")]
pub(super) fn search16<C: Code>(
    weights: &[[f32; 32]],
    codes: &mut [[C; 32]],
    boundaries: &[f32; 15],
    levels: &[f32; 16],
) -> Option<Tally> {
    let pick = |first: usize, step: usize| {
        let at = |index: usize| boundaries.get(first + step * index).copied().unwrap_or(f32::INFINITY);
        load(&[at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7)])
    };
    let (middle, quarters, eighths, sixteenths) = (_mm256_set1_ps(boundaries[7]), pick(3, 8), pick(1, 4), pick(0, 2));
    let (low, high) = levels.split_at(8);
    let (low, high) = (load(low.first_chunk().expect("8 levels")), load(high.first_chunk().expect("8 levels")));
    let mut errors = Errors::new();
    for (weights, codes) in weights.iter().zip(codes) {
        let weights = weights.as_chunks::<8>().0;
        let (mut indices, mut values) = ([_mm256_setzero_si256(); 4], [_mm256_setzero_ps(); 4]);
        for ((index, value), weights) in indices.iter_mut().zip(&mut values).zip(weights) {
            let weights = load(weights);
            let upper = _mm256_cmp_ps::<_CMP_GT_OQ>(weights, middle);
            // All ones is −1: taking it away adds the bit.
            let mut found = _mm256_srli_epi32::<31>(_mm256_castps_si256(upper));
            for boundaries in [quarters, eighths, sixteenths] {
                let boundary = _mm256_permutevar8x32_ps(boundaries, found);
                let above = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_GT_OQ>(weights, boundary));
                found = _mm256_sub_epi32(_mm256_add_epi32(found, found), above);
            }
            *value =
                _mm256_blendv_ps(_mm256_permutevar8x32_ps(low, found), _mm256_permutevar8x32_ps(high, found), upper);
            *index = found;
        }
        errors.add(|index| (load(&weights[index]), values[index]));
        // SAFETY: this function runs only where there is AVX2.
        unsafe { C::store(indices, codes) };
    }
    errors.tally(weights.len() * 32)
}

/// What a cell of a [`Ruler`] knows.
#[repr(C, align(16))]
#[derive(Clone, Copy)]
struct Cell {
    /// The boundary in the cell, infinite where there is none.
    boundary: f32,
    /// The index of the level below it.
    below: u32,
    /// The level below it.
    lower: f32,
    /// The level above it.
    upper: f32,
}

/// Many sorted levels, found by the cell of a ruler of equal cells that a weight lies in.
///
/// A cell with at most one boundary answers by one comparison. The ruler is made only if every cell is like that.
pub(super) struct Ruler {
    low: f32,
    per_unit: f32,
    cells: Vec<Cell>,
}

impl Ruler {
    /// A ruler for sorted levels and the boundaries between them; `None` where two boundaries are too close, or there are none.
    pub(super) fn new(levels: &[f32], boundaries: &[f32]) -> Option<Self> {
        // As few cells as do, for the first-level cache.
        [2048, 4096, 8192, 16_384].into_iter().find_map(|count| Self::with_cells(levels, boundaries, count))
    }

    fn with_cells(levels: &[f32], boundaries: &[f32], count: usize) -> Option<Self> {
        let (low, high) = (*boundaries.first()?, *boundaries.last()?);
        // The first and last cells hold everything outside.
        let per_unit = (count - 2) as f32 / (high - low);
        let low = low - 1.0 / per_unit;
        if !per_unit.is_normal() || !low.is_finite() {
            return None;
        }
        let mut ruler = Self { low, per_unit, cells: Vec::with_capacity(count) };
        let mut below = 0;
        for cell in 0..count {
            let lower = levels[below];
            match boundaries.get(below) {
                Some(&boundary) if ruler.place(boundary, count) == cell => {
                    ruler.cells.push(Cell { boundary, below: below as u32, lower, upper: levels[below + 1] });
                    below += 1;
                }
                _ => ruler.cells.push(Cell { boundary: f32::INFINITY, below: below as u32, lower, upper: lower }),
            }
        }
        // A second boundary in a cell was passed by, and with it all that follow.
        (below == boundaries.len()).then_some(ruler)
    }

    /// The same operations as the kernel's: monotone in the weight, so that boundaries and weights sort alike.
    fn place(&self, weight: f32, count: usize) -> usize {
        ((weight - self.low) * self.per_unit).clamp(0.0, (count - 1) as f32) as usize
    }
}

/// Finds levels by a ruler.
#[target_feature(enable = "avx2,fma")]
pub(super) fn ruled<C: Code>(weights: &[[f32; 32]], codes: &mut [[C; 32]], ruler: &Ruler) -> Option<Tally> {
    let (low, per_unit) = (_mm256_set1_ps(ruler.low), _mm256_set1_ps(ruler.per_unit));
    let last = _mm256_set1_ps((ruler.cells.len() - 1) as f32);
    let cells: *const f32 = ruler.cells.as_ptr().cast();
    let mut errors = Errors::new();
    for (weights, codes) in weights.iter().zip(codes) {
        let weights = weights.as_chunks::<8>().0;
        let (mut indices, mut values) = ([_mm256_setzero_si256(); 4], [_mm256_setzero_ps(); 4]);
        for ((index, value), weights) in indices.iter_mut().zip(&mut values).zip(weights) {
            let weights = load(weights);
            let place = _mm256_mul_ps(_mm256_sub_ps(weights, low), per_unit);
            // A NaN becomes cell 0: `max` gives its second operand then.
            let place = _mm256_min_ps(_mm256_max_ps(place, _mm256_setzero_ps()), last);
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
            *index = _mm256_sub_epi32(below, _mm256_castps_si256(above));
            *value = _mm256_blendv_ps(lower, upper, above);
        }
        // SAFETY: this function runs only where there is AVX2.
        unsafe { C::store(indices, codes) };
        errors.add(|index| (load(&weights[index]), values[index]));
    }
    errors.tally(weights.len() * 32)
}
