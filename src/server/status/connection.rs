//! A connection of the status page: it brings one request, and closes after the response.

use mio::net::TcpStream;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::{Duration, Instant};

/// How long a client may take to send its request, and then to take the response and close.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How often a connection is read without a pause. One that has more to read than that is closed,
/// since it would keep the others waiting.
const MAX_READS: u32 = 64;

pub(super) struct StatusConnection {
    stream: TcpStream,
    pub(super) deadline: Instant,
    /// What has arrived of the request.
    request: Vec<u8>,
    /// What is unsent of the response; `None` until the request is complete.
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
        respond: impl Fn(&[u8]) -> Option<Vec<u8>>,
    ) -> ControlFlow<()> {
        let mut chunk = [0; 4096];
        for _ in 0..MAX_READS {
            self.send()?;
            match self.stream.read(&mut chunk) {
                Ok(0) if self.response.as_ref().is_none_or(Vec::is_empty) => return Break(()),
                Ok(0) => return Continue(()),
                // Discarded: closing with unread bytes would reset the connection, and the client
                // might lose the response.
                Ok(_) if self.response.is_some() => {}
                Ok(length) => {
                    self.request.extend_from_slice(&chunk[..length]);
                    self.response = respond(&self.request);
                    if self.response.is_some() {
                        self.deadline = Instant::now() + TIMEOUT;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Continue(()),
                Err(_) => return Break(()),
            }
        }
        Break(())
    }

    /// Sends as much of the response as the client has room for. Breaks if the connection fails.
    fn send(&mut self) -> ControlFlow<()> {
        let Some(unsent) = self.response.as_mut().filter(|unsent| !unsent.is_empty()) else {
            return Continue(());
        };
        loop {
            match self.stream.write(unsent) {
                Ok(length) => {
                    unsent.drain(..length);
                    if unsent.is_empty() {
                        // A lingering close: the client closes its side when it has seen ours
                        // closed.
                        return self.stream.shutdown(Shutdown::Write).map_or(Break(()), Continue);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Continue(()),
                Err(_) => return Break(()),
            }
        }
    }
}
