//! The pools: ours with any queue, those of other crates, and what the Book tries before it has one.

use super::channels;
use crate::pool::Pool;
use async_channel::Sender;
use async_executor::Executor;
use futures_lite::future;
use hello::{JobQueue, QueueStats, Shutdown, ThreadPool, WhileLetQueue};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

impl<Q: JobQueue + Default> Pool for ThreadPool<Q> {
    fn start(workers: usize) -> Self {
        Self::with_queue(workers, Q::default()).expect("the pool starts")
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.execute(job);
    }

    fn queue() -> Option<Box<dyn JobQueue>> {
        Some(Box::new(Q::default()))
    }

    fn counts(&self) -> Option<QueueStats> {
        Some(self.stats().queue).filter(|queue| queue.pushed > 0)
    }

    fn finish(self, _all_have_run: impl FnOnce()) {
        self.shutdown(Shutdown::Drain);
    }
}

/// The Book's pitfall: only one worker at a time runs a job.
pub(crate) struct WhileLet(ThreadPool<WhileLetQueue>);

impl Pool for WhileLet {
    fn at_once(_workers: usize) -> usize {
        1
    }

    fn start(workers: usize) -> Self {
        Self(Pool::start(workers))
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.0.submit(job);
    }

    fn queue() -> Option<Box<dyn JobQueue>> {
        Some(Box::new(WhileLetQueue::new()))
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        self.0.finish(all_have_run);
    }
}

/// Our pool with a bounded channel of crossbeam, which is an array and not a list of segments.
pub(crate) struct BoundedCrossbeam(ThreadPool<channels::BoundedCrossbeam>);

impl Pool for BoundedCrossbeam {
    const BOUNDED: bool = true;

    fn start(workers: usize) -> Self {
        Self(Pool::start(workers))
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.0.submit(job);
    }

    fn queue() -> Option<Box<dyn JobQueue>> {
        Some(Box::new(channels::BoundedCrossbeam::default()))
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        self.0.finish(all_have_run);
    }
}

impl Pool for rayon::ThreadPool {
    fn start(workers: usize) -> Self {
        rayon::ThreadPoolBuilder::new().num_threads(workers).build().expect("the pool starts")
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.spawn(job);
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        // Its drop runs queued jobs, but returns before its threads have ended.
        drop(self);
        all_have_run();
    }
}

/// Rayon with `spawn_fifo`: a worker starts its jobs in the order of their submission.
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
        // As with rayon.
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
        // It sometimes returns while the last jobs still run.
        self.shutdown_join();
        all_have_run();
    }
}

/// The threads on which tokio runs blocking calls.
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
        // Its drop waits for its threads, but drops jobs that have not started.
        all_have_run();
        drop(self);
    }
}

/// The threads on which tokio runs tasks. A job is a task that never waits.
pub(crate) struct TokioTasks(Runtime);

impl Pool for TokioTasks {
    fn start(workers: usize) -> Self {
        Self(
            Builder::new_multi_thread()
                .worker_threads(workers)
                .build()
                .expect("the runtime starts"),
        )
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.0.spawn(async { job() });
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        // Its drop waits for its threads, but drops tasks that have not started.
        all_have_run();
        drop(self);
    }
}

/// The executor of smol on threads of its own. A job is a task that never waits.
pub(crate) struct AsyncExecutor {
    executor: Arc<Executor<'static>>,
    /// Its threads run until this sender is dropped.
    running: Sender<()>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool for AsyncExecutor {
    fn start(workers: usize) -> Self {
        let executor = Arc::new(Executor::new());
        let (running, stopped) = async_channel::unbounded::<()>();
        let worker = |_| {
            let (executor, stopped) = (Arc::clone(&executor), stopped.clone());
            thread::spawn(move || {
                // Nothing is ever sent, so this is the error that says that the sender is gone.
                let _ = future::block_on(executor.run(stopped.recv()));
            })
        };
        let threads = (0..workers).map(worker).collect();
        Self { executor, running, threads }
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.executor.spawn(async { job() }).detach();
    }

    fn finish(self, all_have_run: impl FnOnce()) {
        // Its threads end between two tasks, whether or not others wait.
        all_have_run();
        drop(self.running);
        self.threads.into_iter().for_each(|thread| thread.join().expect("no job panics"));
    }
}

/// The single-threaded server: the submitter runs the job.
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

/// A new thread for each job.
pub(crate) struct ThreadPerJob;

impl Pool for ThreadPerJob {
    const QUEUES: bool = false;
    // Starting a thread costs about a hundred times as much as a push.
    const SCALE: f64 = 0.02;

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
