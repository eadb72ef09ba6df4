//! What a bit pattern means: the catalogue of number formats, decoding and encoding.

mod catalogue;
mod float;

pub use catalogue::{CATALOGUE, Entry, Format, find};
pub use float::{FloatFormat, Kind};
