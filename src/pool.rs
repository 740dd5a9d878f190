//! The thread pool: workers that take jobs from a queue until it ends.
//!
//! The pool counts jobs, catches their panics and joins its threads, in the same way whatever
//! [`JobQueue`] feeds it. It knows nothing of HTTP, and its queue knows nothing of it.
//!
//! # Invariants
//!
//! Code, tests and ARCHITECTURE.md cite these by number.
//!
//! - **I1** The queue and its shutdown flag change only under the mutex.
//! - **I2** No job runs while the lock is held.
//! - **I3** Every accepted job runs exactly once, shutdown included, or is counted as discarded.
//! - **I4** A worker parks only when the queue is empty and no shutdown is set, both seen under the
//!   lock.
//! - **I5** A panicking job costs no worker.
//! - **I6** When `drop` returns no worker lives; dropped on one of its own workers, it does not
//!   wait for itself.
//! - **I7** `execute` after shutdown is an error with the job in it, never a lost job.
//! - **I8** While jobs wait and a worker is parked, some worker is searching or being woken, or a
//!   submitter spins before it wakes one. A worker that runs a job does not count, so no wake-up is
//!   lost, and no job waits for a busy worker for longer than that spin.

mod builder;
mod current;
mod error;
mod handle;
mod progress;
mod scope;
mod shared;
mod stats;
mod task;
mod worker;

pub use builder::Builder;
pub use current::current_worker;
pub use error::{Discarded, PoolCreationError, Submission};
pub use handle::JobHandle;
pub use scope::{Scope, scope};
pub use stats::{PoolStats, QueueView};

use crate::queue::{CondvarQueue, JobQueue, Rejected};
use crate::sync::atomic::Ordering;
use crate::sync::thread::{self, ThreadId};
use crate::sync::{Arc, Mutex};
use current::PoolId;
use shared::Shared;
use std::fmt;
use std::time::{Duration, Instant};
use task::Task;
use worker::Worker;

/// A fixed number of threads that run jobs from a queue.
///
/// Dropping the pool runs every job that is still queued and waits for its workers. The
/// [front page](crate#what-becomes-of-a-job) says what becomes of a job in every other case.
///
/// # Example
///
/// ```
/// use hello::ThreadPool;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use std::sync::Arc;
///
/// let sum = Arc::new(AtomicUsize::new(0));
/// let pool = ThreadPool::new(4);
/// for n in 1..=100 {
///     let sum = Arc::clone(&sum);
///     pool.execute(move || {
///         sum.fetch_add(n, Ordering::Relaxed);
///     });
/// }
/// drop(pool);
/// assert_eq!(sum.load(Ordering::Relaxed), 5050);
/// ```
pub struct ThreadPool<Q: JobQueue = CondvarQueue> {
    shared: Arc<Shared<Q>>,
    /// The workers that nobody has joined yet.
    workers: Mutex<Vec<Worker>>,
    /// The workers' threads, to recognise a call that comes from one of them.
    threads: Box<[ThreadId]>,
}

/// What becomes of the jobs that are still queued when a pool shuts down.
///
/// # Example
///
/// ```
/// use hello::{Shutdown, ThreadPool};
///
/// let pool = ThreadPool::new(1);
/// let job = pool.spawn(|| 6 * 7);
/// assert_eq!(pool.shutdown(Shutdown::Drain), 0);
/// assert_eq!(job.join().unwrap(), 42);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// They run first.
    Drain,
    /// They are dropped without running, and counted.
    Discard,
}

impl ThreadPool {
    /// Starts a pool of `size` workers on the default queue.
    ///
    /// # Panics
    ///
    /// Panics if `size` is zero or a thread cannot be started; [`build`](Self::build) gives an
    /// error instead.
    ///
    /// # Example
    ///
    /// ```
    /// let pool = hello::ThreadPool::new(4);
    /// pool.execute(|| println!("Hi from a worker"));
    /// ```
    pub fn new(size: usize) -> Self {
        match Self::build(size) {
            Ok(pool) => pool,
            Err(error) => panic!("ThreadPool::new({size}): {error}"),
        }
    }

