//! Codes → bits: packing, Huffman coding, sparse indices, and the size ledger made by the code that writes the bytes.

pub mod huffman;
mod layout;
mod ledger;
pub mod pack;

pub use layout::Layout;
pub use ledger::{Ledger, Part};
