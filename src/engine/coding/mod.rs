//! Codes → bits: packing, and the size ledger made by the code that writes the bytes.

mod layout;
mod ledger;

pub use layout::Layout;
pub use ledger::{Ledger, Part};
