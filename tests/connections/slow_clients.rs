//! Clients that are slow, silent or gone hold no worker, and only for as long as they are allowed.

use crate::support::client::{Response, get, reset_on_close};
use crate::support::files;
use crate::support::server::Server;
use crate::support::wait::TIMEOUT;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn silent_client_gets_408() {
    let server = Server::start(&["--head-seconds", "0.2"]);
    for beginning in ["", "\r\n", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let response = server.ask(beginning);
        assert_eq!(response.status, 408, "{beginning:?}");
        response.check(false);
    }
    let response = server.ask("HEAD / HTTP/1.1\r\n");
    assert_eq!(response.status, 408);
    response.check(true);
}

#[test]
fn dripping_client_gets_408() {
    // Each byte arrives long before the deadline, and the head never ends (slowloris).
    let server = Server::start(&["--head-seconds", "0.5"]);
    let stream = server.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    let mut dripping = stream.try_clone().unwrap();
    let start = Instant::now();
    let client = thread::spawn(move || {
        while dripping.write_all(b"x").is_ok() && start.elapsed() < TIMEOUT {
            thread::sleep(Duration::from_millis(20));
        }
    });
    Response::read(stream).check_last(408);
    assert!(start.elapsed() < TIMEOUT / 2);
    client.join().unwrap();
}

#[test]
fn vanished_clients_cost_no_worker() {
    let server = Server::start(&["--workers", "1", "--sleep-seconds", "0.01"]);
    for _ in 0..20 {
        for request in [
            "",
            "GET / HTTP/1.1\r\nHo",
            "POST / HTTP/1.1\r\nHost: a\r\n\r\nbody",
            &get("/"),
            &get("/sleep"),
        ] {
            reset_on_close(&server.send(request));
            drop(server.send(request));
        }
    }
    server.ask(get("/")).check_last(200);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn client_that_stays_open_holds_no_worker() {
    let server = Server::start(&["--workers", "1", "--linger-seconds", "60"]);
    let staying: Vec<TcpStream> = (0..20).map(|_| server.send(get("/"))).collect();
    for mut stream in &staying {
        let mut response = Vec::new();
        stream.read_to_end(&mut response).unwrap();
        Response::parse(&response).check(false);
    }
    assert_eq!(server.ask(get("/")).status, 200);
}

#[test]
fn client_that_stays_open_delays_no_other() {
    let server = Server::start(&["--linger-seconds", "60"]);
    // Its response is read, but its side stays open.
    let mut staying = server.send(get("/"));
    staying.read_to_end(&mut Vec::new()).unwrap();
    // More than may wait behind it, each with a body that is discarded.
    let request = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n{}",
        "x".repeat(20_000)
    );
    for _ in 0..700 {
        assert_eq!(server.ask(&request).status, 405);
    }
}

#[test]
fn client_that_reads_nothing_times_out() {
    let site = files::pages("unread", &"x".repeat(32 * 1024 * 1024), "not here");
    let server = Server::start(&[
        "--workers",
        "1",
        "--write-seconds",
        "0.3",
        "--log",
        "debug",
        "--html",
        &site,
    ]);
    let unread = server.send(get("/"));
    assert_eq!(server.ask(get("/nope")).status, 404, "the worker is free again");
    server.wait_for_log("a client did not take its response");
    drop(unread);
}
