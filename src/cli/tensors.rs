//! `inspect`, `quantize`, `sweep`: what is in a file, and what a scheme does to it.

use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value as Json, json};

use super::Failure;
use super::args::{QuantizeArgs, SweepArgs};
use super::print::{columns, document, number, visible};
use crate::engine::coding::{Layout, Ledger};
use crate::engine::measure::ErrorReport;
use crate::engine::quantize::{self, Fitted, QuantizeError, Scheme};
use crate::engine::tensor::{Model, Summary, Tensor, Values, examples};
use crate::engine::{Cancelled, Silent};
use crate::io::{self, Content, FileFormat, TensorExport};

/// A file, or `builtin:NAME` for an example.
fn open(path: &Path) -> Result<Model, Failure> {
    let Some(name) = path.to_str().and_then(|text| text.strip_prefix("builtin:")) else {
        return Ok(io::open(path)?);
    };
    let example = examples::find(name).ok_or_else(|| {
        let names: Vec<&str> = examples::EXAMPLES.iter().map(|example| example.id).collect();
        Failure::new(format!("builtin:{name}: there is no such example; expected one of {}", names.join(", ")))
    })?;
    Ok((example.make)())
}

fn values(path: &Path, tensor: &Tensor) -> Result<Values, Failure> {
    tensor.values().map_err(|error| Failure::new(format!("{}: tensor {}: {error}", path.display(), tensor.name)))
}

/// A metric that may be undefined.
fn optional(value: Option<f64>) -> Json {
    value.map_or(Json::Null, number)
}

/// Whether a whole name matches a glob in which `*` stands for any text.
fn matches(glob: &str, name: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The tensors that the globs name, or the default selection, in file order.
fn selection(path: &Path, model: &Model, globs: &[String]) -> Result<Vec<usize>, Failure> {
    if globs.is_empty() {
        let selected = model.default_selection();
        let none = || Failure::new(format!("{}: holds no float tensor; name tensors with --tensor", path.display()));
        return if selected.is_empty() { Err(none()) } else { Ok(selected) };
    }
    for glob in globs {
        if !model.tensors.iter().any(|tensor| matches(glob, &tensor.name)) {
            return Err(Failure::new(format!("--tensor {glob}: no tensor of {} matches", path.display())));
        }
    }
    let chosen = |tensor: &Tensor| globs.iter().any(|glob| matches(glob, &tensor.name));
    Ok((0..model.tensors.len()).filter(|&index| chosen(&model.tensors[index])).collect())
}

/// Every tensor with its statistics.
pub(super) fn inspect(path: &Path, as_json: bool) -> Result<String, Failure> {
    let model = open(path)?;
    let mut rows = Vec::new();
    let mut list = Vec::new();
    for tensor in &model.tensors {
        let values = values(path, tensor)?;
        let summary = Summary::of(&values, &Silent).map_err(Failure::new)?;
        let moments = summary.moments;
        let finite = moments.finite() > 0;
        let end = |value: f32| if finite { number(value.into()) } else { Json::Null };
        let not_finite = moments.nan + moments.infinite;
        list.push(json!({
            "name": tensor.name,
            "dtype": tensor.dtype.name(),
            "shape": tensor.shape,
            "count": moments.count,
            "min": end(moments.min),
            "max": end(moments.max),
            "mean": optional(moments.mean()),
            "std": optional(moments.std()),
            "zeros": moments.zeros,
            "non_finite": not_finite,
            "nan": moments.nan,
            "infinite": moments.infinite,
        }));
        let short = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.6}"));
        let some = |value: f32| finite.then_some(f64::from(value));
        rows.push([
            visible(&tensor.name),
            tensor.dtype.name().to_owned(),
            format!("{:?}", tensor.shape),
            moments.count.to_string(),
            short(some(moments.min)),
            short(some(moments.max)),
            short(moments.mean()),
            short(moments.std()),
            moments.zeros.to_string(),
            not_finite.to_string(),
        ]);
    }
    if as_json {
        return Ok(document(&json!({ "tensors": list })));
    }
    let heading = ["name", "dtype", "shape", ">count", ">min", ">max", ">mean", ">std", ">zeros", ">non-finite"];
    Ok(columns(heading, &rows))
}

