//! Integer-only arithmetic: the layers that a linear quantizer makes possible, with every intermediate as a value.
//!
//! Two paths, held equal by tests. The *explained* path ([`Layer`], [`Convolution`]) keeps the four terms, the accumulator, the
//! multiplier and every step of requantization, for small matrices on a page. The *fast* path ([`kernel`]) multiplies int8 matrices
//! and convolves at the speed of the processor.
//!
//! Orientation: Y = W·X. W is \[outputs × inputs\], X is \[inputs × batch\], Y is \[outputs × batch\]; a row of W is an output channel.
//! Sources: Jacob et al. 2018 (arXiv 1712.05877) sections 2.2 to 2.4; gemmlowp's `doc/quantization.md`; ONNX's `QLinearMatMul`.

mod accumulator;
mod batch_norm;
mod bias;
mod convolution;
mod grid;
pub mod kernel;
mod lab;
mod layer;
mod matrix;
mod multiplier;
mod operand;
mod product;
mod requantize;
pub mod sign_layer;
pub mod xnor;

pub use accumulator::{AccumulatorPolicy, AccumulatorUse, Interval};
pub use batch_norm::{BatchNorm, Folded};
pub use bias::{Bias, BiasWidth};
pub use convolution::{Convolution, Convolved, Geometry, PadCode, Shape4, Tap, float_convolution};
pub use grid::{Activation, Grid};
pub use lab::{RealLayer, lab_layer};
pub use layer::{Layer, float_product};
pub use matrix::Matrix;
pub use multiplier::{Multiplier, rounding_divide_by_pot, saturating_rounding_doubling_high_mul};
pub use operand::Operand;
pub use product::{Product, TERMS, Term, Terms, When};
pub use requantize::{Recipe, Requantization, Rescaled};

/// Why integer arithmetic refuses its input; the text says what and where, and what was expected.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum IntegerError {
    /// Sizes that do not go together.
    #[error("{0}")]
    Shape(String),
    /// A scale that is no positive finite number, a multiplier out of reach.
    #[error("{0}")]
    Scale(String),
    /// A code beyond the codes of its grid.
    #[error("{what} ({row}, {col}) is {code}; its codes are {q_min} to {q_max}")]
    Code {
        /// Which matrix.
        what: &'static str,
        /// Row of the code.
        row: usize,
        /// Column.
        col: usize,
        /// The code.
        code: i32,
        /// Smallest allowed.
        q_min: i32,
        /// Largest allowed.
        q_max: i32,
    },
    /// NaN or an infinity where a number is needed.
    #[error("{0} is not a finite number")]
    NotFinite(String),
    /// A sum that does not fit the accumulator; nothing is ever wrapped.
    #[error(
        "the sum of output ({row}, {col}) reaches {sum}, which an int32 accumulator cannot hold; allow 64 bits or use fewer bits"
    )]
    Overflow {
        /// Row of the output.
        row: usize,
        /// Column.
        col: usize,
        /// The first partial sum that does not fit.
        sum: i64,
    },
}
