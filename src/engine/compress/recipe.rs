//! What Deep Compression shall do to each layer.

use std::fmt::{self, Display};
use std::str::FromStr;

use crate::engine::network::Network;
use crate::engine::quantize::{Init, KMeans, Per, Quantizer, Scheme, Sparse, Storage};

/// What happens to the weights of one layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerRecipe {
    /// Share of the weights that pruning leaves, above 0 and up to 1.
    pub keep: f64,
    /// Width of a code, 1…8: 2^bits centroids, one of them the 0 of what was pruned.
    pub bits: u8,
    /// Bits of a step from one stored weight to the next, 1…16.
    pub index: u8,
}

/// Deep Compression (Han, Mao and Dally 2016) with its settings. The text form ([`Display`], [`FromStr`]) is one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// One a layer with weights, in the network's order.
    pub layers: Vec<LayerRecipe>,
    /// How often weights are pruned and the rest is retrained, each time a little further: 1 prunes at once.
    pub rounds: usize,
    /// Walks over the training pictures after each pruning but the last.
    pub epochs: usize,
    /// Walks after the last pruning.
    pub last: usize,
    /// Walks of the centroids.
    pub tune: usize,
    /// Pictures to train on, at most.
    pub pictures: usize,
    /// Of the order of the pictures.
    pub seed: u64,
}

/// Why a text is no recipe: what was found, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RecipeError(pub String);

impl LayerRecipe {
    /// How the weights are stored once they are pruned: shared centroids, sparse positions, both Huffman-coded.
    pub fn scheme(&self) -> Scheme {
        let kmeans = KMeans { k: 1 << self.bits, init: Init::Linear, seed: 0, pinned: true, per: Per::Tensor };
        Scheme { prune: None, quantizer: Some(Quantizer::KMeans(kmeans)), storage: self.storage() }
    }

    /// How pruned weights are stored that are still float32.
    pub fn pruned(&self) -> Scheme {
        Scheme { prune: None, quantizer: None, storage: Storage { huffman: false, ..self.storage() } }
    }

    fn storage(&self) -> Storage {
        Storage { sparse: Some(Sparse { index: self.index }), huffman: true }
    }
}

impl Recipe {
    /// The program's recipe for a network: for LeNet-300-100 and LeNet-5 one that reaches the paper's ratios, for others the paper's usual
    /// shares, a third of a convolution and a tenth of a fully connected layer.
    pub fn of(network: &Network) -> Self {
        let weights = network.parameters.iter().filter(|parameter| parameter.is_weight());
        let layers: Vec<LayerRecipe> = match network.name.as_str() {
            "lenet-300-100" => layers(&[(0.07, 5, 5), (0.09, 5, 4), (0.26, 5, 3)]),
            "lenet-5" => layers(&[(0.66, 6, 2), (0.12, 5, 4), (0.07, 5, 5), (0.19, 5, 4)]),
            _ => weights
                .map(|weight| match weight.shape.len() {
                    2 => LayerRecipe { keep: 0.1, bits: 5, index: 5 },
                    _ => LayerRecipe { keep: 0.35, bits: 8, index: 4 },
                })
                .collect(),
        };
        let convolutional = network.parameters.iter().any(|parameter| parameter.shape.len() == 4);
        let (rounds, epochs, last, tune) = if convolutional { (2, 1, 2, 1) } else { (4, 2, 6, 2) };
        Self { layers, rounds, epochs, last, tune, pictures: 60_000, seed: 0 }
    }

    /// Whether the recipe fits a network.
    ///
    /// # Errors
    /// Another number of layers; a setting out of range.
    pub fn check(&self, network: &Network) -> Result<(), RecipeError> {
        let weights = network.parameters.iter().filter(|parameter| parameter.is_weight()).count();
        if weights != self.layers.len() {
            let found = self.layers.len();
            return Err(RecipeError(format!(
                "{} has {weights} layers with weights, the recipe has {found}",
                network.name
            )));
        }
        for (place, layer) in self.layers.iter().enumerate() {
            let wrong = |what: String| Err(RecipeError(format!("layer {}: {what}", place + 1)));
            if !(layer.keep > 0.0 && layer.keep <= 1.0) {
                return wrong(format!("keep={}: expected a share above 0, at most 1", layer.keep));
            }
            if !(1..=8).contains(&layer.bits) {
                return wrong(format!("bits={}: expected 1 to 8", layer.bits));
            }
            if !(1..=16).contains(&layer.index) {
                return wrong(format!("index={}: expected 1 to 16", layer.index));
            }
        }
        if !(1..=MOST_ROUNDS).contains(&self.rounds) {
            return Err(RecipeError(format!("rounds={}: expected 1 to {MOST_ROUNDS}", self.rounds)));
        }
        Ok(())
    }

