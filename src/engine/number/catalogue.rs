//! The table of number formats.

use super::{FloatFormat, Format, IntegerFormat, Kind};

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

const fn float(
    (name, title, aliases): (&'static str, &'static str, &'static [&'static str]),
    (exponent_bits, mantissa_bits, bias, kind): (u32, u32, i32, Kind),
    source: &'static str,
) -> Entry {
    let format = Format::Float(FloatFormat::new(exponent_bits, mantissa_bits, bias, kind));
    Entry { name, title, aliases, format, source }
}

const fn integer(name: &'static str, title: &'static str, bits: u32, signed: bool) -> Entry {
    let source = if signed { "two's complement" } else { "positional binary" };
    let format = if signed { IntegerFormat::signed(bits) } else { IntegerFormat::unsigned(bits) };
    Entry { name, title, aliases: &[], format: Format::Integer(format), source }
}

/// The floats, then a signed and an unsigned integer of every width.
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

/// Every format: floats wide before narrow, then integers narrow before wide.
pub const CATALOGUE: &[Entry] = catalogue!(
    [
        float(("fp64", "FP64", &["float64", "f64", "double", "binary64"]), (11, 52, 1023, Kind::Ieee), "IEEE 754-2019"),
        float(("fp32", "FP32", &["float32", "f32", "float", "binary32"]), (8, 23, 127, Kind::Ieee), "IEEE 754-2019"),
        float(("tf32", "TF32", &["tensorfloat32"]), (8, 10, 127, Kind::Ieee), "NVIDIA A100 white paper; stored in 32 bits"),
        float(("fp16", "FP16", &["float16", "f16", "half", "binary16"]), (5, 10, 15, Kind::Ieee), "IEEE 754-2019"),
        float(("bf16", "BF16", &["bfloat16", "brain16"]), (8, 7, 127, Kind::Ieee), "Google Brain; ml_dtypes"),
        float(("e5m2", "FP8 E5M2", &["float8_e5m2", "f8_e5m2"]), (5, 2, 15, Kind::Ieee), OFP8),
        float(("e4m3fn", "FP8 E4M3FN", &["float8_e4m3fn", "f8_e4m3fn"]), (4, 3, 7, Kind::Fn), OFP8),
        float(("e4m3", "FP8 E4M3 (IEEE-style)", &["float8_e4m3"]), (4, 3, 7, Kind::Ieee), "ml_dtypes; LLVM APFloat"),
        float(("e3m4", "FP8 E3M4", &["float8_e3m4"]), (3, 4, 3, Kind::Ieee), "ml_dtypes; LLVM APFloat"),
        float(("e4m3fnuz", "FP8 E4M3FNUZ", &["float8_e4m3fnuz", "f8_e4m3fnuz"]), (4, 3, 8, Kind::Fnuz), FNUZ),
        float(("e5m2fnuz", "FP8 E5M2FNUZ", &["float8_e5m2fnuz", "f8_e5m2fnuz"]), (5, 2, 16, Kind::Fnuz), FNUZ),
        float(("e4m3b11fnuz", "FP8 E4M3B11FNUZ", &["float8_e4m3b11fnuz"]), (4, 3, 11, Kind::Fnuz), "ml_dtypes"),
        float(("e8m0", "E8M0 scale", &["float8_e8m0fnu", "ue8m0", "f8_e8m0"]), (8, 0, 127, Kind::Scale), MX),
        float(("e2m3fn", "FP6 E2M3", &["float6_e2m3fn", "e2m3", "f6_e2m3"]), (2, 3, 1, Kind::Finite), MX),
        float(("e3m2fn", "FP6 E3M2", &["float6_e3m2fn", "e3m2", "f6_e3m2"]), (3, 2, 3, Kind::Finite), MX),
        float(("e2m1fn", "FP4 E2M1", &["float4_e2m1fn", "e2m1", "f4"]), (2, 1, 1, Kind::Finite), MX),
        float(("e1m2", "FP4 E1M2 (bias 0)", &["float4_e1m2"]), (1, 2, 0, Kind::Finite), LECTURE),
        float(("e3m0", "FP4 E3M0", &["float4_e3m0"]), (3, 0, 3, Kind::Finite), LECTURE),
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
        assert_eq!(CATALOGUE.len(), 18 + 128);
        assert!(find("int0").is_none() && find("int65").is_none());
    }
}
