//! Any [`JobQueue`] behind the pool of `hello`.

use crate::contender::Pool;
use hello::{JobQueue, Shutdown, ThreadPool};

impl<Q: JobQueue + Default> Pool for ThreadPool<Q> {
    fn start(workers: usize) -> Self {
        Self::with_queue(workers, Q::default()).expect("the pool starts")
    }

    fn submit(&self, job: impl FnOnce() + Send + 'static) {
        self.execute(job);
    }

    fn finish(self, _all_have_run: impl FnOnce()) {
        self.shutdown(Shutdown::Drain);
    }
}
