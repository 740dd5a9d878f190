//! Arrivals: jobs whose times do not depend on the pool, and how long each waits until it starts.
//!
//! A delay counts from the intended time, so that a late submitter makes its jobs late and not
//! fewer.

use super::jobs::{Latch, spin, steps};
use super::meter::{Clock, Delays, delay_values, nanos};
use super::{FULL, Setup, finish};
use crate::data::{Metric, Sample};
use crate::pool::Pool;
use std::f64::consts::TAU;
use std::time::{Duration, Instant};
use std::{hint, thread};

/// The mean computing time of a job of [`load`].
const WORK: Duration = Duration::from_micros(50);
/// The most jobs of a sample: their delays are kept.
const MOST: f64 = 20_000.0;

/// Returns whether a full sample with gaps of this mean has enough jobs for a 99th percentile.
pub(super) fn has_p99(gap: Duration) -> bool {
    gap <= Duration::from_micros(500)
}

/// Returns the number of jobs of a sample: those of its span, but in a full sample as many as its
/// percentiles need. Twenty have a median.
pub(super) fn jobs(gap: Duration, scale: f64) -> u64 {
    let least = if has_p99(gap) { Metric::P99.least_jobs() as f64 } else { 20.0 };
    let full = FULL.div_duration_f64(gap).round().clamp(least, MOST);
    (full * scale).max(10.0) as u64
}

/// Returns the mean gap between jobs of [`load`].
pub(super) fn gap_of_load(percent: u32) -> Duration {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    WORK.mul_f64(100.0 / f64::from(percent) / cores as f64)
}

/// How a submitter waits until the next job is due.
#[derive(Clone, Copy)]
pub(super) enum Pause {
    /// It has a core of its own, so that only the pool's part of a delay is measured.
    Spins,
    /// It leaves the core to other threads. One that spins hides what a strategy's own spinning
    /// costs.
    Sleeps,
}

/// Submits jobs about `gap` apart from a submitter that spins, and measures their delays.
pub(super) fn open_loop<P: Pool>(pool: P, setup: &Setup, gap: Duration) -> Sample {
    let mut random = fastrand::Rng::with_seed(setup.seed);
    let gaps = std::iter::repeat_with(move || gap.mul_f64(0.5 + random.f64()));
    delays_of(pool, setup, gap, gaps, Pause::Spins, |_| 0)
}

/// Submits jobs with exponential gaps from a submitter that sleeps, and measures their delays.
pub(super) fn sparse<P: Pool>(pool: P, setup: &Setup, gap: Duration) -> Sample {
    delays_of(pool, setup, gap, gaps(setup.seed, gap), Pause::Sleeps, |_| 0)
}

/// Submits jobs that compute for random times, so that together they use a share of the cores.
///
/// What the submitter and the pool compute comes on top.
pub(super) fn load<P: Pool>(pool: P, setup: &Setup, percent: u32) -> Sample {
    let gap = gap_of_load(percent);
    let times = service_times(setup.seed, WORK);
    let steps: Vec<u64> = times.take(jobs(gap, setup.scale) as usize).map(steps).collect();
    delays_of(pool, setup, gap, gaps(setup.seed, gap), Pause::Sleeps, |id| steps[id as usize])
}

fn delays_of<P: Pool>(
    pool: P,
    setup: &Setup,
    gap: Duration,
    gaps: impl Iterator<Item = Duration>,
    pause: Pause,
    steps: impl Fn(u64) -> u64,
) -> Sample {
    let jobs = jobs(gap, setup.scale);
    let latch = Latch::new(jobs);
    let delays = Delays::new(jobs);
    let clock = Clock::start();
    submit_at(gaps.take(jobs as usize), pause, |id, start, intended| {
        let steps = steps(id);
        pool.submit(move || {
            delays.store(id, start.elapsed().saturating_sub(intended));
            spin(steps);
            latch.ran(id);
        });
    });
    latch.wait();
    let metrics: &[_] =
        if has_p99(gap) { &[Metric::Median, Metric::P99] } else { &[Metric::Median] };
    let sample = delayed(&clock, jobs, metrics, || delays.sorted());
    finish(pool, &[latch]);
    sample
}

