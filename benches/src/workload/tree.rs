//! Jobs that spawn jobs.

use super::latch::Latch;
use super::sample::{Clock, Sample};
use crate::contender::Pool;
use std::sync::Arc;
use std::thread;

/// Submits the root of a binary tree of jobs, numbered level by level.
pub(super) fn tree<P: Pool>(pool: P, jobs: u64) -> Sample {
    let pool = Arc::new(pool);
    let latch = Latch::new(jobs);
    let clock = Clock::start();
    grow(Arc::clone(&pool), latch, 0, jobs);
    latch.wait();
    let sample = clock.per_job(jobs);
    let mut pool = pool;
    // Each job lets go of the pool before it is counted, but rayon's may still be on their way out
    // of `spawn`.
    let pool = loop {
        match Arc::try_unwrap(pool) {
            Ok(pool) => break pool,
            Err(shared) => pool = shared,
        }
        thread::yield_now();
    };
    super::finish(pool, latch);
    sample
}

fn grow<P: Pool>(pool: Arc<P>, latch: &'static Latch, id: u64, jobs: u64) {
    let to = Arc::clone(&pool);
    to.submit(move || {
        for child in [2 * id + 1, 2 * id + 2] {
            if child < jobs {
                grow(Arc::clone(&pool), latch, child, jobs);
            }
        }
        drop(pool);
        latch.ran(id);
    });
}
