//! The parts of the program that are not the server: its arguments, its addresses, its signals and
//! its log.

mod address;
mod args;
mod fd_limit;
mod generate;
mod log_writer;
mod logging;
mod signals;

pub(crate) use address::{bind_status_page, listen};
pub(crate) use args::Args;
pub(crate) use logging::{finish as finish_log, start as start_log};
pub(crate) use signals::{ignore_unused as ignore_unused_signals, stop_on_signal};
