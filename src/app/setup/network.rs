//! What the controls of the group Networks hold.

use crate::engine::compress::Recipe;
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
}

impl Default for Network {
    fn default() -> Self {
        Self {
            choice: Choice::default(),
            layers: Layers::All,
            recipe: None,
            training: tuning::Recipe::default(),
            fine_tuning: true,
        }
    }
}

impl Network {
    /// The recipe for this network: the one that was set, or the program's own.
    pub fn recipe(&self, network: &Graph) -> Recipe {
        let is_own =
            |(of, recipe): &&(NetworkSource, Recipe)| *of == self.choice.network && recipe.check(network).is_ok();
        self.recipe.as_ref().filter(is_own).map_or_else(|| Recipe::of(network), |(_, recipe)| recipe.clone())
    }
}
