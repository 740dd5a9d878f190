//! `--queue`: every strategy serves, and all but the Book's `while let` serve concurrently.

use crate::support::client::{Response, get};
use crate::support::server::Server;

const STRATEGIES: [&str; 5] = ["condvar", "textbook", "std-condvar", "mpsc", "while-let"];

#[test]
fn every_strategy_serves() {
    for strategy in STRATEGIES {
        let server = Server::start(&["--queue", strategy, "--take", "30", "--workers", "3"]);
        let streams: Vec<_> = (0..30).map(|_| server.send(get("/"))).collect();
        for stream in streams {
            let response = Response::read(stream);
            assert_eq!(response.status, 200, "{strategy}");
            response.check(false);
        }
        let (status, log) = server.wait();
        assert!(status.success(), "{strategy}: {status}");
        assert!(log.contains("answered 30 requests: 30 with 200 OK"), "{strategy}: {log}");
    }
}

#[test]
fn every_strategy_refuses_when_full() {
    for strategy in STRATEGIES {
        let flags = ["--queue", strategy, "--workers", "1", "--capacity", "1", "--log", "debug"];
        let server = Server::start(&[&flags[..], &["--sleep-seconds", "60"]].concat());
        let _served = server.send(get("/sleep"));
        server.wait_for_log("sleeping for");
        let _queued = server.send(get("/sleep"));
        assert_eq!(server.ask(get("/")).status, 503, "{strategy}");
    }
}

/// Sends two requests for `/sleep` to two workers, and returns the order in which the sleeps start
/// (`s`) and end (`e`), by the log.
fn two_sleeps(strategy: &str) -> String {
    let flags = ["--workers", "2", "--sleep-seconds", "0.6", "--log", "debug", "--queue", strategy];
    let server = Server::start(&flags);
    let sleepers = [server.send(get("/sleep")), server.send(get("/sleep"))];
    for sleeper in sleepers {
        assert_eq!(Response::read(sleeper).status, 200);
    }
    let log = server.wait_for_log_times("\" 200 ", 2);
    let event = |line: &str| {
        if line.contains("sleeping for") {
            Some('s')
        } else {
            line.contains("\" 200 ").then_some('e')
        }
    };
    log.lines().filter_map(event).collect()
}

#[test]
fn two_workers_sleep_at_the_same_time() {
    for strategy in &STRATEGIES[..4] {
        assert_eq!(two_sleeps(strategy), "ssee", "{strategy}");
    }
}

#[test]
fn while_let_workers_sleep_one_after_another() {
    assert_eq!(two_sleeps("while-let"), "sese");
}
