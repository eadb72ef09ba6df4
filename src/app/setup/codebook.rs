//! What the controls of the group K-means hold.

use crate::app::document::TensorKey;
use crate::engine::quantize::course::Plan;
use crate::engine::quantize::fine_tune::{LECTURE_GRADIENTS, Reduce};
use crate::engine::quantize::stepwise::Empty;
use crate::engine::quantize::{Init, KMeans, Per, Quantizer, Scheme};

/// Settings of the pages of the group K-means. The number of centroids and their start are those of the scheme.
#[derive(Clone, Debug, PartialEq)]
pub struct Codebook {
    /// Which channel or group is shown where each has a codebook of its own; beyond the last, the last.
    pub group: usize,
    /// Half-steps of Lloyd's algorithm that are taken; `None` is all of them.
    pub at: Option<usize>,
    /// Centroids that were placed by hand.
    pub placed: Option<Placed>,
    /// Weights that were changed by hand.
    pub edited: Option<Edited>,
    /// What becomes of a centroid without weights.
    pub empty: Empty,
    /// The sizes of the storage curve.
    pub storage: Storage,
    /// The fine-tuning step.
    pub tuning: Tuning,
    /// What is Huffman-coded.
    pub coding: Coding,
    /// Whether sparse storage holds float32 values rather than codes.
    pub floats: bool,
    /// Whether the pipeline runs over all layers.
    pub whole_model: bool,
    /// Which published network is shown, by its place.
    pub network: usize,
    /// The product that is decoded.
    pub decoding: Decoding,
}

/// One step of fine-tuning.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuning {
    /// One gradient a weight; of another number of weights than the tensor's they do not count.
    pub gradients: Vec<f64>,
    /// Learning rate.
    pub rate: f64,
    /// How the gradients of a centroid become one.
    pub reduce: Reduce,
    /// Steps of the explanation that are taken; `None` is all of them.
    pub stage: Option<usize>,
}

/// What the Huffman page codes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coding {
    /// Where the counts are from.
    pub source: Source,
    /// Merges that are done; `None` is all of them.
    pub merges: Option<usize>,
    /// The string of indices; empty for the suggested one.
    pub text: String,
    /// The bit that is flipped.
    pub flipped: Option<usize>,
}

/// Where counts of indices are from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The last layer of AlexNet, as published.
    #[default]
    Fc8,
    /// The 4×4 matrix of the lecture at two bits.
    Matrix,
    /// The open tensor under the current scheme.
    Tensor,
}

/// A product that is computed weight by weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoding {
    /// The inputs, one a column; further columns repeat them.
    pub inputs: Vec<f64>,
    /// Weights that are decoded; `None` is all of them.
    pub step: Option<usize>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { gradients: LECTURE_GRADIENTS.to_vec(), rate: 1.0, reduce: Reduce::Sum, stage: None }
    }
}

impl Tuning {
    /// The gradients of so many weights: zeros where there are none of that number.
    pub fn gradients_for(&self, weights: usize) -> Vec<f64> {
        if self.gradients.len() == weights { self.gradients.clone() } else { vec![0.0; weights] }
    }
}

impl Default for Decoding {
    fn default() -> Self {
        Self { inputs: vec![1.0, 2.0, -1.0, 0.5], step: None }
    }
}

impl Decoding {
    /// As many inputs as there are columns.
    pub fn inputs_for(&self, columns: usize) -> Vec<f64> {
        self.inputs.iter().copied().cycle().take(columns).collect()
    }
}

/// Weights that share a codebook: a tensor, or one channel or group of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shared {
    /// The tensor.
    pub tensor: TensorKey,
    /// Which of its weights.
    pub group: Group,
}

/// One group of a tensor's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// How the tensor is divided.
    pub per: Per,
    /// The group's place.
    pub index: usize,
}

/// Centroids that take the place of the scheme's start, for some weights and one number of centroids of the scheme.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Whose they are.
    pub of: Shared,
    /// The scheme's number when they were placed: another one takes their place.
    pub k: u32,
    /// Where they are, ascending.
    pub centroids: Vec<f64>,
}

/// A few weights that share a codebook, some of them changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Edited {
    /// Which weights.
    pub of: Shared,
    /// All of them.
    pub values: Vec<f32>,
}

/// A number of weights and a width that need no tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Storage {
    /// M, the number of weights.
    pub weights: u64,
    /// N, the bits of a code.
    pub bits: u32,
}

impl Default for Codebook {
    fn default() -> Self {
        Self {
            group: 0,
            at: None,
            placed: None,
            edited: None,
            empty: Empty::default(),
            storage: Storage { weights: 16, bits: 4 },
            tuning: Tuning::default(),
            coding: Coding::default(),
            floats: false,
            whole_model: true,
            network: 0,
            decoding: Decoding::default(),
        }
    }
}

/// The k-means settings of a scheme; of another quantizer, those that come closest: as many levels, from a linear start.
pub fn kmeans_of(scheme: &Scheme) -> KMeans {
    match &scheme.quantizer {
        Some(Quantizer::KMeans(kmeans)) => kmeans.clone(),
        _ => {
            let bits = scheme.bits().unwrap_or(4).clamp(1, 8);
            KMeans { k: 1 << bits, init: Init::Linear, seed: 0, pinned: false, per: Per::Tensor }
        }
    }
}

impl Codebook {
    /// The chosen group of a tensor; of group 0 where one codebook serves all.
    pub fn shared(&self, scheme: &Scheme, tensor: TensorKey) -> Shared {
        let per = kmeans_of(scheme).per;
        Shared { tensor, group: Group { per, index: if per == Per::Tensor { 0 } else { self.group } } }
    }

    /// What k-means is asked to do with these weights.
    pub fn plan(&self, scheme: &Scheme, of: Shared) -> Plan {
        let KMeans { k, init, seed, pinned, .. } = kmeans_of(scheme);
        let placed = self.placed_for(scheme, of).map(|placed| placed.centroids.clone());
        let k = placed.as_ref().map_or(k as usize, Vec::len);
        Plan { k, init, seed, placed, pinned, empty: self.empty }
    }

    /// The centroids that were placed by hand, if they still count.
    pub fn placed_for(&self, scheme: &Scheme, of: Shared) -> Option<&Placed> {
        let k = kmeans_of(scheme).k;
        self.placed.as_ref().filter(|placed| placed.of == of && placed.k == k)
    }

    /// The weights that were changed by hand, if they are these.
    pub fn edited_for(&self, of: Shared) -> Option<&[f32]> {
        self.edited.as_ref().filter(|edited| edited.of == of).map(|edited| edited.values.as_slice())
    }
}
