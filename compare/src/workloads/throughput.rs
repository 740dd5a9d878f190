//! What many jobs cost: time, memory, and how the workers share them.

use super::jobs::{Latch, Work, spin, steps};
use super::lifecycle::occupied;
use super::meter::{Clock, Total};
use super::{Setup, finish};
use crate::data::{Metric, Sample};
use crate::pool::Pool;
use std::collections::HashMap;
use std::fs;
use std::hint::black_box;
use std::sync::{Arc, Barrier, OnceLock};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Submits jobs from several threads at once and waits for all of them.
pub(super) fn stream<P: Pool>(
    pool: P,
    setup: &Setup,
    submitters: u64,
    jobs: u64,
    work: Work,
) -> Sample {
    // The work is chosen here, once, so that an empty job contains no branch.
    let shape = (setup, submitters, jobs);
    match work {
        Work::None => stream_of(pool, shape, |_| || ()),
        Work::Spin(duration) => {
            let steps = steps(duration);
            stream_of(pool, shape, move |_| move || spin(steps))
        }
        Work::Mixed { short, long, one_in } => {
            let (short, long, seed) = (steps(short), steps(long), setup.seed);
            stream_of(pool, shape, move |id| {
                move || {
                    let is_long = fastrand::Rng::with_seed(seed ^ id).u64(..one_in) == 0;
                    spin(if is_long { long } else { short });
                }
            })
        }
        Work::Touch { bytes } => stream_of(pool, shape, move |id| {
            let written = vec![id as u8; bytes];
            move || touch(written)
        }),
        Work::Sleep(duration) => stream_of(pool, shape, move |_| move || thread::sleep(duration)),
    }
}

/// Changes every byte of a buffer, sums them, and frees the buffer.
fn touch(mut bytes: Vec<u8>) {
    bytes.iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
    black_box(bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>());
}

/// Runs batches of jobs. `prepare` makes the work of a job on its submitter.
fn stream_of<P: Pool, W: FnOnce() + Send + 'static>(
    pool: P,
    (setup, submitters, jobs): (&Setup, u64, u64),
    prepare: impl Fn(u64) -> W + Sync,
) -> Sample {
    let mut total = Total::start(setup);
    let mut latches = Vec::new();
    while total.goes_on() {
        let latch = Latch::new(jobs);
        let clock = submitted(&pool, submitters, latch, jobs, &prepare);
        latch.wait();
        total.add_since(&clock, jobs);
        latches.push(latch);
    }
    let sample = total.per_job();
    finish(pool, &latches);
    sample
}

/// Submits the jobs of a batch from several threads at once. Returns a clock that has run since the
/// first could be submitted.
fn submitted<P: Pool, W: FnOnce() + Send + 'static>(
    pool: &P,
    submitters: u64,
    latch: &'static Latch,
    jobs: u64,
    prepare: &(impl Fn(u64) -> W + Sync),
) -> Clock {
    let submit_share_of = |submitter| {
        for id in (submitter..jobs).step_by(submitters as usize) {
            let work = prepare(id);
            pool.submit(move || {
                work();
                latch.ran(id);
            });
        }
    };
    let start = Barrier::new(submitters as usize);
    thread::scope(|scope| {
        for submitter in 1..submitters {
            let (start, submit_share_of) = (&start, &submit_share_of);
            scope.spawn(move || {
                start.wait();
                submit_share_of(submitter);
            });
        }
        start.wait();
        let clock = Clock::start();
        submit_share_of(0);
        clock
    })
}

/// Submits a burst of jobs, waits for it, and repeats.
pub(super) fn bursts<P: Pool>(pool: P, setup: &Setup, jobs: u64, work: Duration) -> Sample {
    let steps = steps(work);
    let mut total = Total::start(setup);
    let mut latches = Vec::new();
    while total.goes_on() {
        latches.push(total.add(jobs, || burst(&pool, jobs, steps)));
    }
    let sample = total.per_job();
    finish(pool, &latches);
    sample
}

/// Submits a burst of jobs and waits for it.
pub(super) fn burst<P: Pool>(pool: &P, jobs: u64, steps: u64) -> &'static Latch {
    let latch = Latch::new(jobs);
    for id in 0..jobs {
        pool.submit(move || {
            spin(steps);
            latch.ran(id);
        });
    }
    latch.wait();
    latch
}

/// Submits the root of a binary tree of jobs, which are numbered level by level, and repeats.
pub(super) fn tree<P: Pool>(pool: P, setup: &Setup, jobs: u64) -> Sample {
    let mut pool = Arc::new(pool);
    let mut total = Total::start(setup);
    let mut latches = Vec::new();
    while total.goes_on() {
        let latch = Latch::new(jobs);
        total.add(jobs, || {
            grow(Arc::clone(&pool), latch, 0, jobs);
            latch.wait();
        });
        latches.push(latch);
    }
    let sample = total.per_job();
    // Each job drops its handle before it is counted, but rayon's may still be returning from
    // `spawn`.
    let pool = loop {
        match Arc::try_unwrap(pool) {
            Ok(pool) => break pool,
            Err(shared) => pool = shared,
        }
        thread::yield_now();
    };
    finish(pool, &latches);
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

/// Submits jobs that note their worker, and compares the busiest worker with an equal share.
pub(super) fn imbalance<P: Pool>(pool: P, setup: &Setup, jobs: u64, work: Duration) -> Sample {
    let steps = steps(work);
    let latch = Latch::new(jobs);
    // As the latch, it is never freed.
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
    finish(pool, &[latch]);
    let mut shares: HashMap<ThreadId, u64> = HashMap::new();
    for worker in ran {
        *shares.entry(*worker.get().expect("every job has run")).or_default() += 1;
    }
    let busiest = shares.values().max().copied().unwrap_or_default();
    let equal = jobs as f64 / setup.workers as f64;
    Sample { values: vec![(Metric::Imbalance, busiest as f64 / equal)], ..Sample::default() }
}

/// Measures by how much the process grows while jobs wait.
///
/// It needs a subprocess: in a process that has measured before, the allocator has free memory.
pub(super) fn backlog<P: Pool>(pool: P, setup: &Setup, jobs: u64) -> Sample {
    let latch = Latch::new(jobs);
    let mut grown = None;
    occupied(&pool, setup.workers, || {
        let before = resident();
        for id in 0..jobs {
            pool.submit(move || latch.ran(id));
        }
        grown = resident().zip(before).map(|(after, before)| after.saturating_sub(before));
    });
    latch.wait();
    finish(pool, &[latch]);
    let values = grown.map(|bytes| (Metric::Memory, bytes as f64 / jobs as f64));
    Sample { values: values.into_iter().collect(), ..Sample::default() }
}

/// Returns the resident bytes of this process, to the page. (`statm` may be off by a batch for each
/// thread.)
fn resident() -> Option<u64> {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
