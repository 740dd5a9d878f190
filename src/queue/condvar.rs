//! The default queue: a `VecDeque` under one lock and one condvar, with rules about who is woken, and when.
//!
//! The textbook's queue is the same without the rules, and up to sixteen times slower. Four things decide.
//!
//! **Who is woken.** A call for a worker costs more than most jobs. So at most one worker is *on its way* at a time, and
//! one that arrives and finds more jobs than its own calls the next: calls form a chain that grows as long as there is
//! work for it, where the textbook sends a storm. Only when the one on its way is overdue (the scheduler may have put it
//! behind a busy thread for a whole time slice) is another called in its stead.
//!
//! **When.** Before it parks, one worker at a time is the *lookout*: it looks for a call for some microseconds without
//! the lock. Calling it is a store, calling a parked worker is a system call on both sides and a thread switch. Looking
//! pays only if jobs come soon, so past looks decide on the next (`outlook.rs`), and an idle queue has no lookout.
//!
//! **Whether at all.** A parked worker is called only if nobody else comes: whoever would call one for a single job first
//! glances for a moment whether a worker that was awake has taken it. And whoever is about to park gives way to others
//! first and looks into the queue once more, for jobs like to come in company.
//!
//! **Who gets the lock.** A thread that finds the lock taken glances at how many jobs pass under it. If they pass faster
//! than two processors could hand the lock to and fro, the thread steps aside for a microsecond, and again while that
//! goes on. Whoever holds the lock goes on with a warm cache and handles a run of jobs, rather than that two processors
//! tear the same cache lines from each other for every single one.
//!
//! # States of a worker
//!
//! | state | counted in | leaves it when |
//! |---|---|---|
//! | *awake*: running a job, or at the lock | - | it finds no job: it becomes the lookout, or parks |
//! | *lookout* | `looking` | it is called, or its time is over and it parks |
//! | *parked* | `parked` | it is called, or the queue is closed |
//! | *on its way* | `on_their_way` | it holds the lock again: it is awake |
//!
//! # Steps, each under the lock (I1)
//!
//! - A **push** appends its job, then *claims* a worker: if somebody looks or is parked, and nobody is on the way or who
//!   is has become overdue, the lookout is marked as on its way; or a parked worker, if there is no lookout or it has
//!   looked for so long that it must have lost its processor. After the lock is released the claimed worker is called.
//!   If it would be a parked one for a single job, the push *hesitates*: it releases the lock, glances, and claims with the
//!   lock taken anew unless it has seen the queue empty meanwhile.
//! - A **pop** that finds a job takes it, then claims in the same way if jobs are left.
//! - A pop that finds none looks, once, gives way a little, and then parks. Having been called it takes its mark off and
//!   starts over.
//!
//! # Why no wake-up is lost (I8)
//!
//! Claim: whenever the lock is free, the queue is open and jobs wait, then either no worker looks or is parked, or
//! one is on its way, or a thread that hesitates will claim one. Every state above changes only under the lock, so it is
//! enough to look at each step.
//!
//! - A push, or a pop that leaves jobs, ends with a claim, which brings about just this.
//! - If it hesitates, it claims later, or sees the queue empty. What jobs there are then came after that, and whoever
//!   brought them sees to them in the same way.
//! - A worker begins to look or parks only with the queue seen empty under this lock (I4).
//! - A worker that arrives takes its mark off and, without letting go of the lock, looks at the queue: it takes a job
//!   and claims, or there is none.
//! - A lookout whose time is over comes to the lock like any other and does the same.
//!
//! And whoever is on its way does arrive. A parked worker entered the condvar in the same step in which it gave up the
//! lock, so a notification after that step finds it; `parking_lot` wakes exactly those it was told to. The lookout
//! arrives without being called, when its time is over: the flag it looks at only makes it come sooner, which is why
//! its store and loads need no ordering. `parking_lot`'s lock lets newcomers overtake those who wait; no step relies on
//! an order in which threads get it.
//!
//! Submitters of a bounded queue follow the first rule too: at most one is on its way, and one that finds room left
//! calls the next. The proof is the same with *room* for *jobs*.

mod outlook;
mod spin;

