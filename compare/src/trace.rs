//! Scenes: short runs under a recorder, to be read job by job.
//!
//! The recorder is in the jobs and around the pushes of a scene. Nothing of it is compiled into the
//! queues and pools, so it records strategies of other crates in the same way as ours.

mod recorder;

use crate::data::Trace;
use crate::pool::Pool;
use crate::workloads::micros;
use std::time::Duration;

/// A short scenario.
#[derive(Clone, Copy, Debug)]
pub struct Scene {
    /// Its name on the command line.
    pub name: &'static str,
    /// What its submitter does.
    pub description: &'static str,
    /// Number of jobs.
    jobs: usize,
    /// When the submitter submits them.
    pace: Pace,
    /// How long a job computes.
    work: Duration,
    /// How long the third job sleeps instead.
    sleep: Option<Duration>,
}

/// When a submitter submits the next job.
#[derive(Clone, Copy, Debug)]
enum Pace {
    /// At once.
    AtOnce,
    /// After the job before has run. The submitter parks until then.
    WhenRun,
    /// At a fixed rate. The submitter sleeps in between.
    Every(Duration),
}

impl Scene {
    /// Records one run of a pool.
    pub(crate) fn record<P: Pool>(&self, workers: usize) -> Trace {
        self.record_made(workers, &P::start)
    }

    /// Records one run of a pool that a function starts.
    pub(crate) fn record_made<P: Pool>(&self, workers: usize, start: &dyn Fn(usize) -> P) -> Trace {
        recorder::record(self, workers, start)
    }
}

/// All scenes. One that corresponds to a workload has its name.
pub const SCENES: &[Scene] = &[
    Scene {
        name: "burst",
        description: "8 jobs of 20 µs are submitted at once",
        jobs: 8,
        pace: Pace::AtOnce,
        work: micros(20),
        sleep: None,
    },
    Scene {
        name: "spin-1us",
        description: "64 jobs of 1 µs are submitted one after the other",
        jobs: 64,
        pace: Pace::AtOnce,
        work: micros(1),
        sleep: None,
    },
    Scene {
        name: "round-trip-park",
        description: "6 times, a job of 1 µs is submitted and its submitter parks until it has run",
        jobs: 6,
        pace: Pace::WhenRun,
        work: micros(1),
        sleep: None,
    },
    Scene {
        name: "sparse-60",
        description: "8 jobs of 1 µs are submitted one every 60 µs",
        jobs: 8,
        pace: Pace::Every(micros(60)),
        work: micros(1),
        sleep: None,
    },
    Scene {
        name: "straggler",
        description: "20 jobs of 10 µs are submitted one every 25 µs; the third sleeps for 300 µs",
        jobs: 20,
        pace: Pace::Every(micros(25)),
        work: micros(10),
        sleep: Some(micros(300)),
    },
];
