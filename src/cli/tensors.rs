//! `inspect`, `quantize`, `sweep`: what is in a file, and what a scheme does to it.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value as Json, json};

use super::Failure;
use super::args::{QuantizeArgs, SweepArgs};
use super::print::{columns, document, number, visible};
use super::progress::Percentage;
use super::report::{HEADING, Report};
use super::select::select;
use crate::engine::Progress;
use crate::engine::quantize::{self, Amount, Fitted, Options, Prune, QuantizeError, Scheme, Scope, prune};
use crate::engine::tensor::{Model, Moments, Summary, Tensor, Values, examples};
use crate::io::{self, Content, FileFormat, Nameless, Target, TensorExport};

/// A file, or `builtin:NAME` for an example.
fn open(path: &Path, nameless: Option<Nameless>) -> Result<Model, Failure> {
    let Some(name) = path.to_str().and_then(|text| text.strip_prefix("builtin:")) else {
        return Ok(io::open_as(path, nameless.unwrap_or_default())?);
    };
    let example = examples::find(name).ok_or_else(|| {
        let names: Vec<&str> = examples::EXAMPLES.iter().map(|example| example.id).collect();
        Failure::new(format!("builtin:{name}: there is no such example; expected one of {}", names.join(", ")))
    })?;
    Ok((example.make)())
}

/// Whether what is written lies somewhere else than what is read: what was lost in rounding would be lost for good.
///
/// # Errors
/// One file for both.
pub(super) fn not_over(input: &Path, out: &Path) -> Result<(), Failure> {
    match (input.canonicalize(), out.canonicalize()) {
        (Ok(input), Ok(output)) if input == output => Err(Failure::new(format!(
            "--out {}: is the input itself, which would be lost; choose another name",
            out.display()
        ))),
        _ => Ok(()),
    }
}

fn values(path: &Path, tensor: &Tensor) -> Result<Values, Failure> {
    tensor.values().map_err(|error| Failure::new(format!("{}: tensor {}: {error}", path.display(), tensor.name)))
}

fn summary(path: &Path, tensor: &Tensor, values: &Values) -> Result<Summary, Failure> {
    Summary::of(values, &Percentage::of(&tensor.name))
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// Every tensor with its statistics.
pub(super) fn inspect(path: &Path, nameless: Option<Nameless>, as_json: bool) -> Result<String, Failure> {
    let model = open(path, nameless)?;
    let mut rows = Vec::new();
    for tensor in &model.tensors {
        // One tensor that cannot be read leaves the others readable.
        let moments = match values(path, tensor) {
            Ok(values) => Ok(summary(path, tensor, &values)?.moments),
            Err(failure) => Err(failure.0),
        };
        rows.push((tensor, moments));
    }
    if let [(_, Err(problem))] = rows.as_slice() {
        return Err(Failure::new(problem.clone()));
    }
    if as_json {
        let tensors: Json = rows.iter().map(|(tensor, moments)| inspected(tensor, moments)).collect();
        let metadata: Json = model.metadata.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
        return Ok(document(&json!({ "tensors": tensors, "metadata": metadata })));
    }
    let row = |(tensor, moments): &(&Tensor, Result<Moments, String>)| {
        let unread = Moments::default();
        let moments = moments.as_ref().unwrap_or(&unread);
        let short = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.6}"));
        let end = |value: f32| short((moments.finite() > 0).then_some(f64::from(value)));
        [
            visible(&tensor.name),
            tensor.dtype.name().to_owned(),
            format!("{:?}", tensor.shape),
            tensor.count().to_string(),
            end(moments.min),
            end(moments.max),
            short(moments.mean()),
            short(moments.std()),
            moments.zeros.to_string(),
            (moments.nan + moments.infinite).to_string(),
        ]
    };
    let packed: String = model.tensors.iter().filter_map(packing_line).collect();
    let unread: String =
        rows.iter().filter_map(|(_, moments)| Some(format!("{}\n", moments.as_ref().err()?))).collect();
    let metadata: String = model.metadata.iter().map(|(key, value)| metadata_line(key, value)).collect();
    let heading = ["name", "dtype", "shape", ">count", ">min", ">max", ">mean", ">std", ">zeros", ">non-finite"];
    Ok(columns(heading, &rows.iter().map(row).collect::<Vec<_>>()) + &unread + &packed + &metadata)
}

