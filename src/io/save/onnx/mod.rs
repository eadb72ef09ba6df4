//! Writing ONNX: the graph that the weights came from, with each quantized one computed from its codes; or, where they came from
//! another format, a graph of nothing but weights.
//!
//! A weight `W` becomes `W_quantized`, `W_scale` and `W_zero_point`, and a `DequantizeLinear` whose output is called `W`, so that the
//! nodes that use it stay as they are; a codebook becomes `W_quantized`, `W_codebook`, `Cast` and `Gather`. The version of the
//! operators is raised to what the type needs, but never across one in which an operator of the graph changed its meaning: then a
//! wider type holds the codes.

mod graph;
mod message;
mod opset;
mod weight;

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufWriter, Error as IoError};
use std::path::Path;
use std::sync::Arc;

use graph::{Rewriter, Survey, place};
use message::{Rope, Spool, bytes, number, text};
use opset::{FLOAT4, Kind, Scales, change, representation};
pub(super) use weight::refuses;
use weight::{Builder, Encoded, Plan, float_number, plan, tensor};

use super::TensorExport;
use super::format::Layout;
use super::writer::{Refusal, Tick, Writer, Written};
use crate::engine::quantize::{Cast, Quantized, Quantizer, Scheme};
use crate::engine::tensor::{Dtype, Model, Tensor};
use crate::io::error::{Error, printable};
use crate::io::onnx::{DTYPES, Field, Message, OnnxFile, OnnxPlace, Value, text as text_of};

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

/// What a CPU runtime will not do with a scheme's file; `None` where it runs.
pub(super) fn warning(scheme: &Scheme) -> Option<String> {
    match &scheme.quantizer {
        Some(Quantizer::Cast(Cast { format, .. })) if format == "e2m1fn" => {
            Some("onnxruntime's CPU provider does not load float4e2m1; it loads the float32 reconstruction".to_owned())
        }
        _ => None,
    }
}

/// How a tensor of a graph is told apart from those of the same name in other graphs.
fn label(graph: usize, name: &str) -> String {
    format!("{graph}/{name}")
}

fn origin(tensor: &Tensor) -> Option<Arc<OnnxPlace>> {
    tensor.origin()?.downcast::<OnnxPlace>().ok()
}

