//! What a job does, and how it reports that it has run.

use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// The work of a job.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// Does nothing.
    None,
    /// Computes for a duration.
    Spin(Duration),
    /// Computes for one of two durations; one job in so many is long.
    Mixed { short: Duration, long: Duration, one_in: u64 },
    /// Changes and sums a buffer that its submitter has written.
    Touch { bytes: usize },
    /// Sleeps, as a job that waits for a disk or a peer does.
    Sleep(Duration),
}

impl Work {
    /// Returns its mean computing time. Sleeping jobs need no core.
    pub(super) fn mean(self) -> Duration {
        match self {
            Self::None | Self::Sleep(_) => Duration::ZERO,
            Self::Spin(duration) => duration,
            Self::Mixed { short, long, one_in } => short + long / one_in as u32,
            Self::Touch { bytes } => Duration::from_nanos(bytes as u64 / 8),
        }
    }
}

/// Steps of [`spin`] in a microsecond, by the first calibration.
static STEPS: OnceLock<f64> = OnceLock::new();

/// Measures how many steps of [`spin`] take a microsecond, on the first call.
pub fn calibrate() -> f64 {
    *STEPS.get_or_init(recalibrate)
}

/// Measures how many steps of [`spin`] take a microsecond now.
///
/// The machine should be quiet. The fastest of many attempts counts, as it was not disturbed.
pub fn recalibrate() -> f64 {
    let fastest = (0..50)
        .map(|_| {
            let start = Instant::now();
            spin(100_000);
            start.elapsed()
        })
        .min()
        .unwrap_or_default();
    100_000.0 / fastest.as_secs_f64() / 1e6
}

/// Takes over the result of [`recalibrate`] from another process, unless this process has one.
pub fn calibrate_as(steps: f64) {
    let _ = STEPS.set(steps);
}

/// Returns how long the same computation takes now, in nanoseconds. Its variation shows what else
/// the machine does.
pub fn pace() -> f64 {
    let steps = steps(Duration::from_millis(5));
    let start = Instant::now();
    spin(steps);
    start.elapsed().as_secs_f64() * 1e9
}

/// Returns the number of steps of [`spin`] that take a duration.
///
/// Work is counted in steps and not timed by a clock, so that a job that loses its core for a while
/// does not do less.
pub fn steps(duration: Duration) -> u64 {
    (duration.as_secs_f64() * 1e6 * calibrate()) as u64
}

/// Computes for a number of steps.
pub fn spin(steps: u64) {
    for step in 0..steps {
        black_box(step);
    }
}

/// Counts jobs and wakes the thread that created it when the last job has run.
#[repr(align(128))]
#[derive(Debug)]
pub struct Latch {
    /// The number of jobs that have run, and above [`ID_SHIFT`] the sum of their ids. If both are
    /// as expected, no job was lost and none ran twice.
    ran: AtomicU64,
    jobs: u64,
    waiter: Thread,
}

const ID_SHIFT: u32 = 24;
const COUNT: u64 = (1 << ID_SHIFT) - 1;

impl Latch {
    /// Creates a latch for jobs with the ids below `jobs`.
    ///
    /// It is never freed: counting references would cost as much for each job as some queues do.
    pub fn new(jobs: u64) -> &'static Self {
        assert!(jobs < 1 << 20, "the sum of the ids has 40 bits");
        Box::leak(Box::new(Self { ran: AtomicU64::new(0), jobs, waiter: thread::current() }))
    }

    /// Counts the calling job.
    pub fn ran(&self, id: u64) {
        let before = self.ran.fetch_add(id << ID_SHIFT | 1, Ordering::AcqRel);
        if (before & COUNT) + 1 == self.jobs {
            self.waiter.unpark();
        }
    }

    /// Returns how many jobs have run.
    pub fn count(&self) -> u64 {
        self.ran.load(Ordering::Acquire) & COUNT
    }

    /// Parks until all jobs have run. Only the thread that created the latch may call it.
    pub fn wait(&self) {
        while self.count() < self.jobs {
            thread::park();
        }
    }

    /// Checks that each job has run exactly once.
    ///
    /// # Panics
    ///
    /// Panics if a job was lost or ran twice.
    pub fn verify(&self) {
        let ran = self.ran.load(Ordering::Acquire);
        let ids = self.jobs * self.jobs.saturating_sub(1) / 2;
        assert_eq!((ran & COUNT, ran >> ID_SHIFT), (self.jobs, ids), "jobs were lost or ran twice");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latch_accepts_jobs_that_ran_once() {
        let latch = Latch::new(3);
        [2, 0, 1].iter().for_each(|id| latch.ran(*id));
        latch.wait();
        latch.verify();
    }

    #[test]
    #[should_panic(expected = "ran twice")]
    fn latch_detects_a_job_that_ran_twice() {
        let latch = Latch::new(3);
        [2, 2, 1].iter().for_each(|id| latch.ran(*id));
        latch.verify();
    }
}
