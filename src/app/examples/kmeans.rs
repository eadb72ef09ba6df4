//! K-means-based quantization, pruning and Huffman coding: the lecture's section IV.

use super::{Example, page, row};
use crate::app::setup::Codebook;
use crate::app::setup::codebook::{Coding, Source};

/// In the lecture's order.
pub static ROWS: &[Example] = &[
    row(
        "K-means, 2 bits, on the 4×4 matrix",
        "Codebook −1, 0, 1.5, 2; SSE 0.0932; 64 B become 20 B",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2",
    ),
    row(
        "K-means step by step on the 4×4 matrix",
        "From a linear start: assign, update, SSE 0.7758 → 0.0932",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2,init=linear",
    )
    .on("codebook", |setup| setup.codebook = Codebook { at: Some(0), ..Codebook::default() }),
    row(
        "K-means stuck at SSE 2.27",
        "Lloyd from four random weights ends in a local optimum; the global one is 0.0932",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2,init=forgy,seed=12",
    )
    .on("codebook", |setup| setup.codebook = Codebook::default()),
    row(
        "K-means, 4 bits, on 16 weights",
        "The codebook costs more than it saves: 72 B instead of 64 B",
        "lecture-4x4",
        "weight",
        "kmeans:bits=4,init=linear",
    )
    .on("codebook", |setup| setup.codebook = Codebook::default()),
    row(
        "Fine-tuning the four centroids",
        "Gradients summed by index, learning rate 1: 1.96, 1.48, −0.04, −0.97",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2",
    )
    .on("fine-tune", |setup| setup.codebook = Codebook::default()),
    page(
        "Huffman coding of AlexNet's last layer",
        "Entropy 3.9593 bit; 5 bits become 3.9972, 20 % less",
        "huffman",
        |setup| setup.codebook.coding = Coding { source: Source::Fc8, ..Coding::default() },
    ),
    page(
        "Huffman coding of the 4×4 indices",
        "Counts 4, 5, 3, 4: every code takes 2 bits, no gain",
        "huffman",
        |setup| setup.codebook.coding = Coding { source: Source::Matrix, ..Coding::default() },
    ),
    row(
        "Pruned weights as relative indices",
        "A tenth of the weights is kept; long gaps need fillers",
        "synthetic",
        "gaussian",
        "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=3",
    )
    .on("pruning", |setup| setup.codebook = Codebook::default()),
    row(
        "The Deep Compression pipeline",
        "Prune, share, Huffman-code, beside the published tables",
        "synthetic",
        "gaussian",
        "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=4|huffman",
    )
    .on("pipeline", |setup| setup.codebook = Codebook::default()),
    row(
        "Computing with a codebook",
        "Index → codebook → float multiply-accumulate: as many as before, 3.2 times less to read",
        "lecture-4x4",
        "weight",
        "kmeans:bits=2",
    )
    .on("decode", |setup| setup.codebook = Codebook::default()),
    row(
        "K-means, 2 bits, on the lab's 5×5 tensor",
        "25 distinct values become 4; SSE 0.0792",
        "lab-kmeans",
        "weight",
        "kmeans:bits=2",
    ),
];
