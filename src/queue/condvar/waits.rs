//! How long a thread of the default queue waits without sleeping: whether that pays, and what it is measured by.
//!
//! Nothing here decides whether the queue is right. Each wait ends, and the queue is right however long it lasts.

use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::{Instant, hint, processors};
use std::time::Duration;

/// What a wake-up is taken to cost until some have been measured.
const UNMEASURED: Duration = Duration::from_micros(10);

/// No processor takes longer to wake a thread. What took longer was spent behind other threads.
const LONGEST: Duration = Duration::from_micros(50);

/// How many occasions a cooldown skips at most. Spins that never pay then add a sixteenth to the cost of wake-ups.
const LONGEST_COOLDOWN: u32 = 15;

/// The four waits, which all follow from what a wake-up costs.
///
/// On a single processor there are none, since no other thread makes progress while one waits.
pub(super) struct Waits {
    /// The recent average of the time from a wake-up to the arrival of the worker, in nanoseconds.
    wake_cost: AtomicU32,
    /// How long a worker spins, if the user has said so.
    pub(super) fixed_spin: Option<Duration>,
    parallel: bool,
}

impl Default for Waits {
    fn default() -> Self {
        let wake_cost = AtomicU32::new(UNMEASURED.as_nanos() as u32);
        Self { wake_cost, fixed_spin: None, parallel: processors() > 1 }
    }
}

impl Waits {
    fn wake_cost(&self) -> Duration {
        Duration::from_nanos(self.wake_cost.load(Ordering::Relaxed).into())
    }

    /// Records the arrival of a worker that was woken then. Called under the queue's lock.
    pub(super) fn woken(&self, then: &Option<Instant>) {
        let took = then.as_ref().map_or(Duration::ZERO, Instant::elapsed);
        let average = (7 * self.wake_cost() + took.min(LONGEST)) / 8;
        self.wake_cost.store(average.as_nanos() as u32, Ordering::Relaxed);
    }

    /// Returns a time that is short beside a wake-up: for backoff, and for a look before a wake-up.
    pub(super) fn moment(&self) -> Duration {
        if self.parallel { self.wake_cost() / 4 } else { Duration::ZERO }
    }

    /// Returns for how long a worker that has found no job may spin, if at all.
    pub(super) fn spin_budget(&self, cooldown: &mut Cooldown) -> Option<Duration> {
        match self.fixed_spin {
            Some(budget) => (!budget.is_zero()).then_some(budget),
            None => (self.parallel && cooldown.is_over()).then(|| self.wake_cost()),
        }
    }

    /// Returns whether a worker that began to search then should have reached the lock by now.
    pub(super) fn is_late(&self, then: &Option<Instant>) -> bool {
        let timeout = 4 * self.wake_cost().max(self.fixed_spin.unwrap_or_default());
        self.parallel && then.as_ref().is_some_and(|then| then.elapsed() > timeout)
    }
}

/// Makes what does not pay rarer: each failure doubles the number of occasions that are skipped after it.
#[derive(Default)]
pub(super) struct Cooldown {
    /// How many occasions are still skipped.
    left: u32,
    /// How many the last failure caused to be skipped.
    length: u32,
}

impl Cooldown {
    /// Returns whether the present occasion may be used.
    pub(super) fn is_over(&mut self) -> bool {
        let over = self.left == 0;
        self.left = self.left.saturating_sub(1);
        over
    }

    /// Records whether using an occasion paid.
    pub(super) fn record(&mut self, paid: bool) {
        self.length = if paid { self.length / 2 } else { (2 * self.length + 1).min(LONGEST_COOLDOWN) };
        self.left = if paid { 0 } else { self.length };
    }
}

/// Spins until the condition holds, for at most `budget`. Returns whether it holds.
pub(super) fn spin_until(budget: Duration, condition: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if began.elapsed() >= budget {
            return false;
        }
        hint::spin_loop();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// How many occasions are skipped until one may be used.
    fn skipped(cooldown: &mut Cooldown) -> u32 {
        (0..).find(|_| cooldown.is_over()).expect("a cooldown ends")
    }

    #[test]
    fn each_failure_doubles_the_cooldown() {
        let mut cooldown = Cooldown::default();
        assert_eq!(skipped(&mut cooldown), 0);
        for length in [1, 3, 7, 15, 15] {
            cooldown.record(false);
            assert_eq!(skipped(&mut cooldown), length);
        }
    }

    #[test]
    fn success_ends_and_halves_the_cooldown() {
        let mut cooldown = Cooldown::default();
        (0..8).for_each(|_| cooldown.record(false));
        cooldown.record(true);
        assert_eq!(skipped(&mut cooldown), 0);
        cooldown.record(false);
        assert_eq!(skipped(&mut cooldown), 15);
        (0..8).for_each(|_| cooldown.record(true));
        cooldown.record(false);
        assert_eq!(skipped(&mut cooldown), 1);
    }

    #[test]
    fn wake_cost_follows_the_measurements() {
        let waits = Waits::default();
        (0..100).for_each(|_| waits.woken(&Some(Instant::now())));
        assert!(waits.wake_cost() < UNMEASURED, "{:?}", waits.wake_cost());
    }

    #[test]
    fn wake_cost_ignores_time_behind_other_threads() {
        let waits = Waits::default();
        let long_ago = Instant::now().checked_sub(Duration::from_millis(1));
        (0..100).for_each(|_| waits.woken(&long_ago));
        assert!(waits.wake_cost() <= LONGEST);
    }

    #[test]
    fn a_fixed_spin_ignores_the_cooldown() {
        let (mut waits, mut cooldown) = (Waits::default(), Cooldown::default());
        cooldown.record(false);
        waits.fixed_spin = Some(Duration::from_millis(1));
        assert_eq!(waits.spin_budget(&mut cooldown), Some(Duration::from_millis(1)));
        waits.fixed_spin = Some(Duration::ZERO);
        assert_eq!(waits.spin_budget(&mut cooldown), None);
    }

    #[test]
    fn a_single_processor_has_no_waits() {
        let waits = Waits { parallel: false, ..Waits::default() };
        assert_eq!(waits.moment(), Duration::ZERO);
        assert_eq!(waits.spin_budget(&mut Cooldown::default()), None);
        assert!(!waits.is_late(&Instant::now().checked_sub(Duration::from_secs(1))));
    }

    #[test]
    fn spinning_ends_with_budget_or_condition() {
        assert!(!spin_until(Duration::from_micros(5), || false));
        assert!(spin_until(Duration::MAX, || true));
    }
}
