//! Writing a C header: arrays for microcontrollers, with dimensions, scales and zero points.
//!
//! `TensorFlow Lite`'s and CMSIS-NN's conventions: int8 codes, a scale (and where activation scales are given a Q31 multiplier with
//! its shift) for each output channel. Codes of fewer than 8 bits take a byte each.

use std::fmt::Write as _;
use std::io::{BufRead as _, Result, Seek as _, SeekFrom, Write};

use super::arrays::ArrayWriter;
use super::c_names::{CNames, plain};
use super::layout::{Notes, Part};
use super::writer::{Tick, Written};
use crate::engine::integer::Multiplier;
use crate::engine::tensor::{Bytes, Dtype, Model, Source, SourceError, Tensor, Values};
use crate::io::blob::{Blob, Reader};
use crate::io::error::{Error, printable};

/// Elements of an array on one line.
const LINE: usize = 16;

pub(super) struct CHeaderWriter<W> {
    out: W,
    /// Scales of the activations that go in and come out, where the user gave them.
    activations: Option<(f32, f32)>,
    started: bool,
    guard: String,
    names: CNames,
}

impl<W: Write> CHeaderWriter<W> {
    /// An empty header; `name` is the file's.
    pub fn new(out: W, name: &str, activations: Option<(f32, f32)>) -> Self {
        let guard = format!("QUANTSCOPE_HEADER_{}", plain(name).to_uppercase());
        Self { out, activations, started: false, guard, names: CNames::default() }
    }

    fn start(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.started, true) {
            return Ok(());
        }
        let guard = &self.guard;
        let version = env!("CARGO_PKG_VERSION");
        write!(
            self.out,
            "/* Weights written by Quantscope {version}.\n\
             \x20* NAME_codes holds one code a weight in row-major order; the comment above each array says how it becomes a value. */\n\
             #ifndef {guard}\n#define {guard}\n\n#include <math.h>\n#include <stdint.h>\n\n\
             #ifndef QUANTSCOPE_ALIGNED\n#if defined(_MSC_VER)\n#define QUANTSCOPE_ALIGNED __declspec(align(16))\n\
             #else\n#define QUANTSCOPE_ALIGNED __attribute__((aligned(16)))\n#endif\n#endif\n"
        )
    }
}

impl<W: Write> ArrayWriter for CHeaderWriter<W> {
    fn expected(&self, part: &Part) -> Written {
        let dtype = c_type(part.dtype).map_or(part.dtype, |(kind, _)| stored_type(kind));
        // Every NaN is written as the one that C has a name for.
        let bytes: Vec<u8> = match part.dtype {
            Dtype::F32 | Dtype::F64 => {
                let width = part.dtype.bits() as usize / 8;
                let again = |element: &[u8]| literal_bytes(part.dtype, element);
                part.bytes.chunks_exact(width).flat_map(again).collect()
            }
            _ => part.bytes.to_vec(),
        };
        Written::new(self.names.given(&part.name), dtype, part.shape.clone(), &bytes)
    }

    fn add(&mut self, part: &Part, notes: &mut Notes, tick: &mut Tick<'_>) -> Result<()> {
        self.start()?;
        let name = self.names.of(&part.name);
        let (kind, width) = c_type(part.dtype).ok_or_else(|| {
            std::io::Error::other(format!("a C header has no type for {} (`{}`)", part.dtype, part.name))
        })?;
        let count = part.bytes.len() / width;
        writeln!(self.out)?;
        if let Some(formula) = part.name.strip_suffix(".codes").and_then(|tensor| notes.value_of(tensor)) {
            writeln!(self.out, "/* value = {formula} */")?;
        }
        if name != plain(&part.name) {
            // Called otherwise than one expects: the file's own name says which it is.
            writeln!(self.out, "/* {} */", printable(&part.name).replace("*/", "* /"))?;
        }
        for (axis, size) in part.shape.iter().enumerate() {
            writeln!(self.out, "#define {}_DIM{axis} {size}", name.to_uppercase())?;
        }
        // C has no arrays without elements.
        let length = count.max(1);
        writeln!(self.out, "static const QUANTSCOPE_ALIGNED {kind} {name}[{length}] = {{")?;
        if count == 0 {
            writeln!(self.out, "  0")?;
        }
        for line in part.bytes.chunks(LINE * width) {
            tick()?;
            let mut text = String::from(" ");
            for element in line.chunks_exact(width) {
                let _ = write!(text, " {},", literal(part.dtype, element));
            }
            writeln!(self.out, "{text}")?;
        }
        writeln!(self.out, "}};")?;
        if let (Some(activations), Some(tensor)) = (self.activations, part.name.strip_suffix(".scale")) {
            self.multipliers(tensor, &part.bytes, activations)?;
        }
        Ok(())
    }

