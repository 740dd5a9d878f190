//! Jobs with handles: waiting for them, from a worker too, cancelling them, and how they are
//! counted (I3).

use crate::support::wait::TIMEOUT;
use crate::{discard, occupied, occupy};
use hello::{Discarded, JobHandle, MpscQueue, Shutdown, ThreadPool, current_worker};
use std::panic::panic_any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

/// Waits for the job, for no longer than a hang takes.
#[track_caller]
fn result<T>(handle: JobHandle<T>) -> thread::Result<T> {
    handle.join_timeout(TIMEOUT).expect("the job hangs")
}

#[track_caller]
fn assert_discarded<T: std::fmt::Debug>(result: thread::Result<T>) {
    assert_eq!(result.unwrap_err().downcast_ref(), Some(&Discarded));
}

/// Discards the queue of a pool whose worker is occupied. Returns how many jobs were discarded that
/// had been there before.
fn discard_waiting(pool: &ThreadPool, release: Sender<()>) -> u64 {
    let before = pool.stats().queue.pushed;
    let discarded = discard(pool, release);
    discarded - (pool.stats().queue.pushed - before)
}

#[test]
fn worker_runs_the_job_it_waits_for() {
    let pool = Arc::new(ThreadPool::new(1));
    let inside = Arc::clone(&pool);
    let outer = pool.spawn(move || {
        let inner = inside.spawn(|| (thread::current().id(), current_worker()));
        (thread::current().id(), inner.join().unwrap())
    });
    let (outer, (inner, worker)) = result(outer).unwrap();
    assert_eq!((inner, worker), (outer, Some(0)));
    assert!(pool.join_timeout(TIMEOUT));
    assert_eq!((pool.stats().executed, pool.stats().discarded), (2, 0));
}

#[test]
fn jobs_may_wait_for_jobs_on_every_worker() {
    fn leaves(pool: &Arc<ThreadPool>, depth: u32) -> u64 {
        if depth == 0 {
            return 1;
        }
        let children = [(); 2].map(|()| {
            let inside = Arc::clone(pool);
            pool.spawn(move || leaves(&inside, depth - 1))
        });
        children.into_iter().map(|child| child.join().unwrap()).sum()
    }
    for workers in [1, 2, 3] {
        let pool = Arc::new(ThreadPool::new(workers));
        let inside = Arc::clone(&pool);
        assert_eq!(result(pool.spawn(move || leaves(&inside, 9))).unwrap(), 512);
        assert!(pool.join_timeout(TIMEOUT));
        assert_eq!(pool.stats().executed, 1023, "each job ran exactly once (I3)");
    }
}

#[test]
fn worker_joins_a_finished_job() {
    let pool = ThreadPool::new(1);
    let first = pool.spawn(|| 6 * 7);
    pool.join();
    assert!(first.is_finished());
    assert_eq!(result(pool.spawn(move || first.join().unwrap())).unwrap(), 42);
}

#[test]
fn worker_joins_a_job_that_runs_elsewhere() {
    let pool = ThreadPool::new(2);
    let both_run = Arc::new(Barrier::new(2));
    let first = pool.spawn({
        let both_run = Arc::clone(&both_run);
        move || {
            both_run.wait();
            thread::current().id()
        }
    });
    let second = pool.spawn(move || {
        both_run.wait();
        (thread::current().id(), first.join().unwrap())
    });
    let (second, first) = result(second).unwrap();
    assert_ne!(first, second);
}

#[test]
fn worker_leaves_another_pools_job_to_it() {
    let (one, other) = (ThreadPool::new(1), Arc::new(ThreadPool::new(1)));
    let inside = Arc::clone(&other);
    let (here, there) = result(one.spawn(move || {
        let there = inside.spawn(|| thread::current().id()).join().unwrap();
        (thread::current().id(), there)
    }))
    .unwrap();
    assert_ne!(here, there);
}

#[test]
fn waiting_worker_counts_a_panic_i5() {
    let pool = Arc::new(ThreadPool::new(1));
    let inside = Arc::clone(&pool);
    let outer = pool.spawn(move || {
        let payload = inside.spawn(|| panic_any(7_u8)).join().unwrap_err();
        payload.downcast_ref() == Some(&7_u8)
    });
    assert!(result(outer).unwrap(), "the payload comes back");
    assert!(pool.join_timeout(TIMEOUT));
    assert_eq!((pool.stats().executed, pool.stats().panicked), (2, 1));
}

#[test]
fn worker_runs_nothing_during_a_timed_wait() {
    let pool = Arc::new(ThreadPool::new(1));
    let inside = Arc::clone(&pool);
    let outer = pool.spawn(move || {
        let inner = inside.spawn(|| 42);
        let inner = inner.join_timeout(Duration::from_millis(1)).unwrap_err();
        assert!(!inner.is_finished());
        inner.join().unwrap()
    });
    assert_eq!(result(outer).unwrap(), 42);
}

