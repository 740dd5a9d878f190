//! Handing jobs to a pool that has no room, or takes no more.

use crate::occupy;
use crate::support::wait::TIMEOUT;
use hello::{Rejected, Shutdown, ThreadPool};
use std::sync::mpsc::Sender;
use std::thread;

/// Returns a pool of one worker, busy until the sender is dropped, with room for one job.
fn occupied() -> (ThreadPool, Sender<()>) {
    let pool = ThreadPool::builder().workers(1).capacity(1).build().unwrap();
    let release = occupy(&pool);
    (pool, release)
}

#[test]
fn full_queue_gives_the_closure_back() {
    let (pool, release) = occupied();
    let text = "owned".to_owned();
    let accepted = pool.try_spawn(|| 1).unwrap();
    let Err(Rejected::Full(job)) = pool.try_spawn(move || text) else { panic!("there was room") };
    assert_eq!(job(), "owned");
    drop(release);
    assert_eq!(accepted.join_timeout(TIMEOUT).unwrap().unwrap(), 1);
    pool.join();
    assert_eq!((pool.stats().executed, pool.stats().discarded), (2, 0));
}

#[test]
fn ended_pool_gives_the_closure_back_i7() {
    let pool = ThreadPool::new(1);
    pool.shutdown(Shutdown::Drain);
    let refused = pool.try_spawn(|| 2).unwrap_err();
    assert_eq!(refused.to_string(), "the thread pool has shut down");
    assert_eq!(refused.into_job()(), 2);
    assert_eq!((pool.stats().executed, pool.stats().discarded), (0, 0));
}

#[test]
fn closed_pool_runs_what_it_has() {
    let (pool, release) = occupied();
    let job = pool.spawn(|| 42);
    pool.close();
    assert!(!pool.execute(|| ()).is_accepted());
    drop(release);
    assert_eq!(job.join_timeout(TIMEOUT).unwrap().unwrap(), 42);
    assert!(pool.join_timeout(TIMEOUT));
    assert_eq!(pool.shutdown(Shutdown::Discard), 0);
}

#[test]
fn close_refuses_a_waiting_submitter_i7() {
    let (pool, release) = occupied();
    pool.execute(|| ());
    thread::scope(|scope| {
        let submitter = scope.spawn(|| pool.execute(|| ()).is_accepted());
        pool.close();
        assert!(!submitter.join().unwrap(), "the worker is busy, so there was never room");
    });
    drop(release);
}
