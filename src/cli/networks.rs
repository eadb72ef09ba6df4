//! `evaluate`, `train`: what quantized weights cost in accuracy, and where the networks come from.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value as Json, json};

use super::Failure;
use super::args::{EvaluateArgs, TrainArgs};
use super::print::{document, number};
use super::progress::Percentage;
use crate::engine::network::digits::Split;
use crate::engine::network::{
    self, Constraints, Dataset, Description, Evaluation, Network, Normalization, Sgd, Training, initialize, zoo,
};
use crate::engine::quantize::QuantizeError;
use crate::io;
use crate::sources::{DataSource, NetworkSource, Reading};

/// A network and what it takes of a byte.
pub(super) fn open(path: &Path) -> Result<(Network, Description), Failure> {
    path.display().to_string().parse::<NetworkSource>().and_then(|source| source.open()).map_err(Failure::new)
}

/// Labelled pictures of a split, or of the only part that there is, at most so many.
pub(super) fn pictures(path: &Path, split: Split, seed: u64, limit: Option<u32>) -> Result<Dataset, Failure> {
    let source: DataSource = path.display().to_string().parse().map_err(Failure::new)?;
    let reading = Reading { seed, ..Reading::default() };
    source.part(split, &reading, limit.map(|limit| limit as usize)).map_err(Failure::new)
}

/// Accuracy of a network, its weights quantized or not.
pub(super) fn evaluate(args: &EvaluateArgs) -> Result<String, Failure> {
    let started = Instant::now();
    let (network, description) = open(&args.model)?;
    let data = pictures(&args.data, Split::Test, 0, args.limit)?;
    let normalization = args.normalize.unwrap_or(description.normalization);
    let quantized = match &args.scheme {
        None => None,
        Some(scheme) => {
            let progress = Percentage::of("quantizing");
            let quantized = network::quantize_weights(&network, |_| Some(scheme.clone()), &progress);
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
        text +=
            &format!("weights by {scheme}: {bytes} B instead of {float} B, {:.2} times smaller\n", quantized.ratio());
    }
    Ok(text)
}

fn layer(layer: &network::LayerReport) -> Json {
    json!({
        "name": layer.name,
        "count": layer.weights,
        "sqnr_db": layer.report.sqnr_db().map_or(Json::Null, number),
        "bytes": layer.ledger.bytes(),
    })
}

fn measure(
    network: &Network,
    data: &Dataset,
    normalization: Normalization,
    path: &Path,
) -> Result<Evaluation, Failure> {
    let progress = Percentage::of("measuring");
    let evaluation = network::evaluate(network, data, normalization, &progress);
    evaluation.map_err(|error| Failure::new(format!("{}: {error}", path.display())))?.map_err(Failure::new)
}

/// Trains a built-in architecture and writes it.
pub(super) fn train(args: &TrainArgs) -> Result<String, Failure> {
    let started = Instant::now();
    let architecture = zoo::find(&args.model).ok_or_else(|| {
        let names: Vec<&str> = zoo::ARCHITECTURES.iter().map(|row| row.name).collect();
        Failure::new(format!(
            "--model {}: there is no such architecture; expected one of {}",
            args.model,
            names.join(", ")
        ))
    })?;
    if !(args.rate.is_finite() && args.rate > 0.0) {
        return Err(Failure::new(format!("--rate {}: expected a learning rate above 0", args.rate)));
    }
    let data = pictures(&args.data, Split::Train, args.seed, args.limit)?;
    let mut network = architecture.network().map_err(Failure::new)?;
    initialize(&mut network, args.seed);
    network::check(&network, &data).map_err(|error| Failure::new(format!("{}: {error}", args.data.display())))?;
    let training = Training::new(args.epochs as usize, args.rate, args.seed, Normalization::default());
    let mut epochs = Vec::new();
    let progress = Percentage::of("training");
    network::train(
        &mut network,
        &data,
        &training,
        &mut Sgd::new(0.9, 5e-4),
        &mut Constraints::none(),
        &progress,
        |_, epoch| {
            epochs.push(epoch);
        },
    )
    .map_err(Failure::new)?;
    drop(progress);
    let description = Description::new(&network, training.normalization);
    io::save_network(&args.out, &network, &description)?;
    let seconds = started.elapsed().as_secs_f64();
    if args.json {
        let epochs: Json = epochs
            .iter()
            .map(|epoch| json!({ "epoch": epoch.number, "loss": epoch.loss, "accuracy": epoch.accuracy }))
            .collect();
        let report = json!({ "model": network.name, "data": data.name, "epochs": epochs, "seed": args.seed, "seconds": seconds });
        return Ok(document(&report));
    }
    let mut text = String::new();
    for epoch in &epochs {
        let (loss, accuracy) = (epoch.loss, 100.0 * epoch.accuracy);
        text += &format!("epoch {}: loss {loss:.4}, {accuracy:.2} % of the training pictures right\n", epoch.number);
    }
    text += &format!("{} written in {seconds:.0} s\n", args.out.display());
    Ok(text)
}
