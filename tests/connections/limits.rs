//! The limit on open connections, and what a full queue does to deadlines.

use crate::support::client::{Client, Response, get, keep_alive};
use crate::support::status_page::StatusPage;

#[test]
fn longest_idle_connection_makes_room_for_another() {
    let (server, status) = StatusPage::start(&["--connections", "3", "--idle-seconds", "60"]);
    let mut clients = Vec::new();
    for number in 1..=3 {
        clients.push(server.idle_client());
        status.wait_for_parked(number);
    }
    // The first has been idle longest. After another request, the second has.
    assert_eq!(clients[0].get("/").status, 200);
    status.wait_for_parked(3);
    let mut new = server.client();
    assert_eq!(new.get("/").status, 200);
    clients.remove(1).end();
    for client in &mut clients {
        assert_eq!(client.get("/").status, 200);
    }
    assert!(!server.log().contains("\" 503 "));
}

#[test]
fn new_connection_gets_503_if_none_is_idle() {
    let (server, status) = StatusPage::start(&["--connections", "3", "--head-seconds", "60"]);
    let mut busy: Vec<Client> = (0..3).map(|_| server.client()).collect();
    for client in &mut busy {
        client.send("GET / HTTP/1.1\r\n");
    }
    status.wait_for_parked(3);
    for _ in 0..3 {
        let refused = server.ask(keep_alive("/"));
        assert_eq!((refused.status, refused.header("Retry-After")), (503, Some("1")));
        refused.check(false);
    }
    for client in &mut busy {
        client.send("Host: a\r\n\r\n");
        assert_eq!(client.read(false).status, 200);
    }
    status.wait_for_parked(3);
    assert_eq!(server.ask(get("/")).status, 200);
}

#[test]
fn full_queue_makes_no_request_late() {
    let flags =
        ["--workers", "1", "--capacity", "1", "--sleep-seconds", "2", "--head-seconds", "1.2"];
    let (server, status) = StatusPage::start(&[&flags[..], &["--log", "debug"]].concat());
    let mut waking = server.idle_client();
    let mut slow = server.client();
    slow.send("GET / HTTP/1.1\r\n");
    status.wait_for_parked(2);
    let asleep = server.send(get("/sleep"));
    server.wait_for_log("sleeping for");
    let queued = server.send(get("/"));
    status
        .wait_for_metrics("filling the queue", |metrics| metrics.value("hello_queue_jobs") == 1.0);
    // The reactor thread now waits for room in the queue, beyond the deadline of the slow client.
    waking.send(keep_alive("/"));
    status.wait_for_parked(1);
    slow.send("Host: a\r\n\r\n");
    for stream in [asleep, queued] {
        assert_eq!(Response::read(stream).status, 200);
    }
    assert_eq!(waking.read(false).status, 200);
    assert_eq!(slow.read(false).status, 200);
}
