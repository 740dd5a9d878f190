//! The only way in which the queue and the pool reach locks, atomics, threads and the clock.
//!
//! Everything concurrent in this crate imports from here and never from `std` or `parking_lot`
//! directly. With `--cfg loom` the same names stand for the model checker's (see `model.rs`), which
//! runs the real code through every schedule it can find; the models are in `tests/loom`.

#[cfg(not(loom))]
pub(crate) mod backoff;
#[cfg(not(loom))]
pub(crate) use num_cpus::get as processors;
#[cfg(not(loom))]
pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};
#[cfg(not(loom))]
pub(crate) use std::{hint, sync::atomic, thread, thread_local, time::Instant};

#[cfg(loom)]
pub(crate) mod model;
#[cfg(loom)]
pub(crate) use model::{
    Condvar, Instant, Mutex, MutexGuard, atomic, backoff, either, hint, processors, sabotaged,
    thread, variable as thread_local,
};

use std::ops::Deref;
// Nothing here relies on an `Arc` for more than keeping its value alive, and how it does so is the
// standard library's affair. Modelling it would multiply the schedules of everything else.
pub(crate) use std::sync::Arc;

/// Returns `condition`, which is about time or about what has paid so far, so that only speed may
/// depend on it.
///
/// A model has neither. There the result is a free choice, in every combination; after some choices
/// it is `_default`, so that the model ends.
#[cfg(not(loom))]
#[inline(always)]
pub(crate) fn either(condition: bool, _default: bool) -> bool {
    condition
}

/// Waits until the condvar is notified, or until the deadline, if there is one. Returns whether the
/// deadline came first.
pub(crate) fn wait_until<T>(
    condvar: &Condvar,
    guard: &mut MutexGuard<'_, T>,
    deadline: Option<std::time::Instant>,
) -> bool {
    match deadline {
        None => {
            condvar.wait(guard);
            false
        }
        Some(deadline) => condvar.wait_until(guard, deadline).timed_out(),
    }
}

/// Keeps its value on cache lines of its own, which prevents false sharing with its neighbours.
///
/// The alignment is two lines, since some processors fetch lines in pairs.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct CachePadded<T>(T);

impl<T> Deref for CachePadded<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// Wakes the threads that wait at a condvar for a change that was made without its lock.
///
/// They check for the change and start to wait in one critical section. If this did not pass through
/// the lock, the notification could fall between the two and be lost. A model that sabotages `step`
/// does not pass.
#[cfg(any(loom, feature = "server"))]
pub(crate) fn notify_through(lock: &Mutex<()>, condvar: &Condvar, step: &str) {
    if !sabotaged(step) {
        drop(lock.lock());
    }
    condvar.notify_all();
}

/// Returns whether a model leaves out the named step of a protocol. Without the model checker every
/// step is done.
#[cfg(all(not(loom), feature = "server"))]
#[inline(always)]
pub(crate) const fn sabotaged(_step: &str) -> bool {
    false
}