#[test]
fn job_run_by_waiter_is_not_discarded_i3() {
    let pool = Arc::new(ThreadPool::new(1));
    let (release, released) = mpsc::channel::<()>();
    let (joined, has_joined) = mpsc::channel();
    let inside = Arc::clone(&pool);
    pool.execute(move || {
        inside.spawn(|| ()).join().unwrap();
        joined.send(()).unwrap();
        drop(inside);
        let _ = released.recv();
    });
    has_joined.recv_timeout(TIMEOUT).unwrap();
    // What is left in the queue of the job that was run in place is dropped now.
    assert_eq!(discard_waiting(&pool, release), 0);
    assert_eq!(pool.stats().executed, 2);
}

#[test]
fn waiting_worker_drops_a_job_when_discarding() {
    let pool = Arc::new(ThreadPool::new(1));
    let (release, released) = mpsc::channel::<()>();
    let (spawned, has_spawned) = mpsc::channel();
    let inside = Arc::clone(&pool);
    let outer = pool.spawn(move || {
        let inner = inside.spawn(|| ());
        drop(inside);
        spawned.send(()).unwrap();
        let _ = released.recv();
        inner.join()
    });
    has_spawned.recv_timeout(TIMEOUT).unwrap();
    assert_eq!(discard_waiting(&pool, release), 1);
    assert_discarded(result(outer).unwrap());
    assert_eq!(pool.stats().executed, 1);
}

#[test]
fn cancelled_job_never_runs_and_is_counted_i3() {
    let (pool, release) = occupied();
    let ran = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ran);
    let job = pool.spawn(move || count.fetch_add(1, Ordering::Relaxed));
    assert!(job.cancel());
    assert!(!job.cancel(), "it prevents the run only once");
    assert!(job.is_finished());
    assert_eq!(Arc::strong_count(&ran), 1, "what it captured is dropped at once");
    assert_eq!(pool.stats().queued, 1, "its place in the queue remains");
    assert_discarded(result(job));
    drop(release);
    assert!(pool.join_timeout(TIMEOUT));
    let stats = pool.stats();
    assert_eq!((stats.executed, stats.discarded, stats.panicked), (1, 1, 0));
    assert_eq!(ran.load(Ordering::Relaxed), 0);
    assert_eq!(pool.shutdown(Shutdown::Drain), 1);
}

#[test]
fn cancelled_job_is_counted_by_uncounting_queues() {
    let pool = ThreadPool::with_queue(1, MpscQueue::new()).unwrap();
    let release = occupy(&pool);
    assert!(pool.spawn(|| ()).cancel());
    drop(release);
    assert!(pool.join_timeout(TIMEOUT));
    assert_eq!((pool.stats().executed, pool.stats().discarded), (1, 1));
}

#[test]
fn cancelled_job_counts_once_when_discarding_i3() {
    let (pool, release) = occupied();
    let job = pool.spawn(|| ());
    assert!(job.cancel());
    assert_eq!(discard_waiting(&pool, release), 1);
    assert_discarded(result(job));
    assert_eq!(pool.stats().executed, 1);
}

#[test]
fn racing_cancels_count_each_job_once_i3() {
    let pool = ThreadPool::new(2);
    let ran = Arc::new(AtomicUsize::new(0));
    let prevented: usize = thread::scope(|scope| {
        let submitters = [(); 2].map(|()| {
            scope.spawn(|| {
                let jobs = (0..2000).map(|_| {
                    let ran = Arc::clone(&ran);
                    pool.spawn(move || _ = ran.fetch_add(1, Ordering::Relaxed))
                });
                jobs.filter(|job| job.cancel()).count()
            })
        });
        submitters.into_iter().map(|submitter| submitter.join().unwrap()).sum()
    });
    assert!(pool.join_timeout(TIMEOUT));
    let (stats, ran) = (pool.stats(), ran.load(Ordering::Relaxed));
    assert_eq!((ran + prevented, stats.executed as usize), (4000, ran));
    assert_eq!(stats.discarded as usize, prevented);
}

#[test]
fn job_that_has_begun_is_not_cancelled() {
    let pool = ThreadPool::new(1);
    let (release, released) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    let job = pool.spawn(move || {
        started.send(()).unwrap();
        let _ = released.recv();
        42
    });
    has_started.recv_timeout(TIMEOUT).unwrap();
    assert!(!job.cancel());
    drop(release);
    pool.join();
    assert!(!job.cancel(), "nor one that has finished");
    assert_eq!(result(job).unwrap(), 42);
    assert_eq!((pool.stats().executed, pool.stats().discarded), (1, 0));
}

#[test]
fn panic_of_cancelled_captures_reaches_the_canceller() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the bomb went off");
        }
    }
    let (pool, release) = occupied();
    let bomb = Bomb;
    let job = pool.spawn(move || {
        let _kept = &bomb;
    });
    thread::scope(|scope| assert!(scope.spawn(|| job.cancel()).join().is_err()));
    assert_discarded(result(job));
    drop(release);
    assert!(pool.join_timeout(TIMEOUT));
    assert_eq!((pool.stats().executed, pool.stats().discarded), (1, 1));
}
