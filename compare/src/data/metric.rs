//! What is measured, and under which condition.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A quantity that samples have. Lower is better for each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Wall time of the sample divided by the number of jobs.
    Time,
    /// Median delay of a job: from its intended start to its start.
    Median,
    /// 99th percentile of the delay.
    P99,
    /// 99.9th percentile of the delay.
    P999,
    /// Longest delay.
    Max,
    /// Bytes of memory for each waiting job.
    Memory,
    /// Jobs of the busiest worker relative to an equal share; 1 is even.
    Imbalance,
    /// CPU time of the whole process for each job.
    Cpu,
    /// Voluntary context switches of the whole process for each job.
    VoluntarySwitches,
    /// Wake-ups that the queue sent for each job.
    Wakes,
    /// Wake-ups for each job after which the worker found no job.
    FalseWakes,
    /// CPU time of the whole process for each idle second.
    IdleCpu,
}

/// The unit of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Nanoseconds.
    Nanoseconds,
    /// Bytes.
    Bytes,
    /// Events for each job.
    Count,
}

impl Metric {
    /// Returns its unit.
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
            Self::Imbalance | Self::VoluntarySwitches | Self::Wakes | Self::FalseWakes => {
                Unit::Count
            }
        }
    }

    /// Returns whether ratios of it are meaningful. A metric that may be zero has none.
    pub fn has_ratio(self) -> bool {
        !matches!(self, Self::VoluntarySwitches | Self::Wakes | Self::FalseWakes | Self::IdleCpu)
    }

    /// Returns the number of jobs that a sample needs for it: ten beyond the 99th percentile, a
    /// hundred beyond the 99.9th.
    pub fn least_jobs(self) -> usize {
        match self {
            Self::P99 => 1_000,
            Self::P999 => 100_000,
            _ => 0,
        }
    }

    /// Returns whether the summary counts it: times, median delays and 99th percentiles.
    pub fn is_scored(self) -> bool {
        matches!(self, Self::Time | Self::Median | Self::P99)
    }

    /// Returns its name in full.
    pub fn words(self) -> &'static str {
        match self {
            Self::Time => "time per job",
            Self::Median => "median delay",
            Self::P99 => "99th percentile of the delay",
            Self::P999 => "99.9th percentile of the delay",
            Self::Max => "longest delay",
            Self::Memory => "memory per waiting job",
            Self::Imbalance => "share of the busiest worker",
            Self::Cpu => "CPU time per job",
            Self::VoluntarySwitches => "voluntary context switches per job",
            Self::Wakes => "wake-ups per job",
            Self::FalseWakes => "false wake-ups per job",
            Self::IdleCpu => "CPU time per idle second",
        }
    }

    /// Returns the name without `/job`, as markers write it behind a workload.
    pub fn short(self) -> String {
        self.to_string().trim_end_matches("/job").to_owned()
    }

    /// Writes a value with three digits and its unit.
    pub fn figure(self, value: f64) -> String {
        let (value, unit) = match self.unit() {
            Unit::Nanoseconds => match value {
                ns if ns < 999.5 => (ns, " ns"),
                ns if ns < 999.5e3 => (ns / 1e3, " µs"),
                ns if ns < 999.5e6 => (ns / 1e6, " ms"),
                ns => (ns / 1e9, " s"),
            },
            Unit::Bytes => (value, " B"),
            Unit::Count => return number(value),
        };
        let digits = if value < 9.995 { digits(value) } else { usize::from(value < 99.95) };
        format!("{value:.digits$}{unit}")
    }
}

/// Splits `WORKLOAD` or `WORKLOAD:METRIC`, with the short name of a metric.
pub fn split_metric(text: &str) -> (&str, Option<&str>) {
    text.split_once(':').map_or((text, None), |(workload, metric)| (workload, Some(metric)))
}

/// Writes a number without a unit: with two digits behind the point, or none from 10 on.
pub fn number(value: f64) -> String {
    let digits = if value < 9.995 { digits(value) } else { 0 };
    format!("{value:.digits$}")
}

/// Returns the number of digits behind the point for a value below ten: two, or as many as its first
/// significant digit needs, so that only zero is written as zero.
fn digits(value: f64) -> usize {
    match value {
        0.0 => 0,
        small if small < 0.0095 => -small.log10().floor() as usize,
        _ => 2,
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
            Self::Imbalance => "imbalance",
            Self::Cpu => "cpu/job",
            Self::VoluntarySwitches => "switches/job",
            Self::Wakes => "wakes/job",
            Self::FalseWakes => "false/job",
            Self::IdleCpu => "cpu/second",
        })
    }
}

/// A condition under which samples are taken.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Nothing else runs
    #[default]
    Quiet,
    /// As many processes compute as there are cores
    Busy,
    /// All threads share one core
    OneCore,
}

impl Condition {
    /// Returns its meaning, to follow "measured".
    pub fn words(self) -> &'static str {
        match self {
            Self::Quiet => "on a quiet machine",
            Self::Busy => "beside as many busy processes as cores",
            Self::OneCore => "on one core",
        }
    }

    /// Returns whether it is the default condition, which a record does not name.
    pub fn is_quiet(&self) -> bool {
        *self == Self::Quiet
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Quiet => "quiet",
            Self::Busy => "busy",
            Self::OneCore => "one-core",
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
        assert_eq!(Metric::VoluntarySwitches.figure(0.031), "0.03");
    }

    #[test]
    fn only_zero_is_written_as_zero() {
        let small = [0.0, 1e-9, 0.000_62, 0.001, 0.0049, 0.0094, 0.0096, 9.99, 9.996];
        let texts = ["0", "0.000000001", "0.0006", "0.001", "0.005", "0.009", "0.01", "9.99", "10"];
        assert_eq!(small.map(number), texts);
        assert_eq!(Metric::IdleCpu.figure(0.0), "0 ns");
        assert_eq!(Metric::Wakes.figure(0.0031), "0.003");
    }

    #[test]
    fn conditions_are_written_as_they_are_read() {
        for condition in Condition::value_variants() {
            let name = condition.to_string();
            assert_eq!(Condition::from_str(&name, false).as_ref(), Ok(condition));
            assert_eq!(serde_json::to_string(condition).expect("a name"), format!("\"{name}\""));
        }
    }
}
