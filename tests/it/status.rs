//! The status page: a listener of its own, which tells what the workers do even if none of them is
//! free to.

mod exposition;

use crate::client::Response;
use crate::server::{Server, TIMEOUT, command, program, run};
use crate::{get, keep};
use exposition::Exposition;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

/// A server with these flags and a status page, and where that is.
pub(crate) fn watched(flags: &[&str]) -> (Server, SocketAddr) {
    let server = Server::start(&[&["--status", "127.0.0.1:0"], flags].concat());
    let status = address_in(&server.log()).expect("the log names the address");
    (server, status)
}

fn address_in(log: &str) -> Option<SocketAddr> {
    log.split_once("the status page is at http://")?.1.split_whitespace().next()?.parse().ok()
}

fn send(status: SocketAddr, bytes: &str) -> TcpStream {
    let mut stream = Server::connect_to(status);
    stream.write_all(bytes.as_bytes()).expect("the status page takes the request");
    stream
}

/// What the status page answers to these bytes.
#[track_caller]
fn ask(status: SocketAddr, bytes: &str) -> Response {
    let response = Response::read(send(status, bytes));
    assert_eq!(response.header("Connection"), Some("close"), "{response:?}");
    assert!(
        response.header("Date").is_some() && response.header("Content-Type").is_some(),
        "{response:?}"
    );
    response
}

