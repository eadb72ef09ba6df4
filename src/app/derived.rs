//! What pages have computed for them beside the frame: one slot a picture, the newest request wins.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::Cancelled;
use crate::jobs::Handle;

type Erased = Arc<dyn Any + Send + Sync>;
type Work = Box<dyn FnOnce(&Handle) -> Result<Erased, Cancelled> + Send>;

/// A result as the page sees it.
#[derive(Clone, Debug)]
pub struct Derived<V> {
    /// The newest result that there is.
    pub value: Arc<V>,
    /// Whether it was made from an older key than the page asks for now; drawn all the same, as `updating`.
    pub stale: bool,
}

/// A computation that a page asks for.
pub struct Task {
    /// The picture it is for; a newer task of the slot replaces an older one.
    pub slot: &'static str,
    /// What it does, for the status bar.
    pub title: String,
    key: Erased,
    work: Work,
}

impl Task {
    /// A computation from a key: everything that the result depends on.
    pub fn new<K, V>(
        slot: &'static str,
        title: String,
        key: K,
        work: impl FnOnce(&K, &Handle) -> Result<V, Cancelled> + Send + 'static,
    ) -> Self
    where
        K: Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        let key = Arc::new(key);
        let of = Arc::clone(&key);
        let work = Box::new(move |handle: &Handle| work(&of, handle).map(|value| Arc::new(value) as Erased));
        Self { slot, title, key, work }
    }

    /// The job: what it delivers goes to [`Store::keep`].
    pub fn into_job(self) -> impl FnOnce(&Handle) -> Result<Made, Cancelled> + Send {
        move |handle| (self.work)(handle).map(|value| Made { slot: self.slot, key: self.key, value })
    }
}

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Task").field("slot", &self.slot).field("title", &self.title).finish_non_exhaustive()
    }
}

/// A finished computation.
pub struct Made {
    slot: &'static str,
    key: Erased,
    value: Erased,
}

/// The newest results and what was asked for last, by slot.
#[derive(Default)]
pub struct Store {
    wanted: HashMap<&'static str, Erased>,
    made: HashMap<&'static str, Made>,
}

impl Store {
    /// Whether this was asked for last: then it is there, on its way, or was withdrawn by hand.
    pub fn is_wanted<K: PartialEq + 'static>(&self, slot: &str, key: &K) -> bool {
        self.wanted.get(slot).and_then(|wanted| wanted.downcast_ref::<K>()).is_some_and(|wanted| wanted == key)
    }

    /// Notes what was asked for.
    pub fn want(&mut self, task: &Task) {
        self.wanted.insert(task.slot, Arc::clone(&task.key));
    }

    /// Keeps a result, unless something else was asked for since.
    pub fn keep(&mut self, made: Made) {
        if self.wanted.get(made.slot).is_some_and(|wanted| Arc::ptr_eq(wanted, &made.key)) {
            self.made.insert(made.slot, made);
        }
    }

    /// What the newest result of a slot was made from.
    pub fn made_from<K: 'static>(&self, slot: &str) -> Option<&K> {
        self.made.get(slot)?.key.downcast_ref()
    }

    /// The newest result of a slot.
    pub fn get<K, V>(&self, slot: &str, key: &K) -> Option<Derived<V>>
    where
        K: PartialEq + 'static,
        V: Send + Sync + 'static,
    {
        let made = self.made.get(slot)?;
        let value = Arc::clone(&made.value).downcast::<V>().ok()?;
        Some(Derived { value, stale: made.key.downcast_ref::<K>() != Some(key) })
    }
}
