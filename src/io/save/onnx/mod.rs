//! Writing ONNX: the graph that the weights came from, with each quantized one computed from its codes; or, where they came from
//! another format, a graph of nothing but weights.
//!
//! A weight `W` becomes `W_quantized`, `W_scale` and `W_zero_point`, and a `DequantizeLinear` whose output is called `W`, so that the
//! nodes that use it stay as they are; a codebook becomes `W_quantized`, `W_codebook`, `Cast` and `Gather`. The version of the
//! operators is raised to what the type needs, but never across one in which an operator of the graph changed its meaning: then a
//! wider type holds the codes, or older operators decode them.
//!
//! Where one file cannot hold the model, the data of its tensors goes into a file beside it.

mod frame;
mod graph;
mod message;
mod opset;
mod plan;
mod tensor;
mod weight;

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufWriter, Error as IoError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use graph::{Rewriter, Survey, place};
use message::{Rope, Spool, bytes, number, text};
use opset::{FLOAT4, Kind, Scales, change, release, representation};
pub(super) use plan::refuses;
use plan::{Plan, Way, plan, scales_of};
use tensor::Outside;
use weight::{Builder, Encoded, float_number};

use super::TensorExport;
use super::format::Layout;
use super::writer::{Refusal, Tick, Writer, Written};
use crate::engine::quantize::{Cast, Quantized, Quantizer, Scheme};
use crate::engine::tensor::{Dtype, Model, Tensor};
use crate::io::atomic::{Companion, folder_of};
use crate::io::beside::Beside;
use crate::io::blob::Blob;
use crate::io::error::{Error, printable};
use crate::io::onnx::{DTYPES, Field, Message, OnnxFile, OnnxPlace, Value, text as text_of};
use crate::io::paged::Paged;

/// A message of protocol buffers ends here.
const LARGEST: u64 = (1 << 31) - 1;
/// The version of the operators of a graph of nothing but weights, unless a type needs a later one.
const PLAIN_OPSET: u64 = 13;

/// A value that a graph of nothing but weights gives out.
struct Output {
    name: String,
    number: u32,
    shape: Vec<usize>,
}

pub(super) struct OnnxWriter<'a, 'f> {
    out: &'a mut BufWriter<&'f File>,
    path: &'a Path,
    layout: Layout,
    /// Whether data goes into a file beside the model, whatever its size.
    external: bool,
    source: Option<Arc<OnnxFile>>,
    spool: Spool,
    /// The version of the operators in the source, and the one that is needed.
    opset: (u64, u64),
    survey: Survey,
    replaced: HashMap<(usize, String), Encoded>,
    /// Weights of a graph of nothing else, and what it gives out.
    bare: (Vec<Encoded>, Vec<Output>),
    notes: BTreeSet<String>,
}

/// What a CPU runtime will not do with a scheme's file, and what it loads instead; `None` where it runs.
///
/// onnxruntime 1.32 dequantizes every integer type from 2 to 16 bits and all four types of 8-bit floats on the CPU.
pub(super) fn warning(scheme: &Scheme) -> Option<(String, Layout)> {
    match &scheme.quantizer {
        Some(Quantizer::Cast(Cast { format, .. })) if format == "e2m1fn" => {
            let said =
                "onnxruntime's CPU provider does not load float4e2m1; it loads the same codes looked up in a table";
            Some((said.to_owned(), Layout::Table))
        }
        _ => None,
    }
}

/// How a tensor of a graph is told apart from those of the same name in other graphs.
fn label(graph: usize, name: &str) -> String {
    format!("{graph}/{name}")
}

/// The file beside a model that holds its data.
pub(super) fn data_beside(model: &Path) -> PathBuf {
    let mut name = model.file_name().unwrap_or_default().to_os_string();
    name.push(".data");
    model.with_file_name(name)
}

/// Whether a weight came with a graph, which is then written with it.
pub fn has_graph(tensor: &Tensor) -> bool {
    origin(tensor).is_some()
}

fn origin(tensor: &Tensor) -> Option<Arc<OnnxPlace>> {
    tensor.origin()?.downcast::<OnnxPlace>().ok()
}

