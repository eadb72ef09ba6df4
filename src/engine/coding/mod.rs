//! Codes → bits: packing, and the size ledger made by the code that writes the bytes.

mod ledger;
mod pack;
mod payload;

pub use ledger::{Ledger, Part};
pub use pack::{BitReader, BitWriter, pack, unpack};
pub use payload::{Layout, LengthError};
