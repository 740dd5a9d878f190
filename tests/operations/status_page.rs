//! The status page: it has a listener of its own, and answers even if every worker is busy.

use crate::support::client::{Response, get, keep_alive};
use crate::support::server::{Server, program, run};
use crate::support::status_page::StatusPage;
use crate::support::wait::{TIMEOUT, wait_until};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Instant;

#[test]
fn status_responses_are_not_cached() {
    let (_server, status) = StatusPage::start(&[]);
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/status.json", "application/json"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ("/healthz", "text/plain"),
    ] {
        let response = status.ask(&get(path));
        assert_eq!(
            (response.status, response.header("Content-Type")),
            (200, Some(content_type)),
            "{path}"
        );
        assert_eq!(response.header("Cache-Control"), Some("no-store"), "{path}");
        assert_eq!(
            response.header("Content-Length"),
            Some(response.body.len().to_string().as_str()),
            "{path}"
        );
    }
}

#[test]
fn other_sites_cannot_use_the_status_page() {
    let (server, status) = StatusPage::start(&[]);
    for path in ["/", "/status.json", "/metrics", "/healthz", "/nope"] {
        let response = status.ask(&get(path));
        let policy = response.header("Content-Security-Policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'"), "{response:?}");
        assert!(policy.contains("frame-ancestors 'none'"), "{response:?}");
        assert!(!policy.replace("style-src 'unsafe-inline'", "").contains("unsafe"), "{policy}");
        assert_eq!(response.header("Cross-Origin-Resource-Policy"), Some("same-origin"));
        assert_eq!(response.header("X-Content-Type-Options"), Some("nosniff"));
    }
    // Only the page's own script runs: it has the nonce of its response, and the next has another.
    let nonces = [(); 2].map(|()| {
        let response = status.ask(&get("/"));
        let policy = response.header("Content-Security-Policy").unwrap_or_default();
        let nonce =
            policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).unwrap().0;
        assert!(response.text().contains(&format!("<script nonce=\"{nonce}\">")), "{response:?}");
        nonce.to_owned()
    });
    assert_ne!(nonces[0], nonces[1]);
    // The operator's own pages may be framed, and need what a policy would forbid.
    let page = server.ask(get("/"));
    assert_eq!(page.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(page.header("Content-Security-Policy"), None);
}

#[test]
fn second_server_runs_without_a_status_page() {
    // If another process has the address already, the effect is the same.
    let taken = TcpListener::bind("127.0.0.1:7879");
    let default =
        || Server::spawn(program().args(["--addr", "127.0.0.1:0"]).env_remove("HELLO_STATUS"));
    let server = default();
    assert!(
        server
            .log()
            .contains("no status page: 127.0.0.1:7879 is in use: choose another with --status"),
        "{}",
        server.log()
    );
    assert_eq!(server.ask(get("/")).status, 200);
    if taken.is_ok() {
        drop((taken, server));
        let server = default();
        let address = StatusPage::in_log(&server.log()).map(|page| page.0);
        let expected = "127.0.0.1:7879".parse().unwrap();
        assert!(
            address == Some(expected) || TcpListener::bind(expected).is_err(),
            "{}",
            server.log()
        );
    }
}

#[test]
fn status_page_can_be_switched_off() {
    let server = Server::start(&["--status", "off"]);
    assert_eq!(server.ask(get("/")).status, 200);
    assert!(!server.log().contains("status page"), "{}", server.log());
}

#[test]
fn taken_status_address_is_reported_on_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(program().args(["--addr", "127.0.0.1:0", "--status", &address]));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let expected =
        format!("hello: {address} is in use: choose another with --status or HELLO_STATUS\n");
    assert_eq!(stderr, expected);
}

