//! The text form of binary and ternary quantizers.

use super::super::text::{Setting, choice, per, split, unknown, whole};
use super::super::{Per, Quantizer, SchemeError};
use super::{Binary, Scales, SignScale, Ternary, Threshold};

/// Reads the settings of `binary`.
pub fn binary(settings: &[&str]) -> Result<Quantizer, SchemeError> {
    let mut scheme = Binary { scale: SignScale::default(), stochastic: None, per: Per::default() };
    for text in settings {
        let Setting { key, value } = split(text)?;
        match key {
            "scale" => {
                scheme.scale = choice("scale", value, [SignScale::Mean, SignScale::None], |scale| match scale {
                    SignScale::Mean => "mean",
                    SignScale::None => "none",
                })?;
            }
            "stochastic" => scheme.stochastic = Some(whole("stochastic", value, 0, u64::MAX)?),
            "per" => scheme.per = per(value)?,
            _ => return Err(unknown("binary", key, "scale, stochastic, per")),
        }
    }
    if scheme.scale == SignScale::None && scheme.per != Per::Tensor {
        return Err(SchemeError::new("per= needs a scale to share; leave scale=none out"));
    }
    Ok(Quantizer::Binary(scheme))
}

/// Reads the settings of `ternary`.
pub fn ternary(settings: &[&str]) -> Result<Quantizer, SchemeError> {
    let mut scheme = Ternary { threshold: Threshold::default(), scales: Scales::default(), per: Per::default() };
    for text in settings {
        let Setting { key, value } = split(text)?;
        match key {
            "threshold" => scheme.threshold = threshold(value)?,
            "scales" => {
                scheme.scales = choice("scales", value, [Scales::One, Scales::Two], |scales| match scales {
                    Scales::One => "one",
                    Scales::Two => "two",
                })?;
            }
            "per" => scheme.per = per(value)?,
            _ => return Err(unknown("ternary", key, "threshold, scales, per")),
        }
    }
    Ok(Quantizer::Ternary(scheme))
}

fn threshold(value: &str) -> Result<Threshold, SchemeError> {
    match value {
        "twn" => return Ok(Threshold::Twn),
        "optimal" => return Ok(Threshold::Optimal),
        "absmean" => return Ok(Threshold::AbsMean),
        _ => {}
    }
    if let Some(share) = value.strip_prefix("max:") {
        return match share.parse::<f32>() {
            Ok(share) if (0.0..1.0).contains(&share) => Ok(Threshold::Share(share)),
            _ => Err(SchemeError::new(format!("a share of max |W| is 0 or more and below 1, as in 0.05, not {share}"))),
        };
    }
    match value.parse::<f32>() {
        Ok(threshold) if threshold.is_finite() && threshold >= 0.0 => Ok(Threshold::Fixed(threshold)),
        _ => Err(SchemeError::new(format!(
            "threshold is twn, optimal, absmean, max:SHARE or a magnitude of 0 or more, not {value}"
        ))),
    }
}

/// The settings of a binary quantizer that are not at their defaults, granularity apart.
pub fn settings_of_binary(scheme: &Binary) -> Vec<String> {
    let scale = (scheme.scale == SignScale::None).then(|| "scale=none".to_owned());
    scale.into_iter().chain(scheme.stochastic.map(|seed| format!("stochastic={seed}"))).collect()
}

/// The settings of a ternary quantizer that are not at their defaults, granularity apart.
pub fn settings_of_ternary(scheme: &Ternary) -> Vec<String> {
    let threshold = match scheme.threshold {
        Threshold::Twn => None,
        Threshold::Optimal => Some("threshold=optimal".to_owned()),
        Threshold::AbsMean => Some("threshold=absmean".to_owned()),
        Threshold::Share(share) => Some(format!("threshold=max:{share}")),
        Threshold::Fixed(threshold) => Some(format!("threshold={threshold}")),
    };
    let scales = (scheme.scales == Scales::Two).then(|| "scales=two".to_owned());
    threshold.into_iter().chain(scales).collect()
}
