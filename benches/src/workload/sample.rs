//! What one sample says.

use super::metric::Metric;
use super::sleeps::sleeps;
use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// One measurement of one contender under one workload.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Each metric that this workload has; none if the contender cannot be asked this.
    pub values: Vec<(Metric, f64)>,
    /// How late each job started, in nanoseconds, sorted; empty where that is not the question.
    #[serde(default)]
    pub delays: Vec<u64>,
    /// Which worker ran what, and when; empty where that is not the question.
    #[serde(default)]
    pub spans: Vec<Span>,
}

/// One job on one worker. Times are in nanoseconds from the start of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Which worker, counted in the order in which they first ran something.
    pub worker: usize,
    /// When the job was meant to start.
    pub meant: u64,
    /// When it started.
    pub start: u64,
    /// When it had run.
    pub end: u64,
}

/// Measures from where it is made.
pub(super) struct Clock {
    wall: Instant,
    cpu: ProcessTime,
    sleeps: Option<u64>,
}

impl Clock {
    pub(super) fn start() -> Self {
        // In the order of how long each takes to read: the wall clock starts last.
        Self { sleeps: sleeps(), cpu: ProcessTime::now(), wall: Instant::now() }
    }

    /// Wall and processor time since the start.
    pub(super) fn elapsed(&self) -> (Duration, Duration) {
        (self.wall.elapsed(), self.cpu.elapsed())
    }

    /// What most workloads have to say.
    pub(super) fn per_job(&self, jobs: u64) -> Sample {
        let (wall, cpu) = self.elapsed();
        let mut values = vec![
            (Metric::Time, nanos(wall) / jobs as f64),
            (Metric::Cpu, nanos(cpu) / jobs as f64),
        ];
        values.extend(self.sleeps_per_job(jobs));
        Sample { values, ..Sample::default() }
    }

    /// How often threads went to sleep since the start, if the system says so.
    pub(super) fn sleeps_per_job(&self, jobs: u64) -> Option<(Metric, f64)> {
        let slept = sleeps()? - self.sleeps?;
        Some((Metric::Sleeps, slept as f64 / jobs as f64))
    }
}

pub(super) fn nanos(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}
