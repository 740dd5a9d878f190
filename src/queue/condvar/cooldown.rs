//! A cooldown: what did not pay is not tried again for a while.

use crate::sync::either;

/// How many occasions are skipped at most. What never pays then costs next to nothing.
const LONGEST: u32 = 255;

/// Makes what does not pay rarer: each failure doubles the number of occasions that are skipped
/// after it.
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
        let over = either(self.left == 0, true);
        self.left = self.left.saturating_sub(1);
        over
    }

    /// Records whether using an occasion paid.
    pub(super) fn record(&mut self, paid: bool) {
        self.length = if paid { self.length / 2 } else { (2 * self.length + 1).min(LONGEST) };
        self.left = if paid { 0 } else { self.length };
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Counts the occasions that are skipped until one may be used.
    fn skipped(cooldown: &mut Cooldown) -> u32 {
        (0..).find(|_| cooldown.is_over()).expect("a cooldown ends")
    }

    #[test]
    fn each_failure_doubles_the_cooldown() {
        let mut cooldown = Cooldown::default();
        assert_eq!(skipped(&mut cooldown), 0);
        for length in [1, 3, 7, 15, 31, 63, 127, 255, 255] {
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
        assert_eq!(skipped(&mut cooldown), 255);
        (0..8).for_each(|_| cooldown.record(true));
        cooldown.record(false);
        assert_eq!(skipped(&mut cooldown), 1);
    }
}
