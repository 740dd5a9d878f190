//! How a pool ends: by shutdown, with or without its queued jobs, and by `drop`.

use crate::support::wait::TIMEOUT;
use crate::{discard, occupied, occupy};
use hello::{Discarded, Rejected, Shutdown, Submission, ThreadPool};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

#[test]
fn drop_runs_queued_jobs_and_joins_workers_i6() {
    thread_local!(static ALIVE: RefCell<Option<Arc<()>>> = const { RefCell::new(None) });
    let alive = Arc::new(());
    let ran = Arc::new(AtomicUsize::new(0));
    let pool = ThreadPool::new(4);
    for _ in 0..100 {
        let (alive, ran) = (Arc::clone(&alive), Arc::clone(&ran));
        pool.execute(move || {
            ran.fetch_add(1, Ordering::Relaxed);
            // A thread drops this when it ends, not before.
            ALIVE.set(Some(alive));
        });
    }
    drop(pool);
    assert_eq!(ran.load(Ordering::Relaxed), 100);
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn pool_may_be_dropped_by_its_job_i6() {
    for workers in [1, 3] {
        let (sender, receiver) = mpsc::channel();
        let pool = Arc::new(ThreadPool::new(workers));
        let release = occupy(&pool);
        pool.execute({
            let pool = Arc::clone(&pool);
            let sender = sender.clone();
            move || {
                while Arc::strong_count(&pool) > 1 {
                    thread::yield_now();
                }
                drop(pool); // the last of its owners, on one of its workers
                sender.send("dropped").unwrap();
            }
        });
        for _ in 0..10 {
            let sender = sender.clone();
            pool.execute(move || sender.send("ran").unwrap());
        }
        drop((pool, sender, release));
        let mut received: Vec<_> = receiver.iter().collect(); // ends when every job is dropped
        received.sort_unstable();
        assert_eq!(received.len(), 11);
        assert_eq!(received[0], "dropped");
    }
}

#[test]
fn idle_pool_ends_at_once() {
    let start = Instant::now();
    drop(ThreadPool::new(8));
    assert!(start.elapsed() < TIMEOUT);
}

#[test]
fn jobs_after_shutdown_come_back_i7() {
    let pool = ThreadPool::new(1);
    assert_eq!(pool.shutdown(Shutdown::Drain), 0);
    let (sender, receiver) = mpsc::channel();
    let send = |name: &'static str| {
        let sender = sender.clone();
        move || sender.send(name).unwrap()
    };
    match pool.execute(send("execute")) {
        Submission::Refused(job) => job(),
        Submission::Accepted => panic!("accepted"),
    }
    match pool.try_execute(send("try_execute")) {
        Err(Rejected::ShutDown(job)) => job(),
        other => panic!("{other:?}"),
    }
    pool.execute(send("into_result")).into_result().unwrap_err().into_job()();
    drop(sender);
    let received: Vec<_> = receiver.iter().collect();
    assert_eq!(received, ["execute", "try_execute", "into_result"]);
    assert_eq!(pool.spawn(|| ()).join().unwrap_err().downcast_ref(), Some(&Discarded));
    assert!(pool.join_timeout(TIMEOUT), "a refused job is not waited for");
}

#[test]
fn shutdown_refuses_waiting_submitters_i7() {
    let pool = ThreadPool::builder().workers(1).capacity(1).build().unwrap();
    let release = occupy(&pool);
    pool.execute(|| ());
    thread::scope(|scope| {
        let submitter = scope.spawn(|| pool.execute(|| ()).is_accepted());
        let shutdown = scope.spawn(|| pool.shutdown(Shutdown::Drain));
        assert!(!submitter.join().unwrap(), "the worker is occupied, so there was never room");
        drop(release);
        shutdown.join().unwrap();
    });
    assert_eq!(pool.stats().executed, 2);
}

#[test]
fn shutdown_may_be_called_repeatedly_and_concurrently() {
    let pool = Arc::new(ThreadPool::new(3));
    thread::scope(|scope| {
        for _ in 0..3 {
            pool.execute({
                let pool = Arc::clone(&pool);
                move || {
                    pool.shutdown(Shutdown::Drain);
                }
            });
            scope.spawn(|| pool.shutdown(Shutdown::Drain));
        }
    });
    assert_eq!(pool.shutdown(Shutdown::Discard), 0);
}

#[test]
fn discard_drops_and_counts_queued_jobs_i3() {
    let (pool, release) = occupied();
    let handles: Vec<_> = (0..50).map(|_| pool.spawn(|| ())).collect();
    assert_eq!(pool.stats().queued, 50);
    assert!(discard(&pool, release) >= 50);
    for handle in handles {
        assert_eq!(handle.join().unwrap_err().downcast_ref(), Some(&Discarded));
    }
    let stats = pool.stats();
    assert_eq!(stats.executed, 1);
    assert_eq!((stats.queued, stats.busy), (0, 0));
}
