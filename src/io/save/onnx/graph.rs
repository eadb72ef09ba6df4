//! The original graph with some of its weights replaced, those in the bodies of `If`, `Loop` and `Scan` included.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::message::Rope;
use super::weight::Encoded;
use crate::io::onnx::{Field, Message, Value, text};

/// What a model's graphs contain, as far as it matters.
#[derive(Default)]
pub(super) struct Survey {
    /// Operators of the domain of ONNX itself.
    pub operators: BTreeSet<String>,
    /// Every name of a value.
    pub names: HashSet<String>,
}

impl Survey {
    /// Looks through a graph and those in it.
    pub fn graph(&mut self, file: &[u8], range: Range<usize>) -> Result<(), String> {
        for field in Message::new(file, range).fields() {
            let Field { number, value } = field?;
            let Value::Bytes(body) = value else { continue };
            match number {
                1 => self.node(file, body)?,
                5 => drop(self.names.insert(name_of(file, body, 8)?)),
                11 | 12 => drop(self.names.insert(name_of(file, body, 1)?)),
                _ => {}
            }
        }
        Ok(())
    }

    fn node(&mut self, file: &[u8], range: Range<usize>) -> Result<(), String> {
        let (mut operator, mut domain) = (String::new(), String::new());
        for field in Message::new(file, range).fields() {
            let Field { number, value } = field?;
            let Value::Bytes(body) = value else { continue };
            match number {
                1 | 2 => drop(self.names.insert(text(file, &body))),
                4 => operator = text(file, &body),
                7 => domain = text(file, &body),
                5 => {
                    for body in bodies(file, body)? {
                        self.graph(file, body)?;
                    }
                }
                _ => {}
            }
        }
        if domain.is_empty() || domain == "ai.onnx" {
            self.operators.insert(operator);
        }
        Ok(())
    }
}

/// The text of a field of a message.
fn name_of(file: &[u8], range: Range<usize>, field: u32) -> Result<String, String> {
    for found in Message::new(file, range).fields() {
        let found = found?;
        if let (true, Value::Bytes(body)) = (found.number == field, found.value) {
            return Ok(text(file, &body));
        }
    }
    Ok(String::new())
}

/// The graphs in an attribute.
fn bodies(file: &[u8], range: Range<usize>) -> Result<Vec<Range<usize>>, String> {
    let mut bodies = Vec::new();
    for field in Message::new(file, range).fields() {
        if let Field { number: 6 | 11, value: Value::Bytes(body) } = field? {
            bodies.push(body);
        }
    }
    Ok(bodies)
}

/// Writes graphs anew. Graphs are numbered as the reader numbers them: one before those in it, in the order of the file.
pub(super) struct Rewriter<'a> {
    pub file: &'a [u8],
    /// By the graph's number and the weight's name.
    pub replaced: HashMap<(usize, String), Encoded>,
    pub next: usize,
}

impl Rewriter<'_> {
    /// A `GraphProto`.
    pub fn graph(&mut self, range: Range<usize>) -> Result<Rope, String> {
        let number = self.next;
        self.next += 1;
        let file = self.file;
        let here = |(graph, name): &(usize, String)| (*graph == number).then(|| name.clone());
        let replaced: HashSet<String> = self.replaced.keys().filter_map(here).collect();
        let (mut nodes, mut rest, mut initializers) = (Rope::default(), Rope::default(), Rope::default());
        let mut fields = Message::new(file, range).fields();
        let mut start = fields.position();
        while let Some(field) = fields.next() {
            let field = field?;
            let whole = start..fields.position();
            start = whole.end;
            let Value::Bytes(body) = field.value else {
                rest.push_source(whole);
                continue;
            };
            match field.number {
                1 => match self.constant(number, &body)? {
                    Some(encoded) => place(encoded, &mut nodes, &mut initializers),
                    None => self.node(whole, body, &mut rest)?,
                },
                5 => match self.replaced.remove(&(number, name_of(file, body, 8)?)) {
                    Some(encoded) => place(encoded, &mut nodes, &mut initializers),
                    None => rest.push_source(whole),
                },
                // What a node computes is no input, as old models list their weights.
                11 if replaced.contains(&name_of(file, body.clone(), 1)?) => {}
                _ => rest.push_source(whole),
            }
        }
        nodes.append(rest);
        nodes.append(initializers);
        Ok(nodes)
    }

    /// What replaces a node, if it is a constant that is replaced.
    fn constant(&mut self, graph: usize, body: &Range<usize>) -> Result<Option<Encoded>, String> {
        if name_of(self.file, body.clone(), 4)? != "Constant" {
            return Ok(None);
        }
        Ok(self.replaced.remove(&(graph, name_of(self.file, body.clone(), 2)?)))
    }

    /// A node; only where graphs are in it, it is written anew.
    fn node(&mut self, whole: Range<usize>, body: Range<usize>, out: &mut Rope) -> Result<(), String> {
        let file = self.file;
        let mut node = Rope::default();
        let mut has_bodies = false;
        let mut fields = Message::new(file, body).fields();
        let mut start = fields.position();
        while let Some(field) = fields.next() {
            let field = field?;
            let part = start..fields.position();
            start = part.end;
            match field {
                Field { number: 5, value: Value::Bytes(attribute) } if !bodies(file, attribute.clone())?.is_empty() => {
                    has_bodies = true;
                    let attribute = self.attribute(attribute)?;
                    node.field(5, attribute);
                }
                _ => node.push_source(part),
            }
        }
        if has_bodies {
            out.field(1, node);
        } else {
            out.push_source(whole);
        }
        Ok(())
    }

    fn attribute(&mut self, range: Range<usize>) -> Result<Rope, String> {
        let mut attribute = Rope::default();
        let mut fields = Message::new(self.file, range).fields();
        let mut start = fields.position();
        while let Some(field) = fields.next() {
            let field = field?;
            let part = start..fields.position();
            start = part.end;
            match field {
                Field { number: number @ (6 | 11), value: Value::Bytes(body) } => {
                    let graph = self.graph(body)?;
                    attribute.field(number.into(), graph);
                }
                _ => attribute.push_source(part),
            }
        }
        Ok(attribute)
    }
}

/// Nodes to the front, initializers to the end.
pub(super) fn place(encoded: Encoded, nodes: &mut Rope, initializers: &mut Rope) {
    for node in encoded.nodes {
        nodes.field(1, Rope::of(node));
    }
    for tensor in encoded.initializers {
        initializers.field(5, tensor);
    }
}
