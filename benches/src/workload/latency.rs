//! How long it takes until a job starts.

use super::latch::Latch;
use super::metric::Metric;
use super::sample::{Clock, Sample, nanos};
use super::work::{Work, spin, steps};
use super::{Setup, finish};
use crate::contender::Pool;
use crate::stats::percentile;
use std::hint;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How a submitter waits for its job.
#[derive(Clone, Copy, Debug)]
pub(super) enum Waiter {
    /// It looks until the job has run: what remains is the pool's share.
    Looks,
    /// It receives the answer from a channel of the standard library, which looks for a moment
    /// before it sleeps.
    Receives,
    /// It sleeps at once, and the time it takes to wake is in the figure.
    Sleeps,
}

/// Submits one job, waits until it has run, and so on.
pub(super) fn round_trips<P: Pool>(pool: P, jobs: u64, waiter: Waiter) -> Sample {
    let latch = Latch::new(jobs);
    let (answer, answers) = mpsc::channel();
    let clock = Clock::start();
    for id in 0..jobs {
        match waiter {
            Waiter::Looks => {
                pool.submit(move || latch.ran(id));
                let mut looks = 0_u32;
                while latch.count() <= id {
                    // Gives way now and then, in case the worker is waiting for this very
                    // processor.
                    looks += 1;
                    if looks.is_multiple_of(4096) { thread::yield_now() } else { hint::spin_loop() }
                }
            }
            Waiter::Receives => {
                let answer = answer.clone();
                pool.submit(move || {
                    latch.ran(id);
                    answer.send(id).expect("the submitter waits");
                });
                assert_eq!(answers.recv(), Ok(id));
            }
            Waiter::Sleeps => {
                let me = thread::current();
                pool.submit(move || {
                    latch.ran(id);
                    me.unpark();
                });
                while latch.count() <= id {
                    thread::park();
                }
            }
        }
    }
    let sample = clock.per_job(jobs);
    finish(pool, latch);
    sample
}

/// Submits jobs at random times, `gap` apart on average, and measures how late each starts.
///
/// Lateness counts from the intended time: a submitter that is held up makes its jobs late, not
/// fewer.
pub(super) fn open_loop<P: Pool>(
    pool: P,
    setup: &Setup,
    jobs: u64,
    gap: Duration,
    work: Work,
) -> Sample {
    let steps = if let Work::Spin(duration) = work { steps(duration) } else { 0 };
    let latch = Latch::new(jobs);
    // As with the latch: it outlives every job.
    let late: &'static [AtomicU64] =
        (0..jobs).map(|_| AtomicU64::new(0)).collect::<Vec<_>>().leak();
    let mut random = fastrand::Rng::with_seed(setup.seed);
    let clock = Clock::start();
    let start = Instant::now();
    let mut intended = Duration::ZERO;
    for id in 0..jobs {
        intended += gap.mul_f64(0.5 + random.f64());
        while start.elapsed() < intended {
            hint::spin_loop();
        }
        pool.submit(move || {
            let lateness = start.elapsed().saturating_sub(intended);
            late[id as usize].store(lateness.as_nanos() as u64, Ordering::Relaxed);
            spin(steps);
            latch.ran(id);
        });
    }
    latch.wait();
    let (_, cpu) = clock.elapsed();
    let sleeps = clock.sleeps_per_job(jobs);
    let mut late: Vec<u64> = late.iter().map(|late| late.load(Ordering::Relaxed)).collect();
    late.sort_unstable();
    finish(pool, latch);
    let mut values = vec![
        (Metric::Median, percentile(&late, 0.5)),
        (Metric::P99, percentile(&late, 0.99)),
        (Metric::P999, percentile(&late, 0.999)),
        (Metric::Max, percentile(&late, 1.0)),
        (Metric::Cpu, nanos(cpu) / jobs as f64),
    ];
    values.extend(sleeps);
    Sample { values, delays: late, ..Sample::default() }
}
