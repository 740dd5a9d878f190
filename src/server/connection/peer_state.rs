//! Whether a client still waits for its response.

use super::Connection;
use crate::server::non_blocking::attempt;

/// What the client has done to its side of a connection.
pub(in crate::server) enum PeerState {
    /// Nothing: it waits.
    Open,
    /// It has closed its side. It closed its socket, as browsers do, or it closed its side only, and
    /// still reads the response. The two look the same until something is sent.
    HalfClosed,
    /// It has reset the connection, and no response can reach it.
    Reset,
}

impl Connection {
    /// Returns the state of the client's side.
    pub(in crate::server) fn peer_state(&self) -> PeerState {
        match self.stream.take_error() {
            Ok(None) if self.has_peer_closed() => PeerState::HalfClosed,
            Ok(None) => PeerState::Open,
            Ok(Some(_)) | Err(_) => PeerState::Reset,
        }
    }

    /// Returns whether the client has closed its side. A read would not see that if bytes which are
    /// not read yet come first.
    #[cfg(target_os = "linux")]
    fn has_peer_closed(&self) -> bool {
        use nix::libc::POLLRDHUP;
        use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
        use std::os::fd::AsFd;
        let closed = PollFlags::from_bits_retain(POLLRDHUP);
        let mut sockets = [PollFd::new(self.stream.as_fd(), closed)];
        let reported = attempt(|| Ok(poll(&mut sockets, PollTimeout::ZERO)?));
        matches!(reported, Ok(Some(1)))
    }

    /// Returns whether the client has closed its side, and all that it sent before has been read.
    #[cfg(not(target_os = "linux"))]
    fn has_peer_closed(&self) -> bool {
        matches!(attempt(|| self.stream.peek(&mut [0])), Ok(Some(0)))
    }
}
