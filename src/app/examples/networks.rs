//! What bits cost in accuracy.

use super::{Example, page, row};
use crate::app::setup::Network;
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
        "Pruning, sharing, or both",
        "Accuracy against size, measured point by point: press Measure; AlexNet's published curves behind",
        "trade-off",
        |setup| setup.network = Network::default(),
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
        |setup| {
            setup.network = Network {
                choice: Choice { network: NetworkSource::built_in("lenet-5"), ..Choice::default() },
                ..Network::default()
            }
        },
    ),
];
