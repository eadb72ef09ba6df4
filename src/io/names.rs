//! Names that occur more than once in a file, told apart.

use std::collections::{HashMap, HashSet};

/// Names that have been given, each once.
#[derive(Default)]
pub(super) struct Names {
    given: HashSet<String>,
    /// The number that was last tried for a name: a file of nothing but one name would otherwise count from 2 for each.
    tried: HashMap<String, u64>,
}

impl Names {
    /// Takes a name, unless it has been given; whether it was free.
    pub fn take(&mut self, name: &str) -> bool {
        self.given.insert(name.to_owned())
    }

    /// The name, or, where it has been given, the first of its numbered forms from 2 on that has not.
    pub fn unique(&mut self, name: String, numbered: impl Fn(&str, u64) -> String) -> String {
        if self.take(&name) {
            return name;
        }
        let mut tried = self.tried.get(&name).copied().unwrap_or(1);
        let given = loop {
            tried += 1;
            let form = numbered(&name, tried);
            if self.take(&form) {
                break form;
            }
        };
        self.tried.insert(name, tried);
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(name: &str, number: u64) -> String {
        format!("{name} ({number})")
    }

    #[test]
    fn no_name_is_given_twice() {
        let mut names = Names::default();
        let given = ["a", "a (2)", "a", "a", "b", "a (2)"].map(|name| names.unique(name.to_owned(), numbered));
        assert_eq!(given, ["a", "a (2)", "a (3)", "a (4)", "b", "a (2) (2)"]);
        assert!(!names.take("b") && names.take("c"));
    }

    #[test]
    fn a_hundred_thousand_of_one_name_are_told_apart_at_once() {
        // Counting from 2 each time would be five thousand million tries.
        let mut names = Names::default();
        let last = (0..100_000).map(|_| names.unique("w".to_owned(), numbered)).last();
        assert_eq!(last.as_deref(), Some("w (100000)"));
    }
}
