//! Files that are not complete: where a signal ends the program, they go with it.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What was begun. The names are random and never used again: one that is complete has another name by then, or is gone.
static BEGUN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Ctrl+C and its kin remove what is not complete, and end the program with status 130.
pub fn clean_up_on_signals() {
    // Only a second handler would be refused, and there is none.
    let _ = ctrlc::set_handler(|| {
        // Held until the end: nothing else is begun.
        let begun = BEGUN.lock().unwrap_or_else(PoisonError::into_inner);
        for path in begun.iter() {
            let _ = std::fs::remove_file(path);
        }
        std::process::exit(130);
    });
}

/// Remembers a file that is about to be filled.
pub(super) fn note(path: &Path) {
    BEGUN.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
}
