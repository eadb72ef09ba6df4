//! The pages of the group Linear: from the affine map to integer-only layers.

mod affine;
mod clip;
mod convolution;
mod diagram;
mod matmul;
pub(super) mod parts;
mod precision;
mod studies;
mod symmetric;

use super::Page;

/// What the eye needs of the group's pages.
#[derive(Default)]
pub struct LinearPages {
    affine: affine::AffinePage,
    matmul: matmul::MatmulPage,
    convolution: convolution::ConvolutionPage,
}

/// S and Z.
pub const AFFINE: Page = Page {
    name: "affine",
    title: "Affine map",
    group: 4,
    question: "r = S(q − Z): a ruler for real numbers",
    link: affine::LINK,
    needs_document: true,
    status: affine::status,
    ui: affine::ui,
};

/// The integer product.
pub const MATMUL: Page = Page {
    name: "matmul",
    title: "Integer matmul",
    group: 4,
    question: "What is computed when, and in which integers?",
    link: matmul::LINK,
    needs_document: false,
    status: matmul::status,
    ui: matmul::ui,
};

/// The integer convolution.
pub const CONVOLUTION: Page = Page {
    name: "convolution",
    title: "Convolution",
    group: 4,
    question: "Why must the border hold Z_X, and where does the batch norm go?",
    link: convolution::LINK,
    needs_document: false,
    status: convolution::status,
    ui: convolution::ui,
};

/// Symmetric ranges.
pub const SYMMETRIC: Page = Page {
    name: "symmetric",
    title: "Symmetric",
    group: 4,
    question: "What do you lose when Z is 0?",
    link: affine::LINK,
    needs_document: true,
    status: symmetric::status,
    ui: symmetric::ui,
};

/// The computational diagram.
pub const DIAGRAM: Page = Page {
    name: "diagram",
    title: "Diagram",
    group: 4,
    question: "Which widths flow where, and what do they cost?",
    link: diagram::LINK,
    needs_document: false,
    status: diagram::status,
    ui: diagram::ui,
};
