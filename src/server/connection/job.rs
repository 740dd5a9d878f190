//! A connection as a job: whoever runs it gives the connection a turn, and sees where it goes next.

use super::Connection;
use super::turn::Turn;
use crate::server::parking::Parking;
use crate::server::{Pool, Server};
use std::sync::Arc;
use std::time::Instant;

/// Gives a connection its turn: the job of a worker.
pub fn handle_connection(mut connection: Box<Connection>) {
    let server = Arc::clone(&connection.server);
    {
        let _turn = server.board.begin_turn(connection.submitted.take(), connection.peer);
        proceed(connection, &server);
    }
    server.parking.fetch(&server.pool);
}

/// Takes a connection as far as it gets without waiting for its client, and leaves it where it waits.
fn proceed(mut connection: Box<Connection>, server: &Server) {
    loop {
        match connection.turn(server) {
            Turn::Wait => match server.parking.park(connection) {
                Ok(()) => return,
                Err(ready) => connection = ready,
            },
            Turn::Again => {
                connection.submit(Instant::now());
                return requeue(connection, &server.pool, &server.parking);
            }
            Turn::Last => return server.parking.see_off_later(connection),
            Turn::Over => return,
        }
    }
}

/// Puts a connection at the end of the queue; if that is full, by way of the thread that may wait for room.
pub(in crate::server) fn requeue(connection: Box<Connection>, pool: &Pool, parking: &Parking) {
    let job = pool.try_execute(move || handle_connection(connection));
    job.unwrap_or_else(|rejected| parking.resubmit(rejected.into_job()));
}

impl Connection {
    /// Reads and forgets what a leaving client still sends; closes if it has left, parks it again if not. If it goes on
    /// and on it is work for a worker, not for the thread this is called on, on which others may depend.
    pub(in crate::server) fn see_off(self: Box<Self>) {
        let server = Arc::clone(&self.server);
        proceed(self, &server);
    }
}
