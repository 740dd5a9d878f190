//! The Rust peers: one page each, as their own documentation serves one, with as many workers as
//! there are cores.

mod actix;
mod axum;
mod chapter;
mod rouille;
mod tiny_http;

use std::error::Error;
use std::io::Read;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::{io, process, thread};

const CONTENT_TYPE: &str = "text/html; charset=utf-8";

/// What a peer returns if it cannot serve. If it can, it does not return.
type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// A server of somebody else's.
pub struct Peer {
    /// Its name in tables and on the command line.
    pub name: &'static str,
    /// How it works, in a line.
    pub mechanism: &'static str,
    /// Whether a connection can bring more than one request.
    pub keeps_alive: bool,
    serve: fn(SocketAddr, usize) -> Outcome,
}

/// All of them.
pub const PEERS: &[Peer] = &[
    Peer {
        name: "axum",
        mechanism: "hyper on tokio: tasks on stealing workers",
        keeps_alive: true,
        serve: axum::serve,
    },
    Peer {
        name: "actix-web",
        mechanism: "a single-threaded tokio for each worker",
        keeps_alive: true,
        serve: actix::serve,
    },
    Peer {
        name: "tiny_http",
        mechanism: "a thread for each connection, workers on a shared queue of requests",
        keeps_alive: true,
        serve: tiny_http::serve,
    },
    Peer {
        name: "rouille",
        mechanism: "tiny_http with a pool of handlers",
        keeps_alive: true,
        serve: rouille::serve,
    },
    Peer {
        name: "chapter",
        mechanism: "the Book's final server: a shared mpsc receiver",
        keeps_alive: false,
        serve: chapter::serve,
    },
];

/// Serves until the process ends, which it does when its stdin is closed: when whoever started it
/// is gone.
///
/// # Errors
///
/// Nobody has that name, or it cannot listen on that address.
pub fn serve(name: &str, address: SocketAddr) -> Result<(), String> {
    let peer = PEERS
        .iter()
        .find(|peer| peer.name == name)
        .ok_or_else(|| format!("no peer is called `{name}`"))?;
    thread::spawn(|| {
        // Nothing is ever written to it; whether it ends or fails, there is nobody left to serve.
        let _ = io::stdin().read(&mut [0]);
        process::exit(0);
    });
    let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    (peer.serve)(address, workers).map_err(|error| format!("{name}: {error}"))
}
