//! From a packed payload back to codes and parameters: the other direction of [`super::Layout`].

use super::Layout;
use super::huffman::{self, Code};
use super::pack::BitReader;
use crate::engine::number;
use crate::engine::quantize::{
    CastScale, Codes, Decoder, Partition, Quantized, Quantizer, ScaleFormat, Scales, Scheme, SignScale, cast,
};

/// What has to be known beside the bytes of a payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// What made it, and how it is stored.
    pub scheme: Scheme,
    /// Sizes of the axes.
    pub shape: Vec<usize>,
    /// Number of centroids of each group's codebook; empty for other quantizers.
    pub books: Vec<u32>,
    /// Stored weights and fillers of a sparse payload; `None` for a dense one.
    pub entries: Option<u64>,
}

/// Why a payload cannot be read: what is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {byte} of the payload")]
pub struct ReadError {
    /// What is wrong.
    pub problem: String,
    /// From the first byte of the payload.
    pub byte: u64,
}

impl Header {
    /// The header of a quantized tensor and its layout.
    pub fn of(quantized: &Quantized, layout: &Layout<'_>) -> Self {
        let books = match &quantized.decoder {
            Decoder::Codebook { books } => books.iter().map(|book| book.len() as u32).collect(),
            Decoder::Affine { .. }
            | Decoder::Offset { .. }
            | Decoder::Table { .. }
            | Decoder::Signs { .. }
            | Decoder::Floats => Vec::new(),
        };
        let entries = quantized.scheme.storage.sparse.map(|_| layout.stored().entries);
        Self { scheme: quantized.scheme.clone(), shape: quantized.shape.clone(), books, entries }
    }

    /// Reads a payload. Memory is taken only for what the payload is long enough to hold, and for one code (or float32) a weight.
    ///
    /// # Errors
    /// A payload that is too short or too long, a code that does not exist, a header that contradicts itself.
    pub fn read(&self, bytes: &[u8]) -> Result<Quantized, ReadError> {
        let mut payload = Payload { reader: BitReader::new(bytes), start: 0 };
        let fault = |problem: String| ReadError { problem, byte: 0 };
        let partition = Partition::new(self.scheme.per(), &self.shape).map_err(fault)?;
        let bits = match &self.scheme.quantizer {
            None => 32,
            Some(quantizer) => quantizer.bits().ok_or_else(|| fault(format!("{} names no format", self.scheme)))?,
        };
        if self.entries.is_some() != self.scheme.storage.sparse.is_some() {
            return Err(fault(format!(
                "{} entries for {}",
                self.entries.map_or("no".to_owned(), |n| n.to_string()),
                self.scheme
            )));
        }
        let stored = payload.stored(self, partition_count(&self.shape), bits)?;
        let decoder = payload.decoder(self, &partition, bits)?;
        payload.end()?;
        let codes = stored.expand(self, &partition, &decoder, bits).map_err(fault)?;
        Ok(Quantized {
            scheme: self.scheme.clone(),
            shape: self.shape.clone(),
            bits,
            partition,
            codes,
            decoder,
            method: "read from a file".to_owned(),
        })
    }
}

fn partition_count(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// The codes as they are stored.
struct Stored {
    codes: StoredCodes,
    /// Steps − 1 of a sparse payload.
    steps: Option<Vec<u16>>,
    /// Whether codes are symbols (index, q − q_min) and not q itself.
    symbols: bool,
}

enum StoredCodes {
    Codes(Vec<u16>),
    Floats(Vec<f32>),
}

struct Payload<'a> {
    reader: BitReader<'a>,
    /// Where the part that is read begins, in bits.
    start: u64,
}

