//! What pages ask for, what jobs deliver, and what the window tells.

use std::path::PathBuf;

use super::super::derived::Made;
use super::super::document::{DocumentId, TensorKey};
use super::super::examples::Example;
use super::super::export::{ExportRequest, Exported};
use super::super::figure::files::Figure;
use super::super::library::Opened;
use super::super::results::{Analysis, Curve, Loaded};
use super::super::setup::Edit;
use crate::engine::quantize::Scheme;
use crate::engine::tensor::Model;
use crate::io;
use crate::sources::Trained;

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
    /// A file was opened with these answers, or why not.
    Opened(PathBuf, io::Nameless, Result<Model, io::Error>),
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
    /// So many files of so many bytes were written into a folder, or why not.
    Figures(PathBuf, Result<(usize, u64), String>),
    /// A network or a data set was opened, or why not.
    Chosen(PathBuf, Result<Opened, String>),
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
    /// A text that a button on it copies.
    pub copy: Option<Copy>,
}

/// A text that is worth taking along.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The button.
    pub button: &'static str,
    /// What is said once it is copied: `Copied the line of Python`.
    pub what: &'static str,
    /// The text.
    pub text: String,
}

/// A file that can be opened once somebody has said what its elements are.
#[derive(Clone, Debug)]
pub struct FileQuestion {
    /// The file.
    pub path: PathBuf,
    /// What was answered before.
    pub nameless: io::Nameless,
    /// What is asked.
    pub question: io::Question,
    /// The same as an error, for where nobody can be asked.
    pub problem: String,
}

impl Notice {
    /// A notice of that severity.
    pub fn new(severity: Severity, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity, title: title.into(), detail: detail.into(), action: None, copy: None }
    }

    /// The same with a button.
    pub fn with_action(self, name: &'static str, action: Action) -> Self {
        Self { action: Some((name, action)), ..self }
    }

    /// The same with a text to copy.
    pub fn with_copy(self, copy: Copy) -> Self {
        Self { copy: Some(copy), ..self }
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
    /// Open a file with an answer to what its elements are.
    OpenFileAs(PathBuf, io::Nameless),
    /// Open a network for the pages of the group Networks.
    OpenNetwork(PathBuf),
    /// Open a data set for the pages of the group Networks: a file or a folder.
    OpenData(PathBuf),
    /// Take the colours of a file for the page of pictures.
    OpenPalette(PathBuf),
    /// Choose a network that was trained in this run.
    UseTrained(Trained),
    /// Open what was dropped on the window: weights, or a network or a data set.
    Drop(PathBuf),
    /// Open the numbers in a text.
    Paste(String),
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
    /// Write figures and tables into a folder that is made.
    SaveFigures(Vec<Figure>, PathBuf),
    /// Tell the person something.
    Tell(Box<Notice>),
    /// Withdraw a job.
    Cancel(Slot),
    /// Compare the coming schemes with the current one, or stop comparing.
    Pin,
    /// Start the exact pass again that was withdrawn.
    Compute,
    /// Read a document's file again.
    Reload(DocumentId),
}
