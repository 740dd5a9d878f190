//! Runs every way to feed a pool through every workload, side by side.
//!
//! | module | knows |
//! |---|---|
//! | [`contender`] | who takes part: a name, a mechanism, and a [`Pool`](contender::Pool) |
//! | [`workload`] | what they must do, and how one sample of it is measured |
//! | [`run`](mod@run), [`environment`], [`noise`] | in which order samples are taken, on what, and how doubtful they are |
//! | [`condition`], [`busy`], [`subprocess`] | what else the machine does meanwhile, and samples in a process of their own |
//! | [`record`] | what a run leaves behind: one JSON file |
//! | [`stats`], [`judge`], [`verdict`], [`topics`] | what the samples say |
//! | [`table`], [`report`], [`diff`], [`embed`] | how it is shown |
//! | [`ablation`] | what each rule of the default queue is worth |
//! | [`cli`], [`names`], [`progress`] | how the program is talked to |
//! | [`servers`] | what web servers did under load, and what that says |
//! | `http` | how they are put under it; only with the feature of that name |
//!
//! Measuring is apart from showing: a run makes a [`record::Record`], and whatever is shown is made
//! from one.
#![forbid(unsafe_code)]

pub mod ablation;
pub mod busy;
pub mod cli;
pub mod condition;
pub mod contender;
mod contenders;
pub mod diff;
pub mod embed;
pub mod environment;
#[cfg(test)]
mod fixture;
#[cfg(feature = "http")]
pub mod http;
pub mod judge;
pub mod names;
pub mod noise;
pub mod progress;
pub mod record;
pub mod report;
pub mod run;
pub mod servers;
pub mod stats;
pub mod subprocess;
pub mod table;
pub mod topics;
pub mod verdict;
pub mod workload;
