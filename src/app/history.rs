//! Undo and redo of one small value: what the scheme controls edit.

/// Steps kept.
const DEPTH: usize = 200;

/// A value with its past and its future.
#[derive(Clone, Debug)]
pub struct History<T> {
    current: T,
    past: Vec<T>,
    future: Vec<T>,
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
    /// Returns whether anything changed.
    pub fn set(&mut self, value: T, gesture: Option<u64>) -> bool {
        if value == self.current {
            return false;
        }
        let goes_on = gesture.is_some() && gesture == self.gesture;
        let before = std::mem::replace(&mut self.current, value);
        if !goes_on {
            self.past.push(before);
            if self.past.len() > DEPTH {
                self.past.remove(0);
            }
        } else if self.past.last() == Some(&self.current) {
            // The drag came back to where it began: nothing to undo.
            self.past.pop();
            self.gesture = None;
            self.future.clear();
            return true;
        }
        self.gesture = gesture;
        self.future.clear();
        true
    }

    /// Steps back; whether there was a step.
    pub fn undo(&mut self) -> bool {
        self.gesture = None;
        let Some(before) = self.past.pop() else { return false };
        self.future.push(std::mem::replace(&mut self.current, before));
        true
    }

    /// Steps forward again; whether there was a step.
    pub fn redo(&mut self) -> bool {
        self.gesture = None;
        let Some(after) = self.future.pop() else { return false };
        self.past.push(std::mem::replace(&mut self.current, after));
        true
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
            history.set(value, Some(1));
        }
        history.set(8, None);
        assert!(history.undo());
        assert_eq!(*history.get(), 7);
        assert!(history.undo());
        assert_eq!(*history.get(), 4);
        assert!(!history.undo());
        assert!(history.redo());
        assert!(history.redo());
        assert_eq!(*history.get(), 8);
        assert!(!history.redo());
    }

    #[test]
    fn a_drag_that_returns_leaves_no_step() {
        let mut history = History::new(4);
        history.set(5, Some(1));
        history.set(4, Some(1));
        assert!(!history.can_undo());
        history.set(6, Some(1));
        assert!(history.undo());
        assert_eq!(*history.get(), 4);
    }

    #[test]
    fn an_edit_forgets_the_future_and_no_change_is_no_step() {
        let mut history = History::new(1);
        history.set(2, None);
        history.undo();
        assert!(history.can_redo());
        assert!(!history.set(1, None));
        assert!(history.can_redo());
        history.set(3, None);
        assert!(!history.can_redo());
    }
}
