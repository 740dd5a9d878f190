//! The thread that watches the parked.

use super::{Parking, Slot, WAKE};
use crate::server::Pool;
use crate::server::connection::{Connection, handle_connection};
use log::error;
use mio::{Events, Poll};
use std::io::ErrorKind;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How often deadlines are looked at, and so how late one may be noticed.
const SWEEP: Duration = Duration::from_millis(100);

/// How long a client that has nothing more to say gets to close its side before that is looked at. Most have done so by
/// then, and many are looked at in one go; watching each of them would cost more than serving it.
const FAREWELL: Duration = Duration::from_millis(20);

/// What the thread needs.
pub(super) struct Attendant {
    pub(super) parking: Arc<Parking>,
    pub(super) pool: Arc<Pool>,
    pub(super) poll: Poll,
}

impl Attendant {
    /// Watches until the lot is closed.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(1024);
        let mut called = Vec::new();
        let (mut next_sweep, mut next_farewell) = (Instant::now() + SWEEP, Instant::now() + FAREWELL);
        loop {
            // Taken before the poll, which so reports whatever arrived in time before a sweep can call it late: this
            // thread may have waited long for room in the queue.
            let now = Instant::now();
            let timeout = {
                let mut lot = self.parking.lot.lock();
                if lot.ended {
                    return;
                }
                lot.dormant = lot.slots.is_empty() && lot.leaving.is_empty() && lot.resubmitted.is_empty();
                let next = if lot.leaving.is_empty() { next_sweep } else { next_sweep.min(next_farewell) };
                (!lot.dormant).then(|| next.saturating_duration_since(now))
            };
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != ErrorKind::Interrupted => {
                    error!("cannot watch connections: {error}");
                    thread::sleep(SWEEP);
                }
                _ => {}
            }
            let resubmitted = {
                let mut lot = self.parking.lot.lock();
                let arrivals = events.iter().filter(|event| event.token() != WAKE);
                called.extend(arrivals.filter_map(|event| lot.arrived(event.token().0, event.is_read_closed())));
                std::mem::take(&mut lot.resubmitted)
            };
            let arrived = Instant::now();
            called.drain(..).for_each(|connection| self.call(connection, arrived));
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
            // The longer the workers have the processor to themselves, the more events there are at once.
            thread::yield_now();
        }
    }

    /// Hands a connection back to the workers, waiting for room in the queue; or sees it off itself, if it is leaving.
    fn call(&self, mut connection: Box<Connection>, arrived: Instant) {
        if connection.is_leaving() {
            connection.see_off();
        } else {
            connection.submit(arrived);
            self.pool.execute(move || handle_connection(connection));
        }
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
