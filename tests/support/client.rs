//! A strict client: it reads a response to its end or to that of the stream, and fails on anything
//! that RFC 9112 forbids.

use super::wait::TIMEOUT;
use socket2::SockRef;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime};

/// Returns a request for a path, the last on its connection.
pub(crate) fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// Returns a request for a path that others may follow.
pub(crate) fn keep_alive(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// Opens a connection on which nothing can block for ever.
pub(crate) fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&addr, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Makes a close of the connection a reset, as when a client crashes.
pub(crate) fn reset_on_close(stream: &TcpStream) {
    SockRef::from(stream).set_linger(Some(Duration::ZERO)).unwrap();
}

/// A connection whose responses are read one by one.
pub(crate) struct Client {
    stream: TcpStream,
    /// What has arrived after the last response that was read.
    bytes: Vec<u8>,
}

impl Client {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, bytes: Vec::new() }
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("the server reads the request");
    }

    /// Reads the next response, which ends where its length says.
    #[track_caller]
    pub(crate) fn read(&mut self, head_only: bool) -> Response {
        loop {
            if let Some(length) = Response::length(&self.bytes, head_only) {
                let rest = self.bytes.split_off(length);
                let response = Response::parse(&std::mem::replace(&mut self.bytes, rest));
                response.check_persistent(head_only);
                return response;
            }
            let more = self.fill();
            assert!(more, "closed after {:?}", String::from_utf8_lossy(&self.bytes));
        }
    }

    /// Sends a GET that others may follow, and reads its response.
    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> Response {
        self.send(keep_alive(path));
        self.read(false)
    }

    /// Returns whether anything arrives before the end of the connection.
    #[track_caller]
    pub(crate) fn has_more(&mut self) -> bool {
        !self.bytes.is_empty() || self.fill()
    }

    /// Checks that the server sends nothing more and closes without a reset.
    #[track_caller]
    pub(crate) fn end(mut self) {
        assert!(
            !self.fill() && self.bytes.is_empty(),
            "more arrived: {:?}",
            String::from_utf8_lossy(&self.bytes)
        );
    }

    #[track_caller]
    fn fill(&mut self) -> bool {
        let mut chunk = [0; 64 * 1024];
        let length = loop {
            match self.stream.read(&mut chunk) {
                // The system does not resume a read with a timeout that a signal interrupts.
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other.expect("the server does not reset the connection"),
            }
        };
        self.bytes.extend_from_slice(&chunk[..length]);
        length > 0
    }
}

/// One response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) reason: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// Reads until the server closes, which it must do without a reset.
    #[track_caller]
    pub(crate) fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let result = stream.read_to_end(&mut bytes);
        assert!(result.is_ok(), "{result:?} after {:?}", String::from_utf8_lossy(&bytes));
        Self::parse(&bytes)
    }

    #[track_caller]
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end =
            end.unwrap_or_else(|| panic!("no response: {:?}", String::from_utf8_lossy(bytes)));
        let head = std::str::from_utf8(&bytes[..end]).expect("a response's head is text");
        let mut lines = head.split("\r\n");
        let status_line = lines
            .next()
            .unwrap_or_default()
            .strip_prefix("HTTP/1.1 ")
            .expect("the version is HTTP/1.1");
        let (status, reason) =
            status_line.split_once(' ').expect("a space stands after the status code");
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").expect("a field has a name and a value");
            (name.to_ascii_lowercase(), value.to_owned())
        });
        Self {
            status: status.parse().expect("a status code is a number"),
            reason: reason.to_owned(),
            headers: headers.collect(),
            body: bytes[end + 4..].to_vec(),
        }
    }

    /// Returns the length of the first response, or `None` if it is incomplete.
    #[track_caller]
    fn length(bytes: &[u8], head_only: bool) -> Option<usize> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let response = Self::parse(&bytes[..end]);
        let body = match response.header("Content-Length") {
            Some(length) if !head_only => length.parse().expect("a length is a number"),
            _ => 0,
        };
        (bytes.len() >= end + body).then_some(end + body)
    }

    /// Returns whether it is announced as the last of its connection.
    pub(crate) fn is_last(&self) -> bool {
        self.header("Connection") == Some("close")
    }

    /// Returns the value of a field that may occur once.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|(other, _)| *other == name.to_ascii_lowercase());
        let value = values.next().map(|(_, value)| value.as_str());
        assert!(values.next().is_none(), "{name} occurs twice: {self:?}");
        value
    }

    /// Returns the fields whose values are the same for every response to the same request.
    pub(crate) fn stable_headers(&self) -> Vec<&(String, String)> {
        self.headers.iter().filter(|(name, _)| name != "date").collect()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a page is UTF-8, as its type says")
    }

    /// Checks that this is a response with a body, the last of its connection, and has this status.
    #[track_caller]
    pub(crate) fn check_last(&self, status: u16) {
        assert_eq!(self.status, status, "{self:?}");
        self.check(false);
    }

    /// Checks what the last response of a connection must have, whatever its status.
    #[track_caller]
    pub(crate) fn check(&self, head_only: bool) {
        assert_eq!(self.header("Connection"), Some("close"), "{self:?}");
        self.check_persistent(head_only);
    }

    /// Checks what every response must have, whether or not others follow.
    #[track_caller]
    fn check_persistent(&self, head_only: bool) {
        // Where the next request begins is unknown after one that was not understood.
        let may_stay_open = matches!(self.status, 200 | 304 | 404 | 405 | 412);
        assert!(self.is_last() || may_stay_open, "{self:?}");
        let date =
            httpdate::parse_http_date(self.header("Date").expect("a response is dated")).unwrap();
        let age = SystemTime::now().duration_since(date).unwrap_or_default();
        assert!(age < Duration::from_secs(60), "dated {date:?}");
        assert_eq!(self.header("Transfer-Encoding"), None);
        assert_eq!(self.header("Allow").is_some(), self.status == 405);
        assert_eq!(self.header("Retry-After").is_some(), self.status == 503);
        assert_eq!(self.header("ETag").is_some(), matches!(self.status, 200 | 304), "{self:?}");
        assert_eq!(self.header("Last-Modified").is_some(), matches!(self.status, 200 | 304));
        if self.status == 304 {
            assert_eq!(self.header("Content-Length"), None);
            assert!(self.body.is_empty());
            return;
        }
        assert_eq!(self.header("Content-Type"), Some("text/html; charset=utf-8"));
        let length: usize =
            self.header("Content-Length").expect("a response has a length").parse().unwrap();
        if head_only {
            assert!(self.body.is_empty(), "a HEAD is answered without a body");
            assert!(length > 0);
        } else {
            assert_eq!(length, self.body.len());
            assert!(self.text().starts_with("<!doctype html>"));
        }
        if self.status >= 400 && self.status != 404 && !head_only {
            let title = format!("{} {}", self.status, self.reason);
            assert!(self.text().contains(&title), "the error page contains {title}");
        }
    }
}
