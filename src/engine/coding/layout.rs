//! The packed payload of a quantized tensor: its bytes, and the ledger of what each is for, from one walk.
//!
//! Codes first (N bits each, dense), then the codebooks or the scales (float32, little-endian, or the format that the scheme names), then the zero points (N bits each, two's
//! complement), then zeros up to a whole byte. Streams are not aligned: nothing is stored that the ledger does not count.

use super::{Ledger, Part};
use crate::engine::quantize::{Decoder, Quantized, ScaleFormat};

/// The streams of a payload.
pub struct Layout<'a> {
    count: usize,
    bits: u32,
    decoder: &'a Decoder,
}

/// One stream: what it is, how many entries of what width.
struct Stream<'a> {
    name: &'static str,
    entries: u64,
    width: u32,
    /// What the arithmetic calls an entry, e.g. `4 groups ×`; empty for one group.
    groups: usize,
    content: Content<'a>,
}

enum Content<'a> {
    Codes,
    Books(&'a [Vec<f32>]),
    Floats(&'a [f32]),
    Scales(&'a [f32], ScaleFormat),
    Integers(&'a [i32]),
}

/// Bits in order, least significant first.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    buffer: u64,
    filled: u32,
}

impl BitWriter {
    fn put(&mut self, value: u32, width: u32) {
        self.buffer |= (u64::from(value) & ((1 << width) - 1)) << self.filled;
        self.filled += width;
        while self.filled >= 8 {
            self.bytes.push(self.buffer as u8);
            self.buffer >>= 8;
            self.filled -= 8;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        if self.filled > 0 {
            self.bytes.push(self.buffer as u8);
        }
        self.bytes
    }
}

impl<'a> Layout<'a> {
    /// The payload of `count` codes of `bits` bits with these parameters.
    pub fn new(count: usize, bits: u32, decoder: &'a Decoder) -> Self {
        Self { count, bits, decoder }
    }

    fn streams(&self) -> Vec<Stream<'a>> {
        let codes =
            Stream { name: "codes", entries: self.count as u64, width: self.bits, groups: 1, content: Content::Codes };
        let floats = |name, values: &'a [f32]| Stream {
            name,
            entries: values.len() as u64,
            width: 32,
            groups: 1,
            content: Content::Floats(values),
        };
        let mut streams = vec![codes];
        match self.decoder {
            Decoder::Codebook { books } => {
                let entries = books.iter().map(|book| book.len() as u64).sum();
                streams.push(Stream {
                    name: "codebook",
                    entries,
                    width: 32,
                    groups: books.len(),
                    content: Content::Books(books),
                });
            }
            Decoder::Affine { scale, zero_point, stored, .. } => {
                let content = Content::Scales(scale, *stored);
                streams.push(Stream { width: stored.bits(), content, ..floats("scales", scale) });
                streams.push(Stream {
                    name: "zero points",
                    entries: zero_point.len() as u64,
                    width: self.bits,
                    groups: 1,
                    content: Content::Integers(zero_point),
                });
            }
            Decoder::Table { scale, .. } => streams.push(floats("scales", scale)),
            Decoder::Floats => {}
        }
        streams.retain(|stream| stream.entries > 0);
        streams
    }

    /// What every bit is for.
    pub fn ledger(&self) -> Ledger {
        let mut parts: Vec<Part> = self.streams().iter().map(Stream::part).collect();
        let bits: u64 = parts.iter().map(|part| part.bits).sum();
        let padding = bits.next_multiple_of(8) - bits;
        if padding > 0 {
            parts.push(Part { name: "padding", arithmetic: "to a whole byte".to_owned(), bits: padding });
        }
        Ledger { parts }
    }

    /// The bytes. `quantized` must be what the layout was made for.
    pub fn write(&self, quantized: &Quantized) -> Vec<u8> {
        let mut writer = BitWriter::default();
        for stream in self.streams() {
            match stream.content {
                Content::Codes => {
                    (0..self.count).for_each(|index| writer.put(quantized.stored_code(index), stream.width))
                }
                Content::Books(books) => books.iter().flatten().for_each(|value| writer.put(value.to_bits(), 32)),
                Content::Floats(values) => values.iter().for_each(|value| writer.put(value.to_bits(), 32)),
                Content::Scales(values, format) => {
                    values.iter().for_each(|&value| writer.put(format.code(value), stream.width))
                }
                Content::Integers(values) => values.iter().for_each(|&value| writer.put(value as u32, stream.width)),
            }
        }
        writer.finish()
    }
}

impl Stream<'_> {
    fn part(&self) -> Part {
        let entries = grouped(self.entries);
        let arithmetic = match (self.groups, self.name) {
            (0 | 1, _) => format!("{entries} × {} bit", self.width),
            (groups, _) => format!("{entries} × {} bit in {} codebooks", self.width, grouped(groups as u64)),
        };
        Part { name: self.name, arithmetic, bits: self.entries * u64::from(self.width) }
    }
}

/// 65,536 for 65536.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
