//! A quantized tensor as bytes, and the ledger of what every bit is for: both come from one walk.
//!
//! In file order, without gaps, the first bit lowest: the codes as stored (two's complement q for a linear scheme), the codebooks
//! or the scales as 32-bit floats, the zero points as N-bit integers (absent where Z is always 0), zeros up to a whole byte.

use std::sync::Arc;

use super::pack::{BitReader, BitWriter};
use super::{Ledger, Part};
use crate::engine::quantize::{Codes, Decoder, Quantized};

/// What a reader must know beforehand; files keep it in their headers.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    count: usize,
    bits: u32,
    parameters: Parameters,
}

#[derive(Clone, Debug, PartialEq)]
enum Parameters {
    Codebook { lengths: Vec<usize> },
    Affine { groups: usize, has_zero_point: bool, code_min: i32, code_max: i32 },
    Table { values: Arc<[f32]>, scales: usize },
}

/// Bytes that are not as many as the layout needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the packed tensor takes {expected} bytes, found {found}")]
pub struct LengthError {
    /// Bytes that the layout takes.
    pub expected: u64,
    /// Bytes that are there.
    pub found: u64,
}

/// Receives the parts of a payload: one sink counts them, another writes them.
trait Sink {
    /// `count` fields of `bits` bits, the i-th of which is `field(i)`; `unit` says what a field is.
    fn part(&mut self, name: &'static str, count: usize, bits: u32, unit: &str, field: impl Fn(usize) -> u32);
    /// Fills up to a whole byte.
    fn pad(&mut self);
}

#[derive(Default)]
struct Counting(Ledger);

impl Sink for Counting {
    fn part(&mut self, name: &'static str, count: usize, bits: u32, unit: &str, _field: impl Fn(usize) -> u32) {
        let total = count as u64 * u64::from(bits);
        if total > 0 {
            let arithmetic = format!("{} × {bits} bit{unit}", thousands(count as u64));
            self.0.parts.push(Part { name, arithmetic, bits: total });
        }
    }

    fn pad(&mut self) {
        let bits = self.0.bits().next_multiple_of(8) - self.0.bits();
        if bits > 0 {
            self.0.parts.push(Part { name: "padding", arithmetic: format!("{bits} bit to a whole byte"), bits });
        }
    }
}

impl Sink for BitWriter {
    fn part(&mut self, _name: &'static str, count: usize, bits: u32, _unit: &str, field: impl Fn(usize) -> u32) {
        (0..count).for_each(|index| self.put(field(index), bits));
    }

    fn pad(&mut self) {}
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap_or("")).collect();
    groups.join(",")
}

impl Layout {
    /// The layout of `count` codes of `bits` bits with a decoder's parameters.
    pub fn new(count: usize, bits: u32, decoder: &Decoder) -> Self {
        let parameters = match decoder {
            Decoder::Codebook { books } => Parameters::Codebook { lengths: books.iter().map(Vec::len).collect() },
            Decoder::Affine { scale, zero_point, code_min, code_max } => Parameters::Affine {
                groups: scale.len(),
                has_zero_point: !zero_point.is_empty(),
                code_min: *code_min,
                code_max: *code_max,
            },
            Decoder::Table { values, scale } => Parameters::Table { values: Arc::clone(values), scales: scale.len() },
        };
        Self { count, bits, parameters }
    }

    /// The layout of a quantized tensor.
    pub fn of(quantized: &Quantized) -> Self {
        Self::new(quantized.codes.len(), quantized.bits, &quantized.decoder)
    }

    /// The one walk: every bit of the payload in order.
    fn walk(
        &self,
        sink: &mut impl Sink,
        code: impl Fn(usize) -> u32,
        float: impl Fn(usize) -> f32,
        zero_point: impl Fn(usize) -> i32,
    ) {
        sink.part("codes", self.count, self.bits, "", code);
        let float = |index| float(index).to_bits();
        match &self.parameters {
            Parameters::Codebook { lengths } => sink.part("codebook", lengths.iter().sum(), 32, " float", float),
            Parameters::Affine { groups, has_zero_point, .. } => {
                sink.part("scales", *groups, 32, " float", float);
                let zero_points = if *has_zero_point { *groups } else { 0 };
                sink.part("zero points", zero_points, self.bits, " integer", |index| zero_point(index) as u32);
            }
            Parameters::Table { scales, .. } => sink.part("scales", *scales, 32, " float", float),
        }
        sink.pad();
    }

    /// What every bit is for.
    pub fn ledger(&self) -> Ledger {
        let mut counting = Counting::default();
        self.walk(&mut counting, |_| 0, |_| 0.0, |_| 0);
        counting.0
    }

    /// The bytes of a quantized tensor of this layout.
    pub fn write(&self, quantized: &Quantized) -> Vec<u8> {
        let floats = match &quantized.decoder {
            Decoder::Codebook { books } => books.concat(),
            Decoder::Affine { scale, .. } | Decoder::Table { scale, .. } => scale.clone(),
        };
        let zero_points: &[i32] = match &quantized.decoder {
            Decoder::Affine { zero_point, .. } => zero_point,
            _ => &[],
        };
        let mut writer = BitWriter::default();
        let code = |index| u32::from(quantized.stored_code(index));
        self.walk(&mut writer, code, |index| floats[index], |index| zero_points[index]);
        writer.finish()
    }

    /// Codes and parameters from bytes that [`Layout::write`] made.
    ///
    /// # Errors
    /// If the number of bytes is another than that of the layout.
    pub fn read(&self, bytes: &[u8]) -> Result<(Codes, Decoder), LengthError> {
        let (expected, found) = (self.ledger().bytes(), bytes.len() as u64);
        if expected != found {
            return Err(LengthError { expected, found });
        }
        let mut reader = BitReader::new(bytes);
        // From stored bits to the index of the level: q − q_min, modulo the width.
        let code_min = if let Parameters::Affine { code_min, .. } = self.parameters { code_min } else { 0 };
        let mask = ((1_u32 << self.bits) - 1) as i32;
        let mut code = || (reader.take(self.bits) as i32 - code_min) & mask;
        let codes = if self.bits <= 8 {
            Codes::Narrow((0..self.count).map(|_| code() as u8).collect())
        } else {
            Codes::Wide((0..self.count).map(|_| code() as u16).collect())
        };
        let mut floats = |count: usize| (0..count).map(|_| f32::from_bits(reader.take(32))).collect::<Vec<_>>();
        let decoder = match &self.parameters {
            Parameters::Codebook { lengths } => {
                Decoder::Codebook { books: lengths.iter().map(|&length| floats(length)).collect() }
            }
            Parameters::Affine { groups, has_zero_point, code_min, code_max } => {
                let scale = floats(*groups);
                let integer = |stored: u32| ((stored as i32 - code_min) & mask) + code_min;
                let count = if *has_zero_point { *groups } else { 0 };
                let zero_point = (0..count).map(|_| integer(reader.take(self.bits))).collect();
                Decoder::Affine { scale, zero_point, code_min: *code_min, code_max: *code_max }
            }
            Parameters::Table { values, scales } => {
                Decoder::Table { values: Arc::clone(values), scale: floats(*scales) }
            }
        };
        Ok((codes, decoder))
    }
}
