//! Whole pools.

use crate::contender::Pool;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

impl Pool for rayon::ThreadPool {
    fn start(workers: usize) -> Self {
        rayon::ThreadPoolBuilder::new().num_threads(workers).build().expect("the pool starts")
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.spawn(job);
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        // Its drop runs what is queued but waits for nothing, so its threads may still be ending
        // afterwards.
        drop(self);
        all_have_run();
    }
}

/// Rayon with jobs that start in the order of their submission.
pub(crate) struct RayonFifo(rayon::ThreadPool);

impl Pool for RayonFifo {
    fn start(workers: usize) -> Self {
        Self(Pool::start(workers))
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.0.spawn_fifo(job);
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        self.0.finish(all_have_run);
    }
}

impl Pool for threadpool::ThreadPool {
    fn start(workers: usize) -> Self {
        Self::new(workers)
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.execute(job);
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        // As rayon's.
        drop(self);
        all_have_run();
    }
}

impl Pool for rusty_pool::ThreadPool {
    fn start(workers: usize) -> Self {
        Self::new(workers, workers, Duration::from_secs(60))
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.execute(job);
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        // Now and then this returns while the last jobs still run.
        self.shutdown_join();
        all_have_run();
    }
}

/// The threads on which tokio runs what would block its own.
pub(crate) struct TokioBlocking(Runtime);

impl Pool for TokioBlocking {
    fn start(workers: usize) -> Self {
        Self(
            Builder::new_current_thread()
                .max_blocking_threads(workers)
                .build()
                .expect("the runtime starts"),
        )
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.0.spawn_blocking(job);
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        // Its drop waits for its threads, but drops the jobs that have not started.
        all_have_run();
        drop(self);
    }
}
