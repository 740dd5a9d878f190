//! Clients that leave while they wait for `/sleep`: no worker sleeps for them.

use crate::support::client::{Response, get, keep_alive};
use crate::support::server::Server;
use crate::support::status_page::StatusPage;
use std::net::{Shutdown, TcpStream};

/// How many clients leave.
const CLIENTS: usize = 100;

/// Starts a server whose only worker sleeps for a client.
fn sleeping_server() -> (Server, StatusPage, TcpStream) {
    let flags = ["--workers", "1", "--sleep-seconds", "2", "--log", "debug"];
    let (server, status) = StatusPage::start(&flags);
    let asleep = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    (server, status, asleep)
}

/// Lets clients send requests while the only worker sleeps, and `leave`. The worker must sleep for
/// none of them. Returns the log.
#[track_caller]
fn leave_before_the_sleep(requests: &str, leave: impl Fn(TcpStream)) -> String {
    let (server, status, asleep) = sleeping_server();
    (0..CLIENTS).for_each(|_| leave(server.send(requests)));
    assert_eq!(server.ask(get("/last")).status, 404);
    assert_eq!(Response::read(asleep).status, 200);
    let log = server.wait_for_log("\"GET /last HTTP/1.1\" 404 ");
    assert_eq!(log.matches("sleeping for").count(), 1, "{log}");
    assert_eq!(status.metrics().value("hello_sleeps_skipped_total"), CLIENTS as f64);
    log
}

#[test]
#[cfg(target_os = "linux")] // Other systems discard what a client sent before its reset.
fn no_worker_sleeps_for_reset_clients() {
    let reset = |stream| crate::support::client::reset_on_close(&stream);
    let log = leave_before_the_sleep(&keep_alive("/sleep"), reset);
    assert_eq!(log.matches("\"GET /sleep HTTP/1.1\" 499 0 ").count(), CLIENTS, "{log}");
}

#[test]
fn no_worker_sleeps_for_closed_clients() {
    leave_before_the_sleep(&keep_alive("/sleep"), drop);
}

/// The end of the input follows more bytes than a worker reads at once.
#[test]
#[cfg(target_os = "linux")]
fn pipelined_requests_do_not_hide_the_end() {
    let requests = [keep_alive("/sleep"), keep_alive("/").repeat(1200)].concat();
    leave_before_the_sleep(&requests, drop);
}

#[test]
fn half_closed_client_loses_no_response() {
    let (server, _status, _asleep) = sleeping_server();
    let mut client = server.client();
    client.send([keep_alive("/"), keep_alive("/sleep"), keep_alive("/nope")].concat());
    client.stream().shutdown(Shutdown::Write).unwrap();
    for status in [200, 200, 404] {
        assert_eq!(client.read(false).status, status);
    }
    client.end();
    assert_eq!(server.log().matches("sleeping for").count(), 1);
}
