//! S and Z of a linear quantizer, r = S(q − Z), step by step (the lecture's slides 47 to 59).

mod analytic;
mod clip;
mod entropy;
mod spread;
mod steps;
mod stored;

pub use analytic::{Analytic, gaussian_clip, laplace_clip};
pub use clip::{ClipCurve, ClipPoint, clip_curve};
pub use spread::Loss;
pub use steps::{Step, steps};
pub use stored::ScaleFormat;

use super::encode::Affine;
use super::fitting::GroupView;
use super::{Clip, Linear, Range, Zero};
use crate::engine::tensor::Summary;

/// How S and Z came about, for pages that show it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Derivation {
    /// Lower end of the range before it was widened or made symmetric.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Lower end of the range that the codes cover.
    pub r_min: f64,
    /// Upper end.
    pub r_max: f64,
    /// Smallest code.
    pub q_min: i32,
    /// Largest code.
    pub q_max: i32,
    /// What the range is divided by: q_max − q_min, or the steps from 0 to |r|max.
    pub steps: f64,
    /// S before it is stored; 1 where the range has no width.
    pub exact_scale: f64,
    /// Z before it is rounded and clamped; 0 for symmetric ranges.
    pub exact_zero_point: f64,
    /// S as stored.
    pub scale: f32,
    /// Z.
    pub zero_point: i32,
}

/// Derives S and Z from a range of real numbers, whatever the scheme's `clip` says.
///
/// A range without width has S = 1 and codes of zero. Asymmetric: S = (r_max − r_min) / (q_max − q_min),
/// Z = round(q_min − r_min / S), half to even, clamped into the codes; a scale that is stored in less than float32 counts as stored.
/// Symmetric: S from |r|max as [`Range`] says, Z = 0.
pub fn derive_range(scheme: &Linear, low: f64, high: f64) -> Derivation {
    let (q_min, q_max) = scheme.codes();
    let (r_min, r_max, steps) = if scheme.range.is_symmetric() {
        let bound = low.abs().max(high.abs());
        let half = f64::from(1_u32 << (scheme.bits - 1));
        let steps = match scheme.range {
            Range::Affine | Range::Restricted | Range::FullClamped => half - 1.0,
            Range::Full => half,
            Range::FullHalf => half - 0.5,
        };
        (-bound, bound, steps)
    } else {
        let steps = f64::from(q_max - q_min);
        match scheme.zero {
            Zero::Extend => (low.min(0.0), high.max(0.0), steps),
            Zero::Lab => (low, high, steps),
        }
    };
    let extent = if scheme.range.is_symmetric() { r_max } else { r_max - r_min };
    let exact_scale = positive(extent / steps);
    let scale = scheme.scale.rounded(exact_scale);
    let (exact_zero_point, zero_point) = if scheme.range.is_symmetric() {
        (0.0, 0)
    } else {
        let divisor = if scheme.scale == ScaleFormat::F32 { exact_scale } else { f64::from(scale) };
        let exact = f64::from(q_min) - r_min / divisor;
        (exact, exact.round_ties_even().clamp(f64::from(q_min), f64::from(q_max)) as i32)
    };
    Derivation { low, high, r_min, r_max, q_min, q_max, steps, exact_scale, exact_zero_point, scale, zero_point }
}

/// Derives S and Z for a group of weights: first the range that `clip` chooses, then [`derive_range`].
pub(super) fn derive(scheme: &Linear, view: &GroupView<'_>) -> Derivation {
    let (low, high) = clip::choose(scheme, view);
    derive_range(scheme, low, high)
}

/// Derives S and Z for weights known by their summary.
pub fn derive_summary(scheme: &Linear, summary: &Summary) -> Derivation {
    derive(scheme, &GroupView::of(summary))
}

/// Derives S and Z for weights at hand; NaN and infinities are left out.
pub fn derive_from(scheme: &Linear, values: &[f32]) -> Derivation {
    if scheme.clip.wants_bins() {
        return derive_summary(scheme, &Summary::of_group(values.iter().copied()));
    }
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (min, max) = (finite().reduce(f32::min).unwrap_or(0.0), finite().reduce(f32::max).unwrap_or(0.0));
    derive(scheme, &GroupView { min, max, bins: &[], distinct: true })
}

/// An end as it was typed: weights are float32, and so are the ends of their range.
fn narrow(end: &f64) -> f32 {
    *end as f32
}

/// Why a range that somebody typed cannot be quantized.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RangeError {
    /// An end is NaN or infinite.
    #[error("{0} is {1}; it must be a finite number")]
    NotFinite(&'static str, f64),
    /// The ends are in the wrong order.
    #[error("r_min {} is above r_max {}; exchange them", narrow(.0), narrow(.1))]
    Reversed(f64, f64),
    /// Nothing between the ends.
    #[error("r_min and r_max are both {}: a range without width has no scale; move one of them", narrow(.0))]
    Empty(f64),
}

