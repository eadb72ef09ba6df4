//! The worked examples, one click each: which built-in model, which tensor, which scheme, which page.

use super::setup::Setup;
use crate::engine::quantize::Scheme;
use crate::engine::tensor::{Model, examples};

/// One row of the Examples menu.
#[derive(Debug)]
pub struct Example {
    /// Where it belongs in the lecture; rows of one section stand together.
    pub section: &'static str,
    /// What the menu calls it.
    pub title: &'static str,
    /// What it shows, with the numbers to look for.
    pub summary: &'static str,
    /// The built-in model's catalogue name; empty keeps the document in front.
    pub model: &'static str,
    /// The tensor to show.
    pub tensor: &'static str,
    /// The scheme's text form; empty keeps the current one.
    pub scheme: &'static str,
    /// The page's catalogue name.
    pub page: &'static str,
    /// What the page's own controls show.
    pub setup: fn(&mut Setup),
}

const fn row(
    section: &'static str,
    title: &'static str,
    summary: &'static str,
    model: &'static str,
    tensor: &'static str,
    scheme: &'static str,
) -> Example {
    Example { section, title, summary, model, tensor, scheme, page: "tensor", setup: |_| {} }
}

/// Every worked example of the pages that are built, in the lecture's order.
pub static EXAMPLES: &[Example] = &[
    row(
        "K-means",
        "K-means, 2 bits, on the 4×4 matrix",
        "Codebook −1, 0, 1.5, 2; SSE 0.0932; 64 B become 20 B",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2",
    ),
    row(
        "K-means",
        "K-means from an unlucky start",
        "Lloyd from four random weights stays in a local optimum; change the seed",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2,init=forgy,seed=4",
    ),
    row(
        "K-means",
        "K-means, 2 bits, on the lab's 5×5 tensor",
        "25 distinct values become 4; SSE 0.0792",
        "lab-kmeans",
        "weight",
        "kmeans:bits=2",
    ),
    row(
        "Linear",
        "Linear, 2 bits, on the 4×4 matrix",
        "S = 3.2/3 = 1.07, Z = −1, SSE 0.7454: eight times the error of k-means",
        "lecture-4x4",
        "weight",
        "linear:bits=2",
    ),
    row(
        "Linear",
        "Symmetric, restricted range",
        "S = 2.12, SSE 5.2192: the code −2 is never used",
        "lecture-4x4",
        "weight",
        "linear:bits=2,range=restricted",
    ),
    row(
        "Linear",
        "Symmetric, full range",
        "S = 1.06, SSE 4.2228: the largest weight is clipped",
        "lecture-4x4",
        "weight",
        "linear:bits=2,range=full",
    ),
    row(
        "Linear",
        "Symmetric, a scale for each row",
        "SSE 4.3245 instead of 5.2192",
        "lecture-4x4",
        "weight",
        "linear:bits=2,range=restricted,per=channel",
    ),
    row(
        "Linear",
        "Linear, 2 bits, on the lab's 5×5 tensor",
        "S = 1/3, Z = −1, SSE 0.1988",
        "lab-linear",
        "weight",
        "linear:bits=2",
    ),
    row("Weights", "Gaussian weights", "The usual shape of a trained layer", "synthetic", "gaussian", ""),
    row("Weights", "Laplace weights", "Sharper peak, heavier tails", "synthetic", "laplace", ""),
    row("Weights", "Bimodal weights, as after pruning", "Nothing left near zero", "synthetic", "bimodal_pruned", ""),
    row("Weights", "Uniform weights", "Where linear levels are as good as any", "synthetic", "uniform", ""),
    row(
        "Weights",
        "Gaussian weights with outliers",
        "A few large weights stretch the grid of a linear quantizer",
        "synthetic",
        "gaussian_outliers",
        "",
    ),
];

/// The heading of a section of the menu.
pub fn section_title(section: &str) -> &str {
    match section {
        "K-means" => "IV. K-means-based quantization",
        "Linear" => "V. Linear quantization",
        _ => "Synthetic weights",
    }
}

impl Example {
    /// The scheme, if the example has one of its own.
    pub fn scheme(&self) -> Option<Scheme> {
        self.scheme.parse().ok()
    }

    /// The built-in model.
    pub fn make_model(&self) -> Model {
        let example = examples::find(self.model);
        example.map(|example| (example.make)()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::pages;

    #[test]
    fn every_example_names_what_exists() {
        for example in EXAMPLES {
            if !example.model.is_empty() {
                let model = example.make_model();
                assert!(model.tensor(example.tensor).is_some(), "{}: no tensor {}", example.title, example.tensor);
            }
            assert!(example.scheme.is_empty() || example.scheme().is_some(), "{}: {}", example.title, example.scheme);
            assert!(pages::find(example.page).is_some(), "{}: no page {}", example.title, example.page);
        }
    }
}
