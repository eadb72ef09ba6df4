//! The tensors and the dequantizing nodes of a model's graphs, those in the bodies of `If`, `Loop` and `Scan` included.

use std::ops::Range;

use super::proto::{self, Data, Parsed, Proto};
use super::wire::{Field, Input as _, Message, Value, text};
use crate::engine::tensor::Dtype;
use crate::io::paged::Paged;

/// Graphs within graphs: more than anybody nests, few enough for the stack.
const DEEPEST: usize = 64;

/// What is in all graphs of a model.
#[derive(Default)]
pub(super) struct Contents {
    /// Initializers and constants in the order of the file, those of a graph before those of the graphs in it.
    pub tensors: Vec<Found>,
    /// `DequantizeLinear` nodes, and others that compute with stored codes.
    pub dequantize: Vec<Dequantize>,
    /// `MatMulNBits` nodes.
    pub blocks: Vec<Blocks>,
    /// Tensors that cannot be shown: name and kind.
    pub skipped: Vec<(String, &'static str)>,
    /// Which graph each graph lies in, by number.
    pub parents: Vec<Option<usize>>,
    /// Nodes of all graphs.
    pub nodes: usize,
}

/// A tensor in the file.
pub(super) struct Found {
    /// What refers to it in the graph: an initializer's name, a constant's output.
    pub name: String,
    /// Type, shape, data.
    pub proto: Proto,
    /// Its graph, by number.
    pub graph: usize,
    /// Which of the two.
    pub place: Place,
}

/// What a tensor is in its graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// An entry of the graph's list of initializers.
    Initializer,
    /// The value of a `Constant` node.
    Constant,
}

/// float32 in `TensorProto.DataType`.
const FLOAT: i64 = 1;

/// A `DequantizeLinear` node, or one that does the same inside.
pub(super) struct Dequantize {
    pub graph: usize,
    /// Codes, scale, zero point or nothing.
    pub inputs: Vec<String>,
    /// What the weights are called.
    pub output: String,
    /// The operator.
    pub operator: &'static str,
    pub axis: i64,
    pub block_size: i64,
    /// Number in `TensorProto.DataType` of what comes out, where the node says it.
    pub gives: Option<i64>,
}

/// A `MatMulNBits` node: a matrix `[n, k]` in blocks of codes along the rows.
pub(super) struct Blocks {
    pub graph: usize,
    /// Codes, scales, zero points or nothing, the group of each column or nothing.
    pub inputs: Vec<String>,
    pub n: i64,
    pub k: i64,
    pub bits: i64,
    pub size: i64,
}

/// Operators that compute with stored codes: which inputs are codes, scales and zero points, and the axis of the scales. The first five
/// have the scales as an input, at the last two they follow behind and are found by name.
const ON_CODES: [(&str, [Option<usize>; 3], i64); 7] = [
    ("QLinearConv", [Some(3), Some(4), Some(5)], 0),
    ("QLinearMatMul", [Some(3), Some(4), Some(5)], -1),
    ("QGemm", [Some(3), Some(4), Some(5)], -1),
    ("DynamicQuantizeMatMul", [Some(1), Some(2), Some(3)], -1),
    ("MatMulIntegerToFloat", [Some(1), Some(3), Some(5)], -1),
    ("MatMulInteger", [Some(1), None, Some(3)], -1),
    ("ConvInteger", [Some(1), None, Some(3)], 0),
];

/// What onnxruntime's quantizer appends to the name of a weight for its codes.
const CODES: &str = "_quantized";

/// Walks through a `ModelProto`'s graph.
pub(super) fn contents(file: &Paged<'_>, graph: Range<usize>) -> Result<Contents, String> {
    let mut contents = Contents::default();
    walk(file, graph, None, 0, &mut contents)?;
    Ok(contents)
}

fn walk(
    file: &Paged<'_>,
    range: Range<usize>,
    parent: Option<usize>,
    depth: usize,
    out: &mut Contents,
) -> Result<(), String> {
    if depth == DEEPEST {
        return Err(format!("byte {}: graphs are nested more than {DEEPEST} deep", range.start));
    }
    let graph = out.parents.len();
    out.parents.push(parent);
    let mut bodies = Vec::new();
    for field in Message::new(file, range).fields() {
        let Field { number, value } = field?;
        match (number, value) {
            (1, Value::Bytes(body)) => node(file, body, graph, &mut bodies, out)?,
            (5, Value::Bytes(body)) => match proto::parse(file, body)? {
                Parsed::Tensor(proto) => {
                    let name = proto.name.clone();
                    out.tensors.push(Found { name, proto, graph, place: Place::Initializer });
                }
                Parsed::Skipped { name, what } => out.skipped.push((name, what)),
            },
            (15, Value::Bytes(_)) => out.skipped.push((String::new(), "a sparse initializer")),
            _ => {}
        }
    }
    bodies.into_iter().try_for_each(|body| walk(file, body, Some(graph), depth + 1, out))
}

