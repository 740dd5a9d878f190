//! The textbook queue on the standard library's lock and condvar.
//!
//! It differs from [`TextbookQueue`](super::TextbookQueue) in nothing but where `Mutex` and
//! `Condvar` come from, so a comparison of the two is a comparison of the locks. The code is
//! repeated on purpose, so that each file can be read by itself. The standard library's
//! `notify_one` makes a system call even if no thread waits; `parking_lot`'s does not. No job runs
//! while this lock is held (I2), so it is poisoned only if allocating room for a job panics; the
//! state is whole even then, and the poison is ignored.

use super::{Job, JobQueue, QueueStats, Rejected};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A `VecDeque` under `std::sync`'s `Mutex` and `Condvar` that notifies on every push.
///
/// It is [`TextbookQueue`](super::TextbookQueue) on another lock, so comparing the two compares the
/// locks.
///
/// # Example
///
/// ```
/// use hello::{StdCondvarQueue, ThreadPool};
///
/// let pool = ThreadPool::with_queue(4, StdCondvarQueue::new())?;
/// assert_eq!(pool.spawn(|| 6 * 7).join().unwrap(), 42);
/// # Ok::<(), hello::PoolCreationError>(())
/// ```
#[derive(Default)]
pub struct StdCondvarQueue {
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

impl StdCondvarQueue {
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

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_full(&self, state: &State) -> bool {
        self.capacity.is_some_and(|capacity| state.jobs.len() >= capacity)
    }
}

impl JobQueue for StdCondvarQueue {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.lock();
        while self.is_full(&state) && !state.shutdown {
            state = self.not_full.wait(state).unwrap_or_else(PoisonError::into_inner);
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
        let mut state = self.lock();
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
        let mut state = self.lock();
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
            state = self.not_empty.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.stats.wakes += u64::from(!state.shutdown);
            state.stats.false_wakes += u64::from(state.jobs.is_empty() && !state.shutdown);
        }
    }

    fn close(&self) {
        self.lock().shutdown = true;
        self.not_empty.notify_all();
        self.not_full.notify_all();
    }

    fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    fn accepted(&self) -> Option<u64> {
        Some(self.lock().stats.pushed)
    }

    fn stats(&self) -> QueueStats {
        let state = self.lock();
        let popped = state.stats.pushed - state.jobs.len() as u64;
        QueueStats { popped, ..state.stats }
    }
}
