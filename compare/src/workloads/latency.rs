//! How long it takes until a job starts.

use super::jobs::{Latch, spin, steps};
use super::meter::{Clock, Delays, delay_values, nanos};
use super::{Setup, finish};
use crate::data::{Metric, Sample, Span, first_seen};
use crate::pool::Pool;
use std::hint;
use std::sync::{OnceLock, mpsc};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

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
pub(super) fn round_trips<P: Pool>(pool: P, jobs: u64, waiter: Waiter) -> Sample {
    let latch = Latch::new(jobs);
    let (answer, answers) = mpsc::channel();
    let clock = Clock::start();
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
    let sample = clock.per_job(jobs);
    finish(pool, latch);
    sample
}

/// Spins until a job has run. Yields now and then, in case the worker needs this core.
fn spin_until_ran(latch: &Latch, id: u64) {
    let mut spins = 0_u32;
    while latch.count() <= id {
        spins += 1;
        if spins.is_multiple_of(4096) { thread::yield_now() } else { hint::spin_loop() }
    }
}

/// Submits jobs at random times, `gap` apart on average, and measures their delays. The submitter
/// spins in between.
///
/// A delay counts from the intended time, so that a late submitter makes its jobs late and not
/// fewer.
pub(super) fn open_loop<P: Pool>(pool: P, setup: &Setup, jobs: u64, gap: Duration) -> Sample {
    let latch = Latch::new(jobs);
    let delays = Delays::new(jobs);
    let mut random = fastrand::Rng::with_seed(setup.seed);
    let mut intended = Duration::ZERO;
    let clock = Clock::start();
    let start = Instant::now();
    for id in 0..jobs {
        intended += gap.mul_f64(0.5 + random.f64());
        spin_until(start, intended);
        pool.submit(move || {
            delays.store(id, start.elapsed().saturating_sub(intended));
            latch.ran(id);
        });
    }
    latch.wait();
    let metrics = [Metric::Median, Metric::P99, Metric::P999, Metric::Max];
    let sample = delayed(&clock, jobs, &metrics, || delays.sorted());
    finish(pool, latch);
    sample
}

fn spin_until(start: Instant, time: Duration) {
    while start.elapsed() < time {
        hint::spin_loop();
    }
}

/// Returns a sample of sorted delays, CPU time and context switches per job. The clock is read
/// before the delays are sorted.
pub(super) fn delayed(
    clock: &Clock,
    jobs: u64,
    metrics: &[Metric],
    delays: impl FnOnce() -> Vec<u64>,
) -> Sample {
    let (_, cpu) = clock.elapsed();
    let switches = clock.switches_per_job(jobs);
    let delays = delays();
    let mut values = delay_values(&delays, metrics);
    values.push((Metric::Cpu, nanos(cpu) / jobs as f64));
    values.extend(switches);
    Sample { values, delays, ..Sample::default() }
}

/// Submits jobs with exponential gaps of a mean length, and measures their delays from the intended
/// time. The submitter sleeps in between.
///
/// A submitter that spins keeps a core busy and so hides what a strategy's own spinning costs; this
/// one leaves the core to other threads.
pub(super) fn sparse<P: Pool>(pool: P, setup: &Setup, jobs: u64, gap: Duration) -> Sample {
    let latch = Latch::new(jobs);
    let delays = Delays::new(jobs);
    // The threads of the pool run already and keep ordinary timers.
    let precise = PreciseTimers::on();
    let mut intended = Duration::ZERO;
    let clock = Clock::start();
    let start = Instant::now();
    for (id, gap) in (0..jobs).zip(gaps(setup.seed, gap)) {
        intended += gap;
        thread::sleep(intended.saturating_sub(start.elapsed()));
        pool.submit(move || {
            delays.store(id, start.elapsed().saturating_sub(intended));
            latch.ran(id);
        });
    }
    latch.wait();
    let sample = delayed(&clock, jobs, &[Metric::Median, Metric::P99], || delays.sorted());
    drop(precise);
    finish(pool, latch);
    sample
}

/// Returns exponentially distributed gaps, as between independent events.
fn gaps(seed: u64, mean: Duration) -> impl Iterator<Item = Duration> {
    let mut random = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(move || mean.mul_f64(-(1.0 - random.f64()).ln()))
}

/// Sets the timer slack of the calling thread to 1 ns, until it is dropped.
///
/// By default, Linux delays the end of a sleep by up to 50 µs to serve several timers at once.
/// Threads inherit the slack from the thread that starts them, so it is reset before the next
/// sample's pool starts.
pub(crate) struct PreciseTimers {
    #[cfg(target_os = "linux")]
    before: Option<u64>,
}

