//! Everything that happens without a window: documents, the scheme with its undo, results, jobs.
//!
//! Pages and menus send [`Action`]s; [`Session::act`] carries them out; [`Session::advance`] takes in finished jobs and starts what
//! is missing for the selected tensor and the current scheme. Both are called between frames, never while drawing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::curves;
use super::derived::{Made, Store, Task};
use super::describe;
use super::document::{Document, DocumentId, Origin, Stamp, TensorKey};
use super::examples::Example;
use super::export::{self, ExportRequest, Exported};
use super::figure::files::Figure;
use super::history::History;
use super::results::{Analysis, Curve, Loaded, Results};
use super::setup::{Edit, Setup};
use crate::engine::quantize::Scheme;
use crate::engine::tensor::{Model, examples};
use crate::io;
use crate::jobs::{Ended, Jobs, Status};

/// Where a job belongs; a new one replaces the older one of the same slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Opening a file.
    Open(PathBuf),
    /// The statistics of a document's tensors.
    Statistics(DocumentId),
    /// Reading and summarising the selected tensor.
    Load,
    /// The exact pass of the current scheme.
    Exact,
    /// The rate-distortion curves.
    Curves,
    /// Writing a file.
    Export,
    /// Writing a figure or a table.
    Figure(PathBuf),
    /// A page's own computation, by its slot's name.
    Page(&'static str),
}

/// What a job delivers.
pub enum Outcome {
    /// A file was opened, or why not.
    Opened(PathBuf, Result<Model, String>),
    /// Statistics are complete, as far as nobody cancelled them.
    Statistics,
    /// A tensor is ready, or why not.
    Loaded(TensorKey, Result<Loaded, String>),
    /// The exact pass is through, or why the scheme does not fit.
    Exact(TensorKey, Scheme, Result<Box<Analysis>, String>),
    /// The curves of a tensor; with the scheme that asked for a curve of its own.
    Curves(TensorKey, Vec<Curve>),
    /// A file was written and read back, or why not.
    Exported(Result<Exported, String>),
    /// A figure or a table was written with this many bytes, or why not.
    Figure(PathBuf, Result<u64, String>),
    /// A page's own computation.
    Derived(Made),
    /// The job noticed its cancellation before it had anything.
    Nothing,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Something worked.
    Good,
    /// Something is worth knowing.
    Warn,
    /// Something failed.
    Error,
}

/// How the newest analysis of the selected tensor stands to the scheme that the controls show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It is of this scheme.
    Current,
    /// It is of an older scheme, or there is none yet; the pass is at work.
    Updating,
    /// It is of an older scheme, and the pass was withdrawn by hand.
    Withdrawn,
    /// The scheme does not fit the tensor.
    Refused,
}

/// A message to the person, shown as a toast.
#[derive(Clone, Debug)]
pub struct Notice {
    /// How much it matters.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// More, or empty.
    pub detail: String,
    /// What a button on it is called and does.
    pub action: Option<(&'static str, Action)>,
}

impl Notice {
    /// A notice of that severity.
    pub fn new(severity: Severity, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity, title: title.into(), detail: detail.into(), action: None }
    }

    /// The same with a button.
    pub fn with_action(self, name: &'static str, action: Action) -> Self {
        Self { action: Some((name, action)), ..self }
    }
}

