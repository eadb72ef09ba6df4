//! Which tensors of a graph are the weights of its layers, and their values where the layers take them.

use std::collections::HashSet;

use super::arrays::Array;
use super::survey::{Node, Survey};
use crate::engine::network::Parameter;
use crate::engine::tensor::{Dtype, Source as _};
use crate::io::error::printable;
use crate::io::names::Names;
use crate::io::onnx::Parts;
use crate::io::onnx::dequantize::{self, Stored};

/// Nodes between a stored tensor and the layer that takes it: more than anybody writes.
const LONGEST: usize = 8;
/// float32, int32 and int64 in `TensorProto.DataType`.
const FLOAT: i64 = 1;
const INTEGERS: [i64; 2] = [6, 7];

/// The weights of a layer.
pub(super) struct Weight {
    /// The value that the layer takes.
    pub name: String,
    /// Its sizes, as the layer takes it.
    pub shape: Vec<usize>,
    /// The axes of the parameter, output channels first, in the order of the layer; `None` where that is the same.
    pub axes: Option<Vec<usize>>,
    /// The layer's last output, behind bias, normalization and rectifier.
    pub end: String,
}

/// What a graph stores.
pub(super) struct Found {
    /// In the order of the nodes.
    pub weights: Vec<Weight>,
    /// Those of the weights first, in their order, output channels first; then every other stored float tensor as one axis.
    pub parameters: Vec<Parameter>,
    /// The stored tensors that the weights are made of.
    pub behind: HashSet<String>,
}

/// Finds the weights of `Conv`, `ConvTranspose`, `Gemm` and `MatMul`, stored as floats, or as codes that `DequantizeLinear` decodes, and
/// that are looked up in a table, and possibly scaled, shifted, cut, transposed, reshaped or cast on the way.
pub(super) fn find(parts: &Parts, survey: &Survey) -> Result<Found, String> {
    let values = Values { parts, survey, stored: Stored::of(&parts.contents) };
    let (mut weights, mut parameters) = (Vec::new(), Vec::new());
    let (mut used, mut names, mut seen) = (HashSet::new(), Names::default(), HashSet::new());
    for node in &survey.nodes {
        let Some(name) = node.inputs.get(1).filter(|name| takes_weights(node) && !name.is_empty()) else { continue };
        if seen.contains(name) {
            continue;
        }
        let mut on_the_way = HashSet::new();
        let Some(array) = values.array(name, 0, &mut on_the_way)? else { continue };
        let Some(axes) = axes(node, &array.shape) else { continue };
        used.extend(on_the_way);
        let label = printable(if node.name.is_empty() { name } else { &node.name });
        let label = names.unique(label, |label, number| format!("{label} ({number})"));
        let (shape, stored) = (array.shape.clone(), array);
        let (parameter, back) = match &axes {
            Some(axes) => (stored.permuted(axes), Some(inverse(axes))),
            None => (stored, None),
        };
        parameters.push(Parameter {
            name: format!("{label}.weight"),
            shape: parameter.shape,
            values: parameter.values,
            trained: true,
        });
        seen.insert(name);
        weights.push(Weight { name: name.clone(), shape, axes: back, end: end_of(survey, &values, node) });
    }
    let behind = used.iter().map(|place: &usize| parts.contents.tensors[*place].name.clone()).collect();
    let statistics: HashSet<&str> = survey
        .nodes
        .iter()
        .filter(|node| node.is("BatchNormalization"))
        .flat_map(|node| node.inputs.iter().skip(3).map(String::as_str))
        .collect();
    for (place, found) in parts.contents.tensors.iter().enumerate() {
        if found.graph != 0 || !is_float(found.proto.dtype) || used.contains(&place) {
            continue;
        }
        let values = parts.sources[place].read().map_err(|error| error.to_string())?.to_vec();
        let (name, trained) = (printable(&found.name), !statistics.contains(found.name.as_str()));
        parameters.push(Parameter { name, shape: vec![values.len()], values, trained });
    }
    Ok(Found { weights, parameters, behind })
}

