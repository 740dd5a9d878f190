//! Medians, means and confidence intervals.

/// Returns the median; of an even number of values, the mean of the two in the middle.
///
/// # Panics
///
/// Panics if there are no values.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

/// Returns the geometric mean.
pub fn geometric_mean(values: &[f64]) -> f64 {
    (values.iter().map(|value| value.ln()).sum::<f64>() / values.len() as f64).exp()
}

/// A median with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The median.
    pub middle: f64,
    /// The upper end.
    pub high: f64,
    /// The probability that such an interval encloses the true median.
    pub coverage: f64,
}

impl Interval {
    /// Returns whether both intervals have a value in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

/// The confidence level of intervals, unless many of them must hold together.
pub const CONFIDENCE: f64 = 0.95;

/// Returns the median with its 95 % confidence interval.
///
/// # Panics
///
/// Panics if there are no values.
pub fn median_interval(values: &[f64]) -> Interval {
    interval(values, CONFIDENCE)
}

/// Returns the median with the shortest interval of a confidence level or more.
///
/// The ends are two of the values, the *k*-th lowest and the *k*-th highest. Each value is above the
/// true median with a probability of one half, so the binomial distribution gives the exact
/// coverage, whatever the distribution of the values. With few values no interval has the level; the
/// result is then the range of all values, and its coverage says so.
///
/// # Panics
///
/// Panics if there are no values.
pub fn interval(values: &[f64], confidence: f64) -> Interval {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (outside, coverage) = outside(sorted.len(), confidence);
    Interval {
        low: sorted[outside],
        middle: median(sorted.iter().copied()),
        high: sorted[sorted.len() - 1 - outside],
        coverage,
    }
}

/// Returns the coverage of the interval that so many values have at a confidence level.
pub fn coverage(values: usize, confidence: f64) -> f64 {
    outside(values, confidence).1
}

/// Returns how many of `n` values lie outside of the interval at each end, and its coverage.
fn outside(n: usize, confidence: f64) -> (usize, f64) {
    // The logarithm of the probability that exactly `below` values are below the median. The
    // probability itself would underflow for many values.
    let mut logarithm = n as f64 * 0.5_f64.ln();
    let mut tail = logarithm.exp();
    let mut found = (0, 1.0 - 2.0 * tail);
    for below in 1..n / 2 {
        logarithm += ((n - below + 1) as f64 / below as f64).ln();
        tail += logarithm.exp();
        if 1.0 - 2.0 * tail < confidence {
            break;
        }
        found = (below, 1.0 - 2.0 * tail);
    }
    (found.0, found.1.max(0.0))
}

/// Returns the first and the third quartile.
///
/// # Panics
///
/// Panics if there are no values.
pub fn quartiles(values: &[f64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let rank = share * (sorted.len() - 1) as f64;
        let (below, above) = (sorted[rank.floor() as usize], sorted[rank.ceil() as usize]);
        below + (above - below) * rank.fract()
    };
    (at(0.25), at(0.75))
}

/// Returns the distance between the quartiles relative to the median.
///
/// # Panics
///
/// Panics if there are no values.
pub fn spread(values: &[f64]) -> f64 {
    let (low, high) = quartiles(values);
    (high - low) / median(values.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_enclose_the_middle_half() {
        assert_eq!(quartiles(&[5.0, 1.0, 4.0, 2.0, 3.0]), (2.0, 4.0));
        assert_eq!(quartiles(&[7.0]), (7.0, 7.0));
        assert_eq!(spread(&[5.0, 1.0, 4.0, 2.0, 3.0]), 2.0 / 3.0);
    }

    #[test]
    fn interval_has_the_ranks_of_the_tables() {
        // The published ranks for the median, at 95 % and at 99 %.
        for (n, confidence, rank) in
            [(6, 0.95, 1), (9, 0.95, 2), (15, 0.95, 4), (20, 0.95, 6), (8, 0.99, 1), (20, 0.99, 4)]
        {
            let values: Vec<f64> = (1..=n).map(f64::from).collect();
            let interval = interval(&values, confidence);
            assert_eq!((interval.low, interval.high), (f64::from(rank), f64::from(n + 1 - rank)));
            assert!(interval.coverage >= confidence, "{interval:?}");
        }
    }

    #[test]
    fn coverage_is_exact() {
        for (n, exact) in [(1, 0.0), (5, 0.9375), (6, 0.96875), (9, 0.9609375)] {
            assert!((coverage(n, CONFIDENCE) - exact).abs() < 1e-12, "{n} values");
        }
        assert!((coverage(20, CONFIDENCE) - 0.958_61).abs() < 1e-5);
    }

    #[test]
    fn five_values_have_no_interval_of_95_percent() {
        let range = median_interval(&[3.0, 1.0, 2.0, 5.0, 4.0]);
        assert_eq!((range.low, range.high), (1.0, 5.0));
        assert!(range.coverage < CONFIDENCE);
    }

    #[test]
    fn thousands_of_values_have_a_narrow_interval() {
        // Theory: half plus or minus 1.96 standard deviations of a count.
        let (outside, coverage) = outside(60_000, CONFIDENCE);
        let normal = 30_000.0 - 1.96 * 60_000_f64.sqrt() / 2.0;
        assert!((outside as f64 - normal).abs() < 2.0 && coverage < 0.951, "{outside}");
    }

    #[test]
    fn one_outlier_moves_neither_median_nor_interval() {
        let mut values = vec![1.0; 14];
        values.push(1_000.0);
        let Interval { low, middle, high, .. } = median_interval(&values);
        assert_eq!((low, middle, high), (1.0, 1.0, 1.0));
    }

    #[test]
    fn interval_covers_the_median_as_often_as_stated() {
        let mut random = fastrand::Rng::with_seed(1);
        let covers = |_: &usize| {
            let values: Vec<f64> = (0..15).map(|_| random.f64()).collect();
            let interval = median_interval(&values);
            interval.low <= 0.5 && 0.5 <= interval.high
        };
        let covered = (0..10_000).filter(covers).count();
        assert!((9_560..=9_740).contains(&covered), "{covered} of 10,000; theory says 96.5 %");
    }

    #[test]
    fn intervals_overlap_if_they_share_a_value() {
        let of = |low, high| Interval { low, middle: low, high, coverage: 1.0 };
        assert!(of(1.0, 2.0).overlaps(&of(2.0, 3.0)));
        assert!(of(1.0, 4.0).overlaps(&of(2.0, 3.0)));
        assert!(!of(1.0, 2.0).overlaps(&of(2.1, 3.0)));
    }

    #[test]
    fn median_of_an_even_number_is_the_midpoint() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn geometric_mean_cancels_inverse_ratios() {
        assert!((geometric_mean(&[0.5, 2.0]) - 1.0).abs() < 1e-12);
    }
}
