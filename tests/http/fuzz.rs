//! Arbitrary bytes in arbitrary pieces: nothing panics, the result does not depend on the pieces,
//! and every valid request is answered once.
//!
//! Every run of `cargo test` tries the same few thousand inputs. `HELLO_FUZZ` sets how many, and
//! `HELLO_FUZZ_SEED` selects others:
//!
//! ```text
//! HELLO_FUZZ=1000000 HELLO_FUZZ_SEED=7 cargo test --release --test http fuzz -- --nocapture
//! ```
//!
//! Over sockets it tries a hundredth of that. Inputs that found a bug are in `tests/http/corpus`,
//! which every run tries.

mod inputs;

use crate::support::client::get;
use crate::support::random::Random;
use crate::support::server::Server;
use hello::http::{Body, MAX_FIELDS, MAX_REQUEST_LINE, parse_head, wants_head_only};
use inputs::{corpus, input, requests};
use std::io::Write;
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a number is expected"))
}

fn random() -> Random {
    Random::new(number("HELLO_FUZZ_SEED", 1) as u64)
}

fn rounds(default: usize) -> usize {
    number("HELLO_FUZZ", default)
}

/// The result of parsing all bytes of a connection.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    requests: Vec<Parsed>,
    end: End,
}

/// What is compared of a request.
#[derive(Debug, PartialEq, Eq)]
struct Parsed {
    path: String,
    is_allowed: bool,
    head_only: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    /// Everything was a request.
    Complete,
    /// Part of a head is left, or nothing but empty lines.
    Unfinished { nothing: bool, head_only: bool },
    /// Part of a body is missing.
    UnfinishedBody,
    /// The last request closes the connection.
    Last,
    /// A head was refused with this status.
    Refused { status: u16, head_only: bool },
    /// A body was malformed.
    Malformed,
}

/// Reads the requests of a connection whose bytes arrive in these pieces.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let (mut unread, mut requests, mut body) = (Vec::new(), Vec::new(), Body::none());
    for piece in pieces {
        unread.extend_from_slice(piece);
        loop {
            match read_next(&mut unread, &mut body, &mut requests) {
                Ok(true) => {}
                Ok(false) => break,
                Err(end) => return Outcome { requests, end },
            }
        }
    }
    let nothing = unread.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
    let end = match () {
        () if !body.is_done() => End::UnfinishedBody,
        () if unread.is_empty() => End::Complete,
        () => End::Unfinished { nothing, head_only: wants_head_only(&unread) },
    };
    Outcome { requests, end }
}

/// Reads the rest of a body and a head. Returns whether they were complete.
fn read_next(
    unread: &mut Vec<u8>,
    body: &mut Body,
    requests: &mut Vec<Parsed>,
) -> Result<bool, End> {
    if !body.is_done() {
        let length = body.skip(unread).map_err(|_| End::Malformed)?;
        unread.drain(..length);
        if !body.is_done() {
            assert!(unread.len() <= 1024, "{} bytes of a line are kept", unread.len());
            return Ok(false);
        }
    }
    match parse_head(unread) {
        Ok(None) => {
            let limit = 2 * MAX_REQUEST_LINE + MAX_FIELDS + 2;
            assert!(unread.len() <= limit, "{} bytes of a head are kept", unread.len());
            Ok(false)
        }
        Ok(Some(request)) => {
            let length = request.length;
            let is_allowed = request.error.is_none();
            assert!(length <= unread.len(), "{request:?}");
            assert!(request.path.starts_with('/') || !is_allowed, "{request:?}");
            let path = request.path.to_owned();
            requests.push(Parsed { path, is_allowed, head_only: request.head_only });
            if !request.keep_alive {
                return Err(End::Last);
            }
            *body = request.body.clone();
            unread.drain(..length);
            Ok(true)
        }
        Err(error) => {
            let head_only = wants_head_only(unread);
            Err(End::Refused { status: error.status.code(), head_only })
        }
    }
}

/// The bytes in pieces, most of them small.
fn cut<'a>(random: &mut Random, mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let most = if random.below(3) == 0 { bytes.len() } else { bytes.len().min(40) };
        let (piece, rest) = bytes.split_at(1 + random.below(most));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

/// Returns whether two ways to cut the same bytes had the same result.
fn same(one: &Outcome, other: &Outcome) -> bool {
    match (&one.end, &other.end) {
        (End::Refused { status, .. }, End::Refused { status: other_status, .. }) => {
            one.requests == other.requests && equally_bad(*status, *other_status)
        }
        _ => one == other,
    }
}

