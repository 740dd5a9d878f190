//! The memory that unfinished heads may take together.
//!
//! What has arrived of a head is kept until the rest arrives. A head may have 24 KiB, so thousands
//! of clients that never finish theirs would take a hundred megabytes, and the allocator returns
//! little of that afterwards.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many bytes of an unfinished head count for nothing. Most heads are shorter, so clients that
/// send long ones cannot keep the server from accepting the others.
const SHARE: usize = 1024;

/// How many bytes beyond their shares all unfinished heads may have: some 180 of the longest. Heads
/// that arrive as fast as the network brings them are kept for milliseconds.
const BUDGET: usize = 4 * 1024 * 1024;

/// Counts the bytes of unfinished heads beyond their shares.
#[derive(Debug, Default)]
pub(super) struct HeadBudget(AtomicUsize);

impl HeadBudget {
    /// Reserves memory for an unfinished head of `length` bytes. Returns whether there was enough.
    pub(super) fn reserve(&self, length: usize) -> bool {
        let excess = length.saturating_sub(SHARE);
        let add = |used| Some(used + excess).filter(|used| *used <= BUDGET);
        // Relaxed: the count guards no other memory.
        excess == 0 || self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok()
    }

    /// Releases what was reserved for an unfinished head of `length` bytes.
    pub(super) fn release(&self, length: usize) {
        if length > SHARE {
            self.0.fetch_sub(length - SHARE, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: usize = 24 * 1024;

    #[test]
    fn long_heads_are_kept_within_the_budget() {
        let budget = HeadBudget::default();
        let most = BUDGET / (LONG - SHARE);
        assert_eq!((0..2 * most).filter(|_| budget.reserve(LONG)).count(), most);
        budget.release(LONG);
        assert!(budget.reserve(LONG) && !budget.reserve(LONG));
    }

    #[test]
    fn short_heads_are_kept_beyond_the_budget() {
        let budget = HeadBudget::default();
        while budget.reserve(LONG) {}
        assert!((0..10_000).all(|_| budget.reserve(SHARE)));
        (0..10_000).for_each(|_| budget.release(SHARE));
        assert!(!budget.reserve(LONG));
    }
}
