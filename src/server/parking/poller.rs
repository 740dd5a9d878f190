//! The poller, in the hands of whoever looks at it: the attendant, or a worker while that rests.

use super::{Lot, WAKE};
use crate::server::connection::Connection;
use crate::sync::Mutex;
use mio::{Events, Poll};
use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

/// How many events are asked for at once.
const EVENTS: usize = 1024;

pub(super) struct Poller {
    poll: Poll,
    events: Events,
    /// Connections that are to be handed out; kept for its memory.
    #[expect(clippy::vec_box, reason = "each comes in its box and goes on in it")]
    called: Vec<Box<Connection>>,
}

impl Poller {
    pub(super) fn new(poll: Poll) -> Self {
        Self { poll, events: Events::with_capacity(EVENTS), called: Vec::new() }
    }

    /// Waits until something arrives, at most for `timeout`, and hands out the connections for which it did, through
    /// `hand_out` unless they only wait to be seen off. Answers how many there were.
    ///
    /// The lot learns of the events before anybody else can look at the poller, so it learns of them in their order.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub(super) fn wait(
        &mut self,
        timeout: Option<Duration>,
        lot: &Mutex<Lot>,
        hand_out: impl Fn(Box<Connection>),
    ) -> io::Result<usize> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        {
            let mut lot = lot.lock();
            let arrivals = self.events.iter().filter(|event| event.token() != WAKE);
            self.called.extend(arrivals.filter_map(|event| lot.arrived(event.token().0, event.is_read_closed())));
        }
        let (arrived, handed_out) = (Instant::now(), self.called.len());
        for mut connection in self.called.drain(..) {
            if connection.is_leaving() {
                connection.see_off();
            } else {
                connection.submit(arrived);
                hand_out(connection);
            }
        }
        Ok(handed_out)
    }
}
