//! Since when jobs have been waiting.
//!
//! The oldest job in the queue tells how far the workers are behind. The queue could say which it is, but it is any
//! queue, and asking would take its lock. So jobs are counted by when they were submitted: a wheel has one cell for each
//! fifteenth of a second, a job is added to the cell of its submission and taken from it when a worker turns to it. The
//! first cell that is not empty holds the oldest. This needs no order among the jobs, and one that is refused is simply
//! taken out again.

use super::Moment;
use crate::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A cell is two to this many nanoseconds long: 67 ms.
const CELL: u32 = 26;

/// The wheel turns once in eighteen minutes. Whoever waits for longer than that is taken for younger.
const CELLS: u64 = 1 << 14;

pub(super) struct Arrivals(Box<[AtomicU32]>);

impl Default for Arrivals {
    fn default() -> Self {
        Self((0..CELLS).map(|_| AtomicU32::new(0)).collect())
    }
}

impl Arrivals {
    fn cell(&self, moment: Moment) -> &AtomicU32 {
        // Less than the number of cells, so it fits any machine's word.
        &self.0[((moment >> CELL) % CELLS) as usize]
    }

    pub(super) fn add(&self, submitted: Moment) {
        self.cell(submitted).fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remove(&self, submitted: Moment) {
        self.cell(submitted).fetch_sub(1, Ordering::Relaxed);
    }

    /// For how long the oldest job has been waiting: up to a cell more than this, and not less.
    pub(super) fn oldest(&self, now: Moment) -> Duration {
        let end = (now >> CELL) + 1;
        let cells = end.saturating_sub(CELLS)..end;
        let oldest = cells.map(|cell| cell << CELL).find(|&start| self.cell(start).load(Ordering::Relaxed) > 0);
        oldest.map_or(Duration::ZERO, |start| Duration::from_nanos(now.saturating_sub(start + (1 << CELL))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Moment = 1_000_000_000;

    #[track_caller]
    fn check(arrivals: &Arrivals, now: Moment, seconds: f64) {
        let age = arrivals.oldest(now).as_secs_f64();
        assert!(age <= seconds && age + 0.07 > seconds, "{age} is not {seconds}");
    }

    #[test]
    fn the_oldest_is_told_whatever_the_order_in_which_jobs_go() {
        let arrivals = Arrivals::default();
        check(&arrivals, 0, 0.0);
        [10, 12, 12, 15].iter().for_each(|second| arrivals.add(second * SECOND));
        check(&arrivals, 20 * SECOND, 10.0);
        arrivals.remove(12 * SECOND);
        check(&arrivals, 20 * SECOND, 10.0);
        arrivals.remove(10 * SECOND);
        check(&arrivals, 21 * SECOND, 9.0);
        arrivals.remove(12 * SECOND);
        check(&arrivals, 21 * SECOND, 6.0);
        arrivals.remove(15 * SECOND);
        check(&arrivals, 22 * SECOND, 0.0);
    }

    #[test]
    fn the_wheel_goes_on_turning() {
        let arrivals = Arrivals::default();
        let hour = 3600 * SECOND;
        arrivals.add(hour);
        check(&arrivals, hour + 60 * SECOND, 60.0);
        check(&arrivals, hour + 1000 * SECOND, 1000.0);
    }
}