#[test]
fn status_page_answers_while_every_worker_sleeps() {
    let (server, status) = StatusPage::start(&["--workers", "2", "--sleep-seconds", "1000"]);
    let sleepers: Vec<_> = (0..5).map(|_| server.send(get("/sleep"))).collect();
    let seen =
        status.wait_for_metrics("reporting two busy workers and three queued jobs", |seen| {
            seen.value("hello_workers_busy") == 2.0
                && seen.value("hello_queue_jobs") == 3.0
                && seen.value("hello_queue_oldest_job_age_seconds") > 0.2
        });
    assert_eq!((seen.value("hello_workers"), seen.value("hello_connections_open")), (2.0, 5.0));
    assert!(seen.all("hello_worker_busy_seconds_total").all(|busy| busy > 0.2), "{seen:?}");

    let page = status.ask(&get("/"));
    assert!(
        page.text().contains("2 of 2 workers busy, 3 jobs wait, the oldest for "),
        "{}",
        page.text()
    );
    let named = |stream: &&TcpStream| {
        page.text().contains(&format!("/sleep for {}<", stream.local_addr().unwrap()))
    };
    assert_eq!(sleepers.iter().filter(named).count(), 2, "{}", page.text());
    let json = status.ask(&get("/status.json"));
    assert!(
        json.text().contains("3 jobs wait, the oldest for ")
            && json.text().contains(", \"/sleep for "),
        "{json:?}"
    );
}

#[test]
fn page_shows_the_last_minute_without_script() {
    let (server, status) = StatusPage::start(&["--workers", "1", "--sleep-seconds", "1000"]);
    let page = || status.ask(&get("/")).text().to_owned();
    assert!(page().contains("Waiting: 0 jobs now, 0 jobs at most"), "{}", page());
    let _sleepers: Vec<_> = (0..3).map(|_| server.send(get("/sleep"))).collect();
    // Nothing but the server can have kept the samples, since each page is a new one.
    wait_until("a plot of the queue", || {
        let page = page();
        page.contains("2 jobs at most") && page.contains("class=\"wait\" d=\"M")
    });
    wait_until("a bar for the worker, with a gap where its job began", || {
        let page = page();
        page.contains("class=\"busy\" d=\"M") && page.contains("class=\"gap\" d=\"M")
    });
}

#[test]
fn sleepers_outnumber_the_workers_by_two() {
    let (server, status) = StatusPage::start(&["--workers", "9", "--sleep-seconds", "0.5"]);
    assert!(status.ask(&get("/")).text().contains("Send 11 requests"));
    let press = |referer: &str| {
        let field = format!("Referer: {referer}\r\nConnection:");
        status.ask(&get("/sleepers").replace("Connection:", &field))
    };
    // Another site cannot press the button through the user's browser.
    for foreign in ["http://attacker.example/", "http://localhost.attacker.example/", "localhost"] {
        assert_eq!(press(foreign).status, 400, "{foreign}");
    }
    assert_eq!(status.ask(&get("/sleepers")).status, 400);
    for _ in 0..2 {
        let pressed = press("http://localhost/");
        assert_eq!(pressed.status, 200);
        assert!(pressed.text().contains("11 requests are sent."), "{pressed:?}");
    }
    wait_until("all answers", || {
        status.ask(&get("/status.json")).text().contains("All 11 were answered after ")
    });
    status.wait_for_metrics("counting all answers", |seen| {
        seen.value("hello_http_responses_total{code=\"200\"}") == 11.0
    });
    server.wait_for_log("\"hello-status\"");
}

