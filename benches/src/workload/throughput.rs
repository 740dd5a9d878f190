//! How long it takes until many jobs have run.

use super::latch::Latch;
use super::sample::{Clock, Sample};
use super::work::{Work, spin, steps};
use super::{Setup, finish};
use crate::contender::Pool;
use std::sync::Barrier;
use std::thread;

/// Submits jobs from some threads at once and waits for all of them.
pub(super) fn stream<P: Pool>(
    pool: P,
    setup: &Setup,
    producers: u64,
    jobs: u64,
    work: Work,
) -> Sample {
    // What a job does is decided here, once, so that an empty job is empty.
    match work {
        Work::None => stream_of(pool, producers, jobs, |_| ()),
        Work::Spin(duration) => {
            let steps = steps(duration);
            stream_of(pool, producers, jobs, move |_| spin(steps))
        }
        Work::Mixed { short, long, one_in } => {
            let (short, long, seed) = (steps(short), steps(long), setup.seed);
            stream_of(pool, producers, jobs, move |id| {
                let is_long = fastrand::Rng::with_seed(seed ^ id).u64(..one_in) == 0;
                spin(if is_long { long } else { short });
            })
        }
        Work::Sleep(duration) => stream_of(pool, producers, jobs, move |_| thread::sleep(duration)),
    }
}

fn stream_of<P: Pool>(
    pool: P,
    producers: u64,
    jobs: u64,
    work: impl Fn(u64) + Copy + Send + Sync + 'static,
) -> Sample {
    let latch = Latch::new(jobs);
    let submit_share_of = |producer| {
        for id in (producer..jobs).step_by(producers as usize) {
            pool.submit(move || {
                work(id);
                latch.ran(id);
            });
        }
    };
    let start = Barrier::new(producers as usize);
    let clock = thread::scope(|scope| {
        for producer in 1..producers {
            let (start, submit_share_of) = (&start, &submit_share_of);
            scope.spawn(move || {
                start.wait();
                submit_share_of(producer);
            });
        }
        start.wait();
        let clock = Clock::start();
        submit_share_of(0);
        clock
    });
    latch.wait();
    let sample = clock.per_job(jobs);
    finish(pool, latch);
    sample
}

/// Submits a few jobs, waits for them, and so on.
pub(super) fn bursts<P: Pool>(
    pool: P,
    _setup: &Setup,
    bursts: u64,
    jobs: u64,
    work: Work,
) -> Sample {
    let Work::Spin(duration) = work else { unreachable!("bursts are of jobs that compute") };
    let steps = steps(duration);
    let clock = Clock::start();
    let mut latches = Vec::new();
    for _ in 0..bursts {
        let latch = Latch::new(jobs);
        for id in 0..jobs {
            pool.submit(move || {
                spin(steps);
                latch.ran(id);
            });
        }
        latch.wait();
        latches.push(latch);
    }
    let sample = clock.per_job(bursts * jobs);
    super::counts::finish(pool, || ());
    latches.iter().for_each(|latch| latch.verify());
    sample
}
