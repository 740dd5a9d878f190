//! The idle connections in the order in which they were parked.
//!
//! All of them have the same timeout, so this is also the order of their deadlines. It is a doubly
//! linked list through a vector, and so every step takes constant time, however many connections
//! are idle.

/// A list of keys.
pub(super) struct IdleList {
    /// The neighbours of each key, one place after it. At place 0 is the end of the list, whose
    /// neighbours are the first and the last key.
    links: Vec<Link>,
}

/// The places of the two neighbours.
#[derive(Clone, Copy, Default)]
struct Link {
    previous: usize,
    next: usize,
}

impl Default for IdleList {
    fn default() -> Self {
        Self { links: vec![Link::default()] }
    }
}

impl IdleList {
    /// Adds a key that is not in the list, as the last.
    pub(super) fn push(&mut self, key: usize) {
        let place = key + 1;
        if place >= self.links.len() {
            self.links.resize(place + 1, Link::default());
        }
        let last = self.links[0].previous;
        self.links[place] = Link { previous: last, next: 0 };
        self.links[last].next = place;
        self.links[0].previous = place;
    }

    /// Removes a key that is in the list.
    pub(super) fn remove(&mut self, key: usize) {
        let Link { previous, next } = self.links[key + 1];
        self.links[previous].next = next;
        self.links[next].previous = previous;
    }

    /// Returns the first key.
    pub(super) fn first(&self) -> Option<usize> {
        self.links[0].next.checked_sub(1)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Removes all keys from the front.
    fn keys(mut list: IdleList) -> Vec<usize> {
        std::iter::from_fn(|| list.first().inspect(|key| list.remove(*key))).collect()
    }

    #[test]
    fn keys_keep_the_order_of_their_addition() {
        for removed in [5, 0, 7, 3] {
            let mut list = IdleList::default();
            [5, 0, 7, 3].into_iter().for_each(|key| list.push(key));
            list.remove(removed);
            list.push(removed);
            let mut expected = vec![5, 0, 7, 3];
            expected.retain(|key| *key != removed);
            expected.push(removed);
            assert_eq!(keys(list), expected);
        }
    }

    #[test]
    fn list_may_become_empty() {
        let mut list = IdleList::default();
        assert_eq!(list.first(), None);
        list.push(0);
        list.remove(0);
        assert_eq!(keys(list), []);
    }
}
