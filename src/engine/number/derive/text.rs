//! A code in every notation.

use crate::engine::number::exact::place;
use crate::engine::number::{Dyadic, FloatFormat, Format, IntegerEncoding, Kind, Number, Rational, Rounding, Value};

/// Order of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// The lowest byte first.
    Little,
    /// The highest byte first.
    Big,
}

/// A programming language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// C, and C++ from 17 on.
    C,
    /// Rust.
    Rust,
    /// Python.
    Python,
}

impl Language {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Rust => "Rust",
            Self::Python => "Python",
        }
    }
}

/// A code as program text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// The language.
    pub language: Language,
    /// The value, exactly: in the type itself where the language has it, else as a double. `None` where a double cannot hold it.
    pub value: Option<String>,
    /// The code as an unsigned number.
    pub code: String,
}

/// The bytes of a code, as few as it takes; the unused high bits are 0.
pub fn bytes(format: Format, code: u64, order: ByteOrder) -> Vec<u8> {
    let count = format.bits().div_ceil(8) as usize;
    let mut bytes = (code & format.last_code()).to_le_bytes()[..count].to_vec();
    if order == ByteOrder::Big {
        bytes.reverse();
    }
    bytes
}

/// A value as a hex float, exactly: `0x1.1p-2`; `inf`, `-inf`, `nan`.
pub fn hex_float(value: Value) -> String {
    let Value::Finite(Dyadic { negative, significand, exponent }) = value else { return value.to_decimal() };
    let sign = if negative { "-" } else { "" };
    if significand == 0 {
        return format!("{sign}0x0p0");
    }
    let top = significand.ilog2();
    let exponent = exponent + top as i32;
    let digits = top.div_ceil(4) as usize;
    let fraction = u128::from(significand ^ 1 << top) << (4 * digits as u32 - top);
    let fraction = format!("{fraction:0digits$x}");
    let fraction = if digits == 0 { "" } else { fraction.trim_end_matches('0') };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}0x1{point}{fraction}p{exponent}")
}

/// The shortest decimal that reads back as this code under nearest even, and the nearest to the value among those; infinities and
/// NaN by name. Integers and fixed point are written out. At the ends of the range it stays within half a gap, though more might
/// saturate to the same code.
pub fn shortest(format: Format, code: u64) -> String {
    let value = format.value(code);
    let (Value::Finite(finite), Some(rank)) = (value, format.rank(code)) else { return value.to_decimal() };
    if finite.significand == 0 || matches!(format, Format::Integer(_) | Format::Fixed(_)) {
        return value.to_decimal();
    }
    if let Format::Table(_) = format {
        return format!("{}", value.to_f64() as f32);
    }
    let exact = Rational::from(finite);
    let Some(interval) = format.rounding_interval(code, Rounding::NearestEven, false) else {
        return value.to_decimal();
    };
    let inner = format.value_at(if rank > 0 { rank - 1 } else { rank + 1 });
    let reach = inner.map_or_else(|| exact.abs(), |inner| (exact.clone() - inner).abs()).half();
    let open_ended = interval.low.is_none() || interval.high.is_none();
    // 21 digits tell apart the values of 61 significant bits.
    for digits in 1..=21 {
        for rounding in [Rounding::NearestEven, Rounding::TowardZero, Rounding::Up] {
            let Some((mantissa, exponent)) = exact.scientific(digits, rounding) else { continue };
            let carried = (mantissa.len() - digits) as i64;
            let text = place(&mantissa, exponent + carried);
            let Some(number) = text.parse::<Number>().ok().and_then(|number| number.rational()) else { continue };
            let number = if finite.negative { -number } else { number };
            let near = !open_ended || (number.clone() - exact.clone()).abs() <= reach;
            if near && interval.contains(&number) {
                return if finite.negative { format!("-{text}") } else { text };
            }
        }
    }
    value.to_decimal()
}

/// A code as program text in every language.
pub fn literals(format: Format, code: u64) -> [Literal; 3] {
    let code = code & format.last_code();
    let width = format.bits().div_ceil(4) as usize;
    let hex = format!("0x{code:0width$x}");
    let suffix = match format.bits() {
        0..=8 => "u8",
        9..=16 => "u16",
        17..=32 => "u32",
        _ => "u64",
    };
    let long = if format.bits() > 32 { "ull" } else { "u" };
    let value = |language| value_literal(format, code, language);
    [
        Literal { language: Language::C, value: value(Language::C), code: format!("{hex}{long}") },
        Literal { language: Language::Rust, value: value(Language::Rust), code: format!("{hex}_{suffix}") },
        Literal { language: Language::Python, value: value(Language::Python), code: hex },
    ]
}

