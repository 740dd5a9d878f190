//! Smaller samples of the same.

use super::Task;
use super::serve::Load;
use super::work::Work;
use crate::condition::Condition;
use std::time::Duration;

impl Task {
    /// By what the number of jobs is multiplied under a condition.
    ///
    /// Where threads share cores with others, what would last for two or three time slices must
    /// last for a dozen to say something, and a round trip may wait for a slice on each of its
    /// ways.
    pub(super) fn scale(self, condition: Condition) -> f64 {
        match self {
            _ if condition.is_quiet() => 1.0,
            Self::Stream { work: Work::Sleep(_), .. } => 1.0,
            Self::Stream { .. } | Self::Tree { .. } | Self::Drop { .. } => 4.0,
            Self::RoundTrips { .. } | Self::Bursts { .. } => 0.25,
            _ => 1.0,
        }
    }

    /// The same with so much of its jobs; never so few that the start of a sample is all there is.
    pub(super) fn scaled(self, effort: f64) -> Self {
        let of = |count: u64| ((count as f64 * effort) as u64).max(count.min(20));
        match self {
            Self::Stream { producers, jobs, work } => {
                Self::Stream { producers, jobs: of(jobs).max(producers), work }
            }
            Self::Bursts { bursts, jobs, work } => Self::Bursts { bursts: of(bursts), jobs, work },
            Self::RoundTrips { jobs, waiter } => Self::RoundTrips { jobs: of(jobs), waiter },
            // Percentiles need their jobs, and these take their time from the clock and not from
            // the contender.
            Self::OpenLoop { jobs, gap, work } => {
                Self::OpenLoop { jobs: of(jobs).max(jobs.min(500)), gap, work }
            }
            // Of these, a few take a tenth of a second.
            Self::Sparse { jobs, gap } => {
                Self::Sparse { jobs: ((jobs as f64 * effort) as u64).max(jobs.min(10)), gap }
            }
            Self::Straggler(_) => self,
            Self::Serve(Load::Closed { requests }) => {
                Self::Serve(Load::Closed { requests: of(requests) })
            }
            Self::Serve(Load::Open { requests, gap }) => {
                Self::Serve(Load::Open { requests: of(requests).max(requests.min(400)), gap })
            }
            Self::Memory { jobs } => Self::Memory { jobs: of(jobs).max(jobs.min(20_000)) },
            Self::AfterIdle { bursts, jobs, pause, work } => {
                Self::AfterIdle { bursts: of(bursts), jobs, pause, work }
            }
            Self::Fairness { jobs, work } => {
                Self::Fairness { jobs: of(jobs).max(jobs.min(500)), work }
            }
            Self::Tree { jobs } => Self::Tree { jobs: of(jobs) },
            Self::Drop { jobs } => Self::Drop { jobs: of(jobs) },
            Self::Idle { jobs, span } => {
                Self::Idle { jobs, span: span.mul_f64(effort).max(Duration::from_millis(20)) }
            }
        }
    }
}
