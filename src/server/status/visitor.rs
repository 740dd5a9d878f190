//! One client of the status page: it asks once, is answered, and leaves.

use mio::net::TcpStream;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::{Duration, Instant};

/// How long a client may take to ask, and then to take its answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many times in a row a client is listened to; whoever has more to say than that keeps others waiting.
const LONG_LISTENING: u32 = 64;

pub(super) struct Visitor {
    stream: TcpStream,
    pub(super) deadline: Instant,
    /// What has come of its request.
    request: Vec<u8>,
    /// What is still to go out of the answer, once there is one.
    answer: Option<Vec<u8>>,
}

impl Visitor {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, deadline: Instant::now() + PATIENCE, request: Vec::new(), answer: None }
    }

    /// Reads and writes what is possible now. `answer` is to turn a request into a response, unless more of it must
    /// arrive. Breaks off when there is nothing more to come.
    pub(super) fn advance(&mut self, answer: impl Fn(&[u8]) -> Option<Vec<u8>>) -> ControlFlow<()> {
        let mut chunk = [0; 4096];
        for _ in 0..LONG_LISTENING {
            self.send()?;
            match self.stream.read(&mut chunk) {
                Ok(0) if self.answer.as_ref().is_none_or(Vec::is_empty) => return Break(()),
                Ok(0) => return Continue(()),
                // Read and forgotten: closing with unread bytes would reset the connection, and the answer with it.
                Ok(_) if self.answer.is_some() => {}
                Ok(length) => {
                    self.request.extend_from_slice(&chunk[..length]);
                    self.answer = answer(&self.request);
                    if self.answer.is_some() {
                        self.deadline = Instant::now() + PATIENCE;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Continue(()),
                Err(_) => return Break(()),
            }
        }
        Break(())
    }

    /// Sends what the client has room for, and says when that was all.
    fn send(&mut self) -> ControlFlow<()> {
        let Some(answer) = self.answer.as_mut().filter(|answer| !answer.is_empty()) else { return Continue(()) };
        loop {
            match self.stream.write(answer) {
                Ok(length) => {
                    answer.drain(..length);
                    if answer.is_empty() {
                        // The client closes its side when it has seen ours closed; until then we listen.
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