/// One piece of the file's metadata, cut to a line.
fn metadata_line(key: &str, value: &str) -> String {
    const LONGEST: usize = 160;
    let line = visible(&format!("{key}: {value}"));
    let cut = line.char_indices().nth(LONGEST).map(|(end, _)| end);
    cut.map_or_else(|| format!("{line}\n"), |end| format!("{}…\n", &line[..end]))
}

/// How a file packs a tensor, on one line.
fn packing_line(tensor: &Tensor) -> Option<String> {
    let packing = tensor.packing.as_ref()?;
    let parts = packing.parts.iter().map(|(part, bits)| format!("{part} {bits} bit")).collect::<Vec<_>>().join(" + ");
    let name = visible(&tensor.name);
    Some(format!("{name}: {} in {} bytes: {parts}\n", visible(&packing.scheme), packing.bytes))
}

fn inspected(tensor: &Tensor, found: &Result<Moments, String>) -> Json {
    let unread = Moments::default();
    let moments = found.as_ref().unwrap_or(&unread);
    let optional = |value: Option<f64>| value.map_or(Json::Null, number);
    let end = |value: f32| optional((moments.finite() > 0).then_some(f64::from(value)));
    let mut object = json!({
        "name": tensor.name,
        "dtype": tensor.dtype.name(),
        "shape": tensor.shape,
        "count": tensor.count(),
        "min": end(moments.min),
        "max": end(moments.max),
        "mean": optional(moments.mean()),
        "std": optional(moments.std()),
        "zeros": moments.zeros,
        "non_finite": moments.nan + moments.infinite,
        "nan": moments.nan,
        "infinite": moments.infinite,
    });
    if let (Err(problem), Some(object)) = (found, object.as_object_mut()) {
        object.insert("error".to_owned(), json!(problem));
    }
    if let (Some(packing), Some(object)) = (&tensor.packing, object.as_object_mut()) {
        let count = tensor.count() as u64;
        let ratio = packing.dtype.bytes(count) as f64 / packing.bytes as f64;
        let bits = packing.bytes as f64 * 8.0 / count as f64;
        let ledger: Json = packing.parts.iter().map(|(part, bits)| json!({"part": part, "bits": bits})).collect();
        object.insert("scheme".to_owned(), json!(packing.scheme));
        object.insert("bits_per_weight".to_owned(), optional((count > 0).then_some(bits)));
        object.insert("ledger".to_owned(), ledger);
        object.insert("bytes".to_owned(), json!(packing.bytes));
        object.insert("ratio".to_owned(), optional((packing.bytes > 0).then_some(ratio)));
    }
    object
}

/// The threshold that all tensors share, where the scheme prunes a share of all weights of the model: as on the pages, whichever of
/// them are selected.
fn threshold(path: &Path, model: &Model, selected: &[usize], scheme: &Scheme) -> Result<Option<f32>, Failure> {
    match scheme.prune {
        Some(Prune { amount: Amount::Share(share), scope: Scope::Global }) => {
            let all = model.default_selection();
            let all = if all.is_empty() { selected } else { &all };
            prune::global_threshold(share, all, |&index| values(path, &model.tensors[index])).map(Some)
        }
        _ => Ok(None),
    }
}

/// The importance of a tensor's weights: the tensor of the same name, or the only one of a file that holds one.
fn importance(path: &Path, model: &Model, tensor: &Tensor) -> Result<Values, Failure> {
    let found = match model.tensors.as_slice() {
        [only] => Some(only),
        all => all.iter().find(|other| other.name == tensor.name),
    };
    let found = found
        .ok_or_else(|| Failure::new(format!("--importance {}: it has no tensor {}", path.display(), tensor.name)))?;
    let values = values(path, found)?;
    match values.iter().position(|value| !(value.is_finite() && *value >= 0.0)) {
        Some(place) => Err(Failure::new(format!(
            "--importance {}: tensor {}: value {place} is {}, expected a finite number of 0 or more",
            path.display(),
            found.name,
            values[place]
        ))),
        None => Ok(values),
    }
}

