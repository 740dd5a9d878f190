//! A thread pool whose job queue can be replaced, and the Rust Book's web server on it.
//!
//! ```
//! let pool = hello::ThreadPool::new(4);
//! pool.execute(|| println!("Hi from a worker")); // the Book's call
//! let answer = pool.spawn(|| 6 * 7); // a job with a result
//! assert_eq!(answer.join().unwrap(), 42);
//! drop(pool); // runs the jobs that are queued, then joins the workers
//! ```
//!
//! The Book ends with a server whose workers share the receiver of a channel. This crate keeps the
//! server and makes the queue a type of its own, a [`JobQueue`], to study what makes a pool fast:
//! less the lock than the choice of *which worker is woken, and when*. Everything else about a pool
//! is the same whichever queue feeds it. The default is a `VecDeque` under a `parking_lot` `Mutex`
//! and `Condvar`.
//!
//! The study is `ARCHITECTURE.md`, a file of this package. It says how the default queue works, why
//! no wake-up is lost, what each of its rules is worth, and where other pools are ahead of it.
//!
//! # Which queue
//!
//! | queue | what happens on a push | choose it |
//! |---|---|---|
//! | [`CondvarQueue`] | wakes a parked worker, unless another worker is searching for a job | for a program; it is what [`ThreadPool::new`] takes |
//! | [`CondvarQueue::bounded`] | the same, and a submitter waits or is refused while the queue is full | if jobs come from strangers |
//! | [`CondvarQueue::spin`] | the same, and one idle worker spins for as long as you say | if single jobs must begin soon and processors are idle anyway |
//! | [`TextbookQueue`] | wakes a worker each time | to read first, and to compare: the same structure without the rules |
//! | [`StdCondvarQueue`] | the same, on the standard library's lock | to compare the locks |
//! | [`MpscQueue`] | sends into the Book's channel (Listing 21-20) | to compare with the Book |
//! | [`WhileLetQueue`] | the same, but one job runs at a time (Listing 21-21) | to see the Book's pitfall, never to get work done |
//!
//! The module [`queue`] explains the words. A pool's type names its queue, so the choice costs
//! nothing when the program runs:
//!
//! ```
//! use hello::{MpscQueue, ThreadPool};
//!
//! let pool: ThreadPool<MpscQueue> = ThreadPool::with_queue(4, MpscQueue::new())?;
//! # Ok::<(), hello::PoolCreationError>(())
//! ```
//!
//! A program that chooses when it starts uses a `Box<dyn JobQueue>`, which is a queue, too.
//!
//! # A queue of your own
//!
//! It takes four methods: [`push`](JobQueue::push), [`pop`](JobQueue::pop),
//! [`close`](JobQueue::close) and [`len`](JobQueue::len). The page of [`JobQueue`] says what they
//! promise, and shows a whole strategy that runs the newest job first. `tests/queue` checks the
//! contract, and `cargo compare` measures your strategy beside the others
//! (`compare/examples/own_strategy.rs`); both are in the project's repository.
//!
//! # The server
//!
//! The chapter's server, with its `match` over `/`, `/sleep` and everything else. A job is one
//! *turn* of a connection; a connection that waits for its client is parked in a reactor, so it
//! takes no worker. The module [`server`](server/index.html) begins with a whole server in twenty
//! lines, and the program `hello` adds a command line, a log and a status page: `cargo run`, then
//! open the page, which says what to try.
//!
//! # Bounds, refusals, shutdown
//!
//! ```
//! use hello::{Rejected, Shutdown, ThreadPool};
//!
//! let pool = ThreadPool::builder().workers(4).capacity(1024).build()?;
//!
//! pool.execute(|| println!("waits while the queue is full"));
//! if let Err(Rejected::Full(job)) = pool.try_execute(|| println!("never waits")) {
//!     job(); // a refused job comes back
//! }
//! pool.join(); // until idle
//! assert_eq!(pool.shutdown(Shutdown::Drain), 0); // no job was dropped
//! # Ok::<(), hello::PoolCreationError>(())
//! ```
//!
//! # What becomes of a job
//!
//! - **It runs once,** on one of a fixed number of threads, first come, first served.
//! - **Its result** comes back through the [`JobHandle`] that [`spawn`](ThreadPool::spawn) returns;
//!   [`execute`](ThreadPool::execute) wants none.
//! - **It is too late:** [`JobHandle::join_timeout`] gives up waiting and gives the handle back, and
//!   [`JobHandle::cancel`] prevents a job that has not begun.
//! - **It panics:** the payload goes to its handle, or into the log; the worker takes the next job.
//! - **The queue is full,** if it has a bound: `execute` waits for room,
//!   [`try_execute`](ThreadPool::try_execute) gives the job back. Without a bound the queue grows,
//!   so a program that takes jobs from strangers wants [`capacity`](Builder::capacity).
//! - **The pool has shut down:** the job comes back as well. No job is lost silently.
//! - **The pool is dropped:** what is queued still runs. [`close`](ThreadPool::close),
//!   [`join_timeout`](ThreadPool::join_timeout) and [`Shutdown::Discard`] are for programs that
//!   cannot wait so long.
//!
//! A job may block: that is what a thread of its own is for. It may wait for the result of another
//! job of its pool, even if all workers do so: [`JobHandle::join`] runs a job that no worker has
//! begun. A job that waits for others in another way, at a channel or a barrier, needs a worker for
//! each of them.
//!
//! # Jobs that borrow
//!
//! A pool outlives the function that uses it, so its jobs own what they need; what they share is in
//! an [`Arc`](std::sync::Arc), and results come back through handles:
//!
//! ```
//! use std::sync::Arc;
//!
//! let pool = hello::ThreadPool::new(2);
//! let text = Arc::new("one two three".to_owned());
//! let lengths: Vec<_> = (0..3)
//!     .map(|word| {
//!         let text = Arc::clone(&text);
//!         pool.spawn(move || text.split(' ').nth(word).map(str::len))
//!     })
//!     .collect();
//! let total: usize = lengths.into_iter().filter_map(|length| length.join().unwrap()).sum();
//! assert_eq!(total, 11);
//! ```
//!
//! To let the jobs of a running pool borrow takes unsafe code, which this crate forbids.
//! [`scope`](scope()) starts workers for one call, and their jobs may borrow what outlives it:
//!
//! ```
//! let text = "one two three".to_owned();
//! let mut lengths = [0; 3];
//! hello::scope(2, |scope| {
//!     for (length, word) in lengths.iter_mut().zip(text.split(' ')) {
//!         scope.execute(move || *length = word.len());
//!     }
//! });
//! assert_eq!(lengths, [3, 3, 5]);
//! ```
//!
//! # Coming from another pool
//!
//! | there | here |
//! |---|---|
//! | `threadpool`: `execute`, `join`, `max_count` | [`execute`](ThreadPool::execute), [`join`](ThreadPool::join), [`workers`](ThreadPool::workers) |
//! | `threadpool`: `active_count`, `queued_count`, `panic_count` | `busy`, `queued` and `panicked` in [`stats`](ThreadPool::stats) |
//! | `threadpool`, a clone of the pool | an [`Arc`](std::sync::Arc) of it |
//! | `rusty_pool`: `evaluate`, `try_await_complete` | [`spawn`](ThreadPool::spawn), [`JobHandle::join`] |
//! | `rusty_pool`: `shutdown`, `shutdown_join` | [`close`](ThreadPool::close), [`shutdown`](ThreadPool::shutdown) |
//! | `rusty_pool`: `shutdown_join_timeout` | [`close`](ThreadPool::close), then [`join_timeout`](ThreadPool::join_timeout) |
//! | `rusty_pool`: `on_worker_start`, `on_worker_stop` | [`on_start`](Builder::on_start), [`on_stop`](Builder::on_stop) |
//! | `rayon`: `spawn`, `scope` | [`execute`](ThreadPool::execute), [`scope`](scope()) |
//! | `rayon`: `join(a, b)` | [`spawn`](ThreadPool::spawn) `b`, call `a`, then [`JobHandle::join`] |
//! | `rayon`: `start_handler`, `exit_handler`, `panic_handler` | [`on_start`](Builder::on_start), [`on_stop`](Builder::on_stop); panics are in the log, in the handle and in the stats |
//! | `rayon`: `current_thread_index` | [`current_worker`] |
//! | Java: the rejection policies | [`try_execute`](ThreadPool::try_execute): run the job that comes back, drop it, or [`execute`](ThreadPool::execute) it |
//!
//! # What it is not
//!
//! - **Not a work-stealing scheduler.** There is one queue, first come, first served. Millions of
//!   jobs that spawn jobs, and parallel iterators, belong on `rayon`.
//! - **Not an async runtime.** A handle is no future, and a job keeps its thread until it returns.
//! - **No priorities and no delayed jobs.** Each needs another queue than the one that is studied
//!   here; with [`JobQueue`] it can be had in a few lines.
//! - **No workers that come and go.** The number of workers is what the pool was built with. An idle
//!   worker costs a stack and no processor time, so there is nothing to save by ending it.
//! - **No batches.** The queue takes its lock once for each job; submitting a batch would not change
//!   which worker is woken.
//! - **No pause.** A pool that is to wait is given its jobs later.
//! - **No list of the jobs that did not run.** A shutdown says how many; a job that is dropped can
//!   say so itself, in the [`Drop`] of what it captured, and its handle says so, too.
//! - **No interruption.** A job that has begun runs to its end, as in every pool of threads. It may
//!   look at a flag, as in `examples/graceful_shutdown.rs`.
//!
//! # Map
//!
//! Arrows point one way: `server` uses `http` and is run by `pool`; `pool` uses `queue`.
//!
//! - [`queue`]: what a strategy must promise, and five of them, one file each.
//! - [`pool`]: [`ThreadPool`], its workers, and the invariants I1 to I8.
//! - [`http`](http/index.html): a request's head from bytes, a response to bytes; no sockets, no
//!   threads.
//! - [`server`](server/index.html): listener, connections, pages and the chapter's `match`.
//!
//! The last two come with the feature `server`, which is on by default. A program that wants only
//! the pool turns it off and depends on `parking_lot`, `num_cpus` and `log` alone.

#![forbid(unsafe_code)]
// Under loom the models see types that users do not.
#![cfg_attr(loom, allow(missing_debug_implementations))]

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

#[doc(inline)]
pub use pool::{
    Builder, Discarded, JobHandle, PoolCreationError, PoolStats, QueueView, Scope, Shutdown,
    Submission, ThreadPool, current_worker, scope,
};
#[doc(inline)]
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
