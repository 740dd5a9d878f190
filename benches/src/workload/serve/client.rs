//! A browser's side of a connection that stays open.

use super::PATIENCE;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Its only question.
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// What every answer must be.
const PAGE: &[u8] = include_bytes!("../../../../html/hello.html");

/// A connection, and the request on it that is not answered yet.
pub(super) struct Client {
    stream: TcpStream,
    /// When it was meant to be sent.
    asked: Option<Duration>,
    /// Whether a read that finds nothing is no failure.
    looks: bool,
    /// What has arrived of the next answer.
    received: Box<[u8]>,
    length: usize,
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server lets clients in");
        let ready = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(PATIENCE)));
        ready.expect("a new socket takes its options");
        Self {
            stream,
            asked: None,
            looks: false,
            received: vec![0; 2 * PAGE.len()].into(),
            length: 0,
        }
    }

    /// From now on it looks instead of waiting.
    pub(super) fn only_look(&mut self) {
        self.looks = true;
        self.stream.set_nonblocking(true).expect("an open socket takes its options");
    }

    /// Sends a request that was meant to be sent at this time.
    pub(super) fn ask(&mut self, meant: Duration) {
        (&self.stream)
            .write_all(REQUEST)
            .expect("a request fits into a buffer that the server empties");
        self.asked = Some(meant);
    }

    /// Whether an answer is still to come.
    pub(super) fn waits(&self) -> bool {
        self.asked.is_some()
    }

    /// Sleeps until the next answer is here.
    pub(super) fn wait(&mut self) {
        while self.look().is_none() {}
    }

    /// Whether the answer is here, and if so, when its request was meant to be sent.
    pub(super) fn look(&mut self) -> Option<Duration> {
        self.receive();
        if !self.is_whole() {
            return None;
        }
        self.length = 0;
        self.asked.take()
    }

    fn receive(&mut self) {
        match (&self.stream).read(&mut self.received[self.length..]) {
            Ok(0) => panic!("the server closed a connection that was to stay open"),
            Ok(more) => self.length += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock && self.looks => {}
            // Of a socket that waits, this may be the end of its patience.
            Err(error) => panic!("an answer does not arrive: {error}"),
        }
    }

    /// Whether all of the answer is here. Fails unless it is the page, and nothing but the page.
    fn is_whole(&self) -> bool {
        let received = &self.received[..self.length];
        let Some(head) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
            return false;
        };
        let (head, body) = received.split_at(head + 4);
        let head = String::from_utf8_lossy(head);
        let length = head
            .split_once("\r\nContent-Length: ")
            .and_then(|(_, rest)| rest.split("\r\n").next()?.parse::<usize>().ok());
        let length = length.filter(|_| head.starts_with("HTTP/1.1 200 "));
        let length = length.unwrap_or_else(|| panic!("a wrong answer: {head}"));
        // The server fills in some addresses in the second half.
        let start = &PAGE[..body.len().min(PAGE.len() / 2)];
        assert!(
            body.starts_with(start) && body.len() <= length,
            "another page, or more than was asked for"
        );
        body.len() == length
    }
}
