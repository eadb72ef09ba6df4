//! The table of number formats.

use super::{FixedFormat, FloatFormat, Format, IntegerEncoding, IntegerFormat, Kind, PositFormat, TableFormat};

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

impl Entry {
    /// What libraries and files call the format.
    pub fn containers(&self) -> Containers {
        CONTAINERS.iter().find(|row| row.0 == self.name).map_or(Containers::NONE, |row| row.1)
    }
}

/// What libraries and files call a format; `None` where they do not have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Containers {
    /// ml_dtypes 0.6, or NumPy for what that has itself.
    pub ml_dtypes: Option<&'static str>,
    /// PyTorch 2.15.
    pub torch: Option<&'static str>,
    /// The number of the element type in ONNX 1.23.
    pub onnx: Option<u32>,
    /// safetensors 0.8.
    pub safetensors: Option<&'static str>,
    /// The number of the tensor type in GGUF, where it has plain elements.
    pub gguf: Option<u32>,
}

impl Containers {
    /// No library has it.
    pub const NONE: Self = Self { ml_dtypes: None, torch: None, onnx: None, safetensors: None, gguf: None };
}

/// Names: ours, ml_dtypes or NumPy, PyTorch, ONNX, safetensors, GGUF.
const fn row(
    name: &'static str,
    ml_dtypes: Option<&'static str>,
    torch: Option<&'static str>,
    onnx: Option<u32>,
    safetensors: Option<&'static str>,
    gguf: Option<u32>,
) -> (&'static str, Containers) {
    (name, Containers { ml_dtypes, torch, onnx, safetensors, gguf })
}

const CONTAINERS: &[(&str, Containers)] = &[
    row("fp64", Some("float64"), Some("float64"), Some(11), Some("F64"), Some(28)),
    row("fp32", Some("float32"), Some("float32"), Some(1), Some("F32"), Some(0)),
    row("fp16", Some("float16"), Some("float16"), Some(10), Some("F16"), Some(1)),
    row("bf16", Some("bfloat16"), Some("bfloat16"), Some(16), Some("BF16"), Some(30)),
    row("e5m2", Some("float8_e5m2"), Some("float8_e5m2"), Some(19), Some("F8_E5M2"), None),
    row("e4m3fn", Some("float8_e4m3fn"), Some("float8_e4m3fn"), Some(17), Some("F8_E4M3"), None),
    row("e4m3", Some("float8_e4m3"), None, None, None, None),
    row("e3m4", Some("float8_e3m4"), None, None, None, None),
    row("e4m3fnuz", Some("float8_e4m3fnuz"), Some("float8_e4m3fnuz"), Some(18), Some("F8_E4M3FNUZ"), None),
    row("e5m2fnuz", Some("float8_e5m2fnuz"), Some("float8_e5m2fnuz"), Some(20), Some("F8_E5M2FNUZ"), None),
    row("e4m3b11fnuz", Some("float8_e4m3b11fnuz"), None, None, None, None),
    row("e8m0", Some("float8_e8m0fnu"), Some("float8_e8m0fnu"), Some(24), Some("F8_E8M0"), None),
    row("e2m3fn", Some("float6_e2m3fn"), None, Some(27), Some("F6_E2M3"), None),
    row("e3m2fn", Some("float6_e3m2fn"), None, Some(28), Some("F6_E3M2"), None),
    row("e2m1fn", Some("float4_e2m1fn"), Some("float4_e2m1fn_x2"), Some(23), Some("F4"), None),
    row("int8", Some("int8"), Some("int8"), Some(3), Some("I8"), Some(24)),
    row("int16", Some("int16"), Some("int16"), Some(5), Some("I16"), Some(25)),
    row("int32", Some("int32"), Some("int32"), Some(6), Some("I32"), Some(26)),
    row("int64", Some("int64"), Some("int64"), Some(7), Some("I64"), Some(27)),
    row("uint8", Some("uint8"), Some("uint8"), Some(2), Some("U8"), None),
    row("uint16", Some("uint16"), Some("uint16"), Some(4), Some("U16"), None),
    row("uint32", Some("uint32"), Some("uint32"), Some(12), Some("U32"), None),
    row("uint64", Some("uint64"), Some("uint64"), Some(13), Some("U64"), None),
    row("int4", Some("int4"), None, Some(22), None, None),
    row("uint4", Some("uint4"), None, Some(21), None, None),
    row("int2", Some("int2"), None, Some(26), None, None),
    row("uint2", Some("uint2"), None, Some(25), None, None),
    row("int1", Some("int1"), None, None, None, None),
    row("uint1", Some("uint1"), None, None, None, None),
];

const fn float(
    (name, title, aliases): (&'static str, &'static str, &'static [&'static str]),
    (exponent_bits, mantissa_bits, bias, kind): (u32, u32, i32, Kind),
    source: &'static str,
) -> Entry {
    let format = Format::Float(FloatFormat::new(exponent_bits, mantissa_bits, bias, kind));
    Entry { name, title, aliases, format, source }
}

/// A float without a sign.
const fn unsigned(mut entry: Entry) -> Entry {
    if let Format::Float(float) = &mut entry.format {
        float.signed = false;
    }
    entry
}

