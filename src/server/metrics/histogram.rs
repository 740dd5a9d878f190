//! A histogram of durations with logarithmic buckets. Each power of two has eight of them, so the
//! error of a percentile is at most an eighth.

use crate::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The lower bound of the first proper bucket, as a power of two in nanoseconds: a microsecond. One
/// bucket holds all shorter durations.
const FIRST: u32 = 10;

/// The upper bound of the last proper bucket, as a power of two in nanoseconds: eighteen minutes.
/// One bucket holds all longer durations.
const LAST: u32 = 40;

/// The number of buckets for each power of two, as a power of two.
const RESOLUTION: u32 = 3;

/// The number of buckets: the proper ones, one for shorter durations and one for longer ones.
const BUCKETS: usize = ((LAST - FIRST) << RESOLUTION) as usize + 2;

/// Counts that one thread writes and any thread may read.
pub(super) struct Histogram {
    counts: [AtomicU64; BUCKETS],
    /// The sum in nanoseconds.
    sum: AtomicU64,
    /// The longest duration in nanoseconds.
    max: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: [const { AtomicU64::new(0) }; BUCKETS],
            sum: AtomicU64::new(0),
            max: AtomicU64::new(0),
        }
    }
}

impl Histogram {
    /// Counts a duration. Only one thread may call this, so a load and a store replace an atomic
    /// addition.
    pub(super) fn record(&self, nanos: u64) {
        if nanos > self.max.load(Ordering::Relaxed) {
            self.max.store(nanos, Ordering::Relaxed);
        }
        let add = |word: &AtomicU64, more| {
            word.store(word.load(Ordering::Relaxed) + more, Ordering::Relaxed)
        };
        add(&self.counts[bucket(nanos)], 1);
        add(&self.sum, nanos);
    }
}

/// Returns the bucket of a duration.
fn bucket(nanos: u64) -> usize {
    let power = nanos.checked_ilog2().unwrap_or(0);
    match power {
        ..FIRST => 0,
        LAST.. => BUCKETS - 1,
        // Eight buckets for each power of two, selected by the three bits after the leading one.
        _ => {
            1 + ((nanos >> (power - RESOLUTION)) + (u64::from(power - FIRST) << RESOLUTION)
                - (1 << RESOLUTION)) as usize
        }
    }
}

/// Returns the lower bound of a bucket, which is the upper bound of the one before.
fn lower_bound(bucket: usize) -> u64 {
    match bucket.checked_sub(1) {
        None => 0,
        Some(place) => {
            let (power, digits) = (place >> RESOLUTION, place & ((1 << RESOLUTION) - 1));
            ((1 << RESOLUTION) + digits as u64) << (power as u32 + FIRST - RESOLUTION)
        }
    }
}

/// The sum of several workers' histograms at one moment.
pub(in crate::server) struct HistogramSnapshot {
    counts: [u64; BUCKETS],
    sum: u64,
    max: u64,
}

impl<'a> FromIterator<&'a Histogram> for HistogramSnapshot {
    fn from_iter<I: IntoIterator<Item = &'a Histogram>>(histograms: I) -> Self {
        let mut snapshot = Self { counts: [0; BUCKETS], sum: 0, max: 0 };
        for histogram in histograms {
            for (count, more) in snapshot.counts.iter_mut().zip(&histogram.counts) {
                *count += more.load(Ordering::Relaxed);
            }
            snapshot.sum += histogram.sum.load(Ordering::Relaxed);
            snapshot.max = snapshot.max.max(histogram.max.load(Ordering::Relaxed));
        }
        snapshot
    }
}

impl HistogramSnapshot {
    /// Returns how many durations were recorded.
    pub(in crate::server) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Returns the sum of the durations.
    pub(in crate::server) fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum)
    }

    /// Returns the duration that `share` of the recorded ones did not exceed, or `None` if there
    /// were none. It is never longer than the longest one recorded.
    pub(in crate::server) fn percentile(&self, share: f64) -> Option<Duration> {
        // Counts of more than 53 bits lose their last digits here, which changes no percentile
        // visibly.
        let rank = share * self.count() as f64;
        let mut below = 0;
        for (place, &count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            if (below + count) as f64 >= rank {
                let (from, to) = (lower_bound(place), lower_bound((place + 1).min(BUCKETS - 1)));
                let part = ((rank - below as f64) / count as f64).max(0.0);
                let nanos = from + (part * to.saturating_sub(from) as f64) as u64;
                return Some(Duration::from_nanos(nanos.min(self.max)));
            }
            below += count;
        }
        None
    }

    /// Returns upper bounds, each four times the one before, with how many durations were shorter.
    pub(in crate::server) fn cumulative(&self) -> impl Iterator<Item = (Duration, u64)> {
        (1..BUCKETS)
            .step_by(2 << RESOLUTION)
            .map(|end| (Duration::from_nanos(lower_bound(end)), self.counts[..end].iter().sum()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(durations: impl IntoIterator<Item = u64>) -> HistogramSnapshot {
        let histogram = Histogram::default();
        durations.into_iter().for_each(|nanos| histogram.record(nanos));
        HistogramSnapshot::from_iter([&histogram])
    }

    #[test]
    fn durations_lie_within_their_buckets() {
        for power in 0..63 {
            for nanos in [1 << power, (1 << power) + 1, (1 << power) * 3 / 2, (2 << power) - 1] {
                let place = bucket(nanos);
                assert!(lower_bound(place) <= nanos, "{nanos}");
                assert!(place == BUCKETS - 1 || nanos < lower_bound(place + 1), "{nanos}");
            }
        }
        assert_eq!((bucket(0), bucket(u64::MAX)), (0, BUCKETS - 1));
    }

    #[test]
    fn percentiles_are_right_to_an_eighth() {
        let snapshot = snapshot((1..=10_000).map(|n| n * 10_000));
        assert_eq!((snapshot.count(), snapshot.sum().as_millis()), (10_000, 500_050));
        for percent in [1, 10, 50, 90, 99, 100] {
            let found = snapshot.percentile(f64::from(percent) / 100.0).unwrap().as_micros() as f64;
            let exact = f64::from(percent) * 1000.0;
            assert!((found / exact - 1.0).abs() < 0.125, "p{percent}: {found} for {exact}");
        }
    }

    #[test]
    fn percentile_never_exceeds_the_longest_duration() {
        let five = Duration::from_secs(5);
        assert_eq!(snapshot([5_000_000_000]).percentile(0.99), Some(five));
        assert_eq!(snapshot([1_000, 5_000_000_000]).percentile(1.0), Some(five));
    }

    #[test]
    fn empty_histogram_has_no_percentile() {
        assert_eq!(snapshot([]).percentile(0.5), None);
        assert_eq!(snapshot([u64::MAX / 2]).percentile(0.5), Some(Duration::from_nanos(1 << LAST)));
    }

    #[test]
    fn cumulative_counts_rise_and_are_complete() {
        let snapshot = snapshot([500, 5_000, 5_000_000, 5_000_000_000]);
        let steps: Vec<_> = snapshot.cumulative().collect();
        assert!(
            steps.is_sorted_by_key(|(bound, _)| *bound)
                && steps.is_sorted_by_key(|(_, count)| *count)
        );
        assert_eq!((steps[0], steps.last().unwrap().1), ((Duration::from_nanos(1024), 1), 4));
        let before = |bound: Duration| steps.iter().rfind(|(other, _)| *other <= bound).unwrap().1;
        assert_eq!((before(Duration::from_millis(1)), before(Duration::from_secs(1))), (2, 3));
    }
}