#[cfg(unix)]
#[test]
fn draining_server_is_unhealthy_but_answers() {
    let (server, status) =
        StatusPage::start(&["--workers", "1", "--sleep-seconds", "2", "--log", "debug"]);
    let asleep = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    let healthy = status.ask(&get("/healthz"));
    assert_eq!((healthy.status, healthy.text()), (200, "ok\n"));
    server.signal(nix::sys::signal::Signal::SIGTERM);
    server.wait_for_log("shutting down");
    // The drain may start a moment after the log line; the request in progress takes much longer.
    let draining = crate::support::wait::wait_for("the drain", || {
        let response = status.ask(&get("/healthz"));
        if response.status == 200 { Err("healthy") } else { Ok(response) }
    });
    assert_eq!((draining.status, draining.text()), (503, "draining\n"));
    assert!(status.ask(&get("/")).text().contains("Shutting down. Open connections: "));
    assert_eq!(status.metrics().value("hello_draining"), 1.0);
    assert_eq!(Response::read(asleep).status, 200);
    assert!(server.wait().0.success());
}

#[test]
fn status_connection_does_not_delay_the_end() {
    let (server, status) = StatusPage::start(&["--take", "1"]);
    let _silent = status.connect();
    assert_eq!(server.ask(get("/")).status, 200);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn silent_status_clients_delay_no_other() {
    let (_server, status) = StatusPage::start(&[]);
    // More than the status page serves at once. One after the other, they would take minutes.
    let silent: Vec<_> = (0..200).map(|_| status.send("GET / HT")).collect();
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(status.ask(&get("/healthz")).status, 200);
    }
    assert!(start.elapsed() < TIMEOUT / 2, "{:?}", start.elapsed());
    // They are closed as well.
    for mut stream in silent {
        let mut rest = Vec::new();
        // A reset is as good as a close.
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn silent_status_clients_take_no_place_of_requests() {
    use nix::sys::signal::Signal::{SIGCONT, SIGSTOP};
    let (server, status) = StatusPage::start(&[]);
    // While the server is stopped, the kernel lets all of them in, the one with a request first.
    server.signal(SIGSTOP);
    let asking = status.send(&get("/healthz"));
    let silent: Vec<_> = (0..200).map(|_| status.connect()).collect();
    server.signal(SIGCONT);
    assert_eq!(Response::read(asking).status, 200);
    drop(silent);
}

#[test]
fn endless_status_requests_delay_no_other() {
    let (_server, status) = StatusPage::start(&[]);
    let send_for_ever = move || {
        let mut stream = status.send(&keep_alive("/healthz"));
        while stream.write_all(&[b'x'; 64 * 1024]).is_ok() {}
    };
    let clients: Vec<_> = (0..2).map(|_| thread::spawn(send_for_ever)).collect();
    for _ in 0..20 {
        assert_eq!(status.ask(&get("/healthz")).status, 200);
    }
    // They are closed as well.
    clients.into_iter().for_each(|client| client.join().unwrap());
}

#[test]
fn status_request_may_arrive_in_pieces() {
    let (_server, status) = StatusPage::start(&[]);
    let mut stream = status.connect();
    for byte in get("/healthz").bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    assert_eq!(Response::read(stream).status, 200);
}

#[test]
fn unsupported_status_requests_get_an_error_page() {
    let (_server, status) = StatusPage::start(&[]);
    let head = status.ask(&get("/").replace("GET", "HEAD"));
    assert_eq!((head.status, head.body.len()), (200, 0));
    for (request, expected) in [
        (keep_alive("/nope"), 404),
        ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello".to_owned(), 405),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("nonsense\r\n\r\n".to_owned(), 400),
    ] {
        let response = status.ask(&request);
        assert_eq!(response.status, expected, "{request}");
        assert!(
            response.text().contains(&format!("{expected} {}", response.reason)),
            "{}",
            response.text()
        );
        assert_eq!(response.header("Allow").is_some(), expected == 405);
    }
}

#[test]
fn foreign_host_is_refused() {
    let (_server, status) = StatusPage::start(&[]);
    let by = |host: &str| status.ask(&get("/status.json").replace("localhost", host)).status;
    assert_eq!((by("localhost"), by("127.0.0.1:1"), by("[::1]")), (200, 200, 200));
    assert_eq!(by("attacker.example"), 400);
    assert_eq!(
        status.ask("GET http://attacker.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n").status,
        400
    );
}
