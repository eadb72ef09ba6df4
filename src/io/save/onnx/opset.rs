//! Which version of the operators a type needs, and across which versions a graph may be lifted.
//!
//! Versions of `DequantizeLinear` and of the intermediate representation: ONNX, `docs/Changelog.md` and `docs/Versioning.md`.

use std::collections::BTreeSet;

/// Types of elements by their number in `TensorProto.DataType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub number: u32,
    pub bits: u32,
    /// The name in messages.
    pub name: &'static str,
}

const fn kind(number: u32, bits: u32, name: &'static str) -> Kind {
    Kind { number, bits, name }
}

pub(super) const FLOAT: u32 = 1;
pub(super) const INT32: u32 = 6;
pub(super) const INT64: u32 = 7;
pub(super) const FLOAT4: u32 = 23;

/// What `DequantizeLinear` takes.
const QUANTIZED: [Kind; 13] = [
    kind(2, 8, "uint8"),
    kind(3, 8, "int8"),
    kind(4, 16, "uint16"),
    kind(5, 16, "int16"),
    kind(17, 8, "float8e4m3fn"),
    kind(18, 8, "float8e4m3fnuz"),
    kind(19, 8, "float8e5m2"),
    kind(20, 8, "float8e5m2fnuz"),
    kind(21, 4, "uint4"),
    kind(22, 4, "int4"),
    kind(FLOAT4, 4, "float4e2m1"),
    kind(25, 2, "uint2"),
    kind(26, 2, "int2"),
];

impl Kind {
    /// The type of a number; `None` where `DequantizeLinear` does not take it.
    pub fn quantized(number: u32) -> Option<Self> {
        QUANTIZED.into_iter().find(|kind| kind.number == number)
    }

    /// The float type of a number that `Cast` makes float32; `None` for any other.
    pub fn float(number: u32) -> Option<Self> {
        [kind(10, 16, "float16"), kind(16, 16, "bfloat16")].into_iter().find(|kind| kind.number == number)
    }

    /// Integers that hold codes of so many bits, the narrowest first.
    pub fn integers(bits: u32, signed: bool) -> Vec<Self> {
        let widths: &[u32] = match bits {
            0..=2 => &[2, 4, 8],
            3..=4 => &[4, 8],
            5..=8 => &[8],
            _ => &[16],
        };
        let named = |width: &u32| {
            let name = format!("{}int{width}", if signed { "" } else { "u" });
            QUANTIZED.into_iter().find(|kind| kind.name == name)
        };
        widths.iter().filter_map(named).collect()
    }

    /// The first version of `DequantizeLinear` that takes it with these scales.
    pub fn needs(self, scales: Scales) -> u64 {
        let of_type = match self.number {
            2 | 3 => 10,
            17..=20 => 19,
            25 | 26 => 25,
            FLOAT4 => 23,
            _ => 21,
        };
        let of_scales = match scales {
            Scales::One => 10,
            Scales::Axis => 13,
            Scales::Blocks => 21,
        };
        of_type.max(of_scales)
    }

    /// The version from which `Cast` takes it, and nothing that may follow is missing: `Add`, `Mul`, `Gather`, `Slice` with inputs.
    pub fn casts_from(self) -> u64 {
        match (self.number, self.bits) {
            (16, _) => 13,
            (_, 2) => 25,
            (_, 4) => 21,
            _ => 10,
        }
    }
}

/// How many scales there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scales {
    One,
    Axis,
    Blocks,
}

/// The version of the intermediate representation that came with a version of the operators.
pub(super) fn representation(opset: u64) -> u64 {
    match opset {
        ..=10 => 5,
        11 => 6,
        12..=14 => 7,
        15..=18 => 8,
        19..=20 => 9,
        21..=22 => 10,
        23 => 11,
        24 => 12,
        _ => 13,
    }
}

/// The release of ONNX that brought a version of the operators; `None` for what every runtime in use knows.
pub(super) fn release(opset: u64) -> Option<&'static str> {
    Some(match opset {
        ..=18 => return None,
        19 => "1.14",
        20 => "1.15",
        21 => "1.16",
        22 => "1.17",
        23 => "1.18",
        24 => "1.19",
        _ => "1.20",
    })
}

/// Where an operator's meaning changed: what was an attribute became an input, a default became another, an output went.
/// (Wider types alone change nothing for a graph that exists.)
const CHANGES: [(u64, &[&str]); 13] = [
    (
        7,
        &[
            "Add",
            "And",
            "BatchNormalization",
            "Div",
            "Dropout",
            "Equal",
            "Gemm",
            "Greater",
            "Less",
            "Mul",
            "Or",
            "PRelu",
            "Pow",
            "Sub",
            "Xor",
        ],
    ),
    (9, &["BatchNormalization", "Scan", "Upsample"]),
    (10, &["Resize", "Slice", "TopK", "Upsample"]),
    (11, &["Clip", "NonMaxSuppression", "Pad", "Resize", "Scatter", "TopK"]),
    (12, &["Dropout"]),
    (13, &["Hardmax", "LogSoftmax", "ReduceSum", "Softmax", "Split", "Squeeze", "Unsqueeze"]),
    (14, &["BatchNormalization"]),
    (16, &["RoiAlign"]),
    (
        18,
        &[
            "ReduceL1",
            "ReduceL2",
            "ReduceLogSum",
            "ReduceLogSumExp",
            "ReduceMax",
            "ReduceMean",
            "ReduceMin",
            "ReduceProd",
            "ReduceSumSquare",
            "Resize",
            "Split",
        ],
    ),
    (19, &["AveragePool", "Resize"]),
    (20, &["DFT", "GridSample"]),
    (21, &["GroupNormalization"]),
    (24, &["Attention"]),
];

/// The first operator of a graph whose meaning changed after version `from`, up to version `to`.
pub(super) fn change(operators: &BTreeSet<String>, from: u64, to: u64) -> Option<(&'static str, u64)> {
    let between = CHANGES.iter().filter(|(version, _)| *version > from && *version <= to);
    let mut changed = between.flat_map(|(version, names)| names.iter().map(|name| (*name, *version)));
    changed.find(|(name, _)| operators.contains(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_need_the_versions_of_the_changelog() {
        let needs = |number: u32, scales| Kind::quantized(number).unwrap().needs(scales);
        assert_eq!([needs(3, Scales::One), needs(2, Scales::Axis), needs(3, Scales::Blocks)], [10, 13, 21]);
        assert_eq!([needs(17, Scales::Axis), needs(22, Scales::One), needs(26, Scales::One)], [19, 21, 25]);
        assert_eq!([13, 19, 21, 23, 24, 25].map(representation), [7, 9, 10, 11, 12, 13]);
        let names = |bits, signed| Kind::integers(bits, signed).iter().map(|kind| kind.name).collect::<Vec<_>>();
        assert_eq!(names(2, true), ["int2", "int4", "int8"]);
        assert_eq!(names(3, false), ["uint4", "uint8"]);
        assert_eq!(names(12, true), ["int16"]);
    }

    #[test]
    fn a_graph_is_not_lifted_across_a_change() {
        let operators: BTreeSet<String> = ["Conv", "ReduceMean"].map(str::to_owned).into();
        assert_eq!(change(&operators, 16, 21), Some(("ReduceMean", 18)));
        assert_eq!(change(&operators, 18, 25), None);
        assert_eq!(change(&operators, 13, 17), None);
    }
}
