//! Lecture 6: one and two bits.

use super::{Example, page, row};
use crate::app::setup::{Schemes, Signs};
use crate::engine::quantize::Scheme;

/// In the lecture's order.
pub static ROWS: &[Example] = &[
    row(
        "Binary and ternary on the 4×4 matrix",
        "SSE 9.28 → 9.25 → 2.09, every threshold, and the ladder down to four centroids: 0.093",
        "lecture-4x4",
        "weight",
        "ternary",
    )
    .on("binary-ternary", |_| {}),
    row("Signs alone", "sign(W) of the lecture's matrix: SSE 9.28", "lecture-4x4", "weight", "binary:scale=none"),
    row("Signs times mean |W|", "α = 1.05, and the SSE is hardly lower: 9.25", "lecture-4x4", "weight", "binary"),
    row("Ternary weights", "Δ = 0.73 and a scale of 1.5: SSE 2.09", "lecture-4x4", "weight", "ternary"),
    row(
        "Ternary, the best threshold",
        "No other threshold has a lower squared error: compare with 0.7 mean |W|",
        "lecture-4x4",
        "weight",
        "ternary:threshold=optimal",
    )
    .on("binary-ternary", |_| {}),
    row(
        "Ternary, two scales",
        "A scale for each sign, as trained ternary quantization has them",
        "lecture-4x4",
        "weight",
        "ternary:threshold=max:0.05,scales=two",
    )
    .on("binary-ternary", |_| {}),
    page(
        "A product of signs is −2",
        "[1 −1 1 −1] · [1 1 −1 1]: XNOR, popcount, shift; what it saves, and what networks lose",
        "sign-networks",
        |setup| setup.signs = Signs::default(),
    ),
    row(
        "One to two bits side by side",
        "Binary, ternary, linear and k-means on the 4×4 matrix, among every scheme there is; the Pareto front",
        "lecture-4x4",
        "weight",
        "",
    )
    .on("compare", |setup| setup.schemes = Schemes::default()),
    page(
        "A network whose weights are signs",
        "Binary weights in the network of drawn digits: measured",
        "accuracy",
        |setup| {
            if let Ok(scheme) = "binary".parse::<Scheme>() {
                setup.scheme = scheme;
            }
        },
    ),
];
