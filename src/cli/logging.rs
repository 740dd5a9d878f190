//! The log: `simple_logger` on stderr, at the level that the user chose, through a thread of its own.

use super::log_writer::LogWriter;
use hello::server::ACCESS;
use log::{LevelFilter, Log, Metadata, Record, error};
use simple_logger::SimpleLogger;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::error::Error;
use std::io::Write;
use std::panic::{self, PanicHookInfo};
use std::sync::OnceLock;
use std::time::Duration;
use std::{env, thread};

/// The name of the thread that writes the log.
const THREAD: &str = "log";

/// How long the program waits, before it ends, until the last lines are written.
const FLUSH_LIMIT: Duration = Duration::from_secs(1);

static LOGGER: OnceLock<Logger> = OnceLock::new();

/// Starts logging at `level`, or as `RUST_LOG` says, or at info.
///
/// # Errors
///
/// Returns a sentence that names the invalid part of `RUST_LOG`, or says that the thread that writes
/// the log cannot be started.
pub(crate) fn start(level: Option<LevelFilter>) -> Result<(), String> {
    let mut format = SimpleLogger::new().with_level(level.unwrap_or(LevelFilter::Info));
    if level.is_none() {
        format = directives(format, &env::var("RUST_LOG").unwrap_or_default())?;
    }
    log::set_max_level(format.max_level());
    let logger = LOGGER.get_or_init(|| Logger { format, writer: LogWriter::default() });
    thread::Builder::new()
        .name(THREAD.to_owned())
        .spawn(|| logger.writer.run(&logger.format))
        .map_err(|error| format!("the thread that writes the log cannot be started: {error}"))?;
    log::set_logger(logger).map_err(|error| error.to_string())?;
    panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Ends the log with the error that ended the program, if one did, and waits until it is written,
/// but not for long: stderr may never be read.
pub(crate) fn finish(result: &Result<(), Box<dyn Error>>) {
    let line = result.as_ref().err().map(|error| format!("hello: {error}\n")).unwrap_or_default();
    match LOGGER.get() {
        Some(logger) => {
            logger.writer.add_line(line.as_bytes());
            logger.flush();
        }
        None => eprint!("{line}"),
    }
}

/// Applies directives in the usual form: `warn`, or `info,hello::pool=debug`.
fn directives(mut format: SimpleLogger, text: &str) -> Result<SimpleLogger, String> {
    for directive in text.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
        let parse = |level: &str| {
            level.parse().map_err(|_| {
                format!(
                    "RUST_LOG: `{directive}` is neither a level, such as debug, nor module=level"
                )
            })
        };
        format = match directive.split_once('=') {
            Some((module, level)) => format.with_module_level(module, parse(level)?),
            None => format.with_level(parse(directive)?),
        };
    }
    Ok(format)
}

/// Logs a panic. The standard hook would write to stderr from the panicking thread.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let name = thread.name().unwrap_or("unnamed");
    if name == THREAD {
        return; // stderr cannot be written to.
    }
    let message = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map(|place| format!(" at {place}")).unwrap_or_default();
    error!("thread {name} panicked{place}: {message}");
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        error!("{backtrace}");
    }
}

struct Logger {
    format: SimpleLogger,
    writer: LogWriter,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.format.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        thread_local!(static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
        if !self.enabled(record.metadata()) {
            return;
        }
        if record.target() != ACCESS {
            return self.writer.add_record(record);
        }
        // Formatted before the writer's lock is taken, which all workers share.
        LINE.with_borrow_mut(|line| {
            line.clear();
            let _ = writeln!(line, "{}", record.args()); // Writing to a `Vec` cannot fail.
            self.writer.add_line(line);
        });
    }

    fn flush(&self) {
        self.writer.flush(FLUSH_LIMIT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_levels_or_modules_with_levels() {
        let format = |text| directives(SimpleLogger::new().with_level(LevelFilter::Info), text);
        assert_eq!(format("").unwrap().max_level(), LevelFilter::Info);
        assert_eq!(format("warn").unwrap().max_level(), LevelFilter::Warn);
        assert_eq!(format("warn, hello::pool=debug").unwrap().max_level(), LevelFilter::Debug);
        assert!(format("loud").err().unwrap().contains("`loud`"));
        assert!(format("hello=loud").err().unwrap().contains("`hello=loud`"));
    }
}
