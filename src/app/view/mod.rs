//! Pure functions from engine results to points, strings and textures; tested without a window.

pub mod axis;
pub mod format;
pub mod heat;
pub mod histogram;
pub mod inspect;
pub mod ledger;
pub mod metrics;
pub mod rate;
pub mod table;
pub mod ticks;
