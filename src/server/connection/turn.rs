//! One turn of a connection: a worker reads, answers every complete request, and stops where it
//! would have to wait for the client.

use super::{Connection, Phase, deadline_after};
use crate::http::{ErrorResponse, Persistence, Request, Status, parse_head, wants_head_only};
use crate::server::Server;
use crate::server::access_log::ClientInfo;
use crate::server::buffers::Buffers;
use std::mem;
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::{Duration, Instant};

/// How many requests one turn answers at most while other jobs wait.
const MAX_REQUESTS_PER_TURN: usize = 16;

/// How many requests a round answers at most, unless more jobs than that wait. A round is one turn
/// of each job in the queue, which is what a new connection waits for. So its wait does not depend
/// on how many requests the others pipeline.
const MAX_REQUESTS_PER_ROUND: usize = 256;

/// How long one turn goes on while other jobs wait. Sixteen requests for `/sleep` would take
/// minutes.
const MAX_TURN: Duration = Duration::from_millis(10);

/// How a turn ends.
pub(super) enum Outcome {
    /// The connection cannot go on until an event comes for it.
    WouldBlock,
    /// The connection can go on, but other jobs wait for the worker.
    Yield,
    /// The last response is sent, and the client has only to close its side.
    Linger,
    /// The connection is finished.
    Closed,
}

pub(in crate::server) const PRECONDITION_FAILED: ErrorResponse = ErrorResponse::new(
    Status::PreconditionFailed,
    "The page does not meet the preconditions of the request.",
);

const TIMEOUT: ErrorResponse =
    ErrorResponse::new(Status::RequestTimeout, "The request took too long to arrive.");

const OVERLOADED: ErrorResponse =
    ErrorResponse::new(Status::ServiceUnavailable, "The server is overloaded. Try again soon.");

const PANICKED: ErrorResponse = ErrorResponse::new(
    Status::InternalServerError,
    "The server failed to answer this request. Its log has the reason.",
);

/// A turn in progress: a connection with what the worker lends to it.
pub(super) struct Turn<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) server: &'a Server,
    pub(super) buffers: &'a mut Buffers,
    began: Instant,
    /// How many requests were answered.
    pub(super) answered: usize,
    /// How many reads brought a part of a body. One takes about as long as a response.
    body_reads: usize,
    /// Whether the last read emptied the socket and the poller reports what arrives after it, so
    /// that another read is not necessary.
    pub(super) is_socket_empty: bool,
}

impl Connection {
    /// Takes the connection as far as it gets without waiting for its client.
    pub(super) fn turn(&mut self, server: &Server) -> Outcome {
        Buffers::with(|buffers| {
            buffers.input.load(&self.take_unread());
            let mut turn = Turn::new(self, server, buffers);
            match turn.run() {
                outcome @ (Outcome::WouldBlock | Outcome::Yield) => turn.keep_unread(outcome),
                outcome => outcome,
            }
        })
    }

    /// Returns what was kept of the input.
    fn take_unread(&mut self) -> Vec<u8> {
        let unread = mem::take(&mut self.unread);
        self.server.heads.release(unread.len());
        unread
    }
}

impl<'a> Turn<'a> {
    fn new(connection: &'a mut Connection, server: &'a Server, buffers: &'a mut Buffers) -> Self {
        let began = Instant::now();
        Self {
            connection,
            server,
            buffers,
            began,
            answered: 0,
            body_reads: 0,
            is_socket_empty: false,
        }
    }

    fn run(&mut self) -> Outcome {
        if let Break(outcome) = self.resume() {
            return outcome;
        }
        loop {
            if let Break(outcome) = self.step() {
                return outcome;
            }
        }
    }

    /// Does what the phase requires before the connection can serve requests.
    fn resume(&mut self) -> ControlFlow<Outcome> {
        match self.connection.phase {
            Phase::Rejected => self.respond_with_error(OVERLOADED),
            Phase::TimedOut => self.respond_with_error(TIMEOUT),
            Phase::Panicked => self.respond_with_error(PANICKED),
            Phase::Sending { last } => self.send_rest(last),
            Phase::Lingering => Break(self.discard_input()),
            Phase::New => {
                self.connection.phase = Phase::Reading;
                Continue(())
            }
            Phase::Reading | Phase::Responding | Phase::Idle | Phase::Closed => Continue(()),
        }
    }

    /// Answers a request that has arrived, or reads more.
    fn step(&mut self) -> ControlFlow<Outcome> {
        if self.answer_next()? {
            self.answered += 1;
        } else if self.connection.body.is_done() {
            return self.read();
        } else {
            self.read()?;
            self.body_reads += 1;
        }
        self.yield_to_jobs()
    }

    /// Ends a turn that is long for the number of jobs that wait for the worker.
    fn yield_to_jobs(&self) -> ControlFlow<Outcome> {
        // The ordinary turn, of one request, ends by itself. The length would take the queue's lock.
        if self.answered + self.body_reads < 2 && self.buffers.input.unread().is_empty() {
            return Continue(());
        }
        let Some(share) = MAX_REQUESTS_PER_ROUND.checked_div(self.server.pool.queue().len()) else {
            return Continue(()); // No job waits.
        };
        let is_long = self.answered + self.body_reads >= share.clamp(1, MAX_REQUESTS_PER_TURN)
            || self.began.elapsed() >= MAX_TURN;
        if is_long { Break(Outcome::Yield) } else { Continue(()) }
    }

