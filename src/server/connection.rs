//! One connection, turn by turn.
//!
//! A job is one *turn* of a connection: a worker reads what is there, answers every complete request, looks once more for
//! a short moment, and lets go. Nothing in a turn waits for the client. What cannot go on is parked, and comes back as a
//! new job when something has arrived.

use super::Server;
use super::access::Client;
use super::scratch::Scratch;
use crate::http::{Body, Persistence, Refusal, Request, Response, Status, parse_head, wants_head_only};
use log::debug;
use mio::Interest;
use mio::net::TcpStream;
use socket2::SockRef;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// How many requests one turn answers while other jobs wait.
const TURN: u32 = 16;

/// How long a turn lasts while other jobs wait. Measured in answers, a turn of `/sleep` would last for minutes.
const LONG_TURN: Duration = Duration::from_millis(10);

/// How many times a turn looks again before it parks.
const LOOKS: u32 = 4;

/// How many bytes are read and forgotten of a client that is leaving, before it is cut off all the same.
const MAX_FORGOTTEN: usize = 64 * 1024 * 1024;

/// How many of them are read and forgotten in one turn.
const LONG_FORGETTING: usize = 256 * 1024;

/// An accepted connection.
///
/// It pays what it owes even if nobody serves it: dropped before its first turn, because the job queue was full or the
/// pool was told to discard its jobs, it answers 503, and 500 if its handler panicked. So no client that was let in is
/// left without an answer.
pub struct Connection {
    pub(super) stream: TcpStream,
    peer: SocketAddr,
    server: Arc<Server>,
    /// Its place in the parking lot, from the first time it is parked until it is closed.
    pub(super) slot: Option<usize>,
    /// What the poller reports of it, if anything.
    pub(super) watched: Option<Interest>,
    phase: Phase,
    /// When the present phase has lasted too long.
    pub(super) deadline: Instant,
    /// The beginning of a request that has not arrived as a whole.
    unread: Vec<u8>,
    /// The end of a response that the client has not made room for.
    unsent: Vec<u8>,
    /// What is still to come of a request's body.
    body: Body,
    /// How many requests it has brought.
    requests: u32,
    /// Bytes that came while it was leaving.
    forgotten: usize,
}

/// What a connection is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Just accepted; no worker has turned to it.
    New,
    /// There was no room for it; it is to be told so.
    Unwelcome,
    /// A request is arriving.
    Arriving,
    /// A request has not arrived in time; its client is to be told so.
    Late,
    /// A request is being answered.
    Answering,
    /// Its handler panicked; its client is to be told so.
    Broken,
    /// Everything is answered; another request may come or not.
    Idle,
    /// A response goes out as fast as the client takes it, and whether it is the last.
    Sending { last: bool },
    /// The last response is out and our side is closed; the client may still be talking.
    Leaving,
    /// Nothing more is owed.
    Gone,
}

/// How a turn ends.
enum Turn {
    /// Nothing to do until something arrives.
    Wait,
    /// There is more to do, but others wait for the worker.
    Again,
    /// The connection is finished.
    Over,
}

pub(super) const PRECONDITION_FAILED: Refusal =
    Refusal::new(Status::PreconditionFailed, "The page is not in the state that the request asks for.");

const TIMEOUT: Refusal = Refusal::new(Status::RequestTimeout, "The request took too long to arrive.");

const CUT_SHORT: Refusal = Refusal::new(Status::BadRequest, "The request ended before its header fields did.");

const BUSY: Refusal = Refusal::new(Status::ServiceUnavailable, "This server is as busy as it can be. Try again soon.");

const BROKEN: Refusal = Refusal::new(Status::InternalServerError, "Something went wrong here. It is in the log.");

/// Gives a connection its turn: the job of a worker.
pub fn handle_connection(mut connection: Box<Connection>) {
    let server = Arc::clone(&connection.server);
    loop {
        match connection.turn(&server) {
            Turn::Wait => match server.parking.park(connection) {
                Ok(()) => return,
                Err(ready) => connection = ready,
            },
            Turn::Again => {
                // To the end of the queue; if that is full, by way of the thread that may wait for it.
                let job = server.pool.try_execute(move || handle_connection(connection));
                return job.unwrap_or_else(|rejected| server.parking.resubmit(rejected.into_job()));
            }
            Turn::Over => return,
        }
    }
}

