//! A quantized weight as ONNX computes it: initializers, and nodes from them to a tensor under the weight's name.

use std::collections::HashSet;

use super::frame::{Frame, row};
use super::message::{Spool, bytes, number, text};
use super::opset::{FLOAT, INT32, INT64, Kind, Scales};
use super::plan::{Form, Way};
use super::tensor::Tensor;
use crate::engine::quantize::{Decoder, Per, Quantized};
use crate::engine::tensor::Dtype;
use crate::io::decode::pack_bits;
use crate::io::onnx::DTYPES;
use crate::io::save::grid::float_bytes;
use crate::io::save::writer::{Refusal, Tick, Written};

/// What takes a weight's place in a graph.
#[derive(Default)]
pub(super) struct Encoded {
    /// Tensors that are stored.
    pub initializers: Vec<Tensor>,
    /// `NodeProto`s, in order.
    pub nodes: Vec<Vec<u8>>,
    /// What is found there when the file is read back.
    pub written: Vec<Written>,
}

/// Puts a weight together.
pub(super) struct Builder<'a, 't> {
    /// The weight's name in its graph.
    pub name: &'a str,
    /// Its graph, by number.
    pub graph: usize,
    /// What the graph expects under its name.
    pub dtype: Dtype,
    pub names: &'a mut HashSet<String>,
    pub spool: &'a mut Spool,
    pub tick: &'a mut Tick<'t>,
    /// What there is so far.
    pub encoded: Encoded,
}

/// A node that takes the output of the one before it.
struct Step {
    operator: &'static str,
    /// Inputs before that output, and behind it.
    before: Vec<String>,
    behind: Vec<String>,
    attributes: Vec<(&'static str, u64)>,
}

impl Step {
    fn new(operator: &'static str, behind: Vec<String>) -> Self {
        Self { operator, before: Vec::new(), behind, attributes: Vec::new() }
    }

    fn with(self, attribute: &'static str, value: u64) -> Self {
        let mut attributes = self.attributes;
        attributes.push((attribute, value));
        Self { attributes, ..self }
    }
}

/// The number in `TensorProto.DataType` of a type that a graph may expect of a weight.
pub(super) fn float_number(dtype: Dtype) -> u32 {
    match dtype {
        Dtype::F16 => 10,
        Dtype::F64 => 11,
        Dtype::BF16 => 16,
        _ => FLOAT,
    }
}

/// A `NodeProto`.
fn node(operator: &str, inputs: &[String], output: &str, attributes: &[(&str, u64)]) -> Vec<u8> {
    let mut node: Vec<u8> = inputs.iter().flat_map(|input| text(1, input)).collect();
    node.extend(text(2, output));
    node.extend(text(3, &format!("{output}_{operator}")));
    node.extend(text(4, operator));
    for (name, value) in attributes {
        // Type 2 is an integer.
        node.extend(bytes(5, &[text(1, name), number(3, *value), number(20, 2)].concat()));
    }
    node
}

/// Codes as raw data of a type.
fn packed(codes: impl Iterator<Item = u32>, kind: Kind) -> Vec<u8> {
    match kind.bits {
        8 => codes.map(|code| code as u8).collect(),
        16 => codes.flat_map(|code| (code as u16).to_le_bytes()).collect(),
        bits => pack_bits(codes, bits),
    }
}

/// What the number of a code is in the file: q of a grid, the index or the bit pattern otherwise.
fn stored(decoder: &Decoder, code: u16) -> i32 {
    let code = i32::from(code);
    match decoder {
        Decoder::Affine { code_min, .. } => code + code_min,
        Decoder::Signs { scales: 0 | 1, zero: true, .. } => code - 1,
        Decoder::Signs { scales: 0 | 1, .. } => 2 * code - 1,
        _ => code,
    }
}

/// Scales, group by group; empty where there are none.
fn scales_of(decoder: &Decoder) -> &[f32] {
    match decoder {
        Decoder::Affine { scale, .. }
        | Decoder::Offset { scale, .. }
        | Decoder::Table { scale, .. }
        | Decoder::Signs { scale, scales: 0 | 1, .. } => scale,
        _ => &[],
    }
}

fn zero_points_of(decoder: &Decoder) -> &[i32] {
    if let Decoder::Affine { zero_point, .. } = decoder { zero_point } else { &[] }
}

impl Builder<'_, '_> {
    /// A name that nothing in the model has.
    fn fresh(&mut self, suffix: &str) -> String {
        let plain = format!("{}_{suffix}", self.name);
        let mut name = plain.clone();
        let mut count = 1;
        while !self.names.insert(name.clone()) {
            count += 1;
            name = format!("{plain}_{count}");
        }
        name
    }

