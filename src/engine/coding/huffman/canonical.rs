//! The canonical code: from code lengths alone, so that a table of lengths is all that has to be stored.

use super::super::pack::{BitReader, BitWriter};
use super::{Tree, limit};

/// The lengths of a prefix code, which are the whole code: codes are dealt out by length, and by symbol within one length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Bits of each symbol's code; 0 for symbols that do not occur.
    pub lengths: Vec<u8>,
}

/// One symbol's code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodeWord {
    /// The bits as a number; the first bit of the code is the most significant of `length`.
    pub bits: u32,
    /// Number of bits; 0 for a symbol without code.
    pub length: u8,
}

/// A symbol found in a string of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The symbol.
    pub symbol: u16,
    /// Its first bit.
    pub start: usize,
    /// One beyond its last bit.
    pub end: usize,
}

/// A table of lengths that is no prefix code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It breaks off.
    #[error("the table of code lengths breaks off")]
    Short,
    /// A run of absent symbols goes beyond the alphabet.
    #[error("the table of code lengths names more symbols than there are")]
    Overrun,
    /// Kraft's sum is not 1.
    #[error("the code lengths make no prefix code")]
    NoPrefixCode,
}

impl CodeWord {
    /// The code as text, `0110`.
    pub fn text(&self) -> String {
        (0..self.length).rev().map(|place| if self.bits >> place & 1 == 1 { '1' } else { '0' }).collect()
    }

    /// The bits with the first one least significant, as streams hold them.
    pub(super) fn reversed(&self) -> u32 {
        if self.length == 0 { 0 } else { self.bits.reverse_bits() >> (32 - u32::from(self.length)) }
    }
}

impl Code {
    /// Longest code of symbols of `width` bits: what [`Code::write`] has room for.
    pub fn limit(width: u32) -> u8 {
        if width <= 8 { 15 } else { 24 }
    }

    /// Bits of one length in the stored table.
    fn length_width(width: u32) -> u32 {
        if width <= 8 { 4 } else { 5 }
    }

    /// The best code for symbols of `width` bits with these counts: Huffman's, or, where that one is deeper than [`Code::limit`], the best
    /// within the limit.
    pub fn of_counts(counts: &[u64], width: u32) -> Self {
        let lengths = Tree::of(counts).lengths(counts.len());
        let limit = Self::limit(width);
        let lengths =
            if lengths.iter().all(|length| *length <= limit) { lengths } else { limit::lengths(counts, limit) };
        Self { lengths }
    }

    /// Longest code.
    pub fn longest(&self) -> u8 {
        self.lengths.iter().copied().max().unwrap_or(0)
    }

    /// Bits of symbols with these counts.
    pub fn bits(&self, counts: &[u64]) -> u64 {
        counts.iter().zip(&self.lengths).map(|(count, length)| count * u64::from(*length)).sum()
    }

    /// Bits of a symbol on average; 0 without symbols.
    pub fn average(&self, counts: &[u64]) -> f64 {
        let total: u64 = counts.iter().sum();
        if total == 0 { 0.0 } else { self.bits(counts) as f64 / total as f64 }
    }

    /// The codes of all symbols.
    pub fn words(&self) -> Vec<CodeWord> {
        let mut next = self.first_codes();
        let word = |&length: &u8| {
            let bits = next[usize::from(length)];
            next[usize::from(length)] += 1;
            if length == 0 { CodeWord::default() } else { CodeWord { bits, length } }
        };
        self.lengths.iter().map(word).collect()
    }

    /// Number of codes of each length.
    pub(super) fn per_length(&self) -> [u32; 33] {
        let mut number = [0; 33];
        self.lengths.iter().filter(|length| **length > 0).for_each(|length| number[usize::from(*length)] += 1);
        number
    }

