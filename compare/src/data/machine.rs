//! The machine card, and what disturbed the samples: plain data.

use super::Metric;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::iter::Sum;

/// A figure of the machine that decides how strategies compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MachineMetric {
    /// From `notify_one` until a parked thread runs, the median.
    WakeMedian,
    /// The same, the 99th percentile.
    WakeP99,
    /// What `notify_one` costs its caller if a thread is parked.
    Notify,
    /// CPU time of the thread that parks and is woken.
    Park,
    /// An uncontended lock and unlock.
    Lock,
    /// From one thread's turn at a lock to the turn of another.
    HandOff,
    /// A read of the clock.
    Clock,
    /// `yield_now` with nothing to yield to.
    Yield,
    /// A system call that does next to nothing.
    SystemCall,
    /// A cache line from one thread to another and back.
    CacheLine,
    /// The share of CPU time that the hypervisor gave to others.
    Steal,
    /// Involuntary context switches of the process.
    InvoluntarySwitches,
}

impl MachineMetric {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::WakeMedian,
        Self::WakeP99,
        Self::Notify,
        Self::Park,
        Self::Lock,
        Self::HandOff,
        Self::Clock,
        Self::Yield,
        Self::SystemCall,
        Self::CacheLine,
        Self::Steal,
        Self::InvoluntarySwitches,
    ];

    /// Returns its name in full.
    pub fn words(self) -> &'static str {
        match self {
            Self::WakeMedian => "notify to run, median",
            Self::WakeP99 => "notify to run, 99th percentile",
            Self::Notify => "wake, waker's side",
            Self::Park => "park and wake, sleeper's side",
            Self::Lock => "lock and unlock, uncontended",
            Self::HandOff => "lock hand-off, contended",
            Self::Clock => "clock read",
            Self::Yield => "yield_now",
            Self::SystemCall => "system call",
            Self::CacheLine => "cache line, round trip",
            Self::Steal => "steal time",
            Self::InvoluntarySwitches => "involuntary switches",
        }
    }

    /// Returns what it decides, in one sentence.
    pub fn decides(self) -> &'static str {
        match self {
            Self::WakeMedian => "A job for a parked worker starts no sooner.",
            Self::WakeP99 => "One wake-up in a hundred takes longer.",
            Self::Notify => "A submitter pays it for each wake-up that it sends.",
            Self::Park => "Spinning pays only while it costs less CPU time than this.",
            Self::Lock => "A queue with one lock pays it twice for each job.",
            Self::HandOff => "Threads that alternate at a lock pay it; backoff avoids it.",
            Self::Clock => "A strategy that reads the clock for each job pays it.",
            Self::Yield => "A worker that yields while it searches pays at least this.",
            Self::SystemCall => "Every park and every wake-up contains at least one.",
            Self::CacheLine => "No job reaches another core and is reported in less time.",
            Self::Steal => "Above a few percent, delays are those of the hypervisor.",
            Self::InvoluntarySwitches => "Each is a thread that lost its core to another thread.",
        }
    }

    /// Writes a value with its unit.
    pub fn figure(self, value: f64) -> String {
        match self {
            Self::Steal => format!("{:.1} %", 100.0 * value),
            Self::InvoluntarySwitches => format!("{value:.0}"),
            _ => Metric::Time.figure(value),
        }
    }

    /// Returns whether it is a time, so that the ratio of two values is meaningful.
    pub fn is_time(self) -> bool {
        !matches!(self, Self::Steal | Self::InvoluntarySwitches)
    }
}

/// The figures of the machine at one moment: times in nanoseconds, a share, and a count.
///
/// A figure that the system cannot have is missing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Card(pub BTreeMap<MachineMetric, f64>);

impl Card {
    /// Returns a figure.
    pub fn get(&self, metric: MachineMetric) -> Option<f64> {
        self.0.get(&metric).copied()
    }
}

/// What disturbed a sample, or all samples of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disturbance {
    /// Steal time of the machine in clock ticks, if the system counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steal: Option<u64>,
    /// Clock ticks of all processors.
    #[serde(default)]
    pub ticks: u64,
    /// Involuntary context switches of the process, if the system counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub involuntary_switches: Option<u64>,
}

impl Disturbance {
    /// Returns the steal time relative to the time of all processors.
    pub fn steal_share(&self) -> Option<f64> {
        self.steal.filter(|_| self.ticks > 0).map(|steal| steal as f64 / self.ticks as f64)
    }
}

/// Sums them up. What one of them lacks, it does not add.
impl Sum for Disturbance {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let add = |a: Option<u64>, b: Option<u64>| a.zip(b).map(|(a, b)| a + b).or(a).or(b);
        all.fold(Self::default(), |sum, one| Self {
            steal: add(sum.steal, one.steal),
            ticks: sum.ticks + one.ticks,
            involuntary_switches: add(sum.involuntary_switches, one.involuntary_switches),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_unit_of_their_metric() {
        assert_eq!(MachineMetric::Lock.figure(12.0), "12.0 ns");
        assert_eq!(MachineMetric::Steal.figure(0.0123), "1.2 %");
        assert_eq!(MachineMetric::InvoluntarySwitches.figure(7.0), "7");
    }

    #[test]
    fn missing_counts_add_nothing() {
        let counted = Disturbance { steal: Some(1), ticks: 50, involuntary_switches: None };
        let sum: Disturbance = [counted, Disturbance::default(), counted].into_iter().sum();
        assert_eq!(sum, Disturbance { steal: Some(2), ticks: 100, involuntary_switches: None });
        assert_eq!(sum.steal_share(), Some(0.02));
        assert_eq!(Disturbance::default().steal_share(), None);
    }
}
