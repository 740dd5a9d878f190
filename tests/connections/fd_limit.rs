//! The limit on open files: the server keeps within it, and survives reaching it.

use crate::support::client::{Response, get};
use crate::support::process::open_files;
use crate::support::server::{Server, command, program};
use crate::support::wait::wait_until;
use nix::sys::signal::Signal;
use std::io::Write;
use std::net::TcpStream;

/// Starts a server whose fd limit is lowered afterwards, which it does not notice.
fn with_lowered_limit(files: u64, flags: &[&str]) -> Server {
    let server = Server::start(flags);
    lower_limit(&server, files);
    server
}

fn lower_limit(server: &Server, files: u64) {
    let id = i32::try_from(server.id()).unwrap();
    rlimit::prlimit(id, rlimit::Resource::NOFILE, Some((files, files)), None).unwrap();
}

#[test]
fn fd_limit_limits_the_connections() {
    let program = program();
    let mut command = command("sh");
    command.args(["-c", "ulimit -n 100; exec \"$0\" \"$@\""]).arg(program.get_program());
    command.args(["--addr", "127.0.0.1:0", "--head-seconds", "60"]);
    let server = Server::spawn(&mut command);
    let mut clients: Vec<TcpStream> = (0..50).map(|_| server.send("GET / HTTP/1.1\r\n")).collect();
    assert_eq!(server.ask(get("/")).status, 503);
    clients.truncate(40);
    finish(clients);
    let log = server.log();
    assert_eq!(
        log.matches("only 50 connections may be open at once, not 10240").count(),
        1,
        "{log}"
    );
    assert!(!log.contains("cannot accept clients"), "{log}");
}

#[test]
fn soft_fd_limit_is_raised() {
    let program = program();
    let mut command = command("sh");
    command.args(["-c", "ulimit -S -n 40; exec \"$0\" \"$@\""]).arg(program.get_program());
    let server = Server::spawn(command.args(["--addr", "127.0.0.1:0", "--connections", "100"]));
    let clients: Vec<TcpStream> = (0..60).map(|_| server.send("GET / HTTP/1.1\r\n")).collect();
    finish(clients);
    assert!(!server.log().contains("WARN"), "{}", server.log());
}

#[test]
fn server_survives_exhausted_file_descriptors() {
    let (server, clients) = overcrowded();
    drop(clients);
    server.ask(get("/")).check_last(200);
    assert_eq!(
        server.log().matches("cannot accept clients").count(),
        1,
        "logged once, not at every attempt"
    );
}

#[test]
fn unread_log_does_not_stop_the_listener() {
    let mut server = Server::start(&["--head-seconds", "60"]);
    let _unread = server.fill_log();
    lower_limit(&server, 24);
    let clients: Vec<_> = (0..60).map(|_| server.send("GET / HTTP/1.1\r\n")).collect();
    wait_until("reaching the limit", || open_files(server.id()) >= 24);
    finish(clients);
}

#[test]
fn waiting_clients_are_accepted_as_descriptors_free_up() {
    let (_server, clients) = overcrowded();
    finish(clients);
}

#[test]
fn shutdown_answers_clients_in_the_backlog() {
    let (server, clients) = overcrowded();
    server.signal(Signal::SIGTERM);
    finish(clients);
    let (status, log) = server.wait();
    assert!(
        status.success() && log.contains("answered 60 requests: 60 with 200 OK"),
        "{status}: {log}"
    );
}

/// Starts a server with more clients than it can accept. None of them has finished its request.
fn overcrowded() -> (Server, Vec<TcpStream>) {
    let server = with_lowered_limit(24, &["--head-seconds", "60"]);
    let clients = (0..60).map(|_| server.send("GET / HTTP/1.1\r\n")).collect();
    server.wait_for_log("cannot accept clients for the moment");
    (server, clients)
}

/// Finishes the requests, which must be answered.
fn finish(clients: Vec<TcpStream>) {
    for mut stream in clients {
        stream.write_all(b"Host: a\r\nConnection: close\r\n\r\n").unwrap();
        Response::read(stream).check_last(200);
    }
}

/// `accept` takes its descriptor before it waits. If that is the last one, the stop must not
/// need another.
#[test]
fn server_stops_without_a_free_descriptor() {
    const FILES: u64 = 24;
    let server = with_lowered_limit(FILES, &["--workers", "1", "--head-seconds", "60"]);
    let open = || open_files(server.id());
    let mut clients = Vec::new();
    while open() < FILES as usize - 1 {
        let wanted = open() + 1;
        // With a byte to read, since the kernel holds silent connections back for a second.
        clients.push(server.send("G"));
        wait_until("accepting a client", || open() >= wanted);
    }
    assert!(!server.log().contains("cannot accept clients"));
    server.signal(Signal::SIGTERM);
    // Either it accepted the connection that woke it and has no descriptor for another, or it has
    // seen that none is waiting.
    server.wait_until_log("stop", |log| {
        log.contains("cannot accept clients") || log.contains("shutting down")
    });
    drop(clients);
    let (status, log) = server.wait();
    assert!(status.success(), "{status}: {log}");
}
