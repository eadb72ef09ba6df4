//! The pages of the group K-means: codebook quantization and how its codes are stored.

pub mod codebook;
pub mod decode;
pub mod fine_tune;
pub mod huffman;
mod lesson;
mod part;
mod parts;
pub mod pipeline;
pub mod prune;

use std::sync::Arc;

use super::Link;
use crate::app::memo::Memo;
use crate::app::session::Session;
use crate::app::setup::Setup;
use crate::app::setup::codebook::{Shared, Source, kmeans_of};
use crate::app::state::UiState;
use crate::engine::quantize::course::{Course, Ending, Plan};
use crate::engine::quantize::{Quantizer, Scheme};

/// What the eye needs of these pages.
#[derive(Default)]
pub struct KMeansPage {
    part: Memo<Shared, Result<Option<part::Part>, String>>,
    course: Memo<(Vec<f32>, Plan), Arc<Course>>,
    endings: Memo<(Vec<f32>, usize), Arc<Vec<Ending>>>,
    linked: Option<usize>,
    error: codebook::ErrorView,
    size: codebook::SizeView,
    cost: prune::CostView,
    shown: prune::Shown,
    study: Memo<(Vec<u64>, u32), Arc<huffman::Study>>,
    said: Vec<String>,
}

/// Pages whose setting is a k-means scheme.
pub const KMEANS: Link = Link {
    text: |setup| kmeans_scheme(&setup.scheme).to_string(),
    parse: |setup, text| {
        Link::SCHEME.set(setup, text).and_then(|()| match &setup.scheme.quantizer {
            Some(Quantizer::KMeans(_)) => {
                restart(setup);
                Ok(())
            }
            _ => Err("this page shows codebooks; start with kmeans, as in kmeans:bits=2,init=linear".to_owned()),
        })
    },
    defaults: |setup| {
        if let Ok(scheme) = "kmeans:bits=2,init=linear".parse() {
            setup.scheme = scheme;
        }
        setup.codebook = crate::app::setup::Codebook::default();
    },
    bits: |setup| kmeans_scheme(&setup.scheme).bits(),
    take_bits: |setup, bits| match kmeans_scheme(&setup.scheme).with_bits(bits) {
        Ok(scheme) => {
            setup.scheme = scheme;
            restart(setup);
            true
        }
        Err(_) => false,
    },
};

/// The page of pruning and sparse storage.
pub const PRUNE: Link = Link {
    text: |setup| prune::pruning(&setup.scheme).to_string(),
    defaults: |setup| {
        if let Ok(scheme) = "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=4".parse() {
            setup.scheme = scheme;
        }
    },
    ..Link::SCHEME
};

/// The page of Huffman coding: its bits are those of the indices that it shows.
pub const HUFFMAN: Link = Link {
    bits: |setup| match setup.codebook.coding.source {
        Source::Fc8 => Some(5),
        Source::Matrix => Some(2),
        Source::Tensor => setup.scheme.bits(),
    },
    take_bits: |setup, bits| setup.codebook.coding.source == Source::Tensor && (Link::SCHEME.take_bits)(setup, bits),
    ..Link::SCHEME
};

/// The page of the whole pipeline.
pub const PIPELINE: Link = Link {
    text: |setup| pipeline::recipe(&setup.scheme).to_string(),
    defaults: |setup| {
        if let Ok(scheme) = "prune:share=0.9|kmeans:bits=4,zero=pinned|sparse:index=4|huffman".parse() {
            setup.scheme = scheme;
        }
    },
    bits: |setup| pipeline::recipe(&setup.scheme).bits(),
    take_bits: |setup, bits| match pipeline::recipe(&setup.scheme).with_bits(bits) {
        Ok(scheme) => {
            setup.scheme = scheme;
            true
        }
        Err(_) => false,
    },
    ..Link::SCHEME
};

/// The scheme as these pages use it: its quantizer is k-means.
fn kmeans_scheme(scheme: &Scheme) -> Scheme {
    match &scheme.quantizer {
        Some(Quantizer::KMeans(_)) => scheme.clone(),
        _ => scheme.with_quantizer(Quantizer::KMeans(kmeans_of(scheme))),
    }
}

/// Forgets what was done by hand to the centroids, and shows the end of the run.
fn restart(setup: &mut Setup) {
    setup.codebook.at = None;
    setup.codebook.placed = None;
}

/// What the page said of itself when it was last drawn.
pub fn status(_session: &Session, state: &UiState) -> Vec<String> {
    state.kmeans.said.clone()
}
