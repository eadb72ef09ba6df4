//! The packed payload of a quantized tensor: its bytes, and the ledger of what each is for, from one walk.
//!
//! In this order: the codes; with sparse storage, the steps from one stored weight to the next; the codebooks (float32) or the scales (float32, or the format that the
//! scheme names);
//! the zero points (N bits each, two's complement) or the minimums (as the scales); zeros up to a whole byte. All little-endian, lowest bit first.
//!
//! * Codes take N bits each, one a weight: the index of the centroid, the two's complement (or unsigned) q of a linear scheme, the bit
//!   pattern of a cast. Weights that nothing quantizes are float32.
//! * Sparse ([`super::sparse`]): only weights whose code does not mean 0 are stored, and fillers. The stored code is
//!   (code − code of 0) mod 2^N, so that a filler is 0; float32 weights are stored as they are, a filler is +0.
//! * Huffman ([`super::huffman`]): each of the streams of codes and of steps becomes a table of code lengths, zeros up to a whole byte,
//!   and its streams. The symbols are the index of the centroid, q − q_min, or the bit pattern; with sparse storage the stored code.
//!   Float32 weights are not Huffman-coded.
//!
//! Streams are not aligned but where it says so: nothing is stored that the ledger does not count.

use std::borrow::Cow;

use super::huffman::{self, Code};
use super::pack::BitWriter;
use super::pick::{Picked, Values, pick};
use super::{Ledger, Part};
use crate::engine::quantize::{Codes, Decoder, Quantized, ScaleFormat, Sparse, Storage};

/// The streams of a payload.
pub struct Layout<'a> {
    streams: Vec<Stream<'a>>,
    stored: Stored,
}

/// What the streams of codes and positions hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// Codes (or float32 weights) that are stored, fillers included.
    pub entries: u64,
    /// Of these, fillers.
    pub fillers: u64,
    /// Bits of all codes, without tables.
    pub code_bits: u64,
    /// Bits of all steps, without tables; 0 for dense storage.
    pub index_bits: u64,
}

/// One stream, and what its bits are for; padding to whole bytes apart.
struct Stream<'a> {
    parts: Vec<Part>,
    content: Content<'a>,
}

