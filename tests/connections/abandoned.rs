//! Requests whose clients have left: no worker sleeps for them.

use crate::support::client::{Response, get, keep_alive, reset_on_close};
use crate::support::server::Server;
use std::net::{Shutdown, TcpStream};

/// How many clients leave.
const CLIENTS: usize = 100;

/// How a client leaves.
type Leave = fn(TcpStream);

/// Starts a server whose only worker sleeps.
fn sleeping_server() -> (Server, TcpStream) {
    let server = Server::start(&["--workers", "1", "--sleep-seconds", "2", "--log", "debug"]);
    let asleep = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    (server, asleep)
}

/// Sends requests to a server whose only worker sleeps, and leaves. The worker must sleep for none
/// of these clients. Returns the log.
#[track_caller]
fn leave_while_the_worker_sleeps(requests: &str, leave: Leave) -> String {
    let (server, asleep) = sleeping_server();
    (0..CLIENTS).for_each(|_| leave(server.send(requests)));
    assert_eq!(server.ask(get("/")).status, 200);
    assert_eq!(Response::read(asleep).status, 200);
    let log = server.wait_for_log("\"GET / HTTP/1.1\" 200 ");
    assert_eq!(log.matches("sleeping for").count(), 1, "{log}");
    log
}

#[track_caller]
fn check_logged(log: &str) {
    assert_eq!(log.matches("/sleep HTTP/1.1\" 499 0 ").count(), CLIENTS, "{log}");
}

#[test]
fn no_worker_sleeps_for_reset_clients() {
    leave_while_the_worker_sleeps(&keep_alive("/sleep"), |stream| reset_on_close(&stream));
}

#[test]
fn no_worker_sleeps_for_closed_clients() {
    check_logged(&leave_while_the_worker_sleeps(&keep_alive("/sleep"), drop));
}

/// The end of the input follows more bytes than a worker reads at once.
#[test]
#[cfg(target_os = "linux")]
fn pipelined_requests_do_not_hide_the_end() {
    let requests = [keep_alive("/sleep"), keep_alive("/").repeat(1200)].concat();
    check_logged(&leave_while_the_worker_sleeps(&requests, drop));
}

#[test]
fn half_closed_client_gets_cheap_pages_only() {
    let (server, _asleep) = sleeping_server();
    let mut client = server.client();
    client.send([keep_alive("/"), keep_alive("/sleep"), keep_alive("/")].concat());
    client.stream().shutdown(Shutdown::Write).unwrap();
    assert_eq!(client.read(false).status, 200);
    client.end();
    assert_eq!(server.log().matches("sleeping for").count(), 1);
}
