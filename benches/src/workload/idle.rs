//! What a pool costs that has nothing to do.

use super::latch::Latch;
use super::metric::Metric;
use super::sample::{Clock, Sample, nanos};
use crate::contender::Pool;
use std::thread;
use std::time::Duration;

/// Measures processor time from the end of a burst.
pub(super) fn idle<P: Pool>(pool: P, jobs: u64, span: Duration) -> Sample {
    let latch = Latch::new(jobs);
    for id in 0..jobs {
        pool.submit(move || latch.ran(id));
    }
    latch.wait();
    let clock = Clock::start();
    thread::sleep(span);
    let (wall, cpu) = clock.elapsed();
    super::finish(pool, latch);
    Sample { values: vec![(Metric::IdleCpu, nanos(cpu) / wall.as_secs_f64())], ..Sample::default() }
}
