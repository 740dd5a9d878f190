//! The one door through which the queue and the pool reach locks, atomics, threads and the clock.
//!
//! Everything concurrent in this crate imports from here and never from `std` or `parking_lot` directly. With
//! `--cfg loom` the same names stand for the model checker's (see `model.rs`), which runs the real code through every
//! schedule it can find; the models are in `tests/loom`.

#[cfg(not(loom))]
pub(crate) mod backoff;
#[cfg(not(loom))]
pub(crate) use num_cpus::get as processors;
#[cfg(not(loom))]
pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};
#[cfg(not(loom))]
pub(crate) use std::{hint, sync::atomic, thread, time::Instant};

#[cfg(loom)]
pub(crate) mod model;
#[cfg(loom)]
pub(crate) use model::{Condvar, Instant, Mutex, MutexGuard, atomic, backoff, hint, processors, thread};

use std::ops::Deref;
// Nothing here relies on an `Arc` for more than keeping its value alive, and how it does so is the standard library's
// affair. Modelling it would multiply the schedules of everything else.
pub(crate) use std::sync::Arc;

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
