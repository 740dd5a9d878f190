//! What a pool does on its workers' threads besides jobs, the workers' ids, and what cannot be
//! built.

use crate::run_concurrently;
use hello::{PoolCreationError, Shutdown, TextbookQueue, ThreadPool, current_worker};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

#[test]
fn hooks_run_on_each_workers_thread() {
    let calls = [(); 2].map(|()| Arc::new(Mutex::new(BTreeSet::new())));
    let record = |calls: &Arc<Mutex<BTreeSet<_>>>| {
        let calls = Arc::clone(calls);
        move |worker| {
            let name = thread::current().name().map(str::to_owned);
            assert!(calls.lock().unwrap().insert((worker, current_worker(), name)));
        }
    };
    let [starts, stops] = &calls;
    let pool = ThreadPool::builder()
        .workers(3)
        .name("hooked")
        .on_start(record(starts))
        .on_stop(record(stops))
        .build()
        .unwrap();
    pool.join();
    assert!(stops.lock().unwrap().is_empty(), "no worker has stopped");
    drop(pool);
    let each: BTreeSet<_> = (0..3).map(|id| (id, Some(id), Some(format!("hooked-{id}")))).collect();
    assert_eq!(*starts.lock().unwrap(), each);
    assert_eq!(*stops.lock().unwrap(), each);
}

#[test]
fn hooks_enclose_every_job() {
    thread_local!(static JOBS: Cell<Option<usize>> = const { Cell::new(None) });
    let total = Arc::new(Mutex::new(0));
    let sum = Arc::clone(&total);
    let pool = ThreadPool::builder()
        .workers(2)
        .on_start(|_| JOBS.set(Some(0)))
        .on_stop(move |_| *sum.lock().unwrap() += JOBS.get().unwrap())
        .build()
        .unwrap();
    for _ in 0..100 {
        pool.execute(|| JOBS.set(JOBS.get().map(|jobs| jobs + 1)));
    }
    assert_eq!(pool.shutdown(Shutdown::Drain), 0);
    assert_eq!(*total.lock().unwrap(), 100);
}

#[test]
fn panicking_hooks_cost_no_worker_i5() {
    let pool = ThreadPool::builder()
        .workers(2)
        .on_start(|_| panic!("a hook may do this"))
        .on_stop(|_| panic!("this one as well"))
        .build()
        .unwrap();
    run_concurrently(&pool, 2);
    assert_eq!((pool.stats().executed, pool.stats().panicked), (2, 0), "only jobs count");
    drop(pool);
}

#[test]
fn hook_may_shut_its_pool_down_i6() {
    let place = Arc::new(Mutex::new(None::<Arc<ThreadPool>>));
    let inside = Arc::clone(&place);
    let pool = ThreadPool::builder()
        .workers(2)
        .on_stop(move |_| {
            let pool = inside.lock().unwrap().clone();
            pool.unwrap().shutdown(Shutdown::Drain);
        })
        .build()
        .unwrap();
    let pool = Arc::new(pool);
    *place.lock().unwrap() = Some(Arc::clone(&pool));
    pool.shutdown(Shutdown::Drain);
    *place.lock().unwrap() = None;
}

#[test]
fn each_worker_has_its_id() {
    let pools = [ThreadPool::new(1), ThreadPool::new(3)];
    let all_run = Arc::new(Barrier::new(3));
    let ids: BTreeSet<_> = [(); 3]
        .map(|()| {
            let all_run = Arc::clone(&all_run);
            pools[1].spawn(move || {
                all_run.wait();
                current_worker()
            })
        })
        .into_iter()
        .map(|job| job.join().unwrap())
        .collect();
    assert_eq!(ids, [Some(0), Some(1), Some(2)].into());
    assert_eq!(pools[0].spawn(current_worker).join().unwrap(), Some(0));
    assert_eq!(current_worker(), None);
    let elsewhere = pools[0].spawn(|| thread::spawn(current_worker).join().unwrap());
    assert_eq!(elsewhere.join().unwrap(), None, "a thread that a job starts is no worker");
}

#[test]
fn queue_for_no_job_is_an_error() {
    let error = ThreadPool::builder().workers(1).capacity(0).build().unwrap_err();
    assert!(matches!(error, PoolCreationError::ZeroCapacity));
    assert!(error.to_string().contains("at least one job"), "{error}");
}

#[test]
fn later_capacity_or_queue_replaces_zero() {
    let pool = ThreadPool::builder().workers(1).capacity(0).capacity(2).build().unwrap();
    assert_eq!(pool.queue().capacity(), Some(2));
    let builder = ThreadPool::builder().workers(1).capacity(0);
    assert!(builder.queue(TextbookQueue::new()).build().is_ok());
}
