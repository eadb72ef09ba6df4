//! Named arrays and their summaries.

mod dtype;
mod model;
mod moments;
mod summarize;
mod summary;
mod values;

pub use dtype::Dtype;
pub use model::{Model, Tensor};
pub use summary::{Bars, Bin, Moments, Sparkline, Summary};
pub use values::{Source, SourceError, Values};
