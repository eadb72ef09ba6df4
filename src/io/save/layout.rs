//! How a quantized tensor lies in a file: the generic layout, or its reconstruction.
//!
//! | tensor | dtype and shape | exists for |
//! | --- | --- | --- |
//! | `NAME.codes` | one element a code, in the tensor's shape: int8/uint8, int16/uint16 above 8 bits | all |
//! | `NAME.scale` | float32, one a group in order | linear, and casts with a scale |
//! | `NAME.zero_point` | int32, one a group in order | asymmetric linear |
//! | `NAME.minimum` | float32, one a group in order | GGUF types with a minimum |
//! | `NAME.codebook` | float32 `[k]`, or `[groups, k]`; shorter books repeat their last entry | k-means |
//! | `NAME` | float32, in the tensor's shape | pruned weights that nothing quantizes |
//!
//! value = scale · (codes − zero_point), or scale · codes + minimum, or codebook\[codes\], or scale · decode(codes) for a cast, whose codes are the bit
//! patterns of the format that the notes name. The group of an element follows from `per` in the notes.

use std::collections::BTreeMap;

use serde::Serialize;

use super::format::Layout;
use crate::engine::quantize::{Codes, Decoder, Per, Quantized, Quantizer};
use crate::engine::tensor::{Bytes, Dtype, SourceError, Tensor};
use crate::io::decode::widened;

/// One tensor of the file.
pub(super) struct Part {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// As [`Tensor::stored`].
    pub bytes: Bytes,
}

/// Suffixes of the generic layout.
pub(super) const SUFFIXES: [&str; 5] = ["scale", "zero_point", "minimum", "codebook", "codes"];

/// A tensor that is not quantized. Integers below 8 bits, which none of these formats can name, take a byte each.
pub(super) fn plain(tensor: &Tensor) -> Result<Part, SourceError> {
    let bytes = tensor.stored()?;
    if let Some((dtype, bytes)) = widened(tensor.dtype, &bytes, tensor.count()) {
        return Ok(Part { name: tensor.name.clone(), dtype, shape: tensor.shape.clone(), bytes: Bytes::new(bytes) });
    }
    Ok(Part { name: tensor.name.clone(), dtype: tensor.dtype, shape: tensor.shape.clone(), bytes })
}

/// The tensors that stand for a quantized one, parameters before codes.
pub(super) fn parts(tensor: &Tensor, quantized: &Quantized, layout: Layout) -> Vec<Part> {
    let shape = || quantized.shape.clone();
    if layout == Layout::Dequantized || quantized.decoder == Decoder::Floats {
        return vec![floats(tensor.name.clone(), shape(), quantized.reconstruct())];
    }
    let name = |suffix: &str| format!("{}.{suffix}", tensor.name);
    let [scale_name, zero_name, minimum_name, book_name, codes_name] = SUFFIXES.map(name);
    let mut parts = Vec::new();
    match &quantized.decoder {
        Decoder::Affine { scale, zero_point, .. } => {
            parts.push(floats(scale_name, vec![scale.len()], scale.clone()));
            if !zero_point.is_empty() {
                let bytes: Vec<u8> = zero_point.iter().flat_map(|zero| zero.to_le_bytes()).collect();
                let shape = vec![zero_point.len()];
                parts.push(Part { name: zero_name, dtype: Dtype::I32, shape, bytes: Bytes::new(bytes) });
            }
        }
        Decoder::Offset { scale, minimum, .. } => {
            parts.push(floats(scale_name, vec![scale.len()], scale.clone()));
            parts.push(floats(minimum_name, vec![minimum.len()], minimum.clone()));
        }
        Decoder::Table { scale, .. } if !scale.is_empty() => {
            parts.push(floats(scale_name, vec![scale.len()], scale.clone()));
        }
        Decoder::Signs { scale, scales: 1, .. } => parts.push(floats(scale_name, vec![scale.len()], scale.clone())),
        Decoder::Signs { scale, scales: 2, .. } => {
            parts.push(floats(scale_name, vec![scale.len() / 2, 2], scale.clone()));
        }
        Decoder::Table { .. } | Decoder::Signs { .. } | Decoder::Floats => {}
        Decoder::Codebook { books } => parts.push(codebook(book_name, books)),
    }
    let (dtype, bytes) = codes(quantized);
    parts.push(Part { name: codes_name, dtype, shape: shape(), bytes });
    parts
}

fn floats(name: String, shape: Vec<usize>, values: Vec<f32>) -> Part {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Part { name, dtype: Dtype::F32, shape, bytes: Bytes::new(bytes) }
}

fn codebook(name: String, books: &[Vec<f32>]) -> Part {
    let width = books.iter().map(Vec::len).max().unwrap_or(0);
    let padded = |book: &Vec<f32>| {
        // A book without entries belongs to a group without weights to look them up.
        let last = book.last().copied().unwrap_or(0.0);
        book.iter().copied().chain(std::iter::repeat(last)).take(width).collect::<Vec<_>>()
    };
    let shape = if books.len() == 1 { vec![width] } else { vec![books.len(), width] };
    floats(name, shape, books.iter().flat_map(padded).collect())
}

