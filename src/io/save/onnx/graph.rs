//! The original graph with some of its weights replaced, those in the bodies of `If`, `Loop` and `Scan` included.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::message::{Data, Rope};
use super::tensor::{Outside, Tensor};
use super::weight::Encoded;
use crate::io::beside::Beside;
use crate::io::blob::Blob;
use crate::io::error::printable;
use crate::io::onnx::{Field, Message, Value, external_data, text};
use crate::io::paged::Paged;

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
    pub fn graph(&mut self, file: &Paged<'_>, range: Range<usize>) -> Result<(), String> {
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

    fn node(&mut self, file: &Paged<'_>, range: Range<usize>) -> Result<(), String> {
        let (mut operator, mut domain) = (String::new(), String::new());
        for field in Message::new(file, range).fields() {
            let Field { number, value } = field?;
            let Value::Bytes(body) = value else { continue };
            match number {
                1 | 2 => drop(self.names.insert(text(file, &body)?)),
                4 => operator = text(file, &body)?,
                7 => domain = text(file, &body)?,
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
fn name_of(file: &Paged<'_>, range: Range<usize>, field: u32) -> Result<String, String> {
    for found in Message::new(file, range).fields() {
        let found = found?;
        if let (true, Value::Bytes(body)) = (found.number == field, found.value) {
            return text(file, &body);
        }
    }
    Ok(String::new())
}

/// The graphs in an attribute.
fn bodies(file: &Paged<'_>, range: Range<usize>) -> Result<Vec<Range<usize>>, String> {
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
    file: &'a Paged<'a>,
    blob: &'a Blob,
    /// By the graph's number and the weight's name.
    replaced: &'a HashMap<(usize, String), Encoded>,
    /// Those of them whose place has been found.
    pub found: HashSet<(usize, String)>,
    /// Where data goes that does not stay in the model.
    pub outside: Option<Outside>,
    /// Where data comes from that is not in the model.
    beside: Beside,
    next: usize,
}

impl<'a> Rewriter<'a> {
    pub fn new(
        (file, blob): (&'a Paged<'a>, &'a Blob),
        beside: Beside,
        replaced: &'a HashMap<(usize, String), Encoded>,
        outside: Option<Outside>,
    ) -> Self {
        Self { file, blob, replaced, found: HashSet::new(), outside, beside, next: 0 }
    }

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
                rest.push_file(self.blob, whole);
                continue;
            };
            match field.number {
                1 => match self.constant(number, &body)? {
                    Some(encoded) => place(encoded, &mut nodes, &mut initializers, self.outside.as_mut()),
                    None => match self.node(body)? {
                        Some(node) => rest.field(1, node),
                        None => rest.push_file(self.blob, whole),
                    },
                },
                5 => match self.replacement(number, name_of(file, body.clone(), 8)?) {
                    Some(encoded) => place(encoded, &mut nodes, &mut initializers, self.outside.as_mut()),
                    None => match self.tensor(body)? {
                        Some(tensor) => rest.field(5, tensor),
                        None => rest.push_file(self.blob, whole),
                    },
                },
                // What a node computes is no input, as old models list their weights.
                11 if replaced.contains(&name_of(file, body.clone(), 1)?) => {}
                _ => rest.push_file(self.blob, whole),
            }
        }
        nodes.append(rest);
        nodes.append(initializers);
        Ok(nodes)
    }

    fn replacement(&mut self, graph: usize, name: String) -> Option<&'a Encoded> {
        let key = (graph, name);
        let encoded = self.replaced.get(&key)?;
        self.found.insert(key).then_some(encoded)
    }

    /// What replaces a node, if it is a constant that is replaced.
    fn constant(&mut self, graph: usize, body: &Range<usize>) -> Result<Option<&'a Encoded>, String> {
        if name_of(self.file, body.clone(), 4)? != "Constant" {
            return Ok(None);
        }
        Ok(self.replacement(graph, name_of(self.file, body.clone(), 2)?))
    }

    /// A node, where something in it is written anew: a graph, or a tensor whose data moves.
    fn node(&mut self, body: Range<usize>) -> Result<Option<Rope>, String> {
        self.rewritten(body, |this, field, body| if field == 5 { this.attribute(body) } else { Ok(None) })
    }

    fn attribute(&mut self, body: Range<usize>) -> Result<Option<Rope>, String> {
        self.rewritten(body, |this, field, body| match field {
            5 | 10 => this.tensor(body),
            6 | 11 => this.graph(body).map(Some),
            _ => Ok(None),
        })
    }

    /// A message with some of its fields written anew; `None` where none is.
    fn rewritten(
        &mut self,
        body: Range<usize>,
        mut anew: impl FnMut(&mut Self, u32, Range<usize>) -> Result<Option<Rope>, String>,
    ) -> Result<Option<Rope>, String> {
        let mut message = Rope::default();
        let mut changed = false;
        let mut fields = Message::new(self.file, body).fields();
        let mut start = fields.position();
        while let Some(field) = fields.next() {
            let Field { number, value } = field?;
            let whole = start..fields.position();
            start = whole.end;
            let content = if let Value::Bytes(body) = value { anew(self, number, body)? } else { None };
            changed |= content.is_some();
            match content {
                Some(content) => message.field(number.into(), content),
                None => message.push_file(self.blob, whole),
            }
        }
        Ok(changed.then_some(message))
    }

    /// A tensor whose data moves: into the model, or out of it. `None` where it stays.
    fn tensor(&mut self, body: Range<usize>) -> Result<Option<Rope>, String> {
        let mut head = Rope::default();
        let (mut raw, mut is_external) = (None, false);
        let mut fields = Message::new(self.file, body.clone()).fields();
        let mut start = fields.position();
        while let Some(field) = fields.next() {
            let Field { number, value } = field?;
            let whole = start..fields.position();
            start = whole.end;
            match (number, value) {
                (9, Value::Bytes(range)) => raw = Some(range),
                (13, _) => {}
                (14, Value::Varint(location, _)) => is_external = location == 1,
                _ => head.push_file(self.blob, whole),
            }
        }
        let data = match raw {
            _ if is_external => {
                let (file, range) = external_data(self.file, body.clone(), &mut self.beside)
                    .map_err(|problem| format!("`{}`: {problem}", self.shown(&body)))?;
                Data::File(file, range)
            }
            Some(range) if self.outside.is_some() => Data::File(self.blob.clone(), range),
            _ => return Ok(None),
        };
        Ok(Some(Tensor { head, data }.into_message(self.outside.as_mut())))
    }

    fn shown(&self, tensor: &Range<usize>) -> String {
        printable(&name_of(self.file, tensor.clone(), 8).unwrap_or_default())
    }
}

/// Nodes to the front, initializers to the end.
pub(super) fn place(encoded: &Encoded, nodes: &mut Rope, initializers: &mut Rope, mut outside: Option<&mut Outside>) {
    for node in &encoded.nodes {
        nodes.field(1, Rope::of(node.clone()));
    }
    for tensor in &encoded.initializers {
        initializers.field(5, tensor.clone().into_message(outside.as_deref_mut()));
    }
}
