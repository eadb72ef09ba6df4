//! Symbols → streams of codes.

use rayon::prelude::*;

use super::{BLOCK, Code, INTERLEAVED, LENGTH_BITS, stream_ends};

/// A symbol of up to 8 or up to 16 bits.
pub trait Symbol: Copy + Default + Send + Sync + 'static {
    /// As an index.
    fn index(self) -> usize;
    /// From an index below 65,536.
    fn of(index: u16) -> Self;
}

impl Symbol for u8 {
    #[inline]
    fn index(self) -> usize {
        usize::from(self)
    }

    #[inline]
    fn of(index: u16) -> Self {
        index as Self
    }
}

impl Symbol for u16 {
    #[inline]
    fn index(self) -> usize {
        usize::from(self)
    }

    #[inline]
    fn of(index: u16) -> Self {
        index
    }
}

/// The streams of all blocks, one after the other, and what their bits are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded {
    /// For each block of [`BLOCK`] symbols: the byte lengths of its four streams as `u32`, then the streams, each filled up to a whole
    /// byte. A last block of fewer than [`INTERLEAVED`] symbols is one stream without a length.
    pub bytes: Vec<u8>,
    /// Bits of lengths.
    pub length_bits: u64,
    /// Bits that fill up the last bytes of streams.
    pub padding_bits: u64,
}

/// Encodes symbols, all of which must have a code.
///
/// # Panics
/// If a symbol is beyond the code's table.
pub fn encode<S: Symbol>(symbols: &[S], code: &Code) -> Encoded {
    let coder = Coder::new(code);
    let blocks: Vec<Encoded> = symbols.par_chunks(BLOCK).map(|block| coder.block(block)).collect();
    let mut all =
        Encoded { bytes: Vec::with_capacity(blocks.iter().map(|block| block.bytes.len()).sum()), ..Encoded::default() };
    for block in blocks {
        all.bytes.extend_from_slice(&block.bytes);
        all.length_bits += block.length_bits;
        all.padding_bits += block.padding_bits;
    }
    all
}

/// A code word with its first bit least significant.
#[derive(Clone, Copy, Default)]
struct Entry {
    bits: u64,
    length: u32,
}

struct Coder {
    singles: Vec<Entry>,
    /// Two symbols of up to 4 bits at once, the first one in the lower half of the index; empty where that does not fit.
    pairs: Vec<Entry>,
    longest: u32,
}

impl Coder {
    fn new(code: &Code) -> Self {
        let entry = |word: super::CodeWord| Entry { bits: u64::from(word.reversed()), length: u32::from(word.length) };
        let singles: Vec<Entry> = code.words().into_iter().map(entry).collect();
        let longest = u32::from(code.longest());
        let mut pairs = Vec::new();
        if singles.len() <= 16 && longest <= 14 {
            let at = |index: usize| singles.get(index).copied().unwrap_or_default();
            let pair = |index: usize| {
                let (first, second) = (at(index % 16), at(index / 16));
                Entry { bits: first.bits | second.bits << first.length, length: first.length + second.length }
            };
            pairs = (0..256).map(pair).collect();
        }
        Self { singles, pairs, longest }
    }

    fn block<S: Symbol>(&self, symbols: &[S]) -> Encoded {
        let ends = stream_ends(symbols.len());
        let lengths = if symbols.len() < INTERLEAVED { 0 } else { ends.len() * LENGTH_BITS as usize / 8 };
        let mut encoded = Encoded { length_bits: lengths as u64 * 8, ..Encoded::default() };
        // Room for the longest codes everywhere, and for the 8 bytes that each store writes.
        let room = lengths + (symbols.len() * self.longest as usize).div_ceil(8) + 9 * ends.len();
        encoded.bytes.resize(room, 0);
        let (mut from, mut at) = (0, lengths);
        for (stream, &to) in ends.iter().enumerate() {
            let (end, padding) = self.stream(&symbols[from..to], &mut encoded.bytes, at);
            if lengths > 0 {
                encoded.bytes[4 * stream..4 * stream + 4].copy_from_slice(&((end - at) as u32).to_le_bytes());
            }
            encoded.padding_bits += padding;
            (from, at) = (to, end);
        }
        encoded.bytes.truncate(at);
        encoded
    }

    /// Writes one stream from byte `at` on; returns where it ends and the bits that fill up its last byte.
    fn stream<S: Symbol>(&self, symbols: &[S], out: &mut [u8], at: usize) -> (usize, u64) {
        let mut sink = Sink { out, at, buffer: 0, filled: 0 };
        let mut rest = symbols;
        if let Ok(pairs) = <&[Entry; 256]>::try_from(self.pairs.as_slice()) {
            let (quads, last) = symbols.as_chunks::<4>();
            for quad in quads {
                sink.put(pairs[(quad[0].index() | quad[1].index() << 4) & 0xFF]);
                sink.put(pairs[(quad[2].index() | quad[3].index() << 4) & 0xFF]);
                sink.flush();
            }
            rest = last;
        } else if self.longest <= 15 {
            let (triples, last) = symbols.as_chunks::<3>();
            for triple in triples {
                triple.iter().for_each(|symbol| sink.put(self.singles[symbol.index()]));
                sink.flush();
            }
            rest = last;
        }
        for symbol in rest {
            sink.put(self.singles[symbol.index()]);
            sink.flush();
        }
        sink.finish()
    }
}

/// Bits on their way to memory.
struct Sink<'a> {
    out: &'a mut [u8],
    at: usize,
    buffer: u64,
    filled: u32,
}

impl Sink<'_> {
    #[inline]
    fn put(&mut self, entry: Entry) {
        self.buffer |= entry.bits << self.filled;
        self.filled += entry.length;
    }

    /// Stores whole bytes; fewer than 8 bits stay.
    #[inline]
    fn flush(&mut self) {
        self.out[self.at..self.at + 8].copy_from_slice(&self.buffer.to_le_bytes());
        self.at += (self.filled / 8) as usize;
        self.buffer >>= self.filled & !7;
        self.filled &= 7;
    }

    fn finish(self) -> (usize, u64) {
        match self.filled {
            0 => (self.at, 0),
            filled => {
                self.out[self.at] = self.buffer as u8;
                (self.at + 1, 8 - u64::from(filled))
            }
        }
    }
}
