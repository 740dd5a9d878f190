//! Whether a worker that finds no job should look out for the next before it parks, and for how long.
//!
//! A look pays if a job comes while it lasts: then nobody needs to be woken. What came of the last looks tells whether
//! that is to be expected. If jobs come a little later than a look lasts, looks grow longer; if they come much later,
//! looks become rarer; and if a look takes the processor from others, they are short for a while.

use std::time::{Duration, Instant};

/// How long a look lasts at first. It must bridge the time in which a submitter that waits for an answer is woken.
const SHORT: Duration = Duration::from_micros(20);

/// How long it lasts at most: jobs that come less often than every hundred microseconds pay for being called.
const LONG: Duration = Duration::from_micros(100);

/// A look that takes so much longer than it should shows that others want the processor.
const OVERRUN: Duration = Duration::from_micros(80);

/// For how many calls after that looks do not grow, at first and at most: longer each time it happens again.
const WARY: (u32, u32) = (16, 1024);

/// What past looks say of the next. The lock guards it.
pub(super) struct Outlook {
    patience: Duration,
    /// When a worker last ran out of jobs.
    idle_since: Option<Instant>,
    /// How bad it looks for looking: 0 after a look that was called, more after each that was not.
    doubt: u32,
    /// How many workers are to park without a look.
    skips: u32,
    /// How many calls are to pass before looks may grow.
    wary: u32,
    /// How many it will be next time.
    caution: u32,
}

impl Default for Outlook {
    fn default() -> Self {
        Self { patience: SHORT, idle_since: None, doubt: 0, skips: 0, wary: 0, caution: WARY.0 }
    }
}

impl Outlook {
    /// How long a look lasts.
    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// Whether a worker that has found no job may look.
    pub(super) fn may_look(&mut self) -> bool {
        let may = self.skips == 0;
        self.skips = self.skips.saturating_sub(1);
        may
    }

    /// Takes note of a look that has ended, and of whether it ended with a call.
    pub(super) fn looked(&mut self, began: Instant, called: bool) {
        let overran = !cfg!(loom) && began.elapsed() > self.patience + OVERRUN;
        if overran {
            (self.patience, self.wary) = (SHORT, self.caution);
            self.caution = (self.caution * 2).min(WARY.1);
        } else if called {
            self.caution = (self.caution / 2).max(WARY.0);
        }
        self.idle_since = (!called).then_some(began);
        self.doubt = match (overran, called) {
            (true, _) => (self.doubt + 2).min(8),
            (false, false) => (self.doubt + 1).min(6).max(self.doubt),
            (false, true) => self.doubt.saturating_sub(1),
        };
        self.skips = (1 << self.doubt) - 1;
    }

    /// Takes note of a worker that parks without a look.
    pub(super) fn skipped(&mut self) {
        self.idle_since = Some(Instant::now());
    }

    /// Takes note of a call to a parked worker: would a longer look have made it needless?
    pub(super) fn missed(&mut self, now: Instant) {
        // A model checker knows no time.
        let Some(idle_since) = self.idle_since.take().filter(|_| !cfg!(loom)) else { return };
        if self.wary > 0 {
            self.wary -= 1;
            return;
        }
        let gap = now.saturating_duration_since(idle_since);
        if gap < LONG {
            self.patience = self.patience.max((gap * 2).min(LONG));
            self.doubt = self.doubt.min(1);
            self.skips = 0;
        } else {
            self.patience = (self.patience / 2).max(SHORT);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// A look that began `ago` microseconds ago and ends now.
    fn look(outlook: &mut Outlook, ago: u64, called: bool) -> Instant {
        let began = Instant::now() - Duration::from_micros(ago);
        outlook.looked(began, called);
        began
    }

    #[test]
    fn a_look_that_missed_a_job_by_little_makes_the_next_longer() {
        let mut outlook = Outlook::default();
        let began = look(&mut outlook, 20, false);
        outlook.missed(began + Duration::from_micros(40));
        assert_eq!(outlook.patience(), Duration::from_micros(80));
        assert!(outlook.may_look());
    }

    #[test]
    fn looks_do_not_grow_without_end_and_shrink_again() {
        let mut outlook = Outlook::default();
        let began = look(&mut outlook, 20, false);
        outlook.missed(began + Duration::from_micros(90));
        assert_eq!(outlook.patience(), LONG);
        for _ in 0..5 {
            let began = look(&mut outlook, 0, false);
            outlook.missed(began + Duration::from_millis(1));
        }
        assert_eq!(outlook.patience(), SHORT);
    }

    #[test]
    fn fruitless_looks_make_the_next_rarer_and_a_call_makes_up_for_it() {
        let mut outlook = Outlook::default();
        look(&mut outlook, 0, false);
        look(&mut outlook, 0, false);
        assert_eq!((0..4).map(|_| outlook.may_look()).collect::<Vec<_>>(), [false, false, false, true]);
        look(&mut outlook, 0, true);
        look(&mut outlook, 0, true);
        assert!(outlook.may_look());
    }

    #[test]
    fn after_a_look_that_took_the_processor_from_others_looks_are_short_for_a_while_and_then_for_longer() {
        let mut outlook = Outlook::default();
        for calls in [WARY.0, 2 * WARY.0, 4 * WARY.0] {
            look(&mut outlook, 10_000, false);
            for _ in 0..calls {
                outlook.skipped();
                outlook.missed(Instant::now());
                assert_eq!(outlook.patience(), SHORT);
            }
            outlook.skipped();
            outlook.missed(outlook.idle_since.unwrap() + Duration::from_micros(40));
            assert_eq!(outlook.patience(), Duration::from_micros(80));
        }
    }
}
