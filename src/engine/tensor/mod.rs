//! Named arrays and their summaries.

mod dtype;
pub mod examples;
pub mod ggml;
mod model;
mod moments;
mod rebin;
mod summarize;
mod summary;
mod values;

pub use dtype::Dtype;
pub use model::{Model, Packing, Tensor};
pub use summary::{Bin, Moments, Sparkline, Summary};
pub use values::{Bytes, Origin, Source, SourceError, Values};