use super::{Job, JobQueue, QueueStats, Rejected};
use crate::courtesy::{self, Courtesy};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{Condvar, Mutex, MutexGuard};
use outlook::Outlook;
use std::collections::VecDeque;
use std::mem;
use std::time::{Duration, Instant};

/// How long a worker may be on its way before another is called.
const OVERDUE: Duration = Duration::from_micros(30);

/// How often a worker gives way before it parks.
const GIVE_WAY: u32 = 2;

/// A worker that gave way for longer than this gave way to somebody who has a lot to compute.
const GIVEN_WAY: Duration = Duration::from_micros(80);

/// A `VecDeque` under a `parking_lot` `Mutex` and `Condvar` that decides who is woken, and when.
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
    /// The number of jobs, for those who only want to know; written under the lock.
    len: AtomicUsize,
    /// How many jobs went in and out, likewise.
    turns: AtomicUsize,
    /// Where workers park while there is no job.
    not_empty: Condvar,
    /// Where submitters park while a bounded queue is full.
    not_full: Condvar,
    capacity: Option<usize>,
    /// Whether the lookout is called.
    called: Apart<AtomicBool>,
}

/// Keeps the flag off the cache lines of the lock, which would slow down who holds it.
#[derive(Default)]
#[repr(align(128))]
struct Apart<T>(T);

/// What the lock guards (I1).
#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    shutdown: bool,
    /// Whether there is a lookout that nobody has called yet.
    looking: bool,
    /// Workers parked on `not_empty` whom nobody has called yet.
    parked: usize,
    /// Workers that were called and have not come back to the lock yet.
    on_their_way: usize,
    /// When the last of them was called or the lookout, if there is one, began to look.
    since: Option<Instant>,
    /// Submitters parked on `not_full` whom nobody has called yet.
    blocked: usize,
    /// Whether a submitter was called and has not come back to the lock yet.
    submitter_on_its_way: bool,
    outlook: Outlook,
    courtesy: Courtesy,
    stats: QueueStats,
}

/// Whom to call once the lock is released.
enum Call {
    Nobody,
    Lookout,
    Parked,
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

    #[inline]
    fn lock(&self) -> MutexGuard<'_, State> {
        spin::lock(&self.state, || self.turns.load(Ordering::Relaxed))
    }

    fn is_full(&self, state: &State) -> bool {
        self.capacity.is_some_and(|capacity| state.jobs.len() >= capacity)
    }

    /// Adds the job and lets go of the lock.
    #[inline]
    fn append(&self, mut state: MutexGuard<'_, State>, job: Job) {
        state.jobs.push_back(job);
        state.stats.pushed += 1;
        self.release(state);
    }

    /// Lets go of the lock, after claiming whoever is needed for what is in the queue now.
    #[inline]
    fn release(&self, state: MutexGuard<'_, State>) {
        let len = state.jobs.len();
        self.len.store(len, Ordering::Relaxed);
        // Grows by one with each push and each pop.
        self.turns.store((2 * state.stats.pushed as usize).wrapping_sub(len), Ordering::Relaxed);
        if state.looking || state.parked > 0 || state.blocked > 0 {
            self.release_and_call(state);
        }
    }

    /// The longer way of [`release`](Self::release), for when somebody might be called.
    #[inline(never)]
    fn release_and_call(&self, mut state: MutexGuard<'_, State>) {
        let submitter = !self.is_full(&state) && state.claim_submitter();
        let hesitates = state.needs_one_parked();
        let mut worker = if hesitates { Call::Nobody } else { state.claim_worker() };
        // The lock goes first, so that whoever is called does not run into it.
        drop(state);
        if submitter {
            self.not_full.notify_one();
        }
        if hesitates && !spin::glance(|| self.len.load(Ordering::Relaxed) == 0) {
            worker = self.lock().claim_worker();
        }
        match worker {
            Call::Nobody => {}
            Call::Lookout => self.called.0.store(true, Ordering::Relaxed),
            Call::Parked => {
                self.not_empty.notify_one();
            }
        }
    }

    /// Spends a moment as the lookout, without the lock.
    #[inline(never)]
    fn look_out<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let began = Instant::now();
        let patience = state.outlook.patience();
        state.looking = true;
        state.since = Some(began);
        // A call to an earlier lookout may set it again after this; then this one comes too soon, which is harmless.
        self.called.0.store(false, Ordering::Relaxed);
        drop(state);
        spin::look(&self.called.0, began, patience);
        let mut state = self.lock();
        // Whoever called took the mark off.
        let called = !mem::take(&mut state.looking);
        if called {
            state.arrive();
            state.stats.finds_while_looking += 1;
        }
        state.outlook.looked(began, called);
        state
    }

    /// Parks with the queue seen empty and open under this very lock (I4).
    #[inline(never)]
    fn park(&self, state: &mut MutexGuard<'_, State>) {
        state.parked += 1;
        state.stats.parks += 1;
        self.not_empty.wait(state);
        state.arrive();
        state.stats.false_wakes += u64::from(state.jobs.is_empty() && !state.shutdown);
    }
}

