//! Whether the workers share the work.

use super::latch::Latch;
use super::metric::Metric;
use super::sample::Sample;
use super::work::{spin, steps};
use super::{Setup, finish};
use crate::contender::Pool;
use std::collections::HashMap;
use std::sync::OnceLock;
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Streams jobs and asks each who ran it.
pub(super) fn fairness<P: Pool>(pool: P, setup: &Setup, jobs: u64, work: Duration) -> Sample {
    let steps = steps(work);
    let latch = Latch::new(jobs);
    // As with the latch: it outlives every job.
    let ran: &'static [OnceLock<ThreadId>] =
        (0..jobs).map(|_| OnceLock::new()).collect::<Vec<_>>().leak();
    for id in 0..jobs {
        pool.submit(move || {
            spin(steps);
            ran[id as usize].set(thread::current().id()).expect("each job runs once");
            latch.ran(id);
        });
    }
    latch.wait();
    finish(pool, latch);
    let mut shares: HashMap<ThreadId, u64> = HashMap::new();
    for worker in ran {
        *shares.entry(*worker.get().expect("every job has run")).or_default() += 1;
    }
    let busiest = shares.values().max().copied().unwrap_or_default();
    let equal = jobs as f64 / setup.workers as f64;
    Sample { values: vec![(Metric::Uneven, busiest as f64 / equal)], ..Sample::default() }
}
