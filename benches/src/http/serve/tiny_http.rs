//! tiny_http, with its documentation's way to several threads: all of them ask one server for the
//! next request.
//!
//! It buffers 1024 bytes of a response and never sets TCP_NODELAY, so a page longer than that goes
//! out in two pieces, and on a connection that stays open the second waits for the client to
//! acknowledge the first: some 40 ms.

use super::{CONTENT_TYPE, Outcome};
use crate::http::PAGE;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use tiny_http::{Header, Response, Server};

pub(super) fn serve(address: SocketAddr, workers: usize) -> Outcome {
    let server = Arc::new(Server::http(address)?);
    let content_type: Header =
        format!("Content-Type: {CONTENT_TYPE}").parse().expect("a header field");
    let threads: Vec<_> = (0..workers)
        .map(|_| {
            let (server, content_type) = (Arc::clone(&server), content_type.clone());
            thread::spawn(move || {
                for request in server.incoming_requests() {
                    let page = Response::new(
                        200.into(),
                        vec![content_type.clone()],
                        PAGE,
                        Some(PAGE.len()),
                        None,
                    );
                    // A client that is gone misses nothing.
                    let _ = request.respond(page);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("a worker does not panic");
    }
    Ok(())
}
