//! ONNX classifiers as networks: pictures in, class scores out, the weights of the layers as parameters.

mod arrays;
mod growth;
mod rehearsal;
mod rewrite;
mod run;
mod survey;
mod weights;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use run::{Graph, Input, Order};
use survey::{End, Survey};

use super::proto::DTYPES;
use super::{Parts, parts};
use crate::engine::network::{Description, Network, Normalization};
use crate::io::beside::Beside;
use crate::io::blob::Blob;
use crate::io::error::{Error, printable};

/// float32 in `TensorProto.DataType`.
const FLOAT: u64 = 1;
/// Values of a picture: 64 MiB of float32.
const LARGEST: u64 = 1 << 24;

/// Opens a model as a classifier. `folder` is where its external data lies. Files say nothing of what a byte becomes: x / 255 is
/// assumed.
///
/// # Errors
/// What [`super::open`] refuses; a graph that does not take pictures in float32 and give class scores; an operator that cannot be run, by
/// its node.
pub(in crate::io) fn open(blob: &Blob, name: String, folder: Option<&Path>) -> Result<(Network, Description), Error> {
    let parts = parts(blob, &mut Beside::new(folder))?;
    let bytes = &*blob.all()?;
    let network = network(bytes, &parts, name).map_err(|problem| Error::labelled(blob.label(), problem))?;
    let description = Description::new(&network, Normalization::default());
    Ok((network, description))
}

fn network(bytes: &[u8], parts: &Parts, name: String) -> Result<Network, String> {
    let mut survey = Survey::of(bytes, parts.graph.clone())?;
    let stored: HashSet<&str> =
        parts.contents.tensors.iter().filter(|found| found.graph == 0).map(|found| found.name.as_str()).collect();
    let inputs: Vec<&End> = survey.inputs.iter().filter(|end| !stored.contains(end.name.as_str())).collect();
    let input = only(&inputs, "input", "takes", "pictures")?;
    let outputs: Vec<&End> = survey.outputs.iter().collect();
    only(&outputs, "output", "gives", "class scores")?;
    let taken = taken(input)?;
    let found = weights::find(parts, &survey)?;
    survey.inputs.retain(|end| !stored.contains(end.name.as_str()));
    let nodes = rewrite::left(&survey, &found.weights);
    let rewritten = rewrite::rewrite(bytes, parts, &survey, &found, &nodes)?;
    let source = run::Source { survey: &survey, nodes: &nodes, parts };
    let graph = Graph::load(rewritten, taken, &source, found.weights, &found.parameters)?;
    Ok(Network::foreign(name, taken.picture, Arc::new(graph), found.parameters))
}

/// The only input or output.
fn only<'a>(ends: &[&'a End], what: &str, does: &str, of: &str) -> Result<&'a End, String> {
    let shown = |end: &&End| format!("`{}`", printable(&end.name));
    match ends {
        [only] if only.kind.is_none_or(|kind| kind == FLOAT) => Ok(only),
        [only] => {
            let dtype =
                DTYPES.iter().find(|(kind, _)| Some(*kind) == only.kind).map_or("another type", |(_, it)| it.name());
            Err(format!("{what} {} is of {dtype}, expected {of} in float32", shown(only)))
        }
        [] => Err(format!("{does} nothing, expected one {what} of {of}")),
        several => {
            let names: Vec<String> = several.iter().take(4).map(shown).collect();
            let more = if several.len() > 4 { ", …" } else { "" };
            Err(format!("{does} {} {what}s ({}{more}), expected one of {of}", several.len(), names.join(", ")))
        }
    }
}

/// How pictures lie in an input.
fn taken(input: &End) -> Result<Input, String> {
    let name = printable(&input.name);
    let shape = input
        .shape
        .as_deref()
        .ok_or_else(|| format!("input `{name}` has no shape, expected N×channels×height×width"))?;
    let shown: Vec<String> = shape.iter().map(|size| size.map_or("?".to_owned(), |size| size.to_string())).collect();
    let wrong = |what: &str| format!("input `{name}` is {}: {what}", shown.join("×"));
    let [batch, rest @ ..] = shape else { return Err(wrong("expected N×channels×height×width")) };
    let fixed: Option<Vec<u64>> = rest.iter().copied().collect();
    let fixed = fixed.ok_or_else(|| {
        wrong(
            "sizes are left open, expected fixed ones; python -m onnxruntime.tools.make_dynamic_shape_fixed sets them",
        )
    })?;
    let count = fixed.iter().try_fold(batch.unwrap_or(1), |count, size| count.checked_mul(*size));
    if count.is_none_or(|count| count > LARGEST) {
        return Err(wrong("more than 64 MiB of pictures at once"));
    }
    let fixed: Vec<usize> = fixed.iter().map(|size| *size as usize).collect();
    let colours = |channels: usize| matches!(channels, 1 | 3 | 4);
    let (order, picture) = match fixed[..] {
        [first, height, last] if colours(last) && !colours(first) => (Order::Pixels, [last, first, height]),
        [channels, height, width] => (Order::Planes, [channels, height, width]),
        [height, width] => (Order::Plane, [1, height, width]),
        [features] => (Order::Row, square(features)),
        _ => {
            return Err(wrong(
                "expected N×channels×height×width, N×height×width×channels, N×height×width or N×features",
            ));
        }
    };
    Ok(Input { order, picture, batch: batch.map(|batch| batch as usize) })
}

/// The square picture, grey or in colour, that has so many values; otherwise a row of channels.
fn square(features: usize) -> [usize; 3] {
    let side = |pixels: usize| Some(pixels.isqrt()).filter(|side| *side > 0 && side * side == pixels);
    match (side(features), side(features / 3)) {
        (Some(side), _) => [1, side, side],
        (None, Some(side)) if features.is_multiple_of(3) => [3, side, side],
        _ => [features, 1, 1],
    }
}
