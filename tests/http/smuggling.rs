//! Request smuggling: known ways to make two servers disagree about where a request ends.
//!
//! The cases are those that public collections of HTTP/1.1 probes have in common, as far as they
//! apply to a server of GET and HEAD. A request hidden in a body must never be answered.

use crate::support::client::Client;
use crate::support::server::Server;
use std::net::Shutdown;

/// The responses to a case and to the request that follows it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    /// This status, and a close.
    Refused(u16),
    /// A page, and a close: the error is after the head.
    Ended,
    /// A page for the case, and 404 for the request that follows it.
    Served,
    /// 405 for the case, and 404 for the request that follows it.
    NotAllowed,
}
use Answer::{Ended, NotAllowed, Refused, Served};

const NEXT: &str = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

/// Fields of a GET after its Host, the empty line and what follows; `NEXT` is added.
const BODIES: &[(&str, Answer)] = &[
    // Lengths.
    ("Content-Length: 0\r\n\r\n", Served),
    ("Content-Length: 3\r\n\r\nabc", Served),
    ("Content-Length: 003\r\n\r\nabc", Served),
    ("Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", Refused(400)),
    ("Content-Length: 3, 3\r\n\r\nabc", Refused(400)),
    ("Content-Length: 3\r\nContent-Length: 0\r\n\r\nabc", Refused(400)),
    ("Content-Length: 3, 0\r\n\r\nabc", Refused(400)),
    ("Content-Length: 3,\r\n\r\nabc", Refused(400)),
    ("Content-Length: 3 0\r\n\r\nabc", Refused(400)),
    ("Content-Length: +3\r\n\r\nabc", Refused(400)),
    ("Content-Length: -0\r\n\r\n", Refused(400)),
    ("Content-Length: 0x3\r\n\r\nabc", Refused(400)),
    ("Content-Length: 3.0\r\n\r\nabc", Refused(400)),
    ("Content-Length: 3e0\r\n\r\nabc", Refused(400)),
    ("Content-Length: 1_0\r\n\r\n", Refused(400)),
    ("Content-Length: \"3\"\r\n\r\nabc", Refused(400)),
    ("Content-Length: \u{663}\r\n\r\nabc", Refused(400)),
    ("Content-Length: 18446744073709551616\r\n\r\n", Refused(400)),
    ("Content-Length: 18446744073709551619\r\n\r\nabc", Refused(400)),
    ("Content-Length: 9223372036854775808\r\n\r\n", Refused(413)),
    ("Content-Length : 3\r\n\r\nabc", Refused(400)),
    ("Content-Length\t: 3\r\n\r\nabc", Refused(400)),
    ("Content-Length:\r\n 3\r\n\r\nabc", Refused(400)),
    ("Content_Length: 3\r\n\r\n", Served),
    // Length and coding.
    ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc", Refused(400)),
    ("Content-Length: nonsense\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Refused(400)),
    // Codings.
    ("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Served),
    ("transfer-encoding:CHUNKED\r\n\r\n0\r\n\r\n", Served),
    ("Transfer-Encoding: \tchunked \t\r\n\r\n0\r\n\r\n", Served),
    ("Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n", Served),
    ("Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding:\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding: identity\r\n\r\n", Refused(501)),
    ("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", Refused(501)),
    ("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", Refused(501)),
    ("Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n", Refused(501)),
    ("Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", Refused(501)),
    ("Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n", Refused(501)),
    ("Transfer-Encoding: chun ked\r\n\r\n0\r\n\r\n", Refused(501)),
    ("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", Refused(400)),
    (" Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding: chunked\x0b\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding: chunked\x0c\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding: \x00chunked\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding: chunked\u{a0}\r\n\r\n0\r\n\r\n", Refused(501)),
    ("X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Refused(400)),
    ("X: y\r\n\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", Refused(400)),
    ("Transfer-Encoding\0: chunked\r\n\r\n0\r\n\r\n", Refused(400)),
    // Chunks.
    ("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", Served),
    ("Transfer-Encoding: chunked\r\n\r\n0000000003\r\nabc\r\n000\r\n\r\n", Served),
    ("Transfer-Encoding: chunked\r\n\r\n3;a=b;c=\"d\"\r\nabc\r\n0;e\r\n\r\n", Served),
    ("Transfer-Encoding: chunked\r\n\r\n3 ; a\r\nabc\r\n0\r\n\r\n", Served),
    (
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\nContent-Length: 9\r\n\r\n",
        Served,
    ),
    ("Transfer-Encoding: chunked\r\n\r\n3;a=\";\\\"\"\r\nabc\r\n0\r\n\r\n", Served),
    ("Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3\t\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n0 \r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3;\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3;=b\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3;a=\"b\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3;a\0b\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3;bad[=x\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n0\r\n\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n0\r\na: b\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3\rabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3\r\nabc0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3_0\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3 0\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n;a\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3;\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n3;a\rb\r\nabc\r\n0\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n0\r\nno field\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n0\r\n a: b\r\n\r\n", Ended),
    ("Transfer-Encoding: chunked\r\n\r\n0\r\na: b\0\r\n\r\n", Ended),
];

/// Whole heads, which `NEXT` follows.
const HEADS: &[(&str, Answer)] = &[
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Served),
    ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Served),
    ("GET / HTTP/1.1\nHost: a\n\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: y\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a\r\n\n", Refused(400)),
    ("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET /\"<>\\^`{|}%zz?%zz|} HTTP/1.1\r\nHost: a\r\n\r\n", Served),
    ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", Refused(400)),
    ("GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", Refused(400)),
    (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\rHost: a\r\n\r\n", Refused(400)),
    ("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a\r\nHOST: a\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a%2\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a%41\r\n\r\n", Served),
    ("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", Served),
    ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET a:80 HTTP/1.1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a\r\na b: c\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a\r\na\u{e9}: c\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a\r\na\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n", Refused(400)),
    ("GET / http/1.1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET / HTTP/01.1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET / HTTP/1.01\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET / HTTP/1\r\nHost: a\r\n\r\n", Refused(400)),
    ("GET /\r\n\r\n", Refused(400)),
    (
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        Refused(400),
    ),
    ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refused(505)),
    (
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n",
        Served,
    ),
    ("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", Served),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", NotAllowed),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", Refused(405)),
    ("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", Refused(405)),
    ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", NotAllowed),
    ("get / HTTP/1.1\r\nHost: a\r\n\r\n", Refused(501)),
];