/// The codes as q for a linear scheme, else as indices or bit patterns.
fn codes(quantized: &Quantized) -> (Dtype, Bytes) {
    let first = match quantized.decoder {
        Decoder::Affine { code_min, .. } => code_min,
        Decoder::Signs { zero: true, .. } => -1,
        _ => 0,
    };
    let signed = first < 0;
    match &quantized.codes {
        // Truncation keeps the two's complement.
        Codes::Narrow(codes) => {
            let bytes: Vec<u8> = codes.iter().map(|&code| (i32::from(code) + first) as u8).collect();
            (if signed { Dtype::I8 } else { Dtype::U8 }, Bytes::new(bytes))
        }
        Codes::Wide(codes) => {
            let stored = |&code: &u16| ((i32::from(code) + first) as u16).to_le_bytes();
            let bytes: Vec<u8> = codes.iter().flat_map(stored).collect();
            (if signed { Dtype::I16 } else { Dtype::U16 }, Bytes::new(bytes))
        }
        Codes::Floats(values) => {
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            (Dtype::F32, Bytes::new(bytes))
        }
    }
}

/// What a file records beside its tensors, as JSON under the key `meta_json`.
#[derive(Debug, Serialize)]
pub(super) struct Notes {
    program: &'static str,
    layout: &'static str,
    /// What was quantized, and how.
    tensors: BTreeMap<String, QuantizedNote>,
    /// Tensors that the format cannot name and that are stored as unsigned integers: their dtype and shape.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    plain: BTreeMap<String, PlainNote>,
}

#[derive(Debug, Serialize)]
struct QuantizedNote {
    scheme: String,
    bits: u32,
    per: String,
    groups: usize,
    shape: Vec<usize>,
    dtype: &'static str,
    value: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<String>,
}

#[derive(Debug, Serialize)]
struct PlainNote {
    dtype: &'static str,
    shape: Vec<usize>,
}

impl Notes {
    /// Notes on nothing yet.
    pub fn new(layout: Layout) -> Self {
        let program = concat!("quantscope ", env!("CARGO_PKG_VERSION"));
        Self { program, layout: layout.name(), tensors: BTreeMap::new(), plain: BTreeMap::new() }
    }

    /// Notes what was done to a tensor.
    pub fn add(&mut self, tensor: &Tensor, quantized: &Quantized) {
        let value = match &quantized.decoder {
            Decoder::Affine { zero_point, .. } if zero_point.is_empty() => "scale[group] * codes",
            Decoder::Affine { .. } => "scale[group] * (codes - zero_point[group])",
            Decoder::Offset { .. } => "scale[group] * codes + minimum[group]",
            Decoder::Codebook { books } if books.len() == 1 => "codebook[codes]",
            Decoder::Codebook { .. } => "codebook[group][codes]",
            Decoder::Table { scale, .. } if scale.is_empty() => "decode(codes)",
            Decoder::Table { .. } => "decode(codes) * scale[group]",
            Decoder::Signs { zero: true, scales: 2, .. } => "scale[group][codes > 0] * codes",
            Decoder::Signs { zero: true, .. } => "scale[group] * codes",
            Decoder::Signs { scales: 0, .. } => "2 * codes - 1",
            Decoder::Signs { .. } => "scale[group] * (2 * codes - 1)",
            Decoder::Floats => "as stored",
        };
        let scheme = &quantized.scheme;
        let note = QuantizedNote {
            scheme: scheme.to_string(),
            bits: quantized.bits,
            per: match scheme.per() {
                Per::Tensor => "tensor".to_owned(),
                Per::Channel(axis) => format!("channel:{axis}"),
                Per::Group(size) => format!("group:{size}"),
            },
            groups: quantized.partition.groups(),
            shape: tensor.shape.clone(),
            dtype: tensor.dtype.name(),
            value: if self.layout == Layout::Dequantized.name() { "as stored" } else { value },
            format: match &scheme.quantizer {
                Some(Quantizer::Cast(cast)) => Some(cast.format.clone()),
                _ => None,
            },
        };
        self.tensors.insert(tensor.name.clone(), note);
    }

    /// Notes the longest thing that [`Notes::add`] may have to say, for a reservation.
    pub fn reserve(&mut self, tensor: &Tensor) {
        // No scheme's text form is half as long as this.
        let text = "x".repeat(400);
        let note = QuantizedNote {
            scheme: text,
            bits: u32::MAX,
            per: format!("channel:{}", u64::MAX),
            groups: usize::MAX,
            shape: tensor.shape.clone(),
            dtype: tensor.dtype.name(),
            value: "scale[group] * (codes - zero_point[group])",
            format: Some("x".repeat(40)),
        };
        self.tensors.insert(tensor.name.clone(), note);
    }

    /// Notes what a tensor is that has to be stored as unsigned integers.
    pub fn add_plain(&mut self, part: &Part) {
        self.plain.insert(part.name.clone(), PlainNote { dtype: part.dtype.name(), shape: part.shape.clone() });
    }

    /// How the codes of a tensor become values.
    pub fn value_of(&self, tensor: &str) -> Option<&'static str> {
        self.tensors.get(tensor).map(|note| note.value)
    }

    /// As JSON.
    pub fn to_json(&self) -> std::io::Result<String> {
        Ok(serde_json::to_string(self)?)
    }
}
