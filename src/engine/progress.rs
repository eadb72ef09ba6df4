//! How long work reports where it is, and learns that nobody waits for it any more.

/// The caller has withdrawn the request; the work stops and its result is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Receives progress from a kernel and answers whether it shall go on.
///
/// Kernels call [`Progress::tick`] about every million values, from any thread.
pub trait Progress: Sync {
    /// `done` of `total` units are finished. An error means: stop soon.
    fn tick(&self, done: u64, total: u64) -> Result<(), Cancelled>;

    /// Whether to go on, without news of progress.
    fn check(&self) -> Result<(), Cancelled> {
        Ok(())
    }
}

/// Nobody watches and nobody cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn tick(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        Ok(())
    }
}

/// Passes a withdrawal on and keeps the progress of parts to itself.
pub struct Quiet<'a>(pub &'a dyn Progress);

impl Progress for Quiet<'_> {
    fn tick(&self, _done: u64, _total: u64) -> Result<(), Cancelled> {
        self.0.check()
    }

    fn check(&self) -> Result<(), Cancelled> {
        self.0.check()
    }
}

/// A part of longer work: its own progress as that of the whole.
pub struct Span<'a> {
    /// Whose news it becomes.
    pub outer: &'a dyn Progress,
    /// Units of the whole that are done before.
    pub before: u64,
    /// Units of this part.
    pub units: u64,
    /// Units of the whole.
    pub total: u64,
}

/// Steps that a unit is cut into, so that progress moves within it.
const FINE: u64 = 1000;

impl Progress for Span<'_> {
    fn tick(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        let within = (self.units * FINE * done).checked_div(total).unwrap_or(0);
        self.outer.tick(self.before * FINE + within, self.total * FINE)
    }

    fn check(&self) -> Result<(), Cancelled> {
        self.outer.check()
    }
}
