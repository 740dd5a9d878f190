//! Every status with the fields it must have, and every form of a valid request.

use crate::support::client::Response;
use crate::support::server::Server;

/// Returns a request of this line and these fields.
fn request(line: &str, fields: &[&str]) -> String {
    let mut request = format!("{line}\r\n");
    for field in fields {
        request += field;
        request += "\r\n";
    }
    request + "\r\n"
}

/// Sends a GET and a HEAD, and checks that both get this status, a well-formed response, and the
/// same fields. Returns the response to GET.
#[track_caller]
fn both(server: &Server, rest_of_line: &str, fields: &[&str], status: u16) -> Response {
    // Only these statuses leave an HTTP/1.1 connection open.
    let stays = matches!(status, 200 | 304 | 404 | 412) && !rest_of_line.ends_with("HTTP/1.0");
    let fields = if stays { &[fields, &["Connection: close"]].concat() } else { fields };
    let get = server.ask(request(&format!("GET {rest_of_line}"), fields));
    assert_eq!(get.status, status, "GET {rest_of_line:.99} {fields:.99?}: {get:?}");
    get.check(false);
    let head = server.ask(request(&format!("HEAD {rest_of_line}"), fields));
    assert_eq!(head.status, status, "HEAD {rest_of_line:.99} {fields:.99?}: {head:?}");
    head.check(true);
    assert_eq!(get.stable_headers(), head.stable_headers());
    get
}

const HOST: &str = "Host: localhost";

#[test]
fn every_form_of_target_finds_its_page() {
    let server = Server::start(&["--sleep-seconds", "0"]);
    for line in [
        "/ HTTP/1.1",
        "/sleep HTTP/1.1",
        "/?query HTTP/1.1",
        "/sleep?a=/&b=? HTTP/1.1",
        "http://example.org/ HTTP/1.1",
        "HTTP://example.org:80/sleep?tab HTTP/1.1",
        "http://example.org HTTP/1.1",
        "http://[::1]:7878?query HTTP/1.1",
        "/ HTTP/1.2",
        "/ HTTP/1.0",
    ] {
        let response = both(&server, line, &[HOST], 200);
        assert!(
            response.text().contains("Hello!") && response.text().contains("Hi from Rust"),
            "{line}"
        );
    }
    for line in [
        "/nope HTTP/1.1",
        "// HTTP/1.1",
        "/Sleep HTTP/1.1",
        "/sleep/ HTTP/1.1",
        "/%2f HTTP/1.1",
        "/%zz HTTP/1.1",
        "/a|b HTTP/1.1",
    ] {
        assert!(both(&server, line, &[HOST], 404).text().contains("Oops!"), "{line}");
    }
}

#[test]
fn http_1_0_needs_no_host() {
    let server = Server::start(&[]);
    assert_eq!(both(&server, "/ HTTP/1.0", &[], 200).reason, "OK");
    both(&server, "/nope HTTP/1.0", &[], 404);
}

#[test]
fn http_1_1_needs_one_valid_host() {
    let server = Server::start(&[]);
    for good in ["Host: a.example:80", "host:[::1]:7878", "HOST: \t 127.0.0.1 ", "Host:"] {
        both(&server, "/ HTTP/1.1", &[good], 200);
    }
    both(&server, "/ HTTP/1.1", &[], 400);
    both(&server, "http://a.example/ HTTP/1.1", &[], 400);
    both(&server, "/ HTTP/1.1", &[HOST, HOST], 400);
    for bad in [
        "Host: a b",
        "Host: a/b",
        "Host: user@a",
        "Host: a:b",
        "Host: [::1",
        "Host: \u{e9}",
        "Host: a%zz",
        "Host: a%2",
    ] {
        both(&server, "/ HTTP/1.1", &[bad], 400);
        both(&server, "/ HTTP/1.0", &[bad], 400);
    }
}

#[test]
fn malformed_request_gets_400() {
    let server = Server::start(&[]);
    for line in [
        "/ HTTP/1.1 ",
        " / HTTP/1.1",
        "/  HTTP/1.1",
        "/",
        "",
        "/ http/1.1",
        "/ HTTP/1.10",
        "/ FTP/1.1",
    ] {
        both(&server, line, &[HOST], 400);
    }
    for line in [
        "* HTTP/1.1",
        "example.org:80 HTTP/1.1",
        "nope HTTP/1.1",
        "/a#b HTTP/1.1",
        "/\u{e9} HTTP/1.1",
    ] {
        both(&server, line, &[HOST], 400);
    }
    for field in ["X : y", " X: y", "X: a\r\n b", "X", ": y", "X: a\0b", "X: a\rb", "X y: z"] {
        both(&server, "/ HTTP/1.1", &[HOST, field], 400);
    }
}

