//! Persistent connections: when they stay open, when they close, and that every request gets its
//! response.

use crate::support::client::{Client, get, keep_alive};
use crate::support::server::Server;
use crate::support::status_page::StatusPage;
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

#[test]
fn http_1_1_connection_stays_open() {
    let server = Server::start(&["--sleep-seconds", "0"]);
    let mut client = server.client();
    for (path, status) in [("/", 200), ("/nope", 404), ("/sleep", 200), ("/?again", 200)] {
        let response = client.get(path);
        assert_eq!((response.status, response.header("Connection")), (status, None), "{path}");
    }
    client.send(get("/"));
    client.read(false).check(false);
    client.end();
}

#[test]
fn http_1_0_connection_stays_open_on_request() {
    let server = Server::start(&[]);
    let mut client = server.client();
    for option in ["keep-alive", "Keep-Alive", "x , KEEP-ALIVE"] {
        client.send(format!("GET / HTTP/1.0\r\nConnection: {option}\r\n\r\n"));
        let response = client.read(false);
        assert_eq!(
            (response.status, response.header("Connection")),
            (200, Some("keep-alive")),
            "{option}"
        );
    }
    client.send("GET / HTTP/1.0\r\n\r\n");
    client.read(false).check(false);
    client.end();
}

#[test]
fn close_option_is_found_in_any_list() {
    let server = Server::start(&[]);
    for fields in [
        "Connection: close",
        "connection:CLOSE",
        "Connection: foo, Close",
        "Connection: ,close ,\tkeep-alive",
        "Connection: keep-alive\r\nConnection: close",
    ] {
        for version in ["1.1", "1.0"] {
            let mut client = server.client();
            client.send(format!(
                "GET / HTTP/{version}\r\nHost: a\r\n{fields}\r\n\r\n{}",
                keep_alive("/nope")
            ));
            client.read(false).check(false);
            client.end();
        }
    }
    assert!(!server.log().contains("/nope"), "nothing is processed after close");
    for fields in [
        "Connection: closed",
        "Connection: foo",
        "Close: close",
        "Connection:",
        "Keep-Alive: timeout=1",
    ] {
        let mut client = server.client();
        client
            .send(format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{}", keep_alive("/nope")));
        assert_eq!((client.read(false).status, client.read(false).status), (200, 404), "{fields}");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(&["--workers", "1"]);
    let clients: Vec<Client> = (0..4)
        .map(|_| {
            let mut client = server.client();
            let requests = (0..400).fold(String::new(), |requests, n| requests + &numbered(n));
            client.send(requests + &get("/last"));
            client
        })
        .collect();
    // With several connections at once, turns end before their pipelines do, and go on later.
    for mut client in clients {
        for n in 0..400 {
            check_numbered(&mut client, n);
        }
        client.read(false).check_last(404);
        client.end();
    }
}

/// Returns one of three requests that have different responses.
fn numbered(n: usize) -> String {
    match n % 3 {
        0 => keep_alive("/"),
        1 => keep_alive("/nope"),
        _ => format!("HEAD /{n} HTTP/1.1\r\nHost: a\r\n\r\n"),
    }
}

#[track_caller]
fn check_numbered(client: &mut Client, n: usize) {
    let response = client.read(n % 3 == 2);
    assert_eq!(response.status, if n.is_multiple_of(3) { 200 } else { 404 }, "response {n}");
    assert!(!response.is_last(), "response {n}");
}

#[test]
fn long_pipeline_delays_no_other_client() {
    let server = Server::start(&["--workers", "1", "--sleep-seconds", "0.1", "--log", "debug"]);
    let mut pipelined = server.client();
    pipelined.send(keep_alive("/sleep").repeat(15));
    server.wait_for_log("sleeping for");
    assert_eq!(server.ask(get("/")).status, 200);
    // It waits for the request in progress, and perhaps for one more, but not for fifteen.
    assert!(server.log().matches("sleeping for").count() <= 5, "{}", server.log());
    for _ in 0..15 {
        assert_eq!(pipelined.read(false).status, 200);
    }
}

#[test]
fn half_close_leaves_earlier_requests_answered() {
    let server = Server::start(&["--workers", "1", "--sleep-seconds", "0.1"]);
    let mut client = server.client();
    client.send(
        keep_alive("/")
            + &keep_alive("/sleep")
            + &keep_alive("/nope")
            + &keep_alive("/sleep")
            + &keep_alive("/"),
    );
    client.stream().shutdown(Shutdown::Write).unwrap();
    for status in [200, 200, 404, 200, 200] {
        assert_eq!(client.read(false).status, status);
    }
    client.end();
}

#[test]
fn connection_closes_at_its_request_limit() {
    let server = Server::start(&["--requests", "3"]);
    let mut client = server.client();
    client.send(keep_alive("/").repeat(7));
    for n in 1..=3 {
        assert_eq!(client.read(false).is_last(), n == 3, "request {n}");
    }
    client.end();
    let server = Server::start(&["--requests", "1"]);
    server.ask(keep_alive("/")).check(false);
}

#[test]
fn responses_without_body_leave_the_connection_open() {
    let server = Server::start(&[]);
    let mut client = server.client();
    let tag = client.get("/").header("ETag").unwrap().to_owned();
    for _ in 0..3 {
        client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(client.read(true).status, 200);
        client.send(format!("GET / HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: {tag}\r\n\r\n"));
        assert_eq!(client.read(false).status, 304);
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\nIf-Match: \"other\"\r\n\r\n");
        assert_eq!(client.read(false).status, 412);
        assert_eq!(client.get("/").status, 200);
    }
}

#[test]
fn connection_stays_open_after_405_without_body() {
    let server = Server::start(&[]);
    let mut client = server.client();
    for line in ["POST /", "DELETE /", "OPTIONS *"] {
        client.send(format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let response = client.read(false);
        assert_eq!((response.status, response.is_last()), (405, false), "{line}");
    }
    assert_eq!(client.get("/").status, 200);
    // What follows may be meant for the tunnel.
    client.send("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + &keep_alive("/"));
    client.read(false).check_last(405);
    client.end();
}

#[test]
fn refused_request_closes_its_connection() {
    let server = Server::start(&[]);
    for (request, status) in [
        ("nonsense\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", 405),
        ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    ] {
        let mut client = server.client();
        client.send(keep_alive("/") + request + &keep_alive("/smuggled"));
        assert_eq!(client.read(false).status, 200);
        let response = client.read(false);
        assert_eq!(response.status, status, "{request:?}");
        response.check(false);
        client.end();
    }
    assert!(!server.log().contains("/smuggled"), "{}", server.log());
}

#[test]
fn idle_connection_is_closed_without_a_response() {
    let server = Server::start(&["--idle-seconds", "0.3", "--head-seconds", "60"]);
    for bytes in [
        keep_alive("/"),
        keep_alive("/").repeat(20),
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab".to_owned(),
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".to_owned(),
    ] {
        let mut client = server.client();
        client.send(&bytes);
        for _ in 0..bytes.matches("GET").count() {
            assert_eq!(client.read(false).status, 200);
        }
        client.end();
    }
}

#[test]
fn bodies_and_empty_lines_begin_no_request() {
    let (server, status) = StatusPage::start(&["--idle-seconds", "60", "--head-seconds", "0.7"]);
    let mut clients = ["b", "b\r\n"].map(|rest| (rest, server.client()));
    for (_, client) in &mut clients {
        client.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
        assert_eq!(client.read(false).status, 200);
    }
    status.wait_for_parked(2);
    clients.iter_mut().for_each(|(rest, client)| client.send(rest));
    // Longer than a head may take.
    thread::sleep(Duration::from_secs(1));
    for (rest, mut client) in clients {
        assert_eq!(client.get("/").status, 200, "{rest:?}");
    }
}

#[test]
fn incomplete_second_request_gets_408() {
    let server = Server::start(&["--head-seconds", "0.2", "--idle-seconds", "60"]);
    let mut client = server.client();
    assert_eq!(client.get("/").status, 200);
    client.send("GET / HTTP/1.1\r\nHo");
    client.read(false).check_last(408);
    client.end();
}

#[test]
fn responses_wait_until_the_client_reads() {
    let server = Server::start(&["--workers", "1", "--requests", "100000"]);
    let mut client = server.client();
    let mut writing = client.stream().try_clone().unwrap();
    let requests = (0..6000).fold(String::new(), |mut requests, n| {
        requests += &numbered(n);
        requests
    });
    let writer = thread::spawn(move || {
        std::io::Write::write_all(&mut writing, requests.as_bytes()).unwrap()
    });
    // The worker is free although the responses do not fit into the sockets.
    thread::sleep(Duration::from_millis(100));
    assert_eq!(server.ask(get("/")).status, 200);
    for n in 0..6000 {
        check_numbered(&mut client, n);
    }
    writer.join().unwrap();
}
