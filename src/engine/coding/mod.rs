//! Codes → bits: packing, Huffman coding, sparse indices, and the size ledger made by the code that writes the bytes.

mod compression;
mod cost;
mod estimate;
pub mod huffman;
mod layout;
mod ledger;
pub mod pack;
mod pick;
mod pipeline;
pub mod published;
mod read;
pub mod sparse;
mod sparse_study;

pub use compression::{LayerRow, Stage, stages};
pub use cost::{break_even, codebook_ledger, codebook_limit, codebook_ratio};
pub use estimate::estimated;
pub use layout::{Layout, Stored};
pub use ledger::{Ledger, Part};
pub use pipeline::Pipeline;
pub use read::{Header, ReadError};
pub use sparse_study::{Density, SparseStudy};

#[cfg(test)]
mod tests;