#[test]
fn binary_garbage_gets_400() {
    let server = Server::start(&[]);
    let tls_client_hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let requests = [
        &b"\xff\xfe\xfd"[..],
        b"\0",
        tls_client_hello,
        b"GET /\xc3\x28 HTTP/1.1\r\nHost: a\r\n\r\n",
    ];
    for bytes in requests {
        server.ask(bytes).check_last(400);
    }
    // In the value of a field, any byte above ASCII is allowed (RFC 9110, section 5.5).
    assert_eq!(
        server
            .ask(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: \xff\xc3\x28\r\n\r\n")
            .status,
        200
    );
}

#[test]
fn ambiguous_body_length_gets_400() {
    let server = Server::start(&[]);
    for fields in [
        &["Content-Length: 1", "Content-Length: 2"][..],
        &["Content-Length: 1, 2"],
        &["Content-Length: 0", "Content-Length: 0"],
        &["Content-Length: 0, 0"],
        &["Content-Length: -1"],
        &["Content-Length: +1"],
        &["Content-Length: 99999999999999999999"],
        &["Content-Length:"],
        &["Content-Length: 3", "Transfer-Encoding: chunked"],
        &["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        &["Transfer-Encoding: chunked, gzip"],
    ] {
        both(&server, "/ HTTP/1.1", &[&[HOST], fields].concat(), 400);
    }
    both(&server, "/ HTTP/1.0", &[HOST, "Transfer-Encoding: chunked"], 400);
    both(&server, "/ HTTP/1.1", &[HOST, "Transfer-Encoding: Chunked"], 200);
    both(&server, "/ HTTP/1.1", &[HOST, "Transfer-Encoding: gzip, chunked"], 501);
}

#[test]
fn known_methods_get_405_and_unknown_501() {
    let server = Server::start(&[]);
    for line in [
        "POST /",
        "PUT /",
        "DELETE /nope",
        "OPTIONS *",
        "OPTIONS /",
        "TRACE /",
        "PATCH /",
        "CONNECT a:443",
    ] {
        let fields = [HOST, "Connection: close"];
        let response = server.ask(request(&format!("{line} HTTP/1.1"), &fields));
        assert_eq!((response.status, response.header("Allow")), (405, Some("GET, HEAD")), "{line}");
        response.check(false);
    }
    for method in ["BREW", "get", "GETS", &"A".repeat(9000)] {
        let response = server.ask(request(&format!("{method} / HTTP/1.1"), &[HOST]));
        assert_eq!(response.status, 501, "{method:.9}");
        response.check(false);
    }
}

#[test]
fn overlong_parts_get_414_431_or_501() {
    let server = Server::start(&[]);
    both(&server, &format!("/{} HTTP/1.1", "a".repeat(7980)), &[HOST], 404);
    both(&server, &format!("/{} HTTP/1.1", "a".repeat(8192)), &[HOST], 414);
    both(&server, &format!("/{} HTTP/1.1", "a".repeat(100_000)), &[HOST], 414);
    both(&server, "/ HTTP/1.1", &[HOST, &format!("X: {}", "a".repeat(16_000))], 200);
    both(&server, "/ HTTP/1.1", &[HOST, &format!("X: {}", "a".repeat(17_000))], 431);
    both(&server, "/ HTTP/1.1", &[HOST, &format!("X: {}", "a".repeat(500_000))], 431);
    both(&server, "/ HTTP/1.1", &[&[HOST][..], &["X: y"; 98]].concat(), 200);
    both(&server, "/ HTTP/1.1", &[&[HOST][..], &["X: y"; 100]].concat(), 431);
}

#[test]
fn unknown_expectation_gets_417() {
    let server = Server::start(&[]);
    for field in ["Expect: 200-ok", "Expect: 100-continue, other", "expect: a=\"b\""] {
        both(&server, "/ HTTP/1.1", &[HOST, field], 417);
    }
    both(&server, "/ HTTP/1.1", &[HOST, "Expect: 100-continue"], 200);
}

#[test]
fn other_major_versions_get_505() {
    let server = Server::start(&[]);
    for version in ["HTTP/2.0", "HTTP/0.9", "HTTP/3.1"] {
        both(&server, &format!("/ {version}"), &[HOST], 505);
    }
    assert_eq!(server.ask(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status, 505);
}

#[test]
fn preconditions_decide_the_status() {
    let server = Server::start(&["--sleep-seconds", "0"]);
    let page = both(&server, "/ HTTP/1.1", &[HOST], 200);
    let tag = page.header("ETag").unwrap();
    let since = page.header("Last-Modified").unwrap();
    let past = "Sunday, 06-Nov-94 08:49:37 GMT";
    for (field, status) in [
        (format!("If-None-Match: {tag}"), 304),
        (format!("If-None-Match: \"other\", W/{tag}"), 304),
        ("If-None-Match: *".to_owned(), 304),
        ("If-None-Match: \"other\"".to_owned(), 200),
        (format!("If-None-Match: \"other\"\r\nIf-Modified-Since: {since}"), 200),
        (format!("If-Modified-Since: {since}"), 304),
        (format!("If-Modified-Since: {past}"), 200),
        ("If-Modified-Since: yesterday".to_owned(), 200),
        (format!("If-Modified-Since: {past}\r\nIf-Modified-Since: {since}"), 200),
        (format!("If-Modified-Since: {since}\r\nIf-Modified-Since: {since}"), 200),
        (format!("If-Match: {tag}"), 200),
        ("If-Match: *".to_owned(), 200),
        (format!("If-Match: W/{tag}"), 412),
        ("If-Match: \"other\"".to_owned(), 412),
        (format!("If-Match: \"other\"\r\nIf-None-Match: {tag}"), 412),
        (format!("If-Unmodified-Since: {since}"), 200),
        (format!("If-Unmodified-Since: {past}"), 412),
        ("If-Unmodified-Since: Sun Nov  6 08:49:37 1994".to_owned(), 412),
        (format!("If-Unmodified-Since: {since}\r\nIf-Unmodified-Since: {past}"), 200),
        (format!("If-Unmodified-Since: {past}\r\nIf-Unmodified-Since: {past}"), 200),
    ] {
        for path in ["/", "/sleep"] {
            let response = both(&server, &format!("{path} HTTP/1.1"), &[HOST, &field], status);
            if matches!(status, 200 | 304) {
                assert_eq!(
                    (response.header("ETag"), response.header("Last-Modified")),
                    (Some(tag), Some(since))
                );
            }
        }
        // Preconditions apply only where the status would be 200 (RFC 9110, section 13.2.1).
        both(&server, "/nope HTTP/1.1", &[HOST, &field], 404);
    }
}
