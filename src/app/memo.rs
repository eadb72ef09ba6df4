//! One value, made again only when what it depends on changes: for work of well under a frame.

/// A value with the key that it was made from.
#[derive(Clone, Debug)]
pub struct Memo<K, V> {
    held: Option<(K, V)>,
}

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self { held: None }
    }
}

impl<K: PartialEq + Clone, V> Memo<K, V> {
    /// The value at hand with its key, whatever it was made from.
    pub fn held(&self) -> Option<&(K, V)> {
        self.held.as_ref()
    }

    /// The value for this key: the one at hand, or made now.
    pub fn get(&mut self, key: &K, make: impl FnOnce(&K) -> V) -> &V {
        if self.held.as_ref().is_some_and(|(held, _)| held != key) {
            self.held = None;
        }
        let (_, value) = self.held.get_or_insert_with(|| (key.clone(), make(key)));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_a_key() {
        let mut memo = Memo::default();
        let mut made = 0;
        for key in [1, 1, 2, 2, 1] {
            let doubled = *memo.get(&key, |key| {
                made += 1;
                key * 2
            });
            assert_eq!(doubled, key * 2);
        }
        assert_eq!(made, 3);
    }
}
