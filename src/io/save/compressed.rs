//! What compressed-tensors (vLLM, Transformers) reads: `pack-quantized`, `int-quantized` and `float-quantized` in safetensors.
//!
//! | format | of a weight `[out, in]` named `P.weight` |
//! | --- | --- |
//! | pack-quantized | `P.weight_packed` int32 `[out, ⌈in·bits / 32⌉]`: code + 2^(bits−1), dense, the first in the lowest bits of a row; `P.weight_scale` float32 `[out, groups]`; `P.weight_shape` int64 `[2]`; asymmetric: `P.weight_zero_point` int32, packed the same along the first axis |
//! | int-quantized | `P.weight` int8 and `P.weight_scale` `[out, 1]` |
//! | float-quantized | `P.weight` float8_e4m3fn and `P.weight_scale` `[1]` or `[out, 1]` |
//!
//! The `quantization_config` that a loader needs is [`config`]; it lies beside the weights as a file of its own.

use std::path::Path;

use serde_json::{Value, json};

use super::grid::{Grid, float_bytes};
use super::layout::Part;
use crate::engine::quantize::{Codes, Decoder, Linear, Per, Quantized, Quantizer, Scheme};
use crate::engine::tensor::{Bytes, Dtype, Tensor};
use crate::io::decode::pack_bits;

/// Endings of the arrays, after the name without `weight`.
pub(super) const SUFFIXES: [&str; 4] = ["weight_packed", "weight_scale", "weight_shape", "weight_zero_point"];

/// What a scheme is called there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Pack,
    Int,
    Float,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Pack => "pack-quantized",
            Self::Int => "int-quantized",
            Self::Float => "float-quantized",
        }
    }
}

/// Which of the formats holds a scheme, or why none does.
fn kind(scheme: &Scheme) -> Result<Kind, String> {
    if scheme.prune.is_some() || scheme.storage != Default::default() {
        return Err(
            "compressed-tensors holds a quantizer alone, without pruning, sparse indices or Huffman codes".into()
        );
    }
    match &scheme.quantizer {
        Some(Quantizer::Linear(linear)) if linear.bits > 8 => {
            Err(format!("compressed-tensors holds linear codes of 1 to 8 bits, not of {}", linear.bits))
        }
        Some(Quantizer::Linear(linear)) if !linear.signed => {
            Err("compressed-tensors holds signed codes; leave signed=false out".to_owned())
        }
        Some(Quantizer::Linear(Linear { per: Per::Channel(axis), .. })) if *axis != 0 => {
            Err(format!("compressed-tensors has a scale for each row (per=channel), not for each index of axis {axis}"))
        }
        Some(Quantizer::Linear(linear)) => Ok(match (linear.bits, linear.per) {
            (8, Per::Tensor | Per::Channel(_)) if linear.range.is_symmetric() => Kind::Int,
            _ => Kind::Pack,
        }),
        Some(Quantizer::Cast(cast))
            if cast.format == "e4m3fn" && !matches!(cast.per, Per::Group(_) | Per::Channel(1..)) =>
        {
            Ok(Kind::Float)
        }
        _ => {
            Err("compressed-tensors holds linear codes of 1 to 8 bits and float:e4m3fn (per tensor or channel)"
                .to_owned())
        }
    }
}

/// Why compressed-tensors cannot hold a scheme, as far as one sees without the weights.
pub(super) fn refuses(scheme: &Scheme) -> Option<String> {
    kind(scheme).err()
}

/// `P.` of `P.weight`.
fn prefix(name: &str) -> Result<&str, String> {
    name.strip_suffix("weight").filter(|prefix| prefix.is_empty() || prefix.ends_with('.')).ok_or_else(|| {
        "compressed-tensors names what it quantizes LAYER.weight; this tensor has another name".to_owned()
    })
}

