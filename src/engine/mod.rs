//! The science: no egui, no file system, no global state, no thread of its own.
//!
//! Parallel kernels run on whichever rayon pool the caller installed. A file becomes a [`tensor::Model`]; a tensor has a
//! [`tensor::Summary`], made once; a [`quantize::Scheme`] fitted to the values gives a [`quantize::Quantized`]; from it come the
//! reconstruction, the [`measure::ErrorReport`] and the [`coding::Ledger`].
//!
//! [`integer`] computes with the codes of a linear quantizer, [`network`] measures what codes cost in accuracy, [`compress`] looks for
//! the fewest bytes at the least cost. Inside the engine all three use `quantize`; `quantize`, `coding` and `measure` use `tensor` and `number`, never the other way round.

pub mod coding;
pub mod compress;
pub mod integer;
pub mod measure;
pub mod media;
pub mod memory;
pub mod network;
pub mod number;
pub mod progress;
pub mod quantize;
pub mod rng;
mod simd;
pub mod tensor;

pub use progress::{Cancelled, Progress, Quiet, Silent, Span};
