//! Codes → bits: packing, and the size ledger made by the code that writes the bytes.

mod ledger;

pub use ledger::{Ledger, Part};
