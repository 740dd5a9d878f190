//! How bytes arrive does not matter: cut anywhere, byte by byte, followed by garbage, or by the
//! megabyte.

use crate::support::client::{Response, get};
use crate::support::server::Server;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

/// Usually long enough for earlier bytes to arrive alone. No test fails if they do not.
const PAUSE: Duration = Duration::from_millis(2);

#[test]
fn request_may_be_cut_anywhere() {
    let server = Server::start(&["--sleep-seconds", "0"]);
    let requests = [
        (200, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
        (200, "\r\nHEAD /sleep?a HTTP/1.0\r\n\r\n"),
        (200, "GET http://a/ HTTP/1.1\r\nHost: a\r\nConnection:close\r\n\r\n"),
        (400, "GET / HTTP/1.1\r\nHost: a\nConnection: close\r\n\r\n"),
        (304, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nIf-None-Match: *\r\n\r\n"),
        (405, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"),
        (400, "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"),
    ];
    for (status, request) in requests {
        let head_only = request.contains("HEAD");
        for cut in 1..request.len() {
            let mut stream = server.send(&request[..cut]);
            thread::sleep(PAUSE);
            // The server may have answered and closed already; then these bytes are lost.
            let _ = stream.write_all(&request.as_bytes()[cut..]);
            let response = Response::read(stream);
            assert_eq!(
                response.status,
                status,
                "{:?}, then {:?}",
                &request[..cut],
                &request[cut..]
            );
            response.check(head_only);
        }
    }
}

#[test]
fn request_may_arrive_byte_by_byte() {
    let server = Server::start(&[]);
    let mut stream = server.connect();
    for byte in get("/?slowly").bytes() {
        stream.write_all(&[byte]).unwrap();
        thread::sleep(PAUSE);
    }
    Response::read(stream).check_last(200);
}

#[test]
fn bytes_after_the_last_request_are_ignored() {
    let server = Server::start(&[]);
    for garbage in
        [get("/nope"), "\0\u{1}\u{2}".to_owned(), "\r\n\r\n\r\n".to_owned(), "x".repeat(100_000)]
    {
        let response = server.ask(get("/") + &garbage);
        response.check_last(200);
        assert!(response.text().trim_end().ends_with("</html>"), "nothing comes after the page");
    }
    server.ask(get("/last"));
    assert_eq!(
        server.wait_for_log("/last").matches("\" 404 ").count(),
        1,
        "no second request was seen"
    );
}

#[test]
fn unread_body_costs_no_client_its_response() {
    const MEGABYTES: usize = 8;
    let server = Server::start(&["--linger-seconds", "20"]);
    for head in [
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n".to_owned(),
        get("/"),
        "\0".to_owned(),
    ] {
        // The client reads the response only after it has sent everything, as simple clients do.
        let mut stream = server.send(&head);
        for _ in 0..MEGABYTES {
            stream.write_all(&vec![b'x'; 1024 * 1024]).expect("the server goes on reading");
        }
        Response::read(stream).check(false);
    }
}

#[test]
fn expect_continue_gets_the_final_status() {
    let server = Server::start(&[]);
    for (method, status) in [("PUT", 405), ("GET", 200)] {
        let fields = "Host: a\r\nContent-Length: 5\r\nExpect: 100-continue";
        let response = server.ask(format!("{method} / HTTP/1.1\r\n{fields}\r\n\r\n"));
        assert_eq!(response.status, status, "a final status, without the body");
        response.check(false);
    }
}

#[test]
fn client_may_half_close_after_the_request() {
    let server = Server::start(&["--sleep-seconds", "0.2"]);
    for path in ["/", "/sleep"] {
        let stream = server.send(get(path));
        stream.shutdown(Shutdown::Write).unwrap();
        Response::read(stream).check_last(200);
    }
}

#[test]
fn truncated_request_gets_400() {
    let server = Server::start(&[]);
    for part in ["G", "GET / HTTP/1.1", "GET / HTTP/1.1\r\nHost: a\r\n", "\r\n"] {
        let stream = server.send(part);
        stream.shutdown(Shutdown::Write).unwrap();
        let response = Response::read(stream);
        assert_eq!(response.status, 400, "{part:?}");
        response.check(false);
    }
}

#[test]
fn connection_without_a_request_gets_no_response() {
    let server = Server::start(&["--workers", "1"]);
    for _ in 0..50 {
        let mut stream = server.connect();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(stream.read(&mut [0]).map_err(|error| error.kind()), Ok::<_, ErrorKind>(0));
    }
    assert_eq!(server.ask(get("/")).status, 200);
}
