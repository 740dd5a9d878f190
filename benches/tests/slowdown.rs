//! `diff` finds what was slowed down on purpose, and nothing where nothing was: two real runs, not
//! made-up ones.

use compare::condition::Condition;
use compare::contender::{CONTENDERS, Contender, Side, contender};
use compare::record::Record;
use compare::run::Plan;
use compare::workload::{WORKLOADS, spin};
use hello::{CondvarQueue, Job, JobQueue, QueueStats, Rejected, ThreadPool};
use std::env;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::AtomicBool;

/// The default queue, but that whoever takes a job computes a little first: some microseconds, on
/// any machine many times what a job without work costs, so that no slow day can hide it.
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

/// As it would be if somebody had made the default slower.
static SLOWED: Contender =
    contender::<ThreadPool<Slowed>>("condvar", Side::Ours, "slowed down on purpose");

fn known(name: &str) -> &'static Contender {
    CONTENDERS.iter().find(|one| one.name == name).expect("it takes part")
}

/// Runs the default, or what is given out for it, beside the baseline.
fn run(default: &'static Contender) -> Record {
    let plan = Plan {
        contenders: vec![default, known("mpsc")],
        workloads: WORKLOADS.iter().filter(|one| one.name == "one-worker").collect(),
        baseline: "mpsc",
        workers: vec![1],
        rounds: 9,
        seed: 20,
        effort: 0.02,
        conditions: vec![Condition::Quiet],
        subprocesses: false,
    };
    plan.run(&AtomicBool::new(false), |_| ()).expect("no sample of it needs another process")
}

/// What `diff --fail-over 1.10` makes of two runs.
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
fn a_queue_that_was_slowed_down_is_named_and_fails() {
    let output = diff("slowed", &run(known("condvar")), &run(&SLOWED));
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said
        .lines()
        .find(|line| line.contains("condvar") && line.contains("one-worker"))
        .expect("it is named");
    assert!(line.trim_start().starts_with("slower"), "{said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
}

/// A machine whose mood changes between two runs may look like a change of one of the two; it does
/// not do so again and again, as a real change would.
#[test]
fn a_queue_that_is_what_it_was_passes() {
    let mut old = run(known("condvar"));
    let mut said = Vec::new();
    for _ in 0..4 {
        let new = run(known("condvar"));
        let output = diff("unchanged", &old, &new);
        if output.status.success() {
            return;
        }
        said.push(String::from_utf8_lossy(&output.stdout).into_owned());
        old = new;
    }
    panic!("four times in a row: {said:#?}");
}
