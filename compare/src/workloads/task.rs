//! The tasks that workloads consist of, and how many jobs they have in a shorter sample.

use super::jobs::Work;
use super::latency::{Scene, Waiter};
use super::server::Load;
use crate::data::Condition;
use std::time::Duration;

/// What a pool does in a sample.
#[derive(Clone, Copy, Debug)]
pub(super) enum Task {
    /// Runs jobs that several threads submit at once, as fast as they can.
    Stream { submitters: u64, jobs: u64, work: Work },
    /// Runs bursts of jobs, each submitted after the one before has run.
    Bursts { bursts: u64, jobs: u64, work: Duration },
    /// Runs one job at a time; the submitter waits for each.
    RoundTrips { jobs: u64, waiter: Waiter },
    /// Runs single jobs at times that do not depend on the pool; the submitter spins in between.
    OpenLoop { jobs: u64, gap: Duration },
    /// Runs single jobs with exponential gaps; the submitter sleeps in between.
    Sparse { jobs: u64, gap: Duration },
    /// Runs single jobs as in `OpenLoop`, one of which sleeps.
    Straggler(Scene),
    /// Runs bursts of jobs after pauses in which the workers park.
    AfterIdle { bursts: u64, jobs: u64, pause: Duration, work: Duration },
    /// Runs jobs that note their worker.
    Imbalance { jobs: u64, work: Duration },
    /// Lets jobs wait.
    Memory { jobs: u64 },
    /// Runs a binary tree of jobs: each but the leaves submits two more.
    Tree { jobs: u64 },
    /// Shuts down with queued jobs.
    Drop { jobs: u64 },
    /// Does nothing, after a burst.
    Idle { jobs: u64, span: Duration },
    /// Runs the connections of the real server.
    Server(Load),
}

impl Task {
    /// Returns whether it is about jobs that wait in a queue.
    pub(super) fn needs_queue(self) -> bool {
        matches!(self, Self::Drop { .. } | Self::Memory { .. } | Self::Imbalance { .. })
    }

    /// Returns whether it would deadlock with a bounded queue: jobs submit jobs, so every worker may
    /// wait for room, or all jobs are submitted before a worker takes one.
    pub(super) fn needs_unbounded_queue(self) -> bool {
        matches!(self, Self::Tree { .. } | Self::Drop { .. } | Self::Memory { .. })
    }

    /// Returns whether its submitter spins.
    pub(super) fn submitter_spins(self) -> bool {
        match self {
            Self::OpenLoop { .. } | Self::Straggler(_) | Self::Server(Load::Open { .. }) => true,
            Self::RoundTrips { waiter, .. } => matches!(waiter, Waiter::Spins),
            _ => false,
        }
    }

    /// Returns the factor by which the number of jobs is multiplied under a condition.
    ///
    /// Where threads share cores with other threads, a sample of two or three time slices is
    /// extended to a dozen; a round trip may wait for a time slice twice, so there are fewer.
    pub(super) fn scale(self, condition: Condition) -> f64 {
        match self {
            _ if condition.is_quiet() => 1.0,
            Self::Stream { work: Work::Sleep(_), .. } => 1.0,
            Self::Stream { .. } | Self::Tree { .. } | Self::Drop { .. } => 4.0,
            Self::RoundTrips { .. } | Self::Bursts { .. } => 0.25,
            _ => 1.0,
        }
    }

    /// Returns about how long it takes, by what jobs of most strategies cost.
    pub(super) fn estimate(self, workers: usize) -> Duration {
        let nanos = |jobs: u64, each: u64| Duration::from_nanos(jobs * each);
        let times = |number: u64, each: Duration| each * number as u32;
        match self {
            Self::Stream { jobs, work, .. } => {
                nanos(jobs, 300) + times(jobs, work.mean()) / work.at_once(workers)
            }
            Self::Bursts { bursts, jobs, work } => {
                times(bursts * jobs, work) + nanos(bursts, 20_000)
            }
            Self::RoundTrips { jobs, .. } => nanos(jobs, 12_000),
            Self::OpenLoop { jobs, gap } | Self::Sparse { jobs, gap } => times(jobs, gap),
            Self::Straggler(scene) => times(scene.jobs, scene.gap),
            Self::AfterIdle { bursts, jobs, pause, work } => {
                times(bursts, pause) + times(bursts * jobs, work)
            }
            Self::Imbalance { jobs, work } => times(jobs, work),
            Self::Memory { jobs } | Self::Tree { jobs } | Self::Drop { jobs } => nanos(jobs, 300),
            Self::Idle { span, .. } => span,
            Self::Server(Load::Closed { requests }) => nanos(requests, 15_000),
            Self::Server(Load::Open { requests, gap }) => times(requests, gap),
        }
    }

    /// Returns the task with its number of jobs multiplied by a factor.
    ///
    /// Each task keeps enough jobs for its metrics: percentiles need hundreds of them.
    pub(super) fn scaled(self, scale: f64) -> Self {
        let at_least =
            |least: u64, count: u64| ((count as f64 * scale) as u64).max(count.min(least));
        let of = |count: u64| at_least(20, count);
        match self {
            Self::Stream { submitters, jobs, work } => {
                Self::Stream { submitters, jobs: of(jobs).max(submitters), work }
            }
            Self::Bursts { bursts, jobs, work } => Self::Bursts { bursts: of(bursts), jobs, work },
            Self::RoundTrips { jobs, waiter } => Self::RoundTrips { jobs: of(jobs), waiter },
            Self::OpenLoop { jobs, gap } => Self::OpenLoop { jobs: at_least(500, jobs), gap },
            // At the longest gaps, ten jobs take a tenth of a second.
            Self::Sparse { jobs, gap } => Self::Sparse { jobs: at_least(10, jobs), gap },
            Self::Straggler(_) => self,
            Self::Server(Load::Closed { requests }) => {
                Self::Server(Load::Closed { requests: of(requests) })
            }
            Self::Server(Load::Open { requests, gap }) => {
                Self::Server(Load::Open { requests: at_least(400, requests), gap })
            }
            Self::Memory { jobs } => Self::Memory { jobs: at_least(20_000, jobs) },
            Self::AfterIdle { bursts, jobs, pause, work } => {
                Self::AfterIdle { bursts: of(bursts), jobs, pause, work }
            }
            Self::Imbalance { jobs, work } => Self::Imbalance { jobs: at_least(500, jobs), work },
            Self::Tree { jobs } => Self::Tree { jobs: of(jobs) },
            Self::Drop { jobs } => Self::Drop { jobs: of(jobs) },
            Self::Idle { jobs, span } => {
                Self::Idle { jobs, span: span.mul_f64(scale).max(Duration::from_millis(20)) }
            }
        }
    }
}
