//! Reading ONNX: initializers and constants of every graph in the model, decoded when looked at.
//!
//! Where `DequantizeLinear`, or an operator that computes with codes, is fed from stored tensors, the weights are shown too, as the
//! floats that they stand for, together with what their codes, scales and zero points take.
//!
//! The wire format is read by hand, a page at a time, so that a model larger than memory opens: generated types would keep a copy of
//! all data in memory, lose where in the file a tensor lies, and need a compiler of their own at build time.

mod blocks;
mod classifier;
mod dequantize;
mod graph;
mod proto;
mod source;
mod wire;
pub(super) mod write;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::ops::Range;
use std::path::{Component, Path};
use std::sync::Arc;

pub(super) use classifier::open as open_classifier;
use dequantize::Stored;
use graph::{Contents, Found, Place};
pub(super) use proto::DTYPES;
use proto::{Data, External, Parsed, Proto, entry};
use source::OnnxSource;
pub(super) use source::{OnnxFile, OnnxPlace};
use wire::varint;
pub(super) use wire::{Field, Message, Value, text};

use super::beside::Beside;
use super::blob::Blob;
use super::error::{Error, clean, printable};
use super::names::Names;
use super::paged::Paged;
use crate::engine::tensor::{Dtype, Model, Tensor};

/// Whether these bytes begin like a `ModelProto`: field 1, the version of the intermediate representation, and another known field.
///
/// `start` is at least the file's first hundred bytes, or all of it where it is shorter.
pub(super) fn is_it(start: &[u8], file_length: u64) -> bool {
    let mut fields = Message::new(start, 0..start.len()).fields();
    let Some(Ok(Field { number: 1, value: Value::Varint(1..=100, version) })) = fields.next() else { return false };
    // The second field may be the graph, which is longer than the start: its head has to do.
    let Some((tag, tag_bytes)) = varint(&start[version.end..]) else { return false };
    let after = version.end + tag_bytes;
    let fits = match tag & 7 {
        0 => varint(&start[after..]).is_some(),
        2 => varint(&start[after..]).is_some_and(|(length, bytes)| length <= file_length - (after + bytes) as u64),
        _ => false,
    };
    fits && matches!(tag >> 3, 2..=8 | 14 | 20 | 25)
}

/// The head of a model.
#[derive(Default)]
struct Head {
    ir_version: u64,
    producer: String,
    opsets: Vec<(String, u64)>,
    graph: Option<Range<usize>>,
    metadata: Vec<(String, String)>,
}

/// Opens a model. `folder` is where its external data lies; `None` for one that came from memory.
pub(super) fn open(blob: &Blob, name: String, folder: Option<&Path>) -> Result<Model, Error> {
    open_with(blob, name, Beside::new(folder))
}

/// The same with the files beside it.
pub(super) fn open_with(blob: &Blob, name: String, mut beside: Beside) -> Result<Model, Error> {
    blob.check().map_err(|error| blob.refused(&error))?;
    let Parts { head, contents, sources, .. } = parts(blob, &mut beside)?;
    let mut names = Names::default();
    let mut tensors = Vec::with_capacity(contents.tensors.len());
    for (found, source) in contents.tensors.iter().zip(&sources).filter(|(found, _)| !is_argument(found)) {
        let name = unique(&found.name, found.graph, &mut names);
        tensors.push(Tensor::new(name, found.proto.shape.clone(), found.proto.dtype, Arc::clone(source)));
    }
    let stored = Stored::of(&contents);
    // Several nodes may compute with the same weights.
    let mut shown = HashSet::new();
    for node in &contents.dequantize {
        if let Some(mut tensor) = dequantize::tensor(node, &contents, &stored, &sources) {
            let codes = node.inputs.first().and_then(|codes| stored.find(codes, node.graph));
            if node.operator == "DequantizeLinear" || shown.insert(codes) {
                tensor.name = unique(&node.output, node.graph, &mut names);
                tensors.push(tensor);
            }
        }
    }
    for node in &contents.blocks {
        if let Some(mut tensor) = blocks::tensor(node, &contents, &stored, &sources) {
            let codes = node.inputs.first().and_then(|codes| stored.find(codes, node.graph));
            if shown.insert(codes) {
                tensor.name = unique(&blocks::label(node), node.graph, &mut names);
                tensors.push(tensor);
            }
        }
    }
    let metadata = metadata(&head, &contents);
    blob.check().map_err(|error| blob.refused(&error))?;
    Ok(Model { name, tensors, metadata })
}

