//! Pools whose workers are all busy, idle, parked or shutting down.

use super::jobs::{Latch, steps};
use super::meter::{self, Clock, nanos};
use super::throughput::burst;
use super::{Setup, finish};
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

/// Measures the shutdown with queued jobs, from the release of the workers to the end of the pool.
pub(super) fn drop_with_backlog<P: Pool>(pool: P, setup: &Setup, jobs: u64) -> Sample {
    let latch = Latch::new(jobs);
    let mut clock = None;
    occupied(&pool, setup.workers, || {
        for id in 0..jobs {
            pool.submit(move || latch.ran(id));
        }
        clock = Some(Clock::start());
    });
    meter::finish(pool, || latch.wait());
    let sample = clock.expect("set by the closure").per_job(jobs);
    latch.verify();
    sample
}

/// Measures the CPU time of an idle pool, from the end of a burst on.
pub(super) fn idle<P: Pool>(pool: P, jobs: u64, span: Duration) -> Sample {
    let latch = burst(&pool, jobs, 0);
    let clock = Clock::start();
    thread::sleep(span);
    let (wall, cpu) = clock.elapsed();
    finish(pool, latch);
    Sample { values: vec![(Metric::IdleCpu, nanos(cpu) / wall.as_secs_f64())], ..Sample::default() }
}

/// Pauses until the workers have parked, submits a burst, waits for it, and repeats. The time is
/// that of the bursts alone.
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
        thread::sleep(pause);
        let start = Instant::now();
        latches.push(burst(&pool, jobs, steps));
        busy += start.elapsed();
    }
    let all = bursts * jobs;
    let mut values = vec![
        (Metric::Time, nanos(busy) / all as f64),
        (Metric::Cpu, nanos(clock.elapsed().1) / all as f64),
    ];
    values.extend(clock.switches_per_job(all));
    meter::finish(pool, || latches.iter().for_each(|latch| latch.wait()));
    latches.iter().for_each(|latch| latch.verify());
    Sample { values, ..Sample::default() }
}
