//! The connection table: it says of each registered connection whether a worker has it, and
//! whether an event came for it since.
//!
//! # No event is lost
//!
//! The poller reports an arrival once (it is edge-triggered), and a worker may have the connection
//! at that moment. So every connection has one entry from its first registration until it is
//! closed. If an event comes while the entry is `Parked`, the connection is taken out of it. If the
//! entry is `Busy`, the event sets `ready`, and the worker that wants to park the connection keeps
//! it for one more read. Both happen under the lock around the table, so there is no third case.

#![allow(unreachable_pub, reason = "the models in tests/loom use it")]

use crate::sync::sabotaged;
use slab::Slab;

/// The entries of all registered connections.
pub struct ConnectionTable<C>(Slab<Entry<C>>);

enum Entry<C> {
    /// A worker has the connection. `ready` says whether an event has come for it since.
    Busy { ready: bool },
    /// The connection waits for an event or its deadline.
    Parked(C),
}

impl<C> Default for ConnectionTable<C> {
    fn default() -> Self {
        Self(Slab::new())
    }
}

impl<C> ConnectionTable<C> {
    /// Adds an entry for a connection that a worker has, and returns its key.
    pub fn insert_busy(&mut self) -> usize {
        self.0.insert(Entry::Busy { ready: false })
    }

    /// Removes the entry of a connection that is closed.
    pub fn remove(&mut self, key: usize) {
        self.0.remove(key);
    }

    /// Parks a connection.
    ///
    /// # Errors
    ///
    /// Returns the connection if an event came for it while the worker had it.
    pub fn park(&mut self, key: usize, connection: C) -> Result<(), C> {
        let entry = &mut self.0[key];
        if matches!(entry, Entry::Busy { ready: true })
            && !sabotaged("park a connection with an event")
        {
            *entry = Entry::Busy { ready: false };
            return Err(connection);
        }
        *entry = Entry::Parked(connection);
        Ok(())
    }

    /// Records an event: returns the connection if it is parked, and marks its entry for the worker
    /// if not.
    pub fn notify(&mut self, key: usize) -> Option<C> {
        let taken = self.take(key);
        if taken.is_none()
            && let Some(Entry::Busy { ready }) = self.0.get_mut(key)
            && !sabotaged("forget an event for a busy connection")
        {
            *ready = true;
        }
        taken
    }

    /// Takes a connection out of its entry if it is parked.
    pub fn take(&mut self, key: usize) -> Option<C> {
        let entry = self.0.get_mut(key)?;
        match std::mem::replace(entry, Entry::Busy { ready: false }) {
            Entry::Parked(connection) => Some(connection),
            busy @ Entry::Busy { .. } => {
                *entry = busy;
                None
            }
        }
    }

    /// Takes all parked connections that `is_due` selects.
    pub fn take_if(&mut self, is_due: impl Fn(&C) -> bool) -> Vec<C> {
        let due: Vec<_> = self
            .parked()
            .filter(|(_, connection)| is_due(connection))
            .map(|(key, _)| key)
            .collect();
        due.into_iter().filter_map(|key| self.take(key)).collect()
    }

    /// Returns the parked connections with their keys.
    pub fn parked(&self) -> impl Iterator<Item = (usize, &C)> {
        self.0.iter().filter_map(|(key, entry)| match entry {
            Entry::Parked(connection) => Some((key, connection)),
            Entry::Busy { .. } => None,
        })
    }

    /// Returns whether no connection is registered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
