//! One connection, from accept to close.

use super::Server;
use super::access::Client;
use crate::http::{Refusal, Response, Status, parse_head, wants_head_only};
use log::debug;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// An accepted connection that is owed a response.
///
/// It pays even if nobody serves it: dropped unanswered, because the job queue was full or the pool was told to discard
/// its jobs, it answers 503, and 500 if its handler panicked. So no client that was let in is ever left without an
/// answer.
pub struct Connection {
    stream: Option<TcpStream>,
    server: Arc<Server>,
}

pub(super) const PRECONDITION_FAILED: Refusal =
    Refusal::new(Status::PreconditionFailed, "The page is not in the state that the request asks for.");

const TIMEOUT: Refusal = Refusal::new(Status::RequestTimeout, "The request took too long to arrive.");

const CUT_SHORT: Refusal = Refusal::new(Status::BadRequest, "The request ended before its header fields did.");

const BUSY: Refusal =
    Refusal::new(Status::ServiceUnavailable, "Every worker is busy and the queue is full. Try again soon.");

const BROKEN: Refusal = Refusal::new(Status::InternalServerError, "Something went wrong here. It is in the log.");

/// Reads the request, lets the server answer it, and sends the response: the job of a worker.
pub fn handle_connection(mut connection: Connection) {
    let deadline = Instant::now() + connection.server.settings.head_timeout;
    let mut head = Vec::with_capacity(1024);
    let request = loop {
        match parse_head(&head) {
            Ok(Some(request)) => break Ok(request),
            Ok(None) => {}
            Err(refusal) => break Err(refusal),
        }
        match connection.read(&mut head, deadline) {
            Ok(0) if head.is_empty() => return connection.abandon("closed without a request"),
            Ok(0) => break Err(CUT_SHORT),
            Ok(_) => {}
            Err(error) if is_timeout(&error) => break Err(TIMEOUT),
            Err(_) => return connection.abandon("broke off"),
        }
    };
    let server = Arc::clone(&connection.server);
    let client = Client::new(&head, request.as_ref().ok());
    match request {
        Ok(request) => connection.send(&server.respond(&request), request.head_only, &client),
        Err(refusal) => connection.send(&server.refuse(refusal), wants_head_only(&head), &client),
    }
}

impl Connection {
    /// Takes charge of a stream that was just accepted.
    pub fn new(stream: TcpStream, server: &Arc<Server>) -> Self {
        Self { stream: Some(stream), server: Arc::clone(server) }
    }

    /// Appends to `head` what has arrived, waiting for it until the deadline. `Ok(0)` is the end of the stream.
    fn read(&self, head: &mut Vec<u8>, deadline: Instant) -> io::Result<usize> {
        let mut stream = self.stream()?;
        let mut chunk = [0; 4096];
        stream.set_read_timeout(Some(time_left(deadline)?))?;
        let length = retry(|| stream.read(&mut chunk))?;
        head.extend_from_slice(&chunk[..length]);
        Ok(length)
    }

    /// Sends the response, notes it, and hands the stream to be closed in stages.
    fn send(&mut self, response: &Response<'_>, head_only: bool, client: &Client<'_>) {
        self.server.note(response, head_only, client, self.stream.as_ref());
        let bytes = response.encode(head_only, SystemTime::now());
        let sent = self.write(&bytes, Instant::now() + self.server.settings.write_timeout);
        let Some(stream) = self.stream.take() else { return };
        match sent {
            Ok(()) => self.server.linger.see_off(stream),
            Err(error) => debug!("a client did not take its response: {error}"),
        }
    }

    fn write(&self, mut bytes: &[u8], deadline: Instant) -> io::Result<()> {
        let mut stream = self.stream()?;
        while !bytes.is_empty() {
            stream.set_write_timeout(Some(time_left(deadline)?))?;
            match retry(|| stream.write(bytes))? {
                0 => return Err(ErrorKind::WriteZero.into()),
                length => bytes = &bytes[length..],
            }
        }
        stream.shutdown(Shutdown::Write)
    }

    /// Gives up on a client that is gone: there is nobody to answer.
    fn abandon(&mut self, why: &str) {
        debug!("a client {why}");
        self.stream = None;
    }

    fn stream(&self) -> io::Result<&TcpStream> {
        self.stream.as_ref().ok_or_else(|| ErrorKind::NotConnected.into())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.stream.is_some() {
            let refusal = if thread::panicking() { BROKEN } else { BUSY };
            let server = Arc::clone(&self.server);
            self.send(&server.refuse(refusal), false, &Client::unknown());
        }
    }
}

impl Server {
    /// The error page for a request that gets no other.
    pub(super) fn refuse(&self, refusal: Refusal) -> Response<'_> {
        Response::error(refusal, &self.settings.pages.error)
    }
}

/// Time until the deadline, never zero: to a socket a timeout of zero means none.
pub(super) fn time_left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// A timeout of a socket shows as either kind, depending on the operating system.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Calls again what a signal interrupted.
pub(super) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
