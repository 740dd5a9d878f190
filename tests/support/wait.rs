//! Waiting for a condition, with a deadline that only a broken program misses.

use std::fmt::Debug;
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take. Only a hang takes longer.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// Waits until a condition is true.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    wait_for(what, || if condition() { Ok(()) } else { Err("not yet") });
}

/// Tries until `attempt` succeeds, and returns what it returned. The message of a timeout contains
/// the last error.
#[track_caller]
pub(crate) fn wait_for<T, E: Debug>(what: &str, mut attempt: impl FnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        match attempt() {
            Ok(value) => return value,
            Err(error) if Instant::now() > deadline => panic!("{what} takes too long: {error:?}"),
            Err(_) => thread::sleep(Duration::from_millis(1)),
        }
    }
}