/// What pages and menus ask for.
#[derive(Clone, Debug)]
pub enum Action {
    /// Another scheme; all changes of one gesture are one undo step.
    SetScheme {
        /// The new scheme.
        scheme: Scheme,
        /// The drag it belongs to.
        gesture: Option<u64>,
    },
    /// Another setup.
    Edit(Edit),
    /// One step back.
    Undo,
    /// One step forward again.
    Redo,
    /// Show another tensor of the active document.
    SelectTensor(usize),
    /// Inspect another weight of the selected tensor.
    SelectWeight(usize),
    /// Bring a document to the front.
    SelectDocument(DocumentId),
    /// Close a document.
    CloseDocument(DocumentId),
    /// Open a file.
    OpenFile(PathBuf),
    /// Open a built-in example, with its scheme and page.
    OpenExample(&'static Example),
    /// Draw the synthetic weights anew from the next seed.
    NextSeed,
    /// Show a page, by its catalogue name.
    ShowPage(&'static str),
    /// Write a file.
    Export(ExportRequest),
    /// Write a figure or a table.
    SaveFigure(Figure, PathBuf),
    /// Withdraw a job.
    Cancel(Slot),
    /// Compare the coming schemes with the current one, or stop comparing.
    Pin,
    /// Start the exact pass again that was withdrawn.
    Compute,
    /// Read a document's file again.
    Reload(DocumentId),
}

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
            results: Results::default(),
            derived: Store::default(),
            example: None,
            last_action: String::new(),
            notices: Vec::new(),
            opened: Vec::new(),
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

    /// Starts a page's own computation; a newer one of the same slot replaces it.
    pub fn compute(&mut self, task: Task) {
        self.derived.want(&task);
        let (slot, title) = (Slot::Page(task.slot), task.title.clone());
        let job = task.into_job();
        self.jobs.start(slot, title, move |handle| job(handle).map_or(Outcome::Nothing, Outcome::Derived));
    }

    /// Cancels a job by hand; it is not started again until something changes or somebody asks.
    fn withdraw(&mut self, slot: &Slot) {
        if *slot == Slot::Exact && self.jobs.is_running(slot) {
            self.wanted.withdrawn = true;
            let exact = "Exact pass cancelled";
            let detail = match self.freshness() {
                Freshness::Current => "The numbers are a preview from the summary",
                _ => "The page shows what was computed before",
            };
            self.notices.push(Notice::new(Severity::Warn, exact, detail).with_action("Compute", Action::Compute));
        }
        self.jobs.cancel(slot);
    }

    fn next_id(&mut self) -> DocumentId {
        self.next_document += 1;
        DocumentId(self.next_document)
    }

    fn add(&mut self, origin: Origin, model: Model) {
        let id = self.next_id();
        let document = Document::new(id, origin, model);
        self.last_action = format!("Opened {}", document.title());
        self.gather_statistics(&document);
        self.documents.push(document);
        self.active = Some(id);
    }

    /// Puts a file's new content where its old one was, on the same tensor where it still has one of that name.
    fn replace(&mut self, place: usize, model: Model) {
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

    fn reload(&mut self, id: DocumentId) {
        let path = self.documents.iter().find(|document| document.id == id).and_then(|document| document.path());
        if let Some(path) = path.map(Path::to_owned) {
            self.read_file(path);
        }
    }

    /// Looks whether open files were saved again since, and offers to read them again; each change is told once.
    pub fn look_for_changed_files(&mut self) {
        for document in &mut self.documents {
            let Origin::File(path) = &document.origin else { continue };
            let now = Stamp::of(path);
            if now.is_none() || now == document.stamp {
                continue;
            }
            document.stamp = now;
            let title = format!("{} was saved again", file_name(path));
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

    fn open_file(&mut self, path: PathBuf) {
        if let Some(document) = self.documents.iter().find(|document| document.path() == Some(&*path)) {
            self.active = Some(document.id);
            return;
        }
        self.read_file(path);
    }

    fn read_file(&mut self, path: PathBuf) {
        let title = format!("Opening {}", file_name(&path));
        self.jobs.start(Slot::Open(path.clone()), title, move |_| {
            let model = io::open(&path).map_err(|error| error.to_string());
            Outcome::Opened(path, model)
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

    fn open_example(&mut self, example: &'static Example) {
        self.show_tensor_of(example);
        self.edit(&Edit::new(example.title, None, |setup| {
            if let Some(scheme) = example.scheme() {
                setup.scheme = scheme;
            }
            (example.setup)(setup);
        }));
        self.page = example.page;
        self.example = Some(example);
        self.last_action = example.title.to_owned();
    }

    fn next_seed(&mut self) {
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

    fn close(&mut self, id: DocumentId) {
        let Some(position) = self.documents.iter().position(|document| document.id == id) else { return };
        self.jobs.cancel(&Slot::Statistics(id));
        let document = self.documents.remove(position);
        self.results.forget(id);
        self.last_action = format!("Closed {}", document.title());
        if self.active == Some(id) {
            self.active = self.documents.get(position.min(self.documents.len().saturating_sub(1))).map(|next| next.id);
        }
    }

    fn start_export(&mut self, request: ExportRequest) {
        if self.jobs.is_running(&Slot::Export) {
            let detail = "One file is written at a time: wait for it, or cancel it in the status bar";
            self.notices.push(Notice::new(Severity::Warn, "An export is still running", detail));
            return;
        }
        let Some(document) = self.document() else { return };
        let (model, tensor, scheme) = (document.model.clone(), document.tensor, self.scheme().clone());
        let title = format!("Writing {}", file_name(&request.path));
        self.jobs.start(Slot::Export, title, move |handle| {
            match export::write(&model, tensor, &scheme, &request, handle) {
                Ok(result) => Outcome::Exported(result),
                Err(_cancelled) => Outcome::Nothing,
            }
        });
    }

    /// Takes in finished jobs and starts what the selected tensor and the current scheme still lack.
    pub fn advance(&mut self) {
        while let Some((slot, ended)) = self.jobs.poll() {
            match ended {
                Ended::Done(outcome) => self.take_in(outcome),
                Ended::Cancelled if slot == Slot::Export => {
                    self.notices.push(Notice::new(Severity::Warn, "Export cancelled", "No file was written"));
                }
                Ended::Cancelled => {}
                Ended::Panicked(text) => {
                    let title = "A computation stopped by a defect of this program";
                    self.notices.push(Notice::new(Severity::Error, title, format!("{slot:?}: {text}")));
                    match (slot, self.key()) {
                        (Slot::Exact, Some(key)) => self.results.keep_refusal(key, self.scheme().clone(), text),
                        (Slot::Load, Some(key)) => self.results.keep_failure(key, text),
                        _ => {}
                    }
                }
            }
        }
        self.request_what_is_missing();
    }

    fn take_in(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Opened(path, Ok(model)) => {
                let open = self.documents.iter().position(|document| document.path() == Some(&*path));
                match open {
                    Some(place) => self.replace(place, model),
                    None => {
                        self.add(Origin::File(path.clone()), model);
                        self.example = None;
                    }
                }
                self.opened.push(path);
            }
            Outcome::Opened(path, Err(reason)) => {
                self.notices.push(Notice::new(Severity::Error, format!("{} not opened", file_name(&path)), reason));
            }
            Outcome::Loaded(key, Ok(loaded)) if self.documents.iter().any(|document| document.id == key.document) => {
                self.results.keep_loaded(loaded);
            }
            Outcome::Loaded(key, Err(reason)) => {
                self.notices.push(Notice::new(Severity::Error, "A tensor could not be read", reason.clone()));
                self.results.keep_failure(key, reason);
            }
            Outcome::Exact(key, scheme, result) => {
                if self.key() == Some(key) && *self.scheme() == scheme {
                    match result {
                        Ok(analysis) => self.results.keep_analysis(*analysis),
                        Err(reason) => self.results.keep_refusal(key, scheme, reason),
                    }
                }
            }
            Outcome::Curves(key, curves) => self.results.keep_curves(key, curves),
            Outcome::Exported(Ok(exported)) => {
                self.last_action = format!("Exported {}", file_name(&exported.path));
                let detail = format!("{}\nCheck it in Python: {}", exported.sentence(), exported.python);
                self.notices.push(Notice::new(Severity::Good, "Saved, read back and equal", detail));
            }
            Outcome::Exported(Err(reason)) => {
                self.notices.push(Notice::new(Severity::Error, "Not exported", reason));
            }
            Outcome::Figure(path, Ok(bytes)) => {
                self.last_action = format!("Saved {}", file_name(&path));
                let detail = format!("{} in {}", super::view::format::bytes_exact(bytes), path.display());
                self.notices.push(Notice::new(Severity::Good, "Saved", detail));
            }
            Outcome::Figure(_, Err(reason)) => {
                self.notices.push(Notice::new(Severity::Error, "Not saved", reason));
            }
            Outcome::Derived(made) => self.derived.keep(made),
            Outcome::Loaded(..) | Outcome::Statistics | Outcome::Nothing => {}
        }
    }

    /// Starts each missing piece once: what was cancelled by hand or failed is not tried again until something else was selected.
    fn request_what_is_missing(&mut self) {
        let Some((key, tensor)) = self.document().and_then(|d| Some((d.key(), d.selected()?.clone()))) else { return };
        // Results of a tensor that went out of sight are dropped when they arrive: they must be asked for again.
        self.wanted.exact = self.wanted.exact.take().filter(|(wanted, _)| *wanted == key);
        self.wanted.curves = self.wanted.curves.filter(|wanted| *wanted == key);
        let Some(loaded) = self.results.loaded(key).cloned() else {
            if self.wanted.load != Some(key) {
                self.wanted.load = Some(key);
                self.jobs.start(Slot::Load, format!("Reading {}", tensor.name), move |handle| {
                    Loaded::read(key, &tensor, handle).map_or(Outcome::Nothing, |result| Outcome::Loaded(key, result))
                });
            }
            return;
        };
        self.wanted.load = None;
        self.results.touch(key);
        self.follow_group(key, &loaded);
        let scheme = self.scheme().clone();
        if self.wanted.exact.as_ref() != Some(&(key, scheme.clone())) {
            self.wanted.exact = Some((key, scheme.clone()));
            self.wanted.withdrawn = false;
            if let Some(preview) = Analysis::preview(&loaded, &scheme) {
                self.results.keep_analysis(preview);
            }
            let loaded = loaded.clone();
            self.jobs.start(Slot::Exact, format!("Exact pass, {}", tensor.name), move |handle| {
                match Analysis::exact(&loaded, &scheme, handle) {
                    Ok(result) => Outcome::Exact(key, scheme, result.map(Box::new)),
                    Err(_cancelled) => Outcome::Nothing,
                }
            });
        }
        if self.results.curves(key).is_none() && self.wanted.curves != Some(key) {
            self.wanted.curves = Some(key);
            self.jobs.start(Slot::Curves, format!("Error by bits, {}", tensor.name), move |_| {
                Outcome::Curves(key, curves::of(&loaded.summary, &loaded.shape))
            });
        }
    }
}

impl Session {
    /// Where groups have levels of their own, those of the inspected weight's group are shown.
    fn follow_group(&mut self, key: TensorKey, loaded: &Loaded) {
        let Some(weight) = self.document().map(|document| document.weight) else { return };
        let Some(analysis) = self.results.analysis(key).filter(|analysis| analysis.partition.groups() > 1) else {
            return;
        };
        let group = analysis.partition.group_of(weight);
        if group != analysis.levels.group
            && let Some(other) = analysis.with_group(loaded, group)
        {
            self.results.keep_analysis(other);
        }
    }
}

/// What was asked for last, so that nothing is asked for twice.
#[derive(Default)]
struct Wanted {
    load: Option<TensorKey>,
    exact: Option<(TensorKey, Scheme)>,
    /// Whether that exact pass was cancelled by hand.
    withdrawn: bool,
    curves: Option<TensorKey>,
}

/// The last part of a path, for messages.
pub fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
