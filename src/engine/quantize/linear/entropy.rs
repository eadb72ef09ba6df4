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

/// Counts below this have their logarithms remembered.
const SMALL: usize = 64;

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
    let (p_smooth, q_smooth) = (Smooth::of(&p), Smooth::of(&q));
    // Counts are small whole numbers that come back, and a level's bins share one q: most logarithms are taken once.
    let mut logarithms = [f64::NAN; SMALL];
    let mut logarithm_of_p = |count: f64, share: f64| match logarithms.get_mut(count as usize) {
        Some(known) => {
            if known.is_nan() {
                *known = share.ln();
            }
            *known
        }
        None => share.ln(),
    };
    let (mut sum, mut empty, mut last) = (0.0, 0_usize, (f64::NAN, 0.0));
    for (&p, &q) in p.iter().zip(&q) {
        // Bins that are empty in both, most of them in a small group, all have the same share.
        if p <= 0.0 && q <= 0.0 {
            empty += 1;
            continue;
        }
        if q != last.0 {
            last = (q, q_smooth.share(q).ln());
        }
        let share = p_smooth.share(p);
        sum += share * (logarithm_of_p(p, share) - last.1);
    }
    let (p, q) = (p_smooth.share(0.0), q_smooth.share(0.0));
    sum + empty as f64 * p * (p / q).ln()
}

/// How counts become a distribution without a zero.
struct Smooth {
    /// What a count is divided by.
    total: f64,
    /// What every filled bin gives up.
    taken: f64,
    /// What the shares add up to before they are divided by it.
    whole: f64,
}

impl Smooth {
    fn of(counts: &[f64]) -> Self {
        let total: f64 = counts.iter().sum();
        let empty = counts.iter().filter(|&&count| count <= 0.0).count();
        let filled = counts.len() - empty;
        let taken = if filled == 0 { 0.0 } else { SMOOTHING * empty as f64 / filled as f64 };
        let mut smooth = Self { total, taken, whole: 1.0 };
        let shares = counts.iter().filter(|&&count| count > 0.0).map(|&count| smooth.share(count)).sum::<f64>();
        smooth.whole = shares + SMOOTHING * empty as f64;
        smooth
    }

    /// The share of a bin with that count.
    fn share(&self, count: f64) -> f64 {
        let share = if count > 0.0 { (count / self.total - self.taken).max(SMOOTHING * 1e-3) } else { SMOOTHING };
        share / self.whole
    }
}
