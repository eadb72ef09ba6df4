//! `compress`: Deep Compression, stage by stage.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value as Json, json};

use super::Failure;
use super::args::CompressArgs;
use super::layers::each;
use super::networks::{open, pictures, training};
use super::print::{columns, document, number};
use super::progress::Percentage;
use crate::engine::coding::LayerRow;
use crate::engine::compress::bits::{Attempt, Largest, Search, largest};
use crate::engine::compress::{Compressed, LayerRecipe, NetworkSize, Recipe, Stage, run};
use crate::engine::network::digits::Split;
use crate::engine::network::{Description, Interval, Network, Normalization, Subject};
use crate::engine::quantize::Quantized;
use crate::engine::tensor::Tensor;
use crate::io::{self, Content, FileFormat, Target, TensorExport};
use crate::sources::Reading;

/// The recipe's name on the command line.
const RECIPE: &str = "deep-compression";

/// Runs the pipeline and says what every stage left.
pub(super) fn compress(args: &CompressArgs) -> Result<String, Failure> {
    let started = Instant::now();
    if let Some(out) = &args.out {
        output(out)?;
    }
    let (network, mut description) = open(&args.model)?;
    // What is written takes pictures as they were taken here.
    description.normalization = args.normalize.unwrap_or(description.normalization);
    let normalization = description.normalization;
    let recipe = recipe(args, &network)?;
    let reading = Reading { hold: args.hold.map(|held| held as usize), ..Reading::default() };
    // No more are drawn or read than the recipe trains on.
    let most = u32::try_from(recipe.pictures).unwrap_or(u32::MAX);
    let train = training(&args.data, &reading, Some(args.train_limit.map_or(most, |limit| limit.min(most))))?;
    let test = pictures(&args.data, Split::Test, &reading, args.limit)?;
    let data = test.name.clone();
    // Once more: only now all inputs are known.
    if let Some(out) = &args.out {
        output(out)?;
    }
    let progress = Percentage::of("compressing");
    let subject = Subject::new(network, normalization, test, &progress)
        .map_err(|error| Failure::new(format!("{}: {error}", args.data.display())))?
        .map_err(Failure::new)?;
    let done = run(&subject, &train, &recipe, &progress, &mut |_| {})
        .map_err(|error| Failure::new(format!("{}: {error}", args.model.display())))?;
    drop(progress);
    let largest = if args.largest {
        let progress = Percentage::of("looking for the largest ratio");
        largest(&subject, &train, (&recipe, &done), Search::default(), &progress, &mut |_| {})
            .map_err(|error| Failure::new(format!("{}: {error}", args.model.display())))?
    } else {
        None
    };
    let stored = match &largest {
        Some(found) => (&found.network, &found.quantized),
        None => (&done.network, &done.quantized),
    };
    let written = args.out.as_deref().map(|path| write(path, stored, &description)).transpose()?;
    let run = Run {
        largest: args.largest.then_some(largest.as_ref()),
        done: &done,
        interval: subject.float.interval(),
        recipe: &recipe,
        normalization,
        data: &data,
        seconds: started.elapsed().as_secs_f64(),
        written: written.zip(args.out.as_deref()),
    };
    Ok(if args.json { document(&run.json()) } else { run.text() })
}

/// The recipe of the arguments.
fn recipe(args: &CompressArgs, network: &Network) -> Result<Recipe, Failure> {
    let mut recipe = if args.recipe == RECIPE {
        Recipe::of(network)
    } else {
        args.recipe.parse().map_err(|error| Failure::new(format!("--recipe {error}")))?
    };
    recipe.seed = args.seed.unwrap_or(recipe.seed);
    if let Some(text) = &args.prune {
        each(network, "--prune", text, "a share from 0 to below 1", |place, value: f64| {
            if let Some(layer) = recipe.layers.get_mut(place) {
                layer.keep = 1.0 - value;
            }
            (0.0..1.0).contains(&value)
        })?;
    }
    if let Some(text) = &args.bits {
        each(network, "--bits", text, "1 to 8", |place, value: u8| {
            if let Some(layer) = recipe.layers.get_mut(place) {
                layer.bits = value;
            }
            (1..=8).contains(&value)
        })?;
    }
    recipe.check(network).map_err(|error| Failure::new(format!("--recipe: {error}")))?;
    Ok(recipe)
}

