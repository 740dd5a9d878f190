//! What the pool, its workers and their jobs share.

use super::current::PoolHandle;
use super::progress::Progress;
use super::worker::{self, Hooks};
use crate::queue::{Job, JobQueue};
use crate::sync::atomic::{AtomicBool, Ordering};

/// What the pool and its workers share.
pub(super) struct Shared<Q> {
    pub(super) queue: Q,
    pub(super) progress: Progress,
    /// Set by [`Discard`](super::Shutdown::Discard): workers drop the jobs they take instead of
    /// running them.
    pub(super) discarding: AtomicBool,
    pub(super) hooks: Hooks,
}

impl<Q: JobQueue> Shared<Q> {
    /// Runs a job, or drops it if the pool is discarding, and counts it.
    pub(super) fn run_or_discard(&self, worker: usize, job: Job) {
        if self.discarding.load(Ordering::Relaxed) {
            // Counted first: one that was run by a worker that waited for it takes that back.
            self.progress.count_discarded(worker);
            worker::drop_unrun(worker, job);
        } else if worker::run(worker, job).is_err() {
            self.progress.count_panicked(worker);
        }
        self.progress.finish(worker, &self.queue);
    }
}

impl<Q: JobQueue> PoolHandle for Shared<Q> {
    fn progress(&self) -> &Progress {
        &self.progress
    }

    fn is_discarding(&self) -> bool {
        self.discarding.load(Ordering::Relaxed)
    }
}
