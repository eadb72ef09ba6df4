//! Named arrays and their summaries.

mod bins;
mod dtype;
pub mod examples;
mod model;
mod rebin;
mod summary;
mod values;

pub use dtype::Dtype;
pub use model::{Model, Tensor};
pub use summary::{Bin, Moments, Sparkline, Summary};
pub use values::{Bytes, Source, SourceError, Values};
