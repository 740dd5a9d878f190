//! The server as its clients and its operator meet it: the built binary, over real sockets.
//!
//! Nothing here knows how the server is made. Tests wait for conditions, with deadlines that only a
//! broken server misses; where time is compared, it is by orders of magnitude or by the order of
//! lines in the log. Tests that need another program are ignored unless asked for: `cargo test --
//! --ignored`.

#[cfg(unix)]
mod activation;
mod bodies;
mod browser;
mod cli;
mod client;
mod clients;
mod crowd;
mod fuzz;
mod limits;
mod load;
mod logging;
mod overload;
mod pages;
mod parked;
mod persistence;
#[cfg(target_os = "linux")]
mod proxy;
mod queues;
mod server;
#[cfg(unix)]
mod shutdown;
mod smuggling;
mod status;
mod statuses;
mod style;
mod tidy;
#[cfg(unix)]
mod visitors;
mod wire;

/// A request for a path, the last on its connection.
fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// The shortest request there is for a path; others may follow it.
fn keep(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}
