//! How wrong: error metrics and error histograms.

mod report;
mod sums;

pub use report::{ErrorHistogram, ErrorReport};
pub use sums::ErrorSums;
