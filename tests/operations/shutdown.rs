//! Shutdown: accepted requests are answered, idle connections are closed, and the exit status is 0.

use crate::support::client::{Client, Response, get, keep_alive};
use crate::support::server::{Server, program};
use crate::support::wait::{TIMEOUT, wait_for};
use nix::sys::signal::Signal;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

#[test]
fn shutdown_finishes_the_request_in_progress() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let server = Server::start(&["--workers", "1", "--sleep-seconds", "0.5", "--log", "debug"]);
        let stream = server.send(get("/sleep"));
        server.wait_for_log("sleeping for");
        server.signal(signal);
        Response::read(stream).check_last(200);
        let (status, log) = server.wait();
        assert_eq!(status.code(), Some(0), "{signal}: {log}");
        assert!(log.contains("answered 1 requests: 1 with 200 OK"), "{log}");
    }
}

#[test]
fn shutdown_answers_queued_requests() {
    let server = Server::start(&["--workers", "1", "--sleep-seconds", "0.5", "--log", "debug"]);
    let mut streams = vec![server.send(get("/sleep"))];
    server.wait_for_log("sleeping for");
    streams.extend((0..20).map(|_| server.send(get("/"))));
    server.signal(Signal::SIGTERM);
    for stream in streams {
        Response::read(stream).check_last(200);
    }
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0));
    assert!(log.contains("answered 21 requests: 21 with 200 OK"), "{log}");
}

#[test]
fn clients_after_the_signal_are_refused() {
    let server = Server::start(&["--workers", "1", "--sleep-seconds", "1", "--log", "debug"]);
    let asleep = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    server.signal(Signal::SIGTERM);
    server.wait_for_log("[hello] shutting down");
    // The listener may close a moment after the log line, but long before the server ends.
    let refused = wait_for("closing the listener", || {
        match TcpStream::connect_timeout(&server.addr(), TIMEOUT) {
            Ok(_) => Err("accepted"),
            Err(error) => Ok(error.kind()),
        }
    });
    // It is a reset if the listener closed while this client was in its backlog.
    assert!(
        matches!(refused, ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset),
        "{refused}"
    );
    assert!(!server.log().contains("answered"), "refused while the server still worked");
    assert_eq!(Response::read(asleep).status, 200);
    assert!(server.wait().0.success());
}

#[test]
fn signals_without_a_meaning_are_ignored() {
    let server = Server::start(&[]);
    for signal in [Signal::SIGUSR1, Signal::SIGUSR2, Signal::SIGALRM, Signal::SIGPIPE] {
        server.signal(signal);
        assert_eq!(server.ask(get("/")).status, 200, "{signal}");
    }
    server.signal(Signal::SIGTERM);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn second_signal_ends_the_server_at_once() {
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
fn idle_server_ends_at_the_first_signal() {
    for addr in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"] {
        if TcpListener::bind(addr).is_err() {
            eprintln!("skipped: this machine has no {addr}");
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
fn take_shuts_down_as_in_the_book() {
    let server = Server::start(&["--take", "2", "--workers", "2", "--log", "debug"]);
    for _ in 0..2 {
        assert_eq!(server.ask(get("/")).status, 200);
    }
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    // A turn before the request has arrived, or one for a lingering close, is one more job.
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

#[test]
fn shutdown_closes_idle_connections_at_once() {
    let server = Server::start(&["--idle-seconds", "60", "--head-seconds", "60", "--workers", "1"]);
    let mut clients: Vec<Client> = (0..50).map(|_| server.client()).collect();
    for client in &mut clients {
        assert_eq!(client.get("/").status, 200);
    }
    let start = Instant::now();
    server.signal(Signal::SIGTERM);
    for client in clients {
        client.end();
    }
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(!log.contains("were cut"), "{log}");
}

#[test]
fn shutdown_answers_requests_already_begun() {
    let server = Server::start(&["--workers", "1", "--sleep-seconds", "0.5", "--log", "debug"]);
    let mut client = server.client();
    client.send(keep_alive("/nope") + &keep_alive("/sleep") + &keep_alive("/") + &keep_alive("/"));
    let mut begun = server.client();
    begun.send("GET / HT");
    server.wait_for_log("sleeping for");
    server.signal(Signal::SIGTERM);
    assert!(!client.read(false).is_last());
    // If this response was begun before the signal, the next one is the last.
    let response = client.read(false);
    assert_eq!(response.status, 200);
    if !response.is_last() {
        client.read(false).check(false);
    }
    client.end();
    // A request that was begun before the signal is answered, too.
    begun.send(&keep_alive("/")["GET / HT".len()..]);
    begun.read(false).check(false);
    begun.end();
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn connections_beyond_the_grace_period_are_cut() {
    let server = Server::start(&[
        "--grace",
        "0.4",
        "--sleep-seconds",
        "60",
        "--workers",
        "3",
        "--log",
        "debug",
    ]);
    let _asleep = [server.send(get("/sleep")), server.send(get("/sleep"))];
    server.wait_for_log_times("sleeping for", 2);
    let idle = server.idle_client();
    let start = Instant::now();
    server.signal(Signal::SIGTERM);
    idle.end();
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("2 connections were cut"), "{log}");
    assert!(
        (Duration::from_millis(390)..Duration::from_secs(10)).contains(&start.elapsed()),
        "{:?}",
        start.elapsed()
    );
}