    /// Answers the next request in the input. Continues with whether a complete one was there.
    fn answer_next(&mut self) -> ControlFlow<Outcome, bool> {
        if !self.skip_body()? {
            return Continue(false);
        }
        let Buffers { input, date, .. } = &mut *self.buffers;
        let (connection, server) = (&mut *self.connection, self.server);
        let bytes = input.unread();
        let request = match parse_head(bytes) {
            Ok(Some(request)) => request,
            Ok(None) => return Continue(false),
            Err(error) => return self.respond_with_error(error).map_continue(|()| false),
        };
        connection.begin_request(&request);
        let request_guard = server.metrics.begin_request(request.path);
        let response = server.respond(&request, connection);
        let persistence = connection.persistence(&request);
        let client = ClientInfo::new(&bytes[..request.length], Some(&request));
        let (peer, duration) = (connection.peer, request_guard.duration());
        let Some(response) = response else {
            server.log_reset(&client, peer, date.now(), duration);
            return Break(self.begin_linger());
        };
        let head_only = request.head_only;
        server.log_response(&response, head_only, &client, peer, date.now(), duration);
        let length = request.length;
        connection.body = request.body;
        input.consume(length);
        self.send(&response, head_only, persistence)?;
        Continue(true)
    }

    /// Skips what has arrived of the last request's body. Continues with whether that was all.
    fn skip_body(&mut self) -> ControlFlow<Outcome, bool> {
        let (connection, input) = (&mut *self.connection, &mut self.buffers.input);
        if connection.body.is_done() {
            return Continue(true);
        }
        match connection.body.skip(input.unread()) {
            Ok(length) => input.consume(length),
            // The request was answered, but the end of its body cannot be found, and so no further
            // request.
            Err(_) => return Break(self.begin_linger()),
        }
        if connection.body.is_done() {
            // The deadline was for the body and not for the next request.
            connection.phase = Phase::Idle;
        }
        Continue(connection.body.is_done())
    }

    /// Sends an error page as the last response of the connection: after a request that could not
    /// be parsed, the beginning of the next is unknown.
    pub(super) fn respond_with_error(&mut self, error: ErrorResponse) -> ControlFlow<Outcome> {
        let response = self.server.error_response(error);
        let Buffers { input, date, .. } = &mut *self.buffers;
        let head_only = wants_head_only(input.unread());
        let client = ClientInfo::new(input.unread(), None);
        let (peer, duration) = (self.connection.peer, self.began.elapsed());
        self.server.log_response(&response, head_only, &client, peer, date.now(), duration);
        self.send(&response, head_only, Persistence::Close)
    }

    /// Keeps the rest of the input until the next turn. If unfinished heads take too much memory
    /// already, the connection closes. A 431 would blame a request which is acceptable at another
    /// time, so the response is 503.
    fn keep_unread(&mut self, outcome: Outcome) -> Outcome {
        let unread = self.buffers.input.unread();
        if self.server.heads.reserve(unread.len()) {
            self.connection.unread = unread.to_vec();
            return outcome;
        }
        if let Phase::Sending { last } = &mut self.connection.phase {
            // The client has no room for another response.
            *last = true;
            return outcome;
        }
        self.respond_with_error(OVERLOADED).break_value().unwrap_or(outcome)
    }

    /// Ends a turn that cannot go on. A request that has begun keeps its deadline.
    pub(super) fn wait(&mut self) -> Outcome {
        let is_arriving = self.is_request_arriving();
        let (connection, settings) = (&mut *self.connection, &self.server.settings);
        match connection.phase {
            Phase::Idle if is_arriving => {
                connection.phase = Phase::Reading;
                connection.deadline = deadline_after(settings.head_timeout);
            }
            Phase::Idle => connection.deadline = deadline_after(settings.idle_timeout),
            _ => {}
        }
        Outcome::WouldBlock
    }

    /// Returns whether part of a request has arrived: of its head or of its body.
    pub(super) fn is_request_arriving(&self) -> bool {
        !self.is_between_requests() || !self.connection.body.is_done()
    }

    /// Returns whether no head has begun. Empty lines after a request do not begin one; some
    /// clients send them.
    pub(super) fn is_between_requests(&self) -> bool {
        let unread = self.buffers.input.unread();
        unread.is_empty()
            || self.connection.is_idle() && unread.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
    }
}

impl Connection {
    /// Records that a request is being answered.
    fn begin_request(&mut self, request: &Request<'_>) {
        self.phase = Phase::Responding;
        self.requests += 1;
        self.close_requested = !request.keep_alive;
    }

    /// Returns whether the connection stays open after this request.
    fn persistence(&self, request: &Request<'_>) -> Persistence {
        let is_last = self.requests >= self.server.settings.requests || self.server.is_draining();
        if !request.keep_alive || is_last {
            Persistence::Close
        } else if request.is_http_1_0 {
            Persistence::ExplicitKeepAlive
        } else {
            Persistence::KeepAlive
        }
    }
}
