//! Linear quantization: the lecture's section V.

use super::{Example, page, row};
use crate::app::setup::linear::matmul::Check;
use crate::app::setup::linear::{Affine, Convolution, Diagram, Matmul, Study};
use crate::engine::integer::{BiasWidth, PadCode, Recipe};

/// In the lecture's order.
pub static ROWS: &[Example] = &[
    row(
        "Linear, 2 bits, on the 4×4 matrix",
        "S = 3.2/3 = 1.07, Z = −1, SSE 0.7454: eight times the error of k-means",
        "lecture-4x4",
        "weight",
        "linear:bits=2",
    )
    .on("affine", |setup| setup.linear.affine = Affine::default()),
    row(
        "Linear with an outlier of 10",
        "The grid coarsens until almost all weights share a code; where to clip",
        "lecture-4x4",
        "weight",
        "linear:bits=4",
    )
    .on("affine", |setup| {
        setup.linear.affine = Affine { outlier: Some(10.0), study: Study::Clip, ..Affine::default() };
    }),
    row(
        "One scale, one a row, one a group",
        "SSE 5.2192, 4.3245 and less: the finer the scales, the smaller the error",
        "lecture-4x4",
        "weight",
        "linear:bits=2,range=restricted",
    )
    .on("affine", |setup| {
        setup.linear.affine = Affine { study: Study::Granularity, ..Affine::default() };
    }),
    row(
        "All weights between 5 and 6",
        "By the lab's formula Z = −17 is no 2-bit code; widen the range to 0",
        "all-positive",
        "weight",
        "linear:bits=2,zero=lab",
    )
    .on("affine", |setup| setup.linear.affine = Affine::default()),
    row(
        "Symmetric, restricted range",
        "S = 2.12, SSE 5.2192: the code −2 is never used",
        "lecture-4x4",
        "weight",
        "linear:bits=2,range=restricted",
    )
    .on("symmetric", |_| {}),
    row(
        "Symmetric, full range",
        "S = 1.06, SSE 4.2228: the largest weight is clipped",
        "lecture-4x4",
        "weight",
        "linear:bits=2,range=full",
    )
    .on("symmetric", |_| {}),
    row(
        "Symmetric, a scale for each row",
        "SSE 4.3245 instead of 5.2192",
        "lecture-4x4",
        "weight",
        "linear:bits=2,range=restricted,per=channel",
    ),
    row(
        "Linear, 2 bits, on the lab's 5×5 tensor",
        "S = 1/3, Z = −1, SSE 0.1988",
        "lab-linear",
        "weight",
        "linear:bits=2",
    )
    .on("affine", |setup| setup.linear.affine = Affine::default()),
    page(
        "The lab's layer, 8 × 8, in 2 bits",
        "q_W, q_X, accumulator and q_Y cell by cell; MSE 0.0651 against float",
        "matmul",
        |setup| setup.linear.matmul = Matmul::default(),
    ),
    page(
        "The lab's layer in 8 bits",
        "S_X = 0.00331, Z_X = −128; the largest error falls to 0.006",
        "matmul",
        |setup| setup.linear.matmul = Matmul { bits: 8, ..Matmul::default() },
    ),
    page(
        "Four terms, and what Z_W = 0 removes",
        "Asymmetric weights: two more terms, one of them at run time",
        "matmul",
        |setup| setup.linear.matmul = Matmul { symmetric: false, ..Matmul::default() },
    ),
    page(
        "How wide the accumulator is",
        "int8 times int8 needs 19 bits for 8 inputs: too wide for int16",
        "matmul",
        |setup| setup.linear.matmul = Matmul { bits: 8, check: Check::Range, ..Matmul::default() },
    ),
    page(
        "Rounded twice: 12345 × 0.25",
        "3086.25 becomes 3087 by gemmlowp's recipe, 3086 rounded once",
        "matmul",
        |setup| setup.linear.matmul = Matmul { recipe: Recipe::Double, ..Matmul::default() },
    ),
    page(
        "A bias of int8 shifts its outputs",
        "Offsets of the bias in int32, in units of S_W · S_X, and in int8",
        "matmul",
        |setup| {
            setup.linear.matmul =
                Matmul { bits: 8, bias_width: BiasWidth::Int8, check: Check::Bias, ..Matmul::default() }
        },
    ),
    page(
        "A border of 0 instead of Z_X",
        "The code 0 stands for 0.53: every window at the border errs",
        "convolution",
        |setup| setup.linear.convolution = Convolution { pad: PadCode::Zero, ..Convolution::default() },
    ),
    page(
        "Batch normalization folded, ReLU by the clamp",
        "Three steps in float and one in integers end with the same code, or with the next one",
        "convolution",
        |setup| setup.linear.convolution = Convolution { bits: 8, ..Convolution::default() },
    ),
    page(
        "What int8 saves",
        "Widths on every arrow; arithmetic 15 times and bytes 4 times less than float32",
        "diagram",
        |setup| setup.linear.diagram = Diagram::default(),
    ),
];
