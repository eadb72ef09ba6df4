//! A quantized weight as ONNX computes it: initializers, and nodes from them to a tensor under the weight's name.

use std::collections::HashSet;

use super::message::{Rope, Spool, bytes, number, text, varint};
use super::opset::{FLOAT, INT32, INT64, Kind, Scales};
use crate::engine::number;
use crate::engine::quantize::{Codes, Decoder, Per, Quantized, Quantizer, Scheme};
use crate::engine::tensor::Dtype;
use crate::io::decode::pack_bits;
use crate::io::save::grid::float_bytes;
use crate::io::save::writer::{Tick, Written};

/// What takes a weight's place in a graph.
#[derive(Default)]
pub(super) struct Encoded {
    /// `TensorProto`s.
    pub initializers: Vec<Rope>,
    /// `NodeProto`s, in order.
    pub nodes: Vec<Vec<u8>>,
    /// What is found there when the file is read back.
    pub written: Vec<Written>,
}

/// The codes of a weight and what decodes them.
pub(super) enum Plan {
    /// `DequantizeLinear`, with one of these types.
    Dequantize(Vec<Kind>, Scales),
    /// `Cast` of a float type with this number.
    Cast(u32),
    /// `Cast` and `Gather`, with one of these types.
    Codebook(Vec<Kind>),
    /// Floats as they are.
    Floats,
}

/// Why ONNX cannot hold a scheme, as far as one sees without the weights.
pub(in crate::io::save) fn refuses(scheme: &Scheme) -> Option<String> {
    if scheme.storage != Default::default() {
        return Some("ONNX has no sparse indices and no Huffman codes; leave those stages out".to_owned());
    }
    match &scheme.quantizer {
        Some(Quantizer::KMeans(kmeans)) if kmeans.per != Per::Tensor => {
            Some("ONNX looks codes up in one codebook; use per=tensor, or --layout dequantized".to_owned())
        }
        Some(Quantizer::Ggml(kind)) if kind.has_minimum() => Some(
            "ONNX has a zero point and no minimum beside the scale; use gguf:q4_0, or --layout dequantized".to_owned(),
        ),
        Some(Quantizer::Binary(_) | Quantizer::Ternary(_)) => {
            Some("signs are not written as ONNX codes; use --layout dequantized".to_owned())
        }
        Some(Quantizer::Cast(cast)) => match onnx_number(&cast.format) {
            Some(10 | 16) if cast.scale == Default::default() => None,
            Some(number) if Kind::quantized(number).is_some() => None,
            _ => Some(format!("ONNX's DequantizeLinear does not take {}; use --layout dequantized", cast.format)),
        },
        _ => None,
    }
}

fn onnx_number(format: &str) -> Option<u32> {
    number::find(format)?.containers().onnx
}

