//! What the controls of the group Networks hold.

use crate::engine::compress::Recipe;
use crate::engine::network::quantized::IntegerScheme;
use crate::engine::network::{Layers, Network as Graph};

/// Settings of the pages of the group Networks; the quantizer is the one of all pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The built-in network, by its name.
    pub name: String,
    /// Which of its layers are quantized.
    pub layers: Layers,
    /// The recipe of Deep Compression, with the network that it is for; another network has its own.
    pub recipe: Option<(String, Recipe)>,
    /// Whether the points of the trade-off are fine-tuned.
    pub fine_tuning: bool,
    /// How the page of integer networks computes.
    pub integer: IntegerScheme,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            name: "lenet-300-100".to_owned(),
            layers: Layers::All,
            recipe: None,
            fine_tuning: true,
            integer: IntegerScheme::default(),
        }
    }
}

impl Network {
    /// The recipe for this network: the one that was set, or the program's own.
    pub fn recipe(&self, network: &Graph) -> Recipe {
        let set = self.recipe.as_ref().filter(|(name, recipe)| *name == network.name && recipe.check(network).is_ok());
        set.map_or_else(|| Recipe::of(network), |(_, recipe)| recipe.clone())
    }
}
