//! The age of the oldest job in the queue, which shows how far the workers are behind.
//!
//! The queue itself is not asked: not every queue can say which job is its oldest, and those that
//! can would take their lock. Instead, jobs are counted by the time of their submission, in a ring
//! of cells of 67 ms each. A job is added to the cell of its submission, and removed from it when a
//! worker begins to run it. The first cell that is not empty holds the oldest job. The jobs need
//! not run in order, and a job that is rejected or discarded is removed in the same way.

use super::Timestamp;
use crate::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// The length of a cell, as a power of two in nanoseconds: 67 ms.
const CELL: u32 = 26;

/// The number of cells. The ring covers eighteen minutes; a job that waits longer appears younger
/// than it is.
const CELLS: u64 = 1 << 14;

/// The ring of cells.
pub(super) struct QueueAge(Box<[AtomicU32]>);

impl Default for QueueAge {
    fn default() -> Self {
        Self((0..CELLS).map(|_| AtomicU32::new(0)).collect())
    }
}

impl QueueAge {
    fn cell(&self, timestamp: Timestamp) -> &AtomicU32 {
        // The index is less than the number of cells, so it fits a `usize` on every machine.
        &self.0[((timestamp >> CELL) % CELLS) as usize]
    }

    /// Adds a job that was submitted at this time.
    pub(super) fn add(&self, submitted: Timestamp) {
        self.cell(submitted).fetch_add(1, Ordering::Relaxed);
    }

    /// Removes a job that was submitted at this time.
    pub(super) fn remove(&self, submitted: Timestamp) {
        self.cell(submitted).fetch_sub(1, Ordering::Relaxed);
    }

    /// Returns how long the oldest job has been waiting. The result is never too long, and at most
    /// one cell too short.
    pub(super) fn at(&self, now: Timestamp) -> Duration {
        let end = (now >> CELL) + 1;
        let cells = end.saturating_sub(CELLS)..end;
        let oldest = cells
            .map(|cell| cell << CELL)
            .find(|&start| self.cell(start).load(Ordering::Relaxed) > 0);
        oldest.map_or(Duration::ZERO, |start| {
            Duration::from_nanos(now.saturating_sub(start + (1 << CELL)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Timestamp = 1_000_000_000;

    #[track_caller]
    fn check(queue_age: &QueueAge, now: Timestamp, seconds: f64) {
        let age = queue_age.at(now).as_secs_f64();
        assert!(age <= seconds && age + 0.07 > seconds, "{age} is not {seconds}");
    }

    #[test]
    fn queue_age_is_right_in_any_order() {
        let queue_age = QueueAge::default();
        check(&queue_age, 0, 0.0);
        [10, 12, 12, 15].iter().for_each(|second| queue_age.add(second * SECOND));
        check(&queue_age, 20 * SECOND, 10.0);
        queue_age.remove(12 * SECOND);
        check(&queue_age, 20 * SECOND, 10.0);
        queue_age.remove(10 * SECOND);
        check(&queue_age, 21 * SECOND, 9.0);
        queue_age.remove(12 * SECOND);
        check(&queue_age, 21 * SECOND, 6.0);
        queue_age.remove(15 * SECOND);
        check(&queue_age, 22 * SECOND, 0.0);
    }

    #[test]
    fn ring_of_cells_wraps_around() {
        let queue_age = QueueAge::default();
        let hour = 3600 * SECOND;
        queue_age.add(hour);
        check(&queue_age, hour + 60 * SECOND, 60.0);
        check(&queue_age, hour + 1000 * SECOND, 1000.0);
    }
}
