//! Parked connections: they hold no worker and leak nothing, whatever their clients do.

use crate::support::client::{Client, Response, get, keep_alive};
#[cfg(target_os = "linux")]
use crate::support::process::{open_files, resident};
use crate::support::server::Server;
#[cfg(target_os = "linux")]
use crate::support::wait::wait_until;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// How long a request on a new connection may take while no other connection has work. If it waited
/// for one of the timeouts below, it would take much longer.
const QUICKLY: Duration = Duration::from_secs(5);

const LONG_TIMEOUTS: [&str; 8] =
    ["--workers", "1", "--head-seconds", "60", "--idle-seconds", "60", "--write-seconds", "60"];

/// Sends a request on a new connection, which must be answered at once.
#[track_caller]
fn check_quick(server: &Server) {
    let start = Instant::now();
    assert_eq!(server.ask(get("/")).status, 200);
    assert!(start.elapsed() < QUICKLY, "{:?}", start.elapsed());
}

#[test]
fn half_close_with_a_request_is_noticed() {
    let server = Server::start(&LONG_TIMEOUTS);
    // So many that the worker does not read a second time from each.
    let mut clients: Vec<Client> = (0..10).map(|_| server.client()).collect();
    for round in 0..20 {
        for client in &mut clients {
            assert_eq!(client.get("/").status, 200, "round {round}");
        }
    }
    let start = Instant::now();
    for mut client in clients {
        client.send(keep_alive("/"));
        client.stream().shutdown(Shutdown::Write).unwrap();
        assert_eq!(client.read(false).status, 200);
        client.end();
    }
    assert!(start.elapsed() < QUICKLY, "{:?}", start.elapsed());
}

#[test]
fn parked_connections_hold_no_worker() {
    const EACH: usize = 50;
    let server = Server::start(&LONG_TIMEOUTS);
    let silent: Vec<TcpStream> = (0..EACH).map(|_| server.connect()).collect();
    check_quick(&server);
    let half: Vec<TcpStream> =
        (0..EACH).map(|_| server.send("GET / HTTP/1.1\r\nHost: a\r\n")).collect();
    check_quick(&server);
    let idle: Vec<Client> = (0..EACH)
        .map(|_| {
            let mut client = server.client();
            assert_eq!(client.get("/").status, 200);
            client
        })
        .collect();
    check_quick(&server);
    let body: Vec<TcpStream> = (0..EACH)
        .map(|_| server.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"))
        .collect();
    check_quick(&server);
    let mut dripping: Vec<TcpStream> = (0..EACH).map(|_| server.connect()).collect();
    for byte in b"GET /drip HTTP/1.1\r\nX: y" {
        for stream in &mut dripping {
            stream.write_all(&[*byte]).unwrap();
        }
        check_quick(&server);
    }
    // All of them were waited for, not given up.
    for mut stream in half {
        stream.write_all(b"Connection: close\r\n\r\n").unwrap();
        assert_eq!(Response::read(stream).status, 200);
    }
    for mut client in idle {
        assert_eq!(client.get("/nope").status, 404);
    }
    drop((silent, body, dripping));
    check_quick(&server);
}

/// Opens a connection and sends requests, without reading, until nothing more can be sent.
fn client_that_reads_nothing(server: &Server) -> TcpStream {
    let mut stream = server.connect();
    stream.set_nonblocking(true).unwrap();
    let requests = keep_alive("/").repeat(500);
    let start = Instant::now();
    let mut since = Instant::now();
    // The server stops reading once its own buffer is full. It may need a moment to read what has
    // arrived.
    while since.elapsed() < Duration::from_millis(100) && start.elapsed() < QUICKLY {
        // Where a request is cut does not matter: its response is never read.
        if stream.write_all(requests.as_bytes()).is_ok() {
            since = Instant::now();
        } else {
            thread::sleep(Duration::from_millis(1));
        }
    }
    stream
}

#[test]
fn client_that_reads_nothing_holds_no_worker() {
    let server = Server::start(&[&LONG_TIMEOUTS[..], &["--requests", "1000000"]].concat());
    let clients: Vec<TcpStream> = (0..3).map(|_| client_that_reads_nothing(&server)).collect();
    for _ in 0..10 {
        check_quick(&server);
    }
    drop(clients);
}

#[test]
fn client_with_unread_responses_times_out() {
    let flags =
        ["--workers", "1", "--write-seconds", "0.3", "--requests", "1000000", "--log", "debug"];
    let server = Server::start(&flags);
    let _client = client_that_reads_nothing(&server);
    server.wait_for_log("a client did not take its response");
    check_quick(&server);
}

/// Runs one misbehaving client. `n` selects how it misbehaves.
#[cfg(target_os = "linux")]
fn abuse(server: &Server, n: usize) {
    let Ok(mut stream) = TcpStream::connect(server.addr()) else { return };
    let bytes: &[u8] = match n % 8 {
        0 => b"",
        1 => b"GET / HTTP/1.1\r\nHo",
        2 => b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x9d\x1f",
        3 => b"\0\xff\xfe garbage \r\n\r\n\r\n garbage",
        4 => b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        5 => b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\nGET /",
        6 => b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\nmore and more",
        _ => b"HEAD /nope HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    };
    // The server may have closed already.
    let _ = stream.write_all(bytes);
    if (n / 8).is_multiple_of(2) {
        crate::support::client::reset_on_close(&stream);
    }
    if n.is_multiple_of(3) {
        thread::sleep(Duration::from_micros(300));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn abuse_leaks_neither_descriptors_nor_memory() {
    let server =
        Server::start(&["--workers", "2", "--head-seconds", "0.5", "--idle-seconds", "0.5"]);
    check_quick(&server);
    // At most one more than without connections: the last one may still be open.
    let before = open_files(server.id());
    let mut seen = Vec::new();
    for _ in 0..4 {
        thread::scope(|scope| {
            for thread in 0..4 {
                let server = &server;
                scope.spawn(move || (0..400).for_each(|n| abuse(server, n * 7 + thread)));
            }
        });
        check_quick(&server);
        wait_until("closing all connections", || open_files(server.id()) <= before);
        seen.push(resident(server.id()));
    }
    // The first round allocates what is needed. After that, only the allocator adds a little.
    assert!(seen[3] < seen[0] + 1024 * 1024, "bytes resident after each round: {seen:?}");
    assert!(
        !server.log().contains("panicked") && !server.log().contains("WARN"),
        "{}",
        server.log()
    );
}
