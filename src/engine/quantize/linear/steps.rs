//! The derivation of S and Z as steps with their numbers in place.

use std::fmt;

use super::{Derivation, ScaleFormat};
use crate::engine::quantize::{Clip, Linear, Zero};

/// One step from a scheme and the weights' extent to S and Z.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The codes of the width: −2^(N−1)…2^(N−1)−1, or 0…2^N−1.
    Codes {
        /// N.
        bits: u32,
        /// Smallest code.
        q_min: i32,
        /// Largest code.
        q_max: i32,
        /// The code of the width that the convention leaves out.
        unused: Option<i32>,
    },
    /// The smallest and largest weight.
    Extent {
        /// Smallest.
        min: f64,
        /// Largest.
        max: f64,
    },
    /// The range that another clip than minimum and maximum chooses.
    Clipped {
        /// By which rule.
        clip: Clip,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// The range is widened to hold 0.
    Widened {
        /// Lower end.
        r_min: f64,
        /// Upper end.
        r_max: f64,
    },
    /// |r|max, the bound of a symmetric range.
    Bound {
        /// Lower end that it comes from.
        low: f64,
        /// Upper end.
        high: f64,
        /// The larger magnitude.
        bound: f64,
    },
    /// S = (r_max − r_min) / (q_max − q_min).
    AffineScale {
        /// Upper end of the range.
        r_max: f64,
        /// Lower end.
        r_min: f64,
        /// Largest code.
        q_max: i32,
        /// Smallest code.
        q_min: i32,
        /// S.
        scale: f64,
    },
    /// S = |r|max / steps.
    SymmetricScale {
        /// |r|max.
        bound: f64,
        /// 2^(N−1) − 1, 2^(N−1) or (2^N − 1) / 2.
        steps: f64,
        /// S.
        scale: f64,
    },
    /// S in a narrower format than float32.
    Stored {
        /// The format.
        format: ScaleFormat,
        /// Before.
        exact: f64,
        /// After.
        scale: f32,
    },
    /// Z = round(q_min − r_min / S).
    ZeroPoint {
        /// Smallest code.
        q_min: i32,
        /// Lower end of the range.
        r_min: f64,
        /// The S that it is computed with.
        scale: f64,
        /// Before rounding.
        exact: f64,
        /// After rounding, before it is clamped into the codes.
        rounded: f64,
        /// Z.
        zero_point: i32,
    },
    /// Z = 0, as the range is symmetric.
    SymmetricZero,
}

/// The steps of a derivation for weights from `min` to `max`.
pub fn steps(scheme: &Linear, min: f64, max: f64, derived: &Derivation) -> Vec<Step> {
    let Derivation { low, high, r_min, r_max, q_min, q_max, .. } = *derived;
    let mut steps = vec![
        Step::Codes { bits: u32::from(scheme.bits), q_min, q_max, unused: derived.unused_code() },
        Step::Extent { min, max },
    ];
    if scheme.clip != Clip::MinMax {
        steps.push(Step::Clipped { clip: scheme.clip, low, high });
    }
    if scheme.range.is_symmetric() {
        steps.push(Step::Bound { low, high, bound: r_max });
        steps.push(Step::SymmetricScale { bound: r_max, steps: derived.steps, scale: derived.exact_scale });
    } else {
        if scheme.zero == Zero::Extend && (low > 0.0 || high < 0.0) {
            steps.push(Step::Widened { r_min, r_max });
        }
        steps.push(Step::AffineScale { r_max, r_min, q_max, q_min, scale: derived.exact_scale });
    }
    if scheme.scale != ScaleFormat::F32 {
        steps.push(Step::Stored { format: scheme.scale, exact: derived.exact_scale, scale: derived.scale });
    }
    if scheme.range.is_symmetric() {
        steps.push(Step::SymmetricZero);
    } else {
        let scale = if scheme.scale == ScaleFormat::F32 { derived.exact_scale } else { f64::from(derived.scale) };
        let exact = derived.exact_zero_point;
        let (rounded, zero_point) = (exact.round_ties_even(), derived.zero_point);
        steps.push(Step::ZeroPoint { q_min, r_min, scale, exact, rounded, zero_point });
    }
    steps
}

/// A number as text: short, and with a true minus sign.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.abs();
        let text = if magnitude != 0.0 && !(1e-4..1e6).contains(&magnitude) {
            format!("{magnitude:.5e}")
        } else {
            let decimals = (5 - magnitude.max(1.0).log10().floor() as i32).max(0) as usize;
            let text = format!("{magnitude:.decimals$}");
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        };
        write!(f, "{}{text}", if self.0 < 0.0 { "−" } else { "" })
    }
}