/// Calls `submit` with the number of a job, the start of the sample, and the time since then that is
/// intended for the job, at that time.
pub(super) fn submit_at(
    gaps: impl Iterator<Item = Duration>,
    pause: Pause,
    mut submit: impl FnMut(u64, Instant, Duration),
) {
    // The threads of the pool run already and keep ordinary timers.
    let _precise = matches!(pause, Pause::Sleeps).then(PreciseTimers::on);
    let mut intended = Duration::ZERO;
    let start = Instant::now();
    for (id, gap) in (0..).zip(gaps) {
        intended += gap;
        match pause {
            Pause::Spins => {
                while start.elapsed() < intended {
                    hint::spin_loop();
                }
            }
            Pause::Sleeps => thread::sleep(intended.saturating_sub(start.elapsed())),
        }
        submit(id, start, intended);
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

/// Returns exponentially distributed gaps, as between independent events.
pub(super) fn gaps(seed: u64, mean: Duration) -> impl Iterator<Item = Duration> {
    let mut random = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(move || mean.mul_f64(-(1.0 - random.f64()).ln()))
}

/// Returns log-normally distributed times, most shorter than the mean and some much longer, as those
/// of real requests: with a deviation of 1 in the exponent, one in a hundred is six times the mean.
fn service_times(seed: u64, mean: Duration) -> impl Iterator<Item = Duration> {
    // Independent of the gaps.
    let mut random = fastrand::Rng::with_seed(!seed);
    std::iter::repeat_with(move || {
        let (first, second) = (1.0 - random.f64(), random.f64());
        let normal = (-2.0 * first.ln()).sqrt() * (TAU * second).cos();
        mean.mul_f64((normal - 0.5).exp())
    })
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
    fn service_times_have_their_mean_and_a_tail() {
        let mean = Duration::from_micros(50);
        let mut times: Vec<f64> =
            service_times(7, mean).take(50_000).map(|time| nanos(time) / nanos(mean)).collect();
        times.sort_by(f64::total_cmp);
        let average = times.iter().sum::<f64>() / times.len() as f64;
        assert!((average - 1.0).abs() < 0.05, "{average}");
        for (share, expected) in [(0.5, (-0.5_f64).exp()), (0.99, (2.326_f64 - 0.5).exp())] {
            let quantile = times[(times.len() as f64 * share) as usize];
            assert!((quantile / expected - 1.0).abs() < 0.1, "{quantile} at {share}");
        }
    }

    #[test]
    fn equal_seeds_have_equal_arrivals() {
        let of = |seed| {
            let mean = Duration::from_micros(5);
            gaps(seed, mean).zip(service_times(seed, mean)).take(10).collect::<Vec<_>>()
        };
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }

    #[test]
    fn numbers_of_jobs_follow_the_gap() {
        let of = |micros, scale| jobs(Duration::from_micros(micros), scale);
        assert_eq!([of(1, 1.0), of(20, 1.0), of(250, 1.0)], [20_000, 5_000, 1_000]);
        assert_eq!([of(1_000, 1.0), of(10_000, 1.0)], [100, 20], "a median needs few");
        assert_eq!([of(50, 0.2), of(10_000, 0.2)], [400, 10]);
    }

    #[test]
    fn loads_use_their_share_of_the_cores() {
        let cores = thread::available_parallelism().map_or(1, usize::from) as f64;
        for percent in [10, 50, 95] {
            let used = WORK.div_duration_f64(gap_of_load(percent)) / cores;
            assert!((used * 100.0 - f64::from(percent)).abs() < 0.1, "{used}");
        }
    }

    #[test]
    fn submitters_are_never_early() {
        for pause in [Pause::Spins, Pause::Sleeps] {
            let mut submitted = 0;
            submit_at(gaps(7, Duration::from_micros(5)).take(50), pause, |id, start, intended| {
                assert!(id == submitted && start.elapsed() >= intended);
                submitted += 1;
            });
            assert_eq!(submitted, 50);
        }
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
