//! The count of open connections, and the wait until none is open.
//!
//! `sabotaged` is false except in the tests of the models (`tests/loom`), where the named step is
//! left out.

#![allow(unreachable_pub, reason = "the models in tests/loom use it")]

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{Condvar, Mutex, notify_through, sabotaged, wait_until};
use std::time::Instant;

/// The lowest bit of `OpenConnections::state`: whether the server drains. The other bits count the
/// open connections.
const DRAINING: usize = 1;

/// One connection in that count.
const ONE: usize = 2;

/// Counts the open connections and lets a shutdown wait for the last of them.
///
/// The count and the draining bit share one word, so neither side misses the other: the step that
/// closes the last connection also reads whether a shutdown waits, and the step that sets the bit
/// also reads how many connections are open.
#[derive(Default)]
pub struct OpenConnections {
    state: AtomicUsize,
    lock: Mutex<()>,
    drained: Condvar,
}

impl OpenConnections {
    /// Counts a connection that was opened.
    pub fn opened(&self) {
        self.state.fetch_add(ONE, Ordering::Relaxed);
    }

    /// Counts a connection that was closed, and wakes [`wait_until_none`](Self::wait_until_none) if
    /// it was the last.
    pub fn closed(&self) {
        let misses_drain = sabotaged("check for a drain before the count") && !self.is_draining();
        if self.state.fetch_sub(ONE, Ordering::Release) == ONE | DRAINING && !misses_drain {
            notify_through(&self.lock, &self.drained, "end a drain without its lock");
        }
    }

    /// Returns how many connections are open.
    pub fn count(&self) -> usize {
        self.state.load(Ordering::Acquire) / ONE
    }

    /// Returns whether [`start_draining`](Self::start_draining) was called.
    pub fn is_draining(&self) -> bool {
        self.state.load(Ordering::Relaxed) & DRAINING != 0
    }

    /// Announces that a [`wait_until_none`](Self::wait_until_none) follows.
    pub fn start_draining(&self) {
        self.state.fetch_or(DRAINING, Ordering::Relaxed);
    }

    /// Waits until no connection is open, at most until `deadline`, and returns how many still are.
    pub fn wait_until_none(&self, deadline: Option<Instant>) -> usize {
        let mut guard = self.lock.lock();
        while self.count() > 0 {
            if wait_until(&self.drained, &mut guard, deadline) {
                return self.count();
            }
        }
        0
    }
}