/// Checks the name of the file to write before anything is computed.
fn output(path: &Path) -> Result<FileFormat, Failure> {
    let format = FileFormat::of(path)?;
    io::check_place(path)?;
    if matches!(format, FileFormat::Qsz | FileFormat::Safetensors) {
        return Ok(format);
    }
    Err(Failure::new(format!(
        "{}: expected NAME.qsz for the packed payload, or NAME.safetensors for the network with its final weights",
        path.display()
    )))
}

/// Writes the result; the file's length.
fn write(
    path: &Path,
    (network, quantized): (&Network, &Vec<Quantized>),
    description: &Description,
) -> Result<u64, Failure> {
    let format = output(path)?;
    if format == FileFormat::Safetensors {
        io::save_network(path, network, description)?;
    } else {
        let parameters = &network.parameters;
        let tensors: Vec<Tensor> = parameters
            .iter()
            .map(|parameter| Tensor::in_memory(&parameter.name, parameter.shape.clone(), parameter.values.clone()))
            .collect();
        let mut codes = quantized.iter();
        let exports: Vec<TensorExport<'_>> = tensors
            .iter()
            .zip(parameters)
            .map(|(tensor, parameter)| {
                let content = match parameter.is_weight().then(|| codes.next()).flatten() {
                    Some(quantized) => Content::Quantized(Box::new(move || Ok(Ok(quantized.clone())))),
                    None => Content::AsItIs,
                };
                TensorExport { tensor, content }
            })
            .collect();
        let target = Target::new(path, format);
        io::save(&target, &exports, &Percentage::of("writing")).map_err(Failure::new)??;
    }
    let length = std::fs::metadata(path).map(|file| file.len());
    length.map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// What there is to say.
struct Run<'a> {
    done: &'a Compressed,
    /// What the search for the largest ratio found, where it was asked for.
    largest: Option<Option<&'a Largest>>,
    /// Of the float network.
    interval: Option<Interval>,
    recipe: &'a Recipe,
    normalization: Normalization,
    data: &'a str,
    seconds: f64,
    written: Option<(u64, &'a Path)>,
}

impl Run<'_> {
    fn last(&self) -> Option<&Stage> {
        self.done.stages.last()
    }

    /// Points of accuracy that were lost; negative where some were won.
    fn loss(&self) -> f64 {
        let accuracy = |stage: Option<&Stage>| stage.and_then(|stage| stage.evaluation.accuracy()).unwrap_or(f64::NAN);
        100.0 * (accuracy(self.done.stages.first()) - accuracy(self.last()))
    }

    fn within(&self) -> Option<bool> {
        let accuracy = self.last()?.evaluation.accuracy()?;
        self.interval.map(|interval| accuracy >= interval.low)
    }

    fn json(&self) -> Json {
        let stages: Json = self.done.stages.iter().map(stage).collect();
        let layers: Json = self.done.layers.iter().map(layer).collect();
        let mut total = layer(&LayerRow::total(&self.done.layers));
        if let Some(last) = self.last() {
            total["bytes"] = json!(last.size.bytes);
            total["ratio"] = number(last.ratio);
            total["ledger"] = ledger(&last.size);
            total["accuracy"] = last.evaluation.accuracy().map_or(Json::Null, number);
            total["correct"] = json!(last.evaluation.correct);
            total["total"] = json!(last.evaluation.total());
        }
        total["float_bytes"] = json!(self.done.float_bytes);
        total["points_lost"] = number(self.loss());
        total["within_interval"] = json!(self.within());
        let mut report = json!({
            "model": self.done.network.name,
            "data": self.data,
            "recipe": self.recipe.to_string(),
            "normalize": [self.normalization.mean, self.normalization.deviation],
            "stages": stages,
            "layers": layers,
            "total": total,
            "seconds": self.seconds,
        });
        if let Some(found) = self.largest {
            report["largest"] = found.map_or(Json::Null, |found| {
                let mut largest = attempt(&found.attempts[found.place]);
                largest["layers"] = found.layers.iter().map(layer).collect();
                largest["attempts"] = found.attempts.iter().map(attempt).collect();
                largest
            });
        }
        if let Some((length, _)) = self.written {
            report["file_bytes"] = json!(length);
        }
        report
    }

    fn text(&self) -> String {
        let rows: Vec<[String; 4]> = self
            .done
            .stages
            .iter()
            .map(|stage| {
                let accuracy = stage.evaluation.accuracy().unwrap_or(f64::NAN);
                [
                    stage.kind.name().to_owned(),
                    stage.size.bytes.to_string(),
                    format!("{:.2}", stage.ratio),
                    format!("{:.2} %", 100.0 * accuracy),
                ]
            })
            .collect();
        let Normalization { mean, deviation } = self.normalization;
        let mut text = format!("{} on {}", self.done.network.name, self.data);
        text += &format!(", of a byte (byte / 255 - {mean}) / {deviation}, seed {}\n", self.recipe.seed);
        text += &columns(["stage", ">bytes", ">ratio", ">accuracy"], &rows);
        let total = LayerRow::total(&self.done.layers);
        let pair = |pair: Option<(f64, f64)>, factor: f64| {
            pair.map_or_else(|| "-".to_owned(), |(a, b)| format!("{:.2} -> {:.2}", a * factor, b * factor))
        };
        let rows: Vec<[String; 6]> = self
            .done
            .layers
            .iter()
            .chain([&total])
            .map(|row| {
                [
                    row.name.clone(),
                    row.weights.to_string(),
                    row.kept_share().map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share)),
                    pair(row.weight_bits(), 1.0),
                    pair(row.step_bits(), 1.0),
                    pair(row.rate(), 100.0) + " %",
                ]
            })
            .collect();
        text += &columns(["layer", ">weights", ">kept", ">weight bits", ">index bits", ">rate"], &rows);
        let inside = match self.within() {
            Some(true) => "within",
            Some(false) => "below",
            None => "without",
        };
        if let Some(last) = self.last() {
            text += &format!(
                "{:.1} times smaller with everything counted, {:.2} points lost, {inside} the float network's 95 % interval; {:.0} s\n",
                last.ratio,
                self.loss(),
                self.seconds
            );
        }
        match self.largest {
            Some(Some(found)) => {
                let best = &found.attempts[found.place];
                let layer = |name: &str, layer: &LayerRecipe| {
                    format!("{name} {:.1} % at {} bit", 100.0 * layer.keep, layer.bits)
                };
                let names = self.done.layers.iter().map(|row| row.name.as_str());
                let layers: Vec<String> = names.zip(&best.layers).map(|(name, of)| layer(name, of)).collect();
                text += &format!(
                    "the largest ratio of {} tried inside that interval: {:.1} times, {} bytes, {:.2} %: {}\n",
                    found.attempts.len(),
                    best.ratio,
                    best.size.bytes,
                    100.0 * best.evaluation.accuracy().unwrap_or(f64::NAN),
                    layers.join(", ")
                );
            }
            Some(None) => text += "no ratio inside that interval: the recipe itself is below it\n",
            None => {}
        }
        if let Some((length, path)) = self.written {
            text += &format!("{}: {length} bytes\n", path.display());
        }
        text
    }
}

