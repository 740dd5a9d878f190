//! The lingering close: our side is closed first, and the input is discarded until the client has
//! closed its own (RFC 9112, section 9.6).
//!
//! A socket that is closed with unread bytes in it sends a reset, and the client may then discard a
//! response that it has not read yet.

use super::turn::{Outcome, Turn};
use super::{Phase, deadline_after};
use crate::server::non_blocking::attempt;
use std::net::Shutdown;

/// How many bytes of a lingering client are discarded before the connection is closed all the same.
const MAX_DISCARDED: usize = 64 * 1024 * 1024;

/// How many of them are discarded in one turn.
const MAX_DISCARDED_PER_TURN: usize = 256 * 1024;

impl Turn<'_> {
    /// Closes our side and waits for the client to close its own. A client that sends nothing more
    /// needs no turn for that, and so is not registered.
    pub(super) fn begin_linger(&mut self) -> Outcome {
        let connection = &mut *self.connection;
        connection.phase = Phase::Lingering;
        connection.deadline = deadline_after(self.server.settings.linger);
        if let Err(error) = connection.stream.shutdown(Shutdown::Write) {
            return connection.abort(&error);
        }
        let is_input_done = connection.close_requested
            && connection.body.is_done()
            && self.buffers.input.unread().is_empty();
        if is_input_done && connection.registered.is_none() {
            return Outcome::Linger;
        }
        self.discard_input()
    }

    /// Reads and discards what has arrived.
    pub(super) fn discard_input(&mut self) -> Outcome {
        let (connection, input) = (&mut *self.connection, &mut self.buffers.input);
        let limit = (connection.discarded + MAX_DISCARDED_PER_TURN).min(MAX_DISCARDED);
        input.clear();
        while connection.discarded < limit {
            match attempt(|| input.fill(&connection.stream)) {
                Ok(Some(0)) | Err(_) => return connection.close(),
                Ok(Some(length)) => connection.discarded += length,
                Ok(None) => return Outcome::WouldBlock,
            }
            input.clear();
        }
        if limit < MAX_DISCARDED { Outcome::Yield } else { connection.close() }
    }
}
