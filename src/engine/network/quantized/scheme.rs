//! `w8a8`: how many bits weights and activations have, and how their ranges are found.

use std::fmt;
use std::str::FromStr;

use crate::engine::quantize::{Clip, Linear, Per, Quantizer, Range, Scheme};

/// Bits of weights and activations of an integer network, in text `w8a8` or `w4a8,clip=mse,per=tensor`.
///
/// Weights are symmetric (`range=restricted`, so that Z_W is 0), one scale an output channel or one a tensor, from minimum to maximum.
/// Activations are asymmetric, one scale a tensor, their range chosen by `clip` from calibration pictures.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IntegerScheme {
    /// Width of a weight's code, 2…8.
    pub weights: u8,
    /// Width of an activation's code, 1…8.
    pub activations: u8,
    /// The range of activations that the codes cover.
    pub clip: Clip,
    /// Which weights share a scale: the tensor, or an output channel.
    pub per: Per,
}

/// Why a text is no such scheme; it says what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct IntegerSchemeError(String);

impl Default for IntegerScheme {
    fn default() -> Self {
        Self { weights: 8, activations: 8, clip: Clip::MinMax, per: Per::Channel(0) }
    }
}

impl IntegerScheme {
    /// Widths of weights.
    pub const WEIGHTS: std::ops::RangeInclusive<u8> = 2..=8;
    /// Widths of activations.
    pub const ACTIVATIONS: std::ops::RangeInclusive<u8> = 1..=8;

    /// The quantizer of the weights.
    pub fn weight_scheme(&self) -> Scheme {
        let linear =
            Linear { bits: self.weights, range: Range::Restricted, clip: Clip::MinMax, per: self.per, ..base() };
        Scheme::from(Quantizer::Linear(linear))
    }

    /// The quantizer of the activations.
    pub fn activation_linear(&self) -> Linear {
        Linear { bits: self.activations, clip: self.clip, ..base() }
    }
}

/// The defaults of every linear quantizer.
fn base() -> Linear {
    match "linear".parse() {
        Ok(Quantizer::Linear(linear)) => linear,
        _ => unreachable!("the name of the family is a scheme"),
    }
}

impl fmt::Display for IntegerScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "w{}a{}", self.weights, self.activations)?;
        // A linear quantizer writes its range as every scheme does.
        let text = Quantizer::Linear(Linear { bits: 8, ..self.activation_linear() }).to_string();
        if let Some(clip) = text.split(',').find(|setting| setting.starts_with("clip=")) {
            write!(f, ",{clip}")?;
        }
        if self.per == Per::Tensor {
            write!(f, ",per=tensor")?;
        }
        Ok(())
    }
}

impl FromStr for IntegerScheme {
    type Err = IntegerSchemeError;

    fn from_str(text: &str) -> Result<Self, IntegerSchemeError> {
        let wrong = |reason: String| IntegerSchemeError(reason);
        let mut parts = text.trim().split(',');
        let widths = parts.next().unwrap_or_default();
        let expected = || {
            let (w, a) = (Self::WEIGHTS, Self::ACTIVATIONS);
            wrong(format!(
                "{widths:?}: expected wNaM, N bits of {} to {} for weights and M of {} to {} for activations, as in w8a8",
                w.start(),
                w.end(),
                a.start(),
                a.end()
            ))
        };
        let (weights, activations) =
            widths.strip_prefix('w').and_then(|rest| rest.split_once('a')).ok_or_else(expected)?;
        let width = |text: &str, range: std::ops::RangeInclusive<u8>| {
            text.parse().ok().filter(|bits| range.contains(bits)).ok_or_else(expected)
        };
        let mut scheme = Self {
            weights: width(weights, Self::WEIGHTS)?,
            activations: width(activations, Self::ACTIVATIONS)?,
            ..Self::default()
        };
        for part in parts {
            match part.trim().split_once('=') {
                Some(("clip", _)) => scheme.clip = clip(part.trim()).map_err(wrong)?,
                Some(("per", "tensor")) => scheme.per = Per::Tensor,
                Some(("per", "channel")) => scheme.per = Per::Channel(0),
                Some(("per", other)) => return Err(wrong(format!("per is tensor or channel, not {other}"))),
                _ => {
                    return Err(wrong(format!(
                        "{part:?}: expected clip=minmax, clip=percentile:P, clip=mse, clip=kl, per=tensor or per=channel"
                    )));
                }
            }
        }
        Ok(scheme)
    }
}

/// Reads `clip=…` as every linear quantizer does.
fn clip(setting: &str) -> Result<Clip, String> {
    match format!("linear:{setting}").parse() {
        Ok(Quantizer::Linear(linear)) => Ok(linear.clip),
        Ok(_) => Err(format!("{setting:?} is no range")),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_what_is_wrong_with_them() {
        let cases: [(&str, Result<&str, &str>); 12] = [
            ("w8a8", Ok("w8a8")),
            ("w4a6,clip=mse", Ok("w4a6,clip=mse")),
            ("w2a1,per=tensor", Ok("w2a1,per=tensor")),
            ("w8a8,per=channel,clip=minmax", Ok("w8a8")),
            ("w8a8, clip=percentile:99.9, per=tensor", Ok("w8a8,clip=percentile:99.9,per=tensor")),
            ("w1a8", Err("2 to 8 for weights")),
            ("w8a9", Err("1 to 8 for activations")),
            ("8,8", Err("expected wNaM")),
            ("", Err("as in w8a8")),
            ("w8a8,clip=best", Err("minmax, percentile:P, mse, kl")),
            ("w8a8,per=group:64", Err("per is tensor or channel, not group:64")),
            ("w8a8,bits=3", Err("expected clip=minmax")),
        ];
        for (text, expected) in cases {
            match (text.parse::<IntegerScheme>(), expected) {
                (Ok(scheme), Ok(canonical)) => {
                    assert_eq!(scheme.to_string(), canonical, "{text}");
                    assert_eq!(canonical.parse(), Ok(scheme), "{text}");
                }
                (Err(error), Err(hint)) => assert!(error.to_string().contains(hint), "{text}: {error}"),
                (found, expected) => panic!("{text}: {found:?}, expected {expected:?}"),
            }
        }
    }

    #[test]
    fn the_quantizers_behind_it() {
        let scheme: IntegerScheme = "w4a6,clip=kl".parse().unwrap();
        assert_eq!(scheme.weight_scheme().to_string(), "linear:bits=4,range=restricted,per=channel");
        let activations = Quantizer::Linear(scheme.activation_linear()).to_string();
        assert_eq!(activations, "linear:bits=6,clip=kl");
    }
}
