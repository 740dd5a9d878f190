//! What is read before and after a sample: clocks, delays, and the counters of kernel and queue.

use super::Setup;
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

    /// Returns the voluntary context switches per job since the start, if the system counts them.
    pub(super) fn switches_per_job(&self, jobs: u64) -> Option<(Metric, f64)> {
        Some((Metric::VoluntarySwitches, self.switches()? as f64 / jobs as f64))
    }

    fn switches(&self) -> Option<u64> {
        Some(switches(Kind::Voluntary)? - self.switches?)
    }
}

/// The time of all batches of a sample. What happens between batches is not measured.
pub(super) struct Total {
    start: Instant,
    span: Duration,
    jobs: u64,
    wall: Duration,
    cpu: Duration,
    switches: Option<u64>,
}

impl Total {
    /// Starts a sample.
    pub(super) fn start(setup: &Setup) -> Self {
        let (start, span) = (Instant::now(), setup.span());
        Self { start, span, jobs: 0, wall: Duration::ZERO, cpu: Duration::ZERO, switches: Some(0) }
    }

    /// Returns whether the sample has another batch: it has one, and more until its span has passed.
    pub(super) fn goes_on(&self) -> bool {
        self.jobs == 0 || self.start.elapsed() < self.span
    }

    /// Runs and measures a batch.
    pub(super) fn add<T>(&mut self, jobs: u64, batch: impl FnOnce() -> T) -> T {
        let clock = Clock::start();
        let result = batch();
        self.add_since(&clock, jobs);
        result
    }

    /// Adds a batch that ends now.
    pub(super) fn add_since(&mut self, clock: &Clock, jobs: u64) {
        let (wall, cpu) = clock.elapsed();
        self.wall += wall;
        self.cpu += cpu;
        self.jobs += jobs;
        self.switches = self.switches.zip(clock.switches()).map(|(all, more)| all + more);
    }

    /// Returns the number of jobs so far.
    pub(super) fn jobs(&self) -> u64 {
        self.jobs
    }

    /// Returns a sample of time, CPU time and context switches per job.
    pub(super) fn per_job(&self) -> Sample {
        let jobs = self.jobs as f64;
        let switches = self.switches.map(|all| (Metric::VoluntarySwitches, all as f64 / jobs));
        let times =
            [(Metric::Time, nanos(self.wall) / jobs), (Metric::Cpu, nanos(self.cpu) / jobs)];
        Sample { values: times.into_iter().chain(switches).collect(), ..Sample::default() }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn total(scale: f64) -> Total {
        Total::start(&Setup { workers: 1, seed: 1, scale })
    }

    #[test]
    fn sample_repeats_batches_until_its_span() {
        let start = Instant::now();
        let mut total = total(0.05);
        let mut batches = 0;
        while total.goes_on() {
            total.add(2, || ());
            batches += 1;
        }
        assert!(start.elapsed() >= Duration::from_millis(5));
        assert_eq!(total.jobs, 2 * batches);
    }

    #[test]
    fn shortest_sample_has_one_batch() {
        let mut total = total(0.0);
        assert!(total.goes_on());
        total.add(1, || ());
        assert!(!total.goes_on());
        assert_eq!(total.per_job().values[0].0, Metric::Time);
    }
}
