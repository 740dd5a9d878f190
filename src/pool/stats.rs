//! What can be asked of a pool.

use crate::queue::{JobQueue, QueueStats};
use std::fmt;

/// What a pool is doing and has done, as [`ThreadPool::stats`](crate::ThreadPool::stats) saw it.
///
/// What is queued and what the queue has done are of one moment, if the queue counts. The other
/// numbers are read just before while the pool works, so they may be a few jobs behind. On an idle
/// pool all of them are exact.
///
/// # Example
///
/// ```
/// let pool = hello::ThreadPool::new(2);
/// pool.execute(|| ());
/// pool.join();
/// let stats = pool.stats();
/// assert_eq!((stats.workers, stats.busy, stats.queued, stats.executed), (2, 0, 0, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStats {
    /// Workers the pool was built with.
    pub workers: usize,
    /// Workers that are running a job.
    pub busy: usize,
    /// Jobs that wait in the queue.
    pub queued: usize,
    /// Jobs that have run, those that panicked included.
    pub executed: u64,
    /// Jobs that panicked.
    pub panicked: u64,
    /// Jobs that were dropped without running: by [`Shutdown::Discard`](crate::Shutdown::Discard),
    /// or by [`JobHandle::cancel`](crate::JobHandle::cancel) and counted when a worker came to
    /// their place in the queue.
    pub discarded: u64,
    /// What the queue has done; all zero for a queue that does not count.
    pub queue: QueueStats,
}

/// A view of a pool's queue: its jobs can be counted but neither taken nor added, which only the
/// pool may do.
///
/// # Example
///
/// ```
/// let pool = hello::ThreadPool::new(2);
/// pool.join();
/// assert!(pool.queue().is_empty());
/// ```
pub struct QueueView<'a, Q>(pub(super) &'a Q);

impl<Q: JobQueue> QueueView<'_, Q> {
    /// Returns how many jobs wait at this moment.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether no job waits at this moment.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns how many jobs may wait at once; `None` if there is no bound.
    pub fn capacity(&self) -> Option<usize> {
        self.0.capacity()
    }

    /// Returns what the queue has done so far; all zero for a queue that does not count.
    pub fn stats(&self) -> QueueStats {
        self.0.stats()
    }
}

impl<Q: JobQueue> fmt::Debug for QueueView<'_, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueView")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .finish()
    }
}
