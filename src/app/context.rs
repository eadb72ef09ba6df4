//! What a page may see, and how it asks for changes.

use std::path::PathBuf;
use std::sync::Arc;

use super::command::Command;
use super::derived::{Derived, Task};
use super::document::Document;
use super::export::Scope;
use super::results::{Analysis, Curve, Loaded};
use super::session::{Action, Freshness, Session};
use super::settings::Settings;
use super::setup::{Edit, Setup};
use super::state::UiState;
use crate::engine::Cancelled;
use crate::engine::quantize::Scheme;
use crate::engine::tensor::Tensor;
use crate::jobs::Handle;

/// What a page asks of the shell rather than of the session.
#[derive(Debug)]
pub enum Request {
    /// Change the session.
    Act(Action),
    /// Run a command.
    Run(Command),
    /// Compute something beside the frame.
    Compute(Task),
    /// Put text on the clipboard and say so.
    Copy {
        /// What is said: `Copied the scheme`.
        what: String,
        /// The text.
        text: String,
    },
    /// Ask where to export to.
    Export(Scope),
    /// Write the figure that waits for its name.
    SaveFigure(PathBuf),
    /// Write all figures of the page into a folder that is made.
    SaveFigures(PathBuf),
}

/// A page's view of the program for one frame. Reading is free; every change is a request that is carried out after the frame.
pub struct PageContext<'a> {
    /// Documents, scheme, results, jobs.
    pub session: &'a Session,
    /// Preferences.
    pub settings: &'a mut Settings,
    /// What the eye needs for now: scroll, drafts, caches of drawn things.
    pub state: &'a mut UiState,
    /// Whether the page is shown to a lecture hall.
    pub presenting: bool,
    /// What the page asks for.
    pub requests: &'a mut Vec<Request>,
}

impl<'a> PageContext<'a> {
    /// Asks for a change of the session.
    pub fn act(&mut self, action: Action) {
        self.requests.push(Request::Act(action));
    }

    /// Asks for another scheme, as an undo step of its own.
    pub fn set_scheme(&mut self, scheme: Scheme) {
        self.act(Action::SetScheme { scheme, gesture: None });
    }

    /// The settings of all pages.
    pub fn setup(&self) -> &'a Setup {
        self.session.setup()
    }

    /// Asks for another setup. `what` says so in the status bar; all edits of one `gesture` are one undo step.
    pub fn edit(
        &mut self,
        what: impl Into<String>,
        gesture: Option<u64>,
        change: impl Fn(&mut Setup) + Send + Sync + 'static,
    ) {
        self.act(Action::Edit(Edit::new(what, gesture, change)));
    }

    /// The newest result of a computation from `key`, everything that the result depends on. Where it has not been asked for yet,
    /// `work` runs in a job that replaces the slot's older one. `None` until there is a first result.
    pub fn derive<K, V>(
        &mut self,
        slot: &'static str,
        title: impl Into<String>,
        key: K,
        work: impl FnOnce(&K, &Handle) -> Result<V, Cancelled> + Send + 'static,
    ) -> Option<Derived<V>>
    where
        K: PartialEq + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        let newest = self.session.derived.get(slot, &key);
        if !self.session.derived.is_wanted(slot, &key) {
            self.requests.push(Request::Compute(Task::new(slot, title.into(), key, work)));
        }
        newest
    }

    /// What the newest result of a slot of [`Self::derive`] was made from: some older results must not be shown beside what is chosen now.
    pub fn made_from<K: 'static>(&self, slot: &str) -> Option<&'a K> {
        self.session.derived.made_from(slot)
    }

    /// Asks for text on the clipboard.
    pub fn copy(&mut self, what: impl Into<String>, text: impl Into<String>) {
        self.requests.push(Request::Copy { what: what.into(), text: text.into() });
    }

    /// The scheme that the controls show.
    pub fn scheme(&self) -> &'a Scheme {
        self.session.scheme()
    }

    /// The document in front.
    pub fn document(&self) -> Option<&'a Document> {
        self.session.document()
    }

    /// The selected tensor.
    pub fn tensor(&self) -> Option<&'a Tensor> {
        self.session.document()?.selected()
    }

    /// The selected tensor's values and summary, once they are read.
    pub fn loaded(&self) -> Option<&'a Arc<Loaded>> {
        self.session.results.loaded(self.session.key()?)
    }

    /// The newest analysis of the selected tensor, and whether it is of an older scheme than the controls show. There is none for
    /// a scheme that does not fit the tensor: [`Self::waiting`] says why.
    pub fn analysis(&self) -> Option<(&'a Arc<Analysis>, bool)> {
        if self.session.freshness() == Freshness::Refused {
            return None;
        }
        let analysis = self.session.results.analysis(self.session.key()?)?;
        Some((analysis, analysis.scheme != *self.scheme()))
    }

    /// Why there is no analysis: the tensor cannot be read, the scheme does not fit it, or it takes a moment.
    pub fn waiting(&self) -> &'a str {
        let results = &self.session.results;
        let Some(key) = self.session.key() else { return "No tensor is selected" };
        let reason = results.failure(key).or_else(|| results.refusal(key, self.scheme()));
        reason.unwrap_or(if self.loaded().is_some() { "Computing" } else { "Reading the weights" })
    }

    /// What is said of a result that is drawn although it is of an older scheme; empty where it is current.
    pub fn staleness(&self) -> &'static str {
        match self.session.freshness() {
            Freshness::Current | Freshness::Refused => "",
            Freshness::Updating => "updating",
            Freshness::Withdrawn => "cancelled, older scheme",
        }
    }

    /// The rate-distortion curves of the selected tensor.
    pub fn curves(&self) -> Option<&'a Arc<Vec<Curve>>> {
        self.session.results.curves(self.session.key()?)
    }
}