/// The arrays that stand for a weight.
///
/// # Errors
/// Another name than `….weight`, other than two axes, a group size that does not divide a row, or a scheme that it cannot hold.
pub(super) fn parts(tensor: &Tensor, quantized: &Quantized) -> Result<Vec<Part>, String> {
    let kind = kind(&quantized.scheme)?;
    let prefix = prefix(&tensor.name)?;
    let [rows, columns] = *quantized.shape.as_slice() else {
        let axes = quantized.shape.len();
        return Err(format!("compressed-tensors holds weights of two axes, [out, in]; this tensor has {axes}"));
    };
    let scale = |per_row: usize, values: &[f32]| {
        // One scale for all rows is written once a row, which every kernel takes.
        let values: Vec<f32> = if values.len() == 1 { vec![values[0]; rows] } else { values.to_vec() };
        floats(format!("{prefix}weight_scale"), vec![rows, per_row], &values)
    };
    if kind == Kind::Float {
        let (Decoder::Table { scale: scales, .. }, Codes::Narrow(codes)) = (&quantized.decoder, &quantized.codes)
        else {
            return Err("compressed-tensors wants FP8 codes here".to_owned());
        };
        let one = [1.0];
        let scales: &[f32] = if scales.is_empty() { &one } else { scales };
        let weight = array(format!("{prefix}weight"), Dtype::F8E4M3Fn, vec![rows, columns], codes.clone());
        return Ok(vec![scale(1, scales), weight]);
    }
    let grid = Grid::of(quantized).ok_or("compressed-tensors wants linear codes here")?;
    let groups = match quantized.scheme.per() {
        Per::Group(size) if columns % size != 0 => {
            return Err(format!("compressed-tensors wants a group size that divides a row of {columns}, not {size}"));
        }
        Per::Group(size) => columns / size,
        _ => 1,
    };
    if kind == Kind::Int {
        let codes = grid.bytes().ok_or("compressed-tensors wants codes of at most 8 bits")?;
        let weight = array(format!("{prefix}weight"), Dtype::I8, vec![rows, columns], codes);
        return Ok(vec![scale(1, grid.scale), weight]);
    }
    let bits = quantized.bits;
    let offset = 1_i32 << (bits - 1);
    let words = (columns * bits as usize).div_ceil(32);
    let mut packed = Vec::with_capacity(rows * words * 4);
    for row in 0..rows {
        let codes = (row * columns..(row + 1) * columns).map(|index| (grid.code(index) + offset) as u32);
        packed.extend(words_of(codes, bits));
    }
    let mut parts = vec![scale(groups, grid.scale)];
    let shape = [rows as i64, columns as i64].into_iter().flat_map(i64::to_le_bytes).collect();
    parts.push(array(format!("{prefix}weight_shape"), Dtype::I64, vec![2], shape));
    if !grid.zero_point.is_empty() {
        parts.push(zero_points(prefix, &grid, (rows, groups), bits));
    }
    parts.push(array(format!("{prefix}weight_packed"), Dtype::I32, vec![rows, words], packed));
    Ok(parts)
}

/// Zero points, packed along the first axis: each column of `[rows, groups]` is a bit stream of its own.
fn zero_points(prefix: &str, grid: &Grid<'_>, (rows, groups): (usize, usize), bits: u32) -> Part {
    let offset = 1_i32 << (bits - 1);
    let words = (rows * bits as usize).div_ceil(32);
    let zero = |row: usize, group: usize| {
        let index = if grid.zero_point.len() == 1 { 0 } else { row * groups + group };
        (grid.zero_point[index] + offset) as u32
    };
    let columns: Vec<Vec<u8>> =
        (0..groups).map(|group| words_of((0..rows).map(|row| zero(row, group)), bits)).collect();
    let mut bytes = Vec::with_capacity(words * groups * 4);
    for word in 0..words {
        for column in &columns {
            bytes.extend_from_slice(&column[word * 4..word * 4 + 4]);
        }
    }
    array(format!("{prefix}weight_zero_point"), Dtype::I32, vec![words, groups], bytes)
}

/// Codes packed densely into whole 32-bit words.
fn words_of(codes: impl Iterator<Item = u32>, bits: u32) -> Vec<u8> {
    let mut bytes = pack_bits(codes, bits);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn array(name: String, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) -> Part {
    Part { name, dtype, shape, bytes: Bytes::new(bytes) }
}

fn floats(name: String, shape: Vec<usize>, values: &[f32]) -> Part {
    array(name, Dtype::F32, shape, float_bytes(values))
}

/// Whether the file of the config may be written: nothing is there, or another such config.
pub(super) fn may_replace(path: &Path) -> bool {
    /// Far more than a config has.
    const LARGEST: u64 = 1 << 20;
    let Ok(there) = std::fs::metadata(path) else { return true };
    let text = (there.len() <= LARGEST).then(|| std::fs::read_to_string(path).ok()).flatten();
    let config = text.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    config.is_some_and(|config| config.get("quantization_config").is_some())
}

/// `quantization_config` of a scheme, to go into a model's `config.json`.
///
/// # Errors
/// A scheme that compressed-tensors cannot hold.
pub(super) fn config(scheme: &Scheme, ignored: &[String]) -> Result<Value, String> {
    let kind = kind(scheme)?;
    let weights = match &scheme.quantizer {
        Some(Quantizer::Linear(linear)) => {
            // One scale for the tensor is written once a row.
            let (strategy, size) = match linear.per {
                Per::Group(size) => ("group", Some(size)),
                Per::Tensor | Per::Channel(_) => ("channel", None),
            };
            json!({
                "num_bits": linear.bits, "type": "int", "symmetric": linear.range.is_symmetric(),
                "strategy": strategy, "group_size": size,
            })
        }
        _ => json!({"num_bits": 8, "type": "float", "symmetric": true, "strategy": "channel", "group_size": null}),
    };
    Ok(json!({
        "quantization_config": {
            "quant_method": "compressed-tensors",
            "format": kind.name(),
            "config_groups": { "group_0": { "targets": ["Linear"], "weights": weights } },
            "ignore": ignored,
            "quantization_status": "compressed",
        }
    }))
}
