//! `join`: it returns when the pool was idle, and only then.

use crate::occupied;
use crate::support::wait::TIMEOUT;
use hello::ThreadPool;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn join_waits_for_jobs_of_jobs() {
    let pool = Arc::new(ThreadPool::new(2));
    let ran = Arc::new(AtomicU64::new(0));
    fn tree(pool: &Arc<ThreadPool>, ran: &Arc<AtomicU64>, depth: u32) {
        let (again, count) = (Arc::clone(pool), Arc::clone(ran));
        pool.execute(move || {
            if depth > 0 {
                tree(&again, &count, depth - 1);
                tree(&again, &count, depth - 1);
            }
            count.fetch_add(1, Ordering::Relaxed);
        });
    }
    for round in 1..=20 {
        tree(&pool, &ran, 5);
        pool.join();
        assert_eq!(ran.load(Ordering::Relaxed), round * 63);
    }
}

/// The pool has jobs again when the thread in `join` wakes up, each time.
#[test]
fn join_returns_under_steady_submission() {
    let pool = ThreadPool::new(2);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let deadline = Instant::now() + TIMEOUT;
            while !done.load(Ordering::Relaxed) && Instant::now() < deadline {
                // The next job is submitted a moment after this one has finished.
                pool.spawn(|| ()).join().unwrap();
                thread::sleep(Duration::from_micros(20));
            }
        });
        for _ in 0..100 {
            assert!(pool.join_timeout(TIMEOUT));
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn several_threads_may_join_at_once() {
    let (pool, release) = occupied();
    thread::scope(|scope| {
        let joiners: Vec<_> = (0..4).map(|_| scope.spawn(|| pool.join_timeout(TIMEOUT))).collect();
        assert!(!pool.join_timeout(Duration::from_millis(5)));
        drop(release);
        assert!(joiners.into_iter().all(|joiner| joiner.join().unwrap()));
    });
}

#[test]
fn join_from_a_job_of_the_pool_panics() {
    let pool = Arc::new(ThreadPool::new(1));
    let inside = Arc::clone(&pool);
    let joined = pool.spawn(move || inside.join()).join();
    assert!(joined.unwrap_err().downcast_ref::<&str>().unwrap().contains("own jobs"));
}
