//! A job's result on its way from the worker to the thread that holds the handle.

use super::{Discarded, worker};
use crate::sync::{Arc, Condvar, Mutex};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;
use std::time::{Duration, Instant};

/// The result-to-be of a job that [`ThreadPool::spawn`](crate::ThreadPool::spawn) accepted.
///
/// Dropping the handle leaves the job alone: it runs, and its result is dropped.
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
    slot: Arc<Slot<T>>,
}

struct Slot<T> {
    result: Mutex<Option<thread::Result<T>>>,
    ready: Condvar,
}

impl<T> JobHandle<T> {
    /// Waits for the job and returns its result.
    ///
    /// A job that waits in this way for another job of the same pool keeps a worker from running
    /// it; if every worker does so, none returns.
    ///
    /// # Errors
    ///
    /// The payload of the job's panic, as [`std::thread::JoinHandle::join`] has it, or
    /// [`Discarded`] if the pool dropped the job without running it.
    ///
    /// # Example
    ///
    /// ```
    /// let pool = hello::ThreadPool::new(1);
    /// let job = pool.spawn(|| -> u32 { panic!("out of cheese") });
    /// assert_eq!(job.join().unwrap_err().downcast_ref(), Some(&"out of cheese"));
    /// ```
    pub fn join(self) -> thread::Result<T> {
        let mut result = self.slot.result.lock();
        loop {
            match result.take() {
                Some(result) => return result,
                None => self.slot.ready.wait(&mut result),
            }
        }
    }

    /// Waits for the job for at most `timeout`.
    ///
    /// # Errors
    ///
    /// Gives the handle back if the job has not finished by then.
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
        let Some(deadline) = Instant::now().checked_add(timeout) else {
            return Ok(self.join());
        };
        let mut result = self.slot.result.lock();
        while result.is_none() {
            if self.slot.ready.wait_until(&mut result, deadline).timed_out() {
                break;
            }
        }
        let taken = result.take();
        drop(result);
        taken.ok_or(self)
    }

    /// Whether the job has finished, so that [`join`](Self::join) would not wait.
    pub fn is_finished(&self) -> bool {
        self.slot.result.lock().is_some()
    }
}

impl<T> fmt::Debug for JobHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobHandle").field("finished", &self.is_finished()).finish()
    }
}

/// Makes a job that leaves its result with a handle.
pub(super) fn with_handle<F, T>(job: F) -> (impl FnOnce() + Send + 'static, JobHandle<T>)
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let slot = Arc::new(Slot { result: Mutex::new(None), ready: Condvar::new() });
    let handle = JobHandle { slot: Arc::clone(&slot) };
    let promise = Promise { slot: Some(slot) };
    let job = move || match catch_unwind(AssertUnwindSafe(job)) {
        Ok(value) => promise.keep(Ok(value)),
        Err(payload) => {
            let message = worker::message(&*payload).to_owned();
            promise.keep(Err(payload));
            // The handle has the payload; the worker still logs and counts a panic (I5).
            resume_unwind(Box::new(message));
        }
    };
    (job, handle)
}

/// The job's side of the slot. Dropped without having been kept, it tells the handle that the job
/// never ran.
struct Promise<T> {
    slot: Option<Arc<Slot<T>>>,
}

impl<T> Promise<T> {
    fn keep(mut self, result: thread::Result<T>) {
        self.complete(result);
    }

    fn complete(&mut self, result: thread::Result<T>) {
        if let Some(slot) = self.slot.take() {
            *slot.result.lock() = Some(result);
            slot.ready.notify_one();
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.complete(Err(Box::new(Discarded)));
    }
}
