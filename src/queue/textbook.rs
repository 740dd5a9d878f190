//! The condvar queue as it is usually written: lock, push, notify.
//!
//! It is correct, and it is slow, because every push wakes a worker whether or not one is needed.
//! The woken worker finds that a busy one has already taken the job and goes back to sleep; each
//! such round trip costs two system calls, and takes the lock from threads that have work.
//! [`CondvarQueue`](super::CondvarQueue) is this queue with rules about which worker is woken.

use super::{Job, JobQueue, QueueStats, Rejected};
use crate::sync::{Condvar, Mutex};
use std::collections::VecDeque;

/// A `VecDeque` under a `parking_lot` `Mutex` and `Condvar` that notifies on every push.
///
/// First in, first out. If workers are parked, each push wakes one, even if a worker that is awake
/// takes the job first: with many workers, a thundering herd.
///
/// # Example
///
/// ```
/// use hello::{TextbookQueue, ThreadPool};
///
/// let pool = ThreadPool::with_queue(4, TextbookQueue::new())?;
/// assert_eq!(pool.spawn(|| 6 * 7).join().unwrap(), 42);
/// # Ok::<(), hello::PoolCreationError>(())
/// ```
#[derive(Default)]
pub struct TextbookQueue {
    state: Mutex<State>,
    /// Signalled when a job was added; workers wait here.
    not_empty: Condvar,
    /// Signalled when a job was taken from a bounded queue; submitters wait here.
    not_full: Condvar,
    capacity: Option<usize>,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    shutdown: bool,
    /// Counted beside the default queue's, so that the two can be compared.
    stats: QueueStats,
}

impl TextbookQueue {
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
        Self { capacity: super::bound(capacity), ..Self::default() }
    }

    fn is_full(&self, state: &State) -> bool {
        self.capacity.is_some_and(|capacity| state.jobs.len() >= capacity)
    }
}

impl JobQueue for TextbookQueue {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.state.lock();
        while self.is_full(&state) && !state.shutdown {
            self.not_full.wait(&mut state);
        }
        if state.shutdown {
            return Err(job);
        }
        state.jobs.push_back(job);
        state.stats.pushed += 1;
        drop(state);
        self.not_empty.notify_one();
        Ok(())
    }

    fn try_push(&self, job: Job) -> Result<(), Rejected> {
        let mut state = self.state.lock();
        if state.shutdown {
            return Err(Rejected::ShutDown(job));
        }
        if self.is_full(&state) {
            return Err(Rejected::Full(job));
        }
        state.jobs.push_back(job);
        state.stats.pushed += 1;
        drop(state);
        self.not_empty.notify_one();
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                if self.capacity.is_some() {
                    self.not_full.notify_one();
                }
                return Some(job);
            }
            if state.shutdown {
                return None;
            }
            state.stats.parks += 1;
            self.not_empty.wait(&mut state);
            state.stats.wakes += u64::from(!state.shutdown);
            state.stats.false_wakes += u64::from(state.jobs.is_empty() && !state.shutdown);
        }
    }

    fn close(&self) {
        self.state.lock().shutdown = true;
        self.not_empty.notify_all();
        self.not_full.notify_all();
    }

    fn len(&self) -> usize {
        self.state.lock().jobs.len()
    }

    fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    fn accepted(&self) -> Option<u64> {
        Some(self.state.lock().stats.pushed)
    }

    fn stats(&self) -> QueueStats {
        let state = self.state.lock();
        let popped = state.stats.pushed - state.jobs.len() as u64;
        QueueStats { popped, ..state.stats }
    }
}
