//! How ONNX can compute a weight from its codes: the ways that there are for a scheme, the best first.

use super::opset::{Kind, Scales};
use crate::engine::number;
use crate::engine::quantize::{Codes, Decoder, Per, Quantized, Quantizer, Scheme};

/// What takes the codes of a weight to its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `DequantizeLinear` of the tensor as it is.
    Dequantize(Scales),
    /// `DequantizeLinear` of a matrix with a group in each row, one scale a row; then `Reshape`.
    Rows,
    /// `Cast`, `Sub` and `Mul`: (q − Z) · S spelled out.
    Arithmetic,
    /// `Cast` and `Gather`, looked up in a table; `Add` before it where each group has its own, `Mul` behind it where there are scales.
    Lookup,
    /// `Cast`, and `Mul` where there are scales.
    Cast,
}

/// One way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub form: Form,
    /// What the codes are stored as.
    pub kind: Kind,
    /// The version of the operators that it needs.
    pub opset: u64,
}

impl Way {
    /// What is stored and how it is decoded, for messages.
    pub fn describe(self) -> String {
        let how = match self.form {
            Form::Dequantize(_) | Form::Cast => "",
            Form::Rows => ", a group a row",
            Form::Arithmetic => " and dequantized by Cast, Sub and Mul",
            Form::Lookup => ", looked up in a table",
        };
        format!("{}{how}", self.kind.name)
    }
}

/// `Add`, `Sub` and `Mul` broadcast, `Cast` and `Gather` take their types, `Slice` takes inputs, from this version on.
const ARITHMETIC: u64 = 10;

/// What a tensor needs.
pub(super) enum Plan {
    /// Codes, by the first of these ways that the graph allows; there is one.
    Codes(Vec<Way>),
    /// Floats as they are.
    Floats,
}

/// Why ONNX cannot hold a scheme, as far as one sees without the weights.
pub(in crate::io::save) fn refuses(scheme: &Scheme) -> Option<String> {
    let Some(Quantizer::Cast(cast)) = &scheme.quantizer else { return None };
    let bits = number::named(&cast.format).map_or(0, |named| named.format.bits());
    (bits > 16).then(|| format!("ONNX's tables here have up to 2¹⁶ entries, {} has {bits} bits", cast.format))
}

/// The number in `TensorProto.DataType` of what holds a number format.
fn onnx_number(format: &str) -> Option<u32> {
    number::find(format)?.containers().onnx
}

/// What the parameters of a tensor belong to.
pub(super) fn scales_of(quantized: &Quantized) -> Scales {
    match quantized.scheme.per() {
        _ if quantized.partition.groups() == 1 => Scales::One,
        Per::Group(_) => Scales::Blocks,
        _ => Scales::Axis,
    }
}

/// What a quantized tensor needs. With `tables`, number formats are looked up rather than left to a type of the runtime.
pub(super) fn plan(quantized: &Quantized, tables: bool) -> Plan {
    if quantized.codes.is_empty() || matches!(quantized.codes, Codes::Floats(_)) {
        return Plan::Floats;
    }
    let (scales, bits) = (scales_of(quantized), quantized.bits);
    Plan::Codes(match &quantized.decoder {
        Decoder::Codebook { .. } | Decoder::Signs { scales: 2, .. } => lookup(bits),
        Decoder::Signs { .. } => dequantize(2, true, scales),
        Decoder::Affine { code_min, .. } => dequantize(bits, *code_min < 0, scales),
        Decoder::Offset { .. } => rows(Kind::integers(bits, false)),
        Decoder::Table { .. } => {
            let number = match &quantized.scheme.quantizer {
                Some(Quantizer::Cast(cast)) => onnx_number(&cast.format),
                _ => None,
            };
            let mut ways = number.map_or_else(Vec::new, |number| of_type(number, scales));
            if tables && !ways.iter().any(|way| way.form == Form::Cast) {
                ways.clear();
            }
            ways.extend(lookup(bits));
            ways
        }
        Decoder::Floats => return Plan::Floats,
    })
}

/// Whole numbers with scales.
fn dequantize(bits: u32, signed: bool, scales: Scales) -> Vec<Way> {
    let kinds = Kind::integers(bits, signed);
    let mut ways: Vec<Way> =
        kinds.iter().map(|&kind| Way { form: Form::Dequantize(scales), kind, opset: kind.needs(scales) }).collect();
    let Some(&widest) = kinds.last() else { return ways };
    if bits > 8 {
        ways.push(Way { form: Form::Arithmetic, kind: widest, opset: ARITHMETIC });
    } else if scales == Scales::Blocks {
        ways.extend(rows(vec![widest]));
    }
    ways
}

fn rows(kinds: Vec<Kind>) -> Vec<Way> {
    kinds.into_iter().map(|kind| Way { form: Form::Rows, kind, opset: kind.needs(Scales::Axis) }).collect()
}

fn lookup(bits: u32) -> Vec<Way> {
    let way = |kind: Kind| Way { form: Form::Lookup, kind, opset: kind.casts_from() };
    Kind::integers(bits, false).into_iter().map(way).collect()
}

/// A number format that ONNX has a type for.
fn of_type(number: u32, scales: Scales) -> Vec<Way> {
    if let Some(kind) = Kind::float(number) {
        return vec![Way { form: Form::Cast, kind, opset: kind.casts_from() }];
    }
    let Some(kind) = Kind::quantized(number) else { return Vec::new() };
    vec![Way { form: Form::Dequantize(scales), kind, opset: kind.needs(scales) }]
}
