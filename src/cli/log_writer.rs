//! The writer of the log: the only thread that writes to stderr.
//!
//! Every other thread appends to a buffer. So none of them waits for the reader of stderr, which may be
//! a pipe that is never read, and a worker spends no system call on its access line.

use log::{Level, Log, Record, warn};
use parking_lot::{Condvar, Mutex};
use std::io::{self, Write};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// How long access lines are buffered before they are written. Other records are written at once.
const FLUSH_INTERVAL: Duration = Duration::from_millis(50);

/// How many bytes are buffered if stderr is not read. Further lines and records are dropped and
/// counted.
const MAX_BUFFERED: usize = 16 * 1024 * 1024;

/// Buffers lines and records, and writes them in the order in which they came.
#[derive(Default)]
pub(super) struct LogWriter {
    buffer: Mutex<Buffer>,
    /// Notified when the buffer is no longer empty, or has become urgent.
    work: Condvar,
    /// Notified when the buffer has been written.
    written: Condvar,
}

#[derive(Default)]
struct Buffer {
    /// Complete lines, one after the other.
    lines: Vec<u8>,
    /// Records, each with the length of the lines that came before it.
    records: Vec<(usize, OwnedRecord)>,
    /// How many bytes the messages of the records have.
    record_bytes: usize,
    /// How many lines and records were dropped.
    dropped: u64,
    /// Whether the writer must not wait for the flush interval.
    urgent: bool,
    /// Whether the writer is writing what it took from here.
    writing: bool,
}

/// What is kept of a record until it is written.
struct OwnedRecord {
    level: Level,
    target: String,
    message: String,
}

impl LogWriter {
    /// Appends a line, which ends with a newline, to be written within the flush interval.
    pub(super) fn add_line(&self, line: &[u8]) {
        self.add(line.len(), false, |buffer| buffer.lines.extend_from_slice(line));
    }

    /// Appends a record, to be written at once.
    pub(super) fn add_record(&self, record: &Record<'_>) {
        let message = record.args().to_string(); // Before the lock: it may call foreign code.
        let record =
            OwnedRecord { level: record.level(), target: record.target().to_owned(), message };
        self.add(record.message.len(), true, |buffer| {
            buffer.record_bytes += record.message.len();
            buffer.records.push((buffer.lines.len(), record));
        });
    }

    fn add(&self, bytes: usize, urgent: bool, append: impl FnOnce(&mut Buffer)) {
        let mut buffer = self.buffer.lock();
        if buffer.lines.len() + buffer.record_bytes + bytes > MAX_BUFFERED {
            buffer.dropped += 1;
            return;
        }
        let notify = buffer.is_empty() || (urgent && !buffer.urgent);
        buffer.urgent |= urgent;
        append(&mut buffer);
        drop(buffer);
        if notify {
            self.work.notify_one();
        }
    }

    /// Waits until everything is written, but no longer than `limit`: stderr may never be read.
    pub(super) fn flush(&self, limit: Duration) {
        let mut buffer = self.buffer.lock();
        buffer.urgent = true;
        self.work.notify_one();
        let unwritten = |buffer: &mut Buffer| buffer.writing || !buffer.is_empty();
        self.written.wait_while_for(&mut buffer, unwritten, limit);
    }

    /// Writes what the other threads append, for ever. `logger` formats the records.
    pub(super) fn run(&self, logger: &dyn Log) {
        loop {
            self.take().write(logger);
            self.buffer.lock().writing = false;
            self.written.notify_all();
        }
    }

    /// Waits for lines and records, and takes them out of the buffer.
    fn take(&self) -> Buffer {
        let mut buffer = self.buffer.lock();
        self.work.wait_while(&mut buffer, |buffer| buffer.is_empty());
        self.work.wait_while_for(&mut buffer, |buffer| !buffer.urgent, FLUSH_INTERVAL);
        mem::replace(&mut *buffer, Buffer { writing: true, ..Buffer::default() })
    }
}

impl Buffer {
    fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.records.is_empty()
    }

    /// Writes lines and records in their order. If stderr cannot be written to, there is no place to
    /// report that.
    fn write(&self, logger: &dyn Log) {
        let mut begin = 0;
        for (end, record) in &self.records {
            let _ = io::stderr().write_all(&self.lines[begin..*end]);
            record.write(logger);
            begin = *end;
        }
        let _ = io::stderr().write_all(&self.lines[begin..]);
        if self.dropped > 0 {
            warn!("{} lines of the log were dropped: they were not read fast enough", self.dropped);
        }
    }
}

impl OwnedRecord {
    fn write(&self, logger: &dyn Log) {
        let write = || {
            let mut record = Record::builder();
            record.level(self.level).target(&self.target);
            logger.log(&record.args(format_args!("{}", self.message)).build());
        };
        // `simple_logger` panics if stderr cannot be written to. The thread must go on.
        let _ = catch_unwind(AssertUnwindSafe(write));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_limit_are_dropped() {
        let writer = LogWriter::default();
        let line = vec![b'x'; 1024 * 1024];
        (0..20).for_each(|_| writer.add_line(&line));
        let buffer = writer.take();
        assert_eq!((buffer.lines.len(), buffer.dropped), (MAX_BUFFERED, 4));
    }

    #[test]
    fn records_keep_their_place_among_lines() {
        let writer = LogWriter::default();
        let record = |text: &str| {
            writer.add_record(&Record::builder().args(format_args!("{text}")).build());
        };
        writer.add_line(b"one\n");
        record("two");
        writer.add_line(b"three\n");
        record("four");
        let buffer = writer.take();
        let places: Vec<_> = buffer
            .records
            .iter()
            .map(|(place, record)| (*place, record.message.as_str()))
            .collect();
        assert_eq!(places, [(4, "two"), (10, "four")]);
    }

    #[test]
    fn flush_ends_though_nothing_is_written() {
        let writer = LogWriter::default();
        writer.add_line(b"never written\n");
        writer.flush(Duration::from_millis(1));
        assert!(!writer.buffer.lock().is_empty());
    }
}
