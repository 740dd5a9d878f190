//! How long a thread of the queue waits without sleeping: a worker before it parks, any thread at a taken lock.
//!
//! Nothing here matters to the correctness of the queue. A spin ends sooner or later, and a lock is taken sooner or later.

use crate::sync::{Instant, Mutex, MutexGuard, hint};
use std::time::Duration;

/// How long a thread stays away from a taken lock before it tries again, and how often it tries.
const BACKOFF: Duration = Duration::from_nanos(500);
const ATTEMPTS: u32 = 4;

/// What a wake-up is taken to cost until one has been measured.
const UNMEASURED: Duration = Duration::from_micros(5);

/// No processor takes longer to wake a thread. A longer time was spent behind other threads.
const LONGEST: Duration = Duration::from_micros(50);

/// How many occasions to spin a cooldown skips at most.
const LONGEST_COOLDOWN: u32 = 255;

/// Locks a mutex that was found taken, with backoff.
///
/// The holder goes on undisturbed, and likely handles the next job too, while its cache is warm. Two threads that take
/// turns at the lock instead move its cache lines from one processor to the other for each job (a lock convoy).
#[cold]
pub(super) fn lock_taken<T>(mutex: &Mutex<T>, with_backoff: bool) -> MutexGuard<'_, T> {
    for _ in 0..if with_backoff { ATTEMPTS } else { 0 } {
        spin_until(BACKOFF, || false);
        if let Some(guard) = mutex.try_lock() {
            return guard;
        }
    }
    mutex.lock()
}

/// Spins until the condition holds, for at most `budget`.
pub(super) fn spin_until(budget: Duration, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() && began.elapsed() < budget {
        hint::spin_loop();
    }
}

/// Decides whether a worker spins before it parks, and for how long.
pub(super) struct SpinPolicy {
    /// What the user asked for instead of the adaptive policy.
    fixed: Option<Duration>,
    /// The recent minimum of the time from a wake-up to the arrival of the worker.
    wake_cost: Duration,
    cooldown: Cooldown,
}

impl SpinPolicy {
    pub(super) fn new(fixed: Option<Duration>) -> Self {
        Self { fixed, wake_cost: UNMEASURED, cooldown: Cooldown::default() }
    }

    /// Returns how long the calling worker may spin, if at all.
    pub(super) fn budget(&mut self) -> Option<Duration> {
        match self.fixed {
            Some(fixed) => (!fixed.is_zero()).then_some(fixed),
            None => self.cooldown.is_over().then_some(self.wake_cost),
        }
    }

    /// Records whether a spin ended with a job.
    pub(super) fn spun(&mut self, paid: bool) {
        self.cooldown.record(paid);
    }

    /// Records how long a wake-up took.
    pub(super) fn woke(&mut self, took: Duration) {
        let slow_rise = self.wake_cost + self.wake_cost / 16;
        self.wake_cost = took.min(slow_rise).min(LONGEST);
    }

    /// Returns after what time a searching worker is taken to sit behind a busy thread.
    pub(super) fn timeout(&self) -> Duration {
        4 * self.wake_cost.max(self.fixed.unwrap_or_default())
    }
}

/// Makes what does not pay rarer: each failure doubles the number of occasions that are skipped after it.
#[derive(Default)]
struct Cooldown {
    /// How many occasions are still skipped.
    left: u32,
    /// How many the last failure caused to be skipped.
    length: u32,
}

impl Cooldown {
    /// Returns whether the present occasion may be used.
    fn is_over(&mut self) -> bool {
        let over = self.left == 0;
        self.left = self.left.saturating_sub(1);
        over
    }

    /// Records whether using an occasion paid.
    fn record(&mut self, paid: bool) {
        self.length = if paid { self.length / 2 } else { (2 * self.length + 1).min(LONGEST_COOLDOWN) };
        self.left = if paid { 0 } else { self.length };
    }
}
