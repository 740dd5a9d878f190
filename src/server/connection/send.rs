//! Sending a response, at once or as the client makes room.

use super::turn::Outcome;
use super::{Connection, Phase};
use crate::http::{Persistence, Response};
use crate::server::Server;
use crate::server::buffers::Buffers;
use socket2::SockRef;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Instant;

/// `MSG_MORE`, on Linux: the shutdown of our side follows the last response at once and travels in
/// the same packet.
const MORE_FOLLOWS: i32 = if cfg!(target_os = "linux") { 0x8000 } else { 0 };

impl Connection {
    /// Sends a response, head and body in one call, since a second might wait until the first is
    /// acknowledged. Continues if all of it is sent and the connection stays open.
    pub(super) fn send(
        &mut self,
        response: &Response<'_>,
        head_only: bool,
        persistence: Persistence,
        server: &Server,
        buffers: &mut Buffers,
    ) -> ControlFlow<Outcome> {
        let Buffers { head, date, input, .. } = buffers;
        head.clear();
        response.write_head(head, date.now().as_bytes(), persistence);
        let body = response.body(head_only);
        let last = persistence == Persistence::Close;
        let flags = if last { MORE_FOLLOWS } else { 0 };
        let parts = [IoSlice::new(head), IoSlice::new(body)];
        let sent =
            match retry(|| SockRef::from(&self.stream).send_vectored_with_flags(&parts, flags)) {
                Ok(sent) => sent,
                Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
                Err(error) => return Break(self.abort(&error)),
            };
        if sent < head.len() + body.len() {
            self.unsent.extend_from_slice(&head[sent.min(head.len())..]);
            self.unsent.extend_from_slice(&body[sent.saturating_sub(head.len())..]);
            return Break(self.send_later(last, server));
        }
        if last {
            // A client that asked for `Connection: close` sends nothing more.
            let is_done = self.close_requested && self.body.is_done() && input.unread().is_empty();
            return Break(self.begin_linger(server, is_done, input));
        }
        self.phase = Phase::Idle;
        Continue(())
    }

    /// Waits until the client makes room for the rest of a response.
    fn send_later(&mut self, last: bool, server: &Server) -> Outcome {
        self.phase = Phase::Sending { last };
        self.deadline = Instant::now() + server.settings.write_timeout;
        Outcome::WouldBlock
    }

    /// Sends as much of a response as the client has room for. Returns whether that was all.
    pub(super) fn send_rest(&mut self) -> io::Result<bool> {
        let mut sent = 0;
        while sent < self.unsent.len() {
            match (&self.stream).write(&self.unsent[sent..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(length) => sent += length,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.unsent.drain(..sent);
                    return Ok(false);
                }
                Err(error) => return Err(error),
            }
        }
        self.unsent = Vec::new();
        Ok(true)
    }
}

/// Repeats a call that a signal interrupted.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}
