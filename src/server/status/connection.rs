//! A connection of the status page: it serves one request and closes after the response.

use crate::server::non_blocking::attempt;
use mio::net::TcpStream;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::{Duration, Instant};

/// How long a client may take to send its request, and then to read the response and close.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How many times a connection is read for one event. If there is still more to read, it is closed,
/// since it would keep the others waiting.
const MAX_READS: u32 = 64;

/// A connection, with what has arrived of its request and what is unsent of its response.
pub(super) struct StatusConnection {
    stream: TcpStream,
    pub(super) deadline: Instant,
    request: Vec<u8>,
    /// `None` until the request is complete.
    response: Option<Vec<u8>>,
}

impl StatusConnection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, deadline: Instant::now() + TIMEOUT, request: Vec::new(), response: None }
    }

    /// Reads and writes until the socket would block. `respond` returns the response to a request,
    /// or `None` if the request is incomplete. Breaks when the connection is finished.
    pub(super) fn advance(
        &mut self,
        mut respond: impl FnMut(&[u8]) -> Option<Vec<u8>>,
    ) -> ControlFlow<()> {
        let mut chunk = [0; 4096];
        for _ in 0..MAX_READS {
            self.send()?;
            match attempt(|| self.stream.read(&mut chunk)) {
                Ok(Some(0)) if self.has_unsent() => return Continue(()),
                Ok(Some(0)) | Err(_) => return Break(()),
                // Discarded: closing with unread bytes would reset the connection, and the client
                // might lose the response.
                Ok(Some(_)) if self.is_responding() => {}
                Ok(Some(length)) => {
                    self.request.extend_from_slice(&chunk[..length]);
                    self.response = respond(&self.request);
                    if self.is_responding() {
                        self.deadline = Instant::now() + TIMEOUT;
                    }
                }
                Ok(None) => return Continue(()),
            }
        }
        Break(())
    }

    /// Returns whether the request has arrived.
    pub(super) fn is_responding(&self) -> bool {
        self.response.is_some()
    }

    fn has_unsent(&self) -> bool {
        self.response.as_ref().is_some_and(|unsent| !unsent.is_empty())
    }

    /// Sends as much of the response as the client has room for. Breaks if the connection fails.
    fn send(&mut self) -> ControlFlow<()> {
        let Some(unsent) = self.response.as_mut().filter(|unsent| !unsent.is_empty()) else {
            return Continue(());
        };
        while !unsent.is_empty() {
            match attempt(|| self.stream.write(unsent)) {
                Ok(Some(length)) => drop(unsent.drain(..length)),
                Ok(None) => return Continue(()),
                Err(_) => return Break(()),
            }
        }
        // A lingering close: the client closes its side when ours is closed.
        self.stream.shutdown(Shutdown::Write).map_or(Break(()), Continue)
    }
}
