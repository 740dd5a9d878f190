//! One connection, from accept to close.
//!
//! A job is one *turn* of a connection: a worker reads what has arrived, answers every complete
//! request, and passes the connection on. No turn waits for the client. A connection that cannot go
//! on is parked in the reactor, and becomes a job again when an event comes for it.
//!
//! - `job.rs`: a turn as a job, and where the connection goes after it.
//! - `turn.rs`: a turn from its beginning to its outcome.
//! - `read.rs`, `send.rs`, `linger.rs`: reading, sending, closing.
//! - `peer_state.rs`: whether the client still waits for its response.

mod job;
mod linger;
mod peer_state;
mod read;
mod send;
mod turn;

pub use job::handle_connection;
pub(super) use job::requeue;
pub(super) use peer_state::PeerState;
pub(super) use turn::PRECONDITION_FAILED;

use super::Server;
use crate::http::Body;
use log::debug;
use mio::Interest;
use mio::net::TcpStream;
use socket2::SockRef;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, thread};
use turn::Outcome;

/// An accepted connection.
///
/// Every accepted client gets a response, even if no worker serves it. A connection that is dropped
/// before its first turn, because the job queue is full or the pool discards its jobs, responds
/// with 503. One that is dropped because its handler panicked responds with 500.
pub struct Connection {
    pub(super) stream: TcpStream,
    peer: SocketAddr,
    server: Arc<Server>,
    /// Its key in the connection table, from its first registration until it is closed.
    pub(super) key: Option<usize>,
    /// When it was submitted as a job, while it waits for a worker.
    submitted: Option<u64>,
    /// Which events the poller reports for it, if it is registered.
    pub(super) registered: Option<Interest>,
    phase: Phase,
    /// When the present phase times out.
    pub(super) deadline: Instant,
    /// The beginning of a request whose end has not arrived.
    unread: Vec<u8>,
    /// The end of a response for which the client has not made room.
    unsent: Vec<u8>,
    /// What is still to come of a request's body.
    body: Body,
    /// How many requests the client has sent.
    requests: u32,
    /// Whether the client asked in the last of them that the connection close.
    close_requested: bool,
    /// Whether the client may have closed its side after the bytes that have arrived. The poller
    /// reports both in one event, so nothing else tells that the end of the input follows.
    pub(super) peer_may_have_closed: bool,
    /// How many bytes were discarded while it lingered.
    discarded: usize,
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// It was accepted and has had no turn.
    New,
    /// Too many connections are open; a 503 is to be sent.
    Rejected,
    /// A request is arriving.
    Reading,
    /// A request has not arrived in time; a 408 is to be sent.
    TimedOut,
    /// A request is being answered.
    Responding,
    /// Its handler panicked; a 500 is to be sent.
    Panicked,
    /// Every request is answered, and another may come.
    Idle,
    /// A response waits for room at the client. `last` says whether the connection closes after it.
    Sending { last: bool },
    /// The last response is sent and our side is closed; the client may still be sending.
    Lingering,
    /// Nothing is left to do.
    Closed,
}

/// Returns the deadline of a phase that begins now and may last so long.
fn deadline_after(timeout: Duration) -> Instant {
    /// A hundred years. A deadline much further away would overflow the clock.
    const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    Instant::now() + timeout.min(LONGEST)
}

impl Connection {
    /// Wraps a stream that was just accepted. If too many connections are open, the one that has
    /// been idle longest is closed. If none is idle, the new one is rejected with 503.
    pub fn new(stream: TcpStream, peer: SocketAddr, server: &Arc<Server>) -> Box<Self> {
        let phase = if server.admit() { Phase::New } else { Phase::Rejected };
        let mut connection = Self::in_phase(phase, stream, peer, server);
        connection.submit(Instant::now());
        connection
    }

    /// Records that it waits for a worker from now on.
    pub(super) fn submit(&mut self, now: Instant) {
        self.submitted = Some(self.server.metrics.submit(now));
    }

    fn in_phase(
        phase: Phase,
        stream: TcpStream,
        peer: SocketAddr,
        server: &Arc<Server>,
    ) -> Box<Self> {
        server.open.opened();
        Box::new(Self {
            stream,
            peer,
            server: Arc::clone(server),
            key: None,
            submitted: None,
            registered: None,
            phase,
            deadline: deadline_after(server.settings.head_timeout),
            unread: Vec::new(),
            unsent: Vec::new(),
            body: Body::none(),
            requests: 0,
            close_requested: false,
            peer_may_have_closed: false,
            discarded: 0,
        })
    }

    /// Returns which events it waits for when it is parked.
    pub(super) fn interest(&self) -> Interest {
        if self.unsent.is_empty() {
            Interest::READABLE
        } else {
            Interest::READABLE | Interest::WRITABLE
        }
    }

    /// Returns whether every request is answered, so that it may be closed without a response.
    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Idle
    }

    /// Returns whether only its input is still to be discarded.
    pub(super) fn is_lingering(&self) -> bool {
        self.phase == Phase::Lingering
    }

    /// Ends the phase of a connection whose deadline has passed, or which is to close. Returns
    /// whether a response is to be sent.
    pub(super) fn expire(&mut self) -> bool {
        // A request whose body does not arrive was answered already.
        let must_respond = self.phase == Phase::Reading && self.body.is_done();
        if let Phase::Sending { .. } = self.phase {
            debug!("{}: a client did not take its response", self.peer);
        }
        self.phase = if must_respond { Phase::TimedOut } else { Phase::Closed };
        must_respond
    }

    /// Closes a connection after an error of its socket.
    fn abort(&mut self, error: &io::Error) -> Outcome {
        debug!("{}: {error}", self.peer);
        self.close()
    }

    /// Closes a connection that owes no response.
    fn close(&mut self) -> Outcome {
        self.phase = Phase::Closed;
        Outcome::Closed
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(submitted) = self.submitted {
            self.server.metrics.discard(submitted);
        }
        match self.phase {
            Phase::New | Phase::Rejected => self.respond_on_drop(Phase::Rejected),
            Phase::Responding if thread::panicking() => self.respond_on_drop(Phase::Panicked),
            _ => {}
        }
        if let Some(key) = self.key {
            self.server.reactor.remove(key);
        }
        self.server.heads.release(self.unread.len());
        self.server.open.closed();
    }
}

impl Connection {
    /// Creates a successor that sends the response which a dropped connection still owes. A
    /// connection that is being dropped cannot linger, but one with a second handle to the same
    /// socket can.
    fn respond_on_drop(&mut self, phase: Phase) {
        let Ok(stream) = SockRef::from(&self.stream).try_clone() else { return };
        let successor =
            Self::in_phase(phase, TcpStream::from_std(stream.into()), self.peer, &self.server);
        // The poller reports a socket until all its handles are closed. It would go on reporting
        // this one under a key that another connection may have by then. Deregistering fails only
        // if the poller is gone.
        let server = Arc::clone(&self.server);
        let _ = server.reactor.deregister(self);
        successor.finish();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("peer", &self.peer).finish_non_exhaustive()
    }
}