/// Opens what was written, together with the file beside it; the tensors that `written` tells of, in its order.
pub(super) fn read_back(path: &Path, written: &[Written], companion: Option<&Companion>) -> Result<Model, Error> {
    let mut beside = Beside::new(path.parent());
    if let Some(companion) = companion {
        beside.insert(&companion.name(), Blob::open(companion.temporary())?);
    }
    let mut model = crate::io::onnx::open_with(&Blob::open(path)?, String::new(), beside)?;
    let mut found = HashMap::new();
    for mut tensor in model.tensors.drain(..) {
        let Some(place) = origin(&tensor) else { continue };
        tensor.name = label(place.graph, &place.name);
        found.insert(tensor.name.clone(), tensor);
    }
    model.tensors = written.iter().filter_map(|array| found.remove(&array.name)).collect();
    Ok(model)
}

impl<'a, 'f> OnnxWriter<'a, 'f> {
    /// Looks through the graph that the tensors came from.
    pub fn new(
        out: &'a mut BufWriter<&'f File>,
        path: &'a Path,
        layout: Layout,
        external: bool,
        tensors: &[TensorExport<'_>],
    ) -> std::io::Result<Self> {
        let source = tensors.iter().find_map(|export| origin(export.tensor)).map(|place| Arc::clone(&place.file));
        let (mut survey, mut opset) = (Survey::default(), PLAIN_OPSET);
        if let Some(file) = &source {
            survey.graph(&Paged::new(&file.blob), file.graph.clone()).map_err(IoError::other)?;
            opset = file.opset;
        } else {
            survey.names = tensors.iter().map(|export| export.tensor.name.clone()).collect();
        }
        let spool = Spool::new(folder_of(path))?;
        let (replaced, bare, notes) = Default::default();
        Ok(Self { out, path, layout, external, source, spool, opset: (opset, opset), survey, replaced, bare, notes })
    }

    /// Whether the graph may be lifted to a version; the operator that is in the way.
    fn lift(&self, version: u64) -> Result<(), String> {
        match change(&self.survey.operators, self.opset.0, version) {
            Some((operator, changed)) if self.source.is_some() => Err(format!(
                "opset {version}, where {operator} has meant something else since {changed} and the graph is of opset {}",
                self.opset.0
            )),
            _ => Ok(()),
        }
    }

    /// The first of some ways that the graph can be lifted to.
    fn choose(&mut self, ways: &[Way]) -> Result<Way, String> {
        let mut obstacle = None;
        for &way in ways {
            match self.lift(way.opset) {
                Ok(()) => {
                    if let Some((wanted, reason)) = obstacle {
                        self.notes.insert(format!("codes are stored as {}: {wanted} needs {reason}", way.describe()));
                    }
                    self.opset.1 = self.opset.1.max(way.opset);
                    return Ok(way);
                }
                Err(reason) => obstacle = obstacle.or(Some((way.kind.name, reason))),
            }
        }
        let (wanted, reason) = obstacle.unwrap_or(("no type", "no version".to_owned()));
        Err(format!("{wanted} with these scales needs {reason}; choose --layout dequantized"))
    }

    fn encode(
        &mut self,
        name: &str,
        graph: usize,
        dtype: Dtype,
        quantized: &Quantized,
        tick: &mut Tick<'_>,
    ) -> Result<Encoded, Refusal> {
        let plan = match self.layout {
            Layout::Dequantized => Plan::Floats,
            layout => plan(quantized, layout == Layout::Table),
        };
        let way = match &plan {
            Plan::Codes(ways) => Some(self.choose(ways)?),
            Plan::Floats => None,
        };
        if way.is_some_and(|way| way.kind.number == FLOAT4) {
            self.notes.extend(
                warning(&quantized.scheme).map(|(said, layout)| format!("{said} (--layout {})", layout.name())),
            );
        }
        if way.is_some() && !quantized.scheme.storage.is_dense() {
            self.notes.insert(
                "every code is stored at its place: ONNX has no sparse indices and no Huffman codes".to_owned(),
            );
        }
        let (names, spool, encoded) = (&mut self.survey.names, &mut self.spool, Encoded::default());
        let builder = Builder { name, graph, dtype, names, spool, tick, encoded };
        match way {
            Some(way) => builder.codes(quantized, way, scales_of(quantized)),
            None => builder.floats(&quantized.reconstruct(), &quantized.shape),
        }
    }

    /// The model, with the data of its tensors outside where there is a place for it.
    fn model(&self, outside: Option<Outside>) -> Result<(Rope, Option<Outside>), String> {
        match &self.source {
            Some(source) => self.rewritten(source, outside),
            None => Ok(self.plain_model(outside)),
        }
    }

    /// The model's fields, with the graph written anew.
    fn rewritten(&self, source: &OnnxFile, outside: Option<Outside>) -> Result<(Rope, Option<Outside>), String> {
        let (blob, file) = (&source.blob, &Paged::new(&source.blob));
        let beside = Beside::new(source.folder.as_deref());
        let mut rewriter = Rewriter::new((file, blob), beside, &self.replaced, outside);
        let mut model = Rope::default();
        let mut fields = Message::new(file, 0..file.length()).fields();
        let mut start = fields.position();
        let mut named = false;
        while let Some(field) = fields.next() {
            let field = field?;
            let whole = start..fields.position();
            start = whole.end;
            match field {
                Field { number: 1, value: Value::Varint(version, _) } => {
                    // Before version 4 every initializer had to be an input of the graph.
                    let needed = if self.opset.1 > self.opset.0 { representation(self.opset.1) } else { 4 };
                    model.push(number(1, version.max(needed)));
                }
                Field { number: 7, value: Value::Bytes(body) } => {
                    let graph = rewriter.graph(body)?;
                    model.field(7, graph);
                }
                Field { number: 8, value: Value::Bytes(body) } if is_own(file, body.clone())? => {
                    named = true;
                    model.push(bytes(8, &number(2, self.opset.1)));
                }
                _ => model.push_file(blob, whole),
            }
        }
        if !named {
            model.push(bytes(8, &number(2, self.opset.1)));
        }
        if let Some((graph, name)) = self.replaced.keys().find(|key| !rewriter.found.contains(*key)) {
            return Err(format!("`{}` was not found in graph {graph}", printable(name)));
        }
        Ok((model, rewriter.outside))
    }

    /// A model of nothing but weights.
    fn plain_model(&self, mut outside: Option<Outside>) -> (Rope, Option<Outside>) {
        let (encoded, outputs) = &self.bare;
        let (mut graph, mut initializers) = (Rope::default(), Rope::default());
        for encoded in encoded {
            place(encoded, &mut graph, &mut initializers, outside.as_mut());
        }
        graph.push(text(2, "weights"));
        graph.append(initializers);
        for Output { name, number: kind, shape } in outputs {
            let axes: Vec<u8> = shape.iter().flat_map(|&axis| bytes(1, &number(1, axis as u64))).collect();
            let kind = bytes(1, &[number(1, (*kind).into()), bytes(2, &axes)].concat());
            graph.push(bytes(12, &[text(1, name), bytes(2, &kind)].concat()));
        }
        let mut model = Rope::of(number(1, representation(self.opset.1)));
        model.push([text(2, "Quantscope"), text(3, env!("CARGO_PKG_VERSION"))].concat());
        model.field(7, graph);
        model.push(bytes(8, &number(2, self.opset.1)));
        (model, outside)
    }
}

/// Whether an entry of the imported operators is ONNX's own.
fn is_own(file: &Paged<'_>, range: std::ops::Range<usize>) -> Result<bool, String> {
    for field in Message::new(file, range).fields() {
        if let Field { number: 1, value: Value::Bytes(body) } = field? {
            return Ok(matches!(text_of(file, &body)?.as_str(), "" | "ai.onnx"));
        }
    }
    Ok(true)
}

/// Whether nothing is lost when the data of a model is written beside it: nothing is there, or the data of the model that is replaced,
/// and not also that of another model which is open.
fn owns(path: &Path, name: &OsStr, open: Option<&OnnxFile>) -> bool {
    let data = path.with_file_name(name);
    if !data.exists() {
        return true;
    }
    let keeps = |blob: &Blob| crate::io::onnx::keeps_data_in(blob, &name.to_string_lossy());
    let is_of_another = |open: &OnnxFile| {
        let is_beside = open.folder.as_deref().is_some_and(|folder| same(folder, folder_of(path)));
        let is_replaced = path.file_name().is_some_and(|file| Path::new(open.blob.label()).file_name() == Some(file));
        is_beside && !is_replaced && keeps(&open.blob)
    };
    Blob::open(path).is_ok_and(|before| keeps(&before)) && !open.is_some_and(is_of_another)
}

/// Whether two paths lead to one place.
fn same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

impl Writer for OnnxWriter<'_, '_> {
    fn plain(&mut self, tensor: &Tensor, tick: &mut Tick<'_>) -> Result<Vec<Written>, Refusal> {
        let bytes = tensor.stored()?;
        if let Some(place) = origin(tensor) {
            // What the graph computes follows from what is in it.
            if place.computed {
                return Ok(Vec::new());
            }
            return Ok(vec![Written::new(label(place.graph, &place.name), tensor.dtype, tensor.shape.clone(), &bytes)]);
        }
        let kind = DTYPES.iter().find(|(_, dtype)| *dtype == tensor.dtype).map(|(number, _)| *number as u32);
        let kind = kind.ok_or_else(|| format!("ONNX has no {}", tensor.dtype))?;
        self.opset.1 = self.opset.1.max(Kind::quantized(kind).map_or(1, |kind| kind.needs(Scales::One)));
        let data = self.spool.append(&bytes, tick)?;
        let stored = tensor::Tensor::new(&tensor.name, kind, &tensor.shape, data);
        self.bare.0.push(Encoded { initializers: vec![stored], ..Encoded::default() });
        self.bare.1.push(Output { name: tensor.name.clone(), number: kind, shape: tensor.shape.clone() });
        Ok(vec![Written::new(label(0, &tensor.name), tensor.dtype, tensor.shape.clone(), &bytes)])
    }

