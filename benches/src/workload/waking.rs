//! A burst for workers that have long gone to sleep.

use super::latch::Latch;
use super::metric::Metric;
use super::sample::{Clock, Sample, nanos};
use super::work::{spin, steps};
use crate::contender::Pool;
use std::thread;
use std::time::{Duration, Instant};

/// Idles, submits a few jobs, waits for them, and so on. Only the bursts are timed.
pub(super) fn after_idle<P: Pool>(
    pool: P,
    bursts: u64,
    jobs: u64,
    pause: Duration,
    work: Duration,
) -> Sample {
    let steps = steps(work);
    let mut latches = Vec::new();
    let mut busy = Duration::ZERO;
    let clock = Clock::start();
    for _ in 0..bursts {
        // Longer than anybody looks around before sleeping.
        thread::sleep(pause);
        let latch = Latch::new(jobs);
        let start = Instant::now();
        for id in 0..jobs {
            pool.submit(move || {
                spin(steps);
                latch.ran(id);
            });
        }
        latch.wait();
        busy += start.elapsed();
        latches.push(latch);
    }
    let all = bursts * jobs;
    let mut values = vec![
        (Metric::Time, nanos(busy) / all as f64),
        (Metric::Cpu, nanos(clock.elapsed().1) / all as f64),
    ];
    values.extend(clock.sleeps_per_job(all));
    super::counts::finish(pool, || latches.iter().for_each(|latch| latch.wait()));
    latches.iter().for_each(|latch| latch.verify());
    Sample { values, ..Sample::default() }
}
