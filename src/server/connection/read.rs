//! Reading from the client. If nothing has arrived, the worker may yield to the client and read
//! once more before the connection is parked.

use super::turn::{Outcome, Turn};
use crate::http::{ErrorResponse, Status};
use crate::server::non_blocking::attempt;
use std::io::Read;
use std::ops::ControlFlow::{self, Break, Continue};
use std::thread;

/// How many bytes one read brings at most while other jobs wait. A turn then answers only a few
/// requests, and the others that were read with them would be copied at its end.
const MAX_READ_WHILE_JOBS_WAIT: usize = 4096;

const INCOMPLETE: ErrorResponse =
    ErrorResponse::new(Status::BadRequest, "The request ended before its header fields did.");

impl Turn<'_> {
    /// Reads more input, or ends the turn if there is none.
    pub(super) fn read(&mut self) -> ControlFlow<Outcome> {
        if self.is_socket_empty && !self.server.is_quiet() {
            return Break(self.wait());
        }
        if self.read_once()? {
            return Continue(());
        }
        if !self.yield_to_client() || !self.read_once()? {
            return Break(self.wait());
        }
        // This client keeps its worker busy. The reactor thread need not wake for its requests.
        match self.server.reactor.deregister(self.connection) {
            Ok(()) => Continue(()),
            Err(error) => Break(self.connection.abort(&error)),
        }
    }

    /// Reads once. Continues with whether anything was there.
    fn read_once(&mut self) -> ControlFlow<Outcome, bool> {
        let is_alone = self.server.pool.queue().is_empty();
        let (connection, input) = (&mut *self.connection, &mut self.buffers.input);
        let may_fill = is_alone || !connection.body.is_done();
        let room = if may_fill { input.room() } else { input.room().min(MAX_READ_WHILE_JOBS_WAIT) };
        match attempt(|| input.fill((&connection.stream).take(room as u64))) {
            Ok(Some(0)) => self.end_input().map_continue(|()| false),
            Ok(Some(length)) => {
                self.is_socket_empty = length < room
                    && connection.registered.is_some()
                    && !connection.peer_may_have_closed;
                Continue(true)
            }
            Ok(None) => {
                connection.peer_may_have_closed = false;
                Continue(false)
            }
            Err(error) => Break(connection.abort(&error)),
        }
    }

    /// Ends a connection whose client has closed its side.
    fn end_input(&mut self) -> ControlFlow<Outcome> {
        // A body that was cut short belongs to a request that was answered.
        if self.is_between_requests() || !self.connection.body.is_done() {
            return Break(self.connection.close());
        }
        self.respond_with_error(INCOMPLETE)
    }

    /// Yields the processor to the client that was just answered, which may be about to send its
    /// next request from this machine. Returns false if that is not worth a try: while other
    /// connections need the worker, or if part of a request has arrived.
    ///
    /// Blocking in the poller instead costs two more context switches per request: the throughput
    /// of two clients on two processors falls to less than half.
    fn yield_to_client(&mut self) -> bool {
        let is_answered = self.answered > 0 && !self.is_request_arriving();
        let may_yield = is_answered && self.server.is_quiet();
        if may_yield {
            thread::yield_now();
        }
        may_yield
    }
}
