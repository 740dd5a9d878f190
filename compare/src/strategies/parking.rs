//! Where the workers of a lock-free queue park.

use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};

/// A condvar that is notified only if a worker is parked.
#[derive(Default)]
pub(super) struct Parking {
    /// Number of workers that are parked or about to park; while it is 0, a push takes no lock.
    parked: AtomicUsize,
    closed: AtomicBool,
    lock: Mutex<()>,
    wake: Condvar,
}

impl Parking {
    /// Wakes a worker if one is parked.
    pub(super) fn wake_one(&self) {
        if self.parked.load(Ordering::SeqCst) > 0 {
            drop(self.lock.lock());
            self.wake.notify_one();
        }
    }

    /// Wakes a worker if one is parked, for a job that the caller has pushed.
    pub(super) fn wake_after_push(&self) {
        // The push is visible before `parked` is read; see `park_if`.
        fence(Ordering::SeqCst);
        self.wake_one();
    }

    /// Parks the calling worker unless there are jobs or the queue is closed.
    pub(super) fn park_if(&self, is_empty: impl FnOnce() -> bool) {
        let mut guard = self.lock.lock();
        // The worker is counted before it checks for jobs once more, so either a push sees the
        // worker or the worker sees the push (I8).
        self.parked.fetch_add(1, Ordering::SeqCst);
        if is_empty() && !self.is_closed() {
            self.wake.wait(&mut guard);
        }
        self.parked.fetch_sub(1, Ordering::SeqCst);
    }

    /// Closes the queue and wakes every worker.
    pub(super) fn close(&self) {
        let guard = self.lock.lock();
        self.closed.store(true, Ordering::SeqCst);
        drop(guard);
        self.wake.notify_all();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }
}