#[cfg(target_os = "linux")]
impl PreciseTimers {
    pub(crate) fn on() -> Self {
        use nix::sys::prctl::{get_timerslack, set_timerslack};
        let before = get_timerslack().ok().and_then(|slack| u64::try_from(slack).ok());
        Self { before: before.filter(|_| set_timerslack(1).is_ok()) }
    }
}

#[cfg(target_os = "linux")]
impl Drop for PreciseTimers {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            let _ = nix::sys::prctl::set_timerslack(before);
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl PreciseTimers {
    pub(crate) fn on() -> Self {
        Self {}
    }
}

/// Fast jobs and one slow job, the straggler: the Book's `/sleep` among requests for pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene {
    /// Number of fast jobs.
    pub(super) jobs: u64,
    /// Mean gap between two jobs.
    pub(super) gap: Duration,
    /// How long a fast job computes.
    pub(super) work: Duration,
    /// How long the slow job sleeps. It is submitted after the first tenth of the fast ones.
    pub(super) sleep: Duration,
}

/// The worker of a job, its start and its end.
type Ran = (ThreadId, Duration, Duration);

/// Submits the jobs of a scene at random times and measures the delays of the fast ones.
pub(super) fn straggler<P: Pool>(pool: P, setup: &Setup, scene: Scene) -> Sample {
    let steps = steps(scene.work);
    let all = scene.jobs + 1;
    let slow = all / 10;
    let latch = Latch::new(all);
    // As the latch, it is never freed.
    let ran: &'static [OnceLock<Ran>] =
        (0..all).map(|_| OnceLock::new()).collect::<Vec<_>>().leak();
    let mut random = fastrand::Rng::with_seed(setup.seed);
    let mut meant = Vec::new();
    let mut next = Duration::ZERO;
    let clock = Clock::start();
    let start = Instant::now();
    for id in 0..all {
        next += scene.gap.mul_f64(0.5 + random.f64());
        spin_until(start, next);
        meant.push(next);
        pool.submit(move || {
            let began = start.elapsed();
            if id == slow {
                thread::sleep(scene.sleep)
            } else {
                spin(steps)
            }
            ran[id as usize]
                .set((thread::current().id(), began, start.elapsed()))
                .expect("each job runs once");
            latch.ran(id);
        });
    }
    latch.wait();
    let switches = clock.switches_per_job(all);
    finish(pool, latch);
    let spans = spans(ran, &meant);
    let fast = (0..).zip(&spans).filter(|(id, _)| *id != slow);
    let mut delays: Vec<u64> =
        fast.map(|(_, span)| span.start.saturating_sub(span.meant)).collect();
    delays.sort_unstable();
    let mut values = delay_values(&delays, &[Metric::Median, Metric::P99, Metric::Max]);
    values.extend(switches);
    Sample { values, delays, spans, ..Sample::default() }
}

/// Returns the jobs in the order of submission.
fn spans(ran: &[OnceLock<Ran>], meant: &[Duration]) -> Vec<Span> {
    let ran: Vec<Ran> = ran.iter().map(|one| *one.get().expect("every job has run")).collect();
    let workers = first_seen(&ran, |(worker, began, _)| (*worker, *began));
    let nanos = |duration: Duration| duration.as_nanos() as u64;
    let span = |((thread, start, end), meant): (Ran, &Duration)| Span {
        worker: workers.iter().position(|worker| *worker == thread).expect("collected above"),
        meant: nanos(*meant),
        start: nanos(start),
        end: nanos(end),
    };
    ran.into_iter().zip(meant).map(span).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_exponentially_distributed() {
        let mean = Duration::from_micros(60);
        let gaps: Vec<f64> =
            gaps(7, mean).take(20_000).map(|gap| nanos(gap) / nanos(mean)).collect();
        let average = gaps.iter().sum::<f64>() / gaps.len() as f64;
        assert!((average - 1.0).abs() < 0.03, "{average}");
        // A share of 1/e is longer than the mean, and e^-3 longer than three times the mean.
        for (than, share) in [(1.0, (-1.0_f64).exp()), (3.0, (-3.0_f64).exp())] {
            let longer = gaps.iter().filter(|gap| **gap > than).count() as f64 / gaps.len() as f64;
            assert!((longer - share).abs() < 0.015, "{longer} are longer than {than}");
        }
    }

    #[test]
    fn equal_seeds_have_equal_gaps() {
        let of = |seed| gaps(seed, Duration::from_micros(5)).take(10).collect::<Vec<_>>();
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn precise_timers_are_reset_when_dropped() {
        use nix::sys::prctl::get_timerslack;
        let before = get_timerslack();
        let precise = PreciseTimers::on();
        assert_eq!(get_timerslack(), Ok(1));
        drop(precise);
        assert_eq!(get_timerslack(), before);
    }
}