    /// Stores a tensor; its name.
    fn put(&mut self, suffix: &str, kind: u32, shape: &[usize], data: &[u8]) -> std::io::Result<String> {
        let name = self.fresh(suffix);
        self.put_as(&name, kind, shape, data)?;
        Ok(name)
    }

    fn put_as(&mut self, name: &str, kind: u32, shape: &[usize], data: &[u8]) -> std::io::Result<()> {
        let place = self.spool.append(data, self.tick)?;
        self.encoded.initializers.push(Tensor::new(name, kind, shape, place));
        let dtype =
            DTYPES.iter().find(|(number, _)| *number == u64::from(kind)).map_or(Dtype::F32, |(_, dtype)| *dtype);
        self.encoded.written.push(Written::new(super::label(self.graph, name), dtype, shape.to_vec(), data));
        Ok(())
    }

    fn put_floats(&mut self, suffix: &str, shape: &[usize], values: &[f32]) -> std::io::Result<String> {
        self.put(suffix, FLOAT, shape, &float_bytes(values))
    }

    fn put_sizes(&mut self, suffix: &str, sizes: &[usize]) -> std::io::Result<String> {
        let data: Vec<u8> = sizes.iter().flat_map(|&size| (size as u64).to_le_bytes()).collect();
        self.put(suffix, INT64, &[sizes.len()], &data)
    }

    /// Nodes one behind the other, the last one's output under the weight's name and of the type that the graph expects; the name
    /// of the first one's.
    fn chain(&mut self, first: String, mut steps: Vec<Step>) -> String {
        let expected = float_number(self.dtype);
        if expected != FLOAT && steps.last().is_none_or(|step| step.operator != "Cast") {
            steps.push(Step::new("Cast", Vec::new()).with("to", expected.into()));
        }
        let (mut previous, mut output, last) = (first, None, steps.len());
        for (index, Step { operator, mut before, behind, attributes }) in steps.into_iter().enumerate() {
            let suffix =
                if operator == "DequantizeLinear" { "dequantized".to_owned() } else { operator.to_lowercase() };
            let name = if index + 1 == last { self.name.to_owned() } else { self.fresh(&suffix) };
            before.push(previous);
            before.extend(behind);
            self.encoded.nodes.push(node(operator, &before, &name, &attributes));
            output.get_or_insert_with(|| name.clone());
            previous = name;
        }
        output.unwrap_or(previous)
    }

    /// Float32 values under the weight's own name.
    pub fn floats(mut self, values: &[f32], shape: &[usize]) -> Result<Encoded, Refusal> {
        let plain = float_number(self.dtype) == FLOAT;
        let name = if plain { self.name.to_owned() } else { self.fresh("dequantized") };
        self.put_as(&name, FLOAT, shape, &float_bytes(values))?;
        self.chain(name, Vec::new());
        Ok(self.encoded)
    }

    /// Codes, and what decodes them.
    pub fn codes(self, quantized: &Quantized, way: Way, scales: Scales) -> Result<Encoded, Refusal> {
        match way.form {
            Form::Dequantize(scales) => self.dequantize(quantized, way.kind, scales),
            Form::Rows => self.rows(quantized, way.kind),
            Form::Arithmetic => self.arithmetic(quantized, way.kind, scales),
            Form::Lookup => self.lookup(quantized, way.kind, scales),
            Form::Cast => self.cast(quantized, way.kind, scales),
        }
    }

    /// Stores codes in a frame.
    fn put_codes(&mut self, quantized: &Quantized, kind: Kind, frame: &Frame) -> std::io::Result<String> {
        let decoder = &quantized.decoder;
        let data = packed(frame.codes(quantized, |code| stored(decoder, code) as u32), kind);
        self.put("quantized", kind.number, &frame.stored, &data)
    }

