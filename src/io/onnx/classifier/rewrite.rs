//! The graph as the inference crate takes it: weights are inputs, what the crate leaves out of the specification is written down.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::survey::{Node, Survey};
use super::weights::{Found, Weight};
use crate::engine::tensor::Source as _;
use crate::io::error::printable;
use crate::io::onnx::Parts;
use crate::io::onnx::dequantize::Stored;
use crate::io::onnx::proto::{DTYPES, Data};
use crate::io::onnx::wire::{Field, Message, Value};
use crate::io::onnx::write::{bytes, number, text};

/// float32 in `TensorProto.DataType`.
const FLOAT: u64 = 1;
/// Integers in `AttributeProto.AttributeType`.
const INTEGERS: u64 = 7;
/// The largest kernel, stride, padding or dilation: no file may ask for memory by a number alone.
const WIDEST: i64 = 256;

/// Writes a model of these nodes, whose weights are inputs and whose layers are outputs beside its own.
///
/// # Errors
/// What cannot be run as the specification has it, by the node.
pub(super) fn rewrite(
    file: &[u8],
    parts: &Parts,
    survey: &Survey,
    found: &Found,
    nodes: &[&Node],
) -> Result<Vec<u8>, String> {
    let mut model = Vec::new();
    let mut fields = Message::new(file, 0..file.len()).fields();
    let mut start = fields.position();
    while let Some(field) = fields.next() {
        let field = field?;
        let whole = start..fields.position();
        start = whole.end;
        // The graph is written anew; metadata and what is for training is left out.
        if !matches!(field.number, 7 | 14 | 20) {
            model.extend_from_slice(&file[whole]);
        }
    }
    model.extend(bytes(7, &graph(file, parts, survey, found, nodes)?));
    Ok(model)
}

fn graph(file: &[u8], parts: &Parts, survey: &Survey, found: &Found, nodes: &[&Node]) -> Result<Vec<u8>, String> {
    let weights = &found.weights;
    let given: HashMap<&str, &Weight> = weights.iter().map(|weight| (weight.name.as_str(), weight)).collect();
    // What a weight was made of is not needed any more, unless another node takes it: codes of a few bits are nothing for the crate.
    let taken: HashSet<&str> = nodes.iter().flat_map(|node| &node.inputs).map(String::as_str).collect();
    let is_gone = |name: &str| given.contains_key(name) || found.behind.contains(name) && !taken.contains(name);
    let mut out = Vec::new();
    let stored = Stored::of(&parts.contents);
    for node in nodes {
        out.extend(bytes(1, &rewritten(file, node, parts, survey, &stored, &given)?));
    }
    let mut tensors = parts.contents.tensors.iter().zip(&parts.sources).filter(|(found, _)| found.graph == 0);
    let mut fields = Message::new(file, parts.graph.clone()).fields();
    let mut start = fields.position();
    while let Some(field) = fields.next() {
        let Field { number, value } = field?;
        let whole = start..fields.position();
        start = whole.end;
        let named = |body: &Range<usize>, field| name_of(file, body.clone(), field);
        match (number, value) {
            (5, Value::Bytes(body)) => {
                let name = named(&body, 8)?;
                if is_gone(&name) {
                    continue;
                }
                match tensors.find(|(found, _)| found.name == name) {
                    Some((found, source)) if matches!(found.proto.data, Data::External(_)) => {
                        let data = source.stored().map_err(|error| error.to_string())?;
                        out.extend(bytes(5, &tensor(&name, &found.proto.shape, found.proto.dtype, &data)));
                    }
                    _ => out.extend_from_slice(&file[whole]),
                }
            }
            (11, Value::Bytes(body)) if is_gone(&named(&body, 1)?) => {}
            // What is said of values in between is left out: the crate works it out.
            (1 | 13, _) => {}
            _ => out.extend_from_slice(&file[whole]),
        }
    }
    for weight in weights {
        let axes: Vec<u8> = weight.shape.iter().flat_map(|size| bytes(1, &number(1, *size as u64))).collect();
        let kind = [number(1, FLOAT), bytes(2, &axes)].concat();
        out.extend(bytes(11, &[text(1, &weight.name), bytes(2, &bytes(1, &kind))].concat()));
    }
    let mut outputs: HashSet<&str> = survey.outputs.iter().map(|end| end.name.as_str()).collect();
    for weight in weights {
        if outputs.insert(&weight.end) {
            out.extend(bytes(12, &text(1, &weight.end)));
        }
    }
    Ok(out)
}

