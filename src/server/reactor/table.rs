//! The connection table: it says of each registered connection whether a worker has it, and
//! whether an event came for it since. It also knows which connection has been idle longest.
//!
//! # No event is lost
//!
//! The poller reports an arrival once (it is edge-triggered), and a worker may have the connection
//! at that moment. So every connection has one entry from its first registration until it is
//! closed. If an event comes while the entry is `Parked`, the connection is taken out of it. If the
//! entry is `Busy`, the event sets `ready`, and the worker that wants to park the connection keeps
//! it for one more read. Both happen under the lock around the table, so there is no third case.
//!
//! `sabotaged` is false except in the tests of the models (`tests/loom`), where the named step is
//! left out.

#![allow(unreachable_pub, reason = "the models in tests/loom use it")]

use super::idle_list::IdleList;
use crate::sync::sabotaged;
use slab::Slab;

/// The entries of all registered connections.
pub struct ConnectionTable<C> {
    entries: Slab<Entry<C>>,
    /// The keys of the idle connections that are parked.
    idle: IdleList,
}

enum Entry<C> {
    /// A worker has the connection. `ready` says whether an event has come for it since.
    Busy { ready: bool },
    /// The connection waits for an event or its deadline.
    Parked { connection: C, is_idle: bool },
}

impl<C> Default for ConnectionTable<C> {
    fn default() -> Self {
        Self { entries: Slab::new(), idle: IdleList::default() }
    }
}

impl<C> ConnectionTable<C> {
    /// Adds an entry for a connection that a worker has, and returns its key.
    pub fn insert_busy(&mut self) -> usize {
        self.entries.insert(Entry::Busy { ready: false })
    }

    /// Removes the entry of a connection that is closed.
    pub fn remove(&mut self, key: usize) {
        self.entries.remove(key);
    }

    /// Parks a connection. If it is idle, its deadline must not be before that of an idle
    /// connection which is parked already.
    ///
    /// # Errors
    ///
    /// Returns the connection if an event came for it while the worker had it.
    pub fn park(&mut self, key: usize, connection: C, is_idle: bool) -> Result<(), C> {
        let entry = &mut self.entries[key];
        if matches!(entry, Entry::Busy { ready: true })
            && !sabotaged("park a connection with an event")
        {
            *entry = Entry::Busy { ready: false };
            return Err(connection);
        }
        *entry = Entry::Parked { connection, is_idle };
        if is_idle {
            self.idle.push(key);
        }
        Ok(())
    }

    /// Records an event: returns the connection if it is parked, and marks its entry for the worker
    /// if not.
    pub fn notify(&mut self, key: usize) -> Option<C> {
        let taken = self.take(key);
        if taken.is_none()
            && let Some(Entry::Busy { ready }) = self.entries.get_mut(key)
            && !sabotaged("forget an event for a busy connection")
        {
            *ready = true;
        }
        taken
    }

    /// Takes a connection out of its entry if it is parked.
    pub fn take(&mut self, key: usize) -> Option<C> {
        let entry = self.entries.get_mut(key)?;
        match std::mem::replace(entry, Entry::Busy { ready: false }) {
            Entry::Parked { connection, is_idle } => {
                if is_idle && !sabotaged("leave a taken connection among the idle") {
                    self.idle.remove(key);
                }
                Some(connection)
            }
            busy @ Entry::Busy { .. } => {
                *entry = busy;
                None
            }
        }
    }

    /// Takes the connection that has been idle longest.
    pub fn take_longest_idle(&mut self) -> Option<C> {
        self.take(self.idle.first()?)
    }

    /// Takes all parked connections that `is_due` selects. Idle connections are asked about in the
    /// order of their deadlines, and only up to the first that is not due.
    pub fn take_if(&mut self, is_due: impl Fn(&C) -> bool) -> Vec<C> {
        let keys = self.entries.iter().filter_map(|(key, entry)| match entry {
            Entry::Parked { connection, is_idle: false } if is_due(connection) => Some(key),
            _ => None,
        });
        let keys: Vec<_> = keys.collect();
        let mut due: Vec<_> = keys.into_iter().filter_map(|key| self.take(key)).collect();
        while let Some(Entry::Parked { connection, .. }) =
            self.idle.first().and_then(|key| self.entries.get(key))
            && is_due(connection)
        {
            due.extend(self.take_longest_idle());
        }
        due
    }

    /// Returns how many connections are parked.
    pub fn parked(&self) -> usize {
        let is_parked = |entry: &&Entry<C>| matches!(entry, Entry::Parked { .. });
        self.entries.iter().map(|(_, entry)| entry).filter(is_parked).count()
    }

    /// Returns whether no connection is registered.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
