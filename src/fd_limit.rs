//! The limit of open file descriptors: each connection takes one.

use log::warn;

/// Descriptors that are not for connections: the log, the listener, the poller, and clients that
/// are rejected with 503.
const RESERVE: usize = 64;

/// Raises the limit as far as the system allows. Returns how many of `wanted` connections may be
/// open under it.
pub(crate) fn max_connections(wanted: usize) -> usize {
    let limit = raise_limit();
    let allowed = limit.saturating_sub(RESERVE).max(limit / 2);
    if allowed < wanted {
        warn!(
            "only {allowed} connections may be open at once, not {wanted}: the system allows {limit} open files"
        );
    }
    allowed.min(wanted)
}

/// Raises the soft limit, which is low for the sake of programs that use `select`, to the hard one.
/// Returns the limit.
#[cfg(unix)]
fn raise_limit() -> usize {
    let limit = rlimit::increase_nofile_limit(u64::MAX);
    // If the limit is unknown, there is no reason to allow less. The listener waits out a shortage.
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Returns that there is no limit: sockets are no file descriptors here.
#[cfg(not(unix))]
fn raise_limit() -> usize {
    usize::MAX
}
