//! How the server ends: whoever was let in is answered, and the exit status says that all went
//! well.

use crate::client::Response;
use crate::get;
use crate::server::{Server, TIMEOUT, program};
use nix::sys::signal::Signal;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

#[test]
fn a_request_in_hand_is_finished_before_the_server_ends() {
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let server = Server::start(&["--workers", "1", "--sleep-seconds", "0.5", "--log", "debug"]);
        let stream = server.send(get("/sleep"));
        server.wait_for_log("sleeping for");
        server.signal(signal);
        let response = Response::read(stream);
        assert_eq!(response.status, 200);
        response.check(false);
        let (status, log) = server.wait();
        assert_eq!(status.code(), Some(0), "{signal}: {log}");
        assert!(log.contains("answered 1 requests: 1 with 200 OK"), "{log}");
    }
}

#[test]
fn who_waits_in_the_queue_is_answered_before_the_server_ends() {
    let server = Server::start(&["--workers", "1", "--sleep-seconds", "0.5", "--log", "debug"]);
    let mut streams = vec![server.send(get("/sleep"))];
    server.wait_for_log("sleeping for");
    streams.extend((0..20).map(|_| server.send(get("/"))));
    server.signal(Signal::SIGTERM);
    for stream in streams {
        let response = Response::read(stream);
        assert_eq!(response.status, 200);
        response.check(false);
    }
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0));
    assert!(log.contains("answered 21 requests: 21 with 200 OK"), "{log}");
}

#[test]
fn who_comes_after_the_signal_is_turned_away_at_once() {
    let server = Server::start(&["--workers", "1", "--sleep-seconds", "1", "--log", "debug"]);
    let asleep = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    server.signal(Signal::SIGTERM);
    server.wait_for_log("[hello] shutting down");
    // The door may close a moment after the log says so, but long before the server ends.
    let refused = loop {
        if let Err(error) = TcpStream::connect_timeout(&server.addr(), TIMEOUT) {
            break error.kind();
        }
    };
    // Reset, if it closed on this very client.
    assert!(
        matches!(refused, ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset),
        "{refused}"
    );
    assert!(!server.log().contains("answered"), "refused while the server was still at work");
    assert_eq!(Response::read(asleep).status, 200);
    assert!(server.wait().0.success());
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    let server = Server::start(&["--sleep-seconds", "1000", "--log", "debug"]);
    let _asleep = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    let start = Instant::now();
    server.signal(Signal::SIGINT);
    server.wait_for_log("shutting down");
    server.signal(Signal::SIGINT);
    assert_eq!(server.wait().0.code(), Some(130));
    assert!(start.elapsed() < Duration::from_secs(100));
}

#[test]
fn an_idle_server_ends_at_the_first_signal_wherever_it_listens() {
    for addr in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"] {
        if TcpListener::bind(addr).is_err() {
            eprintln!("this machine has no {addr}");
            continue;
        }
        let server = Server::spawn(program().args(["--addr", addr]));
        assert_eq!(server.ask(get("/")).status, 200, "{addr}");
        server.signal(Signal::SIGTERM);
        let (status, log) = server.wait();
        assert_eq!(status.code(), Some(0), "{addr}: {log}");
        assert!(log.contains("answered 1 requests: 1 with 200 OK"), "{addr}: {log}");
    }
}

#[test]
fn after_its_connections_the_server_shuts_down_as_in_the_book() {
    let server = Server::start(&["--take", "2", "--workers", "2", "--log", "debug"]);
    for _ in 0..2 {
        assert_eq!(server.ask(get("/")).status, 200);
    }
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    // A turn that came before its request, or saw its client off, is one more job.
    assert!(log.matches(" got a job; executing.").count() >= 2, "{log}");
    assert!(log.contains("answered 2 requests: 2 with 200 OK"), "{log}");
    let mut rest = log.as_str();
    for line in [
        "got a job; executing.",
        "shutting down\n",
        "shutting down worker 0\n",
        "shutting down worker 1\n",
    ] {
        let (_, after) = rest
            .split_once(line)
            .unwrap_or_else(|| panic!("`{line}` is missing or too early:\n{log}"));
        rest = after;
    }
    for worker in 0..2 {
        assert!(log.contains(&format!("worker {worker} disconnected; shutting down.")), "{log}");
    }
}
