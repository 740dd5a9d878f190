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

/// An estimate with its confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The estimate.
    pub middle: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Returns whether the interval contains a value.
    pub fn spans(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Returns whether both intervals have a value in common.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

/// Number of resamples of a bootstrap.
const DRAWS: usize = 1_000;

/// Returns the median with its 95 % confidence interval.
///
/// The interval is a bootstrap: values are resampled with replacement, and 95 of 100 medians of such
/// resamples lie inside. It assumes no distribution. Equal values and seeds give equal intervals.
///
/// # Panics
///
/// Panics if there are no values.
pub fn median_interval(values: &[f64], seed: u64) -> Interval {
    interval(values, seed, 0.95)
}

/// Returns the median with a confidence interval of another level than 95 %.
///
/// # Panics
///
/// Panics if there are no values.
pub fn interval(values: &[f64], seed: u64, confidence: f64) -> Interval {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = median(sorted.iter().copied());
    let mut random = fastrand::Rng::with_seed(seed);
    // Ranks are drawn instead of values, as they sort faster; the value of the middle rank is the
    // median.
    let mut ranks = vec![0_usize; sorted.len()];
    let half = ranks.len() / 2;
    let mut medians: Vec<f64> = (0..DRAWS)
        .map(|_| {
            ranks.fill_with(|| random.usize(..sorted.len()));
            ranks.sort_unstable();
            let below = if ranks.len() % 2 == 1 { half } else { half - 1 };
            f64::midpoint(sorted[ranks[below]], sorted[ranks[half]])
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    let outside = (DRAWS as f64 * (1.0 - confidence) / 2.0).round() as usize;
    Interval { low: medians[outside], middle, high: medians[DRAWS - 1 - outside] }
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
    fn constant_values_have_a_point_interval() {
        let sure = Interval { low: 2.0, middle: 2.0, high: 2.0 };
        assert_eq!(median_interval(&[2.0; 9], 1), sure);
        assert!(sure.spans(2.0) && !sure.spans(1.0));
    }

    #[test]
    fn interval_is_as_wide_as_theory_says() {
        // Theory for the values 1 to 99: 50 ± 1.96 * sqrt(99) / 2.
        let values: Vec<f64> = (1..=99).map(f64::from).collect();
        let interval = median_interval(&values, 7);
        assert_eq!(interval.middle, 50.0);
        assert!((interval.low - 40.2).abs() < 2.5, "{interval:?}");
        assert!((interval.high - 59.8).abs() < 2.5, "{interval:?}");
    }

    #[test]
    fn one_outlier_moves_neither_median_nor_interval() {
        let mut values = vec![1.0; 14];
        values.push(1_000.0);
        assert_eq!(median_interval(&values, 3), Interval { low: 1.0, middle: 1.0, high: 1.0 });
    }

    #[test]
    fn interval_is_the_same_for_equal_seeds() {
        let values = [1.0, 1.5, 0.9, 1.1, 1.3];
        assert_eq!(median_interval(&values, 5), median_interval(&values, 5));
    }

    #[test]
    fn interval_covers_the_median_as_often_as_stated() {
        let mut random = fastrand::Rng::with_seed(1);
        let covered = (0..200)
            .filter(|seed| {
                let values: Vec<f64> = (0..15).map(|_| random.f64()).collect();
                median_interval(&values, *seed).spans(0.5)
            })
            .count();
        assert!((180..=198).contains(&covered), "{covered} of 200");
    }

    #[test]
    fn intervals_overlap_if_they_share_a_value() {
        let of = |low, high| Interval { low, middle: low, high };
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
