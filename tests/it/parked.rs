//! Connections that wait hold no worker and leave nothing behind, whatever their clients do or fail
//! to do.

use crate::client::Client;
use crate::server::Server;
use crate::{get, keep};
use socket2::SockRef;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// How long a fresh request may take while the server has nothing else to do for anybody; any
/// waiting for a deadline of the server's would take much longer.
const QUICKLY: Duration = Duration::from_secs(5);

const PATIENT: [&str; 8] =
    ["--workers", "1", "--head-seconds", "60", "--idle-seconds", "60", "--write-seconds", "60"];

/// Asks on a fresh connection: it must not have to wait.
#[track_caller]
fn is_quick(server: &Server) -> Duration {
    let start = Instant::now();
    assert_eq!(server.ask(get("/")).status, 200);
    assert!(start.elapsed() < QUICKLY, "{:?}", start.elapsed());
    start.elapsed()
}

#[test]
fn an_end_that_comes_together_with_a_request_is_noticed() {
    let server = Server::start(&PATIENT);
    // So many that the worker does not look a second time at each.
    let mut crowd: Vec<Client> = (0..10).map(|_| server.client()).collect();
    for round in 0..20 {
        for client in &mut crowd {
            assert_eq!(client.get("/").status, 200, "round {round}");
        }
    }
    let start = Instant::now();
    for mut client in crowd {
        client.send(keep("/"));
        client.stream().shutdown(Shutdown::Write).unwrap();
        assert_eq!(client.read(false).status, 200);
        client.end();
    }
    assert!(start.elapsed() < QUICKLY, "{:?}", start.elapsed());
}

#[test]
fn waiting_clients_hold_no_worker() {
    const EACH: usize = 50;
    let server = Server::start(&PATIENT);
    let silent: Vec<TcpStream> = (0..EACH).map(|_| server.connect()).collect();
    is_quick(&server);
    let half: Vec<TcpStream> =
        (0..EACH).map(|_| server.send("GET / HTTP/1.1\r\nHost: a\r\n")).collect();
    is_quick(&server);
    let idle: Vec<Client> = (0..EACH)
        .map(|_| {
            let mut client = server.client();
            assert_eq!(client.get("/").status, 200);
            client
        })
        .collect();
    is_quick(&server);
    let body: Vec<TcpStream> = (0..EACH)
        .map(|_| server.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"))
        .collect();
    is_quick(&server);
    let mut dripping: Vec<TcpStream> = (0..EACH).map(|_| server.connect()).collect();
    for byte in b"GET /drip HTTP/1.1\r\nX: y" {
        for stream in &mut dripping {
            stream.write_all(&[*byte]).unwrap();
        }
        is_quick(&server);
    }
    // All of them were waited for, not given up.
    for mut stream in half {
        stream.write_all(b"Connection: close\r\n\r\n").unwrap();
        assert_eq!(crate::client::Response::read(stream).status, 200);
    }
    for mut client in idle {
        assert_eq!(client.get("/nope").status, 404);
    }
    drop((silent, body, dripping));
    is_quick(&server);
}

/// A client that asks and asks and reads nothing, until nothing more can be sent.
fn deaf(server: &Server) -> TcpStream {
    let mut stream = server.connect();
    stream.set_nonblocking(true).unwrap();
    let requests = keep("/").repeat(500);
    let start = Instant::now();
    let mut since = Instant::now();
    // The server takes no more once its own buffer is full; it may need a moment to read what is
    // there.
    while since.elapsed() < Duration::from_millis(100) && start.elapsed() < QUICKLY {
        // Where a request is cut does not matter; nobody gets to read that it was.
        if stream.write_all(requests.as_bytes()).is_ok() {
            since = Instant::now();
        } else {
            thread::sleep(Duration::from_millis(1));
        }
    }
    stream
}

#[test]
fn a_client_that_does_not_read_holds_no_worker() {
    let server = Server::start(&[&PATIENT[..], &["--requests", "1000000"]].concat());
    let deaf: Vec<TcpStream> = (0..3).map(|_| deaf(&server)).collect();
    for _ in 0..10 {
        is_quick(&server);
    }
    drop(deaf);
}

#[test]
fn a_client_that_does_not_read_its_responses_is_given_up() {
    let flags =
        ["--workers", "1", "--write-seconds", "0.3", "--requests", "1000000", "--log", "debug"];
    let server = Server::start(&flags);
    let _deaf = deaf(&server);
    server.wait_for_log("a client did not take its response");
    is_quick(&server);
}

/// One client that behaves badly, in a way of its own.
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
        let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    }
    if n.is_multiple_of(3) {
        thread::sleep(Duration::from_micros(300));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn abuse_leaves_nothing_behind() {
    let server =
        Server::start(&["--workers", "2", "--head-seconds", "0.5", "--idle-seconds", "0.5"]);
    let open = || std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap().count();
    let memory = || resident(server.id());
    let settled = |limit: usize| {
        let start = Instant::now();
        while open() > limit && start.elapsed() < crate::server::TIMEOUT {
            thread::sleep(Duration::from_millis(20));
        }
        assert!(open() <= limit, "{} descriptors are open, and {limit} were before", open());
    };
    is_quick(&server);
    settled(open());
    thread::sleep(Duration::from_millis(100));
    let before = open();
    let mut seen = Vec::new();
    for _ in 0..4 {
        thread::scope(|scope| {
            for thread in 0..4 {
                let server = &server;
                scope.spawn(move || (0..400).for_each(|n| abuse(server, n * 7 + thread)));
            }
        });
        is_quick(&server);
        settled(before);
        seen.push(memory());
    }
    // The first round may find the room that is needed; after that, none is missing. The
    // allocator's whims aside.
    assert!(seen[3] < seen[0] + 1024 * 1024, "bytes resident after each round: {seen:?}");
    assert!(
        !server.log().contains("panicked") && !server.log().contains("WARN"),
        "{}",
        server.log()
    );
}

/// How many bytes of memory a process holds.
#[cfg(target_os = "linux")]
pub(crate) fn resident(id: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("the kernel tells");
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
