//! What the Book tries before it has a pool. Neither has a queue.

use crate::contender::Pool;
use std::thread;

/// One thread for all: the single-threaded server.
pub(crate) struct OneThread;

impl Pool for OneThread {
    const QUEUES: bool = false;

    fn start(_workers: usize) -> Self {
        Self
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        job();
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        all_have_run();
    }
}

/// One thread for each job, as many as there are jobs.
pub(crate) struct ThreadPerJob;

impl Pool for ThreadPerJob {
    const QUEUES: bool = false;
    // A thread costs some hundred times as much as a push.
    const EFFORT: f64 = 0.02;

    fn start(_workers: usize) -> Self {
        Self
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        thread::spawn(job);
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        all_have_run();
    }
}
