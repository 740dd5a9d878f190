//! What becomes of a job: it runs once, beside others, and a panic in it costs nothing.

use crate::support::wait::TIMEOUT;
use crate::{discard, occupied, occupy, run_concurrently};
use hello::{
    CondvarQueue, Job, JobQueue, MpscQueue, QueueStats, Rejected, Shutdown, StdCondvarQueue,
    TextbookQueue, ThreadPool, WhileLetQueue,
};
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

#[test]
fn accepted_jobs_run_exactly_once_i3() {
    fn check(queue: impl JobQueue) {
        let runs: Arc<Vec<AtomicUsize>> =
            Arc::new((0..2000).map(|_| AtomicUsize::new(0)).collect());
        let pool = ThreadPool::with_queue(3, queue).unwrap();
        thread::scope(|scope| {
            for half in 0..2 {
                let (pool, runs) = (&pool, &runs);
                scope.spawn(move || {
                    for job in half * 1000..(half + 1) * 1000 {
                        let runs = Arc::clone(runs);
                        pool.execute(move || {
                            runs[job].fetch_add(1, Ordering::Relaxed);
                        });
                    }
                });
            }
        });
        drop(pool);
        assert!(runs.iter().all(|runs| runs.load(Ordering::Relaxed) == 1));
    }
    check(CondvarQueue::new());
    check(TextbookQueue::new());
    check(StdCondvarQueue::new());
    check(MpscQueue::new());
    check(WhileLetQueue::new());
}

#[test]
fn jobs_run_concurrently_i2() {
    fn check(queue: impl JobQueue) {
        run_concurrently(&ThreadPool::with_queue(4, queue).unwrap(), 4);
    }
    check(CondvarQueue::new());
    check(TextbookQueue::new());
    check(StdCondvarQueue::new());
    check(MpscQueue::new());
}

#[test]
fn while_let_queue_breaks_i2() {
    let pool = ThreadPool::with_queue(2, WhileLetQueue::new()).unwrap();
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for _ in 0..20 {
        let (running, most) = (Arc::clone(&running), Arc::clone(&most));
        pool.execute(move || {
            most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(1));
            running.fetch_sub(1, Ordering::SeqCst);
        });
    }
    pool.join();
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[test]
fn full_queue_rejects_try_execute_and_blocks_execute() {
    let pool = ThreadPool::builder().workers(1).capacity(1).build().unwrap();
    let release = occupy(&pool);
    assert!(pool.execute(|| ()).is_accepted());
    assert!(matches!(pool.try_execute(|| ()), Err(Rejected::Full(_))));
    thread::scope(|scope| {
        let submitter = scope.spawn(|| pool.execute(|| ()).is_accepted());
        drop(release);
        assert!(submitter.join().unwrap());
    });
    assert!(pool.join_timeout(TIMEOUT));
    assert_eq!(pool.stats().executed, 3);
}

/// A value that panics when it is dropped.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("dropped on purpose");
        }
    }
}

#[test]
fn panicking_jobs_cost_no_worker_i5() {
    let pool = ThreadPool::new(2);
    for _ in 0..10_000 {
        pool.execute(|| panic!("a job may do this"));
    }
    run_concurrently(&pool, 2);
    let stats = pool.stats();
    assert_eq!((stats.panicked, stats.executed), (10_000, 10_002));
}

#[test]
fn panicking_payload_costs_no_worker_i5() {
    let pool = ThreadPool::new(1);
    pool.execute(|| panic_any(PanicsOnDrop));
    assert_eq!(pool.spawn(|| 42).join().unwrap(), 42);
    assert_eq!(pool.stats().panicked, 1);
}

#[test]
fn panic_in_a_discarded_job_is_caught_i5() {
    let (pool, release) = occupied();
    let value = PanicsOnDrop;
    pool.execute(move || {
        let _captured = &value;
    });
    pool.execute(|| ());
    assert!(discard(&pool, release) >= 2);
}

#[test]
fn handle_returns_the_result_or_the_panic() {
    let (pool, release) = occupied();
    let value = pool.spawn(|| "value".to_owned());
    let panic = pool.spawn(|| panic_any(7_u8));
    assert!(!value.is_finished());
    let value = value.join_timeout(Duration::from_millis(1)).unwrap_err();
    drop(release);
    assert_eq!(value.join().unwrap(), "value");
    assert_eq!(panic.join().unwrap_err().downcast_ref(), Some(&7_u8));
    assert_eq!(pool.spawn(|| 1).join_timeout(Duration::MAX).unwrap().unwrap(), 1);
    pool.join();
    assert_eq!(pool.stats().panicked, 1, "the worker counts the panic although a handle took it");
}

#[test]
fn dropped_handle_leaves_its_job_alone() {
    let pool = ThreadPool::new(1);
    drop(pool.spawn(|| ()));
    pool.join();
    assert_eq!(pool.stats().executed, 1);
}

#[test]
fn stats_tell_busy_from_queued() {
    let (pool, release) = occupied();
    pool.execute(|| ());
    let stats = pool.stats();
    assert_eq!((stats.workers, stats.busy, stats.queued, stats.executed), (1, 1, 1, 0));
    drop(release);
    pool.join();
    let stats = pool.stats();
    assert_eq!((stats.busy, stats.queued, stats.executed), (0, 0, 2));
}

#[test]
fn stats_read_a_counting_queue_once() {
    /// It may change between two calls, so its length is not asked for.
    struct Counting;
    impl JobQueue for Counting {
        fn push(&self, job: Job) -> Result<(), Job> {
            Err(job)
        }
        fn pop(&self) -> Option<Job> {
            None
        }
        fn close(&self) {}
        fn len(&self) -> usize {
            unreachable!("a second reading")
        }
        fn accepted(&self) -> Option<u64> {
            Some(5)
        }
        fn stats(&self) -> QueueStats {
            let mut stats = QueueStats::default();
            (stats.pushed, stats.popped) = (5, 3);
            stats
        }
    }
    let stats = ThreadPool::with_queue(8, Counting).unwrap().stats();
    assert_eq!((stats.queued, stats.busy, stats.queue.pushed), (2, 3, 5));
}

#[test]
fn pool_counts_for_a_queue_without_counters() {
    let pool = ThreadPool::with_queue(2, MpscQueue::new()).unwrap();
    for _ in 0..100 {
        pool.execute(|| ());
    }
    pool.join();
    assert_eq!((pool.stats().executed, pool.stats().busy), (100, 0));
    pool.shutdown(Shutdown::Drain);
    assert!(!pool.execute(|| ()).is_accepted());
    pool.join();
}