    fn finish(mut self, _notes: &Notes) -> Result<()> {
        self.start()?;
        writeln!(self.out, "\n#endif /* {} */", self.guard)
    }
}

impl<W: Write> CHeaderWriter<W> {
    /// `multiplier` and `shift` of CMSIS-NN's `cmsis_nn_per_channel_quant_params`: S_in · S_w / S_out = multiplier · 2^(shift − 31).
    fn multipliers(&mut self, tensor: &str, scales: &[u8], (input, output): (f32, f32)) -> Result<()> {
        let scales = scales.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let pairs: Vec<(i32, i32)> =
            scales.map(|scale| q31(f64::from(input) * f64::from(scale) / f64::from(output))).collect();
        let list =
            |of: fn(&(i32, i32)) -> i32| pairs.iter().map(|pair| of(pair).to_string()).collect::<Vec<_>>().join(", ");
        let count = pairs.len().max(1);
        let [multiplier, shift] =
            ["multiplier", "shift"].map(|suffix| self.names.new_one(&format!("{tensor}.{suffix}")));
        writeln!(
            self.out,
            "/* requantization for activation scales {input:e} in and {output:e} out: multiplier * 2^(shift - 31) */"
        )?;
        writeln!(self.out, "static const int32_t {multiplier}[{count}] = {{ {} }};", list(|pair| pair.0))?;
        writeln!(self.out, "static const int32_t {shift}[{count}] = {{ {} }};", list(|pair| pair.1))
    }
}

/// Mantissa in Q31 and exponent of a positive real number, as `tflite::QuantizeMultiplier` has them; (0, 0) for 0.
fn q31(value: f64) -> (i32, i32) {
    Multiplier::new(value, 32).map_or((0, 0), |multiplier| (multiplier.stored, -multiplier.shift))
}

/// The C type of a dtype with its size in bytes.
fn c_type(dtype: Dtype) -> Option<(&'static str, usize)> {
    Some(match dtype {
        Dtype::F64 => ("double", 8),
        Dtype::F32 => ("float", 4),
        Dtype::I64 => ("int64_t", 8),
        Dtype::I32 => ("int32_t", 4),
        Dtype::I16 => ("int16_t", 2),
        Dtype::I8 => ("int8_t", 1),
        Dtype::U64 => ("uint64_t", 8),
        Dtype::U32 => ("uint32_t", 4),
        // Bit patterns of floats that C has no type for.
        Dtype::U16 | Dtype::F16 | Dtype::BF16 => ("uint16_t", 2),
        Dtype::U8
        | Dtype::Bool
        | Dtype::F8E4M3Fn
        | Dtype::F8E5M2
        | Dtype::F8E4M3Fnuz
        | Dtype::F8E5M2Fnuz
        | Dtype::F8E8M0 => ("uint8_t", 1),
        Dtype::F6E2M3 | Dtype::F6E3M2 | Dtype::F4E2M1 | Dtype::I4 | Dtype::I2 | Dtype::U4 | Dtype::U2 => return None,
    })
}

