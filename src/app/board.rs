//! Where long work writes down what it has found so far, for a page to show while it goes on, and how the page stops it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::engine::{Cancelled, Progress};

/// How far the work is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has been asked for.
    #[default]
    Idle,
    /// Asked for, or at work.
    Running,
    /// At its end.
    Done,
    /// Withdrawn.
    Stopped,
}

struct Inner<T> {
    news: Mutex<(Vec<T>, Phase)>,
    stop: AtomicBool,
}

/// What one run has told so far. Clones are the same board.
pub struct Board<T>(Arc<Inner<T>>);

impl<T> Clone for Board<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Default for Board<T> {
    fn default() -> Self {
        Self(Arc::new(Inner { news: Mutex::new((Vec::new(), Phase::Idle)), stop: AtomicBool::new(false) }))
    }
}

impl<T: Clone> Board<T> {
    /// A board for a run that has been asked for.
    pub fn running() -> Self {
        let board = Self::default();
        board.enter(Phase::Running);
        board
    }

    /// Everything so far, and how far that is.
    pub fn read(&self) -> (Vec<T>, Phase) {
        let news = self.0.news.lock().unwrap_or_else(PoisonError::into_inner);
        (news.0.clone(), news.1)
    }

    /// Adds a piece of news.
    pub fn add(&self, news: T) {
        self.0.news.lock().unwrap_or_else(PoisonError::into_inner).0.push(news);
    }

    /// Asks the run to stop; one that waits for its turn counts as stopped at once.
    pub fn stop(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
        self.enter(Phase::Stopped);
    }

    /// Does the work with a progress that also hears [`Board::stop`], and notes how it ended.
    ///
    /// # Errors
    /// When cancelled, here or by the job.
    pub fn run<R>(
        &self,
        progress: &dyn Progress,
        work: impl FnOnce(&dyn Progress) -> Result<R, Cancelled>,
    ) -> Result<R, Cancelled> {
        let result = work(&Tied { progress, stop: &self.0.stop });
        self.enter(if result.is_ok() { Phase::Done } else { Phase::Stopped });
        result
    }

    fn enter(&self, phase: Phase) {
        self.0.news.lock().unwrap_or_else(PoisonError::into_inner).1 = phase;
    }
}

struct Tied<'a> {
    progress: &'a dyn Progress,
    stop: &'a AtomicBool,
}

impl Progress for Tied<'_> {
    fn tick(&self, done: u64, total: u64) -> Result<(), Cancelled> {
        self.progress.tick(done, total)?;
        self.check()
    }

    fn check(&self) -> Result<(), Cancelled> {
        if self.stop.load(Ordering::Relaxed) { Err(Cancelled) } else { self.progress.check() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Silent;

    #[test]
    fn a_run_is_heard_and_stopped() {
        let board = Board::running();
        let there = board.clone();
        let ended: Result<(), Cancelled> = board.run(&Silent, |progress| {
            there.add(1);
            progress.tick(1, 2)?;
            there.stop();
            progress.tick(2, 2)
        });
        assert_eq!((ended, board.read()), (Err(Cancelled), (vec![1], Phase::Stopped)));
        let board = Board::<u8>::default();
        assert_eq!(board.read().1, Phase::Idle);
        assert_eq!((board.run(&Silent, |_| Ok(3)), board.read().1), (Ok(3), Phase::Done));
    }
}