fn fit(
    path: &Path,
    tensor: &Tensor,
    values: &Values,
    scheme: &Scheme,
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<Fitted, Failure> {
    quantize::quantize_with(values, &tensor.shape, scheme, options, progress).map_err(|error| {
        let reason = match error {
            QuantizeError::Unfit(reason) => reason,
            QuantizeError::Cancelled(cancelled) => cancelled.to_string(),
        };
        Failure::new(format!("{}: tensor {}: {reason}", path.display(), tensor.name))
    })
}

/// Quantizes the selected tensors and writes all of them.
pub(super) fn quantize(args: &QuantizeArgs) -> Result<String, Failure> {
    let started = Instant::now();
    let format = match &args.to {
        None => FileFormat::of(&args.out)?,
        Some(name) => FileFormat::named(name).ok_or_else(|| {
            let known = io::endings("or ");
            Failure::new(format!("--to {name}: no format that can be written; expected {known}"))
        })?,
    };
    let layout = args.layout.unwrap_or(format.default_layout());
    if let Some(reason) = format.refuses_scheme(layout, &args.scheme) {
        return Err(Failure::new(format!("{}: {reason}", args.out.display())));
    }
    let target = Target {
        path: &args.out,
        format,
        layout,
        activations: args.activation_scales,
        external_data: args.external_data,
    };
    not_over(&args.file, &args.out)?;
    let model = open(&args.file, args.npy_dtype)?;
    let selected = select(&model, &args.tensor, &args.file.display().to_string())?;
    let chosen = model.tensors.iter().enumerate().map(|(index, tensor)| (tensor, selected.contains(&index)));
    if let Some(reason) = io::too_large(format, layout, &args.scheme, chosen) {
        return Err(Failure::new(format!("{}: {reason}", args.out.display())));
    }
    let threshold = threshold(&args.file, &model, &selected, &args.scheme)?;
    let weighing =
        args.importance.as_deref().map(|path| Ok::<_, Failure>((path, open(path, args.npy_dtype)?))).transpose()?;
    // Once more: only now all inputs are known.
    io::check_place(&args.out)?;
    // The writer asks for one tensor's codes at a time, so that no two are in memory; the reports are made on the way.
    let reports = RefCell::new(Vec::new());
    // What the writer says about a tensor names the output; what went wrong here names the input.
    let problem = RefCell::new(None);
    let codes = |tensor: &Tensor| {
        let progress = Percentage::of(&tensor.name);
        let fitted = values(&args.file, tensor)
            .and_then(|values| {
                let importance = weighing.as_ref().map(|(path, model)| importance(path, model, tensor)).transpose()?;
                let options = Options { threshold, importance: importance.as_deref(), ..Options::default() };
                fit(&args.file, tensor, &values, &args.scheme, &options, &progress)
            })
            .map_err(|failure| {
                let reason = failure.0.clone();
                *problem.borrow_mut() = Some(failure);
                reason
            })?;
        reports.borrow_mut().push(Report::of(tensor, &fitted));
        Ok(fitted.quantized)
    };
    let codes = &codes;
    let export = |(index, tensor): (usize, _)| TensorExport {
        tensor,
        content: if selected.contains(&index) {
            Content::Quantized(Box::new(move || Ok(codes(tensor))))
        } else {
            Content::AsItIs
        },
    };
    // One array has no room for the tensors that are not selected.
    let whole = format != FileFormat::Npy;
    let wanted = |(index, _): &(usize, &Tensor)| whole || selected.contains(index);
    let exports: Vec<TensorExport<'_>> = model.tensors.iter().enumerate().filter(wanted).map(export).collect();
    let saved = io::save(&target, &exports, &Percentage::of("writing"));
    if let Some(failure) = problem.take() {
        return Err(failure);
    }
    let saved = saved.map_err(|error| Failure::new(format!("{}: {error}", args.out.display())))??;
    let reports: Vec<Report> = reports.take();
    let total = Report { name: "total".to_owned(), ..Report::total(&args.scheme, reports.iter()) };
    if args.json {
        let tensors: Vec<_> = reports.iter().map(Report::tensor_json).collect();
        let mut total = total.total_json();
        total.insert("file_bytes".to_owned(), json!(saved.file_bytes));
        if let Some(path) = &saved.beside {
            total.insert("config".to_owned(), json!(path.display().to_string()));
        }
        if let Some(path) = &saved.data {
            total.insert("data".to_owned(), json!(path.display().to_string()));
        }
        if !saved.notes.is_empty() {
            total.insert("notes".to_owned(), json!(saved.notes));
        }
        total.insert("python".to_owned(), json!(format.python(&args.out)));
        total.insert("seconds".to_owned(), json!(started.elapsed().as_secs_f64()));
        return Ok(document(&json!({ "tensors": tensors, "total": total })));
    }
    let all = || reports.iter().chain([&total]);
    let mut text = columns(HEADING, &all().map(Report::cells).collect::<Vec<_>>());
    text.extend(all().map(Report::ledger_line));
    text += &format!("file_bytes: {}\n", saved.file_bytes);
    if let Some(path) = &saved.beside {
        text += &format!("quantization_config: {}\n", path.display());
    }
    text.extend(reports.iter().flat_map(Report::notes).map(|note| format!("note: {note}\n")));
    text.extend(saved.notes.iter().map(|note| format!("note: {note}\n")));
    text += &format!("python: {}\n", format.python(&args.out));
    Ok(text)
}

/// Error and size at each width; a width that the scheme refuses is left out.
pub(super) fn sweep(file: &Path, args: &SweepArgs) -> Result<String, Failure> {
    let mut schemes = Vec::new();
    let mut refusal = None;
    for bits in args.bits.low..=args.bits.high {
        match args.scheme.with_bits(bits) {
            Ok(scheme) => schemes.push(scheme),
            Err(reason) => refusal = refusal.or(Some(reason)),
        }
    }
    if let (true, Some(reason)) = (schemes.is_empty(), refusal) {
        return Err(Failure::new(format!("--scheme {}: {reason}", args.scheme)));
    }
    let model = open(file, args.npy_dtype)?;
    let selected = select(&model, &args.tensor, &file.display().to_string())?;
    // The width changes nothing about what is pruned.
    let threshold = threshold(file, &model, &selected, &args.scheme)?;
    let mut points = Vec::new();
    for tensor in selected.into_iter().map(|index| &model.tensors[index]) {
        let values = values(file, tensor)?;
        let summary = summary(file, tensor, &values)?;
        for scheme in &schemes {
            let progress = Percentage::of(format!("{} {scheme}", tensor.name));
            let options = Options { summary: Some(&summary), threshold, ..Options::default() };
            let fitted = fit(file, tensor, &values, scheme, &options, &progress)?;
            points.push(Report::of(tensor, &fitted));
        }
    }
    let total = |scheme: &Scheme| {
        let points = points.iter().filter(|point| point.bits == scheme.bits());
        Report { name: "total".to_owned(), ..Report::total(scheme, points) }
    };
    let totals: Vec<Report> = schemes.iter().map(total).collect();
    if args.json {
        let points: Vec<Map<String, Json>> = points.iter().map(Report::tensor_json).collect();
        let totals: Vec<Map<String, Json>> = totals.iter().map(Report::total_json).collect();
        return Ok(document(&json!({ "points": points, "totals": totals })));
    }
    let all = points.iter().chain(&totals);
    let mut text = columns(HEADING, &all.map(Report::cells).collect::<Vec<_>>());
    // What is odd about a tensor is so at every width, and said once.
    let mut said = HashSet::new();
    let notes = points.iter().flat_map(Report::notes).filter(|note| said.insert(note.clone()));
    text.extend(notes.map(|note| format!("note: {note}\n")));
    Ok(text)
}
