//! Everything that happens without a window: documents, the scheme with its undo, results, jobs.
//!
//! Pages and menus send [`Action`]s; [`Session::act`] carries them out; [`Session::advance`] takes in finished jobs and starts what
//! is missing for the selected tensor and the current scheme. Both are called between frames, never while drawing.

mod documents;
mod message;
mod work;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use message::{Action, Copy, FileQuestion, Freshness, Notice, Outcome, Severity, Slot};
use work::Wanted;

use super::album;
use super::derived::Store;
use super::describe;
use super::document::{Document, DocumentId, TensorKey};
use super::examples::Example;
use super::history::History;
use super::library::{Kind, Library, Opened};
use super::pages;
use super::results::{Analysis, Results};
use super::setup::{Edit, Setup};
use crate::engine::quantize::Scheme;
use crate::io::Nameless;
use crate::jobs::{Jobs, Status};

/// The state behind the window.
pub struct Session {
    /// Open documents, in tab order.
    pub documents: Vec<Document>,
    /// The one in front.
    pub active: Option<DocumentId>,
    /// The settings of all pages, with undo.
    pub setups: History<Setup>,
    /// The page in front, by its catalogue name.
    pub page: &'static str,
    /// Networks and data sets to choose from.
    pub library: Library,
    /// What was computed of the selected tensor.
    pub results: Results,
    /// What pages had computed for them.
    pub derived: Store,
    /// The worked example that was opened last; its controls may have been moved since.
    pub example: Option<&'static Example>,
    /// The last action as a sentence.
    pub last_action: String,
    /// Messages that the window has not shown yet.
    pub notices: Vec<Notice>,
    /// Files that were opened since the window last looked, for the recent list.
    pub opened: Vec<PathBuf>,
    /// Files that wait for an answer, in the order they came.
    pub questions: VecDeque<FileQuestion>,
    /// What elements are taken for whose type no npy header names, unless somebody is asked.
    pub nameless: Nameless,
    pinned: Option<Arc<Analysis>>,
    jobs: Jobs<Slot, Outcome>,
    wanted: Wanted,
    next_document: u64,
}

impl Session {
    /// A session without documents.
    pub fn new(jobs: Jobs<Slot, Outcome>, setup: Setup, page: &'static str) -> Self {
        Self {
            documents: Vec::new(),
            active: None,
            setups: History::new(setup),
            page,
            library: Library::default(),
            results: Results::default(),
            derived: Store::default(),
            example: None,
            last_action: String::new(),
            notices: Vec::new(),
            opened: Vec::new(),
            questions: VecDeque::new(),
            nameless: Nameless::default(),
            pinned: None,
            jobs,
            wanted: Wanted::default(),
            next_document: 0,
        }
    }

    /// The settings of all pages.
    pub fn setup(&self) -> &Setup {
        self.setups.get()
    }

    /// The quantizer of the weights.
    pub fn scheme(&self) -> &Scheme {
        &self.setups.get().scheme
    }

    /// The document in front.
    pub fn document(&self) -> Option<&Document> {
        let active = self.active?;
        self.documents.iter().find(|document| document.id == active)
    }

    fn document_mut(&mut self) -> Option<&mut Document> {
        let active = self.active?;
        self.documents.iter_mut().find(|document| document.id == active)
    }

    /// The selected tensor's key.
    pub fn key(&self) -> Option<TensorKey> {
        self.document().filter(|document| document.selected().is_some()).map(Document::key)
    }

    /// The jobs at work.
    pub fn jobs(&self) -> Vec<Status<Slot>> {
        self.jobs.status()
    }

    /// How the newest analysis stands to the controls.
    pub fn freshness(&self) -> Freshness {
        let Some(key) = self.key() else { return Freshness::Updating };
        let current = self.results.analysis(key).is_some_and(|analysis| analysis.scheme == *self.scheme());
        if self.results.refusal(key, self.scheme()).is_some() {
            Freshness::Refused
        } else if current {
            Freshness::Current
        } else if self.wanted.withdrawn {
            Freshness::Withdrawn
        } else {
            Freshness::Updating
        }
    }

    /// The analysis that the tiles compare with, where it is of the selected tensor.
    pub fn pinned(&self) -> Option<&Analysis> {
        self.pinned.as_deref().filter(|pinned| Some(pinned.key) == self.key())
    }

