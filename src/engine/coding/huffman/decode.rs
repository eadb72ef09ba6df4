//! Streams of codes → symbols: a table looked up by the next [`PEEK`] bits gives as many symbols as end within them, four streams
//! side by side.

use rayon::prelude::*;

use super::{BLOCK, Code, INTERLEAVED, LENGTH_BITS, STREAMS, Symbol, stream_ends};

/// Bits that a lookup sees: the table of 8-byte entries should stay in the first-level cache.
const PEEK: u32 = 11;

/// Symbols that a lookup can give.
const MOST: usize = 4;

/// Why bytes are no streams of this code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at byte {byte}")]
pub struct DecodeError {
    /// What is wrong.
    pub problem: &'static str,
    /// Where, from the first byte of the streams.
    pub byte: usize,
}

/// Decodes `count` symbols; returns them and how many bytes they took.
///
/// Memory for the symbols is taken only after the bytes have been found to be long enough for a bit each.
///
/// # Errors
/// Bytes that end early, a code that does not exist, a stream that does not end where its length says.
pub fn decode<S: Symbol>(bytes: &[u8], count: usize, code: &Code) -> Result<(Vec<S>, usize), DecodeError> {
    if count.div_ceil(8) > bytes.len() {
        return Err(DecodeError { problem: "fewer bits than symbols", byte: bytes.len() });
    }
    let decoder = Decoder::new(code);
    let mut symbols = vec![S::default(); count];
    let mut work = Vec::new();
    let mut at = 0;
    for block in symbols.chunks_mut(BLOCK) {
        let start = at;
        let lengths = if block.len() < INTERLEAVED {
            // The last block of all: its end is found by decoding it.
            at = bytes.len();
            vec![bytes.len() - start]
        } else {
            let header = start..start + STREAMS * LENGTH_BITS as usize / 8;
            let short = DecodeError { problem: "the lengths of a block break off", byte: start };
            let header = bytes.get(header).ok_or(short)?;
            let lengths: Vec<usize> =
                header.as_chunks::<4>().0.iter().map(|length| u32::from_le_bytes(*length) as usize).collect();
            at = lengths
                .iter()
                .try_fold(start + header.len(), |sum, length| sum.checked_add(*length))
                .unwrap_or(usize::MAX);
            if at > bytes.len() {
                return Err(DecodeError { problem: "a block is longer than the rest", byte: start });
            }
            lengths
        };
        work.push((block, start, lengths));
    }
    let decode = |(block, start, lengths): (&mut [S], usize, Vec<usize>)| {
        if lengths.len() == 1 {
            decoder.single(block, bytes, start)
        } else {
            decoder.block(block, bytes, start, &lengths)
        }
    };
    let ends = work.into_par_iter().map(decode).collect::<Result<Vec<usize>, DecodeError>>()?;
    Ok((symbols, ends.last().copied().unwrap_or(0)))
}

/// What the next bits mean: up to four symbols in the lower bits, then how many there are, then the bits that they take. A number of 0
/// means that the next code is longer than [`PEEK`], or none.
type Entry = u64;

struct Decoder {
    table: Box<[Entry; 1 << PEEK]>,
    /// For codes that are longer than a lookup.
    number: [u32; 33],
    first: [u32; 33],
    symbols: Vec<u16>,
    lengths: Vec<u8>,
    longest: u32,
    /// Bits of a symbol in an entry.
    narrow: bool,
}

/// One stream on its way.
struct Source<'a> {
    bytes: &'a [u8],
    at: usize,
    buffer: u64,
    filled: u32,
    /// Next symbol's place in the block.
    out: usize,
    end: usize,
}

impl Decoder {
    fn new(code: &Code) -> Self {
        let narrow = code.lengths.len() <= 256;
        let mut single = vec![(0_u16, 0_u32); 1 << PEEK];
        for (symbol, word) in code.words().iter().enumerate() {
            let length = u32::from(word.length);
            if length == 0 || length > PEEK {
                continue;
            }
            (word.reversed() as usize..1 << PEEK)
                .step_by(1 << length)
                .for_each(|place| single[place] = (symbol as u16, length));
        }
        let entry = |place: usize| {
            let (mut bits, mut number, mut symbols) = (0, 0, 0_u64);
            while number < if narrow { MOST } else { 1 } {
                let (symbol, length) = single[(place >> bits) & ((1 << PEEK) - 1)];
                if length == 0 || bits + length > PEEK {
                    break;
                }
                symbols |= u64::from(symbol) << (8 * number);
                bits += length;
                number += 1;
            }
            symbols | (number as u64) << 32 | u64::from(bits) << 40
        };
        let table: Vec<Entry> = (0..1 << PEEK).map(entry).collect();
        Self {
            table: table.into_boxed_slice().try_into().expect("as many entries as places"),
            number: code.per_length(),
            first: code.first_codes(),
            symbols: code.sorted_symbols(),
            lengths: code.lengths.clone(),
            longest: u32::from(code.longest()),
            narrow,
        }
    }

    /// One stream whose end only decoding finds.
    fn single<S: Symbol>(&self, block: &mut [S], bytes: &[u8], start: usize) -> Result<usize, DecodeError> {
        let mut source = Source { bytes, at: start, buffer: 0, filled: 0, out: 0, end: block.len() };
        self.finish(&mut source, block)?;
        source.close()
    }

