//! The signals of the program: which stop it, and which it ignores.

use hello::server::Stopper;
#[cfg(unix)]
use nix::sys::signal::{SigSet, Signal};
use std::{io, process};

/// Blocks the signals that mean nothing to this server but would end it at once. Other servers
/// reopen their logs at SIGUSR1, so scripts send it; this one logs to stderr.
///
/// A blocked signal stays pending and has no effect. To ignore it would need `sigaction`, which is
/// unsafe. Must be called before the first thread is started, since threads inherit what is blocked.
pub(crate) fn ignore_unused() -> io::Result<()> {
    #[cfg(unix)]
    SigSet::from_iter([Signal::SIGUSR1, Signal::SIGUSR2, Signal::SIGALRM]).thread_block()?;
    Ok(())
}

/// Stops the listener at the first Ctrl-C, SIGTERM or SIGHUP, and the program at the second.
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
