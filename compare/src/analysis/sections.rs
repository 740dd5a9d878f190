//! The sections of a report: in which order workloads are shown, and under which heading.

use super::compare::Comparison;
use crate::data::Metric::{
    self, Cpu, FalseWakes, IdleCpu, Imbalance, Max, Median, Memory, P99, P999, Time,
    VoluntarySwitches, Wakes,
};

/// A section: workloads that are shown in one table.
#[derive(Debug)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// The heading in at most sixteen characters, for a column of a terminal.
    pub short: &'static str,
    /// The workloads, in order.
    pub workloads: &'static [&'static str],
    /// The metrics, in order.
    pub metrics: &'static [Metric],
}

/// Sparse arrivals, by the mean gap.
const SPARSE: &[&str] =
    &["sparse-5", "sparse-20", "sparse-60", "sparse-250", "sparse-1000", "sparse-10000"];

/// All sections, in order.
pub const SECTIONS: &[Section] = &[
    Section {
        title: "Cost of a job",
        short: "cost of a job",
        workloads: &["empty-1", "empty-2", "empty-4"],
        metrics: &[Time],
    },
    Section {
        title: "Cost of a job with few and with many workers",
        short: "worker count",
        workloads: &["one-worker", "oversubscribed"],
        metrics: &[Time],
    },
    Section {
        title: "Cost by the length of a job",
        short: "length of a job",
        workloads: &["spin-300ns", "spin-1us", "spin-10us", "spin-100us"],
        metrics: &[Time],
    },
    Section {
        title: "Round trips",
        short: "round trips",
        workloads: &["round-trip-spin", "round-trip-channel", "round-trip-park"],
        metrics: &[Time],
    },
    Section {
        title: "Delay of single jobs, from a submitter that spins",
        short: "open loop",
        workloads: &["open-loop"],
        metrics: &[Median, P99, P999],
    },
    Section {
        title: "Delay of single jobs, from a submitter that sleeps",
        short: "sparse arrivals",
        workloads: SPARSE,
        metrics: &[Median, P99, Cpu],
    },
    Section {
        title: "Delay behind one slow job, the straggler",
        short: "straggler",
        workloads: &["straggler"],
        metrics: &[Median, P99, Max],
    },
    Section {
        title: "Jobs of mixed length, and jobs that sleep",
        short: "mixed, blocking",
        workloads: &["mixed", "blocking"],
        metrics: &[Time],
    },
    Section {
        title: "Bursts",
        short: "bursts",
        workloads: &["bursts", "after-idle"],
        metrics: &[Time],
    },
    Section {
        title: "Jobs that submit jobs, and shutdown",
        short: "tree, shutdown",
        workloads: &["tree", "drop"],
        metrics: &[Time],
    },
    Section {
        title: "The real server over loopback",
        short: "real server",
        workloads: &["serve-closed", "serve-open"],
        metrics: &[Time, Median, P99, P999],
    },
    Section {
        title: "Memory and balance",
        short: "memory, balance",
        workloads: &["memory", "fairness"],
        metrics: &[Memory, Imbalance],
    },
    Section {
        title: "CPU time of a job",
        short: "CPU time",
        workloads: &["empty-1", "spin-10us", "open-loop"],
        metrics: &[Cpu],
    },
    Section {
        title: "CPU time of an idle pool",
        short: "CPU time, idle",
        workloads: &["idle"],
        metrics: &[IdleCpu],
    },
    Section {
        title: "Voluntary context switches per job",
        short: "context switches",
        workloads: &["empty-1", "spin-10us", "bursts", "open-loop"],
        metrics: &[VoluntarySwitches],
    },
    Section {
        title: "Wake-ups per job, and those that found no job",
        short: "wake-ups",
        workloads: &["empty-1", "bursts", "open-loop"],
        metrics: &[Wakes, FalseWakes],
    },
];

impl Section {
    /// Returns the comparisons of the section, in its order.
    pub fn of<'a, 'r>(&self, comparisons: &'a [Comparison<'r>]) -> Vec<&'a Comparison<'r>> {
        let mut found: Vec<_> = comparisons
            .iter()
            .filter_map(|one| {
                let workload =
                    self.workloads.iter().position(|name| *name == one.measurement.workload)?;
                let metric =
                    self.metrics.iter().position(|metric| *metric == one.measurement.metric)?;
                Some(((workload, metric, one.measurement.workers), one))
            })
            .collect();
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, one)| one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_headings_fit_their_column() {
        for Section { short, .. } in SECTIONS {
            assert!((1..=16).contains(&short.len()), "{short}");
        }
    }
}
