//! One turn of a connection: reading, answering, and how far that goes.

use super::{Connection, Phase};
use crate::http::{Persistence, Refusal, Request, Response, Status, parse_head, wants_head_only};
use crate::server::Server;
use crate::server::access::Client;
use crate::server::scratch::Scratch;
use socket2::SockRef;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::ops::ControlFlow::{self, Break, Continue};
use std::thread;
use std::time::{Duration, Instant};

/// How many requests one turn answers while other jobs wait.
const TURN: u32 = 16;

/// How long a turn lasts while other jobs wait. Measured in answers, a turn of `/sleep` would last for minutes.
const LONG_TURN: Duration = Duration::from_millis(10);

/// How many times a turn looks again before it parks.
const LOOKS: u32 = 4;

/// Said of the last response: its end need not go out by itself, since the news that nothing more comes follows at once
/// and travels with it. `MSG_MORE`, on Linux.
const MORE_FOLLOWS: i32 = if cfg!(target_os = "linux") { 0x8000 } else { 0 };

/// How a turn ends.
pub(super) enum Turn {
    /// Nothing to do until something arrives.
    Wait,
    /// There is more to do, but others wait for the worker.
    Again,
    /// Everything is sent, and all that is missing is that the client closes its side.
    Last,
    /// The connection is finished.
    Over,
}

pub(in crate::server) const PRECONDITION_FAILED: Refusal =
    Refusal::new(Status::PreconditionFailed, "The page is not in the state that the request asks for.");

const TIMEOUT: Refusal = Refusal::new(Status::RequestTimeout, "The request took too long to arrive.");

const CUT_SHORT: Refusal = Refusal::new(Status::BadRequest, "The request ended before its header fields did.");

const BUSY: Refusal = Refusal::new(Status::ServiceUnavailable, "This server is as busy as it can be. Try again soon.");

const BROKEN: Refusal = Refusal::new(Status::InternalServerError, "Something went wrong here. It is in the log.");

impl Connection {
    pub(super) fn turn(&mut self, server: &Server) -> Turn {
        Scratch::lend(|scratch| {
            scratch.inbox.load(&std::mem::take(&mut self.unread));
            let turn = self.advance(server, scratch);
            if matches!(turn, Turn::Wait | Turn::Again) && !self.is_leaving() {
                self.unread.extend_from_slice(scratch.inbox.unread());
            }
            turn
        })
    }

