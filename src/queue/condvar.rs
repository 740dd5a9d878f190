//! The default queue: a `VecDeque` under one lock, with three rules about waking, spinning and
//! locking.
//!
//! The textbook's queue is the same without the rules. A job costs nanoseconds; a wake-up costs
//! microseconds on both sides, a system call for the caller and a thread switch for the worker. So
//! the rules are about wake-ups:
//!
//! 1. **Wake one at a time, and pass it on.** A worker is *searching* if it spins, or if it has
//!    been woken and has not reached the lock. While one is searching, a push wakes no other. A
//!    searching worker that takes a job and leaves others wakes the next (as in Go's and tokio's
//!    schedulers). If it does not arrive in time, because it sits behind a busy thread, it no
//!    longer holds up the next wake-up. And if some worker runs a job, a push of an only job first
//!    spins for a short time, so that this worker may come back and take it.
//! 2. **Spin only when it pays.** Before it parks, one worker at a time spins until there is a job,
//!    for as long as a wake-up costs: then spinning is never worse than twice the best (Karlin and
//!    others, 1991). A spin that finds no job makes spins rarer. No thread yields: on a busy
//!    machine a yield costs milliseconds.
//! 3. **Back off from a taken lock.** The holder goes on with a warm cache and likely handles the
//!    next job, too. Two threads that take turns instead move the lock's cache lines from one
//!    processor to the other for each job.
//!
//! The queue measures what a wake-up costs. A spin lasts as long, the wake timeout four times as
//! long, a pause of backoff and the spin before a wake-up a quarter of it. On a single processor
//! there are none, since no other thread makes progress while one waits.

mod ablation;
mod cooldown;
mod waits;
mod wake;

use super::{Job, JobQueue, QueueStats, Rejected};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{CachePadded, Condvar, Instant, Mutex, MutexGuard};
pub use ablation::Rule;
use cooldown::Cooldown;
use std::{collections::VecDeque, mem, time::Duration};
use waits::Waits;

/// A `VecDeque` under a `parking_lot` `Mutex` and `Condvar` that decides which worker is woken, and
/// when.
///
/// First in, first out. While a worker is parked, a job does not wait for a busy one, except for a
/// spin that is short beside a wake-up.
///
/// Three rules save wake-ups, which cost microseconds where a job costs nanoseconds:
///
/// - **Wake throttling.** While a worker is searching, a push wakes no other. A searching worker
///   that takes a job and leaves others wakes the next, as in the schedulers of Go and tokio.
/// - **Spinning while it pays.** One idle worker at a time spins before it parks, for as long as a
///   wake-up costs. So it never costs more than twice the best decision (Karlin and others, 1991).
/// - **Backoff.** A thread that finds the lock taken stays away for a while, against lock convoys.
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
    state: CachePadded<Mutex<State>>,
    flags: CachePadded<Flags>,
    /// Where workers park while there is no job.
    not_empty: Condvar,
    /// Where submitters park while a bounded queue is full.
    not_full: Condvar,
    capacity: Option<usize>,
    waits: Waits,
    without: Option<Rule>,
}

/// What the lock guards (I1). What each push and pop touches comes first and shares a cache line
/// with the lock.
#[derive(Default)]
#[repr(C)]
struct State {
    jobs: VecDeque<Job>,
    /// Workers asleep on `not_empty` that no thread has decided to wake.
    parked: u32,
    /// Workers that spin, or that a thread has decided to wake and that have not reached the lock.
    searching: u32,
    /// Workers that have taken a job and have not come back.
    running: u32,
    /// Submitters asleep on `not_full` that have no slot.
    waiting: u32,
    shutdown: bool,
    /// Slots given to submitters that have not reached the lock.
    reserved: usize,
    /// When the number of searching workers last grew.
    since: Option<Instant>,
    /// How many wake-ups have been held up since then.
    held_up: u32,
    cooldown: Cooldown,
    stats: QueueStats,
}

impl State {
    /// Times the search of the worker that was just counted.
    fn time_search(&mut self) {
        self.since = Some(Instant::now());
        self.held_up = 0;
    }
}

