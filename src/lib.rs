//! placeholder
#![forbid(unsafe_code)]
pub mod pool;
pub mod queue;
mod sync;
pub use pool::{Builder, Discarded, JobHandle, PoolCreationError, PoolStats, Shutdown, Submission, ThreadPool};
pub use queue::{CondvarQueue, Job, JobQueue, MpscQueue, Rejected, StdCondvarQueue, TextbookQueue, WhileLetQueue};
#[cfg(loom)]
#[doc(hidden)]
pub use sync::model::lose_notification;
