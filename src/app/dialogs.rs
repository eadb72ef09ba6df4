//! The system's file dialogs, on threads of their own so that the window never waits for them.
//!
//! On Linux the dialog service can be missing, and rfd then answers `None` at once, as for "cancelled"; or it can hang. So the
//! window always offers a typed path, and opens that field by itself when no dialog could be shown.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

/// A dialog that answers faster than a person can was never shown.
const NOT_SHOWN: Duration = Duration::from_millis(150);

/// What the dialog is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Choose files to open.
    Open,
    /// Choose where the export goes.
    Save,
    /// Choose where a figure or a table goes.
    SaveFigure,
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
            Purpose::Open => dialog
                .set_title("Open weights, a picture or sound")
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
        };
        let (sender, receiver) = channel();
        let ctx = ctx.clone();
        let work = move || {
            let answer = match purpose {
                Purpose::Open => dialog.pick_files(),
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
