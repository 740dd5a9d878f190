//! Random pools under random load: whatever happens, each job runs exactly once or is counted as
//! refused or dropped.
//!
//! The seed of a case is in the message of a failure; threads interleave differently each time all
//! the same.

use hello::{Rejected, Shutdown, ThreadPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A small generator (splitmix64): a stress test needs no more.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Computes, gives way or sleeps for a random short time.
fn dawdle(random: &mut Random) {
    match random.below(40) {
        0 => thread::sleep(Duration::from_micros(random.below(200))),
        1..4 => thread::yield_now(),
        _ => (0..random.below(100)).for_each(|_| std::hint::spin_loop()),
    }
}

/// What became of the jobs of one case.
#[derive(Default)]
struct Fates {
    refused: AtomicU64,
    panicked: AtomicU64,
}

/// One random pool, from its start to its end.
fn case(seed: u64) {
    let mut random = Random(seed);
    let producers = 1 + random.below(4);
    let jobs_each = 1 + random.below(400);
    let builder = ThreadPool::builder().workers(1 + random.below(8) as usize);
    let pool = match random.below(3) {
        0 => builder.build(),
        _ => builder.capacity(1 + random.below(20) as usize).build(),
    }
    .expect("a pool starts");
    let runs: Arc<Vec<AtomicU8>> =
        Arc::new((0..producers * jobs_each).map(|_| AtomicU8::new(0)).collect());
    let fates = Arc::new(Fates::default());

    thread::scope(|scope| {
        for producer in 0..producers {
            let (pool, runs, fates) = (&pool, &runs, &fates);
            let mut random = Random(seed ^ (producer + 1) << 32);
            scope.spawn(move || {
                for id in producer * jobs_each..(producer + 1) * jobs_each {
                    dawdle(&mut random);
                    let runs = Arc::clone(runs);
                    let panics = random.below(50) == 0;
                    let mut own_random = Random(random.below(u64::MAX));
                    let fates_of_job = Arc::clone(fates);
                    let job = move || {
                        runs[id as usize].fetch_add(1, Ordering::Relaxed);
                        dawdle(&mut own_random);
                        if panics {
                            fates_of_job.panicked.fetch_add(1, Ordering::Relaxed);
                            // Unwinds without a message, which would fill the test's output.
                            std::panic::resume_unwind(Box::new("on purpose"));
                        }
                    };
                    let accepted = if random.below(4) == 0 {
                        match pool.try_execute(job) {
                            Ok(()) => true,
                            Err(Rejected::Full(job)) => pool.execute(job).is_accepted(),
                            Err(Rejected::ShutDown(_)) => false,
                        }
                    } else {
                        pool.execute(job).is_accepted()
                    };
                    fates.refused.fetch_add(u64::from(!accepted), Ordering::Relaxed);
                }
            });
        }
        if random.below(2) == 0 {
            // In the midst of it all.
            thread::sleep(Duration::from_micros(random.below(3_000)));
            pool.shutdown(if random.below(2) == 0 { Shutdown::Drain } else { Shutdown::Discard });
        } else if random.below(2) == 0 {
            pool.join_timeout(Duration::from_micros(random.below(1_000)));
        }
    });

    if random.below(2) == 0 {
        pool.join();
    }
    let discarded = pool.shutdown(Shutdown::Drain);
    let stats = pool.stats();
    let ran: u64 = runs.iter().map(|run| u64::from(run.load(Ordering::Relaxed))).sum();
    let refused = fates.refused.load(Ordering::Relaxed);

    assert!(
        runs.iter().all(|run| run.load(Ordering::Relaxed) <= 1),
        "seed {seed}: a job ran twice"
    );
    assert_eq!(
        ran + discarded + refused,
        producers * jobs_each,
        "seed {seed}: a job was lost: {stats:?}"
    );
    assert_eq!((stats.executed, stats.discarded), (ran, discarded), "seed {seed}: {stats:?}");
    assert_eq!(stats.panicked, fates.panicked.load(Ordering::Relaxed), "seed {seed}: {stats:?}");
    assert_eq!((stats.queued, stats.busy), (0, 0), "seed {seed}: {stats:?}");
    assert_eq!(stats.queue.pushed, ran + discarded, "seed {seed}: {stats:?}");
    assert!(stats.queue.false_wakes <= stats.queue.wakes, "seed {seed}: {stats:?}");
    assert!(stats.queue.wakes <= stats.queue.parks, "seed {seed}: {stats:?}");
}

#[test]
fn each_job_runs_once_or_is_counted() {
    let start = Instant::now();
    let mut seed = 20;
    while start.elapsed() < Duration::from_secs(3) {
        case(seed);
        seed += 1;
    }
}

/// Jobs that come one by one, each after the one before has run: where a lost wake-up would show as
/// a hang.
#[test]
fn a_job_after_a_pause_is_never_forgotten() {
    let mut random = Random(20);
    let start = Instant::now();
    for workers in [1, 2, 3, 8].into_iter().cycle() {
        if start.elapsed() > Duration::from_secs(1) {
            break;
        }
        let pool = ThreadPool::new(workers);
        for _ in 0..200 {
            dawdle(&mut random);
            let job = pool.spawn(|| ());
            assert!(
                job.join_timeout(Duration::from_secs(10)).is_ok(),
                "a job was forgotten: {:?}",
                pool.stats()
            );
        }
    }
}
