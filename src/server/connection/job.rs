//! A connection as a job: a worker runs a turn, and the outcome says where the connection goes.

use super::Connection;
use super::turn::Outcome;
use crate::server::reactor::Reactor;
use crate::server::{Pool, Server};
use std::sync::Arc;
use std::time::Instant;

/// Runs a turn of a connection. This is the job that the listener loop submits.
pub fn handle_connection(mut connection: Box<Connection>) {
    let server = Arc::clone(&connection.server);
    {
        let _turn = server.metrics.begin_turn(connection.submitted.take(), connection.peer);
        run_turns(connection, &server);
    }
    server.reactor.poll_on_worker(&server.pool);
}

/// Takes a connection as far as it gets without waiting for its client, and passes it on to where
/// it waits.
fn run_turns(mut connection: Box<Connection>, server: &Server) {
    loop {
        match connection.turn(server) {
            Outcome::WouldBlock => match server.reactor.park(connection) {
                Ok(()) => return,
                Err(ready) if server.pool.queue().is_empty() => connection = ready,
                Err(ready) => return yield_turn(ready, server),
            },
            Outcome::Yield => return yield_turn(connection, server),
            Outcome::Linger => return server.reactor.linger(connection),
            Outcome::Closed => return,
        }
    }
}

/// Puts a connection that can go on behind the jobs that wait.
fn yield_turn(mut connection: Box<Connection>, server: &Server) {
    connection.submit(Instant::now());
    requeue(connection, &server.pool, &server.reactor);
}

/// Puts a connection at the end of the queue. If the queue is full, the reactor thread does so when
/// there is room.
pub(in crate::server) fn requeue(connection: Box<Connection>, pool: &Pool, reactor: &Reactor) {
    let job = pool.try_execute(move || handle_connection(connection));
    job.unwrap_or_else(|rejected| reactor.resubmit(rejected.into_job()));
}

impl Connection {
    /// Runs the last turns of a connection on the calling thread: an error page, and discarding the
    /// input. If there is so much input that other work would wait, the rest becomes a job.
    pub(in crate::server) fn finish(self: Box<Self>) {
        let server = Arc::clone(&self.server);
        run_turns(self, &server);
    }
}
