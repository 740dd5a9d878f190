//! Clients that are slow, silent or gone cost the server nothing but the time they are allowed.

use crate::client::Response;
use crate::get;
use crate::server::{Server, TIMEOUT};
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// Closes the connection with a reset, as a client that crashes does.
fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
}

#[test]
fn a_silent_client_is_told_that_it_took_too_long() {
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
fn a_client_that_drips_for_ever_is_told_that_it_took_too_long() {
    // Each byte comes long before the deadline; together they never come to an end.
    let server = Server::start(&["--head-seconds", "0.5"]);
    let stream = server.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    let mut dripping = stream.try_clone().unwrap();
    let start = Instant::now();
    let client = thread::spawn(move || {
        while dripping.write_all(b"x").is_ok() && start.elapsed() < TIMEOUT {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let response = Response::read(stream);
    assert_eq!(response.status, 408);
    response.check(false);
    assert!(start.elapsed() < TIMEOUT / 2);
    client.join().unwrap();
}

#[test]
fn clients_that_vanish_cost_no_worker() {
    let server = Server::start(&["--workers", "1", "--sleep-seconds", "0.01"]);
    for _ in 0..20 {
        for request in [
            "",
            "GET / HTTP/1.1\r\nHo",
            "POST / HTTP/1.1\r\nHost: a\r\n\r\nbody",
            &get("/"),
            &get("/sleep"),
        ] {
            reset(server.send(request));
            drop(server.send(request));
        }
    }
    let response = server.ask(get("/"));
    assert_eq!(response.status, 200);
    response.check(false);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn a_client_that_stays_after_its_response_keeps_no_worker() {
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
fn a_client_that_does_not_leave_harms_no_other() {
    let server = Server::start(&["--linger-seconds", "60"]);
    // Its response is read, but its side stays open.
    let mut staying = server.send(get("/"));
    staying.read_to_end(&mut Vec::new()).unwrap();
    // More than may wait behind it, each with a body that nobody reads.
    let request = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n{}",
        "x".repeat(20_000)
    );
    for _ in 0..700 {
        assert_eq!(server.ask(&request).status, 405);
    }
}

#[test]
fn a_client_that_does_not_read_is_given_up() {
    let site = crate::pages::site("unread", &"x".repeat(32 * 1024 * 1024), "not here");
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
    let deaf = server.send(get("/"));
    assert_eq!(server.ask(get("/nope")).status, 404, "the worker is free again");
    server.wait_for_log("a client did not take its response");
    drop(deaf);
}
