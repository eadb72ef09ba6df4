//! `sweep` of a network: accuracy by bits for every layer alone and for kinds of layers, and the best width for every layer.

use std::time::Instant;

use serde_json::{Value as Json, json};

use super::Failure;
use super::args::{SweepArgs, Target};
use super::layers::{each, names};
use super::networks::{open, pictures, training};
use super::print::{columns, document, number};
use super::progress::Percentage;
use crate::engine::compress::CompressError;
use crate::engine::compress::bits::{
    Cell, Mix, Mixed, Sensitivity, SweepNews, SweepPlan, SweepPoint, measure_mix, reach, sensitivity, sweep as curves,
};
use crate::engine::network::digits::Split;
use crate::engine::network::{Layers, Network, Scored, Subject};
use crate::engine::quantize::Scheme;
use crate::sources::Reading;

/// Kinds of layers and what they are called.
const KINDS: [(Layers, &str); 3] =
    [(Layers::All, "all"), (Layers::Convolution, "convolution"), (Layers::FullyConnected, "fully-connected")];

/// Measures a network at every width.
pub(super) fn sweep(args: &SweepArgs) -> Result<String, Failure> {
    let started = Instant::now();
    let own = &args.network;
    let (Some(model), Some(data)) = (&own.model, &own.data) else {
        return Err(Failure::new("expected FILE, or --model with --data"));
    };
    let (network, description) = open(model)?;
    let keep = own.prune.as_deref().map(|text| shares(&network, text)).transpose()?;
    let reading = Reading { hold: own.hold.map(|held| held as usize), ..Reading::default() };
    let test = pictures(data, Split::Test, &reading, own.limit)?;
    if test.is_empty() {
        return Err(Failure::new(format!("{}: holds no pictures to measure on", data.display())));
    }
    let train = match &keep {
        Some(_) if own.retrain > 0 => training(data, &reading, own.train_limit)?,
        _ => test.first(0),
    };
    let unfit = |error: CompressError| Failure::new(format!("{}: {error}", model.display()));
    let normalization = own.normalize.unwrap_or(description.normalization);
    let progress = Percentage::of("float32");
    let subject = Subject::new(network, normalization, test, &progress)
        .map_err(|error| Failure::new(format!("{}: {error}", data.display())))?
        .map_err(Failure::new)?;
    let widths = args.bits.low..=args.bits.high;
    let progress = Percentage::of("layer by layer");
    let layers = sensitivity(&subject, &args.scheme, widths.clone(), usize::MAX, &progress, &mut |_, _| {})
        .map_err(|error| Failure::new(format!("--scheme {error}")))?;
    let plan = SweepPlan {
        scheme: args.scheme.clone(),
        widths,
        kinds: kinds(&subject.network),
        keep,
        rounds: if own.retrain > 0 { 2 } else { 1 },
        walks: own.retrain as usize,
        measured: usize::MAX,
    };
    let mut pruned = None;
    let progress = Percentage::of("kinds of layers");
    let mut points = curves(&subject, &train, &plan, &progress, &mut |news| {
        if let SweepNews::Float { pruned: true, scored } = news {
            pruned = Some(scored.clone());
        }
    })
    .map_err(unfit)?;
    points.sort_by_key(|point| (point.pruned, KINDS.iter().position(|(kind, _)| *kind == point.layers), point.bits));
    let mixed = own.target.map(|target| meet(&subject, &layers, target)).transpose()?;
    let report = Report {
        data: &subject.data.name,
        network: &subject.network,
        layers: &layers,
        points: &points,
        pruned,
        mixed,
        seconds: started.elapsed().as_secs_f64(),
    };
    Ok(if args.json { document(&report.json()) } else { report.text() })
}

/// All layers together, and each kind that the network has.
fn kinds(network: &Network) -> Vec<Layers> {
    let has = |kind: Layers| network.parameters.iter().any(|parameter| parameter.is_weight() && kind.take(parameter));
    KINDS.map(|(kind, _)| kind).into_iter().filter(|kind| has(*kind)).collect()
}

/// The shares of the weights that pruning leaves.
fn shares(network: &Network, text: &str) -> Result<Vec<f64>, Failure> {
    let mut keep = vec![1.0; names(network).len()];
    each(network, "--prune", text, "a share from 0 to below 1", |place, value: f64| {
        keep[place] = 1.0 - value;
        (0.0..1.0).contains(&value)
    })?;
    Ok(keep)
}

