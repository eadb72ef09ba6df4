//! What went wrong with a file: one line that names it, the place and what was expected.

use std::path::{Path, PathBuf};

/// A file that could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", path.display())]
pub struct Error {
    path: PathBuf,
    what: String,
}

impl Error {
    /// An error of the file's content.
    pub fn new(path: &Path, what: impl Into<String>) -> Self {
        // Texts of other libraries may have several lines; a report is one.
        let what: String = what.into();
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { path: path.to_owned(), what }
    }

    /// An error of the operating system while doing something.
    pub fn system(path: &Path, doing: &str, error: &std::io::Error) -> Self {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            std::io::ErrorKind::StorageFull => "the disk is full".to_owned(),
            _ => error.to_string(),
        };
        Self::new(path, format!("{doing} failed: {reason}"))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
