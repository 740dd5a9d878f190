//! Tests of the parser of a request head.

use super::*;

fn refused(bytes: &[u8]) -> u16 {
    match parse_head(bytes) {
        Err(error) => error.status.code(),
        other => panic!("{:?} gave {other:?}", String::from_utf8_lossy(bytes)),
    }
}

fn path(bytes: &[u8]) -> &str {
    match parse_head(bytes) {
        Ok(Some(request)) => request.path,
        other => panic!("{:?} gave {other:?}", String::from_utf8_lossy(bytes)),
    }
}

/// Returns the result of a parse in a form that can be compared.
fn summary(bytes: &[u8]) -> Option<Result<(String, bool), ErrorResponse>> {
    parse_head(bytes)
        .map(|request| request.map(|request| (request.path.to_owned(), request.head_only)))
        .transpose()
}

#[test]
fn requests_are_brought_to_one_form() {
    assert_eq!(path(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), "/");
    assert_eq!(path(b"GET /sleep?a HTTP/1.0\r\n\r\n"), "/sleep");
    assert_eq!(path(b"GET http://localhost:7878/sleep HTTP/1.1\r\nHost: other\r\n\r\n"), "/sleep");
    assert_eq!(path(b"GET / HTTP/1.9\r\nhost:localhost\r\n\r\n"), "/");
    assert_eq!(path(b"\r\n\r\nGET / HTTP/1.1\r\nHost:\r\n\r\n"), "/");
    assert!(parse_head(b"HEAD / HTTP/1.0\r\n\r\n").unwrap().unwrap().head_only);
}

#[test]
fn bytes_after_the_head_are_ignored() {
    assert_eq!(path(b"GET / HTTP/1.0\r\n\r\n\xff\x00garbage"), "/");
}

