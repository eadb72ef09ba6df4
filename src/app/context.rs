//! What a page may see, and how it asks for changes.

use std::sync::Arc;

use super::command::Command;
use super::document::Document;
use super::export::Scope;
use super::results::{Analysis, Curve, Loaded};
use super::session::{Action, Session};
use super::settings::Settings;
use super::state::UiState;
use crate::engine::quantize::Scheme;
use crate::engine::tensor::Tensor;

/// What a page asks of the shell rather than of the session.
#[derive(Clone, Debug)]
pub enum Request {
    /// Change the session.
    Act(Action),
    /// Run a command.
    Run(Command),
    /// Put text on the clipboard and say so.
    Copy {
        /// What is said: `Copied the scheme`.
        what: String,
        /// The text.
        text: String,
    },
    /// Ask where to export to.
    Export(Scope),
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

    /// Asks for text on the clipboard.
    pub fn copy(&mut self, what: impl Into<String>, text: impl Into<String>) {
        self.requests.push(Request::Copy { what: what.into(), text: text.into() });
    }

    /// The scheme that the controls show.
    pub fn scheme(&self) -> &'a Scheme {
        self.session.scheme.get()
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

    /// The newest analysis of the selected tensor, and whether it is of an older scheme than the controls show.
    pub fn analysis(&self) -> Option<(&'a Arc<Analysis>, bool)> {
        let analysis = self.session.results.analysis(self.session.key()?)?;
        Some((analysis, analysis.scheme != *self.scheme()))
    }

    /// The rate-distortion curves of the selected tensor.
    pub fn curves(&self) -> Option<&'a Arc<Vec<Curve>>> {
        self.session.results.curves(self.session.key()?)
    }
}
