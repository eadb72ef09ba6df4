//! How wrong: error metrics and error histograms.

mod histogram;
mod report;
mod tally;

pub use report::{ErrorHistogram, ErrorReport};
pub use tally::Tally;