/// Returns whether both statuses may answer the same head. One that cannot become valid is refused
/// early; if it is also too long, the second error may not have arrived yet.
fn equally_bad(status: u16, other: u16) -> bool {
    let too_long = |status| matches!(status, 414 | 431 | 501);
    status == other || too_long(status) && other == 400 || status == 400 && too_long(other)
}

#[test]
fn corpus_parses_the_same_wherever_it_is_cut() {
    for (name, bytes) in corpus() {
        let whole = read([&bytes[..]]);
        for at in 0..=bytes.len() {
            let (one, other) = bytes.split_at(at);
            let cut = read([one, other]);
            assert!(same(&cut, &whole), "{name} cut at {at}: {cut:?}, as a whole {whole:?}");
        }
        let dripped = read(bytes.chunks(1));
        assert!(same(&dripped, &whole), "{name} byte by byte: {dripped:?}, as a whole {whole:?}");
        let smuggled = whole.requests.iter().any(|request| request.path == "/smuggled");
        assert!(!smuggled, "{name}: {whole:?}");
    }
}

#[test]
fn arbitrary_bytes_parse_the_same_however_cut() {
    let (mut random, corpus) = (random(), corpus());
    for round in 0..rounds(4000) {
        let bytes = input(&mut random, &corpus);
        let whole = read([&bytes[..]]);
        let pieces = read(cut(&mut random, &bytes));
        assert!(
            same(&pieces, &whole),
            "round {round}: {pieces:?} in pieces, {whole:?} as a whole\n{}",
            bytes.escape_ascii()
        );
    }
}

#[test]
fn every_request_is_parsed_once() {
    let mut random = random();
    for round in 0..rounds(4000) {
        let (bytes, paths) = requests(&mut random);
        let outcome = read(cut(&mut random, &bytes));
        let read: Vec<_> = outcome.requests.iter().map(|request| &request.path).collect();
        assert!(
            read.iter().eq(&paths.iter().collect::<Vec<_>>()),
            "round {round}: {outcome:?} of {}",
            bytes.escape_ascii()
        );
        assert_eq!(outcome.end, End::Complete, "round {round}: {}", bytes.escape_ascii());
    }
}

#[test]
fn server_answers_arbitrary_bytes_as_parsed() {
    let server = Server::start(&["--workers", "2", "--sleep-seconds", "0", "--head-seconds", "10"]);
    let (mut random, corpus) = (random(), corpus());
    for (_, bytes) in &corpus {
        converse(&server, bytes, &[bytes]);
    }
    for _ in 0..rounds(25_000).div_ceil(100) {
        let bytes = input(&mut random, &corpus);
        converse(&server, &bytes, &cut(&mut random, &bytes));
    }
    assert_eq!(server.ask(get("/")).status, 200);
    assert!(
        !server.log().contains("panicked") && !server.log().contains("WARN"),
        "{}",
        server.log()
    );
}

/// Sends the pieces and checks that the responses are those that the bytes should get.
fn converse(server: &Server, bytes: &[u8], pieces: &[&[u8]]) {
    let outcome = read([bytes]);
    let context = || format!("{outcome:?} of {}", bytes.escape_ascii());
    let mut client = server.client();
    for (n, piece) in pieces.iter().enumerate() {
        // The server may have closed already.
        if (&mut client.stream()).write_all(piece).is_err() {
            break;
        }
        if n % 4 == 3 && n < 40 {
            thread::sleep(Duration::from_micros(100));
        }
    }
    let _ = client.stream().shutdown(Shutdown::Write);
    let last = outcome.requests.len();
    for (n, request) in outcome.requests.iter().enumerate() {
        let response = client.read(request.head_only);
        let expected: &[u16] = match request.path.as_str() {
            _ if !request.is_allowed => &[405],
            "/" | "/sleep" => &[200, 304, 412],
            _ => &[404],
        };
        assert!(expected.contains(&response.status), "{response:?}: {}", context());
        assert_eq!(
            response.is_last(),
            outcome.end == End::Last && n + 1 == last,
            "response {n}: {}",
            context()
        );
    }
    let error = match outcome.end {
        End::Refused { status, head_only } => Some((status, head_only)),
        // Empty lines alone are a bad request, but nothing after a good one.
        End::Unfinished { nothing, head_only } if !nothing || last == 0 => Some((400, head_only)),
        _ => None,
    };
    if let Some((status, head_only)) = error {
        let response = client.read(head_only);
        assert!(equally_bad(response.status, status), "{response:?}: {}", context());
        response.check(head_only);
    }
    client.end();
}
