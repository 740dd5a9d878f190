//! The Book's pitfall (Listing 21-21): the lock is held while a job runs.
//!
//! `while let` keeps the temporaries of its condition alive for the whole body, the guard of the
//! lock among them. So the receiver stays locked while the job runs, and however many workers there
//! are, one job runs at a time. This strategy breaks I2 on purpose: start the server with `--queue
//! while-let`, open `/sleep` twice, and watch.

use super::{Job, JobQueue, MpscQueue, Rejected};

/// The Book's channel, its lock held while the job runs.
///
/// A job that itself calls [`pop`](JobQueue::pop) on this queue would wait for the lock that its
/// own worker holds.
///
/// # Example
///
/// ```
/// use hello::{ThreadPool, WhileLetQueue};
/// use std::time::{Duration, Instant};
///
/// let pool = ThreadPool::with_queue(2, WhileLetQueue::new())?;
/// let start = Instant::now();
/// let naps = [(); 2].map(|()| pool.spawn(|| std::thread::sleep(Duration::from_millis(20))));
/// for nap in naps {
///     nap.join().unwrap();
/// }
/// assert!(start.elapsed() >= Duration::from_millis(40)); // two workers, yet one after the other
/// # Ok::<(), hello::PoolCreationError>(())
/// ```
#[derive(Default)]
pub struct WhileLetQueue {
    channel: MpscQueue,
}

impl WhileLetQueue {
    /// Creates a queue without a bound.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a queue in which at most `capacity` jobs wait.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` is zero.
    pub fn bounded(capacity: usize) -> Self {
        Self { channel: MpscQueue::bounded(capacity) }
    }
}

impl JobQueue for WhileLetQueue {
    fn push(&self, job: Job) -> Result<(), Job> {
        self.channel.push(job)
    }

    fn try_push(&self, job: Job) -> Result<(), Rejected> {
        self.channel.try_push(job)
    }

    fn pop(&self) -> Option<Job> {
        self.channel.pop()
    }

    fn close(&self) {
        self.channel.close();
    }

    fn len(&self) -> usize {
        self.channel.len()
    }

    fn capacity(&self) -> Option<usize> {
        self.channel.capacity()
    }

    fn feed(&self, run: &mut dyn FnMut(Job)) {
        // This is the listing: the guard that `lock` returns lives until the end of the body.
        while let Ok(job) = self.channel.receiver.lock().recv() {
            run(self.channel.taken(job));
        }
    }
}