const fn integer(name: &'static str, title: &'static str, bits: u32, signed: bool) -> Entry {
    let source = if signed { "two's complement" } else { "positional binary" };
    let format = if signed { IntegerFormat::signed(bits) } else { IntegerFormat::unsigned(bits) };
    Entry { name, title, aliases: &[], format: Format::Integer(format), source }
}

const fn encoded(name: &'static str, title: &'static str, bits: u32, encoding: IntegerEncoding) -> Entry {
    let format = Format::Integer(IntegerFormat { bits, encoding });
    Entry { name, title, aliases: &[], format, source: LECTURE }
}

const fn fixed(
    (name, title, aliases): (&'static str, &'static str, &'static [&'static str]),
    (bits, fraction_bits): (u32, i32),
    source: &'static str,
) -> Entry {
    let format = Format::Fixed(FixedFormat { integer: IntegerFormat::signed(bits), fraction_bits });
    Entry { name, title, aliases, format, source }
}

const fn posit(name: &'static str, title: &'static str, bits: u32) -> Entry {
    let format = Format::Posit(PositFormat { bits, exponent_bits: 2 });
    Entry { name, title, aliases: &[], format, source: "Posit Standard 2022" }
}

const fn table(
    (name, title, aliases): (&'static str, &'static str, &'static [&'static str]),
    table: TableFormat,
    source: &'static str,
) -> Entry {
    Entry { name, title, aliases, format: Format::Table(table), source }
}

/// Floats, tables and the like, then a signed and an unsigned integer of every width.
macro_rules! catalogue {
    ([$($float:expr,)*] [$($bits:literal)*]) => {
        &[
            $($float,)*
            $(integer(concat!("int", $bits), concat!("INT", $bits), $bits, true),)*
            $(integer(concat!("uint", $bits), concat!("UINT", $bits), $bits, false),)*
        ]
    };
}

const OFP8: &str = "OCP OFP8 1.0";
const MX: &str = "OCP Microscaling (MX) 1.0";
const FNUZ: &str = "Noune et al. 2022 (arXiv 2206.02915); ml_dtypes";
const LECTURE: &str = "MIT 6.5940, lecture 5";
const P3109: &str = "IEEE P3109 interim report; gfloat";
const BNB: &str = "bitsandbytes 0.50";