    /// Starts a pool of `size` workers on the default queue.
    ///
    /// # Errors
    ///
    /// [`PoolCreationError::ZeroWorkers`] if `size` is zero, [`PoolCreationError::Spawn`] if a
    /// thread cannot be started; those that were are stopped again.
    ///
    /// # Example
    ///
    /// ```
    /// use hello::{PoolCreationError, ThreadPool};
    ///
    /// assert!(matches!(ThreadPool::build(0), Err(PoolCreationError::ZeroWorkers)));
    /// ```
    pub fn build(size: usize) -> Result<Self, PoolCreationError> {
        Self::builder().workers(size).build()
    }

    /// Returns a builder that configures a pool.
    ///
    /// # Example
    ///
    /// ```
    /// let pool = hello::ThreadPool::builder().workers(2).name("io").build()?;
    /// assert_eq!(pool.workers(), 2);
    /// # Ok::<(), hello::PoolCreationError>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::new()
    }
}

impl Default for ThreadPool {
    /// Creates a pool with one worker for each logical processor.
    ///
    /// # Panics
    ///
    /// Panics if a thread cannot be started.
    fn default() -> Self {
        match Self::builder().build() {
            Ok(pool) => pool,
            Err(error) => panic!("ThreadPool::default(): {error}"),
        }
    }
}

impl<Q: JobQueue> ThreadPool<Q> {
    /// Starts a pool of `size` workers that `queue` feeds.
    ///
    /// # Errors
    ///
    /// As [`build`](ThreadPool::build).
    ///
    /// # Example
    ///
    /// ```
    /// use hello::{MpscQueue, ThreadPool};
    ///
    /// let pool = ThreadPool::with_queue(4, MpscQueue::new())?;
    /// # Ok::<(), hello::PoolCreationError>(())
    /// ```
    pub fn with_queue(size: usize, queue: Q) -> Result<Self, PoolCreationError> {
        ThreadPool::builder().workers(size).queue(queue).build()
    }

    /// Hands a job to the workers, waiting while a bounded queue is full.
    ///
    /// The result may be ignored, as in the Book: only a pool that was shut down refuses a job.
    ///
    /// A job that submits to the full queue of its own pool waits until a worker takes a job. If
    /// all workers wait in this way, they wait for ever. Such jobs should use
    /// [`try_execute`](Self::try_execute).
    ///
    /// # Example
    ///
    /// ```
    /// use hello::{Shutdown, Submission, ThreadPool};
    ///
    /// let pool = ThreadPool::new(2);
    /// assert!(pool.execute(|| println!("run by a worker")).is_accepted());
    ///
    /// pool.shutdown(Shutdown::Drain);
    /// if let Submission::Refused(job) = pool.execute(|| println!("run by the caller")) {
    ///     job();
    /// }
    /// ```
    pub fn execute<F>(&self, job: F) -> Submission
    where
        F: FnOnce() + Send + 'static,
    {
        self.shared.progress.accept();
        match self.shared.queue.push(Box::new(job)) {
            Ok(()) => Submission::Accepted,
            Err(job) => {
                self.shared.progress.refuse(&self.shared.queue);
                Submission::Refused(job)
            }
        }
    }

    /// Hands a job to the workers if the queue has room for it now.
    ///
    /// # Errors
    ///
    /// Gives the job back if the queue is full or the pool has shut down.
    ///
    /// # Example
    ///
    /// ```
    /// use hello::{Rejected, ThreadPool};
    ///
    /// let pool = ThreadPool::builder().workers(1).capacity(8).build()?;
    /// if let Err(Rejected::Full(job)) = pool.try_execute(|| println!("work")) {
    ///     job(); // the caller runs it: the simplest kind of back-pressure
    /// }
    /// # Ok::<(), hello::PoolCreationError>(())
    /// ```
    pub fn try_execute<F>(&self, job: F) -> Result<(), Rejected>
    where
        F: FnOnce() + Send + 'static,
    {
        self.shared.progress.accept();
        self.shared
            .queue
            .try_push(Box::new(job))
            .inspect_err(|_| self.shared.progress.refuse(&self.shared.queue))
    }

