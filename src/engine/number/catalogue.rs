//! The table of number formats.

use super::{FloatFormat, Kind};

/// A number format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Binary floating point.
    Float(FloatFormat),
    /// Two's complement or unsigned integer.
    Integer {
        /// Width, 1…64.
        bits: u32,
        /// Two's complement, or unsigned.
        signed: bool,
    },
}

/// One row of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The canonical name, as scripts write it.
    pub name: &'static str,
    /// The name on screen, never a bare "E4M3".
    pub title: &'static str,
    /// Other names, the ml_dtypes name among them.
    pub aliases: &'static [&'static str],
    /// The parameters.
    pub format: Format,
    /// Where the parameters come from.
    pub source: &'static str,
}

const fn float(exponent_bits: u32, mantissa_bits: u32, bias: i32, kind: Kind) -> Format {
    Format::Float(FloatFormat { signed: true, exponent_bits, mantissa_bits, bias, kind })
}

const fn entry(
    name: &'static str,
    title: &'static str,
    aliases: &'static [&'static str],
    format: Format,
    source: &'static str,
) -> Entry {
    Entry { name, title, aliases, format, source }
}

const fn integer(bits: u32, signed: bool) -> Format {
    Format::Integer { bits, signed }
}

/// Every format, wide before narrow.
pub const CATALOGUE: &[Entry] = &[
    entry("fp64", "FP64", &["float64", "binary64"], float(11, 52, 1023, Kind::Ieee), "IEEE 754-2019"),
    entry("fp32", "FP32", &["float32", "binary32"], float(8, 23, 127, Kind::Ieee), "IEEE 754-2019"),
    entry("tf32", "TF32", &[], float(8, 10, 127, Kind::Ieee), "NVIDIA"),
    entry("fp16", "FP16", &["float16", "binary16"], float(5, 10, 15, Kind::Ieee), "IEEE 754-2019"),
    entry("bf16", "BF16", &["bfloat16"], float(8, 7, 127, Kind::Ieee), "ml_dtypes"),
    entry("e5m2", "FP8 E5M2", &["float8_e5m2"], float(5, 2, 15, Kind::Ieee), "OCP OFP8 1.0"),
    entry("e4m3fn", "FP8 E4M3FN", &["float8_e4m3fn"], float(4, 3, 7, Kind::Fn), "OCP OFP8 1.0"),
    entry("e4m3fnuz", "FP8 E4M3FNUZ", &["float8_e4m3fnuz"], float(4, 3, 8, Kind::Fnuz), "arXiv 2206.02915"),
    entry("e5m2fnuz", "FP8 E5M2FNUZ", &["float8_e5m2fnuz"], float(5, 2, 16, Kind::Fnuz), "arXiv 2206.02915"),
    entry(
        "e8m0",
        "E8M0 scale",
        &["float8_e8m0fnu"],
        Format::Float(FloatFormat { signed: false, exponent_bits: 8, mantissa_bits: 0, bias: 127, kind: Kind::Scale }),
        "OCP MX 1.0",
    ),
    entry("e2m3fn", "FP6 E2M3", &["float6_e2m3fn"], float(2, 3, 1, Kind::Finite), "OCP MX 1.0"),
    entry("e3m2fn", "FP6 E3M2", &["float6_e3m2fn"], float(3, 2, 3, Kind::Finite), "OCP MX 1.0"),
    entry("e2m1fn", "FP4 E2M1", &["float4_e2m1fn"], float(2, 1, 1, Kind::Finite), "OCP MX 1.0"),
    entry("int8", "INT8", &[], integer(8, true), "two's complement"),
    entry("int4", "INT4", &[], integer(4, true), "two's complement"),
];

/// The format of that canonical name or alias, in any case.
pub fn find(name: &str) -> Option<&'static Entry> {
    let is_it = |candidate: &str| candidate.eq_ignore_ascii_case(name);
    CATALOGUE.iter().find(|entry| is_it(entry.name) || entry.aliases.iter().any(|alias| is_it(alias)))
}

impl Format {
    /// Width of a code.
    pub fn bits(self) -> u32 {
        match self {
            Self::Float(float) => u32::from(float.signed) + float.exponent_bits + float.mantissa_bits,
            Self::Integer { bits, .. } => bits,
        }
    }
}

impl Format {
    /// The value of a code: exact wherever a float64 holds it.
    pub fn decode(self, code: u64) -> f64 {
        match self {
            Self::Float(float) => float.decode(code),
            Self::Integer { bits, signed } => {
                let shift = 64 - bits;
                if signed { ((code << shift) as i64 >> shift) as f64 } else { ((code << shift) >> shift) as f64 }
            }
        }
    }
}
