//! Pools that start or shut down, or whose workers are all busy, idle or parked.

use super::jobs::{Latch, steps};
use super::meter::{Clock, Total, nanos};
use super::throughput::burst;
use super::{Setup, finish, started};
use crate::data::{Metric, Sample};
use crate::pool::Pool;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

/// Occupies every worker, calls `meanwhile`, and releases the workers.
pub(super) fn occupied<P: Pool>(pool: &P, workers: usize, meanwhile: impl FnOnce()) {
    let workers = P::at_once(workers);
    let here = Arc::new(Barrier::new(workers + 1));
    let go = Arc::new(Barrier::new(workers + 1));
    for _ in 0..workers {
        let (here, go) = (Arc::clone(&here), Arc::clone(&go));
        pool.submit(move || {
            here.wait();
            go.wait();
        });
    }
    here.wait();
    meanwhile();
    go.wait();
}

/// Measures how long it takes to build a pool and to run its first job, pool after pool. A pool may
/// start its threads later; then its first job does not wait for them.
pub(super) fn start<P: Pool>(make: &dyn Fn(usize) -> P, setup: &Setup) -> Sample {
    let mut total = Total::start(setup);
    while total.goes_on() {
        let latch = Latch::new(1);
        let pool = total.add(1, || {
            let pool = make(setup.workers);
            pool.submit(move || latch.ran(0));
            latch.wait();
            pool
        });
        finish(pool, &[latch]);
    }
    total.per_job()
}

/// Measures the shutdown with queued jobs, from the release of the workers to the end of the pool,
/// pool after pool.
pub(super) fn drop_with_backlog<P: Pool>(
    make: &dyn Fn(usize) -> P,
    setup: &Setup,
    jobs: u64,
) -> Sample {
    let mut total = Total::start(setup);
    while total.goes_on() {
        let pool = started(make(setup.workers), setup.workers);
        let latch = Latch::new(jobs);
        let mut clock = None;
        occupied(&pool, setup.workers, || {
            for id in 0..jobs {
                pool.submit(move || latch.ran(id));
            }
            clock = Some(Clock::start());
        });
        finish(pool, &[latch]);
        total.add_since(&clock.expect("set by the closure"), jobs);
    }
    total.per_job()
}

/// Measures the CPU time of an idle pool, from the end of a burst on.
pub(super) fn idle<P: Pool>(pool: P, setup: &Setup, jobs: u64) -> Sample {
    let latch = burst(&pool, jobs, 0);
    let clock = Clock::start();
    // Twice the usual span: the CPU clock has to see a few wake-ups.
    thread::sleep(2 * setup.span());
    let (wall, cpu) = clock.elapsed();
    finish(pool, &[latch]);
    Sample { values: vec![(Metric::IdleCpu, nanos(cpu) / wall.as_secs_f64())], ..Sample::default() }
}

/// Pauses until the workers have parked, submits a burst, waits for it, and repeats. The time is
/// that of the bursts alone.
pub(super) fn after_idle<P: Pool>(
    pool: P,
    setup: &Setup,
    jobs: u64,
    pause: Duration,
    work: Duration,
) -> Sample {
    let steps = steps(work);
    let mut latches = Vec::new();
    let mut busy = Duration::ZERO;
    let clock = Clock::start();
    while latches.is_empty() || clock.elapsed().0 < setup.span() {
        thread::sleep(pause);
        let start = Instant::now();
        latches.push(burst(&pool, jobs, steps));
        busy += start.elapsed();
    }
    let all = latches.len() as u64 * jobs;
    let mut values = vec![
        (Metric::Time, nanos(busy) / all as f64),
        (Metric::Cpu, nanos(clock.elapsed().1) / all as f64),
    ];
    values.extend(clock.switches_per_job(all));
    finish(pool, &latches);
    Sample { values, ..Sample::default() }
}
