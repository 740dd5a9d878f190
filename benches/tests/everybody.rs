//! Every contender is up to everything that is asked.

use compare::contender::CONTENDERS;
use compare::workload::{Metric, Sample, Setup, WORKLOADS};

/// Each sample fails by itself if a job is lost or runs twice; that it ends at all is half of the
/// test.
#[test]
fn everybody_runs_each_job_of_each_workload_once() {
    let setup = Setup { workers: 2, seed: 7, effort: 0.01 };
    for workload in WORKLOADS {
        for contender in CONTENDERS {
            let sample = contender.sample(workload, &setup);
            for (metric, value) in sample.values {
                assert!(
                    value.is_finite() && value >= 0.0,
                    "{}, {}: {metric} {value}",
                    contender.name,
                    workload.name
                );
            }
        }
    }
}

fn sample(contender: &str, workload: &str) -> Sample {
    let contender = CONTENDERS.iter().find(|one| one.name == contender).expect("it takes part");
    let workload =
        WORKLOADS.iter().find(|one| one.name == workload).expect("there is such a workload");
    contender.sample(workload, &Setup { workers: 2, seed: 7, effort: 0.01 })
}

fn says(sample: &Sample, metric: Metric) -> bool {
    sample.values.iter().any(|(one, _)| *one == metric)
}

#[test]
fn who_does_not_count_its_wakes_says_nothing_of_them_and_not_that_there_are_none() {
    for (contender, counts) in
        [("condvar", true), ("textbook", true), ("mpsc", false), ("while-let", false)]
    {
        for workload in ["bursts", "serve-closed"] {
            assert_eq!(
                says(&sample(contender, workload), Metric::Wakes),
                counts,
                "{contender}, {workload}"
            );
        }
    }
}

#[test]
fn the_server_is_fed_by_every_queue_and_not_by_a_whole_pool() {
    for contender in ["condvar", "mpsc", "crossbeam", "stealing"] {
        assert!(says(&sample(contender, "serve-closed"), Metric::Time), "{contender}");
        assert!(says(&sample(contender, "serve-open"), Metric::P99), "{contender}");
    }
    for contender in ["rayon", "tokio", "thread-per-job"] {
        assert!(sample(contender, "serve-closed").values.is_empty(), "{contender}");
    }
}