    /// The first code of each length.
    pub(super) fn first_codes(&self) -> [u32; 33] {
        let number = self.per_length();
        let mut first = [0; 33];
        for length in 1..33 {
            first[length] = (first[length - 1] + number[length - 1]) << 1;
        }
        first
    }

    /// Symbols by code: by length, then by symbol.
    pub(super) fn sorted_symbols(&self) -> Vec<u16> {
        let mut symbols: Vec<u16> =
            (0..self.lengths.len()).filter(|&symbol| self.lengths[symbol] > 0).map(|s| s as u16).collect();
        symbols.sort_by_key(|&symbol| (self.lengths[usize::from(symbol)], symbol));
        symbols
    }

    /// The symbols as a string of bits; those without a code are left out.
    pub fn encode_bits(&self, symbols: &[u16]) -> Vec<bool> {
        let words = self.words();
        let bits_of = |symbol: &u16| words.get(usize::from(*symbol)).copied().unwrap_or_default();
        symbols
            .iter()
            .map(bits_of)
            .flat_map(|word| (0..word.length).rev().map(move |place| word.bits >> place & 1 == 1))
            .collect()
    }

    /// The symbols in a string of bits, each with its place; a code that breaks off at the end gives none.
    pub fn decode_bits(&self, bits: &[bool]) -> Vec<Decoded> {
        let (number, first, symbols) = (self.per_length(), self.first_codes(), self.sorted_symbols());
        let (mut start, mut code, mut length, mut before) = (0, 0_u32, 0, 0);
        let mut found = Vec::new();
        for (place, &bit) in bits.iter().enumerate() {
            code = code << 1 | u32::from(bit);
            length += 1;
            let index = code.wrapping_sub(first[length]);
            if index < number[length] {
                found.push(Decoded { symbol: symbols[(before + index) as usize], start, end: place + 1 });
                (start, code, length, before) = (place + 1, 0, 0, 0);
            } else {
                before += number[length];
                if length == 32 {
                    // No code is this long: what follows cannot be read.
                    break;
                }
            }
        }
        found
    }

    /// Stores the lengths of an alphabet of 2^width symbols: 4 bits each (5 above a width of 8), a 0 followed by the number of further
    /// zeros in `width` bits.
    pub fn write(&self, width: u32, writer: &mut BitWriter) {
        let size = 1_usize << width;
        let length = |symbol: usize| self.lengths.get(symbol).copied().unwrap_or(0);
        let mut symbol = 0;
        while symbol < size {
            writer.put(u32::from(length(symbol)), Self::length_width(width));
            if length(symbol) == 0 {
                let run = (symbol..size).take_while(|&symbol| length(symbol) == 0).count();
                writer.put(run as u32 - 1, width);
                symbol += run;
            } else {
                symbol += 1;
            }
        }
    }

    /// Reads what [`Code::write`] stored.
    ///
    /// # Errors
    /// A table that breaks off or is no prefix code.
    pub fn read(width: u32, reader: &mut BitReader<'_>) -> Result<Self, TableError> {
        let size = 1_usize << width;
        let mut lengths = Vec::with_capacity(size);
        while lengths.len() < size {
            let length = reader.get(Self::length_width(width)).ok_or(TableError::Short)? as u8;
            if length > 0 {
                lengths.push(length);
                continue;
            }
            let run = reader.get(width).ok_or(TableError::Short)? as usize + 1;
            if run > size - lengths.len() {
                return Err(TableError::Overrun);
            }
            lengths.resize(lengths.len() + run, 0);
        }
        let code = Self { lengths };
        let used = code.lengths.iter().filter(|length| **length > 0).count();
        let space: u64 = code.lengths.iter().filter(|length| **length > 0).map(|length| 1_u64 << (32 - length)).sum();
        let fits = code.longest() <= Self::limit(width);
        let complete = space == 1 << 32 || (used == 1 && code.longest() == 1);
        if fits && complete { Ok(code) } else { Err(TableError::NoPrefixCode) }
    }
}
