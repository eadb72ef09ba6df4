//! What bits cost in accuracy.

use super::{Example, page, row};
use crate::app::setup::{Bits, BitsView, Network, Setup};
use crate::engine::network::tuning;
use crate::sources::{Choice, NetworkSource};

/// A row about the built-in network.
const fn network(title: &'static str, summary: &'static str, scheme: &'static str) -> Example {
    row(title, summary, "", "", scheme).on("accuracy", |setup| setup.network = Network::default())
}

/// In the lecture's order.
pub static ROWS: &[Example] = &[
    network(
        "Accuracy at 2 bits, measured",
        "LeNet-300-100 on 10,000 drawn digits by k-means; move the slider",
        "kmeans:bits=2",
    ),
    network("Linear at 2 bits costs far more", "The same network and size, evenly spaced levels", "linear:bits=2"),
    page(
        "No float is left: int8 from byte to class",
        "Float32, fake-quantized and integers alone on the same pictures; 4 times smaller at the same accuracy",
        "float-integer",
        |setup| setup.network = lenet_5(),
    ),
    page(
        "Pruning, sharing, or both",
        "Accuracy against size, measured point by point: press Measure; AlexNet's published curves behind",
        "trade-off",
        |setup| setup.network = Network::default(),
    ),
    page(
        "Convolutions need more bits",
        "LeNet-5, kinds of layers apart, whole and pruned: press Measure; AlexNet's published curves behind",
        "bits",
        |setup| setup.network = lenet_5(),
    )
    .by("kmeans:bits=2"),
    page(
        "A width for each layer",
        "What each layer adds to the loss, and the best mix of widths for a size: press Measure, move the slider",
        "bits",
        |setup| {
            let bits = Bits { view: BitsView::Layers, ..Bits::default() };
            setup.network = Network { bits, ..lenet_5() };
        },
    )
    .by("kmeans:bits=4"),
    page(
        "Weights and activations, width by width",
        "Accuracy at every pair of widths: press Measure; the tables of Jacob et al. stand beside it",
        "bits",
        |setup| {
            let bits = Bits { view: BitsView::Activations, ..Bits::default() };
            setup.network = Network { bits, ..Network::default() };
        },
    )
    .by("linear:bits=8,range=restricted,per=channel"),
    page(
        "Deep Compression of LeNet-300-100",
        "Prune, retrain, share, tune, Huffman: press Run; about 40 times smaller, every byte counted",
        "deep-compression",
        |setup| setup.network = Network::default(),
    ),
    page(
        "Deep Compression of LeNet-5",
        "Convolutions keep more than fully connected layers; the paper reached 39 times on MNIST",
        "deep-compression",
        |setup| setup.network = lenet_5(),
    ),
    training(
        "Centroids of 1 bit learn",
        "Two shared values a layer lose half of the answers; their gradients, summed, win most back: press Train",
        |setup| taught(setup, "kmeans:bits=1"),
    ),
    training(
        "Binary weights (BWN) by straight-through",
        "α · sign(W) in every pass, steps to what is behind; the weights part into two humps: press Train",
        |setup| taught(setup, "bwn"),
    ),
    training("Trained ternary weights (TTQ)", "−α, 0, β with both scales learned: press Train", |setup| {
        taught(setup, "ttq")
    }),
    training(
        "Gradients in FP8 and FP4",
        "Which share of the gradients becomes 0 or too large, and what a loss scale does: press Train",
        |setup| taught(setup, "float:e4m3fn,scale=absmax"),
    ),
];

/// LeNet-5 and everything else as at the start.
fn lenet_5() -> Network {
    let choice = Choice { network: NetworkSource::built_in("lenet-5"), ..Choice::default() };
    Network { choice, ..Network::default() }
}

/// A row about the page Train.
const fn training(title: &'static str, summary: &'static str, setup: fn(&mut Setup)) -> Example {
    page(title, summary, "train", setup)
}

/// The built-in network under a regime.
fn taught(setup: &mut Setup, regime: &str) {
    let training = regime.parse().map(tuning::Recipe::of).unwrap_or_default();
    setup.network = Network { training, ..Network::default() };
}
