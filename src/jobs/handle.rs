//! What a running job and its watchers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::Waker;
use crate::engine::{Cancelled, Progress};

/// Milliseconds between two wake-ups for progress alone.
const WAKE_EVERY_MS: u64 = 50;

struct Shared {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
    started: Instant,
    woke_ms: AtomicU64,
    waker: Waker,
}

/// A job's line to the outside: it reports progress through it and learns that it was cancelled.
#[derive(Clone)]
pub struct Handle(Arc<Shared>);

impl Handle {
    pub(super) fn new(waker: Waker) -> Self {
        Self(Arc::new(Shared {
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            started: Instant::now(),
            woke_ms: AtomicU64::new(0),
            waker,
        }))
    }

    pub(super) fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    pub(super) fn progress(&self) -> (u64, u64) {
        (self.0.done.load(Ordering::Relaxed), self.0.total.load(Ordering::Relaxed))
    }

    /// Whether somebody withdrew the job.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }
}

impl Progress for Handle {
    fn tick(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        let shared = &*self.0;
        shared.done.store(done, Ordering::Relaxed);
        shared.total.store(total, Ordering::Relaxed);
        if shared.cancelled.load(Ordering::Relaxed) {
            return Err(Cancelled);
        }
        let now = u64::try_from(shared.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let woke = shared.woke_ms.load(Ordering::Relaxed);
        let due = now.saturating_sub(woke) >= WAKE_EVERY_MS;
        if due && shared.woke_ms.compare_exchange(woke, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            (shared.waker)();
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }
}
