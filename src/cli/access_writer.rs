//! The access writer: it buffers the access lines and writes them to stderr from a thread of its
//! own.
//!
//! A system call for each line, under the lock of stderr, would cost more than serving the page. So
//! a worker only appends its line to a buffer, and the thread writes the buffer once in each flush
//! interval.

use parking_lot::{Condvar, Mutex};
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How long lines are buffered before they are written.
const FLUSH_INTERVAL: Duration = Duration::from_millis(50);

/// How many bytes are buffered if stderr is not read. Further lines are dropped and counted, since
/// a log that is not read must not stop the server.
const MAX_BUFFERED: usize = 16 * 1024 * 1024;

/// A buffer of access lines that any thread may fill and one thread empties.
#[derive(Default)]
pub(super) struct AccessWriter {
    buffer: Mutex<Buffer>,
    /// Notified when a line is added to an empty buffer.
    not_empty: Condvar,
    /// Held while lines are written, so that they keep their order.
    writing: Mutex<()>,
}

#[derive(Default)]
struct Buffer {
    lines: Vec<u8>,
    /// How many lines were dropped.
    dropped: u64,
}

impl AccessWriter {
    /// Starts the thread that writes the lines.
    pub(super) fn start() -> io::Result<Arc<Self>> {
        let writer = Arc::<Self>::default();
        let for_thread = Arc::clone(&writer);
        thread::Builder::new().name("log".to_owned()).spawn(move || for_thread.run())?;
        Ok(writer)
    }

    /// Adds a line to the buffer.
    pub(super) fn add(&self, line: &std::fmt::Arguments<'_>) {
        let mut buffer = self.buffer.lock();
        let is_first = buffer.lines.is_empty();
        if buffer.lines.len() > MAX_BUFFERED {
            buffer.dropped += 1;
            return;
        }
        // Writing to a `Vec` cannot fail.
        let _ = writeln!(buffer.lines, "{line}");
        drop(buffer);
        if is_first {
            self.not_empty.notify_one();
        }
    }

    /// Writes the buffered lines.
    pub(super) fn flush(&self) {
        let _writing = self.writing.lock();
        let Buffer { lines, dropped } = std::mem::take(&mut *self.buffer.lock());
        // If stderr cannot be written to, there is no place to report that.
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(&lines);
        if dropped > 0 {
            let _ = writeln!(
                stderr,
                "{dropped} access lines were dropped: stderr was not read fast enough"
            );
        }
    }

    /// Writes the buffered lines once in each flush interval, until the program ends.
    fn run(&self) {
        loop {
            self.not_empty.wait_while(&mut self.buffer.lock(), |buffer| buffer.lines.is_empty());
            thread::sleep(FLUSH_INTERVAL);
            self.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_limit_are_dropped_and_counted() {
        let writer = AccessWriter::default();
        let line = "x".repeat(1024 * 1024);
        for _ in 0..20 {
            writer.add(&format_args!("{line}"));
        }
        let buffer = writer.buffer.lock();
        assert!(buffer.lines.len() <= MAX_BUFFERED + line.len() + 1);
        assert_eq!(buffer.dropped, 20 - buffer.lines.len() as u64 / (line.len() as u64 + 1));
    }
}
