//! What a sample can say.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A quantity that samples have. Of every one of them, less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Time for a job: the whole of it through the number of jobs.
    Time,
    /// Half of the jobs started at most so long after they were meant to.
    Median,
    /// And all but one in a hundred.
    P99,
    /// And all but one in a thousand.
    P999,
    /// And the last of them.
    Max,
    /// Memory that a job takes while it waits, in bytes.
    Memory,
    /// Jobs of the busiest worker through an equal share: 1 is even.
    Uneven,
    /// Processor time of the whole process, for a job.
    Cpu,
    /// How often a thread of the process went to sleep, for a job.
    Sleeps,
    /// How often the queue woke a worker, for a job.
    Wakes,
    /// How often a worker was woken and found nothing, for a job.
    FalseWakes,
    /// Processor time of the whole process in a second of idleness.
    IdleCpu,
}

/// What a metric counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds.
    Nanoseconds,
    /// Bytes.
    Bytes,
    /// Events a job.
    Count,
}

impl Metric {
    /// What it counts in.
    pub fn unit(self) -> Unit {
        match self {
            Self::Time
            | Self::Median
            | Self::P99
            | Self::P999
            | Self::Max
            | Self::Cpu
            | Self::IdleCpu => Unit::Nanoseconds,
            Self::Memory => Unit::Bytes,
            Self::Uneven | Self::Sleeps | Self::Wakes | Self::FalseWakes => Unit::Count,
        }
    }

    /// Whether its ratio says something. What may be zero, or is noise of the clock when it is
    /// small, has none.
    pub fn has_ratio(self) -> bool {
        !matches!(self, Self::Sleeps | Self::Wakes | Self::FalseWakes | Self::IdleCpu)
    }

    /// Whether the verdict counts it: how long somebody waits, in one form or the other.
    ///
    /// The far percentiles are left out, as a sample has too few jobs beyond them to be judged by.
    pub fn is_scored(self) -> bool {
        matches!(self, Self::Time | Self::Median | Self::P99)
    }

    /// In words, for a reader who meets it for the first time.
    pub fn words(self) -> &'static str {
        match self {
            Self::Time => "time per job",
            Self::Median => "median delay",
            Self::P99 => "99th percentile of the delay",
            Self::P999 => "99.9th percentile of the delay",
            Self::Max => "longest delay",
            Self::Memory => "memory per waiting job",
            Self::Uneven => "share of the busiest worker",
            Self::Cpu => "processor time per job",
            Self::Sleeps => "times a thread went to sleep, per job",
            Self::Wakes => "wakes per job",
            Self::FalseWakes => "false wakes per job",
            Self::IdleCpu => "processor time in an idle second",
        }
    }

    /// A figure in three digits with its unit.
    pub fn figure(self, value: f64) -> String {
        let (value, unit) = match self.unit() {
            Unit::Nanoseconds => match value {
                ns if ns < 999.5 => (ns, " ns"),
                ns if ns < 999.5e3 => (ns / 1e3, " µs"),
                ns if ns < 999.5e6 => (ns / 1e6, " ms"),
                ns => (ns / 1e9, " s"),
            },
            Unit::Bytes => (value, " B"),
            Unit::Count => {
                return format!("{value:.digits$}", digits = if value < 9.995 { 2 } else { 0 });
            }
        };
        let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
        format!("{value:.digits$}{unit}")
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Time => "time/job",
            Self::Median => "p50",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::Max => "max",
            Self::Memory => "bytes/job",
            Self::Uneven => "unevenness",
            Self::Cpu => "cpu/job",
            Self::Sleeps => "sleeps/job",
            Self::Wakes => "wakes/job",
            Self::FalseWakes => "false/job",
            Self::IdleCpu => "cpu/second",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        assert_eq!(Metric::Time.figure(4.0), "4.00 ns");
        assert_eq!(Metric::Time.figure(12_340.0), "12.3 µs");
        assert_eq!(Metric::Cpu.figure(999_960.0), "1.00 ms");
        assert_eq!(Metric::Time.figure(2.5e9), "2.50 s");
        assert_eq!(Metric::Memory.figure(48.04), "48.0 B");
        assert_eq!(Metric::Sleeps.figure(0.031), "0.03");
    }
}
