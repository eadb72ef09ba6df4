//! What the controls of the group Linear hold.

pub mod affine;
pub mod convolution;
pub mod diagram;
pub mod matmul;
mod text;

pub use affine::{Affine, Study};
pub use convolution::Convolution;
pub use diagram::Diagram;
pub use matmul::Matmul;

/// Settings of the pages of the group Linear.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Linear {
    /// Of the page about S and Z.
    pub affine: Affine,
    /// Of the page about the integer product.
    pub matmul: Matmul,
    /// Of the page about the integer convolution.
    pub convolution: Convolution,
    /// Of the page with the computational diagram.
    pub diagram: Diagram,
}
