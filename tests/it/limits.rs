//! Limits: how many connections, how long, and what becomes of them at the end.

use crate::client::{Client, Response};
use crate::server::Server;
use crate::{get, keep};
use std::thread;
use std::time::Duration;
#[cfg(unix)]
use {nix::sys::signal::Signal, std::time::Instant};

#[test]
fn for_one_more_connection_the_longest_idle_is_closed() {
    let server = Server::start(&["--connections", "3", "--idle-seconds", "60"]);
    let mut clients: Vec<Client> = (0..3).map(|_| idle(&server)).collect();
    // The first has been idle longest, then asks again: now it is the second.
    assert_eq!(clients[0].get("/").status, 200);
    settle();
    let mut newcomer = server.client();
    assert_eq!(newcomer.get("/").status, 200);
    clients.remove(1).end();
    for client in &mut clients {
        assert_eq!(client.get("/").status, 200);
        settle();
    }
    assert!(!server.log().contains("\" 503 "));
}

#[test]
fn only_where_none_is_idle_one_more_connection_is_turned_away() {
    let server = Server::start(&["--connections", "3", "--head-seconds", "60"]);
    let mut busy: Vec<Client> = (0..3).map(|_| server.client()).collect();
    for client in &mut busy {
        client.send("GET / HTTP/1.1\r\n");
    }
    settle();
    for _ in 0..3 {
        let refused = server.ask(keep("/"));
        assert_eq!((refused.status, refused.header("Retry-After")), (503, Some("1")));
        refused.check(false);
    }
    for client in &mut busy {
        client.send("Host: a\r\n\r\n");
        assert_eq!(client.read(false).status, 200);
    }
    settle();
    assert_eq!(server.ask(get("/")).status, 200);
}

#[test]
fn a_request_that_arrived_in_time_is_not_late_because_the_queue_was_full() {
    let flags =
        ["--workers", "1", "--capacity", "1", "--sleep-seconds", "2", "--head-seconds", "1.2"];
    let server = Server::start(&[&flags[..], &["--log", "debug"]].concat());
    let mut waking = idle(&server);
    let mut slow = server.client();
    slow.send("GET / HTTP/1.1\r\n");
    settle();
    let asleep = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    let queued = server.send(get("/"));
    settle();
    // The thread that watches connections now waits for room in the queue, beyond the deadline of
    // the slow one.
    waking.send(keep("/"));
    settle();
    slow.send("Host: a\r\n\r\n");
    for stream in [asleep, queued] {
        assert_eq!(Response::read(stream).status, 200);
    }
    assert_eq!(waking.read(false).status, 200);
    assert_eq!(slow.read(false).status, 200);
}

/// A connection that has had an answer.
fn idle(server: &Server) -> Client {
    let mut client = server.client();
    assert_eq!(client.get("/").status, 200);
    settle();
    client
}

/// Time for the server to let go of what it has answered. Clients see nothing of that.
fn settle() {
    thread::sleep(Duration::from_millis(120));
}

#[test]
#[cfg(unix)]
fn a_shutdown_closes_idle_connections_at_once() {
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
#[cfg(unix)]
fn a_shutdown_ends_a_turn_with_the_request_in_hand() {
    let server = Server::start(&["--workers", "1", "--sleep-seconds", "0.5", "--log", "debug"]);
    let mut client = server.client();
    client.send(keep("/nope") + &keep("/sleep") + &keep("/") + &keep("/"));
    let mut begun = server.client();
    begun.send("GET / HT");
    server.wait_for_log("sleeping for");
    server.signal(Signal::SIGTERM);
    assert!(!client.read(false).is_last());
    // Its answer was begun before the signal or after it; the one after it is the last, if there is
    // one.
    let response = client.read(false);
    assert_eq!(response.status, 200);
    if !response.is_last() {
        client.read(false).check(false);
    }
    client.end();
    // Begun before the signal, it is answered too.
    begun.send(&keep("/")["GET / HT".len()..]);
    begun.read(false).check(false);
    begun.end();
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
#[cfg(unix)]
fn what_takes_longer_than_the_grace_is_cut_and_counted() {
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
    let idle = idle(&server);
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
