//! [`Core::scan_scalar`](super::core::Core) eight weights at a time, with the same bins, counts and sums bit by bit.

use std::arch::x86_64::*;

use super::core::{Core, Counts, FRACTION, Lanes, ONE};
use super::{CORE_BINS, Moments};

/// Scans one block; see the scalar twin.
#[target_feature(enable = "avx2,fma")]
pub(super) fn scan(core: &Core, block: &[f32], counts: &mut Counts, tails: &mut Vec<f32>) -> Moments {
    let (low, high, steps) = (_mm256_set1_ps(core.low), _mm256_set1_ps(core.high), _mm256_set1_ps(core.steps));
    let mut lanes = Lanes::default();
    let (mut min, mut max) = (_mm256_set1_ps(f32::INFINITY), _mm256_set1_ps(f32::NEG_INFINITY));
    let (mut sum_low, mut sum_high) = (_mm256_setzero_pd(), _mm256_setzero_pd());
    let (mut squares_low, mut squares_high) = (_mm256_setzero_pd(), _mm256_setzero_pd());
    let mut zeros = _mm256_setzero_si256();
    let (groups, rest) = block.as_chunks::<8>();
    for group in groups {
        // SAFETY: the group is 8 floats long.
        let weights = unsafe { _mm256_loadu_ps(group.as_ptr()) };
        let inside =
            _mm256_and_ps(_mm256_cmp_ps::<_CMP_GE_OQ>(weights, low), _mm256_cmp_ps::<_CMP_LE_OQ>(weights, high));
        let all_inside = _mm256_movemask_ps(inside) == 0xFF;
        if !all_inside && !group.iter().all(|weight| weight.is_finite()) {
            core.others(group, counts, tails, &mut lanes);
            continue;
        }
        min = _mm256_min_ps(min, weights);
        max = _mm256_max_ps(max, weights);
        zeros = _mm256_sub_epi32(zeros, _mm256_castps_si256(_mm256_cmp_ps::<_CMP_EQ_OQ>(weights, _mm256_setzero_ps())));
        let first = _mm256_cvtps_pd(_mm256_castps256_ps128(weights));
        let second = _mm256_cvtps_pd(_mm256_extractf128_ps::<1>(weights));
        sum_low = _mm256_add_pd(sum_low, first);
        sum_high = _mm256_add_pd(sum_high, second);
        // The square of a float32 is exact in float64, so that fusing changes nothing.
        squares_low = _mm256_fmadd_pd(first, first, squares_low);
        squares_high = _mm256_fmadd_pd(second, second, squares_high);
        if !all_inside {
            core.count_each(group, counts, tails);
            continue;
        }
        let places = _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_sub_ps(weights, low), steps));
        let mut place = [0_u32; 8];
        // SAFETY: `place` is 8 words long.
        unsafe { _mm256_storeu_si256(place.as_mut_ptr().cast(), places) };
        for place in place {
            let index = (place >> FRACTION) as usize;
            debug_assert!(index <= CORE_BINS);
            // SAFETY: low <= weight <= high, so that (weight − low) · steps is at most 2²⁷ and the rounding of two operations,
            // less than 2⁶; the index is thus at most 2¹⁵ = `CORE_BINS`, the last of `Counts`.
            let packed = unsafe { counts.get_unchecked_mut(index) };
            *packed += ONE + u64::from(place);
        }
    }
    let mut zero_counts = [0_u32; 8];
    // SAFETY: the arrays are 8 floats, 8 doubles (written 4 at a time) and 8 words long.
    unsafe {
        _mm256_storeu_ps(lanes.min.as_mut_ptr(), min);
        _mm256_storeu_ps(lanes.max.as_mut_ptr(), max);
        _mm256_storeu_pd(lanes.sum.as_mut_ptr(), sum_low);
        _mm256_storeu_pd(lanes.sum.as_mut_ptr().add(4), sum_high);
        _mm256_storeu_pd(lanes.squares.as_mut_ptr(), squares_low);
        _mm256_storeu_pd(lanes.squares.as_mut_ptr().add(4), squares_high);
        _mm256_storeu_si256(zero_counts.as_mut_ptr().cast(), zeros);
    }
    lanes.zeros = zero_counts.iter().map(|&count| u64::from(count)).sum();
    core.others(rest, counts, tails, &mut lanes);
    lanes.moments(block.len())
}