    /// The steps from a frame to the tensor's own shape.
    fn unframe(&mut self, quantized: &Quantized, frame: &Frame) -> std::io::Result<Vec<Step>> {
        let mut steps = Vec::new();
        if let Some((row, whole)) = frame.cut() {
            let rows = self.put_sizes("rows", &[quantized.codes.len() / row, whole])?;
            steps.push(Step::new("Reshape", vec![rows]));
            let mut ends = Vec::new();
            for (suffix, value) in [("starts", 0), ("ends", row), ("axes", 1)] {
                ends.push(self.put_sizes(suffix, &[value])?);
            }
            steps.push(Step::new("Slice", ends));
        }
        if frame.cut().is_some() || frame.stored != quantized.shape {
            let shape = self.put_sizes("shape", &quantized.shape)?;
            steps.push(Step::new("Reshape", vec![shape]));
        }
        Ok(steps)
    }

    /// A product with scales, where there are some.
    fn scaled(&mut self, quantized: &Quantized, frame: &Frame) -> std::io::Result<Option<Step>> {
        let scale = scales_of(&quantized.decoder);
        if scale.is_empty() {
            return Ok(None);
        }
        let name = self.put_floats("scale", &frame.shared, scale)?;
        Ok(Some(Step::new("Mul", vec![name])))
    }

    /// Codes of a float type.
    fn cast(mut self, quantized: &Quantized, kind: Kind, scales: Scales) -> Result<Encoded, Refusal> {
        let frame = Frame::of(quantized, if scales_of(&quantized.decoder).is_empty() { Scales::One } else { scales });
        let codes = self.put_codes(quantized, kind, &frame)?;
        let scaled = self.scaled(quantized, &frame)?;
        let to = if scaled.is_some() { FLOAT } else { float_number(self.dtype) };
        let mut steps = vec![Step::new("Cast", Vec::new()).with("to", to.into())];
        steps.extend(scaled);
        steps.extend(self.unframe(quantized, &frame)?);
        self.chain(codes, steps);
        Ok(self.encoded)
    }

    /// Indices, looked up in a table, or in one for each group, which lie one behind the other.
    fn lookup(mut self, quantized: &Quantized, kind: Kind, scales: Scales) -> Result<Encoded, Refusal> {
        let decoder = &quantized.decoder;
        let groups = quantized.partition.groups();
        let tables: Vec<Vec<f32>> = match decoder {
            Decoder::Codebook { books } => books.clone(),
            Decoder::Table { values, .. } => vec![values.to_vec()],
            _ => (0..groups).map(|group| decoder.table(group)).collect(),
        };
        let shared = tables.len() > 1 || !scales_of(decoder).is_empty();
        let frame = Frame::of(quantized, if shared { scales } else { Scales::One });
        let codes = self.put_codes(quantized, kind, &frame)?;
        let mut steps = vec![Step::new("Cast", Vec::new()).with("to", INT32.into())];
        let width = tables.iter().map(Vec::len).max().unwrap_or(0);
        if tables.len() > 1 {
            let last = i32::try_from(tables.len() * width).map_err(|_| {
                format!("{} tables of {width} have more entries than ONNX's int32 counts", tables.len())
            })?;
            let starts: Vec<u8> = (0..last).step_by(width.max(1)).flat_map(i32::to_le_bytes).collect();
            let starts = self.put("table_starts", INT32, &frame.shared, &starts)?;
            steps.push(Step::new("Add", vec![starts]));
        }
        let filled = |table: &Vec<f32>| {
            let rest = std::iter::repeat_n(table.last().copied().unwrap_or(0.0), width - table.len());
            table.iter().copied().chain(rest).collect::<Vec<f32>>()
        };
        let entries: Vec<f32> = tables.iter().flat_map(filled).collect();
        let table = self.put_floats("codebook", &[entries.len()], &entries)?;
        let gather = Step::new("Gather", Vec::new()).with("axis", 0);
        steps.push(Step { before: vec![table], ..gather });
        steps.extend(self.scaled(quantized, &frame)?);
        steps.extend(self.unframe(quantized, &frame)?);
        self.chain(codes, steps);
        Ok(self.encoded)
    }

