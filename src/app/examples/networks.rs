//! What bits cost in accuracy.

use super::{Example, row};
use crate::app::setup::Network;

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
];
