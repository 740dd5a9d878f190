//! More clients than the server can serve: what it cannot serve it refuses politely, and it
//! recovers.

use crate::client::Response;
use crate::get;
use crate::server::Server;

#[test]
fn a_full_queue_is_answered_503_at_once() {
    let flags = ["--workers", "1", "--capacity", "1", "--sleep-seconds", "0.7", "--log", "debug"];
    let server = Server::start(&flags);
    let served = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    let queued = server.send(get("/sleep"));
    for _ in 0..3 {
        // Clients are let in one after the other, so the queue is full by now.
        let refused = server.ask(get("/"));
        assert_eq!((refused.status, refused.header("Retry-After")), (503, Some("1")));
        refused.check(false);
    }
    for stream in [served, queued] {
        let response = Response::read(stream);
        assert_eq!(response.status, 200);
        response.check(false);
    }
    let log = server.wait_for_log_times("\" 200 ", 2);
    assert!(
        log.rfind("\" 503 ") < log.find("\" 200 "),
        "refused before anybody was served:\n{log}"
    );
    assert_eq!(server.ask(get("/")).status, 200);
}

#[test]
fn client_reads_response_to_refused_upload() {
    let flags = ["--workers", "1", "--capacity", "1", "--sleep-seconds", "0.7", "--log", "debug"];
    let server = Server::start(&flags);
    let _served = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    let _queued = server.send(get("/sleep"));
    let body = "x".repeat(500_000);
    let refused =
        server.ask(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n{body}"));
    assert_eq!(refused.status, 503);
    refused.check(false);
}

#[cfg(target_os = "linux")]
mod descriptors {
    use super::*;
    use crate::server::{TIMEOUT, program};
    use nix::sys::signal::Signal;
    use std::io::Write;
    use std::net::TcpStream;
    use std::process::Command;
    use std::time::Instant;

    /// A server that may open so few files, and finds out only after it has started.
    fn with_few(files: u64, flags: &[&str]) -> Server {
        let server = Server::start(flags);
        let id = i32::try_from(server.id()).unwrap();
        rlimit::prlimit(id, rlimit::Resource::NOFILE, Some((files, files)), None).unwrap();
        server
    }

    #[test]
    fn no_more_connections_are_let_in_than_there_are_descriptors_for() {
        let program = program();
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n 100; exec \"$0\" \"$@\""]).arg(program.get_program());
        command.args(["--addr", "127.0.0.1:0", "--head-seconds", "60"]);
        let server = Server::spawn(&mut command);
        let mut crowd: Vec<TcpStream> =
            (0..50).map(|_| server.send("GET / HTTP/1.1\r\n")).collect();
        assert_eq!(server.ask(get("/")).status, 503);
        crowd.truncate(40);
        serve(crowd);
        let log = server.log();
        assert_eq!(
            log.matches("only 50 connections may be open at once, not 10240").count(),
            1,
            "{log}"
        );
        assert!(!log.contains("cannot accept clients"), "{log}");
    }

    #[test]
    fn a_soft_limit_is_raised() {
        let program = program();
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -S -n 40; exec \"$0\" \"$@\""]).arg(program.get_program());
        let server = Server::spawn(command.args(["--addr", "127.0.0.1:0", "--connections", "100"]));
        let crowd: Vec<TcpStream> = (0..60).map(|_| server.send("GET / HTTP/1.1\r\n")).collect();
        serve(crowd);
        assert!(!server.log().contains("WARN"), "{}", server.log());
    }

    #[test]
    fn running_out_of_descriptors_is_survived() {
        let (server, crowd) = crowded();
        drop(crowd);
        let response = server.ask(get("/"));
        assert_eq!(response.status, 200);
        response.check(false);
        assert_eq!(
            server.log().matches("cannot accept clients").count(),
            1,
            "said once, not at every try"
        );
    }

    #[test]
    fn the_crowd_is_let_in_as_room_is_made() {
        let (_server, crowd) = crowded();
        serve(crowd);
    }

    #[test]
    fn who_waits_at_the_door_is_answered_before_the_server_ends() {
        let (server, crowd) = crowded();
        server.signal(Signal::SIGTERM);
        serve(crowd);
        let (status, log) = server.wait();
        assert!(
            status.success() && log.contains("answered 60 requests: 60 with 200 OK"),
            "{status}: {log}"
        );
    }

    /// A server with more clients than it can let in. None of them has finished its request.
    fn crowded() -> (Server, Vec<TcpStream>) {
        let server = with_few(24, &["--head-seconds", "60"]);
        let crowd = (0..60).map(|_| server.send("GET / HTTP/1.1\r\n")).collect();
        server.wait_for_log("cannot accept clients for the moment");
        (server, crowd)
    }

    fn serve(crowd: Vec<TcpStream>) {
        for mut stream in crowd {
            stream.write_all(b"Host: a\r\nConnection: close\r\n\r\n").unwrap();
            let response = Response::read(stream);
            assert_eq!(response.status, 200);
            response.check(false);
        }
    }

    /// `accept` takes its descriptor before it waits. If that is the last one, the stop must not
    /// need another.
    #[test]
    fn the_server_stops_even_when_the_last_descriptor_is_taken() {
        const FILES: u64 = 24;
        let server = with_few(FILES, &["--workers", "1", "--head-seconds", "60"]);
        let open = || std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap().count();
        let mut crowd = Vec::new();
        let start = Instant::now();
        while open() < FILES as usize - 1 {
            let wanted = open() + 1;
            crowd.push(server.connect());
            while open() < wanted && start.elapsed() < TIMEOUT {
                std::thread::yield_now();
            }
        }
        assert!(!server.log().contains("cannot accept clients"));
        server.signal(Signal::SIGTERM);
        // Either it let in whoever woke it, and has no descriptor for the next; or it has seen that
        // there is no next.
        server.wait_until("stop", |log| {
            log.contains("cannot accept clients") || log.contains("shutting down")
        });
        drop(crowd);
        let (status, log) = server.wait();
        assert!(status.success(), "{status}: {log}");
    }
}
