//! The log: `simple_logger` on stderr, at the level that the user chose. Access lines go to the
//! access writer instead.

use super::access_writer::AccessWriter;
use hello::server::ACCESS;
use log::{LevelFilter, Log, Metadata, Record};
use simple_logger::SimpleLogger;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Starts logging at `level`, or as `RUST_LOG` says, or at info.
///
/// # Errors
///
/// Returns a sentence that names the invalid part of `RUST_LOG`, or says that the thread of the
/// access writer cannot be started.
pub(crate) fn start(level: Option<LevelFilter>) -> Result<(), String> {
    let mut logger = SimpleLogger::new().with_level(level.unwrap_or(LevelFilter::Info));
    if level.is_none() {
        logger = directives(logger, &env::var("RUST_LOG").unwrap_or_default())?;
    }
    let access = AccessWriter::start()
        .map_err(|error| format!("the thread that writes the log cannot be started: {error}"))?;
    log::set_max_level(logger.max_level());
    log::set_boxed_logger(Box::new(Logger { logger, access })).map_err(|error| error.to_string())
}

/// Applies directives in the usual form: `warn`, or `info,hello::pool=debug`.
fn directives(mut logger: SimpleLogger, text: &str) -> Result<SimpleLogger, String> {
    for directive in text.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
        let parse = |level: &str| {
            level.parse().map_err(|_| {
                format!(
                    "RUST_LOG: `{directive}` is neither a level, such as debug, nor module=level"
                )
            })
        };
        logger = match directive.split_once('=') {
            Some((module, level)) => logger.with_module_level(module, parse(level)?),
            None => logger.with_level(parse(directive)?),
        };
    }
    Ok(logger)
}

struct Logger {
    logger: SimpleLogger,
    access: Arc<AccessWriter>,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.logger.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        if record.target() == ACCESS {
            return self.access.add(record.args());
        }
        // The access lines before this record are written first, so that the log is in order.
        self.access.flush();
        // `simple_logger` panics if stderr is a pipe that has no reader any more. The server must
        // go on without a log, and there is no place left to report the failure.
        let _ = catch_unwind(AssertUnwindSafe(|| self.logger.log(record)));
    }

    fn flush(&self) {
        self.access.flush();
        self.logger.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_levels_or_modules_with_levels() {
        let logger = |text| directives(SimpleLogger::new().with_level(LevelFilter::Info), text);
        assert_eq!(logger("").unwrap().max_level(), LevelFilter::Info);
        assert_eq!(logger("warn").unwrap().max_level(), LevelFilter::Warn);
        assert_eq!(logger("warn, hello::pool=debug").unwrap().max_level(), LevelFilter::Debug);
        assert!(logger("loud").err().unwrap().contains("`loud`"));
        assert!(logger("hello=loud").err().unwrap().contains("`hello=loud`"));
    }
}
