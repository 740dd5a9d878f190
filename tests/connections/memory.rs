//! Clients that never finish their requests take a bounded amount of memory together.

use crate::support::client::{Client, get, keep_alive};
use crate::support::files;
use crate::support::server::Server;
use crate::support::wait::wait_for;
use std::net::TcpStream;

/// The bytes of an unfinished head that are not counted, and how many all have beyond these.
const SHARE: usize = 1024;
const BUDGET: usize = 4 * 1024 * 1024;

/// Returns almost the longest head, unfinished.
fn long_head() -> String {
    format!("GET /{} HTTP/1.1\r\nHost: a\r\nX: {}", "a".repeat(8000), "a".repeat(16_000))
}

/// Opens more connections with long unfinished heads than the budget allows, and waits until enough
/// of them have a response.
fn exhaust_budget(server: &Server) -> (Vec<TcpStream>, Vec<TcpStream>) {
    let head = long_head();
    let most = BUDGET / (head.len() - SHARE);
    let clients: Vec<TcpStream> = (0..most + 20).map(|_| server.send(&head)).collect();
    wait_for("refusing unfinished heads", || {
        let kept = clients.iter().filter(|client| !is_readable(client)).count();
        if kept <= most { Ok(()) } else { Err(kept) }
    });
    clients.into_iter().partition(is_readable)
}

fn is_readable(client: &TcpStream) -> bool {
    client.set_nonblocking(true).unwrap();
    let is_readable = client.peek(&mut [0]).is_ok();
    client.set_nonblocking(false).unwrap();
    is_readable
}

#[test]
fn unfinished_heads_beyond_the_budget_get_503() {
    let server = Server::start(&["--head-seconds", "60"]);
    let (refused, kept) = exhaust_budget(&server);
    for client in refused {
        Client::new(client).read(false).check_last(503);
    }
    // A short head is kept all the same.
    let mut short = server.client();
    short.send("GET / HTTP/1.1\r\n");
    assert_eq!(server.ask(get("/")).status, 200);
    short.send("Host: a\r\n\r\n");
    assert_eq!(short.read(false).status, 200);
    // So are the long ones that came first.
    for client in kept {
        let mut client = Client::new(client);
        client.send("\r\n\r\n");
        assert_eq!(client.read(false).status, 404);
    }
    // All of the budget is free again.
    exhaust_budget(&server);
}

#[test]
fn pipeline_beyond_the_budget_ends_without_reset() {
    // One call cannot send so long a page, so the requests behind the first would be kept.
    let page = format!("<!doctype html>{}", "x".repeat(16 * 1024 * 1024));
    let site = files::pages("pipeline", &page, "not here");
    let server = Server::start(&["--head-seconds", "60", "--html", &site]);
    let _unfinished = exhaust_budget(&server);
    let mut client = server.client();
    client.send(keep_alive("/").repeat(800));
    // If this client reads fast enough, the rest of the page is sent at once and the next request is
    // answered, too.
    let mut answered = 0;
    while answered < 10 && client.has_more() {
        assert_eq!(client.read(false).status, 200);
        answered += 1;
    }
    assert!(answered > 0);
}
