//! A strategy of one's own in the whole comparison: a stack, which runs the newest job first.
//!
//! `cargo run --release -p compare --example own_strategy -- --quick --strategies stack,condvar`
#![forbid(unsafe_code)]

use compare::data::Group;
use compare::strategies::{Strategy, strategy};
use hello::{Job, JobQueue, ThreadPool};
use parking_lot::{Condvar, Mutex};
use std::process::ExitCode;

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

static OWN: [Strategy; 1] =
    [strategy::<ThreadPool<Stack>>("stack", Group::Study, "the newest job first")];

fn main() -> ExitCode {
    compare::main_with(&OWN)
}
