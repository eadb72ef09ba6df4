//! Open files and examples: they come, are read again, and go.

use std::path::{Path, PathBuf};

use super::super::document::{Document, DocumentId, Origin};
use super::super::examples::Example;
use super::super::library::Opened;
use super::super::setup::Edit;
use super::{Action, Notice, Outcome, Session, Severity, Slot, file_name};
use crate::engine::media::signal::Recording;
use crate::engine::tensor::{Model, Tensor, examples};
use crate::io;

impl Session {
    fn next_id(&mut self) -> DocumentId {
        self.next_document += 1;
        DocumentId(self.next_document)
    }

    pub(super) fn add(&mut self, origin: Origin, model: Model) {
        let id = self.next_id();
        let document = Document::new(id, origin, model);
        self.last_action = format!("Opened {}", document.title());
        self.gather_statistics(&document);
        if Recording::rate_of(&document.model).is_some() && self.page != "signals" {
            let title = format!("{} is sound", document.title());
            let notice = Notice::new(Severity::Good, title, "The page Signals shows it on its levels");
            self.notices.push(notice.with_action("Show", Action::ShowPage("signals")));
        }
        self.documents.push(document);
        self.active = Some(id);
    }

    /// Puts a file's new content where its old one was, on the same tensor where it still has one of that name.
    pub(super) fn replace(&mut self, place: usize, model: Model) {
        let id = self.next_id();
        let old = &self.documents[place];
        let (old_id, name) = (old.id, old.selected().map(|tensor| tensor.name.clone()));
        let mut document = Document::new(id, old.origin.clone(), model);
        if let Some(tensor) = document.model.tensors.iter().position(|tensor| Some(&tensor.name) == name.as_ref()) {
            document.tensor = tensor;
        }
        self.jobs.cancel(&Slot::Statistics(old_id));
        self.results.forget(old_id);
        self.gather_statistics(&document);
        self.last_action = format!("Reloaded {}", document.title());
        if self.active == Some(old_id) {
            self.active = Some(id);
        }
        self.documents[place] = document;
    }

    /// Reads a network or a data set in a job; it becomes a choice once it is known to be readable.
    pub(super) fn choose(&mut self, path: PathBuf, open: fn(&Path) -> Result<Opened, String>) {
        let title = format!("Opening {}", file_name(&path));
        self.jobs.start(Slot::Open(path.clone()), title, move |_| {
            let opened = open(&path);
            Outcome::Chosen(path, opened)
        });
    }

    pub(super) fn reload(&mut self, id: DocumentId) {
        let document = self.documents.iter().find(|document| document.id == id);
        let file = document.and_then(|document| Some((document.path()?.to_owned(), document.nameless)));
        if let Some((path, nameless)) = file {
            self.read_file(path, nameless);
        }
    }

    /// Looks whether open files were saved again since, and offers to read them again; each change is told once.
    pub fn look_for_changed_files(&mut self) {
        for document in &mut self.documents {
            let (Some(path), Some(now)) = (document.path(), document.changed()) else { continue };
            if document.told == Some(now) {
                continue;
            }
            let title = format!("{} was saved again", file_name(path));
            document.told = Some(now);
            let detail = "The page shows what was read before, as far as it is still there";
            let notice = Notice::new(Severity::Warn, title, detail);
            self.notices.push(notice.with_action("Reload", Action::Reload(document.id)));
        }
    }

    fn gather_statistics(&mut self, document: &Document) {
        let (id, statistics, model) = (document.id, document.statistics.clone(), document.model.clone());
        self.jobs.start(Slot::Statistics(id), "Statistics of all tensors", move |handle| {
            statistics.fill(&model, handle).map_or(Outcome::Nothing, |()| Outcome::Statistics)
        });
    }

    pub(super) fn open_file(&mut self, path: PathBuf) {
        let mut nameless = self.nameless;
        if let Some(document) = self.documents.iter().find(|document| document.path() == Some(&*path)) {
            self.active = Some(document.id);
            if document.changed().is_none() {
                return;
            }
            nameless = document.nameless;
        }
        self.read_file(path, nameless);
    }

    /// Opens the numbers in a text, or says why it holds none.
    pub(super) fn paste(&mut self, text: &str) {
        match io::numbers(text) {
            Ok(io::Numbers { shape, values, .. }) => {
                let pasted = self.documents.iter().filter(|document| document.origin == Origin::Pasted).count() + 1;
                let tensor = Tensor::in_memory("pasted", shape, values);
                let name = format!("Pasted numbers {pasted}");
                self.add(Origin::Pasted, Model { name, tensors: vec![tensor], metadata: Vec::new() });
            }
            Err(problem) => {
                let title = "The clipboard holds no table of numbers";
                self.notices.push(Notice::new(Severity::Warn, title, problem));
            }
        }
    }

    pub(super) fn read_file(&mut self, path: PathBuf, nameless: io::Nameless) {
        let title = format!("Opening {}", file_name(&path));
        self.jobs.start(Slot::Open(path.clone()), title, move |_| {
            let model = io::open_as(&path, nameless);
            Outcome::Opened(path, nameless, model)
        });
    }

    /// Opens an example's tensor and leaves page and setup as they are: how the window starts without a file.
    pub fn open_first(&mut self, example: &'static Example) {
        self.show_tensor_of(example);
        self.example = Some(example);
        self.last_action = example.title.to_owned();
    }

    fn show_tensor_of(&mut self, example: &'static Example) {
        if example.model.is_empty() {
            return;
        }
        let origin = Origin::Example(example.model.to_owned());
        match self.documents.iter().find(|document| document.origin == origin) {
            Some(document) => self.active = Some(document.id),
            None => self.add(origin, example.make_model()),
        }
        if let Some(document) = self.document_mut()
            && let Some(tensor) = document.model.tensors.iter().position(|tensor| tensor.name == example.tensor)
        {
            document.tensor = tensor;
            document.weight = 0;
        }
    }

    pub(super) fn open_example(&mut self, example: &'static Example) {
        self.show_tensor_of(example);
        self.edit(&Edit::new(example.title, None, |setup| {
            if let Some(scheme) = example.scheme() {
                setup.scheme = scheme;
                // What was placed by hand belongs to what was there before.
                (setup.codebook.placed, setup.codebook.edited) = (None, None);
            }
            (example.setup)(setup);
        }));
        self.page = example.page;
        self.example = Some(example);
        self.last_action = example.title.to_owned();
    }

    pub(super) fn next_seed(&mut self) {
        let Some((id, seed, tensor)) =
            self.document().and_then(|document| Some((document.id, document.seed()?, document.tensor)))
        else {
            return;
        };
        let origin = self.document().map(|document| document.origin.clone());
        self.close(id);
        let Some(origin) = origin else { return };
        self.add(origin, examples::synthetic(seed.wrapping_add(1)));
        if let Some(document) = self.document_mut() {
            document.tensor = tensor;
        }
        self.last_action = format!("Seed {seed} → {}", seed.wrapping_add(1));
    }

    pub(super) fn close(&mut self, id: DocumentId) {
        let Some(position) = self.documents.iter().position(|document| document.id == id) else { return };
        self.jobs.cancel(&Slot::Statistics(id));
        let document = self.documents.remove(position);
        self.results.forget(id);
        self.last_action = format!("Closed {}", document.title());
        if self.active == Some(id) {
            self.active = self.documents.get(position.min(self.documents.len().saturating_sub(1))).map(|next| next.id);
        }
    }
}
