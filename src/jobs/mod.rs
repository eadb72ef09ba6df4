//! Long work off the UI thread: progress, cancel, latest wins. Knows no egui.
//!
//! A job belongs to a *slot*; a new job in the same slot cancels the older one, whose result is then dropped. Results wait in a
//! queue until the owner polls; a waker (for the window: request a repaint) is called when one arrives and, at most every 50 ms,
//! when progress changes. The compute kernels of all jobs share one rayon pool.

mod handle;

pub use handle::Handle;

use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// Called when there is something new to see.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// How a job ended.
#[derive(Debug)]
pub enum Ended<T> {
    /// It delivered.
    Done(T),
    /// It was cancelled, by its slot's next job or by hand.
    Cancelled,
    /// It failed by a defect of the program; the text is the panic's message.
    Panicked(String),
}

/// A job that is still at work, as the status bar shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Status<S> {
    /// Where it belongs.
    pub slot: S,
    /// What it does.
    pub title: String,
    /// Units finished.
    pub done: u64,
    /// All units; 0 while unknown.
    pub total: u64,
}

struct Running<S> {
    id: u64,
    slot: S,
    title: String,
    handle: Handle,
}

/// Where jobs run.
enum Mode {
    /// Each on a named thread.
    Threads,
    /// At once, inside `start`: for tests and for the command line.
    Inline,
}

/// The job queue: slots of type `S`, results of type `T`.
pub struct Jobs<S, T> {
    mode: Mode,
    pool: Arc<rayon::ThreadPool>,
    waker: Waker,
    running: Vec<Running<S>>,
    next_id: u64,
    sender: SyncSender<(u64, Ended<T>)>,
    receiver: Receiver<(u64, Ended<T>)>,
}

/// More finished jobs than this wait for a poll only if the owner has stopped polling.
const QUEUE: usize = 256;

impl<S: Clone + Eq + Hash + Send + 'static, T: Send + 'static> Jobs<S, T> {
    /// A queue whose jobs run on threads of their own.
    ///
    /// # Errors
    /// If the operating system refuses threads.
    pub fn new(waker: Waker) -> Result<Self, rayon::ThreadPoolBuildError> {
        Self::with_mode(Mode::Threads, waker)
    }

    /// A queue whose jobs run inside [`Self::start`].
    ///
    /// # Errors
    /// If the operating system refuses threads.
    pub fn inline() -> Result<Self, rayon::ThreadPoolBuildError> {
        Self::with_mode(Mode::Inline, Arc::new(|| {}))
    }

    fn with_mode(mode: Mode, waker: Waker) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new().thread_name(|index| format!("kernel {index}")).build()?;
        let (sender, receiver) = sync_channel(QUEUE);
        Ok(Self { mode, pool: Arc::new(pool), waker, running: Vec::new(), next_id: 0, sender, receiver })
    }

    /// Starts `work` in `slot`, cancelling the slot's older job.
    pub fn start(&mut self, slot: S, title: impl Into<String>, work: impl FnOnce(&Handle) -> T + Send + 'static) {
        self.cancel(&slot);
        let id = self.next_id;
        self.next_id += 1;
        let title = title.into();
        let handle = Handle::new(Arc::clone(&self.waker));
        self.running.push(Running { id, slot, title: title.clone(), handle: handle.clone() });
        let (pool, sender, waker) = (Arc::clone(&self.pool), self.sender.clone(), Arc::clone(&self.waker));
        let body = move || {
            let ended = catch_unwind(AssertUnwindSafe(|| pool.install(|| work(&handle))));
            let ended = match ended {
                _ if handle.is_cancelled() => Ended::Cancelled,
                Ok(result) => Ended::Done(result),
                Err(panic) => Ended::Panicked(panic_text(panic.as_ref())),
            };
            // A full queue means that the owner polls late; a missing one that it has gone. Either way the thread must end.
            if let Err(TrySendError::Full(item)) = sender.try_send((id, ended)) {
                let _ = sender.send(item);
            }
            waker();
        };
        match self.mode {
            Mode::Inline => body(),
            Mode::Threads => {
                let thread = std::thread::Builder::new().name(title).spawn(body);
                if let Err(error) = thread {
                    let _ = self.sender.try_send((id, Ended::Panicked(format!("no thread could be started: {error}"))));
                }
            }
        }
    }

    /// Withdraws the slot's job, if there is one. Its `Cancelled` still arrives.
    pub fn cancel(&mut self, slot: &S) {
        for job in self.running.iter().filter(|job| job.slot == *slot) {
            job.handle.cancel();
        }
    }

    /// Withdraws every job whose slot the predicate names.
    pub fn cancel_where(&mut self, belongs: impl Fn(&S) -> bool) {
        for job in self.running.iter().filter(|job| belongs(&job.slot)) {
            job.handle.cancel();
        }
    }

    /// The next job that ended, with its slot.
    pub fn poll(&mut self) -> Option<(S, Ended<T>)> {
        let (id, ended) = self.receiver.try_recv().ok()?;
        let position = self.running.iter().position(|job| job.id == id)?;
        let job = self.running.remove(position);
        // A job can be cancelled between its end and this poll: latest wins all the same.
        let ended = if job.handle.is_cancelled() { Ended::Cancelled } else { ended };
        Some((job.slot, ended))
    }

    /// Whether a job of that slot is wanted and at work.
    pub fn is_running(&self, slot: &S) -> bool {
        self.running.iter().any(|job| job.slot == *slot && !job.handle.is_cancelled())
    }

    /// The jobs that are wanted and at work, oldest first.
    pub fn status(&self) -> Vec<Status<S>> {
        let wanted = self.running.iter().filter(|job| !job.handle.is_cancelled());
        let status = |job: &Running<S>| {
            let (done, total) = job.handle.progress();
            Status { slot: job.slot.clone(), title: job.title.clone(), done, total }
        };
        wanted.map(status).collect()
    }
}

