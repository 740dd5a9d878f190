//! One connection, from accept to close.
//!
//! A job is one *turn* of a connection (see `turn.rs`): a worker reads what is there, answers every complete request, looks
//! once more for a short moment, and lets go. Nothing in a turn waits for the client. What cannot go on is parked, and
//! comes back as a new job when something has arrived.

mod job;
mod turn;

pub use job::handle_connection;
pub(super) use job::requeue;
pub(super) use turn::PRECONDITION_FAILED;

use super::Server;
use super::scratch::Inbox;
use crate::http::Body;
use log::debug;
use mio::Interest;
use mio::net::TcpStream;
use socket2::SockRef;
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::Instant;
use turn::Turn;

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
    /// Since when it has been waiting for a worker, if it is.
    submitted: Option<u64>,
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
    /// Whether the last of them was said to be the last.
    said_close: bool,
    /// Whether its client may have closed its side behind the bytes that have arrived: an end that was reported together
    /// with them is not reported again.
    pub(super) may_have_closed: bool,
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

impl Connection {
    /// Takes charge of a stream that was just accepted. If there are too many, the one that is idle longest must go; if
    /// none is idle, this one is told that the server is busy.
    pub fn new(stream: TcpStream, peer: SocketAddr, server: &Arc<Server>) -> Box<Self> {
        let phase = if server.admit() { Phase::New } else { Phase::Unwelcome };
        let mut connection = Self::in_phase(phase, stream, peer, server);
        connection.submit(Instant::now());
        connection
    }

    /// Notes that it is handed to the workers now.
    pub(super) fn submit(&mut self, now: Instant) {
        self.submitted = Some(self.server.board.submit(now));
    }

    fn in_phase(phase: Phase, stream: TcpStream, peer: SocketAddr, server: &Arc<Server>) -> Box<Self> {
        server.count_in();
        Box::new(Self {
            stream,
            peer,
            server: Arc::clone(server),
            slot: None,
            submitted: None,
            watched: None,
            phase,
            deadline: Instant::now() + server.settings.head_timeout,
            unread: Vec::new(),
            unsent: Vec::new(),
            body: Body::none(),
            requests: 0,
            said_close: false,
            may_have_closed: false,
            forgotten: 0,
        })
    }

    /// What it waits for when it is parked.
    pub(super) fn interest(&self) -> Interest {
        if self.unsent.is_empty() { Interest::READABLE } else { Interest::READABLE | Interest::WRITABLE }
    }

    /// Whether everything is answered, so that it may be closed without a word.
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

    /// Closes our side and waits for the client to close its own.
    ///
    /// A socket closed while bytes lie unread in it answers with a reset, and a reset overtakes what was sent before: the
    /// client may never see its response. So we say that nothing more comes, then read and forget until the client has
    /// closed too (RFC 9112, section 9.6). If the client is not expected to send anything more, there is no hurry.
    fn leave(&mut self, server: &Server, silent: bool, inbox: &mut Inbox) -> Turn {
        self.phase = Phase::Leaving;
        self.deadline = Instant::now() + server.settings.linger;
        match self.stream.shutdown(Shutdown::Write) {
            Ok(()) if silent && self.watched.is_none() => Turn::Last,
            Ok(()) => self.forget(inbox),
            Err(error) => self.abandon(&error),
        }
    }

    /// Reads and forgets what has arrived.
    fn forget(&mut self, inbox: &mut Inbox) -> Turn {
        let enough = self.forgotten + LONG_FORGETTING;
        while self.forgotten < MAX_FORGOTTEN {
            if self.forgotten >= enough {
                return Turn::Again;
            }
            inbox.load(&[]);
            match inbox.fill(&self.stream) {
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
        if let Some(submitted) = self.submitted {
            self.server.board.give_up(submitted);
        }
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
