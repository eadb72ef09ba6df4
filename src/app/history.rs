//! Undo and redo of one small value: what the controls of all pages hold.

/// Steps kept.
const DEPTH: usize = 200;

/// A value with its past and its future.
#[derive(Clone, Debug)]
pub struct History<T> {
    current: T,
    /// Earlier values, each with what the step away from it did.
    past: Vec<(T, String)>,
    /// Undone values, each with what the step to it did.
    future: Vec<(T, String)>,
    gesture: Option<u64>,
}

impl<T: Clone + PartialEq> History<T> {
    /// A value without a past.
    pub fn new(value: T) -> Self {
        Self { current: value, past: Vec::new(), future: Vec::new(), gesture: None }
    }

    /// The value now.
    pub fn get(&self) -> &T {
        &self.current
    }

    /// Changes the value. All changes of one `gesture` (one slider drag) are one step; `None` is a step of its own.
    /// `what` says what the step does. Returns whether anything changed.
    pub fn set(&mut self, value: T, gesture: Option<u64>, what: &str) -> bool {
        if value == self.current {
            return false;
        }
        let goes_on = gesture.is_some() && gesture == self.gesture;
        let before = std::mem::replace(&mut self.current, value);
        if !goes_on {
            self.past.push((before, what.to_owned()));
            if self.past.len() > DEPTH {
                self.past.remove(0);
            }
        } else if self.past.last().is_some_and(|(value, _)| *value == self.current) {
            // The drag came back to where it began: nothing to undo.
            self.past.pop();
            self.gesture = None;
            self.future.clear();
            return true;
        } else if let Some((_, said)) = self.past.last_mut() {
            what.clone_into(said);
        }
        self.gesture = gesture;
        self.future.clear();
        true
    }

    /// Steps back; what the undone step had done, `None` where there was none.
    pub fn undo(&mut self) -> Option<String> {
        self.gesture = None;
        let (before, what) = self.past.pop()?;
        self.future.push((std::mem::replace(&mut self.current, before), what.clone()));
        Some(what)
    }

    /// Steps forward again; what the step does, `None` where there is none.
    pub fn redo(&mut self) -> Option<String> {
        self.gesture = None;
        let (after, what) = self.future.pop()?;
        self.past.push((std::mem::replace(&mut self.current, after), what.clone()));
        Some(what)
    }

    /// Whether [`Self::undo`] would do something.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether [`Self::redo`] would do something.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drag_is_one_step() {
        let mut history = History::new(4);
        for value in [5, 6, 7] {
            history.set(value, Some(1), "step");
        }
        history.set(8, None, "step");
        assert!(history.undo().is_some());
        assert_eq!(*history.get(), 7);
        assert!(history.undo().is_some());
        assert_eq!(*history.get(), 4);
        assert!(history.undo().is_none());
        assert!(history.redo().is_some());
        assert!(history.redo().is_some());
        assert_eq!(*history.get(), 8);
        assert!(history.redo().is_none());
    }

    #[test]
    fn a_drag_that_returns_leaves_no_step() {
        let mut history = History::new(4);
        history.set(5, Some(1), "step");
        history.set(4, Some(1), "step");
        assert!(!history.can_undo());
        history.set(6, Some(1), "step");
        assert!(history.undo().is_some());
        assert_eq!(*history.get(), 4);
    }

    #[test]
    fn an_edit_forgets_the_future_and_no_change_is_no_step() {
        let mut history = History::new(1);
        history.set(2, None, "step");
        history.undo();
        assert!(history.can_redo());
        assert!(!history.set(1, None, "step"));
        assert!(history.can_redo());
        history.set(3, None, "step");
        assert!(!history.can_redo());
    }
}