fn stage(stage: &Stage) -> Json {
    json!({
        "name": stage.kind.name(),
        "bytes": stage.size.bytes,
        "ratio": number(stage.ratio),
        "accuracy": stage.evaluation.accuracy().map_or(Json::Null, number),
        "correct": stage.evaluation.correct,
        "total": stage.evaluation.total(),
        "ledger": ledger(&stage.size),
    })
}

fn attempt(attempt: &Attempt) -> Json {
    let list = |of: &dyn Fn(&LayerRecipe) -> Json| attempt.layers.iter().map(of).collect::<Json>();
    json!({
        "keep": list(&|layer| json!(layer.keep)),
        "bits": list(&|layer| json!(layer.bits)),
        "index": list(&|layer| json!(layer.index)),
        "bytes": attempt.size.bytes,
        "ratio": number(attempt.ratio),
        "ledger": ledger(&attempt.size),
        "accuracy": attempt.evaluation.accuracy().map_or(Json::Null, number),
        "correct": attempt.evaluation.correct,
        "total": attempt.evaluation.total(),
        "within_interval": attempt.inside,
    })
}

fn ledger(size: &NetworkSize) -> Json {
    size.ledger.parts.iter().map(|part| json!({ "part": part.name, "bits": part.bits })).collect()
}

fn layer(row: &LayerRow) -> Json {
    let pair = |pair: Option<(f64, f64)>| pair.map_or(Json::Null, |(before, after)| json!([before, after]));
    json!({
        "name": row.name,
        "count": row.weights,
        "kept": row.kept,
        "kept_share": row.kept_share(),
        "weight_bits": pair(row.weight_bits()),
        "index_bits": pair(row.step_bits()),
        "rate": pair(row.rate()),
        "bytes": row.bytes.1,
        "ratio": number(row.float_bytes as f64 / row.bytes.1.max(1) as f64),
    })
}