impl Payload<'_> {
    fn fault(&self, problem: impl Into<String>) -> ReadError {
        ReadError { problem: problem.into(), byte: self.start / 8 }
    }

    /// Checks that so many fields of so many bits are there.
    fn expect(&mut self, what: &str, entries: u64, width: u32) -> Result<(), ReadError> {
        self.start = self.reader.position();
        match entries.checked_mul(u64::from(width)) {
            Some(bits) if bits <= self.reader.left() => Ok(()),
            _ => {
                let left = self.reader.left();
                Err(self.fault(format!("{entries} {what} of {width} bit where {left} bits are left")))
            }
        }
    }

    fn symbols(&mut self, what: &str, count: usize, width: u32, huffman: bool) -> Result<Vec<u16>, ReadError> {
        if !huffman {
            self.expect(what, count as u64, width)?;
            return Ok((0..count).map_while(|_| self.reader.get(width)).map(|code| code as u16).collect());
        }
        // A Huffman code has at least one bit.
        self.expect(what, count as u64, 1)?;
        if count == 0 {
            return Ok(Vec::new());
        }
        let code = Code::read(width, &mut self.reader).map_err(|error| self.fault(error.to_string()))?;
        self.start = self.reader.position();
        self.reader.align().ok_or_else(|| self.fault("bits that should fill up a byte are not 0"))?;
        let start = self.reader.position() / 8;
        let at = |error: huffman::DecodeError| ReadError {
            problem: format!("{what}: {}", error.problem),
            byte: start + error.byte as u64,
        };
        let (symbols, used) = if width <= 8 {
            let (symbols, used) = huffman::decode::<u8>(self.reader.rest(), count, &code).map_err(at)?;
            (symbols.into_iter().map(u16::from).collect(), used)
        } else {
            huffman::decode::<u16>(self.reader.rest(), count, &code).map_err(at)?
        };
        self.reader.skip(used);
        Ok(symbols)
    }

    fn floats(&mut self, what: &str, count: usize) -> Result<Vec<f32>, ReadError> {
        self.expect(what, count as u64, 32)?;
        Ok((0..count).map_while(|_| self.reader.get(32)).map(f32::from_bits).collect())
    }

    fn scales(&mut self, what: &str, count: usize, stored: ScaleFormat) -> Result<Vec<f32>, ReadError> {
        self.expect(what, count as u64, stored.bits())?;
        Ok((0..count).map_while(|_| self.reader.get(stored.bits())).map(|code| stored.value(code)).collect())
    }

    fn stored(&mut self, header: &Header, weights: usize, bits: u32) -> Result<Stored, ReadError> {
        let storage = header.scheme.storage;
        let too_many = |entries: u64| ReadError { problem: format!("{entries} entries"), byte: 0 };
        let count = match header.entries {
            Some(entries) => usize::try_from(entries).map_err(|_| too_many(entries))?,
            None => weights,
        };
        let is_float = header.scheme.quantizer.is_none();
        let codes = if is_float {
            StoredCodes::Floats(self.floats("weights", count)?)
        } else {
            StoredCodes::Codes(self.symbols("codes", count, bits, storage.huffman)?)
        };
        let steps = match storage.sparse {
            Some(sparse) => Some(self.symbols("steps", count, sparse.index.into(), storage.huffman)?),
            None => None,
        };
        Ok(Stored { codes, steps, symbols: storage.huffman || storage.sparse.is_some() })
    }

    fn decoder(&mut self, header: &Header, partition: &Partition, bits: u32) -> Result<Decoder, ReadError> {
        let groups = partition.groups();
        match &header.scheme.quantizer {
            None => Ok(Decoder::Floats),
            Some(Quantizer::KMeans(kmeans)) => {
                if header.books.len() != groups {
                    return Err(self.fault(format!("{} codebooks for {groups} groups", header.books.len())));
                }
                if let Some(book) = header.books.iter().find(|book| **book > kmeans.k) {
                    return Err(self.fault(format!("a codebook of {book} where k is {}", kmeans.k)));
                }
                let books = header.books.iter().map(|&book| self.floats("centroids", book as usize));
                Ok(Decoder::Codebook { books: books.collect::<Result<_, _>>()? })
            }
            Some(Quantizer::Linear(linear)) => {
                let stored = linear.scale;
                let scale = self.scales("scales", groups, stored)?;
                let (code_min, code_max) = linear.codes();
                let mut zero_point = Vec::new();
                if !linear.range.is_symmetric() {
                    self.expect("zero points", groups as u64, bits)?;
                    let signed = |stored: u32| {
                        let wrap = if code_min < 0 && stored >= 1 << (bits - 1) { 1_i64 << bits } else { 0 };
                        (i64::from(stored) - wrap) as i32
                    };
                    zero_point.extend((0..groups).map_while(|_| self.reader.get(bits)).map(signed));
                }
                Ok(Decoder::Affine { scale, zero_point, code_min, code_max, stored })
            }
            Some(Quantizer::Ggml(kind)) => {
                let (stored, (code_min, code_max)) = (ScaleFormat::F16, kind.codes());
                let scale = self.scales("scales", groups, stored)?;
                if !kind.has_minimum() {
                    return Ok(Decoder::Affine { scale, zero_point: Vec::new(), code_min, code_max, stored });
                }
                let minimum = self.scales("minimums", groups, stored)?;
                Ok(Decoder::Offset { scale, minimum, code_max, stored })
            }
            Some(Quantizer::Cast(settings)) => {
                let entry = cast::entry(settings).map_err(|error| self.fault(error.to_string()))?;
                let scaled = settings.scale != CastScale::None;
                let scale = self.floats("scales", if scaled { groups } else { 0 })?;
                Ok(Decoder::Table { values: number::decode_table(entry.format), scale })
            }
            Some(Quantizer::Binary(binary)) => self.signs(groups, u8::from(binary.scale == SignScale::Mean), false),
            Some(Quantizer::Ternary(ternary)) => {
                self.signs(groups, if ternary.scales == Scales::Two { 2 } else { 1 }, true)
            }
        }
    }

    fn signs(&mut self, groups: usize, scales: u8, zero: bool) -> Result<Decoder, ReadError> {
        let scale = self.floats("scales", groups * usize::from(scales))?;
        Ok(Decoder::Signs { scale, scales, zero, threshold: Vec::new() })
    }

    /// Nothing but zeros up to a whole byte may be left.
    fn end(&mut self) -> Result<(), ReadError> {
        self.start = self.reader.position();
        self.reader.align().ok_or_else(|| self.fault("bits that should fill up a byte are not 0"))?;
        match self.reader.left() {
            0 => Ok(()),
            left => Err(self.fault(format!("{} bytes more than the header tells of", left / 8))),
        }
    }
}

