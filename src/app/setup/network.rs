//! What the controls of the group Networks hold.

use crate::engine::network::Layers;

/// Settings of the pages of the group Networks; the quantizer is the one of all pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The built-in network, by its name.
    pub name: String,
    /// Which of its layers are quantized.
    pub layers: Layers,
}

impl Default for Network {
    fn default() -> Self {
        Self { name: "lenet-300-100".to_owned(), layers: Layers::All }
    }
}
