//! Files that a model keeps beside it: ONNX's external data, the shards of a large model. A location is a path below the model's
//! folder, and nothing else is opened.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use super::blob::Blob;
use super::error::printable;

/// The files beside a model, each opened once.
pub(super) struct Beside {
    folder: Option<PathBuf>,
    files: HashMap<String, Result<Blob, String>>,
}

impl Beside {
    /// The files below the model's folder; `None` for a model that came from memory.
    pub fn new(folder: Option<&Path>) -> Self {
        Self { folder: folder.map(Path::to_owned), files: HashMap::new() }
    }

    /// The model's folder.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// What a location means that has no name yet.
    pub fn insert(&mut self, location: &str, file: Blob) {
        self.files.insert(location.to_owned(), Ok(file));
    }

    /// The file of that location, or why it cannot be read. `Err` outside is a location that must not be followed.
    pub fn file(&mut self, location: &str) -> Result<Result<Blob, String>, String> {
        let path = Path::new(location);
        let harmless = |part| matches!(part, Component::Normal(_) | Component::CurDir);
        // Backslashes and colons are separators elsewhere: the same model must not mean another file there.
        if path.components().any(|part| !harmless(part)) || location.contains(['\\', ':', '\0']) {
            let shown = printable(location);
            return Err(format!("`{shown}` leads out of the model's folder and is not opened"));
        }
        if let Some(file) = self.files.get(location) {
            return Ok(file.clone());
        }
        let file = self.open(location)?;
        self.files.insert(location.to_owned(), file.clone());
        Ok(file)
    }

    fn open(&self, location: &str) -> Result<Result<Blob, String>, String> {
        let shown = printable(location);
        let Some(folder) = &self.folder else {
            return Ok(Err(format!("its data is in `{shown}` beside the model, which came without its folder")));
        };
        let path = folder.join(location);
        let (Ok(real), Ok(base)) = (path.canonicalize(), folder.canonicalize()) else {
            return Ok(Err(format!("its data is in `{shown}` beside the model, where there is no such file")));
        };
        if !real.starts_with(&base) && !is_cached(&real, &base) {
            return Err(format!("`{shown}` is a link out of the model's folder and is not opened"));
        }
        Ok(Blob::open(&real).map_err(|error| error.to_string()))
    }
}

/// Whether a file is one of those that huggingface_hub keeps for a model: `snapshots/REVISION` holds links to `blobs` beside it.
fn is_cached(real: &Path, base: &Path) -> bool {
    let snapshots = base.ancestors().skip(1).find(|folder| folder.ends_with("snapshots"));
    let blobs = snapshots.and_then(Path::parent).map(|model| model.join("blobs"));
    blobs.is_some_and(|blobs| real.parent() == Some(blobs.as_path()))
}
