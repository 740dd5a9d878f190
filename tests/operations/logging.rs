//! The log: one access line a response, in which control characters are escaped. Its end does not
//! disturb the server.

use crate::support::client::get;
use crate::support::server::{Server, program};
use std::net::Ipv4Addr;

/// Returns the access line of the only response whose request line contains `mark`, from the
/// address on.
fn access_line(server: &Server, mark: &str) -> String {
    let log = server.wait_for_log(mark);
    let line = log.lines().find(|line| line.contains(mark)).unwrap();
    let (_, line) = line.split_at(line.find("127.0.0.1").expect("an access line names the client"));
    line.to_owned()
}

/// Returns the line without its time, which must have the format of a time.
fn without_time(line: &str) -> String {
    let (before, rest) = line.split_once('[').unwrap();
    let (time, after) = rest.split_once(']').unwrap();
    let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    let month = &time[3..6];
    assert_eq!(shape.replace(month, "Mon"), "00/Mon/0000:00:00:00 +0000", "{time}");
    assert!("JanFebMarAprMayJunJulAugSepOctNovDec".contains(month), "{time}");
    format!("{before}[]{after}")
}

#[test]
fn each_response_is_one_combined_log_line() {
    let server = Server::start(&[]);
    let fields = "Host: a\r\nConnection: close\r\nReferer: http://a/\r\nUser-Agent: tester/1.0";
    let length = server.ask(format!("GET /one?q HTTP/1.1\r\n{fields}\r\n\r\n")).body.len();
    server.ask(format!("HEAD /two HTTP/1.0\r\n{fields}\r\n\r\n"));
    let error_length = server.ask("POST /three HTTP/1.1\r\nHost: a\r\n\r\n").body.len();
    let quoted = "\"http://a/\" \"tester/1.0\"";
    let line = |mark| without_time(&access_line(&server, mark));
    assert_eq!(
        line("/one"),
        format!("{} - - [] \"GET /one?q HTTP/1.1\" 404 {length} {quoted}", Ipv4Addr::LOCALHOST)
    );
    assert_eq!(
        line("/two"),
        format!("{} - - [] \"HEAD /two HTTP/1.0\" 404 0 {quoted}", Ipv4Addr::LOCALHOST)
    );
    assert_eq!(
        line("/three"),
        format!(
            "{} - - [] \"POST /three HTTP/1.1\" 405 {error_length} \"-\" \"-\"",
            Ipv4Addr::LOCALHOST
        )
    );
}

#[test]
fn client_bytes_are_escaped_in_the_log() {
    let server = Server::start(&[]);
    server.ask(b"GET /hostile HTTP/1.1\r\nHost: a\r\nConnection: close\r\nUser-Agent: \"\\ \t\xc2\x9b31m\xff\r\nReferer: \" 200\r\n\r\n");
    let line = access_line(&server, "/hostile");
    assert!(line.ends_with(r#" "\" 200" "\"\\ \x09\xc2\x9b31m\xff""#), "{line}");

    server.ask(b"GET /forged\x1b[2J\x07\r127.0.0.1 HTTP/1.1\r\n\r\n");
    let line = access_line(&server, "/forged");
    assert!(line.contains(r#""GET /forged\x1b[2J\x07\x0d127.0.0.1 HTTP/1.1" 400 "#), "{line}");

    let harmless = |c: char| c == '\n' || (' '..='~').contains(&c);
    assert!(server.log().chars().all(harmless), "{:?}", server.log());
}

#[test]
fn log_level_decides_what_is_logged() {
    let server = Server::start(&[]);
    server.ask(get("/first"));
    let log = server.wait_for_log("/first");
    assert!(!log.contains("got a job"), "the pool's lines are at debug:\n{log}");
    let server = Server::spawn(
        program().args(["--addr", "127.0.0.1:0"]).env("RUST_LOG", "info,hello::pool=debug"),
    );
    server.ask(get("/second"));
    assert!(server.wait_for_log("/second").contains("got a job"));
}

#[test]
#[cfg(unix)]
fn server_outlives_the_reader_of_its_log() {
    let mut server = Server::start(&["--workers", "1", "--log", "debug"]);
    server.close_log();
    for _ in 0..5 {
        server.ask(get("/")).check_last(200);
    }
    server.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(server.wait().0.code(), Some(0));
}
