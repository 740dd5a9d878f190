//! The trait of what is measured: a pool that runs jobs.

use hello::{JobQueue, QueueStats};

/// A thread pool under measurement.
///
/// How a job reports that it has run is part of the workload, and the same for every pool.
pub trait Pool: Send + Sync + Sized + 'static {
    /// Whether jobs wait in a queue for existing workers. Workloads about queued jobs do not apply
    /// to a pool without one.
    const QUEUES: bool = true;

    /// Whether a submitter waits while the queue is full. Workloads that would wait forever do not
    /// apply.
    const BOUNDED: bool = false;

    /// Factor by which the number of jobs of a sample is multiplied: below 1 for a pool so slow
    /// that a full sample would take minutes.
    const SCALE: f64 = 1.0;

    /// Returns how many jobs run at the same time with this number of workers.
    fn at_once(workers: usize) -> usize {
        workers
    }

    /// Starts a pool of exactly `workers` threads.
    fn start(workers: usize) -> Self;

    /// Submits a job.
    fn submit(&self, job: impl FnOnce() + Send + 'static);

    /// Creates the queue of the pool, to feed the real server; `None` for a pool that cannot be
    /// separated from its queue.
    fn queue() -> Option<Box<dyn JobQueue>> {
        None
    }

    /// Returns the counters of the queue, if it has any.
    fn counts(&self) -> Option<QueueStats> {
        None
    }

    /// Ends the pool after every job has run.
    ///
    /// A pool whose own shutdown would drop queued jobs first calls `all_have_run`, which waits for
    /// them.
    fn finish(self, all_have_run: impl FnOnce());
}
