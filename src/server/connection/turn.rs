//! One turn of a connection: reading, answering, and how far that goes.

use super::{Connection, Phase};
use crate::cooldown::Cooldown;
use crate::http::{ErrorResponse, Persistence, Request, Status, parse_head, wants_head_only};
use crate::server::Server;
use crate::server::access_log::ClientInfo;
use crate::server::buffers::Buffers;
use std::io::ErrorKind;
use std::ops::ControlFlow::{self, Break, Continue};
use std::thread;
use std::time::{Duration, Instant};

/// How many requests one turn answers while other jobs wait.
const MAX_REQUESTS_PER_TURN: u32 = 16;

/// How long one turn goes on while other jobs wait. Sixteen requests for `/sleep` would take
/// minutes.
const MAX_TURN: Duration = Duration::from_millis(10);

/// A yield that takes longer than this was used by a thread with much to compute, not by a client.
const LONG_YIELD: Duration = Duration::from_micros(500);

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
    "The page is not in the state that the request asks for.",
);

const TIMEOUT: ErrorResponse =
    ErrorResponse::new(Status::RequestTimeout, "The request took too long to arrive.");

const INCOMPLETE: ErrorResponse =
    ErrorResponse::new(Status::BadRequest, "The request ended before its header fields did.");

const OVERLOADED: ErrorResponse = ErrorResponse::new(
    Status::ServiceUnavailable,
    "This server is as busy as it can be. Try again soon.",
);

const PANICKED: ErrorResponse =
    ErrorResponse::new(Status::InternalServerError, "Something went wrong here. It is in the log.");

/// How far a turn has come.
struct Progress {
    began: Instant,
    /// How many requests were answered.
    answered: u32,
    /// Whether the worker has yielded since the last of them.
    has_yielded: bool,
    /// Whether the last read brought all there was, so that the poller reports whatever comes after
    /// it.
    is_drained: bool,
}

impl Connection {
    /// Takes the connection as far as it gets without waiting for its client.
    pub(super) fn turn(&mut self, server: &Server) -> Outcome {
        Buffers::with(|buffers| {
            buffers.input.load(&std::mem::take(&mut self.unread));
            let outcome = self.advance(server, buffers);
            if matches!(outcome, Outcome::WouldBlock | Outcome::Yield) && !self.is_lingering() {
                self.unread.extend_from_slice(buffers.input.unread());
            }
            outcome
        })
    }

    fn advance(&mut self, server: &Server, buffers: &mut Buffers) -> Outcome {
        match self.phase {
            Phase::Rejected => return self.respond_with_error(OVERLOADED, server, buffers),
            Phase::TimedOut => return self.respond_with_error(TIMEOUT, server, buffers),
            Phase::Panicked => return self.respond_with_error(PANICKED, server, buffers),
            Phase::Lingering => return self.discard_input(&mut buffers.input),
            Phase::Sending { last } => match self.send_rest() {
                Ok(true) if last => return self.begin_linger(server, false, &mut buffers.input),
                Ok(true) => self.phase = Phase::Idle,
                Ok(false) => return Outcome::WouldBlock,
                Err(error) => return self.abort(&error),
            },
            Phase::New => self.phase = Phase::Reading,
            _ => {}
        }
        self.serve(server, buffers)
    }

    /// Answers requests and reads more of them in turn.
    fn serve(&mut self, server: &Server, buffers: &mut Buffers) -> Outcome {
        let mut progress =
            Progress { began: Instant::now(), answered: 0, has_yielded: false, is_drained: false };
        loop {
            match self.answer_next(server, buffers) {
                Break(outcome) => return outcome,
                Continue(true) => {
                    (progress.answered, progress.has_yielded) = (progress.answered + 1, false);
                    let is_long = progress.answered >= MAX_REQUESTS_PER_TURN
                        || progress.began.elapsed() >= MAX_TURN;
                    if is_long && !server.pool.queue().is_empty() {
                        return Outcome::Yield;
                    }
                }
                Continue(false) => {
                    if let Break(outcome) = self.read(&mut progress, server, buffers) {
                        return outcome;
                    }
                }
            }
        }
    }