/// The mix of widths that meets a target, measured.
struct Found {
    target: Target,
    /// The best mixes of every size, by the estimates.
    mixes: Vec<Mix>,
    /// The one that was taken; for an accuracy it may be larger than all of them.
    mix: Mix,
    mixed: Mixed,
}

fn meet(subject: &Subject, layers: &Sensitivity, target: Target) -> Result<Found, Failure> {
    let mixes = layers.mixes();
    let unmet = |why: String| Failure::new(format!("--target {target}: {why}"));
    let unfit = |error: CompressError| unmet(error.to_string());
    let float = layers.float_bytes();
    let bytes = match target {
        Target::Bytes(bytes) => bytes,
        Target::Ratio(ratio) => (float as f64 / ratio) as u64,
        Target::Accuracy(accuracy) => {
            let progress = Percentage::of("mixed widths");
            let candidates = layers.candidates();
            let found = reach(subject, &layers.scheme, &candidates, accuracy, usize::MAX, &progress, &mut |_, _| {});
            let best = found.map_err(unfit)?.ok_or_else(|| {
                let float = layers.float.evaluation.accuracy().unwrap_or(f64::NAN);
                unmet(format!("nothing reaches it; float32 itself has {float}"))
            })?;
            let mix = candidates[best.place].clone();
            return Ok(Found { target, mix, mixed: best.mixed, mixes });
        }
    };
    let place = mixes.iter().rposition(|mix| mix.bytes <= bytes).ok_or_else(|| {
        let smallest = mixes.first().map_or(float, |mix| mix.bytes);
        let times = float as f64 / smallest.max(1) as f64;
        unmet(format!("the smallest mix of these widths takes {smallest} bytes, {times:.2} times less than float32"))
    })?;
    let progress = Percentage::of("mixed widths");
    let mixed = measure_mix(subject, &layers.scheme, &mixes[place].bits, usize::MAX, &progress).map_err(unfit)?;
    Ok(Found { target, mix: mixes[place].clone(), mixes, mixed })
}

/// What there is to say.
struct Report<'a> {
    data: &'a str,
    network: &'a Network,
    layers: &'a Sensitivity,
    points: &'a [SweepPoint],
    pruned: Option<Scored>,
    mixed: Option<Found>,
    seconds: f64,
}

/// The answers as every object has them.
fn answers(scored: &Scored) -> Json {
    let evaluation = &scored.evaluation;
    let interval = evaluation.interval();
    json!({
        "accuracy": evaluation.accuracy().map_or(Json::Null, number),
        "correct": evaluation.correct,
        "total": evaluation.total(),
        "interval": interval.map(|interval| [interval.low, interval.high]),
        "loss": number(scored.loss),
    })
}