#[test]
fn no_request_is_smuggled() {
    let server = Server::start(&[]);
    let bodies = BODIES
        .iter()
        .map(|(rest, answer)| (format!("GET / HTTP/1.1\r\nHost: a\r\n{rest}"), *answer));
    let heads = HEADS.iter().map(|(head, answer)| ((*head).to_owned(), *answer));
    for (case, expected) in bodies.chain(heads) {
        // In one piece, and in two, of which the first ends shortly before the critical part does.
        for cut in [0, case.len().saturating_sub(4)] {
            let cut = if case.is_char_boundary(cut) { cut } else { 0 };
            let client = Client::new(server.send(&case[..cut]));
            // The server may have refused and closed already.
            let _ = std::io::Write::write_all(
                &mut client.stream(),
                format!("{}{NEXT}", &case[cut..]).as_bytes(),
            );
            let _ = client.stream().shutdown(Shutdown::Write);
            assert_eq!(answer(client, &case), expected, "{case:?} cut at {cut}");
        }
    }
}

fn answer(mut client: Client, case: &str) -> Answer {
    let first = client.read(false);
    if first.is_last() {
        assert_ne!(first.status, 200, "nothing asked for the end of the connection: {case:?}");
        client.end();
        return Refused(first.status);
    }
    if client.has_more() {
        let next = client.read(false);
        assert_eq!(next.status, 404, "{case:?}");
        client.end();
        return if first.status == 405 { NotAllowed } else { Served };
    }
    Ended
}