fn node(
    file: &Paged<'_>,
    body: Range<usize>,
    graph: usize,
    bodies: &mut Vec<Range<usize>>,
    out: &mut Contents,
) -> Result<(), String> {
    out.nodes += 1;
    let (mut inputs, mut outputs, mut operator, mut domain) = (Vec::new(), Vec::new(), String::new(), String::new());
    let mut attributes = Vec::new();
    for part in Message::new(file, body).fields() {
        let part = part?;
        match (part.number, part.value) {
            (1, Value::Bytes(range)) => inputs.push(range),
            (2, Value::Bytes(range)) => outputs.push(range),
            (4, Value::Bytes(range)) => operator = text(file, &range)?,
            (7, Value::Bytes(range)) => domain = text(file, &range)?,
            (5, Value::Bytes(range)) => attributes.push(attribute(file, range, bodies)?),
            _ => {}
        }
    }
    if !matches!(domain.as_str(), "" | "ai.onnx" | "com.microsoft") {
        return Ok(());
    }
    let output = outputs.first().map(|range| text(file, range)).transpose()?.unwrap_or_default();
    match operator.as_str() {
        "Constant" => {
            for attribute in attributes {
                let parsed = match attribute.value {
                    Some(range) if attribute.name == "value" => proto::parse(file, range)?,
                    _ => match attribute.numbers() {
                        Some(proto) => Parsed::Tensor(proto),
                        None => continue,
                    },
                };
                match parsed {
                    Parsed::Tensor(proto) => {
                        let name = output.clone();
                        out.tensors.push(Found { name, proto, graph, place: Place::Constant });
                    }
                    Parsed::Skipped { what, .. } => out.skipped.push((output.clone(), what)),
                }
            }
        }
        _ => {
            let inputs: Vec<String> = inputs.iter().map(|range| text(file, range)).collect::<Result<_, _>>()?;
            let number = |name: &str| attributes.iter().find(|a| a.name == name).and_then(|attribute| attribute.number);
            computed(&operator, inputs, output, number, graph, out);
        }
    }
    Ok(())
}

/// Takes down a node that computes with stored codes, if it is one.
fn computed(
    operator: &str,
    inputs: Vec<String>,
    output: String,
    number: impl Fn(&str) -> Option<i64>,
    graph: usize,
    out: &mut Contents,
) {
    if operator == "DequantizeLinear" {
        let (axis, block_size) = (number("axis").unwrap_or(1), number("block_size").unwrap_or(0));
        let gives = number("output_dtype").filter(|kind| *kind != 0);
        out.dequantize.push(Dequantize {
            graph,
            inputs,
            output,
            operator: "DequantizeLinear",
            axis,
            block_size,
            gives,
        });
    } else if operator == "MatMulNBits" {
        let [n, k, bits, size] = ["N", "K", "bits", "block_size"].map(&number);
        let inputs = inputs.into_iter().skip(1).take(4).collect();
        let (n, k, size) = (n.unwrap_or(0), k.unwrap_or(0), size.unwrap_or(0));
        out.blocks.push(Blocks { graph, inputs, n, k, bits: bits.unwrap_or(4), size });
    } else if let Some((operator, places, axis)) = ON_CODES.iter().find(|(name, ..)| *name == operator) {
        let input = |place: usize| inputs.get(place).cloned().unwrap_or_default();
        let codes = places[0].map(input).unwrap_or_default();
        let base = codes.strip_suffix(CODES).unwrap_or(&codes);
        let scale = places[1].map_or_else(|| format!("{base}_scale"), input);
        let name = if base == codes { format!("{codes} dequantized") } else { base.to_owned() };
        let axis = if *operator == "QGemm" && number("transB") == Some(1) { 0 } else { *axis };
        let inputs = vec![codes, scale, places[2].map(input).unwrap_or_default()];
        out.dequantize.push(Dequantize {
            graph,
            inputs,
            output: name,
            operator,
            axis,
            block_size: 0,
            gives: Some(FLOAT),
        });
    }
}

/// An `AttributeProto`, as far as it matters here.
#[derive(Default)]
struct Attribute {
    name: String,
    number: Option<i64>,
    /// Where the tensor is.
    value: Option<Range<usize>>,
    /// Where `value_float` and `value_floats` keep theirs.
    floats: Vec<Range<usize>>,
    /// Where `value_int` and `value_ints` keep theirs.
    integers: Vec<Range<usize>>,
    count: usize,
}

fn attribute(file: &Paged<'_>, range: Range<usize>, bodies: &mut Vec<Range<usize>>) -> Result<Attribute, String> {
    let mut found = Attribute::default();
    for part in Message::new(file, range).fields() {
        let part = part?;
        match (part.number, part.value) {
            (1, Value::Bytes(range)) => found.name = text(file, &range)?,
            (2 | 7, Value::Fixed(range)) if range.len() == 4 => {
                found.count += 1;
                found.floats.push(range);
            }
            (7, Value::Bytes(range)) => {
                found.count += range.len() / 4;
                found.floats.push(range);
            }
            (3 | 8, Value::Varint(value, range)) => {
                found.number = Some(value as i64);
                found.count += 1;
                found.integers.push(range);
            }
            (8, Value::Bytes(range)) => {
                found.count += file.read(range.clone())?.iter().filter(|byte| **byte < 0x80).count();
                found.integers.push(range);
            }
            (5, Value::Bytes(range)) => found.value = Some(range),
            (6 | 11, Value::Bytes(range)) => bodies.push(range),
            _ => {}
        }
    }
    Ok(found)
}

impl Attribute {
    /// A constant given as plain numbers.
    fn numbers(self) -> Option<Proto> {
        let (dtype, coding, pieces, single) = match self.name.as_str() {
            "value_float" => (Dtype::F32, proto::Coding::Plain, self.floats, true),
            "value_floats" => (Dtype::F32, proto::Coding::Plain, self.floats, false),
            "value_int" => (Dtype::I64, proto::Coding::Varint, self.integers, true),
            "value_ints" => (Dtype::I64, proto::Coding::Varint, self.integers, false),
            _ => return None,
        };
        if single && self.count != 1
            || coding == proto::Coding::Plain && pieces.iter().any(|piece| piece.len() % 4 != 0)
        {
            return None;
        }
        let shape = if single { Vec::new() } else { vec![self.count] };
        Some(Proto { name: String::new(), shape, dtype, data: Data::Typed(coding, pieces) })
    }
}
