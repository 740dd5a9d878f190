//! placeholder
#![forbid(unsafe_code)]
pub mod pool;
pub mod queue;
mod sync;
pub use pool::{Builder, Discarded, JobHandle, PoolCreationError, PoolStats, Shutdown, Submission, ThreadPool};
pub use queue::{
    CondvarQueue, Job, JobQueue, MpscQueue, QueueStats, Rejected, StdCondvarQueue, TextbookQueue, WhileLetQueue,
};