    /// The share that a layer keeps after a round, from 1: the same factor every round, so that the last one is the recipe's.
    pub(super) fn keep(&self, layer: &LayerRecipe, round: usize) -> f64 {
        layer.keep.powf(round as f64 / self.rounds as f64)
    }

    /// Walks over the training pictures, all in all.
    pub fn walks(&self) -> usize {
        (self.rounds - 1) * self.epochs + self.last + self.tune
    }
}

/// More rounds than anyone waits for.
const MOST_ROUNDS: usize = 50;

fn layers(rows: &[(f64, u8, u8)]) -> Vec<LayerRecipe> {
    rows.iter().map(|&(keep, bits, index)| LayerRecipe { keep, bits, index }).collect()
}

impl Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |of: &dyn Fn(&LayerRecipe) -> String| self.layers.iter().map(of).collect::<Vec<_>>().join("/");
        write!(f, "deep-compression:keep={}", list(&|layer| layer.keep.to_string()))?;
        write!(f, ",bits={}", list(&|layer| layer.bits.to_string()))?;
        write!(f, ",index={}", list(&|layer| layer.index.to_string()))?;
        let Self { rounds, epochs, last, tune, pictures, seed, .. } = self;
        write!(f, ",rounds={rounds},epochs={epochs},last={last},tune={tune},pictures={pictures},seed={seed}")
    }
}

impl FromStr for Recipe {
    type Err = RecipeError;

    fn from_str(text: &str) -> Result<Self, RecipeError> {
        let expected = "expected deep-compression:keep=SHARE/SHARE…,bits=N/N…,index=N/N…,rounds=…,epochs=…,last=…,tune=…,pictures=…,seed=…";
        let rest =
            text.trim().strip_prefix("deep-compression:").ok_or_else(|| RecipeError(format!("{text}: {expected}")))?;
        let find = |key: &str| {
            let found = rest.split(',').find_map(|setting| setting.trim().strip_prefix(key)?.strip_prefix('='));
            found.ok_or_else(|| RecipeError(format!("{key} is missing; {expected}")))
        };
        fn read<T: FromStr>(key: &str, text: &str) -> Result<T, RecipeError> {
            text.trim().parse().map_err(|_| RecipeError(format!("{key}={text}: expected a number")))
        }
        fn all<T: FromStr>(key: &str, text: &str) -> Result<Vec<T>, RecipeError> {
            text.split('/').map(|part| read(key, part)).collect()
        }
        for setting in rest.split(',') {
            let key = setting.split('=').next().unwrap_or_default().trim();
            if !["keep", "bits", "index", "rounds", "epochs", "last", "tune", "pictures", "seed"].contains(&key) {
                return Err(RecipeError(format!("{key}: there is no such setting; {expected}")));
            }
        }
        let keep: Vec<f64> = all("keep", find("keep")?)?;
        let bits: Vec<u8> = all("bits", find("bits")?)?;
        let index: Vec<u8> = all("index", find("index")?)?;
        if keep.len() != bits.len() || keep.len() != index.len() {
            return Err(RecipeError(format!(
                "keep, bits and index have {}, {} and {} values; expected one a layer",
                keep.len(),
                bits.len(),
                index.len()
            )));
        }
        let layers = keep
            .into_iter()
            .zip(bits)
            .zip(index)
            .map(|((keep, bits), index)| LayerRecipe { keep, bits, index })
            .collect();
        Ok(Self {
            layers,
            rounds: read("rounds", find("rounds")?)?,
            epochs: read("epochs", find("epochs")?)?,
            last: read("last", find("last")?)?,
            tune: read("tune", find("tune")?)?,
            pictures: read("pictures", find("pictures")?)?,
            seed: read("seed", find("seed")?)?,
        })
    }
}
