//! The limit on open file descriptors, of which each connection takes one.

use log::warn;

/// How many descriptors are kept for other purposes: the log, the listener, the poller, and clients
/// that are rejected with 503.
const RESERVE: usize = 64;

/// Raises the limit as far as the system allows, and returns how many of `wanted` connections fit
/// in it.
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

/// Raises the soft limit to the hard limit, and returns it. The soft limit is low by default for
/// the sake of programs that use `select`.
#[cfg(unix)]
fn raise_limit() -> usize {
    let limit = rlimit::increase_nofile_limit(u64::MAX);
    // If the limit is unknown, none is assumed: the listener waits while descriptors are short.
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Returns no limit, since sockets are not file descriptors on this system.
#[cfg(not(unix))]
fn raise_limit() -> usize {
    usize::MAX
}
