//! Slow jobs among fast ones: the Book's `/sleep` among requests for pages.

use super::arrivals::{Pause, delayed, gaps, jobs, submit_at};
use super::jobs::{Latch, spin, steps};
use super::meter::Clock;
use super::{Setup, finish};
use crate::data::{Metric, Sample, Span, first_seen};
use crate::pool::Pool;
use std::sync::OnceLock;
use std::thread::{self, ThreadId};
use std::time::Duration;

/// What a slow job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slow {
    /// Sleeps, and so occupies a worker but no core.
    Sleeps,
    /// Computes, and so occupies a core as well.
    Computes,
}

/// Mean gap between two jobs.
pub(super) const GAP: Duration = Duration::from_micros(50);
/// How long a fast job computes.
const FAST: Duration = Duration::from_micros(20);
/// How long a slow job lasts.
const SLOW: Duration = Duration::from_millis(5);
/// One job of so many is slow, so that the slow ones do not overlap: they are 10 ms apart.
const CYCLE: u64 = 200;
/// The place of the slow job in its cycle.
const PLACE: u64 = 20;

fn is_slow(id: u64) -> bool {
    id % CYCLE == PLACE
}

/// The worker of a job, its start and its end.
type Ran = (ThreadId, Duration, Duration);

/// Submits jobs with exponential gaps from a submitter that sleeps, and measures the delays of the
/// fast ones. The first slow job and the fast ones around it are the timeline.
pub(super) fn straggler<P: Pool>(pool: P, setup: &Setup, slow: Slow) -> Sample {
    let all = jobs(GAP, setup.scale).max(CYCLE);
    let (fast_steps, slow_steps) = (steps(FAST), steps(SLOW));
    let latch = Latch::new(all);
    // As the latch, it is never freed.
    let ran: &'static [OnceLock<Ran>] =
        (0..all).map(|_| OnceLock::new()).collect::<Vec<_>>().leak();
    let mut meant = Vec::new();
    let clock = Clock::start();
    submit_at(gaps(setup.seed, GAP).take(all as usize), Pause::Sleeps, |id, start, intended| {
        meant.push(intended);
        pool.submit(move || {
            let began = start.elapsed();
            match slow {
                Slow::Sleeps if is_slow(id) => thread::sleep(SLOW),
                Slow::Computes if is_slow(id) => spin(slow_steps),
                _ => spin(fast_steps),
            }
            ran[id as usize]
                .set((thread::current().id(), began, start.elapsed()))
                .expect("each job runs once");
            latch.ran(id);
        });
    });
    latch.wait();
    let metrics = [Metric::Median, Metric::P99, Metric::Max];
    let mut sample = delayed(&clock, all, &metrics, || delays(ran, &meant));
    finish(pool, &[latch]);
    if slow == Slow::Sleeps {
        sample.spans = spans(&ran[..CYCLE as usize], &meant);
    }
    sample
}

/// Returns the sorted delays of the fast jobs, in nanoseconds.
fn delays(ran: &[OnceLock<Ran>], meant: &[Duration]) -> Vec<u64> {
    let delay = |(ran, meant): (&OnceLock<Ran>, &Duration)| {
        let (_, began, _) = ran.get().expect("every job has run");
        nanos(began.saturating_sub(*meant))
    };
    let fast = (0..).zip(ran.iter().zip(meant)).filter(|(id, _)| !is_slow(*id));
    let mut delays: Vec<u64> = fast.map(|(_, one)| delay(one)).collect();
    delays.sort_unstable();
    delays
}

/// Returns the jobs in the order of submission.
fn spans(ran: &[OnceLock<Ran>], meant: &[Duration]) -> Vec<Span> {
    let ran: Vec<Ran> = ran.iter().map(|one| *one.get().expect("every job has run")).collect();
    let workers = first_seen(&ran, |(worker, began, _)| (*worker, *began));
    let span = |((thread, start, end), meant): (Ran, &Duration)| Span {
        worker: workers.iter().position(|worker| *worker == thread).expect("collected above"),
        meant: nanos(*meant),
        start: nanos(start),
        end: nanos(end),
    };
    ran.into_iter().zip(meant).map(span).collect()
}

fn nanos(duration: Duration) -> u64 {
    duration.as_nanos() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use hello::{CondvarQueue, ThreadPool};

    fn sample(slow: Slow) -> Sample {
        let pool = <ThreadPool<CondvarQueue> as Pool>::start(4);
        straggler(pool, &Setup { workers: 4, seed: 3, scale: 0.3 }, slow)
    }

    #[test]
    fn delays_are_those_of_fast_jobs() {
        let sample = sample(Slow::Computes);
        assert_eq!(sample.delays.len(), 600 - 3);
        assert!(sample.spans.is_empty() && sample.delays.is_sorted());
    }

    #[test]
    fn timeline_has_one_slow_job() {
        let spans = sample(Slow::Sleeps).spans;
        assert_eq!(spans.len() as u64, CYCLE);
        let slow = &spans[PLACE as usize];
        assert!(slow.end - slow.start >= nanos(SLOW));
        assert!(spans.iter().all(|span| span.worker < 4 && span.start >= span.meant));
    }
}