/// Whether a model keeps data of its tensors in a file of this name beside it.
pub(super) fn keeps_data_in(blob: &Blob, name: &str) -> bool {
    let bytes = &Paged::new(blob);
    let contents = head(bytes).ok().and_then(|head| graph::contents(bytes, head.graph?).ok());
    // `./data` is the same as `data`.
    let is_there = |location: &str| {
        let parts = Path::new(location).components().filter(|part| *part != Component::CurDir);
        parts.eq([Component::Normal(OsStr::new(name))])
    };
    contents.is_some_and(|contents| {
        let external = |found: &Found| matches!(&found.proto.data, Data::External(data) if is_there(&data.location));
        contents.tensors.iter().any(external)
    })
}

/// A model, its claims held against the file.
struct Parts {
    head: Head,
    /// The outermost graph.
    graph: Range<usize>,
    contents: Contents,
    /// Where the data of the tensors lies, in their order.
    sources: Vec<Arc<OnnxSource>>,
}

fn parts(blob: &Blob, beside: &mut Beside) -> Result<Parts, Error> {
    let fail = |problem: String| Error::labelled(blob.label(), problem);
    let bytes = &Paged::new(blob);
    let head = head(bytes).map_err(fail)?;
    let graph = head.graph.clone().ok_or_else(|| fail("an ONNX file without a graph".to_owned()))?;
    let contents = graph::contents(bytes, graph.clone()).map_err(fail)?;
    let opset = head.opsets.iter().find(|(domain, _)| matches!(domain.as_str(), "" | "ai.onnx"));
    let file = Arc::new(OnnxFile {
        blob: blob.clone(),
        graph: graph.clone(),
        opset: opset.map_or(1, |(_, version)| *version),
        folder: beside.folder().map(Path::to_owned),
    });
    let mut sources = Vec::with_capacity(contents.tensors.len());
    for found in &contents.tensors {
        let place = |problem| fail(format!("tensor `{}`: {problem}", printable(&found.name)));
        sources.push(Arc::new(source(&file, found, beside).map_err(place)?));
    }
    Ok(Parts { head, graph, contents, sources })
}

fn head(bytes: &Paged<'_>) -> Result<Head, String> {
    let mut head = Head::default();
    for field in Message::new(bytes, 0..bytes.length()).fields() {
        let field = field?;
        match (field.number, field.value) {
            (1, Value::Varint(version, _)) => head.ir_version = version,
            (2 | 3, Value::Bytes(range)) => {
                let text = text(bytes, &range)?;
                head.producer += if head.producer.is_empty() || text.is_empty() { "" } else { " " };
                head.producer += &text;
            }
            (7, Value::Bytes(range)) => head.graph = Some(range),
            (8, Value::Bytes(range)) => {
                let (mut domain, mut version) = (String::new(), 0);
                for part in Message::new(bytes, range).fields() {
                    let part = part?;
                    match (part.number, part.value) {
                        (1, Value::Bytes(range)) => domain = text(bytes, &range)?,
                        (2, Value::Varint(number, _)) => version = number,
                        _ => {}
                    }
                }
                head.opsets.push((domain, version));
            }
            (14, Value::Bytes(range)) => head.metadata.push(entry(bytes, range)?),
            _ => {}
        }
    }
    Ok(head)
}

/// Whether a constant is an argument of an operator, such as axes or a shape, rather than weights: exporters write hundreds of them.
fn is_argument(found: &Found) -> bool {
    const MOST: usize = 16;
    let proto = &found.proto;
    found.place == Place::Constant && proto.dtype == Dtype::I64 && proto.shape.iter().product::<usize>() <= MOST
}

