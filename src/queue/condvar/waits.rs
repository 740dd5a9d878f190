//! How long a thread of the default queue waits without sleeping: whether that pays, and what it is
//! measured by.
//!
//! Nothing here decides whether the queue is right. Each wait ends, and the queue is right however
//! long it lasts.

use super::cooldown::Cooldown;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::{Instant, either, hint, processors};
use std::time::Duration;

/// What a wake-up is taken to cost until some have been measured.
const UNMEASURED: Duration = Duration::from_micros(10);

/// No processor takes longer to wake a thread. A longer time was spent behind other threads, and is
/// not measured.
const LONGEST: Duration = Duration::from_micros(50);

/// The four waits, which all follow from what a wake-up costs.
///
/// On a single processor there are none, since no other thread makes progress while one waits.
pub(super) struct Waits {
    /// The recent average of the time from a wake-up to the arrival of the worker, in nanoseconds.
    wake_cost: AtomicU32,
    /// How long a worker spins, if the user has said so.
    pub(super) fixed_spin: Option<Duration>,
    /// Whether there are several processors.
    pub(super) parallel: bool,
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
        if let Some(took) = then.as_ref().map(Instant::elapsed).filter(|took| *took <= LONGEST) {
            let average = (7 * self.wake_cost() + took) / 8;
            self.wake_cost.store(average.as_nanos() as u32, Ordering::Relaxed);
        }
    }

    /// Returns a quarter of what a wake-up costs: the length of a pause of backoff, and of the spin
    /// before a wake-up.
    pub(super) fn short(&self) -> Duration {
        if self.parallel { self.wake_cost() / 4 } else { Duration::ZERO }
    }

    /// Returns for how long a worker that has found no job may spin, if at all. Uses up an occasion
    /// of the cooldown.
    pub(super) fn take_spin_budget(&self, cooldown: &mut Cooldown) -> Option<Duration> {
        match self.fixed_spin {
            Some(budget) => (!budget.is_zero()).then_some(budget),
            None => (self.parallel && cooldown.is_over()).then(|| self.wake_cost()),
        }
    }

    /// Returns whether a worker that began to search then should have reached the lock by now.
    pub(super) fn is_late(&self, then: &Option<Instant>) -> bool {
        let timeout = self.wake_cost().max(self.fixed_spin.unwrap_or_default()).saturating_mul(4);
        self.parallel && then.as_ref().is_some_and(|then| either(then.elapsed() > timeout, false))
    }
}

/// Spins until the condition holds, for at most `budget`. Returns whether it holds.
pub(super) fn spin_until(budget: Duration, condition: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    loop {
        if condition() {
            return true;
        }
        if either(began.elapsed() >= budget, true) {
            return false;
        }
        hint::spin_loop();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

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
        assert_eq!(waits.wake_cost(), UNMEASURED);
    }

    #[test]
    fn a_fixed_spin_ignores_the_cooldown() {
        let (mut waits, mut cooldown) = (Waits::default(), Cooldown::default());
        cooldown.record(false);
        waits.fixed_spin = Some(Duration::from_millis(1));
        assert_eq!(waits.take_spin_budget(&mut cooldown), Some(Duration::from_millis(1)));
        waits.fixed_spin = Some(Duration::ZERO);
        assert_eq!(waits.take_spin_budget(&mut cooldown), None);
    }

    #[test]
    fn an_endless_spin_is_never_late() {
        let waits = Waits { fixed_spin: Some(Duration::MAX), parallel: true, ..Waits::default() };
        assert!(!waits.is_late(&Instant::now().checked_sub(Duration::from_secs(1))));
    }

    #[test]
    fn a_single_processor_has_no_waits() {
        let waits = Waits { parallel: false, ..Waits::default() };
        assert_eq!(waits.short(), Duration::ZERO);
        assert_eq!(waits.take_spin_budget(&mut Cooldown::default()), None);
        assert!(!waits.is_late(&Instant::now().checked_sub(Duration::from_secs(1))));
    }

    #[test]
    fn spinning_ends_with_budget_or_condition() {
        assert!(!spin_until(Duration::from_micros(5), || false));
        assert!(spin_until(Duration::MAX, || true));
    }
}
