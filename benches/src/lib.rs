//! Runs every way to feed a pool through every workload, side by side.
//!
//! | module | knows |
//! |---|---|
//! | [`contender`] | who takes part: a name, a mechanism, and a [`Pool`](contender::Pool) |
//! | [`workload`] | what they must do, and how one sample of it is measured |
//! | [`run`](mod@run) | in which order samples are taken |
//! | [`table`] | what the samples say |
//! | `http` | web servers under load; only with the feature of that name |
//!
//! Arrows point one way: `table -> run -> workload -> contender`.
#![forbid(unsafe_code)]

pub mod contender;
mod contenders;
#[cfg(feature = "http")]
pub mod http;
pub mod run;
pub mod stats;
pub mod table;
pub mod workload;
