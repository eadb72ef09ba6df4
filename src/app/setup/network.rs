//! What the controls of the group Networks hold.

use crate::engine::compress::Recipe;
use crate::engine::network::quantized::IntegerScheme;
use crate::engine::network::{Layers, Network as Graph, tuning};
use crate::sources::{Choice, NetworkSource};

/// Settings of the pages of the group Networks; the quantizer is the one of all pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The network, the pictures, and what is done to a picture before the network takes it.
    pub choice: Choice,
    /// Which of its layers are quantized.
    pub layers: Layers,
    /// The recipe of Deep Compression, with the network that it is for; another network has its own.
    pub recipe: Option<(NetworkSource, Recipe)>,
    /// How the page Train trains.
    pub training: tuning::Recipe,
    /// Whether the points of the trade-off are fine-tuned.
    pub fine_tuning: bool,
    /// Widths of their own for the layers, where each has its own.
    pub each: Option<Widths>,
    /// The page Bits.
    pub bits: Bits,
    /// How the page of integer networks computes.
    pub integer: IntegerScheme,
}

/// A width for every layer of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Widths {
    /// The network that they are for.
    pub network: NetworkSource,
    /// One a layer with weights, in the network's order; `None` is float32.
    pub bits: Vec<Option<u32>>,
}

/// What the page Bits shows and looks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bits {
    /// What is shown.
    pub view: BitsView,
    /// What a mix of widths shall meet.
    pub goal: Goal,
    /// At least so many times smaller than float32.
    pub ratio: f64,
    /// At most so many points of accuracy below float32.
    pub points: f64,
}

/// The views of the page Bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BitsView {
    /// Convolutions and fully connected layers apart.
    #[default]
    Kinds,
    /// Every layer alone, and mixes.
    Layers,
    /// Bits of weights by bits of activations.
    Activations,
}

/// What a mix of widths shall meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Goal {
    /// A size.
    #[default]
    Size,
    /// An accuracy.
    Accuracy,
}

impl Default for Bits {
    fn default() -> Self {
        Self { view: BitsView::Kinds, goal: Goal::Size, ratio: 12.0, points: 0.5 }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self {
            choice: Choice::default(),
            layers: Layers::All,
            recipe: None,
            training: tuning::Recipe::default(),
            fine_tuning: true,
            each: None,
            bits: Bits::default(),
            integer: IntegerScheme::default(),
        }
    }
}

impl Network {
    /// The width of every layer, where each has its own.
    pub fn widths(&self) -> Option<&[Option<u32>]> {
        self.each.as_ref().filter(|each| each.network == self.choice.network).map(|each| each.bits.as_slice())
    }

    /// The recipe for this network: the one that was set, or the program's own.
    pub fn recipe(&self, network: &Graph) -> Recipe {
        let is_own =
            |(of, recipe): &&(NetworkSource, Recipe)| *of == self.choice.network && recipe.check(network).is_ok();
        self.recipe.as_ref().filter(is_own).map_or_else(|| Recipe::of(network), |(_, recipe)| recipe.clone())
    }
}
