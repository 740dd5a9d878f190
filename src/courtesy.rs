//! When a thread may give way to others before it goes to sleep.
//!
//! Whoever is about to sleep for want of work may first yield the processor: work likes to come in company, and whoever
//! brings it may wait for this very processor. But if somebody has a lot to compute, the yield costs a whole time slice.
//! What the last ones cost tells whether the next is worth it.

use crate::sync::thread;
use std::time::{Duration, Instant};

/// For how many occasions nobody gives way after a yield that took too long, at first and at most: longer each time it
/// happens again.
const RESTRAINT: (u32, u32) = (16, 1024);

/// Yields the processor. Answers whether that took longer than `worth`: somebody must have used it to the full.
pub(crate) fn give_way(worth: Duration) -> bool {
    let began = Instant::now();
    thread::yield_now();
    began.elapsed() > worth
}

/// What past yields say of the next.
pub(crate) struct Courtesy {
    /// How many occasions are still to pass.
    refrain: u32,
    /// How many it will be next time.
    restraint: u32,
}

impl Default for Courtesy {
    fn default() -> Self {
        Self { refrain: 0, restraint: RESTRAINT.0 }
    }
}

impl Courtesy {
    /// Whether to yield on this occasion. Never in a model, in which it is one more schedule among all the others.
    pub(crate) fn may_give_way(&mut self) -> bool {
        let may = !cfg!(loom) && self.refrain == 0;
        self.refrain = self.refrain.saturating_sub(1);
        may
    }

    /// Takes note of what [`give_way`] has answered.
    pub(crate) fn gave_way(&mut self, too_long: bool) {
        if too_long {
            self.refrain = self.restraint;
            self.restraint = (self.restraint * 2).min(RESTRAINT.1);
        } else {
            self.restraint = (self.restraint / 2).max(RESTRAINT.0);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// How many occasions pass until somebody gives way again.
    fn passed(courtesy: &mut Courtesy) -> u32 {
        (0..).find(|_| courtesy.may_give_way()).expect("nobody refrains for ever")
    }

    #[test]
    fn a_short_yield_may_be_followed_by_another() {
        let mut courtesy = Courtesy::default();
        assert_eq!(passed(&mut courtesy), 0);
        courtesy.gave_way(false);
        assert_eq!(passed(&mut courtesy), 0);
    }

    #[test]
    fn after_a_long_yield_nobody_gives_way_for_a_while_and_longer_each_time() {
        let mut courtesy = Courtesy::default();
        for restraint in [16, 32, 64, 128, 256, 512, 1024, 1024] {
            courtesy.gave_way(true);
            assert_eq!(passed(&mut courtesy), restraint);
        }
        courtesy.gave_way(false);
        courtesy.gave_way(true);
        assert_eq!(passed(&mut courtesy), 512);
    }
}
