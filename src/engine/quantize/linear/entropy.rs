//! Entropy calibration: the clip whose quantized histogram diverges least from the clipped one (Migacz 2017, TensorRT).

use super::shrunk_to;
use crate::engine::quantize::Linear;
use crate::engine::tensor::Bin;

/// Bins from 0 to the largest magnitude: as TensorRT has them for many weights, fewer where there are fewer weights.
const HALF: std::ops::RangeInclusive<usize> = 64..=2048;

/// Thresholds that are tried.
const CANDIDATES: usize = 64;

/// Weight that empty bins get, taken from the others, so that no logarithm is infinite (as MXNet and ONNX Runtime do).
const SMOOTHING: f64 = 1e-4;

/// The range up to the threshold on |r| with the least Kullback–Leibler divergence; the whole range where the codes outnumber the bins.
pub(super) fn least_divergence(linear: &Linear, bins: &[Bin], whole: (f64, f64)) -> (f64, f64) {
    let largest = whole.0.abs().max(whole.1.abs());
    let count: u64 = bins.iter().map(|bin| bin.count).sum();
    let half = usize::try_from(count).unwrap_or(*HALF.end()).next_power_of_two().clamp(*HALF.start(), *HALF.end());
    let mut histogram = vec![0.0_f64; 2 * half];
    for bin in bins {
        let place = (bin.sum / bin.count as f64 / largest + 1.0) * half as f64;
        histogram[(place.max(0.0) as usize).min(2 * half - 1)] += bin.count as f64;
    }
    let (q_min, q_max) = linear.codes();
    let levels = (q_max - q_min + 1) as usize;
    let stride = half / CANDIDATES;
    let mut best = (whole, f64::INFINITY);
    for step in (1..=CANDIDATES).rev() {
        let threshold = largest * step as f64 / CANDIDATES as f64;
        let range = shrunk_to(linear, whole, threshold);
        let first = (half as f64 * (1.0 + range.0 / largest)).floor() as usize;
        let last = ((half as f64 * (1.0 + range.1 / largest)).ceil() as usize).clamp(first, 2 * half);
        if last - first < levels.max(stride) {
            break;
        }
        let found = divergence(&histogram, first..last, levels);
        if found < best.1 {
            best = (range, found);
        }
    }
    best.0
}

/// KL(P ‖ Q): P is the histogram within the range, with everything outside on its outermost bins; Q has the mass of each level spread over
/// those of its bins that are not empty.
fn divergence(histogram: &[f64], range: std::ops::Range<usize>, levels: usize) -> f64 {
    let inside = &histogram[range.clone()];
    let mut p = inside.to_vec();
    let last = p.len() - 1;
    p[0] += histogram[..range.start].iter().sum::<f64>();
    p[last] += histogram[range.end..].iter().sum::<f64>();
    let mut q = vec![0.0; p.len()];
    for level in 0..levels {
        let cell = level * p.len() / levels..(level + 1) * p.len() / levels;
        let mass: f64 = inside[cell.clone()].iter().sum();
        let filled = p[cell.clone()].iter().filter(|&&count| count > 0.0).count();
        for index in cell.filter(|&index| p[index] > 0.0) {
            q[index] = mass / filled as f64;
        }
    }
    smooth(&mut p);
    smooth(&mut q);
    p.iter().zip(&q).map(|(p, q)| p * (p / q).ln()).sum()
}

/// Makes a distribution of counts, none of them zero.
fn smooth(counts: &mut [f64]) {
    let total: f64 = counts.iter().sum();
    let empty = counts.iter().filter(|&&count| count <= 0.0).count();
    let filled = counts.len() - empty;
    if filled == 0 {
        counts.fill(1.0 / counts.len() as f64);
        return;
    }
    let taken = SMOOTHING * empty as f64 / filled as f64;
    for count in &mut *counts {
        *count = if *count > 0.0 { (*count / total - taken).max(SMOOTHING * 1e-3) } else { SMOOTHING };
    }
    let total: f64 = counts.iter().sum();
    counts.iter_mut().for_each(|count| *count /= total);
}