    /// Reads once, or ends the turn if there is nothing to read.
    fn read(
        &mut self,
        progress: &mut Progress,
        server: &Server,
        buffers: &mut Buffers,
    ) -> ControlFlow<Outcome> {
        if progress.is_drained && !server.is_quiet() {
            return Break(self.wait(server, buffers));
        }
        let room = buffers.input.room();
        match buffers.input.fill(&self.stream) {
            // A body that was cut short belongs to a request that was answered.
            Ok(0) if self.is_between(buffers.input.unread()) || !self.body.is_done() => {
                return Break(self.close());
            }
            Ok(0) => return Break(self.respond_with_error(INCOMPLETE, server, buffers)),
            Ok(length) => {
                progress.is_drained =
                    length < room && self.registered.is_some() && !self.peer_may_have_closed;
                if progress.has_yielded
                    && let Err(error) = server.reactor.deregister(self)
                {
                    return Break(self.abort(&error));
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.peer_may_have_closed = false;
                let may_yield = !progress.has_yielded && progress.answered > 0 && server.is_quiet();
                if !may_yield || !yield_to_client(&mut buffers.yield_cooldown) {
                    return Break(self.wait(server, buffers));
                }
                progress.has_yielded = true;
            }
            Err(error) => return Break(self.abort(&error)),
        }
        Continue(())
    }

    /// Answers the next request in the input. Continues with whether a complete one was there.
    fn answer_next(
        &mut self,
        server: &Server,
        buffers: &mut Buffers,
    ) -> ControlFlow<Outcome, bool> {
        let Buffers { input, date, .. } = buffers;
        if !self.body.is_done() {
            match self.body.skip(input.unread()) {
                Ok(length) => input.consume(length),
                // The request was answered, but the end of its body cannot be found, and so no
                // further request.
                Err(_) => return Break(self.begin_linger(server, false, input)),
            }
            if !self.body.is_done() {
                return Continue(false);
            }
            // The deadline was for the body and not for the next request.
            self.phase = Phase::Idle;
        }
        let bytes = input.unread();
        let request = match parse_head(bytes) {
            Ok(Some(request)) => request,
            Ok(None) => return Continue(false),
            Err(error) => return Break(self.respond_with_error(error, server, buffers)),
        };
        self.phase = Phase::Responding;
        self.requests += 1;
        self.close_requested = !request.keep_alive;
        let _request_guard = server.metrics.begin_request(request.path);
        let response = server.respond(&request);
        let persistence = self.persistence(&request, server);
        let client = ClientInfo::new(&bytes[..request.length], Some(&request));
        server.log_response(&response, request.head_only, &client, self.peer, date.now());
        let (body, head_only, length) = (request.body, request.head_only, request.length);
        input.consume(length);
        self.body = body;
        self.send(&response, head_only, persistence, server, buffers)?;
        Continue(true)
    }

    /// Returns whether the connection stays open after this request.
    fn persistence(&self, request: &Request<'_>, server: &Server) -> Persistence {
        if !request.keep_alive || self.requests >= server.settings.requests || server.is_draining()
        {
            Persistence::Close
        } else if request.is_http_1_0 {
            Persistence::ExplicitKeepAlive
        } else {
            Persistence::KeepAlive
        }
    }

    /// Sends an error page as the last response of the connection: after a request that could not
    /// be parsed, the beginning of the next is unknown.
    fn respond_with_error(
        &mut self,
        error: ErrorResponse,
        server: &Server,
        buffers: &mut Buffers,
    ) -> Outcome {
        let response = server.error_response(error);
        let Buffers { input, date, .. } = buffers;
        let head_only = wants_head_only(input.unread());
        server.log_response(
            &response,
            head_only,
            &ClientInfo::new(input.unread(), None),
            self.peer,
            date.now(),
        );
        match self.send(&response, head_only, Persistence::Close, server, buffers) {
            Break(outcome) => outcome,
            Continue(()) => self.close(),
        }
    }

    /// Ends a turn that cannot go on. A request that has begun keeps its deadline.
    fn wait(&mut self, server: &Server, buffers: &Buffers) -> Outcome {
        let arriving = !self.is_between(buffers.input.unread()) || !self.body.is_done();
        match self.phase {
            Phase::Idle if arriving => {
                self.phase = Phase::Reading;
                self.deadline = Instant::now() + server.settings.head_timeout;
            }
            Phase::Idle => self.deadline = Instant::now() + server.settings.idle_timeout,
            _ => {}
        }
        Outcome::WouldBlock
    }

    /// Returns whether no request has begun. Empty lines after a request do not begin one; some
    /// clients send them.
    fn is_between(&self, unread: &[u8]) -> bool {
        unread.is_empty()
            || self.phase == Phase::Idle && unread.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
    }
}

/// Yields the processor to the client that was just answered, which may be about to send its next
/// request from this machine. Returns false during a cooldown, which follows a yield that cost a
/// time slice.
///
/// Blocking in the poller instead costs two more context switches per request: the throughput of
/// two clients on two processors falls to less than half.
fn yield_to_client(cooldown: &mut Cooldown) -> bool {
    let may_yield = cooldown.is_over();
    if may_yield {
        let began = Instant::now();
        thread::yield_now();
        cooldown.record(began.elapsed() < LONG_YIELD);
    }
    may_yield
}
