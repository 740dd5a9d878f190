//! What one sample says.

use cpu_time::ProcessTime;
use std::fmt;
use std::time::{Duration, Instant};

/// A quantity that samples have, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Time for a job: the whole of it through the number of jobs.
    Time,
    /// Half of the jobs started at most so long after they were meant to.
    Median,
    /// And all but one in a hundred.
    P99,
    /// Processor time of the whole process, for a job.
    Cpu,
    /// Processor time of the whole process in a second of idleness.
    IdleCpu,
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Time => "time/job",
            Self::Median => "p50",
            Self::P99 => "p99",
            Self::Cpu => "cpu/job",
            Self::IdleCpu => "cpu/second",
        })
    }
}

/// One measurement of one contender under one workload.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Each metric that this workload has, in nanoseconds.
    pub values: Vec<(Metric, f64)>,
}

/// Measures from where it is made.
pub(super) struct Clock {
    wall: Instant,
    cpu: ProcessTime,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { cpu: ProcessTime::now(), wall: Instant::now() }
    }

    /// Wall and processor time since the start.
    pub(super) fn elapsed(&self) -> (Duration, Duration) {
        (self.wall.elapsed(), self.cpu.elapsed())
    }

    /// What most workloads have to say.
    pub(super) fn per_job(&self, jobs: u64) -> Sample {
        let (wall, cpu) = self.elapsed();
        Sample { values: vec![(Metric::Time, nanos(wall) / jobs as f64), (Metric::Cpu, nanos(cpu) / jobs as f64)] }
    }
}

pub(super) fn nanos(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}
