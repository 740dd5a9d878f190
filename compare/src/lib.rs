//! Measures strategies to feed a thread pool under the same workloads and compares them.
//!
//! A run measures and leaves a [`data::Record`]; every table, page and figure is made from a record.
//! The modules stand in one order, and each imports only modules above it:
//!
//! | module | contains |
//! |---|---|
//! | [`data`] | the record of a run as plain data: metrics, conditions, samples, names |
//! | [`analysis`] | what the samples say: statistics, comparisons, the summary, warnings |
//! | [`output`] | the table, the page with its figures, and the parts that documents embed |
//! | [`machine`] | the machine card, and the kernel's counters |
//! | [`pool`] | the trait of what is measured |
//! | [`workloads`] | what a pool must do, and how one sample of it is taken |
//! | [`trace`] | short scenes under a recorder: what each thread did, and when |
//! | [`strategies`] | the pools and queues that are measured, and the registry of them |
//! | [`runner`] | rounds, order, conditions and subprocesses: from a plan to a record |
//! | `servers` | web servers under load by `wrk`; only with the feature `http` |
//! | [`cli`] | the arguments of the program |
//! | [`program`] | the commands of the program |
//!
//! So analysis and output know nothing of pools and of the crates that are measured, and a record of
//! another machine or version can be shown without them. `tests/modules.rs` checks the order.
#![forbid(unsafe_code)]

pub mod analysis;
pub mod cli;
pub mod data;
pub mod machine;
pub mod output;
pub mod pool;
pub mod program;
pub mod runner;
#[cfg(feature = "http")]
pub mod servers;
pub mod strategies;
pub mod trace;
pub mod workloads;

pub use program::main_with;
