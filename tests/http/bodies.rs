//! Bodies of requests: they are discarded, and their bytes are never taken for requests.

use crate::support::client::keep_alive;
use crate::support::server::Server;
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

#[test]
fn bodies_are_never_taken_for_requests() {
    let server = Server::start(&[]);
    let inner = keep_alive("/smuggled");
    let length = inner.len();
    let chunked = "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    let requests = [
        format!("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{inner}"),
        format!("GET / HTTP/1.1\r\n{chunked}{length:x}\r\n{inner}\r\n0\r\n\r\n"),
        format!(
            "GET / HTTP/1.1\r\n{chunked}{length:X};a=b;c=\"d\"\r\n{inner}\r\n000;e\r\nX: /smuggled\r\nY: z\r\n\r\n"
        ),
        format!("HEAD / HTTP/1.1\r\n{chunked}1\r\nG\r\n{length:04x} ; a\r\n{inner}\r\n0\r\n\r\n"),
        format!(
            "GET / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: {length}\r\n\r\n{inner}"
        ),
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\n{chunked}0\r\n\r\n"),
    ];
    let mut client = server.client();
    for request in &requests {
        // Once as a whole, with the next request right behind it, and once in small pieces.
        client.send(format!("{request}{}", keep_alive("/nope")));
        assert_eq!(client.read(request.starts_with("HEAD")).status, 200, "{request}");
        assert_eq!(client.read(false).status, 404, "{request}");
        for piece in request.as_bytes().chunks(7) {
            client.send(piece);
            thread::sleep(Duration::from_micros(200));
        }
        assert_eq!(client.read(request.starts_with("HEAD")).status, 200, "{request}");
        assert_eq!(client.get("/nope").status, 404, "{request}");
    }
    assert!(!server.log().contains("/smuggled"), "{}", server.log());
}

#[test]
fn body_may_have_one_megabyte() {
    const MAX: usize = 1024 * 1024;
    let server = Server::start(&[]);
    let mut client = server.client();
    client.send(format!("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {MAX}\r\n\r\n"));
    client.send(vec![b'x'; MAX]);
    assert_eq!(client.read(false).status, 200);
    client.send(format!("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", MAX + 1));
    client.read(false).check_last(413);
    client.end();
}

#[test]
fn endless_chunked_body_closes_its_connection() {
    let server = Server::start(&["--workers", "1"]);
    let mut client = server.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_eq!(client.read(false).status, 200);
    let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
    for _ in 0..40 {
        client.send(&chunk);
    }
    client.end();
}

#[test]
fn malformed_body_closes_its_connection() {
    let server = Server::start(&[]);
    for body in [
        "x\r\n",
        "1\r\nabc\r\n0\r\n\r\n",
        "-1\r\n",
        "1;\n\r\na\r\n",
        "1 \r\na\r\n0\r\n\r\n",
        "1;a=\"b\r\na\r\n0\r\n\r\n",
        "0\r\nno field\r\n\r\n",
        "0\r\n : x\r\n\r\n",
    ] {
        let mut client = server.client();
        client.send(format!(
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}{}",
            keep_alive("/smuggled")
        ));
        assert_eq!(client.read(false).status, 200, "{body:?}");
        client.end();
    }
    assert!(!server.log().contains("/smuggled"), "{}", server.log());
}

#[test]
fn truncated_body_gets_no_second_response() {
    let server = Server::start(&[]);
    for body in ["5;a", "5\r\nab", "0\r\nX: y"] {
        let mut client = server.client();
        client
            .send(format!("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}"));
        assert_eq!(client.read(false).status, 200, "{body:?}");
        client.stream().shutdown(Shutdown::Write).unwrap();
        client.end();
    }
}

#[test]
fn expect_continue_closes_unless_no_body_follows() {
    let server = Server::start(&[]);
    let mut client = server.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    client.read(false).check_last(200);
    client.end();
    // Without a body there is nothing to wait for.
    let mut client = server.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n");
    assert!(!client.read(false).is_last());
    assert_eq!(client.get("/nope").status, 404);
}

#[test]
fn missing_body_closes_without_a_second_response() {
    let server = Server::start(&["--head-seconds", "0.2", "--idle-seconds", "60"]);
    let mut client = server.client();
    client.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
    assert_eq!(client.read(false).status, 200);
    client.end();
}
