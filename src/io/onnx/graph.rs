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
    /// `DequantizeLinear` nodes.
    pub dequantize: Vec<Dequantize>,
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

/// A `DequantizeLinear` node.
pub(super) struct Dequantize {
    pub graph: usize,
    /// Codes, scale, zero point or nothing.
    pub inputs: Vec<String>,
    pub output: String,
    pub axis: i64,
    pub block_size: i64,
}

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
        "DequantizeLinear" => {
            let number = |name| attributes.iter().find(|a| a.name == name).and_then(|attribute| attribute.number);
            out.dequantize.push(Dequantize {
                graph,
                inputs: inputs.iter().map(|range| text(file, range)).collect::<Result<_, _>>()?,
                output,
                axis: number("axis").unwrap_or(1),
                block_size: number("block_size").unwrap_or(0),
            });
        }
        _ => {}
    }
    Ok(())
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
