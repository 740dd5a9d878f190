//! One slow job among fast ones: the Book's `/sleep`, and the pages that others ask for meanwhile.

use super::latch::Latch;
use super::metric::Metric;
use super::sample::{Clock, Sample, Span};
use super::work::{spin, steps};
use super::{Setup, finish};
use crate::contender::Pool;
use crate::stats::percentile;
use std::hint;
use std::sync::OnceLock;
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// What comes when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    /// How many fast jobs.
    pub(super) jobs: u64,
    /// How far apart.
    pub(super) gap: Duration,
    /// How long each computes.
    pub(super) work: Duration,
    /// How long the slow one sleeps. It comes after the first tenth of the fast ones.
    pub(super) sleep: Duration,
}

type Seen = (ThreadId, Duration, Duration);

/// Submits the scene in open loop and measures how late the fast jobs start.
pub(super) fn straggler<P: Pool>(pool: P, setup: &Setup, scene: Scene) -> Sample {
    let steps = steps(scene.work);
    let all = scene.jobs + 1;
    let slow = all / 10;
    let latch = Latch::new(all);
    // As with the latch: it outlives every job.
    let seen: &'static [OnceLock<Seen>] =
        (0..all).map(|_| OnceLock::new()).collect::<Vec<_>>().leak();
    let mut random = fastrand::Rng::with_seed(setup.seed);
    let mut meant = Vec::new();
    let mut next = Duration::ZERO;
    let clock = Clock::start();
    let start = Instant::now();
    for id in 0..all {
        next += scene.gap.mul_f64(0.5 + random.f64());
        while start.elapsed() < next {
            hint::spin_loop();
        }
        meant.push(next);
        pool.submit(move || {
            let began = start.elapsed();
            if id == slow {
                thread::sleep(scene.sleep)
            } else {
                spin(steps)
            }
            seen[id as usize]
                .set((thread::current().id(), began, start.elapsed()))
                .expect("each job runs once");
            latch.ran(id);
        });
    }
    latch.wait();
    let sleeps = clock.sleeps_per_job(all);
    finish(pool, latch);
    let spans = spans(seen, &meant);
    let mut delays: Vec<u64> = (0..)
        .zip(&spans)
        .filter(|(id, _)| *id != slow)
        .map(|(_, span)| span.start.saturating_sub(span.meant))
        .collect();
    delays.sort_unstable();
    let mut values = vec![
        (Metric::Median, percentile(&delays, 0.5)),
        (Metric::P99, percentile(&delays, 0.99)),
        (Metric::Max, percentile(&delays, 1.0)),
    ];
    values.extend(sleeps);
    Sample { values, delays, spans }
}

/// The jobs in the order of submission.
fn spans(seen: &[OnceLock<Seen>], meant: &[Duration]) -> Vec<Span> {
    let mut started: Vec<Seen> =
        seen.iter().map(|seen| *seen.get().expect("every job has run")).collect();
    started.sort_by_key(|(_, began, _)| *began);
    let mut workers: Vec<ThreadId> = Vec::new();
    for (worker, ..) in started {
        if !workers.contains(&worker) {
            workers.push(worker);
        }
    }
    let nanos = |duration: &Duration| duration.as_nanos() as u64;
    seen.iter()
        .zip(meant)
        .map(|(seen, meant)| {
            let (thread, start, end) = seen.get().expect("every job has run");
            let worker =
                workers.iter().position(|worker| worker == thread).expect("collected above");
            Span { worker, meant: nanos(meant), start: nanos(start), end: nanos(end) }
        })
        .collect()
}
