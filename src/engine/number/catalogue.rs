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

/// Every format, wide before narrow.
pub const CATALOGUE: &[Entry] = &[
    Entry {
        name: "fp32",
        title: "FP32",
        aliases: &["float32"],
        format: float(8, 23, 127, Kind::Ieee),
        source: "IEEE 754-2019",
    },
    Entry {
        name: "e4m3fn",
        title: "FP8 E4M3FN",
        aliases: &["float8_e4m3fn"],
        format: float(4, 3, 7, Kind::Fn),
        source: "OCP OFP8 1.0",
    },
    Entry {
        name: "int8",
        title: "INT8",
        aliases: &[],
        format: Format::Integer { bits: 8, signed: true },
        source: "two's complement",
    },
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