/// Whether an operator has weights as its second input.
fn takes_weights(node: &Node) -> bool {
    ["Conv", "ConvTranspose", "Gemm", "MatMul"].iter().any(|operator| node.is(operator))
}

/// The axes of the layer's weights in the order that puts output channels first; the inner `None` where they are first, the outer where
/// this is no matrix or kernel with one axis of output channels.
fn axes(node: &Node, shape: &[usize]) -> Option<Option<Vec<usize>>> {
    let swapped = |rank: usize| {
        let mut axes: Vec<usize> = (0..rank).collect();
        axes.swap(0, 1);
        Some(axes)
    };
    match (node.operator.as_str(), shape.len()) {
        ("Conv", 3..) => Some(None),
        ("ConvTranspose", 3..) if node.integer("group").unwrap_or(1) == 1 => Some(swapped(shape.len())),
        ("Gemm", 2) if node.integer("transB").unwrap_or(0) != 0 => Some(None),
        ("Gemm" | "MatMul", 2) => Some(swapped(2)),
        _ => None,
    }
}

/// The output of a layer with what belongs to it.
fn end_of(survey: &Survey, values: &Values<'_>, node: &Node) -> String {
    let mut end = node.outputs.first().cloned().unwrap_or_default();
    for _ in 0..LONGEST {
        let readers: Vec<&Node> = survey.readers(&end).take(2).collect();
        let [next] = readers[..] else { break };
        let is_bias = || next.is("Add") && next.inputs.iter().any(|input| values.is_stored(input));
        let belongs = ["BatchNormalization", "Relu", "Clip"].iter().any(|operator| next.is(operator)) || is_bias();
        let is_first = next.is("Add") || next.inputs.first() == Some(&end);
        let Some(output) = next.outputs.first().filter(|_| belongs && is_first).cloned() else { break };
        end = output;
        if next.is("Relu") || next.is("Clip") {
            break;
        }
    }
    end
}

fn is_float(dtype: Dtype) -> bool {
    matches!(dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F64)
}

/// Computes what does not depend on the picture.
struct Values<'a> {
    parts: &'a Parts,
    survey: &'a Survey,
    stored: Stored<'a>,
}

