//! In which order workloads are shown, and under which heading.

use crate::judge::Judged;
use crate::workload::Metric;

/// Workloads that answer the same kind of question.
pub struct Topic {
    /// Heads their table.
    pub title: &'static str,
    /// Which, in order.
    pub workloads: &'static [&'static str],
    /// Which of their metrics.
    pub metrics: &'static [Metric],
}

use Metric::{
    Cpu, FalseWakes, IdleCpu, Max, Median, Memory, P99, P999, Sleeps, Time, Uneven, Wakes,
};

/// Sparse arrivals, by the mean of the gap.
const SPARSE: &[&str] =
    &["sparse-5", "sparse-20", "sparse-60", "sparse-250", "sparse-1000", "sparse-10000"];

/// Everything that is shown.
pub const TOPICS: &[Topic] = &[
    Topic {
        title: "What does a job cost?",
        workloads: &["empty-1", "empty-2", "empty-4"],
        metrics: &[Time],
    },
    Topic {
        title: "With few workers, and with many?",
        workloads: &["one-worker", "crowd"],
        metrics: &[Time],
    },
    Topic {
        title: "From which length of a job on does it stop mattering?",
        workloads: &["spin-300ns", "spin-1us", "spin-10us", "spin-100us"],
        metrics: &[Time],
    },
    Topic {
        title: "How long until a job has run?",
        workloads: &["trip-looking", "trip-channel", "trip-asleep"],
        metrics: &[Time],
    },
    Topic {
        title: "How late are jobs that come one by one?",
        workloads: &["open-loop"],
        metrics: &[Median, P99, P999],
    },
    Topic {
        title: "And if the submitter sleeps in between?",
        workloads: SPARSE,
        metrics: &[Median, P99, Cpu],
    },
    Topic {
        title: "What does one slow job do to the rest?",
        workloads: &["straggler"],
        metrics: &[Median, P99, Max],
    },
    Topic {
        title: "And jobs of every length?",
        workloads: &["mixed", "blocking"],
        metrics: &[Time],
    },
    Topic {
        title: "What if they come in bursts?",
        workloads: &["bursts", "after-idle"],
        metrics: &[Time],
    },
    Topic {
        title: "Jobs that spawn jobs, and the end",
        workloads: &["tree", "drop"],
        metrics: &[Time],
    },
    Topic {
        title: "How long does the real server take, over loopback?",
        workloads: &["serve-closed", "serve-open"],
        metrics: &[Time, Median, P99, P999],
    },
    Topic {
        title: "What does it take?",
        workloads: &["memory", "fairness"],
        metrics: &[Memory, Uneven],
    },
    Topic {
        title: "What does the processor do for it?",
        workloads: &["empty-1", "spin-10us", "open-loop"],
        metrics: &[Cpu],
    },
    Topic {
        title: "What does an idle pool take from the processor?",
        workloads: &["idle"],
        metrics: &[IdleCpu],
    },
    Topic {
        title: "How often does a thread go to sleep, for each job?",
        workloads: &["empty-1", "spin-10us", "bursts", "open-loop"],
        metrics: &[Sleeps],
    },
    Topic {
        title: "How often is a worker woken, and for nothing, for each job?",
        workloads: &["empty-1", "bursts", "open-loop"],
        metrics: &[Wakes, FalseWakes],
    },
];

impl Topic {
    /// Its questions among those that were judged, in its order.
    pub fn of<'a, 'r>(&self, judged: &'a [Judged<'r>]) -> Vec<&'a Judged<'r>> {
        let mut found: Vec<_> = judged
            .iter()
            .filter_map(|one| {
                let workload =
                    self.workloads.iter().position(|name| *name == one.question.workload)?;
                let metric =
                    self.metrics.iter().position(|metric| *metric == one.question.metric)?;
                Some(((workload, metric, one.question.workers), one))
            })
            .collect();
        found.sort_by_key(|(place, _)| *place);
        found.into_iter().map(|(_, one)| one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::WORKLOADS;

    #[test]
    fn every_workload_is_shown() {
        for workload in WORKLOADS {
            assert!(
                TOPICS.iter().any(|topic| topic.workloads.contains(&workload.name)),
                "{} is in no topic of topics.rs",
                workload.name
            );
        }
    }
}
