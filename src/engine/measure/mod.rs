//! How wrong: error metrics and error histograms.

mod energy;
mod operation;
mod report;
mod sums;

pub use energy::{Cost, DRAM_32, Precision, Work};
pub use operation::{ENERGIES, Energy, KNOWN, Known, Operation, Published, SRAM_32};
pub use report::{ErrorHistogram, ErrorReport};
pub use sums::ErrorSums;