#[test]
fn invalid_requests_are_refused_with_their_status() {
    let field = |field: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");
    for (status, request) in [
        (400, "GET / HTTP/1.1\r\n\r\n".to_owned()),
        (400, "GET /\r\n".to_owned()),
        (400, "GET  / HTTP/1.1\r\n".to_owned()),
        (400, "GET / HTTP/1.1 \r\n".to_owned()),
        (400, "GET / http/1.1\r\n".to_owned()),
        (400, "GET / HTTP/1.10\r\n".to_owned()),
        (400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n".to_owned()),
        (400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n".to_owned()),
        (400, " GET / HTTP/1.1\r\n".to_owned()),
        (400, "G\u{e9}T / HTTP/1.1\r\n".to_owned()),
        (400, "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n".to_owned()),
        (400, field("Host: a")),
        (400, field("Bad : space")),
        (400, field("Folded: a\r\n b")),
        (400, field("Nul: \0")),
        (400, field("Content-Length: 1\r\nContent-Length: 2")),
        (400, field("Content-Length: 1, 2")),
        (400, field("Content-Length: 5, 5")),
        (400, field("Content-Length: 5\r\nContent-Length: 5")),
        (400, field("Content-Length: -1")),
        (400, field("Content-Length: +1")),
        (400, field("Content-Length: 99999999999999999999")),
        (400, field("Content-Length:")),
        (400, field("Transfer-Encoding: chunked\r\nContent-Length: 1")),
        (400, field("Transfer-Encoding: chunked, gzip")),
        (400, field("Transfer-Encoding: chunked, chunked")),
        (400, field("Transfer-Encoding: ,")),
        (400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n".to_owned()),
        (400, "GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n".to_owned()),
        (400, "GET http://a%2/ HTTP/1.1\r\nHost: a\r\n\r\n".to_owned()),
        (400, "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned()),
        (400, "GET / HTTP/1.1\nHost: a\r\n\r\n".to_owned()),
        (400, "GET / HTTP/1.1\r\nHost: a\n\r\n".to_owned()),
        (400, "GET / HTTP/1.1\r\nHost: a\r\n\n".to_owned()),
        (400, "GET / HTTP/1.0\r\n\n".to_owned()),
        (400, "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned()),
        (417, field("Expect: 200-ok")),
        (417, field("Expect: 100-continue, a=\"b, c\"")),
        (501, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned()),
        (501, "get / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned()),
        (501, field("Transfer-Encoding: gzip")),
        (501, field("Transfer-Encoding: gzip, chunked")),
        (505, "GET / HTTP/2.0\r\n".to_owned()),
        (505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned()),
    ] {
        assert_eq!(refused(request.as_bytes()), status, "{request:?}");
    }
}

#[test]
fn connection_persists_after_405_without_body() {
    for (line, fields, keep_alive) in [
        ("POST /", "", true),
        ("OPTIONS *", "Content-Length: 0\r\n", true),
        ("PUT /", "Connection: close\r\n", false),
        ("POST /", "Content-Length: 1\r\n", false),
        ("POST /", "Transfer-Encoding: chunked\r\n", false),
        ("CONNECT a:80", "", false),
    ] {
        let head = format!("{line} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let request = parse_head(head.as_bytes()).unwrap().unwrap();
        let status = request.error.map(|error| error.status);
        assert_eq!((status, request.keep_alive), (Some(Status::MethodNotAllowed), keep_alive));
    }
}

#[test]
fn bodies_with_a_known_end_are_accepted() {
    for field in [
        "Content-Length: 5",
        "Content-Length: \t5 \t",
        "Transfer-Encoding: Chunked",
        "Expect: 100-continue",
        "Expect: , 100-Continue",
    ] {
        assert_eq!(path(format!("GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n").as_bytes()), "/");
    }
}

#[test]
fn invalid_beginnings_are_refused_early() {
    assert_eq!(refused(b"\x16\x03\x01\x02\x00\x01"), 400);
    assert_eq!(refused(&[b'A'; MAX_METHOD + 1]), 501);
    assert_eq!(refused(&b"\r\n".repeat(MAX_REQUEST_LINE)), 400);
}

#[test]
fn limits_are_exact_to_the_byte() {
    let request_line =
        |length: usize| format!("GET /{} HTTP/1.0", "a".repeat(length - "GET / HTTP/1.0".len()));
    assert!(
        parse_head((request_line(MAX_REQUEST_LINE - 1) + "\r\n\r\n").as_bytes()).unwrap().is_some()
    );
    assert_eq!(refused((request_line(MAX_REQUEST_LINE + 1) + "\r\n\r\n").as_bytes()), 414);
    assert_eq!(refused(request_line(MAX_REQUEST_LINE + 1).as_bytes()), 414);

    let fields = |length: usize| {
        format!("GET / HTTP/1.0\r\nA: {}\r\n\r\n", "a".repeat(length - "A: \r\n\r\n".len()))
    };
    assert!(parse_head(fields(MAX_FIELDS).as_bytes()).unwrap().is_some());
    assert_eq!(refused(fields(MAX_FIELDS + 1).as_bytes()), 431);
    assert_eq!(refused(&fields(MAX_FIELDS + 9).as_bytes()[..MAX_FIELDS + 17]), 431);

    let count = |count: usize| format!("GET / HTTP/1.0\r\n{}\r\n", "A: a\r\n".repeat(count));
    assert!(parse_head(count(MAX_FIELD_COUNT).as_bytes()).unwrap().is_some());
    assert_eq!(refused(count(MAX_FIELD_COUNT + 1).as_bytes()), 431);
}

#[test]
fn result_does_not_depend_on_the_pieces() {
    for whole in [
        &b"\r\nGET /sleep?x HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"a\"\r\n\r\n"[..],
        b"HEAD http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\n\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n",
        b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Field: a\r\n\r\n",
    ] {
        let expected = summary(whole);
        assert!(expected.is_some());
        for end in 0..whole.len() {
            let so_far = summary(&whole[..end]);
            assert!(
                so_far.is_none() || so_far == expected,
                "{:?}",
                String::from_utf8_lossy(&whole[..end])
            );
        }
    }
}

#[test]
fn random_bytes_neither_panic_nor_exceed_the_limits() {
    // Bytes that the grammar distinguishes, so that many inputs get past the first byte.
    const ALPHABET: &[u8] = b"GETHADPOS /*?#:.1029HT\r\n\r\n\t ,\"aohst-\x00\xff[]";
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    for _ in 0..20_000 {
        let prefix: &[u8] =
            [&b""[..], b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n"][random(3)];
        let mut bytes = prefix.to_vec();
        bytes.extend((0..random(80)).map(|_| ALPHABET[random(ALPHABET.len())]));
        let _ = parse_head(&bytes);
        bytes.resize(MAX_REQUEST_LINE + MAX_FIELDS + prefix.len() + 100, b'a');
        assert!(
            !matches!(parse_head(&bytes), Ok(None)),
            "{:?}",
            String::from_utf8_lossy(&bytes[..100])
        );
    }
}