/// Every format with a name of its own: floats wide before narrow, posits, fixed point, encodings, tables, then integers narrow
/// before wide. [`super::named`] knows many more by their parameters.
pub const CATALOGUE: &[Entry] = catalogue!(
    [
        float(("fp64", "FP64", &["float64", "f64", "double", "binary64"]), (11, 52, 1023, Kind::Ieee), "IEEE 754-2019"),
        float(("fp32", "FP32", &["float32", "f32", "float", "binary32"]), (8, 23, 127, Kind::Ieee), "IEEE 754-2019"),
        float(("tf32", "TF32", &["tensorfloat32"]), (8, 10, 127, Kind::Ieee), "NVIDIA A100 white paper; stored in 32 bits"),
        float(("pxr24", "FP24 PXR24", &["fp24"]), (8, 15, 127, Kind::Ieee), "OpenEXR"),
        float(("fp16", "FP16", &["float16", "f16", "half", "binary16"]), (5, 10, 15, Kind::Ieee), "IEEE 754-2019"),
        float(("bf16", "BF16", &["bfloat16", "brain16"]), (8, 7, 127, Kind::Ieee), "Google Brain; ml_dtypes"),
        float(("e5m2", "FP8 E5M2", &["float8_e5m2", "f8_e5m2"]), (5, 2, 15, Kind::Ieee), OFP8),
        float(("e4m3fn", "FP8 E4M3FN", &["float8_e4m3fn", "f8_e4m3fn"]), (4, 3, 7, Kind::Fn), OFP8),
        float(("e4m3", "FP8 E4M3 (IEEE-style)", &["float8_e4m3"]), (4, 3, 7, Kind::Ieee), "ml_dtypes; LLVM APFloat"),
        float(("e3m4", "FP8 E3M4", &["float8_e3m4"]), (3, 4, 3, Kind::Ieee), "ml_dtypes; LLVM APFloat"),
        float(("e4m3fnuz", "FP8 E4M3FNUZ", &["float8_e4m3fnuz", "f8_e4m3fnuz", "binary8p4sf"]), (4, 3, 8, Kind::Fnuz), FNUZ),
        float(("e5m2fnuz", "FP8 E5M2FNUZ", &["float8_e5m2fnuz", "f8_e5m2fnuz", "binary8p3sf"]), (5, 2, 16, Kind::Fnuz), FNUZ),
        float(("e4m3b11fnuz", "FP8 E4M3B11FNUZ", &["float8_e4m3b11fnuz"]), (4, 3, 11, Kind::Fnuz), "ml_dtypes"),
        float(("e8m0", "E8M0 scale", &["float8_e8m0fnu", "ue8m0", "f8_e8m0"]), (8, 0, 127, Kind::Scale), MX),
        unsigned(float(("ue4m3", "UE4M3 scale", &["nvfp4-scale"]), (4, 3, 7, Kind::Fn), "NVIDIA NVFP4; E4M3FN with sign 0")),
        float(("e2m3fn", "FP6 E2M3", &["float6_e2m3fn", "e2m3", "f6_e2m3"]), (2, 3, 1, Kind::Finite), MX),
        float(("e3m2fn", "FP6 E3M2", &["float6_e3m2fn", "e3m2", "f6_e3m2"]), (3, 2, 3, Kind::Finite), MX),
        float(("e2m1fn", "FP4 E2M1", &["float4_e2m1fn", "e2m1", "f4"]), (2, 1, 1, Kind::Finite), MX),
        float(("e1m2", "FP4 E1M2 (bias 0)", &["float4_e1m2"]), (1, 2, 0, Kind::Finite), LECTURE),
        float(("e3m0", "FP4 E3M0", &["float4_e3m0"]), (3, 0, 3, Kind::Finite), LECTURE),
        float(("binary8p3se", "P3109 binary8p3se", &["p3109_k8p3se"]), (5, 2, 16, Kind::Extended), P3109),
        float(("binary8p4se", "P3109 binary8p4se", &["p3109_k8p4se"]), (4, 3, 8, Kind::Extended), P3109),
        float(("binary8p5se", "P3109 binary8p5se", &["p3109_k8p5se"]), (3, 4, 4, Kind::Extended), P3109),
        unsigned(float(("binary8p4ue", "P3109 binary8p4ue", &["p3109_k8p4ue"]), (5, 3, 16, Kind::Extended), P3109)),
        float(("binary6p3sf", "P3109 binary6p3sf", &["p3109_k6p3sf"]), (3, 2, 4, Kind::Fnuz), P3109),
        float(("binary4p2sf", "P3109 binary4p2sf", &["p3109_k4p2sf"]), (2, 1, 2, Kind::Fnuz), P3109),
        posit("posit8", "Posit8", 8),
        posit("posit16", "Posit16", 16),
        posit("posit32", "Posit32", 32),
        fixed(("fixed8.4", "fixed<8,4>: ARM Q4.4, TI Q3.4, 8 bits", &["armq4.4", "tiq3.4"]), (8, 4), LECTURE),
        fixed(("fixed8.6", "MXINT8 element: ARM Q2.6, 8 bits", &["mxint8", "armq2.6", "tiq1.6"]), (8, 6), MX),
        fixed(("fixed16.15", "Q15: ARM Q1.15, TI Q0.15, 16 bits", &["q15", "armq1.15", "tiq0.15"]), (16, 15), "TI DSP naming"),
        fixed(("fixed32.31", "Q31: ARM Q1.31, TI Q0.31, 32 bits", &["q31", "armq1.31", "tiq0.31"]), (32, 31), "TI DSP naming"),
        encoded("sm4", "4-bit sign-magnitude", 4, IntegerEncoding::SignMagnitude),
        encoded("sm8", "8-bit sign-magnitude", 8, IntegerEncoding::SignMagnitude),
        encoded("oc4", "4-bit one's complement", 4, IntegerEncoding::OnesComplement),
        encoded("oc8", "8-bit one's complement", 8, IntegerEncoding::OnesComplement),
        encoded("offset4", "4-bit offset binary", 4, IntegerEncoding::Offset),
        encoded("offset8", "8-bit offset binary", 8, IntegerEncoding::Offset),
        table(("nf4", "NF4", &["normalfloat4"]), TableFormat::NF4, "QLoRA (arXiv 2305.14314); bitsandbytes 0.50"),
        table(("af4", "AF4", &["abnormalfloat4"]), TableFormat::AF4, "Yoshida 2023 (arXiv 2306.06965); bitsandbytes 0.50"),
        table(("fp4-bnb", "bitsandbytes FP4", &["bnb-fp4"]), TableFormat::FP4_BNB, BNB),
        table(("iq4_nl", "IQ4_NL codebook", &["iq4-nl", "iq4nl"]), TableFormat::IQ4_NL, "ggml"),
    ]
    [
        1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
        33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
    ]
);

/// The format of that canonical name or alias, in any case.
pub fn find(name: &str) -> Option<&'static Entry> {
    let is_it = |candidate: &str| candidate.eq_ignore_ascii_case(name);
    CATALOGUE.iter().find(|entry| is_it(entry.name) || entry.aliases.iter().any(|alias| is_it(alias)))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_means_one_format() {
        let mut names = HashSet::new();
        for entry in CATALOGUE {
            for name in entry.aliases.iter().chain([&entry.name]) {
                assert!(names.insert(name.to_ascii_lowercase()), "{name} twice");
                assert_eq!(find(&name.to_uppercase()).unwrap().name, entry.name);
            }
            assert_ne!(entry.title.trim_start_matches("FP8 "), "E4M3");
        }
        assert!(find("int0").is_none() && find("int65").is_none());
        for (name, _) in CONTAINERS {
            assert!(CATALOGUE.iter().any(|entry| entry.name == *name), "{name}");
        }
    }
}
