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
        explanation: "How much a job costs if jobs come as fast as they can: from one or more \
                      submitters, for one worker or many, and of different lengths.",
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
        explanation: "How long a submitter waits that needs the answer of each job before it \
                      submits the next.",
        workloads: &["round-trip-spin", "round-trip-channel", "round-trip-park"],
        metrics: &[Time],
    },
    Section {
        title: "Sparse arrivals, submitter asleep",
        short: "sparse, asleep",
        explanation: "How late a single job starts, and what it costs, if its submitter has slept \
                      and the workers are idle.",
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
        explanation: "How late a single job starts if its submitter never sleeps, so that it \
                      keeps a core and has it ready.",
        workloads: &["open-loop"],
        metrics: &[Median, P99],
    },
    Section {
        title: "Load",
        short: "load",
        explanation: "How late a job starts if random jobs, most of them short and some long, keep \
                      a share of the cores busy.",
        workloads: &["load-10", "load-50", "load-80", "load-95"],
        metrics: &[Median, P99, Cpu],
    },
    Section {
        title: "Bursts",
        short: "bursts",
        explanation: "How fast idle workers start on many jobs that come at once.",
        workloads: &["bursts", "after-idle"],
        metrics: &[Time],
    },
    Section {
        title: "Tree",
        short: "tree",
        explanation: "How much a job costs that another job submits, as in a recursive algorithm.",
        workloads: &["tree"],
        metrics: &[Time],
    },
    Section {
        title: "Straggler",
        short: "straggler",
        explanation: "How late fast jobs start while a slow one occupies a worker.",
        workloads: &["straggler", "straggler-computes"],
        metrics: &[Median, P99, Max],
    },
    Section {
        title: "Lifecycle",
        short: "lifecycle",
        explanation: "What it costs to build a pool and run its first job, to shut it down while \
                      jobs wait, and to keep it idle.",
        workloads: &["start", "drop", "idle"],
        metrics: &[Time, IdleCpu],
    },
    Section {
        title: "The real server",
        short: "real server",
        explanation: "How long the web server of this project takes to answer over loopback if a \
                      strategy feeds its workers.",
        workloads: &["serve-closed", "serve-open"],
        metrics: &[Time, Median, P99],
    },
    Section {
        title: "Memory and balance",
        short: "memory, balance",
        explanation: "How much memory a waiting job takes, and how evenly the workers share jobs.",
        workloads: &["memory", "fairness"],
        metrics: &[Memory, Imbalance],
    },
    Section {
        title: "CPU time of a job",
        short: "CPU time",
        explanation: "How much the whole process computes for a job, submitters and idle workers \
                      included.",
        workloads: &["empty-1", "spin-10us", "open-loop"],
        metrics: &[Cpu],
    },
    Section {
        title: "Voluntary context switches per job",
        short: "context switches",
        explanation: "How often a thread of the process parks for a job, which costs it and its \
                      waker time.",
        workloads: &["empty-1", "spin-10us", "bursts", "open-loop"],
        metrics: &[VoluntarySwitches],
    },
    Section {
        title: "Wake-ups per job, and those that found no job",
        short: "wake-ups",
        explanation: "How often a queue that counts it wakes a worker, and how often for nothing.",
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
