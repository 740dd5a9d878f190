//! The default queue: a `VecDeque` under one lock and one condvar.

mod spin;

use super::{Job, JobQueue, QueueStats, Rejected};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{CachePadded, Condvar, Instant, Mutex, MutexGuard};
use spin::SpinPolicy;
use std::collections::VecDeque;
use std::time::Duration;

/// A `VecDeque` under a `parking_lot` `Mutex` and `Condvar` that decides who is woken, and when.
pub struct CondvarQueue {
    state: CachePadded<Mutex<State>>,
    seen: CachePadded<Seen>,
    not_empty: Condvar,
    not_full: Condvar,
    capacity: usize,
    without: Option<Rule>,
}

/// What is read without the lock. It is written under the lock.
#[derive(Default)]
struct Seen {
    has_jobs: AtomicBool,
    closed: AtomicBool,
}

/// What the lock guards (I1).
struct State {
    jobs: VecDeque<Job>,
    shutdown: bool,
    /// Workers asleep on `not_empty` that nobody has decided to wake.
    parked: usize,
    /// Workers that spin, or that somebody has decided to wake and that have not reached the lock.
    searching: usize,
    /// When the number of searching workers last grew.
    since: Instant,
    /// Submitters asleep on `not_full` that have no slot.
    waiting: usize,
    /// Slots of submitters that have not reached the lock.
    reserved: usize,
    spin: SpinPolicy,
    stats: QueueStats,
}

/// The rules of the queue, which the comparison removes one by one.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    WakeThrottling,
    WakeTimeout,
    Spin,
    Cooldown,
    Backoff,
}

impl Rule {
    pub const ALL: [Self; 5] = [Self::WakeThrottling, Self::WakeTimeout, Self::Spin, Self::Cooldown, Self::Backoff];

    /// Returns the name that the comparison shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::WakeThrottling => "wake-throttling",
            Self::WakeTimeout => "wake-timeout",
            Self::Spin => "spin",
            Self::Cooldown => "cooldown",
            Self::Backoff => "backoff",
        }
    }
}

impl Default for CondvarQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl CondvarQueue {
    /// Makes a queue without a bound.
    pub fn new() -> Self {
        Self::with_capacity(usize::MAX)
    }

    /// Makes a queue in which at most `capacity` jobs wait.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` is zero.
    pub fn bounded(capacity: usize) -> Self {
        super::bound(capacity);
        Self::with_capacity(capacity)
    }

    fn with_capacity(capacity: usize) -> Self {
        let state = State {
            jobs: VecDeque::new(),
            shutdown: false,
            parked: 0,
            searching: 0,
            since: Instant::now(),
            waiting: 0,
            reserved: 0,
            spin: SpinPolicy::new(if num_cpus::get() > 1 { None } else { Some(Duration::ZERO) }),
            stats: QueueStats::default(),
        };
        Self {
            state: CachePadded::new(Mutex::new(state)),
            seen: CachePadded::default(),
            not_empty: Condvar::new(),
            not_full: Condvar::new(),
            capacity,
            without: None,
        }
    }

    /// Makes a queue that lacks one of its rules, to measure what the rule is worth.
    #[doc(hidden)]
    pub fn without(rule: Rule) -> Self {
        Self { without: Some(rule), ..Self::new() }
    }

    fn has(&self, rule: Rule) -> bool {
        self.without != Some(rule)
    }

    /// Sets how long a worker that finds no job spins before it parks.
    #[must_use]
    pub fn spin(self, budget: Duration) -> Self {
        self.state.lock().spin = SpinPolicy::new(Some(budget));
        self
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.try_lock().unwrap_or_else(|| spin::lock_taken(&self.state, self.has(Rule::Backoff)))
    }

    fn is_full(&self, state: &State) -> bool {
        state.jobs.len().saturating_add(state.reserved) >= self.capacity
    }

