//! The thread that watches the parked.

use super::{Parking, Slot};
use crate::queue::JobQueue;
use crate::server::Pool;
use crate::server::connection::{Connection, handle_connection};
use log::error;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How often deadlines are looked at, and so how late one may be noticed.
const SWEEP: Duration = Duration::from_millis(100);

/// How long a client that has nothing more to say gets to close its side before that is looked at. Most have done so by
/// then, and many are looked at in one go; watching each of them would cost more than serving it. Not too many, though:
/// whoever shares a processor with this thread waits for it.
const FAREWELL: Duration = Duration::from_millis(3);

/// How long it rests at most. A rest ends sooner unless every worker that had a job is busy all the while, and then what
/// arrives would hardly be taken up earlier.
const REST: Duration = Duration::from_millis(1);

/// What the thread needs.
pub(super) struct Attendant {
    pub(super) parking: Arc<Parking>,
    pub(super) pool: Arc<Pool>,
}

impl Attendant {
    /// Watches until the lot is closed.
    pub(super) fn run(self) {
        let (mut next_sweep, mut next_farewell) = (Instant::now() + SWEEP, Instant::now() + FAREWELL);
        loop {
            // Taken before the poll, which so reports whatever arrived in time before a sweep can call it late: this
            // thread may have waited long for room in the queue.
            let now = Instant::now();
            let Some(handed_out) = self.watch(now, next_sweep, next_farewell) else { return };
            let resubmitted = std::mem::take(&mut self.parking.lot.lock().resubmitted);
            for job in resubmitted {
                self.pool.execute(job);
            }
            if now >= next_farewell {
                next_farewell = now + FAREWELL;
                let leaving = std::mem::take(&mut self.parking.lot.lock().leaving);
                leaving.into_iter().for_each(Connection::see_off);
            }
            if now >= next_sweep {
                next_sweep = now + SWEEP;
                self.sweep(now);
            }
            // Arrivals that come one by one are worth a wake-up each.
            if handed_out > 1 {
                self.parking.rest.take(REST, || !self.pool.queue().is_empty());
            }
        }
    }

    /// Waits for arrivals until something else is to do, and hands them to the workers, waiting for room in the queue.
    /// Answers how many there were, or nothing if the lot is closed.
    fn watch(&self, now: Instant, next_sweep: Instant, next_farewell: Instant) -> Option<usize> {
        // Locked first: a worker that fetches may swallow a wake-up, but not one that comes after what is seen here.
        let mut poller = self.parking.poller.lock();
        let timeout = {
            let mut lot = self.parking.lot.lock();
            if lot.ended {
                return None;
            }
            lot.dormant = lot.slots.is_empty() && lot.leaving.is_empty() && lot.resubmitted.is_empty();
            let next = if lot.leaving.is_empty() { next_sweep } else { next_sweep.min(next_farewell) };
            let next = if lot.resubmitted.is_empty() { next } else { now };
            (!lot.dormant).then(|| next.saturating_duration_since(now))
        };
        let handed_out = poller.wait(timeout, &self.parking.lot, |connection| {
            self.pool.execute(move || handle_connection(connection));
        });
        drop(poller);
        Some(handed_out.unwrap_or_else(|error| {
            error!("cannot watch connections: {error}");
            thread::sleep(SWEEP);
            0
        }))
    }

    /// Calls those whose deadline has passed, and closes those that are idle while the server drains.
    fn sweep(&self, now: Instant) {
        let due: Vec<_> = {
            let mut lot = self.parking.lot.lock();
            let draining = lot.draining;
            let due = |state: &Slot| match state {
                Slot::Parked(connection) => connection.deadline <= now || draining && connection.is_idle(),
                Slot::Away { .. } => false,
            };
            let slots: Vec<_> = lot.slots.iter().filter(|(_, state)| due(state)).map(|(slot, _)| slot).collect();
            slots.into_iter().filter_map(|slot| lot.take(slot)).collect()
        };
        for mut connection in due {
            if connection.expire() {
                connection.submit(Instant::now());
                self.pool.execute(move || handle_connection(connection));
            }
        }
    }
}
