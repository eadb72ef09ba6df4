//! S and Z of a linear quantizer, r = S(q − Z), step by step (the lecture's slides 47 to 59).

use super::encode::Affine;
use super::{Clip, Linear, Range, Zero};

/// How S and Z came about, for pages that show it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Derivation {
    /// Lower end of the range that the codes cover.
    pub r_min: f64,
    /// Upper end.
    pub r_max: f64,
    /// Smallest code.
    pub q_min: i32,
    /// Largest code.
    pub q_max: i32,
    /// S before it is stored as float32; 1 where the range has no width.
    pub exact_scale: f64,
    /// Z before it is rounded and clamped; 0 for symmetric ranges.
    pub exact_zero_point: f64,
    /// S as stored.
    pub scale: f32,
    /// Z.
    pub zero_point: i32,
}

/// Derives S and Z from the smallest and largest finite weight of a group.
///
/// A group without width (all weights 0, or none) has S = 1 and codes of zero. Asymmetric: S = (r_max − r_min) / (q_max − q_min),
/// Z = round(q_min − r_min / S), half to even, clamped into the codes. Symmetric: S from |r|max as [`Range`] says, Z = 0.
pub fn derive(scheme: &Linear, min: f32, max: f32) -> Derivation {
    let (q_min, q_max) = scheme.codes();
    let (low, high) = match scheme.clip {
        Clip::MinMax => (f64::from(min), f64::from(max)),
        Clip::Fixed { low, high } => (f64::from(low), f64::from(high)),
    };
    if scheme.range.is_symmetric() {
        let bound = low.abs().max(high.abs());
        let half = f64::from(1_u32 << (scheme.bits - 1));
        let steps = match scheme.range {
            Range::Affine | Range::Restricted | Range::FullClamped => half - 1.0,
            Range::Full => half,
            Range::FullHalf => half - 0.5,
        };
        let exact_scale = positive(bound / steps);
        let scale = stored(exact_scale);
        let (r_min, r_max) = (-bound, bound);
        return Derivation { r_min, r_max, q_min, q_max, exact_scale, exact_zero_point: 0.0, scale, zero_point: 0 };
    }
    let (r_min, r_max) = match scheme.zero {
        Zero::Extend => (low.min(0.0), high.max(0.0)),
        Zero::Lab => (low, high),
    };
    let exact_scale = positive((r_max - r_min) / f64::from(q_max - q_min));
    let exact_zero_point = f64::from(q_min) - r_min / exact_scale;
    let zero_point = exact_zero_point.round_ties_even().clamp(f64::from(q_min), f64::from(q_max)) as i32;
    Derivation { r_min, r_max, q_min, q_max, exact_scale, exact_zero_point, scale: stored(exact_scale), zero_point }
}

/// [`derive`] for weights at hand; NaN and infinities are left out.
pub fn derive_from(scheme: &Linear, values: &[f32]) -> Derivation {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (min, max) = (finite().reduce(f32::min).unwrap_or(0.0), finite().reduce(f32::max).unwrap_or(0.0));
    derive(scheme, min, max)
}

/// A scale that can be divided by: 1 where the range has no width.
fn positive(scale: f64) -> f64 {
    if scale > 0.0 && scale.is_finite() { scale } else { 1.0 }
}

/// S as float32: never 0 and never infinite, so that tiny and huge ranges keep their codes.
fn stored(scale: f64) -> f32 {
    (scale as f32).clamp(f32::MIN_POSITIVE, f32::MAX)
}

impl Derivation {
    /// The encoder with these parameters.
    pub fn encoder(&self) -> Affine {
        Affine { scale: self.scale, zero_point: self.zero_point, code_min: self.q_min, code_max: self.q_max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::quantize::Quantizer;

    fn of(text: &str, min: f32, max: f32) -> Derivation {
        match text.parse().unwrap() {
            Quantizer::Linear(linear) => derive(&linear, min, max),
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