/// What is written under the lock and read without it, by threads that ask whether to take it.
#[derive(Default)]
struct Flags {
    /// How many jobs wait: none, one, or [`BACKLOG`] for more.
    jobs: AtomicUsize,
    closed: AtomicBool,
}

const BACKLOG: usize = 2;

impl CondvarQueue {
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
        Self::default().bound_to(capacity)
    }

    /// Sets how long an idle worker spins before it parks; zero means that none spins.
    ///
    /// By default a worker spins for as long as a wake-up costs, some microseconds, and only while
    /// that pays. With a budget of its own the queue always has one idle worker spin: that may
    /// shorten the median delay, and costs up to so much processor time for each job.
    ///
    /// # Example
    ///
    /// ```
    /// use hello::{CondvarQueue, ThreadPool};
    /// use std::time::Duration;
    ///
    /// let queue = CondvarQueue::bounded(64).spin(Duration::from_micros(200));
    /// let pool = ThreadPool::with_queue(2, queue)?;
    /// assert_eq!(pool.spawn(|| 6 * 7).join().unwrap(), 42);
    /// # Ok::<(), hello::PoolCreationError>(())
    /// ```
    #[must_use]
    pub fn spin(mut self, budget: Duration) -> Self {
        self.waits.fixed_spin = Some(budget);
        self
    }

    fn has_jobs(&self) -> bool {
        self.flags.jobs.load(Ordering::Relaxed) > 0
    }

    fn is_full(&self, state: &State) -> bool {
        self.capacity.is_some_and(|capacity| state.jobs.len() + state.reserved >= capacity)
    }

    /// Adds a job, and wakes a worker if one is needed.
    #[inline]
    fn append(&self, mut state: MutexGuard<'_, State>, job: Job) {
        state.jobs.push_back(job);
        state.stats.pushed += 1;
        if state.jobs.len() <= BACKLOG {
            self.flags.jobs.store(state.jobs.len(), Ordering::Relaxed);
        }
        if state.parked > 0 {
            self.wake_after_push(state);
        }
    }
}

impl JobQueue for CondvarQueue {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.lock();
        if self.is_full(&state) && !state.shutdown {
            state.waiting += 1;
            // Once, without a loop: the slot is reserved, and `parking_lot` wakes no thread unasked.
            self.not_full.wait(&mut state);
            state.reserved -= usize::from(self.has(Rule::ReserveSlot));
        }
        if state.shutdown && self.has(Rule::RefuseWhenClosed) {
            return Err(job);
        }
        self.append(state, job);
        Ok(())
    }

    fn try_push(&self, job: Job) -> Result<(), Rejected> {
        let state = self.lock();
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
        let mut state = self.lock();
        // A worker's first pop follows no job and lowers the count once too often. The only effect is
        // that a push may wake a worker without a spin.
        state.running = state.running.saturating_sub(1);
        loop {
            if let Some(job) = state.jobs.pop_front() {
                state.running += 1;
                if state.jobs.len() < BACKLOG {
                    self.flags.jobs.store(state.jobs.len(), Ordering::Relaxed);
                }
                if state.waiting > 0 && self.has(Rule::GiveSlot) {
                    state.waiting -= 1;
                    state.reserved += usize::from(self.has(Rule::ReserveSlot));
                    // Under the lock, `parking_lot` moves the submitter to the lock's queue instead
                    // of waking it to wait.
                    self.not_full.notify_one();
                }
                if state.parked > 0 && self.has(Rule::PassOn) {
                    self.wake(state);
                }
                return Some(job);
            }
            if state.shutdown {
                return None;
            }
            state = self.wait_for_job(state);
        }
    }

    fn close(&self) {
        let mut state = self.lock();
        state.shutdown = true;
        self.flags.closed.store(true, Ordering::Relaxed);
        // Counts all that sleep as woken, so that they go on in the usual way.
        state.searching += mem::take(&mut state.parked);
        state.reserved += mem::take(&mut state.waiting) as usize;
        drop(state);
        if self.has(Rule::CloseWakesAll) {
            self.not_empty.notify_all();
        }
        if self.has(Rule::CloseWakesSubmitters) {
            self.not_full.notify_all();
        }
    }

    fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    fn is_empty(&self) -> bool {
        !self.has_jobs()
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
