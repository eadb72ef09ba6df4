//! `evaluate --activations` and `evaluate --integer`: rounded activations, and integers alone.

use std::time::Instant;

use serde_json::{Value as Json, json};

use super::Failure;
use super::args::EvaluateArgs;
use super::networks::{layer, open, pictures, training};
use super::print::{document, number};
use super::progress::Percentage;
use crate::engine::Progress;
use crate::engine::network::digits::Split;
use crate::engine::network::quantized::{
    Agreement, Comparison, FakeQuantized, IntegerNetwork, IntegerScheme, Prepared, agreement,
};
use crate::engine::network::{Dataset, Evaluation, NOISE};
use crate::engine::quantize::{Linear, QuantizeError, Quantizer, Scheme};
use crate::sources::Reading;

/// Reads what activations are quantized by: a linear scheme, or its width with the choice of the range, `8` or `6,mse`.
pub(super) fn activations(text: &str) -> Result<Linear, String> {
    let expected = || "expected bits with a calibration, as in 8 or 6,mse, or a linear scheme".to_owned();
    let short = match text.split_once(',') {
        _ if !text.starts_with(|first: char| first.is_ascii_digit()) => None,
        Some((bits, clip)) => Some(format!("linear:bits={bits},clip={clip}")),
        None => Some(format!("linear:bits={text}")),
    };
    match short.as_deref().unwrap_or(text).parse::<Scheme>() {
        Ok(Scheme { prune: None, quantizer: Some(Quantizer::Linear(linear)), storage }) if storage.is_dense() => {
            Ok(linear)
        }
        Ok(other) => Err(format!("{other} does not quantize activations; {}", expected())),
        Err(error) => Err(format!("{error}; {}", expected())),
    }
}

/// The integer scheme that the arguments ask for.
fn integer_scheme(args: &EvaluateArgs) -> Result<IntegerScheme, Failure> {
    let mut scheme = IntegerScheme::default();
    if let Some(weights) = &args.scheme {
        let asked = match &weights.quantizer {
            Some(Quantizer::Linear(linear)) => {
                IntegerScheme { weights: linear.bits, per: linear.per, ..scheme.clone() }
            }
            _ => scheme.clone(),
        };
        if asked.weight_scheme() != *weights || !IntegerScheme::WEIGHTS.contains(&asked.weights) {
            return Err(Failure::new(format!(
                "--integer takes --scheme linear:bits=2 to 8,range=restricted with per=tensor or per=channel, not {weights}"
            )));
        }
        scheme = asked;
    }
    if let Some(activations) = &args.activations {
        let asked = IntegerScheme { activations: activations.bits, clip: activations.clip, ..scheme };
        if asked.activation_linear() != *activations || !IntegerScheme::ACTIVATIONS.contains(&asked.activations) {
            return Err(Failure::new(format!(
                "--integer takes --activations of 1 to 8 bits with clip= alone, not {}",
                Quantizer::Linear(activations.clone())
            )));
        }
        scheme = asked;
    }
    Ok(scheme)
}