/// One element as C reads it.
fn literal(dtype: Dtype, bytes: &[u8]) -> String {
    let mut wide = [0; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    let word = u64::from_le_bytes(wide);
    match dtype {
        Dtype::F32 => float(f64::from(f32::from_bits(word as u32)), &format!("{:e}f", f32::from_bits(word as u32))),
        Dtype::F64 => float(f64::from_bits(word), &format!("{:e}", f64::from_bits(word))),
        // The smallest int64 has no literal of its own.
        Dtype::I64 if word == 1 << 63 => "INT64_MIN".to_owned(),
        Dtype::I64 => format!("{}", word as i64),
        Dtype::I32 => format!("{}", word as i32),
        Dtype::I16 => format!("{}", word as i16),
        Dtype::I8 => format!("{}", word as i8),
        _ => format!("{word}u"),
    }
}

/// A float with every NaN made the usual one.
fn literal_bytes(dtype: Dtype, bytes: &[u8]) -> Vec<u8> {
    element(dtype, &literal(dtype, bytes)).unwrap_or_else(|| bytes.to_vec())
}

/// A float as C reads it: `1.5e-3f`, or the macros of `math.h`.
fn float(value: f64, text: &str) -> String {
    if value.is_nan() {
        return "NAN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "INFINITY" } else { "-INFINITY" }.to_owned();
    }
    // `1e0f` is a float in C, `1f` would not be; `{:e}` always writes the exponent.
    text.to_owned()
}

/// Reads the arrays of a header that this program wrote, to compare them with what was meant.
///
/// # Errors
/// Text that is none of the arrays written above.
pub(super) fn read_back(path: &std::path::Path) -> std::result::Result<Model, Error> {
    let fail = |problem: String| Error::new(path, problem);
    let failed = |error: std::io::Error| fail(crate::io::error::reason(&error));
    let blob = Blob::open(path)?;
    let mut text = Lines { reader: blob.reader(), position: 0, line: String::new() };
    let (mut tensors, mut dims) = (Vec::new(), Vec::new());
    while text.advance().map_err(failed)? {
        let line = text.line.as_str();
        // `NAME_DIM0 3`, and not the guard, which is called after the file and has no value.
        let defined = line.strip_prefix("#define ").and_then(|rest| rest.split_once(' '));
        let is_size = |name: &str| {
            let axis = name.rsplit_once("_DIM").map(|(_, axis)| axis);
            axis.is_some_and(|axis| !axis.is_empty() && axis.bytes().all(|digit| digit.is_ascii_digit()))
        };
        if let Some((_, size)) = defined.filter(|(name, _)| is_size(name)) {
            dims.push(size.parse().map_err(|_| fail(format!("`{line}` is no dimension")))?);
        }
        let Some(rest) = line.strip_prefix("static const QUANTSCOPE_ALIGNED ") else { continue };
        let (kind, rest) = rest.split_once(' ').ok_or_else(|| fail(format!("`{line}` is no array")))?;
        let (name, dtype) = (rest.split('[').next().unwrap_or_default().to_owned(), stored_type(kind));
        let shape: Vec<usize> = std::mem::take(&mut dims);
        let start = text.position;
        let mut end = start;
        while text.advance().map_err(failed)? && text.line != "};" {
            end = text.position;
        }
        let range = if shape.contains(&0) { start..start } else { start..end };
        tensors.push(Tensor::new(name.clone(), shape, dtype, Listed { blob: blob.clone(), range, dtype, name }));
    }
    Ok(Model { name: String::new(), tensors, metadata: Vec::new() })
}

/// A text, one line after the other.
struct Lines {
    reader: Reader,
    /// Where the next line begins.
    position: u64,
    /// The line, without its end.
    line: String,
}

impl Lines {
    /// Goes on to the next line; whether there is one.
    fn advance(&mut self) -> Result<bool> {
        self.line.clear();
        let length = self.reader.read_line(&mut self.line)?;
        self.position += length as u64;
        self.line.truncate(self.line.trim_end_matches('\n').len());
        Ok(length > 0)
    }
}

/// The elements of an array in these bytes of the text.
struct Listed {
    blob: Blob,
    range: std::ops::Range<u64>,
    dtype: Dtype,
    name: String,
}

impl Source for Listed {
    fn read(&self) -> std::result::Result<Values, SourceError> {
        Err(SourceError("read back as bytes only".to_owned()))
    }

    fn stored(&self) -> std::result::Result<Bytes, SourceError> {
        let failed = |error: std::io::Error| self.blob.fault(&crate::io::error::reason(&error));
        let mut reader = self.blob.reader();
        reader.seek(SeekFrom::Start(self.range.start)).map_err(failed)?;
        let mut text = Lines { reader, position: self.range.start, line: String::new() };
        let mut bytes = Vec::new();
        while text.position < self.range.end && text.advance().map_err(failed)? {
            for word in text.line.split(',').map(str::trim).filter(|word| !word.is_empty()) {
                let element = element(self.dtype, word);
                bytes
                    .extend(element.ok_or_else(|| self.blob.fault(&format!("{}: `{word}` is no element", self.name)))?);
            }
        }
        Ok(Bytes::new(bytes))
    }
}

/// What a C type holds, for comparing bytes.
fn stored_type(kind: &str) -> Dtype {
    match kind {
        "double" => Dtype::F64,
        "float" => Dtype::F32,
        "int64_t" => Dtype::I64,
        "int32_t" => Dtype::I32,
        "int16_t" => Dtype::I16,
        "int8_t" => Dtype::I8,
        "uint64_t" => Dtype::U64,
        "uint32_t" => Dtype::U32,
        "uint16_t" => Dtype::U16,
        _ => Dtype::U8,
    }
}

/// The bytes of an element.
fn element(dtype: Dtype, word: &str) -> Option<Vec<u8>> {
    let float = |word: &str| match word {
        "NAN" => Some(f64::NAN),
        "INFINITY" => Some(f64::INFINITY),
        "-INFINITY" => Some(f64::NEG_INFINITY),
        word => word.parse().ok(),
    };
    Some(match dtype {
        Dtype::F64 => float(word)?.to_le_bytes().to_vec(),
        Dtype::F32 => match word.strip_suffix('f') {
            Some(digits) => digits.parse::<f32>().ok()?.to_le_bytes().to_vec(),
            None => (float(word)? as f32).to_le_bytes().to_vec(),
        },
        Dtype::I64 if word == "INT64_MIN" => i64::MIN.to_le_bytes().to_vec(),
        Dtype::I64 => word.parse::<i64>().ok()?.to_le_bytes().to_vec(),
        Dtype::I32 => word.parse::<i32>().ok()?.to_le_bytes().to_vec(),
        Dtype::I16 => word.parse::<i16>().ok()?.to_le_bytes().to_vec(),
        Dtype::I8 => word.parse::<i8>().ok()?.to_le_bytes().to_vec(),
        _ => {
            let width = c_type(dtype)?.1;
            word.strip_suffix('u')?.parse::<u64>().ok()?.to_le_bytes()[..width].to_vec()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multipliers_are_those_of_tflite() {
        assert_eq!(q31(0.0123), (1_690_499_128, -6));
        assert_eq!(q31(0.5), (1_073_741_824, 0));
        assert_eq!(q31(0.0), (0, 0));
    }

    #[test]
    fn elements_read_back_as_they_were() {
        let floats = [0.1_f32, -0.0, 1.0, f32::MIN_POSITIVE / 8.0, f32::MAX, f32::INFINITY, f32::NEG_INFINITY];
        for value in floats {
            let text = literal(Dtype::F32, &value.to_le_bytes());
            assert_eq!(element(Dtype::F32, &text), Some(value.to_le_bytes().to_vec()), "{text}");
        }
        assert_eq!(literal(Dtype::F32, &f32::NAN.to_le_bytes()), "NAN");
        for value in [i64::MIN, -1, i64::MAX] {
            let text = literal(Dtype::I64, &value.to_le_bytes());
            assert_eq!(element(Dtype::I64, &text), Some(value.to_le_bytes().to_vec()), "{text}");
        }
        assert_eq!(literal(Dtype::U8, &[255]), "255u");
        assert_eq!(element(Dtype::I8, "300"), None);
    }
}