impl Values<'_> {
    fn is_stored(&self, name: &str) -> bool {
        self.stored.find(name, 0).is_some()
    }

    /// A value of numbers; `None` where it depends on the picture, or is computed in another way than those that are known here. The
    /// stored tensors behind it are noted.
    fn array(&self, name: &str, depth: usize, used: &mut HashSet<usize>) -> Result<Option<Array>, String> {
        if depth == LONGEST {
            return Ok(None);
        }
        if let Some(place) = self.stored.find(name, 0) {
            let proto = &self.parts.contents.tensors[place].proto;
            used.insert(place);
            let values = self.parts.sources[place].read().map_err(|error| error.to_string())?.to_vec();
            let array = Array { shape: proto.shape.clone(), values };
            return Ok((is_float(proto.dtype) || array.is_whole()).then_some(array));
        }
        let Some(node) = self.survey.producer(name) else { return Ok(None) };
        let Some(input) = node.inputs.first() else { return Ok(None) };
        if node.is("DequantizeLinear") {
            let here = |found: &&crate::io::onnx::graph::Dequantize| found.graph == 0 && found.output == *name;
            let Some(found) = self.parts.contents.dequantize.iter().find(here) else { return Ok(None) };
            let (contents, sources) = (&self.parts.contents, &self.parts.sources);
            let Some(tensor) = dequantize::tensor(found, contents, &self.stored, sources) else { return Ok(None) };
            used.extend(found.inputs.iter().filter_map(|input| self.stored.find(input, 0)));
            let values = tensor.values().map_err(|error| error.to_string())?.to_vec();
            return Ok(Some(Array { shape: tensor.shape, values }));
        }
        let is = |operators: &[&str]| operators.iter().any(|operator| node.is(operator));
        if !is(&["Identity", "Transpose", "Reshape", "Cast", "Slice", "Gather", "Add", "Sub", "Mul"]) {
            return Ok(None);
        }
        let Some(array) = self.array(input, depth + 1, used)? else { return Ok(None) };
        if node.is("Cast") {
            let to = node.integer("to").unwrap_or(0);
            // Rounding on the way to a narrower type is not done here.
            return Ok((to == FLOAT || INTEGERS.contains(&to) && array.is_whole()).then_some(array));
        }
        if is(&["Gather", "Add", "Sub", "Mul"]) {
            let Some(second) = node.inputs.get(1) else { return Ok(None) };
            let Some(second) = self.array(second, depth + 1, used)? else { return Ok(None) };
            return Ok(match node.operator.as_str() {
                "Gather" if node.integer("axis").unwrap_or(0) == 0 => array.looked_up(&second),
                "Add" => array.with(&second, |left, right| left + right),
                "Sub" => array.with(&second, |left, right| left - right),
                "Mul" => array.with(&second, |left, right| left * right),
                _ => None,
            });
        }
        if node.is("Slice") {
            return self.slice(node, &array);
        }
        if node.is("Transpose") {
            let rank = array.shape.len();
            let given: Vec<usize> = node.integers("perm").iter().map(|axis| *axis as usize).collect();
            let axes = if given.is_empty() { (0..rank).rev().collect() } else { given };
            let is_order = axes.len() == rank && (0..rank).all(|axis| axes.contains(&axis));
            return Ok(is_order.then(|| array.permuted(&axes)));
        }
        if node.is("Reshape") {
            return Ok(self.target(node.inputs.get(1), &array)?.map(|shape| Array { shape, ..array }));
        }
        Ok(Some(array))
    }

    /// A part of an array along one axis, its ends stored.
    fn slice(&self, node: &Node, array: &Array) -> Result<Option<Array>, String> {
        let mut ends = [0; 3];
        for (end, name) in ends.iter_mut().zip(node.inputs.iter().skip(1)) {
            let Some(place) = self.stored.find(name, 0) else { return Ok(None) };
            let values = self.parts.sources[place].read().map_err(|error| error.to_string())?;
            match values.iter().as_slice() {
                [value] if *value >= 0.0 => *end = *value as usize,
                _ => return Ok(None),
            }
        }
        // Steps other than one are none of ours.
        let [start, end, axis] = ends;
        Ok(if node.inputs.len() == 4 { array.sliced(axis, start, end) } else { None })
    }

    /// The stored shape that a tensor is given anew.
    fn target(&self, name: Option<&String>, array: &Array) -> Result<Option<Vec<usize>>, String> {
        let Some(place) = name.and_then(|name| self.stored.find(name, 0)) else { return Ok(None) };
        if self.parts.contents.tensors[place].proto.dtype != Dtype::I64 {
            return Ok(None);
        }
        let sizes = self.parts.sources[place].read().map_err(|error| error.to_string())?.to_vec();
        let kept = |(axis, size): (usize, &f32)| {
            if *size == 0.0 { array.shape.get(axis).copied().unwrap_or(0) } else { size.max(0.0) as usize }
        };
        let mut shape: Vec<usize> = sizes.iter().enumerate().map(kept).collect();
        let count = array.values.len();
        let product = |shape: &[usize]| shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
        if let Some(open) = sizes.iter().position(|size| *size == -1.0) {
            shape[open] = 1;
            let Some(others) = product(&shape).filter(|others| *others > 0) else { return Ok(None) };
            shape[open] = count / others;
        }
        Ok((product(&shape) == Some(count)).then_some(shape))
    }
}

/// The order that brings permuted axes back.
fn inverse(axes: &[usize]) -> Vec<usize> {
    (0..axes.len()).map(|axis| axes.iter().position(|found| *found == axis).unwrap_or(axis)).collect()
}