    fn quantized(
        &mut self,
        tensor: &Tensor,
        quantized: &Quantized,
        tick: &mut Tick<'_>,
    ) -> Result<Vec<Written>, Refusal> {
        let Some(place) = origin(tensor) else {
            let mut encoded = self.encode(&tensor.name, 0, Dtype::F32, quantized, tick)?;
            let written = std::mem::take(&mut encoded.written);
            self.bare.0.push(encoded);
            let number = float_number(Dtype::F32);
            self.bare.1.push(Output { name: tensor.name.clone(), number, shape: quantized.shape.clone() });
            return Ok(written);
        };
        if place.computed {
            return Err("the graph computes it by DequantizeLinear: it is quantized already".to_owned().into());
        }
        if !matches!(tensor.dtype, Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F64) {
            return Err(format!("the graph expects {} here, which no DequantizeLinear gives", tensor.dtype).into());
        }
        let mut encoded = self.encode(&place.name, place.graph, tensor.dtype, quantized, tick)?;
        let written = std::mem::take(&mut encoded.written);
        self.replaced.insert((place.graph, place.name.clone()), encoded);
        Ok(written)
    }

    fn notes(&self) -> Vec<String> {
        let lifted = self.source.is_none() || self.opset.1 > self.opset.0;
        let needs = release(self.opset.1).filter(|_| lifted);
        let needs = needs.map(|release| format!("the runtime has to know opset {}, of ONNX {release}", self.opset.1));
        self.notes.iter().cloned().chain(needs).collect()
    }

