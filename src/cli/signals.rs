//! The signals of the program: which stop it.

use hello::server::Stopper;
use std::process;

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
