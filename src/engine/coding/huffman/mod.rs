//! Huffman coding: the tree as it is built, the canonical code, and streams of codes that are fast to write and to read.

mod canonical;
mod decode;
mod encode;
mod limit;
mod tree;

pub use canonical::{Code, CodeWord, Decoded, TableError};
pub use decode::{DecodeError, decode};
pub use encode::{Encoded, Symbol, encode};
pub use tree::{Merge, Node, Tree};

/// Symbols that are coded as one block: what a thread encodes or decodes at a time.
pub const BLOCK: usize = 1 << 18;

/// Least symbols for which a block is cut into [`STREAMS`]; a smaller one is a single stream.
pub const INTERLEAVED: usize = 1 << 12;

/// Streams of a block, decoded side by side so that the processor need not wait for one code to know where the next begins.
pub const STREAMS: usize = 4;

/// Bits of the length that stands before each of the streams of a block.
pub const LENGTH_BITS: u32 = 32;

/// Where the streams of a block of `count` symbols end.
fn stream_ends(count: usize) -> Vec<usize> {
    if count < INTERLEAVED {
        return vec![count];
    }
    let quarter = count.div_ceil(STREAMS);
    (1..=STREAMS).map(|stream| (stream * quarter).min(count)).collect()
}

/// Shannon's entropy of symbols with these counts, in bits a symbol: no code of one symbol after the other can be shorter. 0 without
/// symbols.
pub fn entropy(counts: &[u64]) -> f64 {
    let total: u64 = counts.iter().sum();
    let share = |&count: &u64| {
        let share = count as f64 / total as f64;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(share).sum()
}

/// How often each symbol below `2^width` occurs.
pub fn counts<S: Symbol>(symbols: &[S], width: u32) -> Vec<u64> {
    use rayon::prelude::*;
    let size = 1_usize << width;
    let count = |chunk: &[S]| {
        // Four tables, so that neighbouring equal symbols do not wait for each other.
        let mut tables = vec![0_u32; 4 * size];
        let (quads, rest) = chunk.as_chunks::<4>();
        for quad in quads {
            for (table, symbol) in quad.iter().enumerate() {
                tables[table * size + symbol.index()] += 1;
            }
        }
        rest.iter().for_each(|symbol| tables[symbol.index()] += 1);
        (0..size).map(|index| (0..4).map(|table| u64::from(tables[table * size + index])).sum()).collect::<Vec<u64>>()
    };
    let add = |mut left: Vec<u64>, right: Vec<u64>| {
        left.iter_mut().zip(right).for_each(|(left, right)| *left += right);
        left
    };
    symbols.par_chunks(1 << 22).map(count).reduce(|| vec![0; size], add)
}

#[cfg(test)]
mod tests;
