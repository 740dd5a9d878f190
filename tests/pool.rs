//! The pool as a black box: its API, and its invariants I1 to I8 as far as they show from outside.

use hello::{
    CondvarQueue, Discarded, JobQueue, MpscQueue, PoolCreationError, Rejected, Shutdown,
    StdCondvarQueue, Submission, TextbookQueue, ThreadPool, WhileLetQueue,
};
use std::panic::panic_any;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

/// Long enough that only a hang takes longer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A pool of one worker that is kept busy until the sender is dropped, so that further jobs stay in
/// the queue.
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

fn received<T>(receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(TIMEOUT).unwrap()
}

#[test]
fn every_accepted_job_runs_exactly_once_under_every_strategy_i3() {
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
fn jobs_run_side_by_side_i2() {
    fn check(queue: impl JobQueue) {
        // Each of the four jobs waits for the other three, so they end only if all four run at
        // once.
        let pool = ThreadPool::with_queue(4, queue).unwrap();
        let barrier = Arc::new(Barrier::new(4));
        for _ in 0..4 {
            let barrier = Arc::clone(&barrier);
            pool.execute(move || {
                barrier.wait();
            });
        }
        assert!(pool.join_timeout(TIMEOUT));
    }
    check(CondvarQueue::new());
    check(TextbookQueue::new());
    check(StdCondvarQueue::new());
    check(MpscQueue::new());
}

#[test]
fn the_while_let_strategy_runs_one_job_at_a_time_and_so_breaks_i2() {
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
fn ten_thousand_panicking_jobs_cost_no_worker_i5() {
    let pool = ThreadPool::new(2);
    for _ in 0..10_000 {
        pool.execute(|| panic!("a job may do this"));
    }
    let barrier = Arc::new(Barrier::new(2));
    for _ in 0..2 {
        let barrier = Arc::clone(&barrier);
        pool.execute(move || {
            barrier.wait();
        });
    }
    assert!(pool.join_timeout(TIMEOUT), "both workers are still here");
    let stats = pool.stats();
    assert_eq!((stats.panicked, stats.executed), (10_000, 10_002));
}

/// A value that panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("the bomb went off");
        }
    }
}

#[test]
fn a_panic_whose_payload_panics_costs_no_worker_i5() {
    let pool = ThreadPool::new(1);
    pool.execute(|| panic_any(Bomb));
    assert_eq!(pool.spawn(|| 42).join().unwrap(), 42);
    assert_eq!(pool.stats().panicked, 1);
}

#[test]
fn a_discarded_job_that_panics_as_it_is_dropped_costs_nothing_i5() {
    let (pool, release) = occupied();
    let bomb = Bomb;
    pool.execute(move || {
        let _kept = &bomb;
    });
    pool.execute(|| ());
    thread::scope(|scope| {
        let shutdown = scope.spawn(|| pool.shutdown(Shutdown::Discard));
        while pool.try_execute(|| ()).is_ok() {
            thread::yield_now();
        }
        drop(release);
        assert!(shutdown.join().unwrap() >= 2);
    });
}

#[test]
fn when_drop_returns_no_worker_lives_and_every_job_has_run_i6() {
    thread_local!(static ALIVE: std::cell::RefCell<Option<Arc<()>>> = const { std::cell::RefCell::new(None) });
    let alive = Arc::new(());
    let ran = Arc::new(AtomicUsize::new(0));
    let pool = ThreadPool::new(4);
    for _ in 0..100 {
        let (alive, ran) = (Arc::clone(&alive), Arc::clone(&ran));
        pool.execute(move || {
            ran.fetch_add(1, Ordering::Relaxed);
            // A thread lets go of this when it ends, not before.
            ALIVE.set(Some(alive));
        });
    }
    drop(pool);
    assert_eq!(ran.load(Ordering::Relaxed), 100);
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn a_pool_dropped_by_one_of_its_own_jobs_runs_the_rest_and_ends_i6() {
    for workers in [1, 3] {
        let (said, heard) = mpsc::channel();
        let pool = Arc::new(ThreadPool::new(workers));
        let release = occupy(&pool);
        pool.execute({
            let pool = Arc::clone(&pool);
            let said = said.clone();
            move || {
                while Arc::strong_count(&pool) > 1 {
                    thread::yield_now();
                }
                drop(pool); // the last of its owners, on one of its workers
                said.send("dropped").unwrap();
            }
        });
        for _ in 0..10 {
            let said = said.clone();
            pool.execute(move || said.send("ran").unwrap());
        }
        drop((pool, said, release));
        let mut heard: Vec<_> = heard.iter().collect(); // ends when every job is gone
        heard.sort_unstable();
        assert_eq!(heard.len(), 11);
        assert_eq!(heard[0], "dropped");
    }
}

#[test]
fn after_shutdown_every_job_comes_back_i7() {
    let pool = ThreadPool::new(1);
    assert_eq!(pool.shutdown(Shutdown::Drain), 0);
    let (said, heard) = mpsc::channel();
    let say = |what: &'static str| {
        let said = said.clone();
        move || said.send(what).unwrap()
    };
    match pool.execute(say("execute")) {
        Submission::Refused(job) => job(),
        Submission::Accepted => panic!("accepted"),
    }
    match pool.try_execute(say("try_execute")) {
        Err(Rejected::ShutDown(job)) => job(),
        other => panic!("{other:?}"),
    }
    pool.execute(say("into_result")).into_result().unwrap_err().into_job()();
    assert_eq!(
        [received(&heard), received(&heard), received(&heard)],
        ["execute", "try_execute", "into_result"]
    );
    assert_eq!(pool.spawn(|| ()).join().unwrap_err().downcast_ref(), Some(&Discarded));
    assert!(pool.join_timeout(TIMEOUT), "a refused job is not waited for");
}

