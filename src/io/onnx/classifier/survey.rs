//! The nodes and the ends of a model's outermost graph.

use std::collections::HashMap;
use std::ops::Range;

use crate::io::onnx::proto::varints;
use crate::io::onnx::wire::{Field, Message, Value, text};

/// The graph as far as it decides what is a weight, and what has to be written anew.
#[derive(Default)]
pub(super) struct Survey {
    pub nodes: Vec<Node>,
    pub inputs: Vec<End>,
    pub outputs: Vec<End>,
    /// The node that computes a value, and those that take it, by the value's name.
    producers: HashMap<String, usize>,
    readers: HashMap<String, Vec<usize>>,
}

/// A `NodeProto`.
#[derive(Default)]
pub(super) struct Node {
    /// Its name; where it has none, its first output.
    pub name: String,
    pub operator: String,
    /// Empty for ONNX's own operators.
    pub domain: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: HashMap<String, Attribute>,
    /// Whether the file gives it a name.
    pub is_named: bool,
    /// Whether graphs are in it, which may take any value of this one.
    pub has_bodies: bool,
    /// The values that the graphs in it take, those of their own among them.
    pub captured: Vec<String>,
    /// The operators in them.
    pub inside: Vec<String>,
    /// The message in the file.
    pub body: Range<usize>,
}

/// The plain values of an `AttributeProto`.
#[derive(Default)]
pub(super) struct Attribute {
    pub integer: i64,
    pub integers: Vec<i64>,
    pub text: String,
}

/// A `ValueInfoProto`: an input or an output of the graph.
pub(super) struct End {
    pub name: String,
    /// Number in `TensorProto.DataType`; `None` where it is no tensor.
    pub kind: Option<u64>,
    /// Sizes of the axes, `None` where they are open; `None` where nothing is said.
    pub shape: Option<Vec<Option<u64>>>,
}

impl Survey {
    /// Reads a `GraphProto`; of the graphs within it only what they take and do is noted.
    pub fn of(file: &[u8], graph: Range<usize>) -> Result<Self, String> {
        let mut survey = Self::default();
        for field in Message::new(file, graph).fields() {
            let Field { number, value: Value::Bytes(body) } = field? else { continue };
            match number {
                1 => survey.nodes.push(node(file, body, true)?),
                11 => survey.inputs.push(end(file, body)?),
                12 => survey.outputs.push(end(file, body)?),
                _ => {}
            }
        }
        for (place, node) in survey.nodes.iter().enumerate() {
            for output in node.outputs.iter().filter(|name| !name.is_empty()) {
                survey.producers.entry(output.clone()).or_insert(place);
            }
            // An input that is left out has an empty name.
            for input in node.inputs.iter().filter(|name| !name.is_empty()) {
                let readers = survey.readers.entry(input.clone()).or_default();
                // Once, also where a node takes a value twice.
                if readers.last() != Some(&place) {
                    readers.push(place);
                }
            }
        }
        Ok(survey)
    }

    /// The node that computes a value.
    pub fn producer(&self, name: &str) -> Option<&Node> {
        self.producers.get(name).map(|place| &self.nodes[*place])
    }

    /// The nodes that take a value.
    pub fn readers(&self, name: &str) -> impl Iterator<Item = &Node> {
        self.readers.get(name).into_iter().flatten().map(|place| &self.nodes[*place])
    }
}

impl Node {
    /// Whether it is one of ONNX's own operators.
    pub fn is(&self, operator: &str) -> bool {
        self.operator == operator && matches!(self.domain.as_str(), "" | "ai.onnx")
    }

    /// An integer attribute.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.attributes.get(name).map(|attribute| attribute.integer)
    }

    /// An attribute of integers; empty where it is not there.
    pub fn integers(&self, name: &str) -> &[i64] {
        self.attributes.get(name).map_or(&[], |attribute| &attribute.integers)
    }

    /// An attribute of text; empty where it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", |attribute| &attribute.text)
    }
}