#[track_caller]
fn metrics(status: SocketAddr) -> Exposition {
    let response = ask(status, &get("/metrics"));
    assert_eq!(response.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    Exposition::parse(response.text())
}

/// Looks at the metrics until they are as they should be.
#[track_caller]
fn wait_for_metrics(
    status: SocketAddr,
    what: &str,
    good: impl Fn(&Exposition) -> bool,
) -> Exposition {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        let seen = metrics(status);
        if good(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "not so: {what}\n{seen:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn nothing_is_kept_that_may_change() {
    let (_server, status) = watched(&[]);
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/status.json", "application/json"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ("/healthz", "text/plain"),
    ] {
        let response = ask(status, &get(path));
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
fn the_second_server_of_a_machine_does_without() {
    // If somebody else has the address already, that does as well.
    let taken = TcpListener::bind("127.0.0.1:7879");
    let default =
        || Server::spawn(program().args(["--addr", "127.0.0.1:0"]).env_remove("HELLO_STATUS"));
    let server = default();
    assert!(
        server.log().contains("no status page: cannot listen on 127.0.0.1:7879: "),
        "{}",
        server.log()
    );
    assert_eq!(server.ask(get("/")).status, 200);
    if taken.is_ok() {
        drop((taken, server));
        let server = default();
        let address = address_in(&server.log());
        let expected = "127.0.0.1:7879".parse().unwrap();
        assert!(
            address == Some(expected) || TcpListener::bind(expected).is_err(),
            "{}",
            server.log()
        );
    }
}

#[test]
fn it_can_be_switched_off() {
    let server = Server::start(&["--status", "off"]);
    assert_eq!(server.ask(get("/")).status, 200);
    assert!(!server.log().contains("status page"), "{}", server.log());
}

#[test]
fn an_address_that_was_asked_for_and_is_taken_is_one_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(program().args(["--addr", "127.0.0.1:0", "--status", &address]));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.starts_with(&format!("hello: cannot listen on {address} for the status page: ")),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn it_answers_while_every_worker_sleeps_and_says_so() {
    let (server, status) = watched(&["--workers", "2", "--sleep-seconds", "1000"]);
    let sleepers: Vec<_> = (0..5).map(|_| server.send(get("/sleep"))).collect();
    let seen = wait_for_metrics(status, "two asleep, three waiting, for a while", |seen| {
        seen.value("hello_workers_busy") == 2.0
            && seen.value("hello_queue_jobs") == 3.0
            && seen.value("hello_queue_oldest_job_age_seconds") > 0.2
    });
    assert_eq!((seen.value("hello_workers"), seen.value("hello_connections_open")), (2.0, 5.0));
    assert!(seen.all("hello_worker_busy_seconds_total").all(|busy| busy > 0.2), "{seen:?}");

    let page = ask(status, &get("/"));
    assert!(
        page.text().contains("2 of 2 workers busy, 3 jobs wait, the oldest for "),
        "{}",
        page.text()
    );
    let named = |stream: &&TcpStream| {
        page.text().contains(&format!("/sleep for {}<", stream.local_addr().unwrap()))
    };
    assert_eq!(sleepers.iter().filter(named).count(), 2, "{}", page.text());
    let json = ask(status, &get("/status.json"));
    assert!(
        json.text().contains("\"queued\":3,")
            && json.text().contains("[\"1\", \"\", \"/sleep for "),
        "{json:?}"
    );
}

#[test]
fn the_numbers_add_up() {
    let (server, status) = watched(&["--workers", "2"]);
    let before = metrics(status);
    assert!(before.all("hello_http_responses_total").all(|count| count == 0.0), "{before:?}");
    for _ in 0..10 {
        assert_eq!(server.ask(get("/")).status, 200);
        assert_eq!(server.ask(get("/nope")).status, 404);
    }
    let mut client = server.client();
    (0..5).for_each(|_| assert_eq!(client.get("/").status, 200));
    client.send("nonsense\r\n\r\n");
    assert_eq!(client.read(false).status, 400);
    client.end();

    let seen = wait_for_metrics(status, "all is counted and over", |seen| {
        seen.value("hello_http_request_duration_seconds_count") == 25.0
            && seen.value("hello_connections_open") == 0.0
    });
    let responses =
        |code: u32| seen.value(&format!("hello_http_responses_total{{code=\"{code}\"}}"));
    assert_eq!((responses(200), responses(404), responses(400)), (15.0, 10.0, 1.0));
    assert_eq!(seen.all("hello_http_responses_total").sum::<f64>(), 26.0);
    // Every job that ran had been pushed, and waited once; some turns are not jobs, so there may be
    // more of these.
    let jobs = seen.value("hello_jobs_total");
    assert!(jobs >= 21.0 && seen.value("hello_queue_pushes_total") == jobs, "{seen:?}");
    assert_eq!(seen.value("hello_job_wait_seconds_count"), jobs);
    assert_eq!(
        (seen.value("hello_queue_jobs"), seen.value("hello_queue_oldest_job_age_seconds")),
        (0.0, 0.0)
    );
    assert!(ask(status, &get("/")).text().contains("<th scope=\"row\">200 OK</th><td>15</td>"));
}

#[test]
fn parked_connections_are_told() {
    let (server, status) = watched(&["--workers", "1"]);
    let mut clients: Vec<_> = (0..7).map(|_| server.client()).collect();
    clients.iter_mut().for_each(|client| assert_eq!(client.get("/").status, 200));
    wait_for_metrics(status, "seven parked", |seen| seen.value("hello_connections_parked") == 7.0);
}

#[test]
fn a_queue_that_does_not_count_is_not_said_to_have_counted_nothing() {
    let (server, status) = watched(&["--queue", "mpsc"]);
    assert_eq!(server.ask(get("/")).status, 200);
    let seen =
        wait_for_metrics(status, "a job has run", |seen| seen.value("hello_jobs_total") > 0.0);
    assert_eq!(seen.all("hello_queue_wakes_total").count(), 0);
    assert!(ask(status, &get("/")).text().contains("not counted"));
}

#[cfg(unix)]
#[test]
fn a_server_that_drains_is_not_healthy_and_still_tells() {
    let (server, status) = watched(&["--workers", "1", "--sleep-seconds", "2", "--log", "debug"]);
    let asleep = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    let healthy = ask(status, &get("/healthz"));
    assert_eq!((healthy.status, healthy.text()), (200, "ok\n"));
    server.signal(nix::sys::signal::Signal::SIGTERM);
    server.wait_for_log("shutting down");
    // The listener closes a moment after the log says so; the request in hand takes much longer.
    let draining = loop {
        let answer = ask(status, &get("/healthz"));
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!((draining.status, draining.text()), (503, "draining\n"));
    assert!(ask(status, &get("/")).text().contains("Shutting down. Open connections: "));
    assert_eq!(metrics(status).value("hello_draining"), 1.0);
    assert_eq!(Response::read(asleep).status, 200);
    assert!(server.wait().0.success());
}

#[test]
fn a_server_that_has_served_its_connections_ends_all_the_same() {
    let (server, status) = watched(&["--take", "1"]);
    let _silent = Server::connect_to(status);
    assert_eq!(server.ask(get("/")).status, 200);
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn silent_clients_keep_nobody_waiting() {
    let (_server, status) = watched(&[]);
    // More than there is room for. Waited for one after the other, they would take minutes.
    let silent: Vec<_> = (0..200).map(|_| send(status, "GET / HT")).collect();
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(ask(status, &get("/healthz")).status, 200);
    }
    assert!(start.elapsed() < TIMEOUT / 2, "{:?}", start.elapsed());
    // Nor do they stay.
    for mut stream in silent {
        let mut rest = Vec::new();
        // Whether it ends or is reset, it is over.
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.is_empty());
    }
}

#[test]
fn clients_that_never_stop_talking_keep_nobody_waiting() {
    let (_server, status) = watched(&[]);
    let talk = move || {
        let mut stream = send(status, &keep("/healthz"));
        while stream.write_all(&[b'x'; 64 * 1024]).is_ok() {}
    };
    let talkers: Vec<_> = (0..2).map(|_| thread::spawn(talk)).collect();
    for _ in 0..20 {
        assert_eq!(ask(status, &get("/healthz")).status, 200);
    }
    // Nor are they listened to for ever.
    talkers.into_iter().for_each(|talker| talker.join().unwrap());
}

#[test]
fn a_request_may_come_in_pieces() {
    let (_server, status) = watched(&[]);
    let mut stream = Server::connect_to(status);
    for byte in get("/healthz").bytes() {
        stream.write_all(&[byte]).unwrap();
    }
    assert_eq!(Response::read(stream).status, 200);
}

#[test]
fn what_it_does_not_do_it_refuses_with_a_page() {
    let (_server, status) = watched(&[]);
    let head = ask(status, &get("/").replace("GET", "HEAD"));
    assert_eq!((head.status, head.body.len()), (200, 0));
    for (request, expected) in [
        (keep("/nope"), 404),
        ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello".to_owned(), 405),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("nonsense\r\n\r\n".to_owned(), 400),
    ] {
        let response = ask(status, &request);
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
fn a_name_that_leads_here_from_elsewhere_is_refused() {
    let (_server, status) = watched(&[]);
    let by = |host: &str| ask(status, &get("/status.json").replace("localhost", host)).status;
    assert_eq!((by("localhost"), by("127.0.0.1:1"), by("[::1]")), (200, 200, 200));
    assert_eq!(by("attacker.example"), 400);
    assert_eq!(
        ask(status, "GET http://attacker.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n").status,
        400
    );
}

#[test]
#[ignore = "needs promtool"]
fn prometheus_finds_no_fault_with_the_metrics() {
    let (server, status) = watched(&[]);
    assert_eq!(server.ask(get("/")).status, 200);
    let mut promtool = command("promtool");
    promtool
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = promtool.spawn().expect("promtool is there");
    let text = ask(status, &get("/metrics"));
    child.stdin.take().unwrap().write_all(text.text().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}
