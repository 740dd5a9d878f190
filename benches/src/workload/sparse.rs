//! Jobs that come one by one to a pool that sleeps, from a submitter that sleeps as well.
//!
//! A submitter that spins until the next job keeps a core busy, and so hides what a strategy's
//! spinning costs. This one leaves the core to whoever wants it.

use super::latch::Latch;
use super::metric::Metric;
use super::sample::{Clock, Sample, nanos};
use super::{Setup, finish};
use crate::contender::Pool;
use crate::stats::percentile;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Submits jobs at random times, with exponential gaps of that mean, and measures how late each
/// starts.
///
/// Delay counts from the intended time: a submitter that wakes late makes its jobs late, not fewer.
pub(super) fn sparse<P: Pool>(pool: P, setup: &Setup, jobs: u64, gap: Duration) -> Sample {
    let latch = Latch::new(jobs);
    // As with the latch: it outlives every job.
    let delays: &'static [AtomicU64] =
        (0..jobs).map(|_| AtomicU64::new(0)).collect::<Vec<_>>().leak();
    // The pool's threads run already and keep the timers that everybody's threads have.
    let precise = PreciseTimers::on();
    let mut intended = Duration::ZERO;
    let clock = Clock::start();
    let start = Instant::now();
    for (id, gap) in (0..jobs).zip(gaps(setup.seed, gap)) {
        intended += gap;
        thread::sleep(intended.saturating_sub(start.elapsed()));
        pool.submit(move || {
            let delay = start.elapsed().saturating_sub(intended);
            delays[id as usize].store(delay.as_nanos() as u64, Ordering::Relaxed);
            latch.ran(id);
        });
    }
    latch.wait();
    let (_, cpu) = clock.elapsed();
    let sleeps = clock.sleeps_per_job(jobs);
    drop(precise);
    let mut delays: Vec<u64> = delays.iter().map(|delay| delay.load(Ordering::Relaxed)).collect();
    delays.sort_unstable();
    finish(pool, latch);
    let mut values = vec![
        (Metric::Median, percentile(&delays, 0.5)),
        (Metric::P99, percentile(&delays, 0.99)),
        (Metric::Cpu, nanos(cpu) / jobs as f64),
    ];
    values.extend(sleeps);
    Sample { values, delays, ..Sample::default() }
}

/// Returns gaps whose lengths are distributed exponentially, as between events that know nothing of
/// each other.
fn gaps(seed: u64, mean: Duration) -> impl Iterator<Item = Duration> {
    let mut random = fastrand::Rng::with_seed(seed);
    std::iter::repeat_with(move || mean.mul_f64(-(1.0 - random.f64()).ln()))
}

/// Lets the calling thread wake when its sleep ends, until this is dropped.
///
/// Linux otherwise wakes it up to 50 µs later, to serve several timers at once. Threads inherit
/// this from the thread that starts them, so the next sample's pool must not find it set.
struct PreciseTimers {
    #[cfg(target_os = "linux")]
    before: Option<u64>,
}

#[cfg(target_os = "linux")]
impl PreciseTimers {
    fn on() -> Self {
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
    fn on() -> Self {
        Self {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_have_the_mean_and_spread_of_their_kind() {
        let mean = Duration::from_micros(60);
        let gaps: Vec<f64> =
            gaps(7, mean).take(20_000).map(|gap| nanos(gap) / nanos(mean)).collect();
        let average = gaps.iter().sum::<f64>() / gaps.len() as f64;
        assert!((average - 1.0).abs() < 0.03, "{average}");
        // Of an exponential distribution a share of 1/e is longer than the mean, and e^-3 longer
        // than three times that.
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
    fn timers_are_precise_until_the_sample_ends() {
        use nix::sys::prctl::get_timerslack;
        let before = get_timerslack();
        let precise = PreciseTimers::on();
        assert_eq!(get_timerslack(), Ok(1));
        drop(precise);
        assert_eq!(get_timerslack(), before);
    }
}
