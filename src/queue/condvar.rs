//! The default queue: a `VecDeque` under one lock and one condvar, with a rule about who is woken.
//!
//! # The rule
//!
//! At most one worker is *on its way* at a time: woken, but not yet holding the lock again. A push wakes a worker only
//! if one is parked and none is on its way. A worker that arrives and finds more jobs than its own wakes the next. So
//! wake-ups form a chain that grows as long as there is work for it, where the textbook queue sends a storm.
//!
//! # Why no wake-up is lost (I8)
//!
//! A push that wakes nobody saw, under the lock, one of two things. Either no worker was parked: then every worker is
//! running a job or waiting for the lock, and will look at the queue before it parks (I4). Or one was on its way: it
//! will take the lock after this push let go of it, so it sees the job, and if it sees more jobs than it takes, it
//! wakes the next. Both flags change only under the lock (I1), so there is no third case.

use super::{Job, JobQueue, Rejected};
use crate::sync::{Condvar, Mutex, MutexGuard};
use std::collections::VecDeque;

/// A `VecDeque` under a `parking_lot` `Mutex` and `Condvar` that wakes at most one worker at a time.
///
/// First in, first out; a job never waits behind another while a worker is free.
///
/// # Example
///
/// ```
/// use hello::{CondvarQueue, ThreadPool};
///
/// let pool = ThreadPool::with_queue(4, CondvarQueue::bounded(1024))?;
/// assert_eq!(pool.spawn(|| 6 * 7).join().unwrap(), 42);
/// # Ok::<(), hello::PoolCreationError>(())
/// ```
#[derive(Default)]
pub struct CondvarQueue {
    state: Mutex<State>,
    /// Where workers park while there is no job.
    not_empty: Condvar,
    /// Where submitters park while a bounded queue is full.
    not_full: Condvar,
    capacity: Option<usize>,
}

/// What the lock guards (I1).
#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    shutdown: bool,
    /// Workers parked on `not_empty` whom nobody has woken yet.
    parked: usize,
    /// Whether a worker was woken and has not come back to the lock yet.
    on_its_way: bool,
    /// Submitters parked on `not_full`.
    blocked: usize,
}

impl CondvarQueue {
    /// A queue without a bound.
    pub fn new() -> Self {
        Self::default()
    }

    /// A queue in which at most `capacity` jobs wait.
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

    /// Adds the job, and wakes a worker if the rule says so.
    fn append(&self, mut state: MutexGuard<'_, State>, job: Job) {
        state.jobs.push_back(job);
        let wake = state.claim_worker();
        // The lock goes first, so that whoever is woken does not run into it.
        drop(state);
        if wake {
            self.not_empty.notify_one();
        }
    }
}

impl State {
    /// Decides whether the caller must wake a worker, and if so marks it as on its way (I8).
    fn claim_worker(&mut self) -> bool {
        let wake = self.parked > 0 && !self.on_its_way && !self.jobs.is_empty();
        if wake {
            self.parked -= 1;
            self.on_its_way = true;
        }
        wake
    }
}

impl JobQueue for CondvarQueue {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.state.lock();
        while self.is_full(&state) && !state.shutdown {
            state.blocked += 1;
            self.not_full.wait(&mut state);
            state.blocked -= 1;
        }
        if state.shutdown {
            return Err(job);
        }
        self.append(state, job);
        Ok(())
    }

    fn try_push(&self, job: Job) -> Result<(), Rejected> {
        let state = self.state.lock();
        if state.shutdown {
            return Err(Rejected::ShutDown(job));
        }
        if self.is_full(&state) {
            return Err(Rejected::Full(job));
        }
        self.append(state, job);
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                let wake_worker = state.claim_worker();
                let wake_submitter = state.blocked > 0;
                drop(state);
                if wake_worker {
                    self.not_empty.notify_one();
                }
                if wake_submitter {
                    self.not_full.notify_one();
                }
                return Some(job);
            }
            if state.shutdown {
                return None;
            }
            state.parked += 1;
            // Parks only with the queue seen empty and open under this very lock (I4).
            self.not_empty.wait(&mut state);
            state.on_its_way = false;
        }
    }

    fn close(&self) {
        let mut state = self.state.lock();
        state.shutdown = true;
        state.parked = 0;
        drop(state);
        self.not_empty.notify_all();
        self.not_full.notify_all();
    }

    fn len(&self) -> usize {
        self.state.lock().jobs.len()
    }

    fn capacity(&self) -> Option<usize> {
        self.capacity
    }
}