/// `a − b` with the sign of b resolved: 2.12 + 1.08.
struct Difference(f64, f64);

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", Short(self.0), if self.1 < 0.0 { "+" } else { "−" }, Short(self.1.abs()))
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |code: &i32| Short(f64::from(*code));
        match self {
            Self::Codes { bits, q_min, q_max, unused } => {
                write!(f, "{bits} bits: codes {} to {}", whole(q_min), whole(q_max))?;
                unused.map_or(Ok(()), |code| write!(f, ", {} unused", whole(&code)))
            }
            Self::Extent { min, max } => write!(f, "weights from {} to {}", Short(*min), Short(*max)),
            Self::Clipped { low, high, .. } => write!(f, "clipped to {} … {}", Short(*low), Short(*high)),
            Self::Widened { r_min, r_max } => write!(f, "widened to hold 0: {} … {}", Short(*r_min), Short(*r_max)),
            Self::Bound { low, high, bound } => {
                write!(f, "|r|max = max({}, {}) = {}", Short(low.abs()), Short(high.abs()), Short(*bound))
            }
            Self::AffineScale { r_max, r_min, q_max, q_min, scale } => write!(
                f,
                "S = (r_max − r_min) / (q_max − q_min) = ({}) / ({}) = {}",
                Difference(*r_max, *r_min),
                Difference(f64::from(*q_max), f64::from(*q_min)),
                Short(*scale)
            ),
            Self::SymmetricScale { bound, steps, scale } => {
                write!(f, "S = |r|max / {} = {} / {0} = {}", Short(*steps), Short(*bound), Short(*scale))
            }
            Self::Stored { format, exact, scale } => {
                write!(f, "S as {}: {} → {}", format.name(), Short(*exact), Short(f64::from(*scale)))
            }
            Self::ZeroPoint { q_min, r_min, scale, exact, rounded, zero_point } => {
                let sign = if *r_min <= 0.0 { "+" } else { "−" };
                write!(
                    f,
                    "Z = round(q_min − r_min / S) = round({} {sign} {} / {}) = round({}) = {}",
                    whole(q_min),
                    Short(r_min.abs()),
                    Short(*scale),
                    Short(*exact),
                    Short(*rounded)
                )?;
                if *rounded == f64::from(*zero_point) { Ok(()) } else { write!(f, " → {}", whole(zero_point)) }
            }
            Self::SymmetricZero => write!(f, "Z = 0"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::derive_range;
    use super::*;
    use crate::engine::quantize::Quantizer;

    fn lines(text: &str, min: f64, max: f64) -> Vec<String> {
        let Ok(Quantizer::Linear(linear)) = text.parse() else { panic!("{text}") };
        steps(&linear, min, max, &derive_range(&linear, min, max)).iter().map(Step::to_string).collect()
    }

    #[test]
    fn the_lectures_derivation_word_by_word() {
        assert_eq!(
            lines("linear:bits=2", -1.08, 2.12),
            [
                "2 bits: codes −2 to 1",
                "weights from −1.08 to 2.12",
                "S = (r_max − r_min) / (q_max − q_min) = (2.12 + 1.08) / (1 + 2) = 1.06667",
                "Z = round(q_min − r_min / S) = round(−2 + 1.08 / 1.06667) = round(−0.9875) = −1",
            ]
        );
        assert_eq!(
            lines("linear:bits=2,range=restricted", -1.08, 2.12),
            [
                "2 bits: codes −1 to 1, −2 unused",
                "weights from −1.08 to 2.12",
                "|r|max = max(1.08, 2.12) = 2.12",
                "S = |r|max / 1 = 2.12 / 1 = 2.12",
                "Z = 0",
            ]
        );
    }

    #[test]
    fn what_is_special_has_a_step_of_its_own() {
        let lab = lines("linear:bits=2,zero=lab", 5.0, 6.0);
        assert_eq!(
            lab.last().unwrap(),
            "Z = round(q_min − r_min / S) = round(−2 − 5 / 0.33333) = round(−17) = −17 → −2"
        );
        let widened = lines("linear:bits=2,scale=pow2", 5.0, 6.0);
        assert!(widened.contains(&"widened to hold 0: 0 … 6".to_owned()), "{widened:?}");
        let stored = lines("linear:bits=3,scale=pow2", -1.08, 2.12);
        assert!(stored.contains(&"S as pow2: 0.45714 → 0.5".to_owned()), "{stored:?}");
        assert_eq!(stored.last().unwrap(), "Z = round(q_min − r_min / S) = round(−4 + 1.08 / 0.5) = round(−1.84) = −2");
    }
}
