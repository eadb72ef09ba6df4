//! The system's file dialogs, on threads of their own so that the window never waits for them.
//!
//! On Linux the dialog service can be missing, and rfd then answers `None` at once, as for "cancelled"; or it can hang. So the
//! window always offers a typed path, and opens that field by itself when no dialog could be shown.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use super::session::Action;

/// A dialog that answers faster than a person can was never shown.
const NOT_SHOWN: Duration = Duration::from_millis(150);

/// What is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Documents of tensors.
    Weights,
    /// A network for the pages of the group Networks.
    Network,
    /// A data set in a file.
    Data,
    /// A data set in a folder.
    Folder,
    /// Colours for the page of pictures.
    Palette,
}

impl Opening {
    /// What the dialogs are called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Weights => "Open weights, a picture or sound",
            Self::Network => "Open a network",
            Self::Data => "Open labelled pictures",
            Self::Folder => "Open a folder of labelled pictures",
            Self::Palette => "Open a palette",
        }
    }

    /// What is typed where there is no dialog.
    pub fn example(self) -> &'static str {
        match self {
            Self::Weights => "/path/to/weights.safetensors",
            Self::Network => "/path/to/network.safetensors",
            Self::Data => "/path/to/set.npz",
            Self::Folder => "/path/to/folder",
            Self::Palette => "/path/to/palette.gpl",
        }
    }

    /// Opens a path.
    pub fn action(self, path: PathBuf) -> Action {
        match self {
            Self::Weights => Action::OpenFile(path),
            Self::Network => Action::OpenNetwork(path),
            Self::Data | Self::Folder => Action::OpenData(path),
            Self::Palette => Action::OpenPalette(path),
        }
    }
}

/// What the dialog is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Choose what to open.
    Open(Opening),
    /// Choose where the export goes.
    Save,
    /// Choose where a figure or a table goes.
    SaveFigure,
    /// Choose the folder in which all figures of a page get one of their own.
    SaveFigures,
}

/// How a dialog ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These files.
    Files(Vec<PathBuf>),
    /// The person changed their mind.
    Cancelled,
    /// No dialog could be shown; ask for a typed path.
    Impossible,
}

/// An open dialog.
pub struct FileDialog {
    /// What it is for.
    pub purpose: Purpose,
    started: Instant,
    receiver: Receiver<Option<Vec<PathBuf>>>,
}

impl FileDialog {
    /// Shows the system's dialog. `file_name` is the suggestion when saving.
    ///
    /// # Errors
    /// Where no dialog service can be reached or no thread be started.
    pub fn show(
        purpose: Purpose,
        directory: Option<&Path>,
        file_name: &str,
        ctx: &egui::Context,
    ) -> Result<Self, Answer> {
        if !is_possible() {
            return Err(Answer::Impossible);
        }
        let mut dialog = rfd::FileDialog::new();
        if let Some(directory) = directory.filter(|directory| directory.is_dir()) {
            dialog = dialog.set_directory(directory);
        }
        let dialog = match purpose {
            Purpose::Open(Opening::Network) => dialog
                .set_title(Opening::Network.title())
                .add_filter("Networks", &extensions(&["safetensors", "onnx"]))
                .add_filter("All files", &["*"]),
            Purpose::Open(Opening::Palette) => dialog
                .set_title(Opening::Palette.title())
                .add_filter("Palettes", &extensions(&["gpl", "json", "png"]))
                .add_filter("All files", &["*"]),
            Purpose::Open(what @ (Opening::Data | Opening::Folder)) => dialog.set_title(what.title()),
            Purpose::Open(Opening::Weights) => dialog
                .set_title(Opening::Weights.title())
                .add_filter(
                    "Weights, pictures, sound",
                    &extensions(&[
                        "safetensors",
                        "npy",
                        "npz",
                        "onnx",
                        "qsz",
                        "png",
                        "jpg",
                        "jpeg",
                        "webp",
                        "gif",
                        "bmp",
                        "tif",
                        "tiff",
                        "wav",
                    ]),
                )
                .add_filter("All files", &["*"]),
            Purpose::Save => dialog.set_title("Export").set_file_name(file_name),
            Purpose::SaveFigure => dialog.set_title("Save figure").set_file_name(file_name),
            Purpose::SaveFigures => dialog.set_title("Save all figures in a new folder here"),
        };
        let (sender, receiver) = channel();
        let ctx = ctx.clone();
        let work = move || {
            let answer = match purpose {
                Purpose::Open(Opening::Weights) => dialog.pick_files(),
                Purpose::Open(Opening::Folder) | Purpose::SaveFigures => dialog.pick_folder().map(|path| vec![path]),
                Purpose::Open(Opening::Network | Opening::Data | Opening::Palette) => {
                    dialog.pick_file().map(|path| vec![path])
                }
                Purpose::Save | Purpose::SaveFigure => dialog.save_file().map(|path| vec![path]),
            };
            // The window may be gone; then nobody waits.
            let _ = sender.send(answer);
            ctx.request_repaint();
        };
        let thread = std::thread::Builder::new().name("file dialog".to_owned()).spawn(work);
        thread.map_err(|_| Answer::Impossible)?;
        Ok(Self { purpose, started: Instant::now(), receiver })
    }

    /// The answer, once there is one.
    pub fn poll(&self) -> Option<Answer> {
        match self.receiver.try_recv() {
            Ok(Some(files)) => Some(Answer::Files(files)),
            Ok(None) if self.started.elapsed() < NOT_SHOWN => Some(Answer::Impossible),
            Ok(None) => Some(Answer::Cancelled),
            Err(TryRecvError::Disconnected) => Some(Answer::Impossible),
            Err(TryRecvError::Empty) => None,
        }
    }
}

/// Dialog filters on Linux are case-sensitive globs.
fn extensions(lower: &[&str]) -> Vec<String> {
    lower.iter().flat_map(|extension| [(*extension).to_owned(), extension.to_uppercase()]).collect()
}

/// Whether a dialog service could answer: a session bus, or zenity. Without one rfd would only log errors.
#[cfg(target_os = "linux")]
fn is_possible() -> bool {
    let has_bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some()
        || std::env::var_os("XDG_RUNTIME_DIR").is_some_and(|directory| Path::new(&directory).join("bus").exists());
    let path = std::env::var_os("PATH").unwrap_or_default();
    has_bus || std::env::split_paths(&path).any(|directory| directory.join("zenity").is_file())
}

#[cfg(not(target_os = "linux"))]
fn is_possible() -> bool {
    true
}