/// The nodes that the outputs still need once the weights are given. Where graphs are within the graph, all but those that compute a
/// weight.
pub(super) fn left<'a>(survey: &'a Survey, weights: &[Weight]) -> Vec<&'a Node> {
    let given: HashMap<&str, &Weight> = weights.iter().map(|weight| (weight.name.as_str(), weight)).collect();
    let computes = |node: &Node, names: &dyn Fn(&str) -> bool| node.outputs.iter().any(|output| names(output));
    let is_given = |node: &&Node| computes(node, &|name| given.contains_key(name));
    if survey.nodes.iter().any(|node| node.has_bodies) {
        return survey.nodes.iter().filter(|node| !is_given(node)).collect();
    }
    let outputs = survey.outputs.iter().map(|end| end.name.as_str());
    let mut needed: HashSet<&str> = outputs.chain(given.values().map(|weight| weight.end.as_str())).collect();
    let mut left = Vec::new();
    for node in survey.nodes.iter().rev().filter(|node| !is_given(node)) {
        if computes(node, &|name| needed.contains(name)) {
            needed.extend(node.inputs.iter().map(String::as_str));
            left.push(node);
        }
    }
    left.reverse();
    left
}

/// A node, with a name, and with the attributes whose defaults the crate does not know.
fn rewritten(
    file: &[u8],
    node: &Node,
    parts: &Parts,
    survey: &Survey,
    stored: &Stored<'_>,
    given: &HashMap<&str, &Weight>,
) -> Result<Vec<u8>, String> {
    if node.is("Dropout") && survey.readers(node.outputs.get(1).map_or("", String::as_str)).next().is_none() {
        let ends = [node.inputs.first(), node.outputs.first()].map(|name| name.map_or("", String::as_str));
        return Ok([text(1, ends[0]), text(2, ends[1]), text(3, &node.name), text(4, "Identity")].concat());
    }
    let mut out = file[node.body.clone()].to_vec();
    if !node.is_named {
        out.extend(text(3, &node.name));
    }
    let is_convolution = node.is("Conv") || node.is("ConvTranspose");
    let is_pool = node.is("MaxPool") || node.is("AveragePool");
    if !is_convolution && !is_pool {
        return Ok(out);
    }
    let mut kernel = node.integers("kernel_shape").to_vec();
    if kernel.is_empty() && is_convolution {
        let name = node.inputs.get(1).map_or("", String::as_str);
        let stored = || stored.find(name, 0).map(|place| &parts.contents.tensors[place]);
        let shape = given.get(name).map(|weight| &weight.shape).or_else(|| stored().map(|found| &found.proto.shape));
        kernel = shape.into_iter().flatten().skip(2).map(|size| *size as i64).collect();
        // Weights that are computed from the picture show their sizes when they are there.
        if !kernel.is_empty() {
            out.extend(integers("kernel_shape", &kernel));
        }
    }
    if is_pool && node.integers("strides").is_empty() {
        out.extend(integers("strides", &vec![1; kernel.len()]));
    }
    check(node, &kernel)?;
    Ok(out)
}

/// Whether the windows of a node are such as the crate computes.
fn check(node: &Node, kernel: &[i64]) -> Result<(), String> {
    let wrong = |what: String| Err(format!("node `{}` ({}): {what}", printable(&node.name), node.operator));
    let named = [("kernel_shape", kernel)];
    let others = ["strides", "pads", "dilations", "output_padding"].map(|name| (name, node.integers(name)));
    for (name, sizes) in named.into_iter().chain(others) {
        if let Some(size) = sizes.iter().find(|size| !(0..=WIDEST).contains(*size)) {
            return wrong(format!("{name} has {size}, expected 0 to {WIDEST}"));
        }
    }
    let is_symmetric =
        kernel.iter().all(|size| size % 2 == 1) && node.integers("strides").iter().all(|step| *step == 1);
    if node.text("auto_pad") == "SAME_LOWER" && !is_symmetric {
        return wrong("auto_pad SAME_LOWER is not computed; write the padding down as pads".to_owned());
    }
    Ok(())
}

fn integers(name: &str, values: &[i64]) -> Vec<u8> {
    let values: Vec<u8> = values.iter().flat_map(|value| number(8, *value as u64)).collect();
    bytes(5, &[text(1, name), values, number(20, INTEGERS)].concat())
}

/// A tensor whose data was in another file.
fn tensor(name: &str, shape: &[usize], dtype: crate::engine::tensor::Dtype, data: &[u8]) -> Vec<u8> {
    let kind = DTYPES.iter().find(|(_, known)| *known == dtype).map_or(FLOAT, |(kind, _)| *kind);
    let dims: Vec<u8> = shape.iter().flat_map(|size| number(1, *size as u64)).collect();
    [dims, number(2, kind), text(8, name), bytes(9, data)].concat()
}

/// The text of a field of a message.
fn name_of(file: &[u8], range: Range<usize>, field: u32) -> Result<String, String> {
    for found in Message::new(file, range).fields() {
        let found = found?;
        if let (true, Value::Bytes(body)) = (found.number == field, found.value) {
            return crate::io::onnx::wire::text(file, &body);
        }
    }
    Ok(String::new())
}
