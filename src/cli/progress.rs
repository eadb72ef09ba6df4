//! Progress on stderr, where that is a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::engine::{Cancelled, Progress};

/// A percentage that is written over and over, and wiped at the end.
pub(super) struct Percentage {
    what: String,
    /// The last one shown, plus one; 0 where nothing was.
    shown: AtomicU64,
    visible: bool,
}

impl Percentage {
    /// Of the work of that name.
    pub fn of(what: impl Into<String>) -> Self {
        Self { what: what.into(), shown: AtomicU64::new(0), visible: std::io::stderr().is_terminal() }
    }
}

impl Progress for Percentage {
    fn tick(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        let percent = (done.min(total) as f64 / total.max(1) as f64 * 100.0) as u64;
        if self.visible && self.shown.fetch_max(percent + 1, Ordering::Relaxed) <= percent {
            // Nothing depends on whether anybody sees it.
            let _ = write!(std::io::stderr(), "\r{}: {percent} %\x1b[K", self.what);
        }
        Ok(())
    }
}

impl Drop for Percentage {
    fn drop(&mut self) {
        if self.shown.load(Ordering::Relaxed) > 0 {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