    fn advance(&mut self, server: &Server, scratch: &mut Scratch) -> Turn {
        match self.phase {
            Phase::Unwelcome => return self.refuse(BUSY, server, scratch),
            Phase::Late => return self.refuse(TIMEOUT, server, scratch),
            Phase::Broken => return self.refuse(BROKEN, server, scratch),
            Phase::Leaving => return self.forget(&mut scratch.inbox),
            Phase::Sending { last } => match self.send_rest() {
                Ok(true) if last => return self.leave(server, false, &mut scratch.inbox),
                Ok(true) => self.phase = Phase::Idle,
                Ok(false) => return Turn::Wait,
                Err(error) => return self.abandon(&error),
            },
            Phase::New => self.phase = Phase::Arriving,
            _ => {}
        }
        let started = Instant::now();
        let (mut answered, mut looks, mut read_all) = (0, 0, false);
        loop {
            match self.answer_next(server, scratch) {
                Break(turn) => return turn,
                Continue(true) => {
                    (answered, looks) = (answered + 1, 0);
                    if (answered >= TURN || started.elapsed() >= LONG_TURN) && !server.pool.queue().is_empty() {
                        return Turn::Again;
                    }
                    continue;
                }
                Continue(false) if read_all && !server.is_quiet() => return self.wait(server, scratch),
                Continue(false) => {}
            }
            let room = scratch.inbox.room();
            match scratch.inbox.fill(&self.stream) {
                // A body cut short belongs to a request that was answered.
                Ok(0) if self.is_between(scratch.inbox.unread()) || !self.body.is_done() => return self.over(),
                Ok(0) => return self.refuse(CUT_SHORT, server, scratch),
                Ok(length) => {
                    // What comes after a read that was not filled is news to the poller, and so need not be asked for.
                    read_all = length < room && self.watched.is_some() && !self.may_have_closed;
                    if looks > 0
                        && let Err(error) = server.parking.look_away(self)
                    {
                        return self.abandon(&error);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.may_have_closed = false;
                    if looks == LOOKS || answered == 0 || !server.is_quiet() {
                        return self.wait(server, scratch);
                    }
                    looks += 1;
                    thread::yield_now();
                }
                Err(error) => return self.abandon(&error),
            }
        }
    }

    /// Answers the next request in the inbox. Tells whether one was there as a whole, or how the turn ends.
    fn answer_next(&mut self, server: &Server, scratch: &mut Scratch) -> ControlFlow<Turn, bool> {
        let Scratch { inbox, date, .. } = scratch;
        if !self.body.is_done() {
            match self.body.skip(inbox.unread()) {
                Ok(length) => inbox.consume(length),
                // The request was answered; only its connection can be of no more use.
                Err(_) => return Break(self.leave(server, false, inbox)),
            }
            if !self.body.is_done() {
                return Continue(false);
            }
            // Its deadline was for the body, not for what may come next.
            self.phase = Phase::Idle;
        }
        let bytes = inbox.unread();
        let request = match parse_head(bytes) {
            Ok(Some(request)) => request,
            Ok(None) => return Continue(false),
            Err(refusal) => return Break(self.refuse(refusal, server, scratch)),
        };
        self.phase = Phase::Answering;
        self.requests += 1;
        self.said_close = !request.keep_alive;
        let _answer = server.board.begin_answer(request.path);
        let response = server.respond(&request);
        let persistence = self.persistence(&request, server);
        let client = Client::new(&bytes[..request.length], Some(&request));
        server.note(&response, request.head_only, &client, self.peer, date.now());
        let (body, head_only, length) = (request.body, request.head_only, request.length);
        inbox.consume(length);
        self.body = body;
        self.send(&response, head_only, persistence, server, scratch)?;
        Continue(true)
    }

    /// Whether the connection stays after this request.
    fn persistence(&self, request: &Request<'_>, server: &Server) -> Persistence {
        if !request.keep_alive || self.requests >= server.settings.requests || server.is_draining() {
            Persistence::Close
        } else if request.is_http_1_0 {
            Persistence::KeepAliveSaid
        } else {
            Persistence::KeepAlive
        }
    }

    /// Answers with an error page, the last thing on this connection: after a request that was not understood, nobody
    /// knows where the next one would begin.
    fn refuse(&mut self, refusal: Refusal, server: &Server, scratch: &mut Scratch) -> Turn {
        let response = server.refuse(refusal);
        let Scratch { inbox, date, .. } = scratch;
        let head_only = wants_head_only(inbox.unread());
        server.note(&response, head_only, &Client::new(inbox.unread(), None), self.peer, date.now());
        match self.send(&response, head_only, Persistence::Close, server, scratch) {
            Break(turn) => turn,
            Continue(()) => self.over(),
        }
    }

    /// Sends a response, head and body in one call: a second might wait for the first to be acknowledged. Goes on if
    /// it is out and the connection stays.
    fn send(
        &mut self,
        response: &Response<'_>,
        head_only: bool,
        persistence: Persistence,
        server: &Server,
        scratch: &mut Scratch,
    ) -> ControlFlow<Turn> {
        let Scratch { head, date, inbox } = scratch;
        head.clear();
        response.write_head(head, date.now().as_bytes(), persistence);
        let body = response.body(head_only);
        let last = persistence == Persistence::Close;
        let flags = if last { MORE_FOLLOWS } else { 0 };
        let parts = [IoSlice::new(head), IoSlice::new(body)];
        let sent = match retry(|| SockRef::from(&self.stream).send_vectored_with_flags(&parts, flags)) {
            Ok(sent) => sent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return Break(self.abandon(&error)),
        };
        if sent < head.len() + body.len() {
            self.unsent.extend_from_slice(&head[sent.min(head.len())..]);
            self.unsent.extend_from_slice(&body[sent.saturating_sub(head.len())..]);
            return Break(self.send_later(last, server));
        }
        if last {
            // A client that asked for the end has said all it had to say.
            let silent = self.said_close && self.body.is_done() && inbox.unread().is_empty();
            return Break(self.leave(server, silent, inbox));
        }
        self.phase = Phase::Idle;
        Continue(())
    }

    /// Keeps the rest of a response until the client makes room.
    fn send_later(&mut self, last: bool, server: &Server) -> Turn {
        self.phase = Phase::Sending { last };
        self.deadline = Instant::now() + server.settings.write_timeout;
        Turn::Wait
    }

    /// Sends what the client has room for. Answers whether that was all.
    fn send_rest(&mut self) -> io::Result<bool> {
        let mut sent = 0;
        while sent < self.unsent.len() {
            match (&self.stream).write(&self.unsent[sent..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(length) => sent += length,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.unsent.drain(..sent);
                    return Ok(false);
                }
                Err(error) => return Err(error),
            }
        }
        self.unsent = Vec::new();
        Ok(true)
    }

    /// Ends a turn that can get no further. A request that has begun keeps its deadline.
    fn wait(&mut self, server: &Server, scratch: &Scratch) -> Turn {
        let arriving = !self.is_between(scratch.inbox.unread()) || !self.body.is_done();
        match self.phase {
            Phase::Idle if arriving => {
                self.phase = Phase::Arriving;
                self.deadline = Instant::now() + server.settings.head_timeout;
            }
            Phase::Idle => self.deadline = Instant::now() + server.settings.idle_timeout,
            _ => {}
        }
        Turn::Wait
    }

    /// Whether what has arrived is not the beginning of a request. Empty lines after a request are some client's old
    /// mistake, and nothing to answer.
    fn is_between(&self, unread: &[u8]) -> bool {
        unread.is_empty() || self.phase == Phase::Idle && unread.iter().all(|byte| matches!(byte, b'\r' | b'\n'))
    }
}

/// Calls again what a signal interrupted.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
