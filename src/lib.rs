//! A thread pool fed by a `VecDeque` under a `parking_lot` `Mutex` and `Condvar`, and the Rust
//! Book's web server on it.
//!
//! The Book ends with a server whose workers share the receiver of a channel. This crate keeps the
//! server and replaces the queue, to study what makes a pool fast. It is not the lock but *who is
//! woken, and when*: so a queue is a type of its own here, a [`JobQueue`], and everything else
//! about a pool is the same whichever queue feeds it.
//!
//! # The pool in ten lines
//!
//! ```
//! use hello::{Rejected, Shutdown, ThreadPool};
//!
//! # fn main() -> Result<(), hello::PoolCreationError> {
//! let pool = ThreadPool::builder().workers(4).capacity(1024).build()?;
//!
//! pool.execute(|| println!("runs on a worker")); // waits while the queue is full
//! if let Err(Rejected::Full(job)) = pool.try_execute(|| println!("never waits")) {
//!     job(); // a refused job comes back
//! }
//! let answer = pool.spawn(|| 6 * 7); // a job with a result
//! assert_eq!(answer.join().unwrap(), 42);
//!
//! pool.join(); // until idle
//! assert_eq!(pool.shutdown(Shutdown::Drain), 0); // dropping the pool does the same
//! # Ok(())
//! # }
//! ```
//!
//! # What becomes of a job
//!
//! - **It runs once,** on one of a fixed number of threads, first come, first served.
//! - **Its result** comes back through the [`JobHandle`] that [`spawn`](ThreadPool::spawn) returns;
//!   [`execute`](ThreadPool::execute) wants none.
//! - **It panics:** the payload goes to its handle, or into the log; the worker takes the next job.
//! - **The queue is full,** if it has a bound: `execute` waits for room,
//!   [`try_execute`](ThreadPool::try_execute) gives the job back. Without a bound the queue grows,
//!   so a program that takes jobs from strangers wants [`capacity`](Builder::capacity).
//! - **The pool has shut down:** the job comes back as well. No job is lost silently.
//! - **The pool is dropped:** what is queued still runs. [`Shutdown::Discard`] is for who cannot
//!   wait.
//!
//! A job may block: that is what a thread of its own is for. But a job that waits for another job
//! of the same pool takes a worker from it, and if all of them do, none returns.
//!
//! # Which queue
//!
//! [`CondvarQueue`] is what [`ThreadPool::new`] takes, and the right one unless you are comparing.
//! The others stand beside it in the same shape: [`TextbookQueue`] wakes a worker for every job,
//! [`StdCondvarQueue`] does so with the standard library's lock, [`MpscQueue`] is the Book's
//! channel, and [`WhileLetQueue`] the Book's pitfall. A queue of your own takes four methods;
//! [`JobQueue`] shows one. A pool's type names its queue, so there is no price for the choice:
//!
//! ```
//! use hello::{MpscQueue, ThreadPool};
//!
//! let pool: ThreadPool<MpscQueue> = ThreadPool::with_queue(4, MpscQueue::new())?;
//! # Ok::<(), hello::PoolCreationError>(())
//! ```
//!
//! # Map
//!
//! Arrows point one way: `server` uses `http` and is run by `pool`; `pool` uses `queue`.
//!
//! - [`queue`]: what a strategy must promise, and five of them, one file each.
//! - [`pool`]: [`ThreadPool`], its workers, and the invariants I1 to I8.
//! - `http`: a request's head from bytes, a response to bytes; no sockets, no threads.
//! - `server`: listener, connections, pages and the chapter's `match`; its documentation begins
//!   with a whole server.
//!
//! The last two come with the feature `server`, which is on by default. A program that wants only
//! the pool turns it off and depends on `parking_lot`, `num_cpus` and `log` alone.

#![forbid(unsafe_code)]

#[cfg(feature = "server")]
pub mod http;
pub mod pool;
pub mod queue;
#[cfg(feature = "server")]
pub mod server;
// The protocols of the server that need no socket, for the models in `tests/loom`.
#[cfg(all(loom, not(feature = "server")))]
mod server {
    pub(crate) mod drain;
    pub(crate) mod reactor {
        mod idle_list;
        pub(crate) mod standby;
        pub(crate) mod table;
    }
}
mod sync;

pub use pool::{
    Builder, Discarded, JobHandle, PoolCreationError, PoolStats, QueueView, Shutdown, Submission,
    ThreadPool,
};
pub use queue::{
    CondvarQueue, Job, JobQueue, MpscQueue, QueueStats, Rejected, StdCondvarQueue, TextbookQueue,
    WhileLetQueue,
};
#[cfg(loom)]
#[doc(hidden)]
pub use server::{
    drain::OpenConnections, reactor::standby::SharedPoller, reactor::table::ConnectionTable,
};
#[cfg(loom)]
#[doc(hidden)]
pub use sync::model::{CHOICES, answers_used, lose_notification, sabotage, script};
