//! How long things took: counts by magnitude, eight to each power of two, which tell any percentile to an eighth.

use crate::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Everything shorter than two to this many nanoseconds, a microsecond, is counted together.
const FIRST: u32 = 10;

/// Everything from two to this many nanoseconds, eighteen minutes, likewise.
const LAST: u32 = 40;

/// How many buckets a power of two is divided into, as a power of two.
const FINE: u32 = 3;

/// These, a bucket for what is too short, and one for what is too long.
const BUCKETS: usize = ((LAST - FIRST) << FINE) as usize + 2;

/// Counts that one thread adds to and any may read.
pub(super) struct Histogram {
    counts: [AtomicU64; BUCKETS],
    /// The sum in nanoseconds.
    sum: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: [const { AtomicU64::new(0) }; BUCKETS], sum: AtomicU64::new(0) }
    }
}

impl Histogram {
    /// Counts one more. Only one thread may do so, which spares it atomic additions.
    pub(super) fn record(&self, nanos: u64) {
        let add = |word: &AtomicU64, more| word.store(word.load(Ordering::Relaxed) + more, Ordering::Relaxed);
        add(&self.counts[bucket(nanos)], 1);
        add(&self.sum, nanos);
    }
}

/// The bucket for a duration.
fn bucket(nanos: u64) -> usize {
    let power = nanos.checked_ilog2().unwrap_or(0);
    match power {
        ..FIRST => 0,
        LAST.. => BUCKETS - 1,
        // The power of two, then the digits after the first.
        _ => 1 + ((nanos >> (power - FINE)) + (u64::from(power - FIRST) << FINE) - (1 << FINE)) as usize,
    }
}

/// Where a bucket begins, and where the one before it ends.
fn start(bucket: usize) -> u64 {
    match bucket.checked_sub(1) {
        None => 0,
        Some(place) => {
            let (power, digits) = (place >> FINE, place & ((1 << FINE) - 1));
            ((1 << FINE) + digits as u64) << (power as u32 + FIRST - FINE)
        }
    }
}

/// Several workers' histograms added up.
pub(in crate::server) struct Tally {
    counts: [u64; BUCKETS],
    sum: u64,
}

impl<'a> FromIterator<&'a Histogram> for Tally {
    fn from_iter<I: IntoIterator<Item = &'a Histogram>>(histograms: I) -> Self {
        let mut tally = Self { counts: [0; BUCKETS], sum: 0 };
        for histogram in histograms {
            for (count, more) in tally.counts.iter_mut().zip(&histogram.counts) {
                *count += more.load(Ordering::Relaxed);
            }
            tally.sum += histogram.sum.load(Ordering::Relaxed);
        }
        tally
    }
}

impl Tally {
    /// How many there were.
    pub(in crate::server) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How long they took together.
    pub(in crate::server) fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum)
    }

    /// What `share` of them did not exceed; `None` if there were none.
    pub(in crate::server) fn percentile(&self, share: f64) -> Option<Duration> {
        // Counts of more than fifty bits would lose their last digits here, which nobody would miss.
        let rank = share * self.count() as f64;
        let mut below = 0;
        for (place, &count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            if (below + count) as f64 >= rank {
                let (from, to) = (start(place), start((place + 1).min(BUCKETS - 1)));
                let part = ((rank - below as f64) / count as f64).max(0.0);
                return Some(Duration::from_nanos(from + (part * to.saturating_sub(from) as f64) as u64));
            }
            below += count;
        }
        None
    }

    /// Bounds, each four times the one before, and how many were shorter.
    pub(in crate::server) fn cumulative(&self) -> impl Iterator<Item = (Duration, u64)> {
        (1..BUCKETS).step_by(2 << FINE).map(|end| (Duration::from_nanos(start(end)), self.counts[..end].iter().sum()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(durations: impl IntoIterator<Item = u64>) -> Tally {
        let histogram = Histogram::default();
        durations.into_iter().for_each(|nanos| histogram.record(nanos));
        Tally::from_iter([&histogram])
    }

    #[test]
    fn every_duration_has_the_bucket_between_whose_bounds_it_lies() {
        for power in 0..63 {
            for nanos in [1 << power, (1 << power) + 1, (1 << power) * 3 / 2, (2 << power) - 1] {
                let place = bucket(nanos);
                assert!(start(place) <= nanos, "{nanos}");
                assert!(place == BUCKETS - 1 || nanos < start(place + 1), "{nanos}");
            }
        }
        assert_eq!((bucket(0), bucket(u64::MAX)), (0, BUCKETS - 1));
    }

    #[test]
    fn percentiles_are_right_to_an_eighth() {
        let tally = tally((1..=10_000).map(|n| n * 10_000));
        assert_eq!((tally.count(), tally.sum().as_millis()), (10_000, 500_050));
        for percent in [1, 10, 50, 90, 99, 100] {
            let found = tally.percentile(f64::from(percent) / 100.0).unwrap().as_micros() as f64;
            let exact = f64::from(percent) * 1000.0;
            assert!((found / exact - 1.0).abs() < 0.125, "p{percent}: {found} for {exact}");
        }
    }

    #[test]
    fn of_nothing_there_is_no_percentile_and_the_longest_has_one() {
        assert_eq!(tally([]).percentile(0.5), None);
        assert_eq!(tally([u64::MAX / 2]).percentile(0.5), Some(Duration::from_nanos(1 << LAST)));
    }

    #[test]
    fn cumulative_counts_rise_and_miss_none() {
        let tally = tally([500, 5_000, 5_000_000, 5_000_000_000]);
        let steps: Vec<_> = tally.cumulative().collect();
        assert!(steps.is_sorted_by_key(|(bound, _)| *bound) && steps.is_sorted_by_key(|(_, count)| *count));
        assert_eq!((steps[0], steps.last().unwrap().1), ((Duration::from_nanos(1024), 1), 4));
        let before = |bound: Duration| steps.iter().rfind(|(other, _)| *other <= bound).unwrap().1;
        assert_eq!((before(Duration::from_millis(1)), before(Duration::from_secs(1))), (2, 3));
    }
}
