//! Pure functions from engine results to points, strings and textures; tested without a window.

pub mod axis;
mod bins;
pub mod format;

pub mod histogram;

pub mod ticks;