/// The keys that every report on a quantized tensor has.
fn report(tensor: &Tensor, scheme: &Scheme, errors: &ErrorReport, ledger: &Ledger) -> Map<String, Json> {
    let count = tensor.count() as f64;
    let parts: Vec<Json> = ledger.parts.iter().map(|part| json!({ "part": part.name, "bits": part.bits })).collect();
    let document = json!({
        "name": tensor.name,
        "dtype": tensor.dtype.name(),
        "shape": tensor.shape,
        "count": tensor.count(),
        "scheme": scheme.to_string(),
        "bits": scheme.bits(),
        "bits_per_weight": optional((count > 0.0).then(|| ledger.bits() as f64 / count)),
        "sse": number(errors.sse),
        "mse": optional(errors.mse()),
        "rmse": optional(errors.rmse()),
        "max_error": number(errors.max_error),
        "sqnr_db": optional(errors.sqnr_db()),
        "cosine": optional(errors.cosine()),
        "relative": optional(errors.relative()),
        "distinct": errors.distinct,
        "excluded": errors.excluded,
        "ledger": parts,
        "bytes": ledger.bytes(),
        "ratio": optional((ledger.bytes() > 0).then(|| tensor.bytes() as f64 / ledger.bytes() as f64)),
    });
    match document {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

fn fit(path: &Path, tensor: &Tensor, values: &Values, scheme: &Scheme) -> Result<Fitted, Failure> {
    let place = || format!("{}: tensor {}", path.display(), tensor.name);
    quantize::quantize(values, &tensor.shape, scheme, None, &Silent).map_err(|error| match error {
        QuantizeError::Unfit(reason) => Failure::new(format!("{}: {reason}", place())),
        QuantizeError::Cancelled(_) => Failure::new(format!("{}: cancelled", place())),
    })
}

fn ledger_of(fitted: &Fitted) -> Ledger {
    let quantized = &fitted.quantized;
    Layout::new(quantized.codes.len(), quantized.bits, &quantized.decoder).ledger()
}

/// Quantizes the selected tensors and writes all of them.
pub(super) fn quantize(args: &QuantizeArgs) -> Result<String, Failure> {
    let started = Instant::now();
    let model = open(&args.file)?;
    let selected = selection(&args.file, &model, &args.tensor)?;
    let format = match &args.to {
        None => FileFormat::of(&args.out)?,
        Some(name) => FileFormat::named(name).ok_or_else(|| {
            Failure::new(format!("--to {name}: no format that can be written; expected safetensors or npz"))
        })?,
    };
    let layout = if args.layout == "dequantized" { io::Layout::Dequantized } else { io::Layout::Codes };
    let mut reports = Vec::new();
    for &index in &selected {
        let tensor = &model.tensors[index];
        let values = values(&args.file, tensor)?;
        let fitted = fit(&args.file, tensor, &values, &args.scheme)?;
        reports.push((tensor, fitted.report, ledger_of(&fitted)));
    }
    let scheme = &args.scheme;
    let quantizer = |tensor| -> Box<dyn Fn() -> Result<Result<quantize::Quantized, String>, Cancelled>> {
        let (tensor, file): (&Tensor, &Path) = (tensor, &args.file);
        Box::new(move || {
            let fitted = values(file, tensor).and_then(|values| fit(file, tensor, &values, scheme));
            Ok(fitted.map(|fitted| fitted.quantized).map_err(|Failure(reason)| reason))
        })
    };
    let export = |(index, tensor)| TensorExport {
        tensor,
        content: if selected.contains(&index) { Content::Quantized(quantizer(tensor)) } else { Content::AsItIs },
    };
    let exports: Vec<TensorExport<'_>> = model.tensors.iter().enumerate().map(export).collect();
    let saved = match io::save(&args.out, format, layout, &exports, &Silent) {
        Ok(saved) => saved?,
        Err(Cancelled) => return Err(Failure::new(format!("{}: cancelled", args.out.display()))),
    };
    let total = total(&reports, saved.file_bytes, started.elapsed().as_secs_f64());
    if args.json {
        let tensors: Vec<Json> = reports
            .iter()
            .map(|(tensor, errors, ledger)| Json::Object(report(tensor, scheme, errors, ledger)))
            .collect();
        return Ok(document(&json!({ "tensors": tensors, "total": total })));
    }
    let mut text =
        table(&reports.iter().map(|(tensor, errors, ledger)| (*tensor, None, errors, ledger)).collect::<Vec<_>>());
    let bytes: u64 = reports.iter().map(|(_, _, ledger)| ledger.bytes()).sum();
    text += &format!("packed payload: {bytes} bytes, {:.2} times smaller\n", total["ratio"].as_f64().unwrap_or(0.0));
    for (tensor, _, ledger) in &reports {
        let parts: Vec<String> = ledger.parts.iter().map(|part| format!("{} {} bits", part.name, part.bits)).collect();
        text += &format!("  {}: {}\n", visible(&tensor.name), parts.join(", "));
    }
    text += &format!("file_bytes: {}\n", saved.file_bytes);
    Ok(text)
}

fn total(reports: &[(&Tensor, ErrorReport, Ledger)], file_bytes: u64, seconds: f64) -> Json {
    let count: u64 = reports.iter().map(|(tensor, ..)| tensor.count() as u64).sum();
    let float: u64 = reports.iter().map(|(tensor, ..)| tensor.bytes()).sum();
    let bytes: u64 = reports.iter().map(|(_, _, ledger)| ledger.bytes()).sum();
    let bits: u64 = reports.iter().map(|(_, _, ledger)| ledger.bits()).sum();
    let sum = |of: fn(&ErrorReport) -> f64| reports.iter().map(|(_, errors, _)| of(errors)).sum::<f64>();
    let measured: u64 = reports.iter().map(|(_, errors, _)| errors.count).sum();
    let all = ErrorReport {
        count: measured,
        sse: sum(|errors| errors.sse),
        signal: sum(|errors| errors.signal),
        max_error: reports.iter().map(|(_, errors, _)| errors.max_error).fold(0.0, f64::max),
        ..ErrorReport::default()
    };
    json!({
        "count": count,
        "sse": number(all.sse),
        "mse": optional(all.mse()),
        "rmse": optional(all.rmse()),
        "max_error": number(all.max_error),
        "sqnr_db": optional(all.sqnr_db()),
        "bits_per_weight": optional((count > 0).then(|| bits as f64 / count as f64)),
        "bytes": bytes,
        "ratio": optional((bytes > 0).then(|| float as f64 / bytes as f64)),
        "file_bytes": file_bytes,
        "seconds": seconds,
    })
}

fn table(rows: &[(&Tensor, Option<u32>, &ErrorReport, &Ledger)]) -> String {
    let short = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    let row = |(tensor, bits, errors, ledger): &(&Tensor, Option<u32>, &ErrorReport, &Ledger)| {
        let count = tensor.count().max(1) as f64;
        [
            visible(&tensor.name),
            bits.map(|bits| bits.to_string()).unwrap_or_default(),
            format!("{:.3}", ledger.bits() as f64 / count),
            short(errors.sqnr_db()),
            errors.rmse().map_or_else(|| "-".to_owned(), |rmse| format!("{rmse:.3e}")),
            format!("{:.3e}", errors.max_error),
            ledger.bytes().to_string(),
            format!("{:.2}", tensor.bytes() as f64 / ledger.bytes().max(1) as f64),
        ]
    };
    let rows: Vec<[String; 8]> = rows.iter().map(row).collect();
    columns(["name", ">bits", ">bits/weight", ">SQNR dB", ">RMSE", ">max error", ">bytes", ">ratio"], &rows)
}

/// Error and size at each width; a width that the scheme refuses is left out.
pub(super) fn sweep(args: &SweepArgs) -> Result<String, Failure> {
    let model = open(&args.file)?;
    let selected = selection(&args.file, &model, &args.tensor)?;
    let mut points = Vec::new();
    for &index in &selected {
        let tensor = &model.tensors[index];
        let values = values(&args.file, tensor)?;
        for bits in args.bits.low..=args.bits.high {
            let Ok(scheme) = args.scheme.with_bits(bits) else { continue };
            let fitted = fit(&args.file, tensor, &values, &scheme)?;
            points.push((tensor, bits, scheme, fitted.report, ledger_of(&fitted)));
        }
    }
    if points.is_empty() {
        let Err(reason) = args.scheme.with_bits(args.bits.low) else {
            return Err(Failure::new("nothing was selected"));
        };
        return Err(Failure::new(format!("--scheme {}: {reason}", args.scheme)));
    }
    if args.json {
        let list: Vec<Json> = points
            .iter()
            .map(|(tensor, _, scheme, errors, ledger)| Json::Object(report(tensor, scheme, errors, ledger)))
            .collect();
        return Ok(document(&json!({ "points": list })));
    }
    Ok(table(
        &points
            .iter()
            .map(|(tensor, bits, _, errors, ledger)| (*tensor, Some(*bits), errors, ledger))
            .collect::<Vec<_>>(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_names() {
        let cases = [
            ("weight", "weight", true),
            ("weight", "weights", false),
            ("*", "anything/at.all", true),
            ("*", "", true),
            ("conv*.weight", "conv1.weight", true),
            ("conv*.weight", "conv.weight", true),
            ("conv*.weight", "conv1.bias", false),
            ("*.weight", "a.b.weight", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
            ("a*a", "a", false),
            ("**", "x", true),
            ("", "x", false),
        ];
        for (glob, name, expected) in cases {
            assert_eq!(matches(glob, name), expected, "{glob} on {name}");
        }
    }
}
