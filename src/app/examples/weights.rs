//! Shapes that weights take.

use super::{Example, row};

/// In the lecture's order.
pub static ROWS: &[Example] = &[
    row("Gaussian weights", "The usual shape of a trained layer", "synthetic", "gaussian", ""),
    row("Laplace weights", "Sharper peak, heavier tails", "synthetic", "laplace", ""),
    row("Bimodal weights, as after pruning", "Nothing left near zero", "synthetic", "bimodal_pruned", ""),
    row("Uniform weights", "Where linear levels are as good as any", "synthetic", "uniform", ""),
    row(
        "Gaussian weights with outliers",
        "A few large weights stretch the grid of a linear quantizer",
        "synthetic",
        "gaussian_outliers",
        "",
    ),
];