impl Stored {
    /// One code a weight.
    fn expand(self, header: &Header, partition: &Partition, decoder: &Decoder, bits: u32) -> Result<Codes, String> {
        let weights = partition_count(&header.shape);
        match self.codes {
            StoredCodes::Floats(floats) => Ok(Codes::Floats(match &self.steps {
                Some(steps) => scattered(weights, 0.0, places(steps, weights)?.zip(floats))?,
                None => floats,
            })),
            StoredCodes::Codes(stored) => {
                let codes = match &self.steps {
                    Some(steps) => {
                        // The stored code of what is not stored is 0, as a filler's is.
                        scattered(weights, 0, places(steps, weights)?.zip(stored))?
                    }
                    None => stored,
                };
                let restored = restore(codes, partition, decoder, bits, self.symbols, self.steps.is_some())?;
                Ok(if bits <= 8 {
                    Codes::Narrow(restored.into_iter().map(|code| code as u8).collect())
                } else {
                    Codes::Wide(restored)
                })
            }
        }
    }
}

/// The positions that steps lead to.
fn places(steps: &[u16], weights: usize) -> Result<impl Iterator<Item = usize> + '_, String> {
    let end: u64 = steps.iter().map(|&step| u64::from(step) + 1).sum();
    if end > weights as u64 {
        return Err(format!("steps lead to weight {} of {weights}", end - 1));
    }
    let mut next = 0;
    Ok(steps.iter().map(move |&step| {
        let place = next + usize::from(step);
        next = place + 1;
        place
    }))
}

/// `count` values of which all but the given ones are `rest`.
fn scattered<V: Copy>(count: usize, rest: V, given: impl Iterator<Item = (usize, V)>) -> Result<Vec<V>, String> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| format!("{count} weights do not fit into memory"))?;
    values.resize(count, rest);
    given.for_each(|(place, value)| values[place] = value);
    Ok(values)
}

/// Stored codes → codes, in place.
fn restore(
    mut codes: Vec<u16>,
    partition: &Partition,
    decoder: &Decoder,
    bits: u32,
    symbols: bool,
    sparse: bool,
) -> Result<Vec<u16>, String> {
    let mask = ((1_u32 << bits) - 1) as u16;
    for (group, run) in partition.runs() {
        let (levels, first) = match decoder {
            Decoder::Codebook { books } => (books[group].len(), 0),
            Decoder::Affine { code_min, code_max, .. } => ((code_max - code_min + 1) as usize, *code_min),
            Decoder::Offset { code_max, .. } => ((code_max + 1) as usize, 0),
            Decoder::Table { values, .. } => (values.len(), 0),
            Decoder::Signs { zero, .. } => (2 + usize::from(*zero), 0),
            Decoder::Floats => (0, 0),
        };
        let shift = if sparse {
            decoder.zero_code(group).unwrap_or(0)
        } else if symbols {
            0
        } else {
            (-first) as u16
        };
        for place in run {
            let code = codes[place].wrapping_add(shift) & mask;
            if usize::from(code) >= levels {
                return Err(format!("weight {place} has code {code} of {levels}"));
            }
            codes[place] = code;
        }
    }
    Ok(codes)
}