/// `object` with the fields of `more`.
fn with(mut object: Json, more: Json) -> Json {
    if let (Some(object), Json::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    object
}

impl Report<'_> {
    /// The scheme at a width, as text.
    fn scheme(&self, bits: u32) -> String {
        let scheme: &Scheme = &self.layers.scheme;
        scheme.with_bits(bits).map_or_else(|_| String::new(), |scheme| scheme.to_string())
    }

    fn kind(kind: Layers) -> &'static str {
        KINDS.iter().find(|(found, _)| *found == kind).map_or("", |(_, name)| name)
    }

    /// Float bytes of the weights of a kind.
    fn float_bytes(&self, kind: Layers) -> u64 {
        let of = self.network.parameters.iter().filter(|parameter| parameter.is_weight() && kind.take(parameter));
        of.map(|parameter| 4 * parameter.values.len() as u64).sum()
    }

    /// Widths by the layers' names.
    fn widths(&self, bits: &[Option<u32>]) -> Json {
        let widths = names(self.network).into_iter().zip(bits);
        widths.map(|(name, bits)| (name.to_owned(), bits.map_or(json!("float"), |bits| json!(bits)))).collect()
    }

    fn json(&self) -> Json {
        let point = |cell: &Cell| {
            let layer = &self.layers.layers[cell.layer];
            let own = json!({
                "name": layer.name,
                "count": layer.weights,
                "bits": cell.bits,
                "scheme": self.scheme(cell.bits),
                "bytes": cell.bytes,
                "bits_per_weight": number(8.0 * cell.bytes as f64 / layer.weights.max(1) as f64),
                "ratio": number(4.0 * layer.weights as f64 / cell.bytes.max(1) as f64),
                "sqnr_db": cell.sqnr_db.map_or(Json::Null, number),
                "added_loss": number(self.layers.added_loss(cell)),
            });
            with(own, answers(&cell.scored))
        };
        let total = |point: &SweepPoint| {
            let own = json!({
                "layers": Self::kind(point.layers),
                "pruned": point.pruned,
                "bits": point.bits,
                "bytes": point.bytes,
                "ratio": number(self.float_bytes(point.layers) as f64 / point.bytes.max(1) as f64),
            });
            with(own, answers(&point.scored))
        };
        let float = json!({ "bytes": self.layers.float_bytes() });
        let mut report = json!({
            "model": self.network.name,
            "data": self.data,
            "scheme": self.layers.scheme.to_string(),
            "float": with(float, answers(&self.layers.float)),
            "points": self.layers.cells.iter().map(point).collect::<Json>(),
            "totals": self.points.iter().map(total).collect::<Json>(),
            "seconds": self.seconds,
        });
        if let Some(pruned) = &self.pruned {
            report["pruned"] = answers(pruned);
        }
        if let Some(found) = &self.mixed {
            let mix = &found.mix;
            let own = json!({
                "target": found.target.to_string(),
                "bits": self.widths(&mix.bits),
                "bytes": found.mixed.quantized.bytes,
                "ratio": number(found.mixed.quantized.ratio()),
                "expected_loss": number(self.layers.float.loss + mix.added_loss),
            });
            report["mixed"] = with(own, answers(&found.mixed.scored));
            let row = |mix: &Mix| {
                json!({
                    "bits": self.widths(&mix.bits),
                    "bytes": mix.bytes,
                    "ratio": number(self.layers.float_bytes() as f64 / mix.bytes.max(1) as f64),
                    "expected_loss": number(self.layers.float.loss + mix.added_loss),
                })
            };
            report["front"] = found.mixes.iter().map(row).collect();
        }
        report
    }

    fn text(&self) -> String {
        let percent = |scored: &Scored| {
            scored.evaluation.accuracy().map_or_else(String::new, |share| format!("{:.2} %", 100.0 * share))
        };
        let float = &self.layers.float;
        let total = float.evaluation.total();
        let mut text = format!(
            "{} on {}: {} of {total} pictures right in float32, loss {:.5}\n",
            self.network.name,
            self.data,
            percent(float),
            float.loss
        );
        let alone = self.layers.cells.iter().map(|cell| {
            let name = self.layers.layers[cell.layer].name.clone();
            [
                name,
                cell.bits.to_string(),
                cell.bytes.to_string(),
                percent(&cell.scored),
                format!("{:.5}", cell.scored.loss),
            ]
        });
        let kinds = self.points.iter().map(|point| {
            let pruned = if point.pruned { ", pruned" } else { "" };
            let name = format!("{}{pruned}", Self::kind(point.layers));
            [
                name,
                point.bits.to_string(),
                point.bytes.to_string(),
                percent(&point.scored),
                format!("{:.5}", point.scored.loss),
            ]
        });
        let rows: Vec<[String; 5]> = alone.chain(kinds).collect();
        text += &columns(["layers", ">bits", ">bytes", ">accuracy", ">loss"], &rows);
        if let Some(pruned) = &self.pruned {
            text += &format!("pruned, in float32: {}, loss {:.5}\n", percent(pruned), pruned.loss);
        }
        if let Some(found) = &self.mixed {
            let mix = &found.mix;
            let widths = names(self.network).into_iter().zip(&mix.bits);
            let widths: Vec<String> = widths
                .map(|(name, bits)| format!("{name}={}", bits.map_or("float".to_owned(), |bits| bits.to_string())))
                .collect();
            text += &format!(
                "{}: --bits {}, {} B, {:.2} times smaller; measured {}, loss {:.5} (expected {:.5})\n",
                found.target,
                widths.join(","),
                found.mixed.quantized.bytes,
                found.mixed.quantized.ratio(),
                percent(&found.mixed.scored),
                found.mixed.scored.loss,
                float.loss + mix.added_loss
            );
        }
        text
    }
}
