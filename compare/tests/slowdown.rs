//! `diff` on real runs: it finds a strategy that was slowed down, and no change where there is none.

use compare::data::{Condition, Group, Record};
use compare::runner::Plan;
use compare::strategies::{Strategy, named, strategy};
use compare::workloads::{WORKLOADS, spin};
use hello::{CondvarQueue, Job, JobQueue, QueueStats, Rejected, ThreadPool};
use std::env;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::AtomicBool;

/// The default queue with a worker that computes for some microseconds after each pop. On any
/// machine that is many times the cost of an empty job.
#[derive(Default)]
struct Slowed(CondvarQueue);

const STEPS: u64 = 20_000;

impl JobQueue for Slowed {
    fn push(&self, job: Job) -> Result<(), Job> {
        self.0.push(job)
    }

    fn try_push(&self, job: Job) -> Result<(), Rejected> {
        self.0.try_push(job)
    }

    fn pop(&self) -> Option<Job> {
        let job = self.0.pop();
        spin(STEPS);
        job
    }

    fn close(&self) {
        self.0.close();
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn stats(&self) -> QueueStats {
        self.0.stats()
    }
}

/// Stands for a default queue that has become slower.
static SLOWED: Strategy =
    strategy::<ThreadPool<Slowed>>("condvar", Group::Ours, "slowed down on purpose");

fn known(name: &str) -> &'static Strategy {
    named(name).expect("it exists")
}

/// Runs the default queue or its stand-in beside the baseline.
fn run(default: &'static Strategy) -> Record {
    let plan = Plan {
        strategies: vec![default, known("mpsc")],
        workloads: WORKLOADS.iter().filter(|one| one.name == "one-worker").collect(),
        baseline: "mpsc",
        workers: vec![1],
        rounds: 9,
        seed: 20,
        scale: 0.02,
        conditions: vec![Condition::Quiet],
        subprocesses: false,
        cards: false,
    };
    plan.run(&AtomicBool::new(false), |_| ()).expect("no sample needs a subprocess")
}

/// Runs `diff --fail-over 1.10` on two runs.
fn diff(test: &str, old: &Record, new: &Record) -> Output {
    let place = |which: &str| {
        env::temp_dir().join(format!("compare-{}-{test}-{which}.json", std::process::id()))
    };
    let files: [PathBuf; 2] = [place("old"), place("new")];
    for (file, record) in files.iter().zip([old, new]) {
        record.write(file).expect("the place for temporary files can be written to");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_compare"))
        .arg("diff")
        .args(&files)
        .args(["--fail-over", "1.10"])
        .output();
    files.iter().for_each(|file| std::fs::remove_file(file).expect("it was written"));
    output.expect("the program runs")
}

#[test]
fn every_run_has_a_control() {
    let record = run(known("condvar"));
    let names: Vec<_> = record.strategies.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["condvar", "mpsc"], "the control is not one of the strategies");
    for one in &record.measurements {
        assert!(one.control.len() == 9 && one.samples.len() <= 2, "{one:?}");
        assert_eq!(one.margin.is_some(), one.metric.has_ratio(), "{one:?}");
        assert!(one.margin.is_none_or(|margin| margin >= 0.05), "{one:?}");
    }
}

#[test]
fn slower_queue_is_named_and_fails() {
    let output = diff("slowed", &run(known("condvar")), &run(&SLOWED));
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text
        .lines()
        .find(|line| line.contains("condvar") && line.contains("one-worker"))
        .expect("it is named");
    assert!(line.trim_start().starts_with("slower"), "{text}");
    assert_eq!(output.status.code(), Some(1), "{text}");
}

/// A disturbed machine may look like a change, but not several times in a row.
#[test]
fn unchanged_queue_passes() {
    let mut old = run(known("condvar"));
    let mut outputs = Vec::new();
    for _ in 0..4 {
        let new = run(known("condvar"));
        let output = diff("unchanged", &old, &new);
        if output.status.success() {
            return;
        }
        outputs.push(String::from_utf8_lossy(&output.stdout).into_owned());
        old = new;
    }
    panic!("four times in a row: {outputs:#?}");
}
