//! Fast products: int8 with int32 sums, and float32 for comparison and for networks.
//!
//! The left operand (weights) is packed once into panels of 8 rows, the right one block by block into panels of 48 columns; a tile of
//! 8 × 48 sums stays in registers while it walks down the inner dimension. A convolution packs its windows instead of a matrix, so
//! that they are never all in memory. Tiles exist for AVX-512 with VNNI, for AVX2, and in plain Rust; all three give the same
//! integers and, as all fuse multiply and add in the same order, the same floats. Float products share all of this: they are the
//! path that the benchmark holds the integer one against, under the same blocking.
//!
//! Work is shared out over the rayon pool that the caller installed. Results do not depend on the number of threads.

mod blocked;
mod float;
mod int8;
mod plane;
mod rescale;
mod tile;
mod windows;

pub use float::FloatWeights;
pub use int8::{ByteInput, Weights};
pub use rescale::Rescale;

/// Rows of a tile.
const ROWS: usize = 8;

/// Columns of a tile: three registers of AVX-512.
const COLS: usize = 48;

/// Steps down the inner dimension that are packed at a time: a panel of columns is 24 KiB, which fits a first-level cache.
const DEPTH: usize = 128;

/// Panels of columns that are packed at a time: a block is 384 KiB, within a second-level cache.
const PANELS: usize = 16;
