//! Whether a client has left. A response that takes long is then not worth a worker.

use super::Connection;
use crate::server::non_blocking::attempt;

impl Connection {
    /// Returns whether the client has reset the connection or closed its side.
    ///
    /// The two ways to close look the same until something is sent: a client that closed its socket,
    /// and one that only closed its side and would read a response. nginx and Go take both for a
    /// client that has left, and so does this server, but only before a response that takes long:
    /// browsers close their sockets, and hardly any program half-closes them.
    #[cfg(target_os = "linux")]
    pub(in crate::server) fn is_abandoned(&self) -> bool {
        use nix::libc::POLLRDHUP;
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        use std::os::fd::AsFd;
        // The end of the input may follow bytes that are not read yet, which hide it from a read.
        let closed = PollFlags::from_bits_retain(POLLRDHUP); // Resets are always reported.
        let mut sockets = [PollFd::new(self.stream.as_fd(), closed)];
        let reported = attempt(|| Ok(poll(&mut sockets, PollTimeout::ZERO)?));
        matches!(reported, Ok(Some(1)))
    }

    /// Returns whether the client has reset the connection or closed its side, unless bytes that are
    /// not read yet hide it.
    #[cfg(not(target_os = "linux"))]
    pub(in crate::server) fn is_abandoned(&self) -> bool {
        matches!(attempt(|| self.stream.peek(&mut [0])), Ok(Some(0)) | Err(_))
    }
}