    fn finish(self: Box<Self>, tick: &mut Tick<'_>) -> std::io::Result<Option<Companion>> {
        let (model, _) = self.model(None).map_err(IoError::other)?;
        if model.length() <= LARGEST && !self.external {
            model.write(&mut self.spool.into_file()?, self.out, tick)?;
            return Ok(None);
        }
        let beside = data_beside(self.path);
        let name = beside.file_name().unwrap_or_default();
        let location = name.to_string_lossy().into_owned();
        let (model, outside) = self.model(Some(Outside::new(location))).map_err(IoError::other)?;
        if model.length() > LARGEST {
            return Err(IoError::other(
                "an ONNX file ends at 2 GiB even without its weights; write one tensor, or safetensors",
            ));
        }
        let mut spool = self.spool.into_file()?;
        let content = outside.map(|outside| outside.content).filter(|content| content.length() > 0);
        if content.is_some() && !owns(self.path, name, self.source.as_deref()) {
            return Err(IoError::other(format!(
                "{} exists already and is the data of another model; choose another name",
                name.to_string_lossy()
            )));
        }
        let companion = content
            .map(|content| Companion::create(&beside, |out| content.write(&mut spool, out, tick)))
            .transpose()?;
        model.write(&mut spool, self.out, tick)?;
        Ok(companion)
    }
}