impl State {
    /// Whether a parked worker would be called for the sake of a single job.
    fn needs_one_parked(&self) -> bool {
        self.jobs.len() == 1 && self.parked > 0 && self.on_their_way == 0 && !self.looking
    }

    /// Decides whom the caller must call, and marks it as on its way (I8).
    fn claim_worker(&mut self) -> Call {
        let somebody_idle = self.looking || self.parked > 0;
        if !somebody_idle
            || self.jobs.is_empty()
            || (self.on_their_way > 0 && !(self.jobs.len().is_power_of_two() && self.is_overdue(Instant::now())))
        {
            return Call::Nobody;
        }
        self.on_their_way += 1;
        // A lookout that looks for too long already has lost its processor.
        let now = Instant::now();
        let lookout = self.looking && (self.parked == 0 || !self.is_overdue(now));
        self.since = Some(now);
        if lookout {
            self.looking = false;
            return Call::Lookout;
        }
        self.outlook.missed(now);
        self.parked -= 1;
        self.stats.wakes += 1;
        Call::Parked
    }

    /// Whether who was called last has not come in time, or the lookout has looked for longer than it should.
    fn is_overdue(&self, now: Instant) -> bool {
        let due = if self.looking { self.outlook.patience() + OVERDUE } else { OVERDUE };
        !cfg!(loom) && self.since.is_some_and(|since| now.saturating_duration_since(since) > due)
    }

    /// Takes the caller's mark off. After `close` come workers that have none.
    fn arrive(&mut self) {
        self.on_their_way = self.on_their_way.saturating_sub(1);
    }

    /// Decides whether the caller must call a submitter, and marks it as on its way.
    fn claim_submitter(&mut self) -> bool {
        let claimed = self.blocked > 0 && !self.submitter_on_its_way;
        if claimed {
            self.blocked -= 1;
            self.submitter_on_its_way = true;
        }
        claimed
    }

    /// Whether the caller may be the lookout.
    fn may_look(&mut self) -> bool {
        !self.looking && self.outlook.may_look()
    }
}

impl JobQueue for CondvarQueue {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.lock();
        while self.is_full(&state) && !state.shutdown {
            state.blocked += 1;
            self.not_full.wait(&mut state);
            state.submitter_on_its_way = false;
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
        let (mut looked, mut gave_way) = (false, 0);
        loop {
            if let Some(job) = state.jobs.pop_front() {
                self.release(state);
                return Some(job);
            }
            if state.shutdown {
                return None;
            }
            if !looked && state.may_look() {
                state = self.look_out(state);
                looked = true;
            } else if gave_way < GIVE_WAY && state.courtesy.may_give_way() {
                drop(state);
                let too_long = courtesy::give_way(GIVEN_WAY);
                state = self.lock();
                state.courtesy.gave_way(too_long);
                gave_way += 1;
            } else {
                if !looked {
                    state.outlook.skipped();
                }
                self.park(&mut state);
                (looked, gave_way) = (false, 0);
            }
        }
    }

    fn close(&self) {
        let mut state = self.state.lock();
        state.shutdown = true;
        // From here on nobody parks, so nobody needs to be called again.
        state.looking = false;
        state.parked = 0;
        state.blocked = 0;
        drop(state);
        self.called.0.store(true, Ordering::Relaxed);
        self.not_empty.notify_all();
        self.not_full.notify_all();
    }

    fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    fn capacity(&self) -> Option<usize> {
        self.capacity
    }

    fn stats(&self) -> QueueStats {
        self.state.lock().stats
    }
}
