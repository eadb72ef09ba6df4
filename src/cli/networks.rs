//! `evaluate`: what quantized weights cost in accuracy; and where networks and pictures come from.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value as Json, json};

use super::Failure;
use super::args::EvaluateArgs;
use super::layers::each;
use super::print::{document, number};
use super::progress::Percentage;
use crate::engine::network::digits::Split;
use crate::engine::network::{self, Dataset, Description, Evaluation, Network, Normalization};
use crate::engine::quantize::{QuantizeError, Scheme};
use crate::sources::{DataSource, NetworkSource, Reading};

/// A network and what it takes of a byte.
pub(super) fn open(path: &Path) -> Result<(Network, Description), Failure> {
    path.display().to_string().parse::<NetworkSource>().and_then(|source| source.open()).map_err(Failure::new)
}

/// Labelled pictures of a split, or of the only part that there is, at most so many.
pub(super) fn pictures(path: &Path, split: Split, reading: &Reading, limit: Option<u32>) -> Result<Dataset, Failure> {
    source(path)?.part(split, reading, limit.map(|limit| limit as usize)).map_err(Failure::new)
}

/// Labelled pictures to train on, at most so many, of which none is measured on.
pub(super) fn training(path: &Path, reading: &Reading, limit: Option<u32>) -> Result<Dataset, Failure> {
    let data = source(path)?.training(reading, limit.map(|limit| limit as usize));
    data.map_err(|reason| Failure::new(if reading.hold.is_none() { format!("{reason}: --hold N") } else { reason }))
}

fn source(path: &Path) -> Result<DataSource, Failure> {
    path.display().to_string().parse().map_err(Failure::new)
}

/// Accuracy of a network, its weights quantized or not.
pub(super) fn evaluate(args: &EvaluateArgs) -> Result<String, Failure> {
    if args.integer || args.activations.is_some() {
        return super::inference::evaluate(args);
    }
    let started = Instant::now();
    let (network, description) = open(&args.model)?;
    let reading = Reading { hold: args.hold.map(|held| held as usize), ..Reading::default() };
    let data = pictures(&args.data, Split::Test, &reading, args.limit)?;
    let normalization = args.normalize.unwrap_or(description.normalization);
    let quantized = match &args.scheme {
        None => None,
        Some(scheme) => {
            let progress = Percentage::of("quantizing");
            let schemes = layer_schemes(&network, scheme, args.bits.as_deref())?;
            let scheme_of = |parameter: &network::Parameter| {
                let of = |(name, _): &&(String, Option<Scheme>)| *name == parameter.name;
                schemes.iter().find(of).and_then(|(_, scheme)| scheme.clone())
            };
            let quantized = network::quantize_weights(&network, scheme_of, &progress);
            Some(quantized.map_err(|error| match error {
                QuantizeError::Unfit(reason) => Failure::new(format!("{}: {reason}", args.model.display())),
                QuantizeError::Cancelled(cancelled) => Failure::new(cancelled),
            })?)
        }
    };
    let subject = quantized.as_ref().map_or(&network, |quantized| &quantized.network);
    let evaluation = measure(subject, &data, normalization, &args.data)?;
    let seconds = started.elapsed().as_secs_f64();
    let (accuracy, interval) = evaluation
        .accuracy()
        .zip(evaluation.interval())
        .ok_or_else(|| Failure::new(format!("{}: holds no pictures to measure on", args.data.display())))?;
    if args.json {
        let mut report = json!({
            "model": network.name,
            "data": data.name,
            "accuracy": accuracy,
            "correct": evaluation.correct,
            "total": evaluation.total(),
            "interval": [interval.low, interval.high],
            "normalize": [normalization.mean, normalization.deviation],
            "seconds": seconds,
        });
        if let Some(quantized) = &quantized {
            let scheme = args.scheme.as_ref().map(ToString::to_string);
            report["scheme"] = json!(scheme);
            report["bytes"] = json!(quantized.bytes);
            report["ratio"] = number(quantized.ratio());
            report["layers"] = quantized.layers.iter().map(layer).collect();
        }
        return Ok(document(&report));
    }
    let mut text = format!(
        "{} on {}: {:.2} % of {} pictures right ({} of them), 95 % interval {:.2} to {:.2} %\n",
        network.name,
        data.name,
        100.0 * accuracy,
        evaluation.total(),
        evaluation.correct,
        100.0 * interval.low,
        100.0 * interval.high,
    );
    if let (Some(quantized), Some(scheme)) = (&quantized, &args.scheme) {
        let (bytes, float) = (quantized.bytes, quantized.float_bytes);
        let bits = args.bits.as_ref().map_or_else(String::new, |bits| format!(" with bits {bits}"));
        text += &format!(
            "weights by {scheme}{bits}: {bytes} B instead of {float} B, {:.2} times smaller\n",
            quantized.ratio()
        );
    }
    Ok(text)
}

/// The scheme of every weight by its name: the one of all layers, at other widths where the argument says so.
fn layer_schemes(
    network: &Network,
    scheme: &Scheme,
    bits: Option<&str>,
) -> Result<Vec<(String, Option<Scheme>)>, Failure> {
    let weights = network.parameters.iter().filter(|parameter| parameter.is_weight());
    let mut schemes: Vec<(String, Option<Scheme>)> =
        weights.map(|parameter| (parameter.name.clone(), Some(scheme.clone()))).collect();
    let Some(text) = bits else { return Ok(schemes) };
    let mut refused = None;
    each(network, "--bits", text, "1 to 16, or float", |place, width: Width| {
        match width.0.map(|bits| scheme.with_bits(bits)).transpose() {
            Ok(scheme) => schemes[place].1 = scheme,
            Err(error) => refused = refused.take().or(Some(error)),
        }
        true
    })?;
    match refused {
        None => Ok(schemes),
        Some(error) => Err(Failure::new(format!("--bits {text}: {error}"))),
    }
}

/// The width of a layer's codes; `None` is float32.
#[derive(Clone, Copy)]
struct Width(Option<u32>);

impl std::str::FromStr for Width {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "float" => Ok(Self(None)),
            _ => text.parse().ok().filter(|bits| (1..=16).contains(bits)).map(|bits| Self(Some(bits))).ok_or(()),
        }
    }
}

/// A layer as a report has it.
pub(super) fn layer(layer: &network::LayerReport) -> Json {
    json!({
        "name": layer.name,
        "scheme": layer.scheme.to_string(),
        "count": layer.weights,
        "sqnr_db": layer.report.sqnr_db().map_or(Json::Null, number),
        "bytes": layer.ledger.bytes(),
    })
}

pub(super) fn measure(
    network: &Network,
    data: &Dataset,
    normalization: Normalization,
    path: &Path,
) -> Result<Evaluation, Failure> {
    let progress = Percentage::of("measuring");
    let evaluation = network::evaluate(network, data, normalization, &progress);
    evaluation.map_err(|error| Failure::new(format!("{}: {error}", path.display())))?.map_err(Failure::new)
}
