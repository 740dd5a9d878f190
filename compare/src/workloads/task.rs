//! The tasks that workloads consist of, and how much of a task a shorter sample has.

use super::jobs::Work;
use super::latency::Waiter;
use super::server::Load;
use super::straggler::{self, Slow};
use super::{Setup, arrivals};
use std::time::Duration;

/// What a pool does in a sample. Where a number of jobs is given, these are a batch, and the sample
/// repeats batches until its span has passed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Task {
    /// Runs jobs that several threads submit at once, as fast as they can.
    Stream { submitters: u64, jobs: u64, work: Work },
    /// Runs bursts of jobs, each submitted after the one before has run.
    Bursts { jobs: u64, work: Duration },
    /// Runs one job at a time; the submitter waits for each.
    RoundTrips { jobs: u64, waiter: Waiter },
    /// Runs single jobs at times that do not depend on the pool; the submitter spins in between.
    OpenLoop { gap: Duration },
    /// Runs single jobs with exponential gaps; the submitter sleeps in between.
    Sparse { gap: Duration },
    /// Runs jobs as `Sparse`, which compute for random times and so use a share of the cores.
    Load { percent: u32 },
    /// Runs jobs as `Sparse`, one in so many of which is slow.
    Straggler { slow: Slow },
    /// Runs bursts of jobs after pauses in which the workers park.
    AfterIdle { jobs: u64, pause: Duration, work: Duration },
    /// Runs jobs that note their worker; one batch.
    Imbalance { jobs: u64, work: Duration },
    /// Lets jobs wait; one batch.
    Memory { jobs: u64 },
    /// Runs a binary tree of jobs: each but the leaves submits two more.
    Tree { jobs: u64 },
    /// Starts pools that run a first job.
    Start,
    /// Shuts down pools with queued jobs.
    Drop { jobs: u64 },
    /// Does nothing, after a burst.
    Idle { jobs: u64 },
    /// Runs the connections of the real server.
    Server(Load),
}

impl Task {
    /// Returns whether it is about existing workers for whom jobs wait in a queue.
    pub(super) fn needs_queue(self) -> bool {
        matches!(
            self,
            Self::Start | Self::Drop { .. } | Self::Memory { .. } | Self::Imbalance { .. }
        )
    }

    /// Returns whether it would deadlock with a bounded queue: jobs submit jobs, so every worker may
    /// wait for room, or all jobs are submitted before a worker takes one.
    pub(super) fn needs_unbounded_queue(self) -> bool {
        matches!(self, Self::Tree { .. } | Self::Drop { .. } | Self::Memory { .. })
    }

    /// Returns whether its submitter spins.
    pub(super) fn submitter_spins(self) -> bool {
        match self {
            Self::OpenLoop { .. } | Self::Server(Load::Open { .. }) => true,
            Self::RoundTrips { waiter, .. } => matches!(waiter, Waiter::Spins),
            _ => false,
        }
    }

    /// Returns the mean gap of a task whose jobs arrive at times of their own.
    pub(super) fn gap(self) -> Option<Duration> {
        match self {
            Self::OpenLoop { gap } | Self::Sparse { gap } | Self::Server(Load::Open { gap }) => {
                Some(gap)
            }
            Self::Load { percent } => Some(arrivals::gap_of_load(percent)),
            Self::Straggler { .. } => Some(straggler::GAP),
            _ => None,
        }
    }

    /// Returns about how long it takes, by what jobs of most strategies cost.
    pub(super) fn estimate(self, setup: &Setup) -> Duration {
        let nanos = |jobs: u64, each: u64| Duration::from_nanos(jobs * each);
        if let Some(gap) = self.gap() {
            return gap * arrivals::jobs(gap, setup.scale) as u32;
        }
        match self.scaled(setup.scale) {
            Self::Imbalance { jobs, work } => work * jobs as u32,
            Self::Memory { jobs } => nanos(jobs, 300),
            Self::Idle { .. } => 2 * setup.span(),
            // The last batch ends after the span.
            Self::Stream { jobs, work, .. } => {
                setup.span() + (nanos(jobs, 300) + work.mean() * jobs as u32 / 4) / 2
            }
            _ => setup.span().mul_f64(1.05),
        }
    }

    /// Returns the task with batches that suit a shorter sample.
    pub(super) fn scaled(self, scale: f64) -> Self {
        let at_least =
            |least: u64, count: u64| ((count as f64 * scale) as u64).max(count.min(least));
        let of = |count: u64| at_least(20, count);
        match self {
            Self::Stream { submitters, jobs, work } => {
                Self::Stream { submitters, jobs: of(jobs).max(submitters), work }
            }
            Self::RoundTrips { jobs, waiter } => Self::RoundTrips { jobs: of(jobs), waiter },
            Self::Tree { jobs } => Self::Tree { jobs: of(jobs) },
            Self::Drop { jobs } => Self::Drop { jobs: of(jobs) },
            Self::Memory { jobs } => Self::Memory { jobs: at_least(20_000, jobs) },
            Self::Imbalance { jobs, work } => Self::Imbalance { jobs: at_least(500, jobs), work },
            Self::Server(Load::Closed { requests }) => {
                Self::Server(Load::Closed { requests: of(requests) })
            }
            _ => self,
        }
    }
}
