//! The server as its operator meets it: options, pages, log, status page, restarts and shutdown.
//!
//! Tests that need another program are ignored unless asked for: `cargo test -- --ignored`.

#[path = "../support/mod.rs"]
mod support;

#[cfg(unix)]
mod activation;
mod browser;
mod cli;
mod container;
mod logging;
mod pages;
mod prometheus;
#[cfg(target_os = "linux")]
mod proxy;
mod queues;
#[cfg(unix)]
mod shutdown;
mod status_page;
