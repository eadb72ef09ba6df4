//! What the eye needs for now: scroll positions, drafts, caches of drawn things. Never saved.

use super::pages::{
    AccuracyPage, KMeansPage, LinearPages, NetworksPages, NumbersPage, PalettesPage, PicturesPage, SchemesPage,
    SignalsPage, SignsPage, TensorPage,
};

/// State of all pages.
#[derive(Default)]
pub struct UiState {
    /// Of the tensor page; the model page shares its table.
    pub tensor: TensorPage,
    /// Of the pages of the group Numbers.
    pub numbers: NumbersPage,
    /// Of the pages of the group Linear.
    pub linear: LinearPages,
    /// Of the accuracy page.
    pub accuracy: AccuracyPage,
    /// Of the other pages of the group Networks.
    pub networks: NetworksPages,
    /// Of the pages of the group K-means.
    pub kmeans: KMeansPage,
    /// Of the page of signals.
    pub signals: SignalsPage,
    /// Of the page of pictures.
    pub pictures: PicturesPage,
    /// Of the page that compares palettes.
    pub palettes: PalettesPage,
    /// Of the page that compares schemes.
    pub schemes: SchemesPage,
    /// Of the pages of the group 1–2 bits.
    pub signs: SignsPage,
    /// Counts slider drags, so that each is one undo step.
    pub gestures: Gestures,
}

/// Gives each drag a number of its own.
#[derive(Default)]
pub struct Gestures {
    last: u64,
}

impl Gestures {
    /// The gesture that a changed control belongs to: the current drag, or none.
    pub fn of(&mut self, response: &egui::Response) -> Option<u64> {
        if response.drag_started() {
            self.last += 1;
        }
        response.dragged().then_some(self.last)
    }
}
