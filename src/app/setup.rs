//! What the pages' controls hold: small plain data, everything that undo covers.

pub mod codebook;
pub mod linear;
pub mod network;
pub mod numbers;
pub mod palettes;
pub mod pictures;
pub mod schemes;
pub mod signals;
pub mod signs;
pub mod why;

use std::sync::Arc;

pub use codebook::Codebook;
pub use linear::{Convolution, Linear, Matmul};
pub use network::{Bits, BitsView, Goal, Network, Widths};
pub use numbers::Numbers;
pub use palettes::Palettes;
pub use pictures::Pictures;
pub use schemes::Schemes;
pub use signals::Signals;
pub use signs::Signs;
pub use why::Why;

use crate::engine::quantize::Scheme;

/// The settings of all pages. A page group owns one field; its `Default` is the lecture's worked example.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// The quantizer of the weights, shared by every page that shows them.
    pub scheme: Scheme,
    /// The pages of the group Numbers.
    pub numbers: Numbers,
    /// The page on energy and storage.
    pub why: Why,
    /// The page of signals.
    pub signals: Signals,
    /// The page of pictures.
    pub pictures: Pictures,
    /// The page that compares palettes.
    pub palettes: Palettes,
    /// The pages of the group K-means.
    pub codebook: Codebook,
    /// The pages of the group Linear.
    pub linear: Linear,
    /// The page that compares schemes.
    pub schemes: Schemes,
    /// The pages of the group 1–2 bits.
    pub signs: Signs,
    /// The pages of the group Networks.
    pub network: Network,
}

impl Setup {
    /// The worked examples, with this quantizer.
    pub fn new(scheme: Scheme) -> Self {
        Self {
            scheme,
            numbers: Numbers::default(),
            why: Why::default(),
            signals: Signals::default(),
            pictures: Pictures::default(),
            palettes: Palettes::default(),
            codebook: Codebook::default(),
            linear: Linear::default(),
            schemes: Schemes::default(),
            signs: Signs::default(),
            network: Network::default(),
        }
    }
}

/// A change of the setup, as an undo step or a part of one.
#[derive(Clone)]
pub struct Edit {
    /// What it does, as the status bar says it: `Value 0.25 → 0.265625`.
    pub what: String,
    /// The drag that it belongs to; all edits of one drag are one step.
    pub gesture: Option<u64>,
    change: Arc<dyn Fn(&mut Setup) + Send + Sync>,
}

impl Edit {
    /// A change with its sentence.
    pub fn new(
        what: impl Into<String>,
        gesture: Option<u64>,
        change: impl Fn(&mut Setup) + Send + Sync + 'static,
    ) -> Self {
        Self { what: what.into(), gesture, change: Arc::new(change) }
    }

    /// Makes the change.
    pub fn apply(&self, setup: &mut Setup) {
        (self.change)(setup);
    }
}

impl std::fmt::Debug for Edit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Edit").field("what", &self.what).field("gesture", &self.gesture).finish_non_exhaustive()
    }
}
