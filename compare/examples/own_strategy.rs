//! A new strategy beside the default queue: a stack, which runs the newest job first.
//!
//! `cargo run --release -p compare --example own_strategy`
#![forbid(unsafe_code)]

use compare::data::Group;
use compare::strategies::{Strategy, strategy};
use compare::workloads::{Setup, WORKLOADS};
use hello::{CondvarQueue, Job, JobQueue, ThreadPool};
use parking_lot::{Condvar, Mutex};

#[derive(Default)]
struct Stack {
    state: Mutex<(Vec<Job>, bool)>,
    changed: Condvar,
}

impl JobQueue for Stack {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.state.lock();
        if state.1 {
            return Err(job);
        }
        state.0.push(job);
        self.changed.notify_one();
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            match state.0.pop() {
                Some(job) => return Some(job),
                None if state.1 => return None,
                None => self.changed.wait(&mut state),
            }
        }
    }

    fn close(&self) {
        self.state.lock().1 = true;
        self.changed.notify_all();
    }

    fn len(&self) -> usize {
        self.state.lock().0.len()
    }
}

/// Added to the list in `strategies.rs`, this line makes it take part in every comparison.
const STACK: Strategy =
    strategy::<ThreadPool<Stack>>("stack", Group::Study, "the newest job first");

fn main() {
    let default = strategy::<ThreadPool<CondvarQueue>>("condvar", Group::Ours, "");
    for workload in WORKLOADS.iter().filter(|workload| workload.name.starts_with("empty")) {
        for one in [&STACK, &default] {
            let sample = one.sample(workload, &Setup { workers: 2, seed: 1, scale: 0.2 });
            let (metric, value) = sample.values[0];
            println!("{:<8} {:<8} {}", workload.name, one.name, metric.figure(value));
        }
    }
}
