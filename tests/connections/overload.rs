//! A full queue: further requests are answered 503 at once, and the server recovers.

use crate::support::client::{Response, get};
use crate::support::server::Server;
use std::net::TcpStream;

/// Starts a server whose worker is busy and whose queue is full, with the two connections.
fn full_server() -> (Server, [TcpStream; 2]) {
    let flags = ["--workers", "1", "--capacity", "1", "--sleep-seconds", "0.7", "--log", "debug"];
    let server = Server::start(&flags);
    let served = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    // Clients are accepted one after the other, so the next one finds the queue full.
    let queued = server.send(get("/sleep"));
    (server, [served, queued])
}

#[test]
fn full_queue_answers_503_at_once() {
    let (server, accepted) = full_server();
    for _ in 0..3 {
        let refused = server.ask(get("/"));
        assert_eq!((refused.status, refused.header("Retry-After")), (503, Some("1")));
        refused.check(false);
    }
    for stream in accepted {
        Response::read(stream).check_last(200);
    }
    let log = server.wait_for_log_times("\" 200 ", 2);
    assert!(
        log.rfind("\" 503 ") < log.find("\" 200 "),
        "refused before the others were served:\n{log}"
    );
    assert_eq!(server.ask(get("/")).status, 200);
}

#[test]
fn client_reads_response_to_refused_upload() {
    let (server, _accepted) = full_server();
    let body = "x".repeat(500_000);
    server
        .ask(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n{body}"))
        .check_last(503);
}