/// What a quantized tensor needs.
pub(super) fn plan(quantized: &Quantized) -> Result<Plan, String> {
    if quantized.codes.is_empty() || matches!(quantized.codes, Codes::Floats(_)) {
        return Ok(Plan::Floats);
    }
    if let Some(reason) = refuses(&quantized.scheme) {
        return Err(reason);
    }
    let groups = quantized.partition.groups();
    let scales = match quantized.scheme.per() {
        _ if groups == 1 => Scales::One,
        Per::Group(_) => Scales::Blocks,
        _ => Scales::Axis,
    };
    match (&quantized.decoder, &quantized.scheme.quantizer) {
        (Decoder::Codebook { .. }, _) => Ok(Plan::Codebook(if quantized.bits > 8 {
            Kind::integers(16, false)
        } else {
            Kind::integers(quantized.bits, false)
        })),
        (Decoder::Affine { code_min, .. }, _) => {
            Ok(Plan::Dequantize(Kind::integers(quantized.bits, *code_min < 0), scales))
        }
        (Decoder::Table { .. }, Some(Quantizer::Cast(cast))) => match onnx_number(&cast.format) {
            Some(number @ (10 | 16)) => Ok(Plan::Cast(number)),
            number => Ok(Plan::Dequantize(number.and_then(Kind::quantized).into_iter().collect(), scales)),
        },
        _ => Err("ONNX has no operator for these codes".to_owned()),
    }
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
fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[(&str, u64)]) -> Vec<u8> {
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

/// A `TensorProto` whose data is in the spool.
pub(super) fn tensor(
    name: &str,
    kind: u32,
    shape: &[usize],
    data: &[u8],
    spool: &mut Spool,
    tick: &mut Tick<'_>,
) -> std::io::Result<Rope> {
    let mut head: Vec<u8> = shape.iter().flat_map(|&axis| number(1, axis as u64)).collect();
    head.extend(number(2, kind.into()));
    head.extend(text(8, name));
    let mut rope = Rope::of(head);
    rope.push([varint(9 << 3 | 2), varint(data.len() as u64)].concat());
    rope.push_spool(spool.append(data, tick)?);
    Ok(rope)
}

/// Codes as raw data of a type.
fn packed(codes: impl Iterator<Item = u32>, kind: Kind) -> Vec<u8> {
    match kind.bits {
        8 => codes.map(|code| code as u8).collect(),
        16 => codes.flat_map(|code| (code as u16).to_le_bytes()).collect(),
        bits => pack_bits(codes, bits),
    }
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

    fn tensor(&mut self, name: &str, kind: u32, shape: &[usize], data: &[u8]) -> std::io::Result<Rope> {
        tensor(name, kind, shape, data, self.spool, self.tick)
    }

    fn label(&self, name: &str) -> String {
        super::label(self.graph, name)
    }

    /// The name of the float32 tensor that a decoding node gives; a `Cast` follows where the graph expects another type.
    fn decoded(&mut self) -> (String, Option<Vec<u8>>) {
        if float_number(self.dtype) == FLOAT {
            return (self.name.to_owned(), None);
        }
        let name = self.fresh("dequantized");
        let cast = node("Cast", &[&name], self.name, &[("to", float_number(self.dtype).into())]);
        (name, Some(cast))
    }

    /// Float32 values under the weight's own name.
    pub fn floats(mut self, values: &[f32], shape: &[usize]) -> std::io::Result<Encoded> {
        let mut encoded = Encoded::default();
        let (name, cast) = self.decoded();
        encoded.initializers.push(self.tensor(&name, FLOAT, shape, &float_bytes(values))?);
        encoded.nodes.extend(cast);
        encoded.written.push(Written::floats(self.label(&name), shape.to_vec(), values));
        Ok(encoded)
    }

    /// Codes of a float type, made float32 by `Cast`.
    pub fn cast(mut self, quantized: &Quantized, kind: u32) -> std::io::Result<Encoded> {
        let mut encoded = Encoded::default();
        let codes = self.fresh("quantized");
        let data: Vec<u8> =
            (0..quantized.codes.len()).flat_map(|index| quantized.codes.get(index).to_le_bytes()).collect();
        encoded.initializers.push(self.tensor(&codes, kind, &quantized.shape, &data)?);
        encoded.nodes.push(node("Cast", &[&codes], self.name, &[("to", float_number(self.dtype).into())]));
        let dtype = if kind == 10 { Dtype::F16 } else { Dtype::BF16 };
        encoded.written.push(Written::new(self.label(&codes), dtype, quantized.shape.clone(), &data));
        Ok(encoded)
    }

    /// Indices, looked up in a codebook.
    pub fn codebook(mut self, quantized: &Quantized, kind: Kind) -> std::io::Result<Encoded> {
        let mut encoded = Encoded::default();
        let book = match &quantized.decoder {
            Decoder::Codebook { books } => books.first().cloned().unwrap_or_default(),
            _ => Vec::new(),
        };
        let [indices, book_name, wide] = ["quantized", "codebook", "indices"].map(|suffix| self.fresh(suffix));
        let data = packed((0..quantized.codes.len()).map(|index| quantized.codes.get(index).into()), kind);
        encoded.initializers.push(self.tensor(&indices, kind.number, &quantized.shape, &data)?);
        encoded.initializers.push(self.tensor(&book_name, FLOAT, &[book.len()], &float_bytes(&book))?);
        let (name, cast) = self.decoded();
        encoded.nodes.push(node("Cast", &[&indices], &wide, &[("to", INT32.into())]));
        encoded.nodes.push(node("Gather", &[&book_name, &wide], &name, &[("axis", 0)]));
        encoded.nodes.extend(cast);
        let dtype = match kind.bits {
            2 => Dtype::U2,
            4 => Dtype::U4,
            8 => Dtype::U8,
            _ => Dtype::U16,
        };
        encoded.written.push(Written::new(self.label(&indices), dtype, quantized.shape.clone(), &data));
        encoded.written.push(Written::floats(self.label(&book_name), vec![book.len()], &book));
        Ok(encoded)
    }

    /// Codes, scales and zero points for `DequantizeLinear`.
    pub fn dequantize(mut self, quantized: &Quantized, kind: Kind, scales: Scales) -> std::io::Result<Encoded> {
        let mut encoded = Encoded::default();
        let (scale, zero_point, first) = match &quantized.decoder {
            Decoder::Affine { scale, zero_point, code_min, .. } => (scale.clone(), zero_point.clone(), *code_min),
            Decoder::Table { scale, .. } if scale.is_empty() => (vec![1.0], Vec::new(), 0),
            Decoder::Table { scale, .. } => (scale.clone(), Vec::new(), 0),
            _ => (Vec::new(), Vec::new(), 0),
        };
        let shape = &quantized.shape;
        // Blocks run along all axes after the first, flattened.
        let row = if shape.len() > 1 { shape[1..].iter().product() } else { quantized.codes.len() };
        let matrix = [quantized.codes.len() / row.max(1), row];
        let flattened = scales == Scales::Blocks && shape.len() > 2;
        let codes_shape = if flattened { &matrix[..] } else { shape };
        let mut attributes = Vec::new();
        let scale_shape = match scales {
            Scales::One => Vec::new(),
            Scales::Axis => {
                let axis = if let Per::Channel(axis) = quantized.scheme.per() { axis } else { 0 };
                attributes.push(("axis", axis as u64));
                vec![scale.len()]
            }
            Scales::Blocks => {
                let Per::Group(size) = quantized.scheme.per() else { unreachable!("blocks are groups") };
                let size = size.min(row);
                attributes.push(("axis", codes_shape.len() as u64 - 1));
                attributes.push(("block_size", size as u64));
                let along = row.div_ceil(size);
                if codes_shape.len() > 1 { vec![matrix[0], along] } else { vec![along] }
            }
        };
        let [codes_name, scale_name] = ["quantized", "scale"].map(|suffix| self.fresh(suffix));
        let data = packed(
            (0..quantized.codes.len()).map(|index| (i32::from(quantized.codes.get(index)) + first) as u32),
            kind,
        );
        encoded.initializers.push(self.tensor(&codes_name, kind.number, codes_shape, &data)?);
        encoded.initializers.push(self.tensor(&scale_name, FLOAT, &scale_shape, &float_bytes(&scale))?);
        let mut inputs = vec![codes_name, scale_name];
        if !zero_point.is_empty() {
            let name = self.fresh("zero_point");
            let data = packed(zero_point.iter().map(|&zero| zero as u32), kind);
            encoded.initializers.push(self.tensor(&name, kind.number, &scale_shape, &data)?);
            inputs.push(name);
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let (name, cast) = self.decoded();
        let computed = if flattened { self.fresh("blocks") } else { name.clone() };
        encoded.nodes.push(node("DequantizeLinear", &inputs, &computed, &attributes));
        if flattened {
            let shape_name = self.fresh("shape");
            let data: Vec<u8> = shape.iter().flat_map(|&axis| (axis as u64).to_le_bytes()).collect();
            encoded.initializers.push(self.tensor(&shape_name, INT64, &[shape.len()], &data)?);
            encoded.nodes.push(node("Reshape", &[&computed, &shape_name], &name, &[]));
        }
        encoded.nodes.extend(cast);
        let values = quantized.reconstruct();
        encoded.written.push(Written::floats(self.label(&computed), codes_shape.to_vec(), &values));
        Ok(encoded)
    }
}
