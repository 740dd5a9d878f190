//! What a pool is built with: workers, their names and stacks, and how long they spin.

use crate::support::wait::TIMEOUT;
use hello::{CondvarQueue, PoolCreationError, ThreadPool};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn pool_needs_at_least_one_worker() {
    assert!(matches!(ThreadPool::build(0), Err(PoolCreationError::ZeroWorkers)));
    assert!(thread::spawn(|| ThreadPool::new(0)).join().is_err());
}

#[test]
fn default_pool_has_one_worker_per_processor() {
    assert_eq!(ThreadPool::default().stats().workers, num_cpus::get());
}

#[test]
fn builder_sets_worker_names_and_stack_size() {
    fn deep(levels: usize) -> usize {
        let here = std::hint::black_box([levels; 128]);
        if levels == 0 { 0 } else { deep(levels - 1) + here[0] / here[127] }
    }
    let pool = ThreadPool::builder().workers(1).name("deep").stack_size(64 << 20).build().unwrap();
    let name = pool.spawn(|| thread::current().name().map(str::to_owned)).join().unwrap();
    assert_eq!(name.as_deref(), Some("deep-0"));
    // This needs at least 10 MiB, five times the default.
    assert_eq!(pool.spawn(|| deep(10_000)).join().unwrap(), 10_000);
}

#[test]
fn failed_spawn_of_a_worker_is_an_error() {
    let result = ThreadPool::builder().workers(2).stack_size(1 << 60).build();
    match result {
        Err(error @ PoolCreationError::Spawn(_)) => {
            assert!(error.to_string().contains("could not be started"))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn fixed_spin_finds_jobs_without_parking() {
    for queue in [CondvarQueue::new(), CondvarQueue::bounded(4)] {
        let pool = ThreadPool::with_queue(1, queue.spin(TIMEOUT)).unwrap();
        for _ in 0..10 {
            pool.spawn(|| ()).join().unwrap();
        }
        assert_eq!(pool.stats().queue.parks, 0);
        let began = Instant::now();
        drop(pool);
        assert!(began.elapsed() < TIMEOUT, "closing the queue ends the spin");
    }
}

#[test]
fn spin_of_zero_never_spins() {
    let pool = ThreadPool::builder().workers(1).spin(Duration::ZERO).build().unwrap();
    for _ in 0..100 {
        pool.spawn(|| ()).join().unwrap();
    }
    assert_eq!(pool.stats().queue.spin_hits, 0);
}
