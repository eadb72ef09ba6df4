//! The files that a command has read: it never writes over one of them, whatever it is called in its arguments.
//!
//! A model may lie in several files, and a command may take several inputs. All of them are opened in one place, and all that is written is
//! written in another; what both know lies here.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::error::Error;

/// What was read; `None` while inputs may be replaced.
static READ: Mutex<Option<HashSet<PathBuf>>> = Mutex::new(None);

/// From now on this process writes over nothing that it has read. For commands: in a window a person is asked.
pub fn keep_inputs() {
    READ.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
}

/// Remembers that a file was opened.
pub(super) fn note(path: &Path) {
    if let Some(read) = READ.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
        && let Ok(real) = path.canonicalize()
    {
        read.insert(real);
    }
}

/// Whether a path may be written to.
pub(super) fn check(path: &Path) -> Result<(), Error> {
    let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    let is_input = |read: &HashSet<PathBuf>| path.canonicalize().is_ok_and(|real| read.contains(&real));
    match read.as_ref().is_some_and(is_input) {
        true => Err(Error::new(path, "is an input of this command, which would be lost; choose another name")),
        false => Ok(()),
    }
}
