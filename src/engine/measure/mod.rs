//! How wrong: error metrics and error histograms.

mod energy;
mod report;
mod sums;

pub use energy::{Cost, DRAM_32, Precision, Work};
pub use report::{ErrorHistogram, ErrorReport};
pub use sums::ErrorSums;
