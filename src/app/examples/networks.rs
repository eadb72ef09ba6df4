//! What bits cost in accuracy.

use super::{Example, page, row};
use crate::app::setup::{Bits, BitsView, Network};

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
        |setup| setup.network = Network { name: "lenet-5".to_owned(), ..Network::default() },
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
        |setup| setup.network = Network { name: "lenet-5".to_owned(), ..Network::default() },
    ),
    page(
        "A width for each layer",
        "What each layer adds to the loss, and the best mix of widths for a size: press Measure, move the slider",
        "bits",
        |setup| {
            let bits = Bits { view: BitsView::Layers, ..Bits::default() };
            setup.network = Network { name: "lenet-5".to_owned(), bits, ..Network::default() };
        },
    ),
    page(
        "Weights and activations, width by width",
        "Accuracy at every pair of widths: press Measure; the tables of Jacob et al. stand beside it",
        "bits",
        |setup| {
            let bits = Bits { view: BitsView::Activations, ..Bits::default() };
            setup.network = Network { bits, ..Network::default() };
        },
    ),
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
        |setup| setup.network = Network { name: "lenet-5".to_owned(), ..Network::default() },
    ),
];