enum Content<'a> {
    /// Every weight's stored code, of so many bits.
    Dense(usize, u32),
    Symbols(Symbols<'a>, u32),
    Coded(Coded),
    Books(&'a [Vec<f32>]),
    Floats(Cow<'a, [f32]>),
    Scales(&'a [f32], ScaleFormat),
    Integers(&'a [i32], u32),
}

/// Codes or steps.
pub(super) enum Symbols<'a> {
    Narrow(Cow<'a, [u8]>),
    Wide(Cow<'a, [u16]>),
}

/// A stream that is Huffman-coded already.
struct Coded {
    code: Code,
    width: u32,
    encoded: huffman::Encoded,
    table_bits: u64,
    bits: u64,
}

impl<'a> Symbols<'a> {
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(symbols) => symbols.len(),
            Self::Wide(symbols) => symbols.len(),
        }
    }

    fn coded(&self, width: u32) -> Coded {
        let (code, encoded, bits) = match self {
            Self::Narrow(symbols) => coded(symbols, width),
            Self::Wide(symbols) => coded(symbols, width),
        };
        let mut table = BitWriter::default();
        code.write(width, &mut table);
        Coded { code, width, encoded, table_bits: table.position(), bits }
    }

    fn write(&self, width: u32, writer: &mut BitWriter) {
        match self {
            Self::Narrow(symbols) => symbols.iter().for_each(|&symbol| writer.put(u32::from(symbol), width)),
            Self::Wide(symbols) => symbols.iter().for_each(|&symbol| writer.put(u32::from(symbol), width)),
        }
    }
}

fn coded<S: huffman::Symbol>(symbols: &[S], width: u32) -> (Code, huffman::Encoded, u64) {
    let counts = huffman::counts(symbols, width);
    let code = Code::of_counts(&counts, width);
    let bits = code.bits(&counts);
    let encoded = huffman::encode(symbols, &code);
    (code, encoded, bits)
}

impl<'a> Layout<'a> {
    /// The payload of `count` codes of `bits` bits with these parameters, stored densely. It needs no codes, and so is what a preview can
    /// tell.
    pub fn new(count: usize, bits: u32, decoder: &'a Decoder) -> Self {
        let code_bits = count as u64 * u64::from(bits);
        let part = Part { name: "codes", arithmetic: product(count as u64, bits), bits: code_bits };
        let name = if *decoder == Decoder::Floats { "floats" } else { "codes" };
        let codes = Stream { parts: vec![Part { name, ..part }], content: Content::Dense(count, bits) };
        let stored = Stored { entries: count as u64, code_bits, ..Stored::default() };
        Self { streams: vec![codes], stored }.with_parameters(bits, decoder)
    }

    /// The payload of a quantized tensor as its scheme says.
    pub fn of(quantized: &'a Quantized) -> Self {
        Self::with_storage(quantized, quantized.scheme.storage)
    }

    /// The payload of a quantized tensor in another kind of storage.
    pub fn with_storage(quantized: &'a Quantized, storage: Storage) -> Self {
        let layout = match (storage.sparse, storage.huffman) {
            (Some(sparse), huffman) => Self::sparse(quantized, sparse, huffman),
            (None, true) => {
                let symbols = match &quantized.codes {
                    Codes::Narrow(codes) => Symbols::Narrow(Cow::Borrowed(codes)),
                    Codes::Wide(codes) => Symbols::Wide(Cow::Borrowed(codes)),
                    Codes::Floats(_) => return Self::new(quantized.codes.len(), 32, &quantized.decoder),
                };
                let coded = symbols.coded(quantized.bits);
                let entries = symbols.len() as u64;
                let stored = Stored { entries, code_bits: coded.bits, ..Stored::default() };
                let parts =
                    vec![coded.part("codes", entries, 0, 0), coded.table_part("code table"), coded.length_part()];
                Self { streams: vec![Stream { parts, content: Content::Coded(coded) }], stored }
            }
            (None, false) => return Self::new(quantized.codes.len(), quantized.bits, &quantized.decoder),
        };
        layout.with_parameters(quantized.bits, &quantized.decoder)
    }

    fn sparse(quantized: &'a Quantized, sparse: Sparse, huffman: bool) -> Self {
        let index = u32::from(sparse.index);
        let bits = quantized.bits;
        let Picked { codes, steps, fillers } = pick(quantized, sparse.index);
        let (entries, kept) = (steps.len() as u64, steps.len() as u64 - fillers);
        let mut stored = Stored { entries, fillers, ..Stored::default() };
        let mut streams = Vec::new();
        // Fillers are told apart from what they stand among: both their codes and their steps.
        let mut filler_bits = 0;
        match codes {
            Values::Symbols(symbols) if huffman => {
                let coded = symbols.coded(bits);
                stored.code_bits = coded.bits;
                let filler = fillers * coded.length(0);
                filler_bits += filler;
                let parts = vec![
                    coded.part("codes", kept, filler, fillers),
                    coded.table_part("code table"),
                    coded.length_part(),
                ];
                streams.push(Stream { parts, content: Content::Coded(coded) });
            }
            values => {
                let (name, content) = match values {
                    Values::Symbols(symbols) => ("codes", Content::Symbols(symbols, bits)),
                    Values::Floats(floats) => ("floats", Content::Floats(Cow::Owned(floats))),
                };
                stored.code_bits = entries * u64::from(bits);
                filler_bits += fillers * u64::from(bits);
                let part = Part { name, arithmetic: product(kept, bits), bits: kept * u64::from(bits) };
                streams.push(Stream { parts: vec![part], content });
            }
        }
        if huffman {
            let coded = steps.coded(index);
            stored.index_bits = coded.bits;
            let filler = fillers * coded.length((1 << index) - 1);
            filler_bits += filler;
            let parts = vec![
                coded.part("indices", kept, filler, fillers),
                coded.table_part("index table"),
                coded.length_part(),
            ];
            streams.push(Stream { parts, content: Content::Coded(coded) });
        } else {
            stored.index_bits = entries * u64::from(index);
            filler_bits += fillers * u64::from(index);
            let part = Part { name: "indices", arithmetic: product(kept, index), bits: kept * u64::from(index) };
            streams.push(Stream { parts: vec![part], content: Content::Symbols(steps, index) });
        }
        let arithmetic = if huffman {
            format!("{} with code and step", grouped(fillers))
        } else {
            format!("{} × ({bits} + {index}) bit", grouped(fillers))
        };
        if let Some(last) = streams.last_mut() {
            last.parts.push(Part { name: "fillers", arithmetic, bits: filler_bits });
        }
        Self { streams, stored }
    }

    fn with_parameters(mut self, bits: u32, decoder: &'a Decoder) -> Self {
        let mut push = |part, content| self.streams.push(Stream { parts: vec![part], content });
        let scales = |values: &'a [f32], format: ScaleFormat| {
            let (entries, width) = (values.len() as u64, format.bits());
            let part = Part { name: "scales", arithmetic: product(entries, width), bits: entries * u64::from(width) };
            (part, Content::Scales(values, format))
        };
        match decoder {
            Decoder::Codebook { books } => {
                let entries = books.iter().map(|book| book.len() as u64).sum();
                let mut arithmetic = product(entries, 32);
                if books.len() > 1 {
                    arithmetic = format!("{arithmetic} in {} codebooks", grouped(books.len() as u64));
                }
                push(Part { name: "codebook", arithmetic, bits: entries * 32 }, Content::Books(books));
            }
            Decoder::Affine { scale, zero_point, stored, .. } => {
                let (part, content) = scales(scale, *stored);
                push(part, content);
                let entries = zero_point.len() as u64;
                let part =
                    Part { name: "zero points", arithmetic: product(entries, bits), bits: entries * u64::from(bits) };
                push(part, Content::Integers(zero_point, bits));
            }
            Decoder::Offset { scale, minimum, stored, .. } => {
                let (part, content) = scales(scale, *stored);
                push(part, content);
                let (part, content) = scales(minimum, *stored);
                push(Part { name: "minimums", ..part }, content);
            }
            Decoder::Table { scale, .. } | Decoder::Signs { scale, .. } => {
                let (part, content) = scales(scale, ScaleFormat::F32);
                push(part, content);
            }
            Decoder::Floats => {}
        }
        self
    }

    /// What the streams of codes and positions hold.
    pub fn stored(&self) -> Stored {
        self.stored
    }

    /// What every bit is for: parts in file order, parts of the same name together where the first one is, padding last.
    pub fn ledger(&self) -> Ledger {
        let mut parts: Vec<Part> = Vec::new();
        let (mut position, mut padding) = (0_u64, 0);
        for stream in &self.streams {
            for part in stream.parts.iter().filter(|part| part.bits > 0) {
                match parts.iter_mut().find(|other| other.name == part.name) {
                    Some(other) => other.bits += part.bits,
                    None => parts.push(part.clone()),
                }
            }
            match &stream.content {
                Content::Coded(coded) if coded.is_empty() => {}
                Content::Coded(coded) => {
                    position += coded.table_bits;
                    let aligned = position.next_multiple_of(8);
                    padding += aligned - position + coded.encoded.padding_bits;
                    position = aligned + coded.encoded.bytes.len() as u64 * 8;
                }
                content => position += content.bits(),
            }
        }
        padding += position.next_multiple_of(8) - position;
        if padding > 0 {
            parts.push(Part { name: "padding", arithmetic: "to whole bytes".to_owned(), bits: padding });
        }
        Ledger { parts }
    }

    /// The bytes. `quantized` must be what the layout was made for.
    pub fn write(&self, quantized: &Quantized) -> Vec<u8> {
        let mut writer = BitWriter::default();
        let float = |writer: &mut BitWriter, value: &f32| writer.put(value.to_bits(), 32);
        for stream in &self.streams {
            match &stream.content {
                Content::Dense(count, width) => {
                    (0..*count).for_each(|index| writer.put(quantized.stored_code(index), *width));
                }
                Content::Symbols(symbols, width) => symbols.write(*width, &mut writer),
                Content::Coded(coded) if coded.is_empty() => {}
                Content::Coded(coded) => {
                    coded.code.write(coded.width, &mut writer);
                    writer.extend(&coded.encoded.bytes);
                }
                Content::Books(books) => books.iter().flatten().for_each(|value| float(&mut writer, value)),
                Content::Floats(values) => values.iter().for_each(|value| float(&mut writer, value)),
                Content::Scales(values, format) => {
                    values.iter().for_each(|&value| writer.put(format.code(value), format.bits()));
                }
                Content::Integers(values, width) => values.iter().for_each(|&value| writer.put(value as u32, *width)),
            }
        }
        writer.finish()
    }
}

impl Content<'_> {
    /// Bits where nothing is aligned.
    fn bits(&self) -> u64 {
        let (entries, width) = match self {
            Self::Dense(count, width) => (*count, *width),
            Self::Symbols(symbols, width) => (symbols.len(), *width),
            Self::Coded(_) => (0, 0),
            Self::Books(books) => (books.iter().map(Vec::len).sum(), 32),
            Self::Floats(values) => (values.len(), 32),
            Self::Scales(values, format) => (values.len(), format.bits()),
            Self::Integers(values, width) => (values.len(), *width),
        };
        entries as u64 * u64::from(width)
    }
}

impl Coded {
    /// Where there are no symbols nothing is stored, not even a table.
    fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// Bits of a symbol's code.
    fn length(&self, symbol: usize) -> u64 {
        self.code.lengths.get(symbol).map_or(0, |length| u64::from(*length))
    }

    /// The codes of `kept` symbols, without the bits of fillers.
    fn part(&self, name: &'static str, kept: u64, filler_bits: u64, fillers: u64) -> Part {
        let average = self.bits as f64 / (kept + fillers).max(1) as f64;
        Part {
            name,
            arithmetic: format!("{} × {average:.3} bit, Huffman", grouped(kept)),
            bits: self.bits - filler_bits,
        }
    }

    fn table_part(&self, name: &'static str) -> Part {
        let used = self.code.lengths.iter().filter(|length| **length > 0).count();
        let bits = if self.is_empty() { 0 } else { self.table_bits };
        Part { name, arithmetic: format!("lengths of {} codes", grouped(used as u64)), bits }
    }

    fn length_part(&self) -> Part {
        let bits = self.encoded.length_bits;
        Part {
            name: "stream lengths",
            arithmetic: product(bits / u64::from(huffman::LENGTH_BITS), huffman::LENGTH_BITS),
            bits,
        }
    }
}

/// `65,536 × 4 bit`.
fn product(entries: u64, width: u32) -> String {
    format!("{} × {width} bit", grouped(entries))
}

/// 65,536 for 65536.
pub(super) fn grouped(number: u64) -> String {
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
