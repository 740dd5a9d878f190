//! HTTP as a client sees it: the built server, over real sockets.

#[path = "../support/mod.rs"]
mod support;

mod bodies;
mod fuzz;
mod persistence;
mod smuggling;
mod statuses;
mod wire;
