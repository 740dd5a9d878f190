//! The parts of the program that are not the server: its arguments, its log, its signals, and where
//! its status page listens.

mod args;
mod fd_limit;
mod log_writer;
mod logging;

pub(crate) use args::Args;
pub(crate) use logging::{finish as finish_log, start as start_log};

use args::StatusAddr;
use hello::server::{StatusPage, Stopper};
use log::warn;
use std::process;

/// Returns the listener of the status page, or `None` if it is off. If the default address is in
/// use, the server goes on without a status page: another server on this machine has it.
///
/// # Errors
///
/// Returns a sentence that names the address if the user chose it and it cannot be had.
pub(crate) fn bind_status_page(args: &Args) -> Result<Option<StatusPage>, String> {
    let (address, is_chosen) = match args.status {
        Some(StatusAddr::Off) => return Ok(None),
        Some(StatusAddr::At(address)) => (address, true),
        None => (StatusAddr::DEFAULT, false),
    };
    match StatusPage::bind(address) {
        Ok(page) => Ok(Some(page)),
        Err(error) if is_chosen => {
            Err(format!("cannot listen on {address} for the status page: {error}"))
        }
        Err(error) => {
            warn!("no status page: cannot listen on {address}: {error}");
            Ok(None)
        }
    }
}

/// Stops the listener at the first Ctrl-C or SIGTERM, and the program at the second.
pub(crate) fn stop_on_signal(stopper: Stopper) -> Result<(), ctrlc::Error> {
    /// The exit status that shells report for a program ended by Ctrl-C: 128 and the number of
    /// SIGINT.
    const INTERRUPTED: i32 = 130;
    ctrlc::set_handler(move || {
        if stopper.is_stopping() {
            process::exit(INTERRUPTED);
        }
        stopper.stop();
    })
}