#[test]
fn shutdown_may_be_called_by_anyone_as_often_as_they_like() {
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
fn discard_drops_what_is_queued_and_says_how_much_i3() {
    let (pool, release) = occupied();
    let handles: Vec<_> = (0..50).map(|_| pool.spawn(|| ())).collect();
    assert_eq!(pool.stats().queued, 50);
    thread::scope(|scope| {
        let shutdown = scope.spawn(|| pool.shutdown(Shutdown::Discard));
        // The shutdown has begun once it refuses jobs; only then may the worker go on.
        while pool.try_execute(|| ()).is_ok() {
            thread::yield_now();
        }
        drop(release);
        assert!(shutdown.join().unwrap() >= 50);
    });
    for handle in handles {
        assert_eq!(handle.join().unwrap_err().downcast_ref(), Some(&Discarded));
    }
    let stats = pool.stats();
    assert_eq!(stats.executed, 1);
    assert_eq!((stats.queued, stats.busy), (0, 0));
}

#[test]
fn a_full_queue_gives_the_job_back_and_execute_waits_for_room() {
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

#[test]
fn shutdown_refuses_a_submitter_that_waits_for_room_i7() {
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
fn join_waits_for_jobs_and_for_the_jobs_they_submit() {
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

/// The pool has work again when the thread in `join` wakes up, and again each time it looks.
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
fn a_queue_that_does_not_count_is_counted_for() {
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

#[test]
fn a_spin_of_ones_own_finds_jobs_unparked() {
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
fn a_spin_of_zero_never_spins() {
    let pool = ThreadPool::builder().workers(1).spin(Duration::ZERO).build().unwrap();
    for _ in 0..100 {
        pool.spawn(|| ()).join().unwrap();
    }
    assert_eq!(pool.stats().queue.spin_hits, 0);
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
fn join_from_a_job_of_the_pool_panics_instead_of_waiting_for_ever() {
    let pool = Arc::new(ThreadPool::new(1));
    let inside = Arc::clone(&pool);
    let joined = pool.spawn(move || inside.join()).join();
    assert!(joined.unwrap_err().downcast_ref::<&str>().unwrap().contains("own jobs"));
}

#[test]
fn a_handle_gives_the_result_or_the_panic_or_says_that_the_job_never_ran() {
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
fn a_dropped_handle_leaves_its_job_alone() {
    let pool = ThreadPool::new(1);
    drop(pool.spawn(|| ()));
    pool.join();
    assert_eq!(pool.stats().executed, 1);
}

#[test]
fn workers_have_names_with_ids_and_the_stack_they_were_promised() {
    fn deep(levels: usize) -> usize {
        let here = std::hint::black_box([levels; 128]);
        if levels == 0 { 0 } else { deep(levels - 1) + here[0] / here[127] }
    }
    let pool = ThreadPool::builder().workers(1).name("deep").stack_size(64 << 20).build().unwrap();
    let name = pool.spawn(|| thread::current().name().map(str::to_owned)).join().unwrap();
    assert_eq!(name.as_deref(), Some("deep-0"));
    assert_eq!(pool.spawn(|| deep(10_000)).join().unwrap(), 10_000); // at least 10 MiB, five times the usual
}

#[test]
fn a_pool_needs_at_least_one_worker() {
    assert!(matches!(ThreadPool::build(0), Err(PoolCreationError::ZeroWorkers)));
    assert!(thread::spawn(|| ThreadPool::new(0)).join().is_err());
}

#[test]
fn a_thread_that_cannot_be_had_is_an_error() {
    let result = ThreadPool::builder().workers(2).stack_size(1 << 60).build();
    match result {
        Err(error @ PoolCreationError::Spawn(_)) => {
            assert!(error.to_string().contains("could not be started"))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_default_pool_has_a_worker_for_each_processor() {
    assert_eq!(ThreadPool::default().stats().workers, num_cpus::get());
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
fn an_idle_pool_ends_at_once() {
    let start = Instant::now();
    drop(ThreadPool::new(8));
    assert!(start.elapsed() < TIMEOUT);
}
