//! What can be asked of a pool.

use crate::queue::QueueStats;

/// What a pool is doing and has done, as [`ThreadPool::stats`](crate::ThreadPool::stats) saw it.
///
/// The numbers are read one after the other while the pool works, so they may be a few jobs apart; on an idle pool they
/// are exact.
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
    /// Jobs that [`Shutdown::Discard`](crate::Shutdown::Discard) dropped without running them.
    pub discarded: u64,
    /// What the queue has done; all zero for a queue that does not count.
    pub queue: QueueStats,
}
