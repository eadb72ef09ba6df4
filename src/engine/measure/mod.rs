//! How wrong: error metrics and error histograms.

mod report;

pub use report::{ErrorHistogram, ErrorReport};
