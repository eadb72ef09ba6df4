//! Compressing a network and measuring what that costs: Deep Compression as a pipeline of stages, and what to prune and share by.
//!
//! Sizes are those of the code that writes the bytes ([`crate::engine::coding::Layout`]) over all trained parameters: weights packed, biases
//! and the like as float32. Accuracies are measured on pictures that training never sees.

pub mod bits;
mod error;
mod field;
mod pipeline;
mod recipe;
mod size;
mod steps;
mod svd;
mod trade_off;

pub use error::CompressError;
pub use field::{Rated, every_scheme, field, front};
pub use pipeline::{Compressed, News, Stage, StageKind, run};
pub use recipe::{LayerRecipe, Recipe, RecipeError};
pub use size::NetworkSize;
pub use svd::Decomposition;
pub use trade_off::{Method, Plan, Point, trade_off};

#[cfg(test)]
mod tests;