    /// (q − Z) · S by its operators.
    fn arithmetic(mut self, quantized: &Quantized, kind: Kind, scales: Scales) -> Result<Encoded, Refusal> {
        let frame = Frame::of(quantized, scales);
        let codes = self.put_codes(quantized, kind, &frame)?;
        let mut steps = vec![Step::new("Cast", Vec::new()).with("to", FLOAT.into())];
        let zero_points: Vec<f32> = zero_points_of(&quantized.decoder).iter().map(|&zero| zero as f32).collect();
        if !zero_points.is_empty() {
            let name = self.put_floats("zero_point", &frame.shared, &zero_points)?;
            steps.push(Step::new("Sub", vec![name]));
        }
        steps.extend(self.scaled(quantized, &frame)?);
        steps.extend(self.unframe(quantized, &frame)?);
        self.chain(codes, steps);
        Ok(self.encoded)
    }

    /// Groups as rows, each with its scale, and with a minimum where there is one.
    fn rows(mut self, quantized: &Quantized, kind: Kind) -> Result<Encoded, Refusal> {
        let frame = Frame::of(quantized, Scales::Blocks);
        let codes = self.put_codes(quantized, kind, &frame)?;
        let inputs = self.parameters(quantized, kind, &[quantized.partition.groups()])?;
        let mut steps = vec![Step::new("DequantizeLinear", inputs).with("axis", 0)];
        if let Decoder::Offset { minimum, .. } = &quantized.decoder {
            let name = self.put_floats("minimum", &frame.shared, minimum)?;
            steps.push(Step::new("Add", vec![name]));
        }
        steps.extend(self.unframe(quantized, &frame)?);
        self.chain(codes, steps);
        Ok(self.encoded)
    }

    /// Scales and, where there are some, zero points for `DequantizeLinear`.
    fn parameters(&mut self, quantized: &Quantized, kind: Kind, shape: &[usize]) -> std::io::Result<Vec<String>> {
        let scale = scales_of(&quantized.decoder);
        let mut inputs = vec![self.put_floats("scale", shape, if scale.is_empty() { &[1.0] } else { scale })?];
        let zero_points = zero_points_of(&quantized.decoder);
        if !zero_points.is_empty() {
            let data = packed(zero_points.iter().map(|&zero| zero as u32), kind);
            inputs.push(self.put("zero_point", kind.number, shape, &data)?);
        }
        Ok(inputs)
    }

    /// Codes, scales and zero points for `DequantizeLinear` of the tensor as it is.
    fn dequantize(mut self, quantized: &Quantized, kind: Kind, scales: Scales) -> Result<Encoded, Refusal> {
        let shape = &quantized.shape;
        let scales = if scales_of(&quantized.decoder).is_empty() { Scales::One } else { scales };
        // Blocks run along all axes after the first, flattened.
        let row = row(quantized);
        let matrix = [quantized.codes.len() / row.max(1), row];
        let stored = if scales == Scales::Blocks && shape.len() > 2 { &matrix[..] } else { shape };
        let mut frame = Frame::of(quantized, Scales::One);
        frame.stored = stored.to_vec();
        let mut attributes = Vec::new();
        let scale_shape = match scales {
            Scales::One => Vec::new(),
            Scales::Axis => {
                let axis = if let Per::Channel(axis) = quantized.scheme.per() { axis } else { 0 };
                attributes.push(("axis", axis as u64));
                vec![shape[axis]]
            }
            Scales::Blocks => {
                let size = if let Per::Group(size) = quantized.scheme.per() { size.min(row) } else { row };
                attributes.push(("axis", stored.len() as u64 - 1));
                attributes.push(("block_size", size as u64));
                let along = row.div_ceil(size);
                if stored.len() > 1 { vec![matrix[0], along] } else { vec![along] }
            }
        };
        let codes = self.put_codes(quantized, kind, &frame)?;
        let inputs = self.parameters(quantized, kind, &scale_shape)?;
        let mut steps = vec![Step { attributes, ..Step::new("DequantizeLinear", inputs) }];
        steps.extend(self.unframe(quantized, &frame)?);
        let computed = self.chain(codes, steps);
        // What the reader makes of them is what the runtime will.
        let values = quantized.reconstruct();
        self.encoded.written.push(Written::floats(super::label(self.graph, &computed), frame.stored, &values));
        Ok(self.encoded)
    }
}