/// Accuracy with rounded activations, in float32 or in integers alone.
pub(super) fn evaluate(args: &EvaluateArgs) -> Result<String, Failure> {
    let started = Instant::now();
    let integer = if args.integer { Some(integer_scheme(args)?) } else { None };
    let (network, description) = open(&args.model)?;
    let reading = Reading { hold: args.hold.map(|held| held as usize), ..Reading::default() };
    let data = pictures(&args.data, Split::Test, &reading, args.limit)?;
    let ranges = training(&args.data, &reading, Some(args.calibration))?;
    let normalization = args.normalize.unwrap_or(description.normalization);
    let failed = |error: QuantizeError| match error {
        QuantizeError::Unfit(reason) => Failure::new(format!("{}: {reason}", args.model.display())),
        QuantizeError::Cancelled(cancelled) => Failure::new(cancelled),
    };
    let progress = Percentage::of("measuring");
    let prepared = Prepared::new(&network, normalization, &ranges, &progress).map_err(failed)?;
    let activations = integer.as_ref().map(IntegerScheme::activation_linear).or_else(|| args.activations.clone());
    let weights = integer.as_ref().map(IntegerScheme::weight_scheme).or_else(|| args.scheme.clone());
    let fake = FakeQuantized::new(&prepared, |_| weights.clone(), activations.as_ref(), &progress).map_err(failed)?;
    let evaluation = match &integer {
        Some(scheme) => {
            IntegerNetwork::new(&prepared, scheme, &progress).and_then(|network| network.evaluate(&data, &progress))
        }
        None => fake.evaluate(&data, &progress),
    };
    let evaluation = evaluation.map_err(failed)?;
    let unlike = integer.as_ref().map(|scheme| unlike(&prepared, scheme, &data, &evaluation, &progress));
    let unlike = unlike.transpose().map_err(failed)?;
    drop(progress);
    let seconds = started.elapsed().as_secs_f64();
    let (accuracy, interval) = evaluation
        .accuracy()
        .zip(evaluation.interval())
        .ok_or_else(|| Failure::new(format!("{}: holds no pictures to measure on", args.data.display())))?;
    let arithmetic = if args.integer { "integer" } else { "fake-quantized" };
    let by = activations.map(|linear| Quantizer::Linear(linear).to_string()).unwrap_or_default();
    let quantized = &fake.weights;
    if args.json {
        let mut report = json!({
            "model": network.name,
            "data": data.name,
            "arithmetic": arithmetic,
            "activations": by,
            "calibration": ranges.len(),
            "accuracy": accuracy,
            "correct": evaluation.correct,
            "total": evaluation.total(),
            "interval": [interval.low, interval.high],
            "normalize": [normalization.mean, normalization.deviation],
            "seconds": seconds,
        });
        if let Some((pictures, layers)) = &unlike {
            report["unlike_fake_quantized"] = json!(pictures);
            report["agreement"] = layers.iter().map(agreed).collect::<Json>();
        }
        if let Some(scheme) = &weights {
            report["scheme"] = json!(scheme.to_string());
            report["bytes"] = json!(quantized.bytes);
            report["ratio"] = number(quantized.ratio());
            report["layers"] = quantized.layers.iter().map(layer).collect::<Json>();
        }
        return Ok(document(&report));
    }
    let mut text = format!(
        "{} on {}, {arithmetic}: {:.2} % of {} pictures right ({} of them), 95 % interval {:.2} to {:.2} %\n",
        network.name,
        data.name,
        100.0 * accuracy,
        evaluation.total(),
        evaluation.correct,
        100.0 * interval.low,
        100.0 * interval.high,
    );
    text += &format!("activations by {by}, their ranges from {} pictures of {}\n", ranges.len(), ranges.name);
    if let Some((pictures, layers)) = &unlike {
        // The last entry is the chosen class, which is no code.
        let layers = &layers[..layers.len().saturating_sub(1)];
        let sum = |of: fn(&Agreement) -> u64| layers.iter().map(of).sum::<u64>();
        let (apart, codes) = (sum(|layer| layer.apart + layer.further), sum(|layer| layer.codes));
        let first = NOISE.min(data.len());
        text += &format!(
            "{pictures} pictures are answered otherwise by fake quantization; layer by layer {apart} of {codes} codes of the first {first} pictures differ\n"
        );
    }
    if let Some(scheme) = &weights {
        let (bytes, float) = (quantized.bytes, quantized.float_bytes);
        text +=
            &format!("weights by {scheme}: {bytes} B instead of {float} B, {:.2} times smaller\n", quantized.ratio());
    }
    Ok(text)
}

/// Pictures that fake quantization answers otherwise, and how the codes of the layers agree on the first pictures.
fn unlike(
    prepared: &Prepared,
    scheme: &IntegerScheme,
    data: &Dataset,
    answers: &Evaluation,
    progress: &dyn Progress,
) -> Result<(usize, Vec<Agreement>), QuantizeError> {
    let fake = FakeQuantized::of_integers(prepared, scheme, progress)?.evaluate(data, progress)?;
    Ok((Comparison::mismatches(answers, &fake), agreement(prepared, scheme, &data.first(NOISE), progress)?))
}

fn agreed(layer: &Agreement) -> Json {
    json!({
        "layer": layer.name, "codes": layer.codes, "one_step_apart": layer.apart, "further_apart": layer.further,
        "from_middle": layer.from_middle,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activations_are_bits_with_a_calibration_or_a_linear_scheme() {
        let cases: [(&str, Result<&str, &str>); 9] = [
            ("8", Ok("linear:bits=8")),
            ("6,mse", Ok("linear:bits=6,clip=mse")),
            ("4,percentile:99.9", Ok("linear:bits=4,clip=percentile:99.9")),
            ("linear:bits=5,clip=kl", Ok("linear:bits=5,clip=kl")),
            ("linear:bits=8,range=full", Ok("linear:bits=8,range=full")),
            ("17", Err("expected bits with a calibration")),
            ("8,best", Err("minmax, percentile:P, mse, kl")),
            ("kmeans:bits=4", Err("kmeans:bits=4 does not quantize activations")),
            ("eight", Err("as in 8 or 6,mse")),
        ];
        for (text, expected) in cases {
            match (activations(text), expected) {
                (Ok(linear), Ok(canonical)) => assert_eq!(Quantizer::Linear(linear).to_string(), canonical, "{text}"),
                (Err(error), Err(hint)) => assert!(error.contains(hint), "{text}: {error}"),
                (found, expected) => panic!("{text}: {found:?}, expected {expected:?}"),
            }
        }
    }
}
