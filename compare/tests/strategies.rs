//! Every strategy under every workload.

use compare::analysis::sections::SECTIONS;
use compare::data::{Metric, Sample};
use compare::strategies::{OPTIONAL, STRATEGIES, named};
use compare::workloads::{Setup, WORKLOADS};

const SETUP: Setup = Setup { workers: 2, seed: 7, scale: 0.01 };

/// A sample panics if a job is lost or runs twice, and does not end if a wake-up is lost.
#[test]
fn every_strategy_runs_each_job_once() {
    for workload in WORKLOADS {
        for strategy in STRATEGIES.iter().chain(OPTIONAL) {
            for (metric, value) in strategy.sample(workload, &SETUP).values {
                assert!(
                    value.is_finite() && value >= 0.0,
                    "{}, {}: {metric} {value}",
                    strategy.name,
                    workload.name
                );
            }
        }
    }
}

fn sample(strategy: &str, workload: &str) -> Sample {
    let workload = WORKLOADS.iter().find(|one| one.name == workload).expect("it exists");
    named(strategy).expect("it exists").sample(workload, &SETUP)
}

fn has(sample: &Sample, metric: Metric) -> bool {
    sample.values.iter().any(|(one, _)| *one == metric)
}

#[test]
fn queue_without_counters_has_no_wake_metric() {
    for (strategy, counts) in
        [("condvar", true), ("textbook", true), ("mpsc", false), ("while-let", false)]
    {
        for workload in ["bursts", "serve-closed"] {
            assert_eq!(
                has(&sample(strategy, workload), Metric::Wakes),
                counts,
                "{strategy}, {workload}"
            );
        }
    }
}

#[test]
fn queues_feed_the_server_but_pools_do_not() {
    for strategy in ["condvar", "mpsc", "crossbeam", "bounded", "stealing", "seg-queue"] {
        assert!(has(&sample(strategy, "serve-closed"), Metric::Time), "{strategy}");
        assert!(has(&sample(strategy, "serve-open"), Metric::P99), "{strategy}");
    }
    for strategy in ["rayon", "tokio", "async-executor", "thread-per-job"] {
        assert!(sample(strategy, "serve-closed").values.is_empty(), "{strategy}");
    }
}

#[test]
fn bounded_queue_takes_no_unbounded_backlog() {
    for workload in ["tree", "drop", "memory"] {
        assert!(sample("bounded", workload).values.is_empty(), "{workload}");
    }
    for workload in ["empty-1", "fairness"] {
        assert!(!sample("bounded", workload).values.is_empty(), "{workload}");
    }
}

#[test]
fn every_workload_is_in_a_section() {
    for workload in WORKLOADS {
        assert!(
            SECTIONS.iter().any(|section| section.workloads.contains(&workload.name)),
            "{} is in no section of sections.rs",
            workload.name
        );
    }
}