    /// Pins the current analysis to compare with, or lets the pinned one go.
    fn pin(&mut self) {
        if self.pinned().is_some() {
            self.pinned = None;
            self.last_action = "Compares no more".to_owned();
            return;
        }
        let analysis = self.key().and_then(|key| self.results.analysis(key)).cloned();
        if let Some(analysis) = analysis.filter(|_| self.freshness() == Freshness::Current) {
            self.last_action = format!("Compares with {}", analysis.scheme);
            self.pinned = Some(analysis);
        }
    }

    /// Whether nothing is at work and nothing is missing: what a screenshot waits for.
    pub fn is_settled(&self) -> bool {
        self.jobs.status().is_empty()
    }

    /// Carries out what a page or a menu asked for.
    pub fn act(&mut self, action: Action) {
        match action {
            Action::SetScheme { scheme, gesture } => {
                let what = describe::change(self.scheme(), &scheme);
                self.edit(&Edit::new(what, gesture, move |setup| setup.scheme = scheme.clone()));
            }
            Action::Edit(edit) => self.edit(&edit),
            Action::Undo => self.step("Undo", History::undo),
            Action::Redo => self.step("Redo", History::redo),
            Action::SelectTensor(tensor) => {
                if let Some(document) = self.document_mut()
                    && document.tensor != tensor
                    && tensor < document.model.tensors.len()
                {
                    document.tensor = tensor;
                    document.weight = 0;
                    self.last_action =
                        format!("Tensor {}", self.document().map_or("", |d| &d.model.tensors[tensor].name));
                }
            }
            Action::SelectWeight(weight) => {
                if let Some(document) = self.document_mut()
                    && document.selected().is_some_and(|tensor| weight < tensor.count())
                {
                    document.weight = weight;
                }
            }
            Action::SelectDocument(id) => {
                if self.documents.iter().any(|document| document.id == id) {
                    self.active = Some(id);
                }
            }
            Action::CloseDocument(id) => self.close(id),
            Action::OpenFile(path) => self.open_file(path),
            Action::OpenFileAs(path, nameless) => self.read_file(path, nameless),
            Action::Paste(text) => self.paste(&text),
            Action::OpenNetwork(path) => self.choose(path, Opened::network),
            Action::OpenData(path) => self.choose(path, Opened::data),
            Action::OpenPalette(path) => self.choose(path, Opened::palette),
            Action::UseTrained(trained) => {
                let edit = self.library.take_trained(trained);
                self.edit(&edit);
            }
            Action::Drop(path) if Opened::is_palette(&path, pages::is_of_pictures(self.page)) => {
                self.choose(path, Opened::palette);
            }
            Action::Drop(path) => match Opened::kind(&path, pages::is_of_networks(self.page)) {
                Kind::Weights => self.open_file(path),
                Kind::Network => self.choose(path, Opened::network),
                Kind::Data => self.choose(path, Opened::data),
            },
            Action::OpenExample(example) => self.open_example(example),
            Action::NextSeed => self.next_seed(),
            Action::ShowPage(page) => self.page = page,
            Action::Export(request) => self.start_export(request),
            Action::SaveFigure(figure, path) => {
                let title = format!("Writing {}", file_name(&path));
                self.jobs.start(Slot::Figure(path.clone()), title, move |_| {
                    let written = figure.write(&path);
                    Outcome::Figure(path, written)
                });
            }
            Action::SaveFigures(files, folder) => {
                let title = format!("Writing {} figures", files.len());
                self.jobs.start(Slot::Figure(folder.clone()), title, move |_| {
                    let written = album::write(&folder, &files);
                    Outcome::Figures(folder, written)
                });
            }
            Action::Tell(notice) => self.notices.push(*notice),
            Action::Cancel(slot) => self.withdraw(&slot),
            Action::Pin => self.pin(),
            Action::Compute => self.wanted.exact = None,
            Action::Reload(id) => self.reload(id),
        }
    }

    fn edit(&mut self, edit: &Edit) {
        let mut setup = self.setup().clone();
        edit.apply(&mut setup);
        if self.setups.set(setup, edit.gesture, &edit.what) {
            self.last_action.clone_from(&edit.what);
        }
    }

    fn step(&mut self, name: &str, step: impl Fn(&mut History<Setup>) -> Option<String>) {
        let before = self.scheme().clone();
        if let Some(what) = step(&mut self.setups) {
            let changed = before != *self.scheme();
            let what = if changed { describe::change(&before, self.scheme()) } else { what };
            self.last_action = format!("{name}: {what}");
        }
    }
}

/// The last part of a path, for messages.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
