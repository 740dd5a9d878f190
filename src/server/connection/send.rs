//! Sending a response: at once, or as the client makes room.

use super::turn::{Outcome, Turn};
use super::{Phase, deadline_after};
use crate::http::{Persistence, Response};
use crate::server::buffers::Buffers;
use crate::server::non_blocking::attempt;
use socket2::SockRef;
use std::io::{self, ErrorKind, IoSlice, Write};
use std::ops::ControlFlow::{self, Break, Continue};

/// `MSG_MORE`, on Linux: the shutdown of our side follows the last response at once and travels in
/// the same packet.
const MORE_FOLLOWS: i32 = if cfg!(target_os = "linux") { 0x8000 } else { 0 };

impl Turn<'_> {
    /// Sends a response. Continues if all of it is sent and the connection stays open.
    pub(super) fn send(
        &mut self,
        response: &Response<'_>,
        head_only: bool,
        persistence: Persistence,
    ) -> ControlFlow<Outcome> {
        let last = persistence == Persistence::Close;
        match self.send_at_once(response, head_only, persistence) {
            Ok(true) => self.end_response(last),
            Ok(false) => {
                self.connection.phase = Phase::Sending { last };
                self.connection.deadline = deadline_after(self.server.settings.write_timeout);
                Break(Outcome::WouldBlock)
            }
            Err(error) => Break(self.connection.abort(&error)),
        }
    }

    /// Sends head and body in one call, since a second might wait until the first is acknowledged.
    /// Keeps what the client has no room for; returns whether that was nothing.
    fn send_at_once(
        &mut self,
        response: &Response<'_>,
        head_only: bool,
        persistence: Persistence,
    ) -> io::Result<bool> {
        let Buffers { head, date, .. } = &mut *self.buffers;
        head.clear();
        response.write_head(head, date.now().as_bytes(), persistence);
        let body = response.body(head_only);
        let parts = [IoSlice::new(head), IoSlice::new(body)];
        let flags = if persistence == Persistence::Close { MORE_FOLLOWS } else { 0 };
        let socket = SockRef::from(&self.connection.stream);
        let sent = attempt(|| socket.send_vectored_with_flags(&parts, flags))?.unwrap_or(0);
        let unsent = &mut self.connection.unsent;
        unsent.extend_from_slice(&head[sent.min(head.len())..]);
        unsent.extend_from_slice(&body[sent.saturating_sub(head.len())..]);
        Ok(unsent.is_empty())
    }

    /// Sends as much of the rest of a response as the client has room for. Continues if that was
    /// all and the connection stays open.
    pub(super) fn send_rest(&mut self, last: bool) -> ControlFlow<Outcome> {
        let unsent = &mut self.connection.unsent;
        let mut sent = 0;
        while sent < unsent.len() {
            match attempt(|| (&self.connection.stream).write(&unsent[sent..])) {
                Ok(Some(0)) => return Break(self.connection.abort(&ErrorKind::WriteZero.into())),
                Ok(Some(length)) => sent += length,
                Ok(None) => {
                    unsent.drain(..sent);
                    return Break(Outcome::WouldBlock);
                }
                Err(error) => return Break(self.connection.abort(&error)),
            }
        }
        *unsent = Vec::new();
        self.end_response(last)
    }

    /// Continues with the next request, or begins to close the connection after its last response.
    fn end_response(&mut self, last: bool) -> ControlFlow<Outcome> {
        if last {
            return Break(self.begin_linger());
        }
        self.connection.phase = Phase::Idle;
        Continue(())
    }
}
