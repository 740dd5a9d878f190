//! The poller: it turns `mio`'s events into the connections for which they came.

use super::{Connections, State, WAKE};
use crate::sync::Mutex;
use mio::{Events, Poll};
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

/// The most events that one poll returns.
const EVENTS: usize = 1024;

pub(super) struct Poller {
    poll: Poll,
    events: Events,
}

impl Poller {
    pub(super) fn new(poll: Poll) -> Self {
        Self { poll, events: Events::with_capacity(EVENTS) }
    }

    /// Waits for events, at most for `timeout`, and returns the parked connections for which an
    /// event came.
    ///
    /// The connection table is updated before the caller can release the poller. So it records the
    /// events in the order in which they were polled.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub(super) fn poll(
        &mut self,
        timeout: Option<Duration>,
        state: &Mutex<State>,
    ) -> io::Result<Connections> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        let mut ready = Vec::new();
        let mut state = state.lock();
        for event in self.events.iter().filter(|event| event.token() != WAKE) {
            if let Some(mut connection) = state.table.notify(event.token().0) {
                connection.peer_may_have_closed = event.is_read_closed();
                ready.push(connection);
            }
        }
        drop(state);
        let now = Instant::now();
        ready
            .iter_mut()
            .filter(|connection| !connection.is_lingering())
            .for_each(|connection| connection.submit(now));
        Ok(ready)
    }
}
