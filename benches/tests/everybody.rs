//! Every contender is up to everything that is asked.

use compare::contender::CONTENDERS;
use compare::workload::{Setup, WORKLOADS};

/// Each sample fails by itself if a job is lost or runs twice; that it ends at all is half of the test.
#[test]
fn everybody_runs_each_job_of_each_workload_once() {
    let setup = Setup { workers: 2, seed: 7, effort: 0.01 };
    for workload in WORKLOADS {
        for contender in CONTENDERS {
            let sample = (contender.measure)(workload, &setup);
            for (metric, value) in sample.values {
                assert!(value.is_finite() && value >= 0.0, "{}, {}: {metric} {value}", contender.name, workload.name);
            }
        }
    }
}