/// `looks_inside` says whether graphs in the node are looked into; those within them are named only.
fn node(file: &[u8], body: Range<usize>, looks_inside: bool) -> Result<Node, String> {
    let mut node = Node { body: body.clone(), ..Node::default() };
    for part in Message::new(file, body).fields() {
        let Field { number, value: Value::Bytes(range) } = part? else { continue };
        match number {
            1 => node.inputs.push(text(file, &range)?),
            2 => node.outputs.push(text(file, &range)?),
            3 => node.name = text(file, &range)?,
            4 => node.operator = text(file, &range)?,
            7 => node.domain = text(file, &range)?,
            5 => {
                let (name, attribute, graphs) = attribute(file, range)?;
                node.has_bodies |= !graphs.is_empty();
                for graph in graphs.into_iter().filter(|_| looks_inside) {
                    look_inside(file, graph, &mut node)?;
                }
                node.attributes.insert(name, attribute);
            }
            _ => {}
        }
    }
    node.is_named = !node.name.is_empty();
    if !node.is_named {
        node.name = node.outputs.first().cloned().unwrap_or_default();
    }
    Ok(node)
}

/// Notes what the nodes of a graph in a node take and do; what the graph gives out is taken, too.
fn look_inside(file: &[u8], graph: Range<usize>, node: &mut Node) -> Result<(), String> {
    for field in Message::new(file, graph).fields() {
        let Field { number, value: Value::Bytes(body) } = field? else { continue };
        match number {
            1 => {
                let inner = self::node(file, body, false)?;
                node.captured.extend(inner.inputs);
                node.inside.push(inner.operator);
            }
            12 => node.captured.push(end(file, body)?.name),
            _ => {}
        }
    }
    Ok(())
}

/// The name of an attribute, its values, and the graphs in it.
fn attribute(file: &[u8], range: Range<usize>) -> Result<(String, Attribute, Vec<Range<usize>>), String> {
    let (mut name, mut found, mut graphs) = (String::new(), Attribute::default(), Vec::new());
    for part in Message::new(file, range).fields() {
        let part = part?;
        match (part.number, part.value) {
            (1, Value::Bytes(range)) => name = text(file, &range)?,
            (3, Value::Varint(value, _)) => found.integer = value as i64,
            (4, Value::Bytes(range)) => found.text = text(file, &range)?,
            (8, Value::Varint(value, _)) => found.integers.push(value as i64),
            (8, Value::Bytes(range)) => {
                found.integers.extend(varints(&file[range])?.into_iter().map(|value| value as i64));
            }
            (6 | 11, Value::Bytes(range)) => graphs.push(range),
            _ => {}
        }
    }
    Ok((name, found, graphs))
}

fn end(file: &[u8], range: Range<usize>) -> Result<End, String> {
    let mut end = End { name: String::new(), kind: None, shape: None };
    for part in Message::new(file, range).fields() {
        match part? {
            Field { number: 1, value: Value::Bytes(range) } => end.name = text(file, &range)?,
            // TypeProto, whose first field is the type of a tensor.
            Field { number: 2, value: Value::Bytes(range) } => {
                for part in Message::new(file, range).fields() {
                    let Field { number: 1, value: Value::Bytes(range) } = part? else { continue };
                    tensor_type(file, range, &mut end)?;
                }
            }
            _ => {}
        }
    }
    Ok(end)
}

fn tensor_type(file: &[u8], range: Range<usize>, end: &mut End) -> Result<(), String> {
    for part in Message::new(file, range).fields() {
        match part? {
            Field { number: 1, value: Value::Varint(kind, _) } => end.kind = Some(kind),
            Field { number: 2, value: Value::Bytes(range) } => {
                let mut shape = Vec::new();
                for part in Message::new(file, range).fields() {
                    let Field { number: 1, value: Value::Bytes(axis) } = part? else { continue };
                    let mut size = None;
                    for part in Message::new(file, axis).fields() {
                        if let Field { number: 1, value: Value::Varint(value, _) } = part? {
                            // Old exporters write 0 or -1 for what is open.
                            size = Some(value).filter(|size| (1..=i64::MAX as u64).contains(size));
                        }
                    }
                    shape.push(size);
                }
                end.shape = Some(shape);
            }
            _ => {}
        }
    }
    Ok(())
}
