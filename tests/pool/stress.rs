//! Random pools under random load: each job runs exactly once, or is counted as refused or
//! discarded.
//!
//! A failure names the seed of its case. Threads still interleave differently each time.

use crate::support::random::Random;
use crate::support::wait::TIMEOUT;
use hello::{Rejected, Shutdown, ThreadPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Spins, yields or sleeps for a random short time.
fn delay(random: &mut Random) {
    match random.below(40) {
        0 => thread::sleep(micros_below(random, 200)),
        1..4 => thread::yield_now(),
        _ => (0..random.below(100)).for_each(|_| std::hint::spin_loop()),
    }
}

fn micros_below(random: &mut Random, limit: usize) -> Duration {
    Duration::from_micros(random.below(limit) as u64)
}

/// What happened to the jobs of one pool.
struct Counts {
    /// How often each job has run.
    runs: Vec<AtomicU8>,
    refused: AtomicU64,
    panicked: AtomicU64,
}

impl Counts {
    fn new(jobs: usize) -> Arc<Self> {
        let runs = (0..jobs).map(|_| AtomicU8::new(0)).collect();
        Arc::new(Self { runs, refused: AtomicU64::new(0), panicked: AtomicU64::new(0) })
    }

    /// Returns a job, which may panic.
    fn job(self: &Arc<Self>, id: usize, random: &mut Random) -> impl FnOnce() + Send + use<> {
        let counts = Arc::clone(self);
        let panics = random.below(50) == 0;
        let mut random = Random::new(random.next_u64());
        move || {
            counts.runs[id].fetch_add(1, Ordering::Relaxed);
            delay(&mut random);
            if panics {
                counts.panicked.fetch_add(1, Ordering::Relaxed);
                // Without a message, which would fill the test's output.
                std::panic::resume_unwind(Box::new("on purpose"));
            }
        }
    }

    /// Compares these counts with those of the pool, which has been shut down.
    fn check(&self, pool: &ThreadPool, discarded: u64, seed: u64) {
        let stats = pool.stats();
        let runs = || self.runs.iter().map(|runs| u64::from(runs.load(Ordering::Relaxed)));
        let ran: u64 = runs().sum();
        let refused = self.refused.load(Ordering::Relaxed);
        let panicked = self.panicked.load(Ordering::Relaxed);
        let context = format!("seed {seed}: {stats:?}");

        assert!(runs().all(|runs| runs <= 1), "a job ran twice, {context}");
        let jobs = self.runs.len() as u64;
        assert_eq!(ran + discarded + refused, jobs, "a job was lost, {context}");
        assert_eq!((stats.executed, stats.discarded), (ran, discarded), "{context}");
        assert_eq!(stats.panicked, panicked, "{context}");
        assert_eq!((stats.queued, stats.busy), (0, 0), "{context}");
        assert_eq!(stats.queue.pushed, ran + discarded, "{context}");
        assert!(stats.queue.false_wakes <= stats.queue.wakes, "{context}");
        assert!(stats.queue.wakes <= stats.queue.parks, "{context}");
    }
}

/// Submits a job with one method or the other. Returns whether the pool accepted it.
fn submit(pool: &ThreadPool, job: impl FnOnce() + Send + 'static, random: &mut Random) -> bool {
    if random.below(4) > 0 {
        return pool.execute(job).is_accepted();
    }
    match pool.try_execute(job) {
        Ok(()) => true,
        Err(Rejected::Full(job)) => pool.execute(job).is_accepted(),
        Err(Rejected::ShutDown(_)) => false,
    }
}

/// Runs one random pool from its start to its end.
fn run_pool(seed: u64) {
    let mut random = Random::new(seed);
    let submitters = 1 + random.below(4);
    let jobs_each = 1 + random.below(400);
    let builder = ThreadPool::builder().workers(1 + random.below(8));
    let pool = match random.below(3) {
        0 => builder.build(),
        _ => builder.capacity(1 + random.below(20)).build(),
    }
    .expect("a pool starts");
    let counts = Counts::new(submitters * jobs_each);

    thread::scope(|scope| {
        for submitter in 0..submitters {
            let (pool, counts) = (&pool, &counts);
            let mut random = Random::new(seed ^ (submitter as u64 + 1) << 32);
            scope.spawn(move || {
                for id in submitter * jobs_each..(submitter + 1) * jobs_each {
                    delay(&mut random);
                    let job = counts.job(id, &mut random);
                    let is_accepted = submit(pool, job, &mut random);
                    counts.refused.fetch_add(u64::from(!is_accepted), Ordering::Relaxed);
                }
            });
        }
        if random.below(2) == 0 {
            // While jobs are submitted and run.
            thread::sleep(micros_below(&mut random, 3_000));
            pool.shutdown(if random.below(2) == 0 { Shutdown::Drain } else { Shutdown::Discard });
        } else if random.below(2) == 0 {
            pool.join_timeout(micros_below(&mut random, 1_000));
        }
    });

    if random.below(2) == 0 {
        pool.join();
    }
    let discarded = pool.shutdown(Shutdown::Drain);
    counts.check(&pool, discarded, seed);
}

#[test]
fn each_job_runs_once_or_is_counted() {
    let start = Instant::now();
    let mut seed = 20;
    while start.elapsed() < Duration::from_secs(3) {
        run_pool(seed);
        seed += 1;
    }
}

/// Submits jobs one by one, each after the one before has run. A lost wake-up shows as a hang.
#[test]
fn job_after_a_pause_is_never_lost() {
    let mut random = Random::new(20);
    let start = Instant::now();
    for workers in [1, 2, 3, 8].into_iter().cycle() {
        if start.elapsed() > Duration::from_secs(1) {
            break;
        }
        let pool = ThreadPool::new(workers);
        for _ in 0..200 {
            delay(&mut random);
            let job = pool.spawn(|| ());
            assert!(job.join_timeout(TIMEOUT).is_ok(), "a job was lost: {:?}", pool.stats());
        }
    }
}
