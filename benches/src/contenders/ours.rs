//! Any [`JobQueue`] behind the pool of `hello`.

use crate::contender::Pool;
use hello::{JobQueue, QueueStats, Shutdown, ThreadPool, WhileLetQueue};

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

/// The Book's pitfall, of whose workers one at a time runs a job.
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
