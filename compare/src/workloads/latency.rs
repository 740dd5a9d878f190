//! Round trips: a submitter that waits for each of its jobs.

use super::jobs::Latch;
use super::meter::Total;
use super::{Setup, finish};
use crate::data::Sample;
use crate::pool::Pool;
use std::sync::mpsc;
use std::{hint, thread};

/// How a submitter waits for its job.
#[derive(Clone, Copy, Debug)]
pub(super) enum Waiter {
    /// Spins, so that only the pool's part of the time is measured.
    Spins,
    /// Receives the answer from a channel of the standard library, which spins before it parks.
    Receives,
    /// Parks at once, so that its own wake-up is in the figure.
    Parks,
}

/// Submits one job, waits until it has run, and repeats.
pub(super) fn round_trips<P: Pool>(pool: P, setup: &Setup, jobs: u64, waiter: Waiter) -> Sample {
    let mut total = Total::start(setup);
    let mut latches = Vec::new();
    while total.goes_on() {
        latches.push(total.add(jobs, || batch(&pool, jobs, waiter)));
    }
    let sample = total.per_job();
    finish(pool, &latches);
    sample
}

fn batch<P: Pool>(pool: &P, jobs: u64, waiter: Waiter) -> &'static Latch {
    let latch = Latch::new(jobs);
    let (answer, answers) = mpsc::channel();
    for id in 0..jobs {
        match waiter {
            Waiter::Spins => {
                pool.submit(move || latch.ran(id));
                spin_until_ran(latch, id);
            }
            Waiter::Receives => {
                let answer = answer.clone();
                pool.submit(move || {
                    latch.ran(id);
                    answer.send(id).expect("the submitter waits");
                });
                assert_eq!(answers.recv(), Ok(id));
            }
            Waiter::Parks => {
                let me = thread::current();
                pool.submit(move || {
                    latch.ran(id);
                    me.unpark();
                });
                while latch.count() <= id {
                    thread::park();
                }
            }
        }
    }
    latch
}

/// Spins until a job has run. Yields now and then, in case the worker needs this core.
fn spin_until_ran(latch: &Latch, id: u64) {
    let mut spins = 0_u32;
    while latch.count() <= id {
        spins += 1;
        if spins.is_multiple_of(4096) { thread::yield_now() } else { hint::spin_loop() }
    }
}
