//! placeholder
#![forbid(unsafe_code)]
#[cfg(feature = "server")]
pub mod http;
pub mod pool;
pub mod queue;
#[cfg(feature = "server")]
pub mod server;
mod sync;
pub use pool::{Builder, Discarded, JobHandle, PoolCreationError, PoolStats, Shutdown, Submission, ThreadPool};
pub use queue::{CondvarQueue, Job, JobQueue, MpscQueue, Rejected, StdCondvarQueue, TextbookQueue, WhileLetQueue};
