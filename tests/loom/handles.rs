//! Jobs with handles: a job is taken by one of a worker that pops its entry, a worker that waits
//! for it, and a thread that cancels it; and it is counted once.

use super::{Pool, check};
use hello::{Discarded, JobHandle, Shutdown};
use loom::thread;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A deadline that may come at any moment; see the facade's `wait_until`.
const ANY_MOMENT: Duration = Duration::from_millis(1);

/// A job that counts its runs, and its handle.
fn counted(pool: &Pool) -> (JobHandle<()>, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    (pool.spawn(move || _ = count.fetch_add(1, Ordering::Relaxed)), runs)
}

/// Returns how often the job ran, which must agree with its result.
fn runs(result: &std::thread::Result<()>, runs: &AtomicUsize) -> u64 {
    let runs = runs.load(Ordering::Relaxed);
    assert_eq!(runs, usize::from(result.is_ok()));
    if let Err(payload) = result {
        assert_eq!(payload.downcast_ref(), Some(&Discarded));
    }
    runs as u64
}

#[test]
fn cancel_meets_the_worker() {
    check(|| {
        let pool = Pool::new(1);
        let (handle, count) = counted(&pool);
        let prevented = handle.cancel();
        let ran = runs(&handle.join(), &count);
        assert_eq!(ran, u64::from(!prevented));
        pool.join();
        assert_eq!((pool.stats().executed, pool.stats().discarded), (ran, 1 - ran));
    });
}

#[test]
fn cancel_meets_the_discarding_worker() {
    check(|| {
        let pool = Arc::new(Pool::new(1));
        let (handle, count) = counted(&pool);
        let shutdown = thread::spawn({
            let pool = Arc::clone(&pool);
            move || pool.shutdown(Shutdown::Discard)
        });
        handle.cancel();
        let ran = runs(&handle.join(), &count);
        assert_eq!(shutdown.join().unwrap(), 1 - ran);
        assert_eq!(pool.stats().executed, ran);
    });
}

#[test]
fn late_job_is_cancelled() {
    check(|| {
        let pool = Pool::new(1);
        let (handle, count) = counted(&pool);
        let result = match handle.join_timeout(ANY_MOMENT) {
            Ok(result) => result,
            Err(handle) => {
                handle.cancel();
                handle.join()
            }
        };
        let ran = runs(&result, &count);
        pool.join();
        assert_eq!((pool.stats().executed, pool.stats().discarded), (ran, 1 - ran));
    });
}

/// A pool whose first job submits a second one and waits for it.
fn nested(workers: usize) -> (Arc<Pool>, JobHandle<std::thread::Result<()>>, Arc<AtomicUsize>) {
    let pool = Arc::new(Pool::new(workers));
    let runs = Arc::new(AtomicUsize::new(0));
    let (weak, count) = (Arc::downgrade(&pool), Arc::clone(&runs));
    let outer = pool.spawn(move || {
        let inner = weak
            .upgrade()
            .expect("the model waits for the outer job")
            .spawn(move || _ = count.fetch_add(1, Ordering::Relaxed));
        inner.join()
    });
    (pool, outer, runs)
}

#[test]
fn only_worker_waits_for_its_own_job() {
    check(|| {
        let (pool, outer, count) = nested(1);
        assert_eq!(runs(&outer.join().unwrap(), &count), 1);
        pool.join();
        assert_eq!((pool.stats().executed, pool.stats().discarded), (2, 0));
    });
}

#[test]
fn waiting_worker_meets_a_popping_one() {
    check(|| {
        let (pool, outer, count) = nested(2);
        assert_eq!(runs(&outer.join().unwrap(), &count), 1);
        pool.join();
        assert_eq!((pool.stats().executed, pool.stats().discarded), (2, 0));
    });
}

#[test]
fn waiting_worker_meets_the_discard() {
    check(|| {
        let (pool, outer, count) = nested(1);
        let dropped = pool.shutdown(Shutdown::Discard);
        let ran = match outer.join() {
            Ok(inner) => 1 + runs(&inner, &count),
            Err(_) => 0,
        };
        let stats = pool.stats();
        assert_eq!((stats.executed, stats.discarded), (ran, dropped));
        // The outer job may not have run, or the inner one may have been refused.
        assert!(ran + dropped == 2 || count.load(Ordering::Relaxed) == 0);
    });
}

/// The panic has no message, so that the hook does not print one for every schedule.
#[test]
fn panic_is_counted_where_the_job_runs() {
    check(|| {
        let pool = Arc::new(Pool::new(2));
        let weak = Arc::downgrade(&pool);
        let outer = pool.spawn(move || {
            let pool = weak.upgrade().expect("the model waits for the outer job");
            let inner = pool.spawn(|| resume_unwind(Box::new(7_u8)));
            drop(pool);
            inner.join().unwrap_err().downcast_ref() == Some(&7_u8)
        });
        assert!(outer.join().unwrap());
        pool.join();
        assert_eq!((pool.stats().executed, pool.stats().panicked), (2, 1));
    });
}
