//! Where bits are worth their bytes: accuracy by width, for kinds of layers apart and layer by layer, and a width of its own for every
//! layer.
//!
//! Everything is measured on pictures. The loss is measured beside the accuracy: it still tells layers apart where the accuracy no
//! longer moves.

mod front;
mod largest;
mod mixed;
mod sensitivity;
mod stages;
mod sweep;

pub use front::{Allocation, Choice, front, within};
pub use largest::{Attempt, Largest, Search, largest};
pub use mixed::{Mix, Mixed, Reached, measure_mix, reach};
pub use sensitivity::{Cell, Sensitivity, SensitivityLayer, sensitivity};
pub use stages::{Stages, stages};
pub use sweep::{SweepNews, SweepPlan, SweepPoint, sweep};

#[cfg(test)]
mod tests;
