//! The buffers that a worker lends to the connection it serves.
//!
//! Each worker has one set, so a turn allocates none. A connection between two turns owns a buffer
//! only if part of a request has arrived or part of a response is unsent.

use crate::http::{MAX_FIELDS, MAX_REQUEST_LINE};
use std::cell::Cell;
use std::io::{self, Read};
use std::time::{SystemTime, UNIX_EPOCH};

/// The size of the read buffer: more than the longest incomplete head that is accepted, with the
/// most empty lines before it.
const READ_BUFFER_SIZE: usize = 40 * 1024;
const _: () = assert!(READ_BUFFER_SIZE > 2 * MAX_REQUEST_LINE + MAX_FIELDS);

thread_local!(static SPARE: Cell<Option<Box<Buffers>>> = const { Cell::new(None) });

/// One worker's buffers.
pub(super) struct Buffers {
    /// What was read from the client.
    pub(super) input: ReadBuffer,
    /// The head of the response that is being sent.
    pub(super) head: Vec<u8>,
    pub(super) date: Date,
}

impl Buffers {
    /// Calls `serve` with this thread's buffers, or with new ones if a caller further up the stack
    /// uses them.
    pub(super) fn with<T>(serve: impl FnOnce(&mut Self) -> T) -> T {
        let mut buffers = SPARE.take().unwrap_or_else(|| {
            Box::new(Self {
                input: ReadBuffer::new(),
                head: Vec::with_capacity(512),
                date: Date::default(),
            })
        });
        let result = serve(&mut buffers);
        SPARE.set(Some(buffers));
        result
    }
}

/// The bytes that were read and are not consumed yet.
pub(super) struct ReadBuffer {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl ReadBuffer {
    fn new() -> Self {
        Self { bytes: vec![0; READ_BUFFER_SIZE].into(), start: 0, end: 0 }
    }

    /// Replaces the contents with what a connection kept from its last turn.
    pub(super) fn load(&mut self, unread: &[u8]) {
        self.bytes[..unread.len()].copy_from_slice(unread);
        (self.start, self.end) = (0, unread.len());
    }

    /// Removes all bytes.
    pub(super) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Returns the bytes that are not consumed yet.
    pub(super) fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Removes the first `length` bytes.
    pub(super) fn consume(&mut self, length: usize) {
        self.start += length;
    }

    /// Returns how many bytes the next read may bring.
    pub(super) fn room(&self) -> usize {
        self.bytes.len() - self.unread().len()
    }

    /// Reads once, and returns how many bytes that brought. There is always room, since a head is
    /// refused as too long before it fills the buffer.
    pub(super) fn fill(&mut self, mut stream: impl Read) -> io::Result<usize> {
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let length = stream.read(&mut self.bytes[self.end..])?;
        self.end += length;
        Ok(length)
    }
}

/// The date in HTTP's format, formatted once a second.
#[derive(Default)]
pub(super) struct Date {
    second: u64,
    text: String,
}

impl Date {
    /// Returns the present date.
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
    fn read_buffer_keeps_unconsumed_bytes() {
        let mut buffer = ReadBuffer::new();
        buffer.load(b"left over, ");
        buffer.fill(&b"and new"[..]).unwrap();
        buffer.consume(5);
        assert_eq!(buffer.unread(), b"over, and new");
        buffer.fill(&b"er"[..]).unwrap();
        assert_eq!(buffer.unread(), b"over, and newer");
    }

    #[test]
    fn nested_borrowers_get_different_buffers() {
        Buffers::with(|outer| {
            outer.input.load(b"outer");
            Buffers::with(|inner| inner.input.load(b"inner"));
            assert_eq!(outer.input.unread(), b"outer");
        });
    }

    #[test]
    fn date_is_an_http_date() {
        let mut date = Date::default();
        assert!(httpdate::parse_http_date(date.now()).is_ok());
        assert_eq!(date.now().len(), 29);
    }
}
