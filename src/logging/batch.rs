//! Access lines, gathered and written many at a time.
//!
//! A line a request, each with a system call of its own and all behind the one lock of stderr, would cost more than
//! serving the page. So a worker only adds its line to a buffer, and one thread writes the buffer out.

use parking_lot::{Condvar, Mutex};
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How long lines are gathered.
const GATHER: Duration = Duration::from_millis(50);

/// How many bytes may wait for a reader that does not read. Lines past that are dropped and counted: a server must not
/// stand still because its log does.
const MOST: usize = 16 * 1024 * 1024;

/// Lines on their way to stderr.
#[derive(Default)]
pub(super) struct Batch {
    lines: Mutex<Lines>,
    /// Signalled when the first line was added.
    begun: Condvar,
    /// Held while lines are written, so that they keep their order.
    writing: Mutex<()>,
}

#[derive(Default)]
struct Lines {
    text: Vec<u8>,
    dropped: u64,
}

impl Batch {
    /// A batch and the thread that writes it out.
    pub(super) fn start() -> io::Result<Arc<Self>> {
        let batch = Arc::<Self>::default();
        let writer = Arc::clone(&batch);
        thread::Builder::new().name("log".to_owned()).spawn(move || writer.write_for_ever())?;
        Ok(batch)
    }

    /// Adds a line.
    pub(super) fn add(&self, line: &std::fmt::Arguments<'_>) {
        let mut lines = self.lines.lock();
        let first = lines.text.is_empty();
        if lines.text.len() > MOST {
            lines.dropped += 1;
            return;
        }
        // Writing to a `Vec` cannot fail.
        let _ = writeln!(lines.text, "{line}");
        drop(lines);
        if first {
            self.begun.notify_one();
        }
    }

    /// Writes what there is.
    pub(super) fn flush(&self) {
        let _writing = self.writing.lock();
        let Lines { text, dropped } = std::mem::take(&mut *self.lines.lock());
        // If nobody reads the log any more, there is nowhere to say so.
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(&text);
        if dropped > 0 {
            let _ = writeln!(stderr, "{dropped} access lines were dropped: the log was not read fast enough");
        }
    }

    fn write_for_ever(&self) {
        loop {
            self.begun.wait_while(&mut self.lines.lock(), |lines| lines.text.is_empty());
            thread::sleep(GATHER);
            self.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_nobody_takes_are_dropped_and_counted_at_last() {
        let batch = Batch::default();
        let line = "x".repeat(1024 * 1024);
        for _ in 0..20 {
            batch.add(&format_args!("{line}"));
        }
        let lines = batch.lines.lock();
        assert!(lines.text.len() <= MOST + line.len() + 1);
        assert_eq!(lines.dropped, 20 - lines.text.len() as u64 / (line.len() as u64 + 1));
    }
}