/// What the file says about itself.
fn metadata(head: &Head, contents: &Contents) -> Vec<(String, String)> {
    let domain = |domain: &str| if domain.is_empty() { "ai.onnx".to_owned() } else { clean(domain) };
    let opsets: Vec<String> = head.opsets.iter().map(|(name, version)| format!("{} {version}", domain(name))).collect();
    let mut metadata = vec![
        ("format".to_owned(), format!("ONNX, IR version {}", head.ir_version)),
        ("opset".to_owned(), opsets.join(", ")),
        ("graphs".to_owned(), format!("{} with {} nodes", contents.parents.len(), contents.nodes)),
    ];
    if !head.producer.is_empty() {
        metadata.push(("producer".to_owned(), clean(&head.producer)));
    }
    let arguments = contents.tensors.iter().filter(|found| is_argument(found)).count();
    if arguments > 0 {
        metadata.push(("not listed".to_owned(), format!("{arguments} small int64 constants, arguments of operators")));
    }
    metadata.extend(head.metadata.iter().map(|(key, value)| (clean(key), value.clone())));
    metadata.extend(contents.skipped.iter().map(|(name, what)| {
        ("skipped".to_owned(), if name.is_empty() { (*what).to_owned() } else { format!("`{}`: {what}", clean(name)) })
    }));
    metadata
}

/// A name that no tensor has yet. Graphs beside each other may use the same; the second is called by its graph too.
fn unique(name: &str, graph: usize, names: &mut Names) -> String {
    let plain = clean(if name.is_empty() { "unnamed" } else { name });
    if names.take(&plain) {
        return plain;
    }
    names.unique(format!("{plain} (graph {graph})"), |_, number| format!("{plain} (graph {graph}, {number})"))
}

/// Where a tensor's data lies beside the model, or why it cannot be read. `Err` outside is a model that must not be followed.
fn outer(
    proto: &Proto,
    external: &External,
    beside: &mut Beside,
) -> Result<Result<(Blob, Range<usize>), String>, String> {
    let bytes = proto.dtype.bytes(proto.shape.iter().product::<usize>() as u64);
    let file = beside.file(&external.location).map_err(|problem| format!("external data: {problem}"))?;
    let file = match file {
        Ok(file) => file,
        Err(problem) => return Ok(Err(problem)),
    };
    let (length, shown) = (file.length(), printable(&external.location));
    let end = external.offset.checked_add(bytes).filter(|end| *end <= length);
    let end = end.ok_or_else(|| {
        format!("external data: `{shown}` has {length} bytes, not {bytes} from byte {} on", external.offset)
    })?;
    Ok(Ok((file, external.offset as usize..end as usize)))
}

/// Where the data of a `TensorProto` lies that keeps it in another file.
///
/// # Errors
/// One that does not, or whose data cannot be read.
pub(super) fn external_data(
    file: &Paged<'_>,
    tensor: Range<usize>,
    beside: &mut Beside,
) -> Result<(Blob, Range<usize>), String> {
    match proto::parse(file, tensor)? {
        Parsed::Tensor(proto) => match &proto.data {
            Data::External(external) => outer(&proto, external, beside)?,
            _ => Err("its data is in the model".to_owned()),
        },
        Parsed::Skipped { what, .. } => Err(format!("{what} in another file")),
    }
}

fn source(file: &Arc<OnnxFile>, found: &Found, beside: &mut Beside) -> Result<OnnxSource, String> {
    let blob = &file.blob;
    let data = match &found.proto.data {
        Data::External(external) => match outer(&found.proto, external, beside)? {
            Ok((file, range)) => source::Data::Stored(file, range),
            Err(problem) => source::Data::Missing(problem),
        },
        Data::Raw(range) => source::Data::Stored(blob.clone(), range.clone()),
        Data::Typed(coding, pieces) => source::Data::Typed(blob.clone(), *coding, pieces.clone()),
    };
    let count = found.proto.shape.iter().product();
    let place = OnnxPlace { file: Arc::clone(file), graph: found.graph, name: found.name.clone(), computed: false };
    let label = printable(&found.name);
    Ok(OnnxSource { data, dtype: found.proto.dtype, count, label, place: Arc::new(place) })
}
