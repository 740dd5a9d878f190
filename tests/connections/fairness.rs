//! Connections share the workers: none with much to do keeps the others waiting.

use crate::support::client::{Response, get, keep_alive};
use crate::support::status_page::StatusPage;
use std::net::TcpStream;

/// How many connections send many requests at once.
const PIPELINES: usize = 100;

/// The sleep of one worker, in which all connections are queued.
const FLAGS: [&str; 6] = ["--workers", "1", "--sleep-seconds", "2", "--requests", "1000000"];

#[test]
fn new_request_waits_for_short_turns_only() {
    let (server, status) = StatusPage::start(&FLAGS);
    let asleep = server.send(get("/sleep"));
    status.wait_for_metrics("sleeping", |metrics| metrics.value("hello_workers_busy") == 1.0);
    let pipelines: Vec<TcpStream> =
        (0..PIPELINES).map(|_| server.send(keep_alive("/many").repeat(50))).collect();
    let queued = |count: usize| {
        status.wait_for_metrics("queueing", |metrics| {
            metrics.value("hello_queue_jobs") == count as f64
        });
    };
    queued(PIPELINES);
    let new = server.send(get("/new"));
    queued(PIPELINES + 1);
    assert_eq!(Response::read(asleep).status, 200);
    assert_eq!(Response::read(new).status, 404);
    let log = server.wait_for_log("GET /new ");
    let (before, _) = log.split_once("GET /new ").unwrap_or_default();
    let answered = before.matches("GET /many ").count();
    assert!((1..=3 * PIPELINES).contains(&answered), "{answered} requests were answered before");
    drop(pipelines);
}