    /// Hands a job to the workers and returns a handle to its result, like [`std::thread::spawn`].
    ///
    /// Like [`execute`](Self::execute) it waits while a bounded queue is full. On a pool that has
    /// shut down the job is dropped, and [`JobHandle::join`] answers [`Discarded`].
    ///
    /// # Example
    ///
    /// ```
    /// let pool = hello::ThreadPool::new(2);
    /// let answer = pool.spawn(|| 6 * 7);
    /// assert_eq!(answer.join().unwrap(), 42);
    /// ```
    pub fn spawn<F, T>(&self, job: F) -> JobHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let task = Task::new(job, PoolId::of(&self.shared));
        // The result is not needed: a refused job is dropped here, which its handle learns.
        self.execute(task::entry(&task));
        JobHandle::new(task)
    }

    /// Hands a job to the workers if the queue has room for it now, and returns a handle to its
    /// result.
    ///
    /// # Errors
    ///
    /// Gives the closure back, as it was, if the queue is full or the pool has shut down.
    ///
    /// # Example
    ///
    /// ```
    /// use hello::{Rejected, ThreadPool};
    ///
    /// let pool = ThreadPool::builder().workers(1).capacity(8).build()?;
    /// let answer = match pool.try_spawn(|| 6 * 7) {
    ///     Ok(handle) => handle.join().unwrap(),
    ///     Err(Rejected::Full(job) | Rejected::ShutDown(job)) => job(),
    /// };
    /// assert_eq!(answer, 42);
    /// # Ok::<(), hello::PoolCreationError>(())
    /// ```
    pub fn try_spawn<F, T>(&self, job: F) -> Result<JobHandle<T>, Rejected<F>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let task = Task::new(job, PoolId::of(&self.shared));
        match self.try_execute(task::entry(&task)) {
            Ok(()) => Ok(JobHandle::new(task)),
            // The job is taken out of its entry before the entry, dropped, would discard it.
            Err(Rejected::Full(_entry)) => Err(Rejected::Full(task.take_refused())),
            Err(Rejected::ShutDown(_entry)) => Err(Rejected::ShutDown(task.take_refused())),
        }
    }

    /// Waits until the pool is idle: until, at some moment after the call, every accepted job has
    /// finished.
    ///
    /// The pool goes on working. If other threads go on submitting, it may have jobs again when
    /// this returns.
    ///
    /// # Panics
    ///
    /// Panics if called from one of the pool's own jobs, which would wait for itself.
    ///
    /// # Example
    ///
    /// ```
    /// let pool = hello::ThreadPool::new(2);
    /// for _ in 0..10 {
    ///     pool.execute(|| std::thread::yield_now());
    /// }
    /// pool.join();
    /// assert_eq!(pool.stats().executed, 10);
    /// ```
    pub fn join(&self) {
        assert!(
            !self.on_own_worker(),
            "ThreadPool::join was called from one of the pool's own jobs: it would never return"
        );
        self.shared.progress.wait_idle(&self.shared.queue, None);
    }

    /// Waits until the pool is idle, as [`join`](Self::join) does, for at most `timeout`. Returns
    /// whether it was.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = hello::ThreadPool::new(1);
    /// pool.execute(|| std::thread::sleep(Duration::from_millis(50)));
    /// assert!(!pool.join_timeout(Duration::from_millis(1)));
    /// assert!(pool.join_timeout(Duration::from_secs(10)));
    /// ```
    pub fn join_timeout(&self, timeout: Duration) -> bool {
        // A timeout too long for the clock is no timeout.
        self.shared.progress.wait_idle(&self.shared.queue, Instant::now().checked_add(timeout))
    }

    /// Refuses further jobs, lets the workers run or drop what is queued, and waits until they have
    /// ended.
    ///
    /// Returns how many jobs this pool has dropped so far, cancelled ones included. Calling it again
    /// is harmless, and `Discard` after `Drain` drops what is left. Called from one of the pool's
    /// own jobs it waits neither for that job's worker (I6) nor for another thread that is shutting
    /// the pool down meanwhile, and the count is what was dropped until then.
    ///
    /// # Example
    ///
    /// ```
    /// use hello::{Shutdown, ThreadPool};
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPool::new(1);
    /// for _ in 0..10 {
    ///     pool.execute(|| std::thread::sleep(Duration::from_millis(20)));
    /// }
    /// let dropped = pool.shutdown(Shutdown::Discard);
    /// assert_eq!(dropped + pool.stats().executed, 10);
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> u64 {
        if how == Shutdown::Discard {
            self.shared.discarding.store(true, Ordering::Relaxed);
        }
        self.shared.queue.close();
        self.join_workers();
        self.shared.progress.discarded()
    }

    /// Refuses further jobs and waits for nothing: what is queued runs.
    ///
    /// A shutdown that must not take longer than so begins with it; then comes
    /// [`join_timeout`](Self::join_timeout), and [`shutdown`](Self::shutdown) with
    /// [`Discard`](Shutdown::Discard) for what is left.
    ///
    /// # Example
    ///
    /// ```
    /// use hello::{Shutdown, ThreadPool};
    /// use std::time::Duration;
    ///
    /// let pool = ThreadPool::new(2);
    /// let job = pool.spawn(|| 6 * 7);
    /// pool.close();
    /// assert!(!pool.execute(|| println!("too late")).is_accepted());
    /// if !pool.join_timeout(Duration::from_secs(10)) {
    ///     pool.shutdown(Shutdown::Discard);
    /// }
    /// assert_eq!(job.join().unwrap(), 42);
    /// ```
    pub fn close(&self) {
        self.shared.queue.close();
    }

    /// Returns counts of what the pool is doing and has done.
    ///
    /// # Example
    ///
    /// ```
    /// let pool = hello::ThreadPool::new(2);
    /// pool.execute(|| panic!("which costs no worker"));
    /// pool.join();
    /// assert_eq!((pool.stats().executed, pool.stats().panicked), (1, 1));
    /// ```
    pub fn stats(&self) -> PoolStats {
        self.shared.progress.stats(&self.shared.queue)
    }

    /// Returns the number of workers.
    pub fn workers(&self) -> usize {
        self.threads.len()
    }

    /// Returns a view of the queue that feeds this pool.
    ///
    /// # Example
    ///
    /// ```
    /// let pool = hello::ThreadPool::builder().capacity(8).build()?;
    /// assert_eq!(pool.queue().capacity(), Some(8));
    /// # Ok::<(), hello::PoolCreationError>(())
    /// ```
    pub fn queue(&self) -> QueueView<'_, Q> {
        QueueView(&self.shared.queue)
    }

    fn on_own_worker(&self) -> bool {
        self.threads.contains(&thread::current().id())
    }

    /// Waits for the workers, except the one this is called on (I6).
    fn join_workers(&self) {
        let inside = self.on_own_worker();
        // The holder of this lock waits for the workers, so a worker must not wait for the lock.
        let workers = if inside { self.workers.try_lock() } else { Some(self.workers.lock()) };
        let Some(mut workers) = workers else { return };
        for worker in workers.extract_if(.., |worker| !(inside && worker.is_current())) {
            worker.join();
        }
    }
}

impl<Q: JobQueue> Drop for ThreadPool<Q> {
    /// Runs what is queued, then joins the workers.
    fn drop(&mut self) {
        self.shutdown(Shutdown::Drain);
    }
}

impl<Q: JobQueue> fmt::Debug for ThreadPool<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadPool").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
