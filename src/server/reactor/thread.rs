//! The reactor thread: it waits for events, hands out the connections that are ready, and does what
//! is due at intervals.

use super::{Connections, Reactor, State, submit_unless_lingering};
use crate::server::Pool;
use crate::server::connection::{Connection, handle_connection};
use log::error;
use std::mem;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How often timeouts are checked, and so how late one may be noticed.
const TIMEOUT_INTERVAL: Duration = Duration::from_millis(100);

/// How often lingering connections that are not registered are read. Most clients have closed by
/// then, and reading all of them in one go costs less than an event for each. With a longer
/// interval there are so many at once that requests wait for this thread's processor.
const LINGER_INTERVAL: Duration = Duration::from_millis(3);

/// How long a standby lasts at most. It ends sooner unless every worker that had a job stays busy,
/// and then arrivals would not be served much earlier.
const MAX_STANDBY: Duration = Duration::from_millis(1);

/// The state of the reactor thread.
pub(super) struct ReactorThread {
    reactor: Arc<Reactor>,
    pool: Arc<Pool>,
    timeouts: Interval,
    lingering: Interval,
}

/// A task that is due at intervals.
struct Interval {
    length: Duration,
    next: Instant,
}

impl Interval {
    fn new(length: Duration) -> Self {
        Self { length, next: Instant::now() + length }
    }

    /// Returns whether the task is due, and if so begins the next interval.
    fn is_due(&mut self, now: Instant) -> bool {
        let is_due = now >= self.next;
        if is_due {
            self.next = now + self.length;
        }
        is_due
    }
}

impl ReactorThread {
    pub(super) fn new(reactor: Arc<Reactor>, pool: Arc<Pool>) -> Self {
        Self {
            reactor,
            pool,
            timeouts: Interval::new(TIMEOUT_INTERVAL),
            lingering: Interval::new(LINGER_INTERVAL),
        }
    }

    /// Polls until the reactor is shut down.
    pub(super) fn run(mut self) {
        loop {
            // Read before the poll: a request that arrived before its deadline is then served and
            // not timed out, even if this thread waited long for room in the queue.
            let now = Instant::now();
            let Some(ready) = self.wait_for_events(now) else { return };
            let jobs = self.hand_out_all(ready);
            self.submit_again();
            if self.lingering.is_due(now) {
                let lingering = mem::take(&mut self.reactor.state.lock().lingering);
                lingering.into_iter().for_each(Connection::finish);
            }
            if self.timeouts.is_due(now) {
                self.expire_timeouts(now);
            }
            // Arrivals that come one by one are worth a wake-up each.
            if jobs > 1 {
                self.reactor.poller.stand_by(MAX_STANDBY, || !self.pool.queue().is_empty());
            }
        }
    }

    /// Waits for events until something else is due. Returns the connections that are ready, or
    /// `None` if the reactor is shut down.
    fn wait_for_events(&self, now: Instant) -> Option<Connections> {
        let state = &self.reactor.state;
        let ready = self.reactor.poller.poll_on_reactor_thread(|poller| {
            // The state is read under the lock of the poller: a worker that polls may consume a
            // wake-up, but not one for a change that comes after this.
            let timeout = {
                let mut state = state.lock();
                if state.is_shut_down {
                    return None;
                }
                let due = self.next_due(&state, now);
                state.is_dormant = due.is_none();
                due.map(|due| due.saturating_duration_since(now))
            };
            Some(poller.poll(timeout, state))
        })?;
        Some(ready.unwrap_or_else(|error| {
            error!("cannot poll for events: {error}");
            thread::sleep(TIMEOUT_INTERVAL);
            Vec::new()
        }))
    }

    /// Returns when the next thing is due that is not an event, or `None` if nothing will be.
    fn next_due(&self, state: &State, now: Instant) -> Option<Instant> {
        if !state.resubmitted.is_empty() {
            Some(now)
        } else if !state.lingering.is_empty() {
            Some(self.timeouts.next.min(self.lingering.next))
        } else if !state.table.is_empty() {
            Some(self.timeouts.next)
        } else {
            None
        }
    }

    /// Hands out the connections that are ready, and waits for room in the queue if necessary.
    /// Returns how many of them became jobs.
    fn hand_out_all(&self, ready: Connections) -> usize {
        let becomes_job =
            |connection| submit_unless_lingering(connection, |connection| self.submit(connection));
        ready.into_iter().map(becomes_job).filter(|is_job| *is_job).count()
    }

    /// Submits the jobs that found the queue full, and waits for room.
    fn submit_again(&self) {
        let jobs = mem::take(&mut self.reactor.state.lock().resubmitted);
        for job in jobs {
            self.pool.execute(job);
        }
    }

    /// Ends the wait of parked connections whose deadline has passed, and of idle ones while the
    /// server drains.
    fn expire_timeouts(&self, now: Instant) {
        let due = {
            let mut state = self.reactor.state.lock();
            let is_draining = state.is_draining;
            state.table.take_if(|connection| {
                connection.deadline <= now || is_draining && connection.is_idle()
            })
        };
        for mut connection in due {
            if connection.expire() {
                connection.submit(Instant::now());
                self.submit(connection);
            }
        }
    }

    fn submit(&self, connection: Box<Connection>) {
        self.pool.execute(move || handle_connection(connection));
    }
}