/// [`derive_range`] for ends that somebody typed or dragged.
///
/// # Errors
/// An end that is not finite, ends in the wrong order, or a range that stays without width after it is widened to hold 0.
pub fn derive_typed(scheme: &Linear, r_min: f64, r_max: f64) -> Result<Derivation, RangeError> {
    for (name, end) in [("r_min", r_min), ("r_max", r_max)] {
        if !end.is_finite() {
            return Err(RangeError::NotFinite(name, end));
        }
    }
    if r_min > r_max {
        return Err(RangeError::Reversed(r_min, r_max));
    }
    let derived = derive_range(scheme, r_min, r_max);
    if derived.r_max > derived.r_min { Ok(derived) } else { Err(RangeError::Empty(r_min)) }
}

/// How the range came about, in words for the status bar.
pub(super) fn method(scheme: &Linear) -> String {
    match scheme.clip {
        Clip::MinMax if scheme.range.is_symmetric() => "linear: symmetric range to the largest magnitude".to_owned(),
        Clip::MinMax => "linear: range from minimum to maximum".to_owned(),
        Clip::Percentile(percent) => format!("linear: range of the central {percent} %"),
        Clip::Mse => "linear: range of least squared error".to_owned(),
        Clip::Kl => "linear: range of least divergence".to_owned(),
        Clip::Fixed { .. } => "linear: range set by hand".to_owned(),
    }
}

/// The part of a range within ±`threshold`.
fn shrunk_to(scheme: &Linear, whole: (f64, f64), threshold: f64) -> (f64, f64) {
    if scheme.range.is_symmetric() {
        return (-threshold, threshold);
    }
    (whole.0.clamp(-threshold, threshold), whole.1.clamp(-threshold, threshold))
}

/// A scale that can be divided by: 1 where the range has no width.
fn positive(scale: f64) -> f64 {
    if scale > 0.0 && scale.is_finite() { scale } else { 1.0 }
}

impl Derivation {
    /// The encoder with these parameters.
    pub fn encoder(&self) -> Affine {
        Affine { scale: self.scale, zero_point: self.zero_point, code_min: self.q_min, code_max: self.q_max }
    }

    /// The code that a symmetric restricted range leaves out: −2^(N−1).
    pub fn unused_code(&self) -> Option<i32> {
        (self.q_min + self.q_max == 0 && self.q_max > 0).then_some(self.q_min - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::quantize::Quantizer;

    fn of(text: &str, min: f32, max: f32) -> Derivation {
        match text.parse().unwrap() {
            Quantizer::Linear(linear) => derive_range(&linear, f64::from(min), f64::from(max)),
            other => panic!("{other} is not linear"),
        }
    }

    #[test]
    fn the_lectures_scale_and_zero_point() {
        let derived = of("linear:bits=2", -1.08, 2.12);
        assert!((derived.exact_scale - 3.2 / 3.0).abs() < 1e-7);
        assert!((derived.exact_zero_point + 0.9875).abs() < 1e-6);
        assert_eq!(derived.zero_point, -1);
        let zero_points = [3, 4, 8].map(|bits| of(&format!("linear:bits={bits}"), -1.08, 2.12).zero_point);
        assert_eq!(zero_points, [-2, -3, -42]);
        assert_eq!(of("linear:bits=2", -0.25, 0.75).zero_point, -1);
    }

    #[test]
    fn a_range_away_from_zero_is_widened_unless_the_lab_says_not() {
        let lab = of("linear:bits=2,zero=lab", 5.0, 6.0);
        assert!((lab.exact_zero_point + 17.0).abs() < 1e-9);
        assert_eq!(lab.zero_point, -2);
        let extended = of("linear:bits=2", 5.0, 6.0);
        assert_eq!((extended.r_min, extended.scale, extended.zero_point), (0.0, 2.0, -2));
    }

    #[test]
    fn symmetric_scales_by_convention() {
        let scale = |range: &str| of(&format!("linear:bits=2,range={range}"), -1.08, 2.12).scale;
        assert_eq!(scale("restricted"), 2.12);
        assert_eq!(scale("full"), 1.06);
        assert_eq!(scale("full-clamped"), 2.12);
        assert!((scale("full-half") - 2.12 / 1.5).abs() < 1e-6);
    }

    #[test]
    fn groups_without_width_can_be_divided_by() {
        for (min, max) in [(0.0, 0.0), (1e-45, 1e-45), (-f32::MAX, f32::MAX)] {
            for text in ["linear:bits=8", "linear:bits=8,range=full"] {
                let derived = of(text, min, max);
                assert!(derived.scale > 0.0 && derived.scale.is_finite(), "{text} {min} {max}");
            }
        }
    }
}
