//! Files that are not complete: where a signal ends the program, they go with it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was begun. The names are random and never used again: one that is complete has another name by then, or is gone.
static BEGUN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Ctrl+C and its kin remove what is not complete, and end the program with status 130.
pub fn clean_up_on_signals() {
    // Refused where a signal is ignored, as behind nohup or in the background of a script: it stays ignored.
    let _ = ctrlc::try_set_handler(|| {
        // Held until the end: nothing else is begun.
        for path in undisturbed().iter() {
            let _ = std::fs::remove_file(path);
        }
        std::process::exit(130);
    });
}

/// Remembers a file that is about to be filled.
pub(super) fn note(path: &Path) {
    undisturbed().push(path.to_owned());
}

/// As long as this is held, a signal waits: for renames that belong together.
pub(super) fn undisturbed() -> MutexGuard<'static, Vec<PathBuf>> {
    BEGUN.lock().unwrap_or_else(PoisonError::into_inner)
}