/// Opens what was written; the tensors that `written` tells of, in its order.
pub(super) fn read_back(path: &Path, written: &[Written]) -> Result<Model, Error> {
    let mut model = crate::io::open(path)?;
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
        tensors: &[TensorExport<'_>],
    ) -> std::io::Result<Self> {
        let source = tensors.iter().find_map(|export| origin(export.tensor)).map(|place| Arc::clone(&place.file));
        let (mut survey, mut opset) = (Survey::default(), PLAIN_OPSET);
        if let Some(file) = &source {
            let bytes = file.blob.all().map_err(IoError::other)?;
            survey.graph(&bytes, file.graph.clone()).map_err(IoError::other)?;
            opset = file.opset;
        } else {
            survey.names = tensors.iter().map(|export| export.tensor.name.clone()).collect();
        }
        let spool = Spool::new()?;
        let (replaced, bare, notes) = Default::default();
        Ok(Self { out, path, layout, source, spool, opset: (opset, opset), survey, replaced, bare, notes })
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

    /// The first of some types that the graph can be lifted to.
    fn choose(&mut self, kinds: &[Kind], needs: impl Fn(Kind) -> u64) -> Result<Kind, String> {
        let mut obstacle = None;
        for &kind in kinds {
            match self.lift(needs(kind)) {
                Ok(()) => {
                    if let Some((wanted, reason)) = obstacle {
                        self.notes.insert(format!("codes are stored as {}: {wanted} needs {reason}", kind.name));
                    }
                    self.opset.1 = self.opset.1.max(needs(kind));
                    return Ok(kind);
                }
                Err(reason) => obstacle = obstacle.or(Some((kind.name, reason))),
            }
        }
        let (wanted, reason) = obstacle.unwrap_or(("no type", "no version".to_owned()));
        Err(format!("{wanted} with these scales needs {reason}; choose --layout dequantized"))
    }

    /// Checks that what stays in other files is where the new file looks for it.
    fn check_external(&self) -> Result<(), String> {
        let Some(source) = self.source.as_ref().filter(|source| source.external) else { return Ok(()) };
        let folder = |path: &Path| {
            let folder = if path.as_os_str().is_empty() { Path::new(".") } else { path };
            folder.canonicalize().ok()
        };
        let here = self.path.parent().and_then(folder);
        if here.is_some() && here == source.folder.as_deref().and_then(folder) {
            return Ok(());
        }
        Err("the graph keeps weights in files beside it; write the new file into the folder of the old one".to_owned())
    }

    fn encode(
        &mut self,
        name: &str,
        graph: usize,
        dtype: Dtype,
        quantized: &Quantized,
        tick: &mut Tick<'_>,
    ) -> Result<Encoded, Refusal> {
        let plan = if self.layout == Layout::Dequantized { Plan::Floats } else { plan(quantized)? };
        let kind = match &plan {
            Plan::Dequantize(kinds, scales) => Some(self.choose(kinds, |kind| kind.needs(*scales))?),
            Plan::Codebook(kinds) => Some(self.choose(kinds, Kind::casts_from)?),
            Plan::Cast(_) => {
                self.lift(PLAIN_OPSET)?;
                self.opset.1 = self.opset.1.max(PLAIN_OPSET);
                None
            }
            Plan::Floats => None,
        };
        if kind.is_some_and(|kind| kind.number == FLOAT4) {
            self.notes.extend(warning(&quantized.scheme));
        }
        let builder = Builder { name, graph, dtype, names: &mut self.survey.names, spool: &mut self.spool, tick };
        Ok(match (plan, kind) {
            (Plan::Dequantize(_, scales), Some(kind)) => builder.dequantize(quantized, kind, scales)?,
            (Plan::Codebook(_), Some(kind)) => builder.codebook(quantized, kind)?,
            (Plan::Cast(number), _) => builder.cast(quantized, number)?,
            _ => builder.floats(&quantized.reconstruct(), &quantized.shape)?,
        })
    }

    /// The model's fields, with the graph written anew.
    fn rewritten(&mut self, file: &[u8]) -> Result<Rope, String> {
        let mut rewriter = Rewriter { file, replaced: std::mem::take(&mut self.replaced), next: 0 };
        let mut model = Rope::default();
        let mut fields = Message::new(file, 0..file.len()).fields();
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
                _ => model.push_source(whole),
            }
        }
        if !named {
            model.push(bytes(8, &number(2, self.opset.1)));
        }
        if let Some(((graph, name), _)) = rewriter.replaced.iter().next() {
            return Err(format!("`{}` was not found in graph {graph}", printable(name)));
        }
        Ok(model)
    }

    /// A model of nothing but weights.
    fn plain_model(&mut self) -> Rope {
        let (encoded, outputs) = std::mem::take(&mut self.bare);
        let (mut graph, mut initializers) = (Rope::default(), Rope::default());
        for encoded in encoded {
            place(encoded, &mut graph, &mut initializers);
        }
        graph.push(text(2, "weights"));
        graph.append(initializers);
        for Output { name, number: kind, shape } in outputs {
            let axes: Vec<u8> = shape.iter().flat_map(|&axis| bytes(1, &number(1, axis as u64))).collect();
            let kind = bytes(1, &[number(1, kind.into()), bytes(2, &axes)].concat());
            graph.push(bytes(12, &[text(1, &name), bytes(2, &kind)].concat()));
        }
        let mut model = Rope::of(number(1, representation(self.opset.1)));
        model.push([text(2, "Quantscope"), text(3, env!("CARGO_PKG_VERSION"))].concat());
        model.field(7, graph);
        model.push(bytes(8, &number(2, self.opset.1)));
        model
    }
}

/// Whether an entry of the imported operators is ONNX's own.
fn is_own(file: &[u8], range: std::ops::Range<usize>) -> Result<bool, String> {
    for field in Message::new(file, range).fields() {
        if let Field { number: 1, value: Value::Bytes(body) } = field? {
            return Ok(matches!(text_of(file, &body).as_str(), "" | "ai.onnx"));
        }
    }
    Ok(true)
}

impl Writer for OnnxWriter<'_, '_> {
    fn plain(&mut self, tensor: &Tensor, tick: &mut Tick<'_>) -> Result<Vec<Written>, Refusal> {
        let bytes = tensor.stored()?;
        if let Some(place) = origin(tensor) {
            self.check_external()?;
            // What the graph computes follows from what is in it.
            if place.computed {
                return Ok(Vec::new());
            }
            return Ok(vec![Written::new(label(place.graph, &place.name), tensor.dtype, tensor.shape.clone(), &bytes)]);
        }
        let kind = DTYPES.iter().find(|(_, dtype)| *dtype == tensor.dtype).map(|(number, _)| *number as u32);
        let kind = kind.ok_or_else(|| format!("ONNX has no {}", tensor.dtype))?;
        self.opset.1 = self.opset.1.max(Kind::quantized(kind).map_or(1, |kind| kind.needs(Scales::One)));
        let rope = self::tensor(&tensor.name, kind, &tensor.shape, &bytes, &mut self.spool, tick)?;
        self.bare.0.push(Encoded { initializers: vec![rope], ..Encoded::default() });
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
        self.check_external()?;
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
        self.notes.iter().cloned().collect()
    }

    fn finish(mut self: Box<Self>) -> std::io::Result<()> {
        let source = self.source.clone();
        let file = source.as_ref().map(|source| source.blob.all()).transpose().map_err(IoError::other)?;
        let model = match &file {
            Some(file) => self.rewritten(file).map_err(IoError::other)?,
            None => self.plain_model(),
        };
        if model.length() > LARGEST {
            return Err(IoError::other("an ONNX file ends at 2 GiB; write one tensor, or safetensors"));
        }
        model.write(file.as_deref().unwrap_or_default(), self.spool, self.out)
    }
}
