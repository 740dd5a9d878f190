//! A spawned job's handle: its result on the way back, and its cancellation.

use super::task::{Awaited, Task};
use crate::sync::Arc;
use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

/// The way to a job that was given to [`ThreadPool::spawn`](crate::ThreadPool::spawn): to wait for
/// its result, or to cancel it.
///
/// Dropping the handle leaves the job alone: it runs, and its result is dropped.
/// [`cancel`](Self::cancel) prevents that.
///
/// # Example
///
/// ```
/// let pool = hello::ThreadPool::new(2);
/// let squares: Vec<_> = (1..=4).map(|n| pool.spawn(move || n * n)).collect();
/// let sum: i32 = squares.into_iter().map(|square| square.join().unwrap()).sum();
/// assert_eq!(sum, 30);
/// ```
pub struct JobHandle<T> {
    task: Arc<dyn Awaited<T>>,
}

impl<T> JobHandle<T> {
    pub(super) fn new<F>(task: Arc<Task<F, T>>) -> Self
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Self { task }
    }

    /// Waits for the job and returns its result.
    ///
    /// A job may wait in this way for another job of its own pool, even if every worker does so. If
    /// no worker has begun the job, the waiting worker runs it itself, on its own stack. So jobs
    /// that wait for each other hang only if they do so in a circle.
    ///
    /// # Errors
    ///
    /// The payload of the job's panic, as [`std::thread::JoinHandle::join`] has it, or
    /// [`Discarded`](crate::Discarded) if the job was dropped or cancelled before it ran.
    ///
    /// # Example
    ///
    /// ```
    /// let pool = hello::ThreadPool::new(1);
    /// let job = pool.spawn(|| -> u32 { panic!("out of cheese") });
    /// assert_eq!(job.join().unwrap_err().downcast_ref(), Some(&"out of cheese"));
    /// ```
    ///
    /// A job that divides its work, and needs no second worker to do so:
    ///
    /// ```
    /// use hello::ThreadPool;
    /// use std::sync::Arc;
    ///
    /// fn sum(pool: &Arc<ThreadPool>, from: u64, to: u64) -> u64 {
    ///     if to - from <= 100 {
    ///         return (from..to).sum();
    ///     }
    ///     let middle = from.midpoint(to);
    ///     let other = Arc::clone(pool);
    ///     let upper = pool.spawn(move || sum(&other, middle, to));
    ///     sum(pool, from, middle) + upper.join().unwrap()
    /// }
    ///
    /// let pool = Arc::new(ThreadPool::new(1));
    /// let inside = Arc::clone(&pool);
    /// assert_eq!(pool.spawn(move || sum(&inside, 0, 1000)).join().unwrap(), 499_500);
    /// ```
    pub fn join(self) -> thread::Result<T> {
        self.task.help();
        self.task.wait(None).expect("a wait without a deadline ends with a result")
    }

    /// Waits for the job for at most `timeout`.
    ///
    /// A worker that waits in this way runs nothing in the meantime, since a job may take longer
    /// than the timeout.
    ///
    /// # Errors
    ///
    /// Gives the handle back if the job has not finished by then: to wait again, or to
    /// [`cancel`](Self::cancel) the job.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = hello::ThreadPool::new(1);
    /// let nap = pool.spawn(|| std::thread::sleep(Duration::from_millis(50)));
    /// let nap = nap.join_timeout(Duration::from_millis(1)).unwrap_err();
    /// nap.join().unwrap();
    /// ```
    pub fn join_timeout(self, timeout: Duration) -> Result<thread::Result<T>, Self> {
        match Instant::now().checked_add(timeout) {
            Some(deadline) => self.task.wait(Some(deadline)).ok_or(self),
            None => Ok(self.join()), // a timeout too long for the clock is no timeout
        }
    }

    /// Returns whether the job has finished or will never run, so that [`join`](Self::join) would
    /// not wait.
    pub fn is_finished(&self) -> bool {
        self.task.is_finished()
    }

    /// Prevents the job from running if it has not begun. Returns whether it did.
    ///
    /// A job that has begun is left alone. One that was cancelled drops what it captured at once,
    /// and its [`join`](Self::join) answers [`Discarded`](crate::Discarded). Its place in the queue
    /// remains until a worker comes to it, which then counts the job as discarded.
    ///
    /// # Panics
    ///
    /// Panics if something that the job captured panics as it is dropped. The job is cancelled all
    /// the same.
    ///
    /// # Example
    ///
    /// ```
    /// use hello::{Discarded, ThreadPool};
    /// use std::sync::mpsc;
    ///
    /// let pool = ThreadPool::new(1);
    /// let (finish, until_finish) = mpsc::channel::<()>();
    /// let first = pool.spawn(move || until_finish.recv().is_ok());
    /// let second = pool.spawn(|| unreachable!("waits behind the first"));
    ///
    /// assert!(second.cancel());
    /// assert_eq!(second.join().unwrap_err().downcast_ref(), Some(&Discarded));
    ///
    /// finish.send(()).unwrap();
    /// assert!(first.join().unwrap());
    /// pool.join();
    /// assert_eq!((pool.stats().executed, pool.stats().discarded), (1, 1));
    /// ```
    pub fn cancel(&self) -> bool {
        self.task.discard()
    }
}

impl<T> fmt::Debug for JobHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobHandle").field("finished", &self.is_finished()).finish()
    }
}