impl<S, T> Drop for Jobs<S, T> {
    fn drop(&mut self) {
        for job in &self.running {
            job.handle.cancel();
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown defect".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::engine::Progress as _;

    fn wait<T: Send + 'static>(jobs: &mut Jobs<&'static str, T>) -> (&'static str, Ended<T>) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            if let Some(ended) = jobs.poll() {
                return ended;
            }
            assert!(Instant::now() < deadline, "no job ended");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_newer_request_replaces_the_older_one() {
        let mut jobs = Jobs::new(Arc::new(|| {})).unwrap();
        let (started, has_started) = channel();
        jobs.start("exact", "first", move |handle| {
            started.send(()).unwrap();
            while handle.tick(1, 2).is_ok() {
                std::thread::yield_now();
            }
            1
        });
        has_started.recv().unwrap();
        jobs.start("exact", "second", |_| 2);
        assert_eq!(jobs.status().len(), 1, "the older job is not shown any more");
        let ends = [wait(&mut jobs), wait(&mut jobs)];
        let delivered: Vec<i32> = ends
            .iter()
            .filter_map(|(_, ended)| if let Ended::Done(value) = ended { Some(*value) } else { None })
            .collect();
        assert_eq!(delivered, [2]);
        assert!(ends.iter().any(|(_, ended)| matches!(ended, Ended::Cancelled)));
        assert!(!jobs.is_running(&"exact"));
    }

    #[test]
    fn slots_do_not_disturb_each_other() {
        let mut jobs = Jobs::inline().unwrap();
        jobs.start("a", "a", |_| 1);
        jobs.start("b", "b", |_| 2);
        assert!(matches!(jobs.poll(), Some(("a", Ended::Done(1)))));
        assert!(matches!(jobs.poll(), Some(("b", Ended::Done(2)))));
        assert!(jobs.poll().is_none());
    }

    #[test]
    fn a_result_that_nobody_wants_any_more_is_dropped() {
        let mut jobs = Jobs::inline().unwrap();
        jobs.start("a", "a", |_| 1);
        jobs.cancel(&"a");
        assert!(matches!(jobs.poll(), Some(("a", Ended::Cancelled))));
    }

    #[test]
    fn a_defect_ends_the_job_and_nothing_else() {
        let mut jobs: Jobs<&str, i32> = Jobs::inline().unwrap();
        jobs.start("a", "a", |_| panic!("index {} is wrong", 3));
        match jobs.poll() {
            Some(("a", Ended::Panicked(text))) => assert_eq!(text, "index 3 is wrong"),
            other => panic!("{other:?}"),
        }
        jobs.start("a", "a", |_| 5);
        assert!(matches!(jobs.poll(), Some(("a", Ended::Done(5)))));
    }
}
