//! Connections that are slow, silent, idle or too many: what they cost the server and its other
//! clients.

#[path = "../support/mod.rs"]
mod support;

mod abandoned;
mod fairness;
#[cfg(target_os = "linux")]
mod fd_limit;
mod library;
mod limits;
mod load;
mod memory;
mod overload;
mod parked;
mod scale;
mod slow_clients;