    #[inline]
    fn append(&self, mut state: MutexGuard<'_, State>, job: Job) {
        state.jobs.push_back(job);
        state.stats.pushed += 1;
        if state.jobs.len() == 1 {
            self.seen.has_jobs.store(true, Ordering::Relaxed);
        }
        self.unlock(state);
    }

    #[inline]
    fn unlock(&self, mut state: MutexGuard<'_, State>) {
        let worker = state.parked > 0 && self.wakes_worker(&mut state);
        let submitter = state.waiting > 0 && !self.is_full(&state);
        if submitter {
            state.waiting -= 1;
            state.reserved += 1;
        }
        drop(state);
        if worker {
            self.not_empty.notify_one();
        }
        if submitter {
            self.not_full.notify_one();
        }
    }

    #[inline(never)]
    fn wakes_worker(&self, state: &mut State) -> bool {
        if state.jobs.is_empty() || state.searching > 0 && self.has(Rule::WakeThrottling) && !self.timed_out(state) {
            return false;
        }
        state.parked -= 1;
        state.searching += 1;
        state.since = Instant::now();
        state.stats.wakes += 1;
        true
    }

    fn timed_out(&self, state: &State) -> bool {
        self.has(Rule::WakeTimeout) && state.since.elapsed() > state.spin.timeout()
    }

    #[inline(never)]
    fn search<'a>(&'a self, mut state: MutexGuard<'a, State>, budget: Duration) -> MutexGuard<'a, State> {
        state.searching += 1;
        state.since = Instant::now();
        drop(state);
        let seen = &*self.seen;
        spin::spin_until(budget, || seen.has_jobs.load(Ordering::Relaxed) || seen.closed.load(Ordering::Relaxed));
        let mut state = self.lock();
        state.searching -= 1;
        let found = !state.jobs.is_empty();
        if self.has(Rule::Cooldown) {
            state.spin.spun(found);
        }
        state.stats.finds_while_looking += u64::from(found);
        state
    }

    #[inline(never)]
    fn park(&self, state: &mut MutexGuard<'_, State>) {
        state.parked += 1;
        state.stats.parks += 1;
        self.not_empty.wait(state);
        if state.searching == 1 && !state.shutdown {
            let took = state.since.elapsed();
            state.spin.woke(took);
        }
        state.searching -= 1;
        state.stats.false_wakes += u64::from(state.jobs.is_empty() && !state.shutdown);
    }
}

impl JobQueue for CondvarQueue {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.lock();
        if self.is_full(&state) && !state.shutdown {
            state.waiting += 1;
            self.not_full.wait(&mut state);
            state.reserved -= 1;
        }
        if state.shutdown {
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
        let mut may_spin = true;
        loop {
            if let Some(job) = state.jobs.pop_front() {
                if state.jobs.is_empty() {
                    self.seen.has_jobs.store(false, Ordering::Relaxed);
                }
                self.unlock(state);
                return Some(job);
            }
            if state.shutdown {
                return None;
            }
            let budget = if may_spin && state.searching == 0 && self.has(Rule::Spin) { state.spin.budget() } else { None };
            may_spin = budget.is_none();
            match budget {
                Some(budget) => state = self.search(state, budget),
                None => self.park(&mut state),
            }
        }
    }

    fn close(&self) {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        state.shutdown = true;
        self.seen.closed.store(true, Ordering::Relaxed);
        state.searching += std::mem::take(&mut state.parked);
        state.reserved += std::mem::take(&mut state.waiting);
        drop(guard);
        self.not_empty.notify_all();
        self.not_full.notify_all();
    }

    fn len(&self) -> usize {
        self.state.lock().jobs.len()
    }

    fn is_empty(&self) -> bool {
        !self.seen.has_jobs.load(Ordering::Relaxed)
    }

    fn capacity(&self) -> Option<usize> {
        (self.capacity != usize::MAX).then_some(self.capacity)
    }

    fn stats(&self) -> QueueStats {
        self.state.lock().stats
    }
}
