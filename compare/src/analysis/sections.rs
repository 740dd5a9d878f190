//! The sections of a report: the families of workloads, and what else is shown of them.

use super::compare::Comparison;
use crate::data::Metric::{
    self, Cpu, FalseWakes, IdleCpu, Imbalance, Max, Median, Memory, P99, Time, VoluntarySwitches,
    Wakes,
};

/// A section: workloads that are shown in one table. A section with a scored metric is a family,
/// which has one vote however many workloads it has.
#[derive(Debug)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// The heading in at most sixteen characters, for a column of a terminal.
    pub short: &'static str,
    /// What it tells, in a sentence that stands alone.
    pub explanation: &'static str,
    /// The workloads, in order.
    pub workloads: &'static [&'static str],
    /// The metrics, in order.
    pub metrics: &'static [Metric],
}

/// The families, each with one vote, and after them the sections that only inform.
pub const SECTIONS: &[Section] = &[
    Section {
        title: "Cost of a job",
        short: "cost of a job",
        explanation: "Submitters send jobs as fast as they can, short or long, to few workers \
                      or many, and the figure is the time per job.",
        workloads: &[
            "empty-1",
            "empty-2",
            "empty-4",
            "one-worker",
            "oversubscribed",
            "spin-300ns",
            "spin-1us",
            "spin-10us",
            "spin-100us",
            "mixed",
            "touch",
            "blocking",
        ],
        metrics: &[Time],
    },
    Section {
        title: "Round trips",
        short: "round trips",
        explanation: "A submitter sends one job, waits for its answer, and repeats, and the \
                      figure is the time of a round trip.",
        workloads: &["round-trip-spin", "round-trip-channel", "round-trip-park"],
        metrics: &[Time],
    },
    Section {
        title: "Sparse arrivals, submitter asleep",
        short: "sparse, asleep",
        explanation: "Single jobs arrive from a submitter that sleeps in between, while the \
                      workers are idle, and the figure is the delay until a job starts.",
        workloads: &[
            "sparse-1",
            "sparse-5",
            "sparse-20",
            "sparse-60",
            "sparse-250",
            "sparse-1000",
            "sparse-10000",
        ],
        metrics: &[Median, P99, Cpu],
    },
    Section {
        title: "Sparse arrivals, submitter computes",
        short: "sparse, computes",
        explanation: "Single jobs arrive from a submitter that never sleeps, while the workers \
                      are idle, and the figure is the delay until a job starts.",
        workloads: &["open-loop"],
        metrics: &[Median, P99],
    },
    Section {
        title: "Load",
        short: "load",
        explanation: "Random jobs, most of them short and some long, keep a share of the cores \
                      busy, and the figure is the delay until a job starts.",
        workloads: &["load-10", "load-50", "load-80", "load-95"],
        metrics: &[Median, P99, Cpu],
    },
    Section {
        title: "Bursts",
        short: "bursts",
        explanation: "Many jobs arrive at once while the workers are idle, and the figure is \
                      the time per job.",
        workloads: &["bursts", "after-idle"],
        metrics: &[Time],
    },
    Section {
        title: "Tree",
        short: "tree",
        explanation: "Each job submits two more, as in a recursive algorithm, and the figure \
                      is the time per job.",
        workloads: &["tree"],
        metrics: &[Time],
    },
    Section {
        title: "Straggler",
        short: "straggler",
        explanation: "Fast jobs arrive while a slow one occupies a worker, and the figure is \
                      the delay until a fast job starts.",
        workloads: &["straggler", "straggler-computes"],
        metrics: &[Median, P99, Max],
    },
    Section {
        title: "Lifecycle",
        short: "lifecycle",
        explanation: "A pool is built and runs a first job, is shut down while jobs wait, or \
                      stays idle, and the figure is the time of that, or the CPU time.",
        workloads: &["start", "drop", "idle"],
        metrics: &[Time, IdleCpu],
    },
    Section {
        title: "The real server",
        short: "real server",
        explanation: "Clients send requests over loopback to this project's web server, whose \
                      workers the strategy feeds, and the figure is the time until the answer.",
        workloads: &["serve-closed", "serve-open"],
        metrics: &[Time, Median, P99],
    },
    Section {
        title: "Memory and balance",
        short: "memory, balance",
        explanation: "Jobs wait in the queue and are shared by the workers, and the figures \
                      are the memory of a waiting job and the share of the busiest worker.",
        workloads: &["memory", "fairness"],
        metrics: &[Memory, Imbalance],
    },
    Section {
        title: "CPU time of a job",
        short: "CPU time",
        explanation: "The figure is the CPU time of the whole process per job, submitters and \
                      idle workers included.",
        workloads: &["empty-1", "spin-10us", "open-loop"],
        metrics: &[Cpu],
    },
    Section {
        title: "Voluntary context switches per job",
        short: "context switches",
        explanation: "The kernel counts how often a thread of the process gives up its core to \
                      wait, and the figure is that number per job.",
        workloads: &["empty-1", "spin-10us", "bursts", "open-loop"],
        metrics: &[VoluntarySwitches],
    },
    Section {
        title: "Wake-ups per job, and those that found no job",
        short: "wake-ups",
        explanation: "A queue with counters counts the workers that it wakes, and the figures \
                      are these wake-ups per job, and those of them for nothing.",
        workloads: &["empty-1", "bursts", "open-loop"],
        metrics: &[Wakes, FalseWakes],
    },
];

impl Section {
    /// Returns whether it is a family, and so has a vote.
    pub fn has_vote(&self) -> bool {
        self.metrics.iter().any(|metric| metric.is_scored())
    }

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
    fn families_share_no_workload() {
        let families = || SECTIONS.iter().filter(|section| section.has_vote());
        let mut names: Vec<_> = families().flat_map(|section| section.workloads).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!((families().count(), names.len()), (10, all));
    }

    #[test]
    fn sections_are_explained_in_a_sentence() {
        for Section { title, explanation, .. } in SECTIONS {
            assert!(explanation.ends_with('.') && !explanation.contains(". "), "{title}");
            assert!(explanation.starts_with(char::is_uppercase) && title.len() < 50, "{title}");
        }
    }

    #[test]
    fn short_headings_fit_their_column() {
        for Section { short, .. } in SECTIONS {
            assert!((1..=16).contains(&short.len()), "{short}");
        }
    }
}
