//! Descriptors: every connection takes one, and most systems give a program fewer than it may have.

use log::warn;

/// Kept for everything else: the log, the listener, the poller, and clients who are being told that there is no room.
const RESERVE: usize = 64;

/// For how many of `wanted` connections there are descriptors, once the program has asked for all it may have.
pub(crate) fn room_for(wanted: usize) -> usize {
    let available = available();
    let room = available.saturating_sub(RESERVE).max(available / 2);
    if room < wanted {
        warn!("only {room} connections may be open at once, not {wanted}: the system allows {available} open files");
    }
    room.min(wanted)
}

/// Raises the soft limit, which is low for the sake of programs that use `select`, to the hard one.
#[cfg(unix)]
fn available() -> usize {
    let limit = rlimit::increase_nofile_limit(u64::MAX);
    // Without an answer there is no reason to ask for less; a shortage, should it come, is waited out by the listener.
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Sockets are not counted here.
#[cfg(not(unix))]
fn available() -> usize {
    usize::MAX
}
