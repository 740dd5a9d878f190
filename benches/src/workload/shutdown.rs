//! Ending a pool.

use super::Setup;
use super::latch::Latch;
use super::sample::{Clock, Sample};
use crate::contender::Pool;
use std::sync::{Arc, Barrier};

/// Occupies every worker, calls `meanwhile`, and lets the workers go.
pub(super) fn occupied<P: Pool>(pool: &P, workers: usize, meanwhile: impl FnOnce()) {
    let workers = P::at_once(workers);
    let here = Arc::new(Barrier::new(workers + 1));
    let go = Arc::new(Barrier::new(workers + 1));
    for _ in 0..workers {
        let (here, go) = (Arc::clone(&here), Arc::clone(&go));
        pool.submit(move || {
            here.wait();
            go.wait();
        });
    }
    here.wait();
    meanwhile();
    go.wait();
}

/// Measures from the moment when the workers are let go to the moment when the pool has ended.
pub(super) fn drop_with_backlog<P: Pool>(pool: P, setup: &Setup, jobs: u64) -> Sample {
    let latch = Latch::new(jobs);
    let mut clock = None;
    occupied(&pool, setup.workers, || {
        for id in 0..jobs {
            pool.submit(move || latch.ran(id));
        }
        clock = Some(Clock::start());
    });
    super::counts::finish(pool, || latch.wait());
    let sample = clock.expect("set by the closure").per_job(jobs);
    latch.verify();
    sample
}