fn value_literal(format: Format, code: u64, language: Language) -> Option<String> {
    if let Format::Integer(integer) = format {
        return Some(integer_literal(integer.integer(code), integer.bits, integer.encoding, language));
    }
    let value = format.value(code);
    let single = format == Format::Float(FloatFormat::new(8, 23, 127, Kind::Ieee));
    let rust = if single { "f32" } else { "f64" };
    let finite = match value {
        Value::Finite(finite) => finite,
        Value::Infinite { negative } => {
            let sign = if negative { "-" } else { "" };
            return Some(match language {
                Language::C => format!("{sign}INFINITY"),
                Language::Rust if negative => format!("{rust}::NEG_INFINITY"),
                Language::Rust => format!("{rust}::INFINITY"),
                Language::Python => format!("float(\"{sign}inf\")"),
            });
        }
        Value::Nan => {
            return Some(match language {
                Language::C => "NAN".to_owned(),
                Language::Rust => format!("{rust}::NAN"),
                Language::Python => "float(\"nan\")".to_owned(),
            });
        }
    };
    let double = finite.to_f64();
    let fits = Rational::from_f64(double).is_some_and(|double| double == Rational::from(finite));
    fits.then(|| match language {
        Language::C if single => format!("{}f", hex_float(value)),
        Language::C => hex_float(value),
        Language::Rust if single => format!("{:?}_f32", double as f32),
        Language::Rust => format!("{double:?}_f64"),
        Language::Python => format!("{double:?}"),
    })
}

fn integer_literal(value: i128, bits: u32, encoding: IntegerEncoding, language: Language) -> String {
    let unsigned = encoding == IntegerEncoding::Unsigned;
    match language {
        Language::Python => value.to_string(),
        Language::Rust => {
            let width = [8, 16, 32, 64].into_iter().find(|&width| bits <= width).unwrap_or(64);
            format!("{value}_{}{width}", if unsigned { 'u' } else { 'i' })
        }
        Language::C if value == i128::from(i64::MIN) => "INT64_MIN".to_owned(),
        Language::C if unsigned => format!("{value}{}", if bits > 32 { "ull" } else { "u" }),
        // The minus is an operator: 2147483648 alone is no int.
        Language::C => format!("{value}{}", if bits > 31 { "ll" } else { "" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::number::{CATALOGUE, Overflow, find};

    fn format(name: &str) -> Format {
        find(name).unwrap().format
    }

    #[test]
    fn hex_floats_read_back_and_are_normalised() {
        let cases = [
            ("fp32", 0x3e88_0000, "0x1.1p-2"),
            ("fp32", 0x8000_0001, "-0x1p-149"),
            ("fp64", 0x3fb9_9999_9999_999a, "0x1.999999999999ap-4"),
            ("fp16", 0x7bff, "0x1.ffcp15"),
            ("fp16", 0xfc00, "-inf"),
            ("fp16", 0x8000, "-0x0p0"),
            ("e2m1fn", 7, "0x1.8p2"),
            ("uint64", u64::MAX, "0x1.fffffffffffffffep63"),
        ];
        for (name, code, text) in cases {
            assert_eq!(hex_float(format(name).value(code)), text, "{name}");
            let number: Number = text.parse().unwrap();
            assert_eq!(format(name).encode_number(&number, Rounding::NearestEven, Overflow::Default), code, "{text}");
        }
    }

    #[test]
    fn the_shortest_text_reads_back() {
        for entry in CATALOGUE.iter().filter(|entry| entry.format.bits() <= 8) {
            for code in 0..=entry.format.last_code() {
                let text = shortest(entry.format, code);
                let number: Number = text.parse().unwrap();
                let back = entry.format.encode_number(&number, Rounding::NearestEven, Overflow::Default);
                if entry.format.value(code) != Value::Nan {
                    assert_eq!(entry.format.rank(back), entry.format.rank(code), "{} {code} {text}", entry.name);
                }
            }
        }
        // As NumPy prints the 65504 of float16.
        assert_eq!(shortest(format("fp16"), 0x7bff), "65500");
        assert_eq!(shortest(format("e4m3fn"), 0x7e), "450");
        assert_eq!(shortest(format("e4m3fn"), 1), "0.002");
        assert_eq!(shortest(format("fp16"), 0x2e66), "0.1");
        assert_eq!(shortest(format("fp32"), 0x7f7f_ffff), "3.4028235e38");
        assert_eq!(shortest(format("fp64"), 1), "5e-324");
        for x in [0.1, 2.0 / 3.0, 1e23, f64::MAX, f64::MIN_POSITIVE, 123_456.789, 9_007_199_254_740_993.0] {
            let text = shortest(format("fp64"), x.to_bits());
            assert_eq!(text.parse::<f64>().unwrap().to_bits(), x.to_bits(), "{text}");
            assert!(text.len() <= format!("{x:?}").len(), "{text}");
        }
    }

    #[test]
    fn program_text_and_bytes() {
        let texts = |name, code| literals(format(name), code).map(|literal| (literal.value.unwrap(), literal.code));
        let text = |value: &str, code: &str| (value.to_owned(), code.to_owned());
        assert_eq!(
            texts("fp32", 0x3e88_0000),
            [text("0x1.1p-2f", "0x3e880000u"), text("0.265625_f32", "0x3e880000_u32"), text("0.265625", "0x3e880000")]
        );
        assert_eq!(texts("int8", 0xcf)[1], text("-49_i8", "0xcf_u8"));
        assert_eq!(texts("e4m3fn", 1)[2], text("0.001953125", "0x01"));
        assert_eq!(texts("fp16", 0x7e00)[0].0, "NAN");
        assert_eq!(bytes(format("fp32"), 0x3e88_0000, ByteOrder::Little), [0, 0, 0x88, 0x3e]);
        assert_eq!(bytes(format("fp32"), 0x3e88_0000, ByteOrder::Big), [0x3e, 0x88, 0, 0]);
        assert_eq!(bytes(format("tf32"), 0x7_ffff, ByteOrder::Big), [7, 0xff, 0xff]);
    }
}