    fn block<S: Symbol>(
        &self,
        block: &mut [S],
        bytes: &[u8],
        start: usize,
        lengths: &[usize],
    ) -> Result<usize, DecodeError> {
        let mut at = start + lengths.len() * LENGTH_BITS as usize / 8;
        let mut out = 0;
        let mut open = |stream: usize, end: usize| {
            let source = Source { bytes: &bytes[..at + lengths[stream]], at, buffer: 0, filled: 0, out, end };
            (at, out) = (at + lengths[stream], end);
            source
        };
        let ends = stream_ends(block.len());
        let mut sources: [Source<'_>; STREAMS] = std::array::from_fn(|stream| open(stream, ends[stream]));
        match (self.narrow, self.longest <= PEEK) {
            (true, true) => self.side_by_side::<S, 5, true, false>(&mut sources, block),
            (true, false) => self.side_by_side::<S, 3, true, true>(&mut sources, block),
            (false, _) => self.side_by_side::<S, 2, false, true>(&mut sources, block),
        }?;
        for source in &mut sources {
            self.finish(source, block)?;
            let end = source.bytes.len();
            if source.close()? != end {
                return Err(DecodeError { problem: "a stream is longer than its symbols", byte: end });
            }
        }
        Ok(at)
    }

    /// `LOOKUPS` lookups in each stream by turns, as long as all have bytes and room for them.
    #[inline(always)]
    fn side_by_side<S: Symbol, const LOOKUPS: usize, const NARROW: bool, const LONG: bool>(
        &self,
        sources: &mut [Source<'_>; STREAMS],
        block: &mut [S],
    ) -> Result<(), DecodeError> {
        let most = if NARROW { MOST } else { 1 };
        while sources
            .iter()
            .all(|source| source.at + 8 <= source.bytes.len() && source.out + LOOKUPS * most <= source.end)
        {
            for source in sources.iter_mut() {
                source.refill();
            }
            for _ in 0..LOOKUPS {
                for source in sources.iter_mut() {
                    let entry = self.table[(source.buffer & ((1 << PEEK) - 1)) as usize];
                    let number = (entry >> 32) as usize & 7;
                    if LONG && number == 0 {
                        block[source.out] = S::of(self.long(source)?);
                        source.out += 1;
                        continue;
                    }
                    if NARROW {
                        let room = &mut block[source.out..source.out + MOST];
                        room.iter_mut()
                            .enumerate()
                            .for_each(|(place, symbol)| *symbol = S::of((entry >> (8 * place)) as u16 & 0xFF));
                    } else {
                        block[source.out] = S::of(entry as u16);
                    }
                    source.out += number;
                    source.take((entry >> 40) as u32);
                }
            }
        }
        Ok(())
    }

    /// The rest of a stream, symbol by symbol.
    fn finish<S: Symbol>(&self, source: &mut Source<'_>, block: &mut [S]) -> Result<(), DecodeError> {
        while source.out < source.end {
            source.refill_slowly();
            let entry = self.table[(source.buffer & ((1 << PEEK) - 1)) as usize];
            let symbol = if entry >> 32 & 7 == 0 {
                self.long(source)?
            } else {
                let symbol = if self.narrow { entry as u16 & 0xFF } else { entry as u16 };
                let length = u32::from(self.lengths[usize::from(symbol)]);
                if length > source.filled {
                    return Err(source.error("the codes end early"));
                }
                source.take(length);
                symbol
            };
            block[source.out] = S::of(symbol);
            source.out += 1;
        }
        Ok(())
    }

    /// A code that no lookup finds, bit by bit.
    #[cold]
    fn long(&self, source: &mut Source<'_>) -> Result<u16, DecodeError> {
        let (mut code, mut before) = (0_u32, 0);
        for length in 1..=self.longest {
            if length > source.filled {
                return Err(source.error("the codes end early"));
            }
            code = code << 1 | (source.buffer >> (length - 1) & 1) as u32;
            let index = code.wrapping_sub(self.first[length as usize]);
            if index < self.number[length as usize] {
                source.take(length);
                return Ok(self.symbols[(before + index) as usize]);
            }
            before += self.number[length as usize];
        }
        Err(source.error("a code that does not exist"))
    }
}

impl Source<'_> {
    /// At least 56 bits in the buffer; needs 8 bytes from `at` on.
    #[inline(always)]
    fn refill(&mut self) {
        let next = u64::from_le_bytes(self.bytes[self.at..self.at + 8].try_into().expect("eight bytes"));
        self.buffer |= next << self.filled;
        self.at += ((63 - self.filled) / 8) as usize;
        self.filled |= 56;
    }

    /// As many bits as there are, up to 56.
    fn refill_slowly(&mut self) {
        // What a fast refill read beyond the counted bits must not be added twice.
        self.buffer &= (1_u64 << self.filled) - 1;
        while self.filled < 56 && self.at < self.bytes.len() {
            self.buffer |= u64::from(self.bytes[self.at]) << self.filled;
            self.at += 1;
            self.filled += 8;
        }
    }

    #[inline(always)]
    fn take(&mut self, bits: u32) {
        self.buffer >>= bits;
        self.filled -= bits;
    }

    fn error(&self, problem: &'static str) -> DecodeError {
        DecodeError { problem, byte: self.at - (self.filled / 8) as usize }
    }

    /// Where the stream ends: what is left of its last byte must be zeros.
    fn close(&self) -> Result<usize, DecodeError> {
        if self.buffer & ((1 << (self.filled % 8)) - 1) != 0 {
            return Err(self.error("the last byte of a stream is not filled up with zeros"));
        }
        Ok(self.at - (self.filled / 8) as usize)
    }
}
