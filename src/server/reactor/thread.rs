//! The reactor thread.

use super::{Reactor, State, hand_out};
use crate::server::Pool;
use crate::server::connection::{Connection, handle_connection};
use log::error;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How often timeouts are checked, and so how late one may be noticed.
const TIMEOUT_INTERVAL: Duration = Duration::from_millis(100);

/// How often lingering connections that are not registered are read. Most clients have closed by
/// then, and reading all of them in one go costs less than an event for each. With a longer
/// interval there are so many at once that requests wait for this thread's processor.
const LINGER_INTERVAL: Duration = Duration::from_millis(3);

/// How long a standby lasts at most. It ends sooner unless every worker that had a job is busy all
/// the while, and then arrivals would not be served much earlier.
const MAX_STANDBY: Duration = Duration::from_millis(1);

/// What the thread needs.
pub(super) struct ReactorThread {
    pub(super) reactor: Arc<Reactor>,
    pub(super) pool: Arc<Pool>,
}

impl ReactorThread {
    /// Polls until the reactor is shut down.
    pub(super) fn run(self) {
        let (mut next_timeouts, mut next_linger) =
            (Instant::now() + TIMEOUT_INTERVAL, Instant::now() + LINGER_INTERVAL);
        loop {
            // Read before the poll: a request that arrived before its deadline is then served and
            // not timed out, even if this thread waited long for room in the queue.
            let now = Instant::now();
            let Some(jobs) = self.poll(now, next_timeouts, next_linger) else { return };
            let resubmitted = std::mem::take(&mut self.reactor.state.lock().resubmitted);
            for job in resubmitted {
                self.pool.execute(job);
            }
            if now >= next_linger {
                next_linger = now + LINGER_INTERVAL;
                let lingering = std::mem::take(&mut self.reactor.state.lock().lingering);
                lingering.into_iter().for_each(Connection::linger);
            }
            if now >= next_timeouts {
                next_timeouts = now + TIMEOUT_INTERVAL;
                self.expire_timeouts(now);
            }
            // Arrivals that come one by one are worth a wake-up each.
            if jobs > 1 {
                self.reactor.poller.stand_by(MAX_STANDBY, || !self.pool.queue().is_empty());
            }
        }
    }

    /// Waits for events until something else is due, and hands out the connections that are ready,
    /// waiting for room in the queue. Returns how many jobs it made of them, or `None` if the
    /// reactor is shut down.
    fn poll(&self, now: Instant, next_timeouts: Instant, next_linger: Instant) -> Option<usize> {
        let reactor = &self.reactor;
        let ready = reactor.poller.poll(|poller| {
            // The state is read under the lock of the poller: a worker that polls may consume a
            // wake-up, but not one for a change that comes after this.
            let timeout = reactor.state.lock().timeout(now, next_timeouts, next_linger)?;
            Some(poller.poll(timeout, &reactor.state))
        })?;
        let ready = ready.unwrap_or_else(|error| {
            error!("cannot poll for events: {error}");
            thread::sleep(TIMEOUT_INTERVAL);
            Vec::new()
        });
        let submit = |connection| {
            self.pool.execute(move || handle_connection(connection));
        };
        Some(
            ready
                .into_iter()
                .map(|connection| hand_out(connection, submit))
                .filter(|is_job| *is_job)
                .count(),
        )
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
                self.pool.execute(move || handle_connection(connection));
            }
        }
    }
}

impl State {
    /// Returns how long the next poll may take: `None` if the reactor is shut down, `Some(None)` if
    /// there is no limit.
    fn timeout(
        &mut self,
        now: Instant,
        next_timeouts: Instant,
        next_linger: Instant,
    ) -> Option<Option<Duration>> {
        if self.is_shut_down {
            return None;
        }
        self.is_dormant =
            self.table.is_empty() && self.lingering.is_empty() && self.resubmitted.is_empty();
        if self.is_dormant {
            return Some(None);
        }
        let next = match () {
            () if !self.resubmitted.is_empty() => now,
            () if !self.lingering.is_empty() => next_timeouts.min(next_linger),
            () => next_timeouts,
        };
        Some(Some(next.saturating_duration_since(now)))
    }
}
