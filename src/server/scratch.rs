//! What a worker needs while it serves a connection, and the next connection can use again.
//!
//! A connection between two turns owns no buffer unless half a request has arrived. Each worker has one set of buffers,
//! so serving a request allocates nothing.

use crate::http::{MAX_FIELDS, MAX_REQUEST_LINE};
use std::cell::Cell;
use std::io::{self, Read};
use std::time::{SystemTime, UNIX_EPOCH};

/// Room for more than the longest head that may still be incomplete, with the most empty lines before it.
const INBOX: usize = 40 * 1024;
const _: () = assert!(INBOX > 2 * MAX_REQUEST_LINE + MAX_FIELDS);

thread_local!(static SPARE: Cell<Option<Box<Scratch>>> = const { Cell::new(None) });

pub(super) struct Scratch {
    pub(super) inbox: Inbox,
    /// The head of the response that is being sent.
    pub(super) head: Vec<u8>,
    pub(super) date: Date,
}

impl Scratch {
    /// Lends this thread's buffers to `serve`. If they are lent already, it gets new ones.
    pub(super) fn lend<T>(serve: impl FnOnce(&mut Self) -> T) -> T {
        let mut scratch = SPARE.take().unwrap_or_else(|| {
            Box::new(Self { inbox: Inbox::new(), head: Vec::with_capacity(512), date: Date::default() })
        });
        let result = serve(&mut scratch);
        SPARE.set(Some(scratch));
        result
    }
}

/// Bytes that have arrived and are not dealt with yet.
pub(super) struct Inbox {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl Inbox {
    fn new() -> Self {
        Self { bytes: vec![0; INBOX].into(), start: 0, end: 0 }
    }

    /// Begins with what a connection had left over, instead of what was here.
    pub(super) fn load(&mut self, unread: &[u8]) {
        self.bytes[..unread.len()].copy_from_slice(unread);
        (self.start, self.end) = (0, unread.len());
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Forgets the first `length` bytes.
    pub(super) fn consume(&mut self, length: usize) {
        self.start += length;
    }

    /// How many bytes the next read may bring.
    pub(super) fn room(&self) -> usize {
        self.bytes.len() - self.unread().len()
    }

    /// Reads once. There is always room: what is refused as too long is shorter than the inbox.
    pub(super) fn fill(&mut self, mut stream: impl Read) -> io::Result<usize> {
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let length = stream.read(&mut self.bytes[self.end..])?;
        self.end += length;
        Ok(length)
    }
}

/// The date as HTTP writes it, rendered once a second.
#[derive(Default)]
pub(super) struct Date {
    second: u64,
    text: String,
}

impl Date {
    pub(super) fn now(&mut self) -> &str {
        let now = SystemTime::now();
        let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if second != self.second || self.text.is_empty() {
            self.second = second;
            self.text = httpdate::fmt_http_date(now);
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inbox_keeps_what_was_not_consumed() {
        let mut inbox = Inbox::new();
        inbox.load(b"left over, ");
        inbox.fill(&b"and new"[..]).unwrap();
        inbox.consume(5);
        assert_eq!(inbox.unread(), b"over, and new");
        inbox.fill(&b"er"[..]).unwrap();
        assert_eq!(inbox.unread(), b"over, and newer");
    }

    #[test]
    fn buffers_that_are_lent_are_not_lent_twice() {
        Scratch::lend(|outer| {
            outer.inbox.load(b"outer");
            Scratch::lend(|inner| inner.inbox.load(b"inner"));
            assert_eq!(outer.inbox.unread(), b"outer");
        });
    }

    #[test]
    fn the_date_is_an_http_date() {
        let mut date = Date::default();
        assert!(httpdate::parse_http_date(date.now()).is_ok());
        assert_eq!(date.now().len(), 29);
    }
}
