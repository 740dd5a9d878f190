//! What is read before and after a sample: clocks, delays, and the counters of kernel and queue.

use crate::data::{Metric, Sample, percentile};
use crate::machine::{Kind, switches};
use crate::pool::Pool;
use cpu_time::ProcessTime;
use hello::QueueStats;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Wall time, CPU time and context switches from its creation on.
pub(super) struct Clock {
    wall: Instant,
    cpu: ProcessTime,
    switches: Option<u64>,
}

impl Clock {
    pub(super) fn start() -> Self {
        // The slowest to read comes first, so that the wall clock starts last.
        Self { switches: switches(Kind::Voluntary), cpu: ProcessTime::now(), wall: Instant::now() }
    }

    /// Returns wall time and CPU time since the start.
    pub(super) fn elapsed(&self) -> (Duration, Duration) {
        (self.wall.elapsed(), self.cpu.elapsed())
    }

    /// Returns a sample of time, CPU time and context switches per job.
    pub(super) fn per_job(&self, jobs: u64) -> Sample {
        let (wall, cpu) = self.elapsed();
        let mut values = vec![
            (Metric::Time, nanos(wall) / jobs as f64),
            (Metric::Cpu, nanos(cpu) / jobs as f64),
        ];
        values.extend(self.switches_per_job(jobs));
        Sample { values, ..Sample::default() }
    }

    /// Returns the voluntary context switches per job since the start, if the system counts them.
    pub(super) fn switches_per_job(&self, jobs: u64) -> Option<(Metric, f64)> {
        let switches = switches(Kind::Voluntary)? - self.switches?;
        Some((Metric::VoluntarySwitches, switches as f64 / jobs as f64))
    }
}

/// Converts a duration to nanoseconds.
pub(super) fn nanos(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

/// The delay of each job, which the job stores itself.
#[derive(Clone, Copy)]
pub(super) struct Delays(&'static [AtomicU64]);

impl Delays {
    /// Creates places for the delays of so many jobs. As a latch, they are never freed.
    pub(super) fn new(jobs: u64) -> Self {
        Self((0..jobs).map(|_| AtomicU64::new(0)).collect::<Vec<_>>().leak())
    }

    /// Stores the delay of a job.
    pub(super) fn store(self, id: u64, delay: Duration) {
        self.0[id as usize].store(delay.as_nanos() as u64, Ordering::Relaxed);
    }

    /// Returns all delays in nanoseconds, sorted.
    pub(super) fn sorted(self) -> Vec<u64> {
        let mut delays: Vec<u64> = self.0.iter().map(|one| one.load(Ordering::Relaxed)).collect();
        delays.sort_unstable();
        delays
    }
}

/// Returns metrics of sorted delays.
pub(super) fn delay_values(delays: &[u64], metrics: &[Metric]) -> Vec<(Metric, f64)> {
    let share = |metric: Metric| match metric {
        Metric::Median => 0.5,
        Metric::P99 => 0.99,
        Metric::P999 => 0.999,
        Metric::Max => 1.0,
        _ => unreachable!("{metric} is no metric of delays"),
    };
    metrics.iter().map(|metric| (*metric, percentile(delays, share(*metric)))).collect()
}

thread_local! {
    /// The last counters of the sample's queue. The pool ends deep inside the sample, on the thread
    /// that measures.
    static LAST: Cell<Option<QueueStats>> = const { Cell::new(None) };
}

/// Reads the counters of a pool's queue and ends the pool.
pub(super) fn finish<P: Pool>(pool: P, all_have_run: impl FnOnce()) {
    LAST.set(pool.counts());
    pool.finish(all_have_run);
}

/// Returns the wake-ups per job between `before` and the end of the pool, if the queue counts them.
pub(super) fn wakes_since(before: Option<QueueStats>) -> Vec<(Metric, f64)> {
    before.zip(LAST.take()).map_or_else(Vec::new, |(before, after)| wakes_between(before, after))
}

/// Returns the wake-ups per job between two readings. A queue without counters has counted no push.
pub(super) fn wakes_between(before: QueueStats, after: QueueStats) -> Vec<(Metric, f64)> {
    if after.pushed <= before.pushed {
        return Vec::new();
    }
    let jobs = (after.pushed - before.pushed) as f64;
    let per_job = |after: u64, before: u64| after.saturating_sub(before) as f64 / jobs;
    vec![
        (Metric::Wakes, per_job(after.wakes, before.wakes)),
        (Metric::FalseWakes, per_job(after.false_wakes, before.false_wakes)),
    ]
}
