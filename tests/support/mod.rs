//! What several test modules need: a client, a server under test, and waiting with a deadline.

// Every target compiles all of it and uses a part.
#![allow(dead_code)]

pub(crate) mod random;
pub(crate) mod wait;

#[cfg(all(feature = "server", unix))]
pub(crate) mod activation;
#[cfg(feature = "server")]
pub(crate) mod client;
#[cfg(feature = "server")]
pub(crate) mod exposition;
#[cfg(feature = "server")]
pub(crate) mod files;
#[cfg(feature = "server")]
pub(crate) mod load_generator;
#[cfg(all(feature = "server", target_os = "linux"))]
pub(crate) mod process;
#[cfg(feature = "server")]
pub(crate) mod server;
#[cfg(feature = "server")]
pub(crate) mod status_page;
