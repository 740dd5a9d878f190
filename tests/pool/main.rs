//! The pool as a black box: its interface, and its invariants I1 to I8 as far as they show from
//! outside.

#[path = "../support/mod.rs"]
mod support;

mod builder;
mod chapter;
mod handles;
mod hooks;
mod jobs;
mod join;
mod logger;
mod scope;
mod shutdown;
mod stress;
mod submission;

use crate::support::wait::{TIMEOUT, wait_until};
use hello::{JobQueue, Shutdown, ThreadPool};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Barrier};
use std::thread;

/// Returns a pool of one worker that is kept busy until the sender is dropped, so that further jobs
/// stay in the queue.
fn occupied() -> (ThreadPool, Sender<()>) {
    let pool = ThreadPool::new(1);
    let release = occupy(&pool);
    (pool, release)
}

/// Keeps one worker of the pool busy until the sender is dropped.
fn occupy<Q: JobQueue>(pool: &ThreadPool<Q>) -> Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    pool.execute(move || {
        started.send(()).unwrap();
        let _ = released.recv();
    });
    has_started.recv_timeout(TIMEOUT).unwrap();
    release
}

/// Runs so many jobs each of which waits for the others, so that each needs a worker of its own.
fn run_concurrently(pool: &ThreadPool<impl JobQueue>, jobs: usize) {
    let barrier = Arc::new(Barrier::new(jobs));
    for _ in 0..jobs {
        let barrier = Arc::clone(&barrier);
        pool.execute(move || {
            barrier.wait();
        });
    }
    assert!(pool.join_timeout(TIMEOUT), "fewer than {jobs} workers run jobs");
}

/// Discards the queue of a pool whose worker is occupied. Returns how many jobs were discarded.
fn discard(pool: &ThreadPool, release: Sender<()>) -> u64 {
    thread::scope(|scope| {
        let shutdown = scope.spawn(|| pool.shutdown(Shutdown::Discard));
        // The worker must not go on before the shutdown has begun.
        wait_until("refusing jobs", || pool.try_execute(|| ()).is_err());
        drop(release);
        shutdown.join().unwrap()
    })
}