impl Connection {
    /// Takes charge of a stream that was just accepted. If there are too many, the one that is idle longest must go; if
    /// none is idle, this one is told that the server is busy.
    pub fn new(stream: TcpStream, peer: SocketAddr, server: &Arc<Server>) -> Box<Self> {
        let phase = if server.admit() { Phase::New } else { Phase::Unwelcome };
        Self::in_phase(phase, stream, peer, server)
    }

    fn in_phase(phase: Phase, stream: TcpStream, peer: SocketAddr, server: &Arc<Server>) -> Box<Self> {
        server.count_in();
        Box::new(Self {
            stream,
            peer,
            server: Arc::clone(server),
            slot: None,
            watched: None,
            phase,
            deadline: Instant::now() + server.settings.head_timeout,
            unread: Vec::new(),
            unsent: Vec::new(),
            body: Body::none(),
            requests: 0,
            forgotten: 0,
        })
    }

    /// What it waits for when it is parked.
    pub(super) fn interest(&self) -> Interest {
        if self.unsent.is_empty() { Interest::READABLE } else { Interest::READABLE | Interest::WRITABLE }
    }

    /// Whether it may be closed without anybody missing anything.
    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Idle
    }

    /// Whether all that is left is to read and forget.
    pub(super) fn is_leaving(&self) -> bool {
        self.phase == Phase::Leaving
    }

    /// Notes that the deadline has passed, or that the connection is to close. Answers whether its client must be told.
    pub(super) fn expire(&mut self) -> bool {
        // Of a body that does not arrive nobody is told: its request was answered.
        let tell = self.phase == Phase::Arriving && self.body.is_done();
        if let Phase::Sending { .. } = self.phase {
            debug!("{}: a client did not take its response", self.peer);
        }
        self.phase = if tell { Phase::Late } else { Phase::Gone };
        tell
    }

    /// Reads and forgets what a leaving client still sends; closes if it has left, parks it again if not.
    pub(super) fn see_off(mut self: Box<Self>) {
        let server = Arc::clone(&self.server);
        loop {
            match self.turn(&server) {
                Turn::Wait => match server.parking.park(self) {
                    Ok(()) => return,
                    Err(ready) => self = ready,
                },
                // It goes on and on: work for a worker, not for a thread on which others depend.
                Turn::Again => return server.parking.resubmit(Box::new(move || handle_connection(self))),
                Turn::Over => return,
            }
        }
    }

    fn turn(&mut self, server: &Server) -> Turn {
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
            Phase::Leaving => return self.forget(),
            Phase::Sending { last } => match self.send_rest() {
                Ok(true) if last => return self.leave(server),
                Ok(true) => self.phase = Phase::Idle,
                Ok(false) => return Turn::Wait,
                Err(error) => return self.abandon(&error),
            },
            Phase::New => self.phase = Phase::Arriving,
            _ => {}
        }
        let started = Instant::now();
        let (mut answered, mut looks) = (0, 0);
        loop {
            while let Some(progress) = self.answer_next(server, scratch) {
                match progress {
                    Ok(()) => (answered, looks) = (answered + 1, 0),
                    Err(turn) => return turn,
                }
                if (answered >= TURN || started.elapsed() >= LONG_TURN) && !server.pool.queue().is_empty() {
                    return Turn::Again;
                }
            }
            match scratch.inbox.fill(&self.stream) {
                // A body cut short belongs to a request that was answered.
                Ok(0) if self.is_between(scratch.inbox.unread()) || !self.body.is_done() => return self.over(),
                Ok(0) => return self.refuse(CUT_SHORT, server, scratch),
                Ok(_) if looks > 0 => {
                    if let Err(error) = server.parking.look_away(self) {
                        return self.abandon(&error);
                    }
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
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

    /// Deals with the next thing in the inbox. `None` if it has not arrived as a whole, `Err` if it ends the turn.
    fn answer_next(&mut self, server: &Server, scratch: &mut Scratch) -> Option<Result<(), Turn>> {
        let Scratch { inbox, .. } = scratch;
        if !self.body.is_done() {
            match self.body.skip(inbox.unread()) {
                Ok(length) => inbox.consume(length),
                // The request was answered; only its connection can be of no more use.
                Err(_) => return Some(Err(self.leave(server))),
            }
            if !self.body.is_done() {
                return None;
            }
            // Its deadline was for the body, not for what may come next.
            self.phase = Phase::Idle;
        }
        let bytes = inbox.unread();
        let request = match parse_head(bytes) {
            Ok(request) => request?,
            Err(refusal) => return Some(Err(self.refuse(refusal, server, scratch))),
        };
        self.phase = Phase::Answering;
        self.requests += 1;
        let response = server.respond(&request);
        let persistence = self.persistence(&request, server);
        server.note(&response, request.head_only, &Client::new(&bytes[..request.length], Some(&request)), self.peer);
        let (body, head_only, length) = (request.body, request.head_only, request.length);
        inbox.consume(length);
        self.body = body;
        match self.send(&response, head_only, persistence, server, scratch) {
            Turn::Again => Some(Ok(())),
            turn => Some(Err(turn)),
        }
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
        let head_only = wants_head_only(scratch.inbox.unread());
        server.note(&response, head_only, &Client::new(scratch.inbox.unread(), None), self.peer);
        self.send(&response, head_only, Persistence::Close, server, scratch)
    }

    /// Sends a response, head and body in one call: a second might wait for the first to be acknowledged. `Again` means
    /// that it is out and the connection stays.
    fn send(
        &mut self,
        response: &Response<'_>,
        head_only: bool,
        persistence: Persistence,
        server: &Server,
        scratch: &mut Scratch,
    ) -> Turn {
        let Scratch { head, date, .. } = scratch;
        head.clear();
        response.write_head(head, date.now(), persistence);
        let body = response.body(head_only);
        let last = persistence == Persistence::Close;
        let sent = match retry(|| (&self.stream).write_vectored(&[IoSlice::new(head), IoSlice::new(body)])) {
            Ok(sent) => sent,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return self.abandon(&error),
        };
        if sent < head.len() + body.len() {
            self.unsent.extend_from_slice(&head[sent.min(head.len())..]);
            self.unsent.extend_from_slice(&body[sent.saturating_sub(head.len())..]);
            return self.send_later(last, server);
        }
        if last {
            return self.leave(server);
        }
        self.phase = Phase::Idle;
        Turn::Again
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

    /// Closes our side and waits for the client to close its own.
    ///
    /// A socket closed while bytes lie unread in it answers with a reset, and a reset overtakes what was sent before: the
    /// client may never see its response. So we say that nothing more comes, then read and forget until the client has
    /// closed too (RFC 9112, section 9.6).
    fn leave(&mut self, server: &Server) -> Turn {
        self.phase = Phase::Leaving;
        self.deadline = Instant::now() + server.settings.linger;
        match self.stream.shutdown(Shutdown::Write) {
            Ok(()) => self.forget(),
            Err(error) => self.abandon(&error),
        }
    }

    /// Reads and forgets what has arrived.
    fn forget(&mut self) -> Turn {
        let mut chunk = [0; 16 * 1024];
        let enough = self.forgotten + LONG_FORGETTING;
        while self.forgotten < MAX_FORGOTTEN {
            if self.forgotten >= enough {
                return Turn::Again;
            }
            match (&self.stream).read(&mut chunk) {
                Ok(0) => return self.over(),
                Ok(length) => self.forgotten += length,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Turn::Wait,
                Err(_) => return self.over(),
            }
        }
        self.over()
    }

    /// Gives up on a client that is gone: there is nobody to answer.
    fn abandon(&mut self, error: &io::Error) -> Turn {
        debug!("{}: {error}", self.peer);
        self.over()
    }

    fn over(&mut self) -> Turn {
        self.phase = Phase::Gone;
        Turn::Over
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        match self.phase {
            Phase::New | Phase::Unwelcome => self.leave_word(Phase::Unwelcome),
            Phase::Answering if thread::panicking() => self.leave_word(Phase::Broken),
            _ => {}
        }
        if let Some(slot) = self.slot {
            self.server.parking.release(slot);
        }
        self.server.count_out();
    }
}

impl Connection {
    /// Has an heir tell the client what a dropped connection still owes. What is being dropped cannot be parked until
    /// its client has left, but a second handle to the same socket can.
    fn leave_word(&mut self, phase: Phase) {
        let Ok(stream) = SockRef::from(&self.stream).try_clone() else { return };
        let heir = Self::in_phase(phase, TcpStream::from_std(stream.into()), self.peer, &self.server);
        // The poller knows a socket by all its handles: it would go on reporting this one, under a slot that is another's
        // by then. It fails only if the poller is gone.
        let server = Arc::clone(&self.server);
        let _ = server.parking.look_away(self);
        heir.see_off();
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
