//! Layers forward and backward, training, data sets drawn in code, and what bits cost in accuracy.
//!
//! A [`Network`] is a list of [`Node`]s with named parameters in the layout of PyTorch (`[out, in / groups, height, width]`).
//! Activations of a batch are arrays of `[channels, images, height, width]`: channel-major, so that a convolution of many images
//! is one matrix product and a fully connected layer another. A batch is cut into *shards* of [`SHARD`] images; shards run beside
//! each other on the caller's rayon pool, each on one thread, and their gradients are added in order, so that the number of threads
//! changes nothing in the result.

mod constraint;
mod data;
mod description;
pub mod digits;
mod evaluate;
mod fold;
mod foreign;
#[cfg(test)]
mod gradients;
mod graph;
mod infer;
mod initialize;
mod loss;
mod matmul;
pub mod ops;
mod optimizer;
pub mod quantized;
mod run;
mod siblings;
mod study;
mod train;
pub mod tuning;
mod walk;
mod weights;
pub mod zoo;

pub use constraint::{Constraint, Constraints, Mask, Shared};
pub use data::{Dataset, DatasetError, Normalization};
pub use description::Description;
pub use evaluate::{Evaluation, Interval, Scored, answers, check, evaluate, score};
pub use fold::fold;
pub use foreign::{Foreign, Runner};
pub use graph::{Network, NetworkError, Node, Op, Parameter, Source};
pub use initialize::initialize;
pub use loss::{cross_entropy, softmax};
pub use optimizer::{Adam, Optimizer, Schedule, Sgd};
pub use run::{Gradients, Mode, Tape, backward, forward};
pub use study::{Change, Layers, Measured, NOISE, Subject, WidthPoint};
pub use train::{Epoch, Part, Stopped, Training, gradients_of, train};
pub use walk::{Step, Walk};
pub use weights::{LayerReport, QuantizedWeights, quantize_weights};

/// Activations of a shard: `[channels, images, height, width]`, in standard layout.
pub type Activations = ndarray::Array4<f32>;

/// Images that run through a network together on one thread.
pub const SHARD: usize = 32;
