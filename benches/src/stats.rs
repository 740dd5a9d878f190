//! Medians, means, and how sure they are.

/// The middle of the values; of an even number of them, the mean of the two in the middle.
///
/// # Panics
///
/// Panics if there are none.
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

/// The value below which the given share of the sorted values lies.
///
/// # Panics
///
/// Panics if there are none.
pub fn percentile(sorted: &[u64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1] as f64
}

/// The mean of ratios.
pub fn geometric_mean(values: &[f64]) -> f64 {
    (values.iter().map(|value| value.ln()).sum::<f64>() / values.len() as f64).exp()
}

/// A value and between what it may well lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The value itself.
    pub middle: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether the value may just as well be this one.
    pub fn spans(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether both may have the same value.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

/// How often values are drawn anew for an interval.
const DRAWS: usize = 1_000;

/// The median with its 95 % interval.
///
/// The interval is a bootstrap: as many values as there are, drawn from them with repetition, have
/// a median of their own, and 95 of 100 such medians lie inside. It assumes no distribution. The
/// same values and seed give the same interval.
///
/// # Panics
///
/// Panics if there are no values.
pub fn median_interval(values: &[f64], seed: u64) -> Interval {
    interval(values, seed, 0.95)
}

/// The same for another share of the medians than 95 of 100.
///
/// # Panics
///
/// Panics if there are no values.
pub fn interval(values: &[f64], seed: u64, confidence: f64) -> Interval {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = median(sorted.iter().copied());
    let mut random = fastrand::Rng::with_seed(seed);
    // Places are drawn instead of values: they sort faster, and the value in the middle place is
    // the median.
    let mut places = vec![0_usize; sorted.len()];
    let half = places.len() / 2;
    let mut medians: Vec<f64> = (0..DRAWS)
        .map(|_| {
            places.fill_with(|| random.usize(..sorted.len()));
            places.sort_unstable();
            let below = if places.len() % 2 == 1 { half } else { half - 1 };
            f64::midpoint(sorted[places[below]], sorted[places[half]])
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    let outside = (DRAWS as f64 * (1.0 - confidence) / 2.0).round() as usize;
    Interval { low: medians[outside], middle, high: medians[DRAWS - 1 - outside] }
}

/// The values between which the middle half lies.
///
/// # Panics
///
/// Panics if there are none.
pub fn quartiles(values: &[f64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (sorted.len() - 1) as f64;
        let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        below + (above - below) * place.fract()
    };
    (at(0.25), at(0.75))
}

/// How far apart the middle half of the values is, as a share of their median.
///
/// # Panics
///
/// Panics if there are none.
pub fn spread(values: &[f64]) -> f64 {
    let (low, high) = quartiles(values);
    (high - low) / median(values.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_half_lies_between_the_quartiles() {
        assert_eq!(quartiles(&[5.0, 1.0, 4.0, 2.0, 3.0]), (2.0, 4.0));
        assert_eq!(quartiles(&[7.0]), (7.0, 7.0));
        assert_eq!(spread(&[5.0, 1.0, 4.0, 2.0, 3.0]), 2.0 / 3.0);
    }

    #[test]
    fn what_never_varies_is_sure() {
        let sure = Interval { low: 2.0, middle: 2.0, high: 2.0 };
        assert_eq!(median_interval(&[2.0; 9], 1), sure);
        assert!(sure.spans(2.0) && !sure.spans(1.0));
    }

    #[test]
    fn an_interval_is_as_wide_as_theory_says() {
        // Of 1 to 99 the 95 % interval of the median lies some ten values, one deviation's worth of
        // ranks twice, to each side: 50 ± 1.96 * sqrt(99) / 2.
        let values: Vec<f64> = (1..=99).map(f64::from).collect();
        let interval = median_interval(&values, 7);
        assert_eq!(interval.middle, 50.0);
        assert!((interval.low - 40.2).abs() < 2.5, "{interval:?}");
        assert!((interval.high - 59.8).abs() < 2.5, "{interval:?}");
    }

    #[test]
    fn one_bad_round_moves_neither_the_median_nor_the_interval() {
        let mut values = vec![1.0; 14];
        values.push(1_000.0);
        assert_eq!(median_interval(&values, 3), Interval { low: 1.0, middle: 1.0, high: 1.0 });
    }

    #[test]
    fn an_interval_is_the_same_every_time() {
        let values = [1.0, 1.5, 0.9, 1.1, 1.3];
        assert_eq!(median_interval(&values, 5), median_interval(&values, 5));
    }

    #[test]
    fn an_interval_covers_the_truth_as_often_as_it_says() {
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
    fn intervals_overlap_where_they_share_a_value() {
        let of = |low, high| Interval { low, middle: low, high };
        assert!(of(1.0, 2.0).overlaps(&of(2.0, 3.0)));
        assert!(of(1.0, 4.0).overlaps(&of(2.0, 3.0)));
        assert!(!of(1.0, 2.0).overlaps(&of(2.1, 3.0)));
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<u64> = (1..=100).collect();
        assert_eq!(percentile(&values, 0.5), 50.0);
        assert_eq!(percentile(&values, 0.99), 99.0);
        assert_eq!(percentile(&values[..1], 0.99), 1.0);
    }

    #[test]
    fn twice_as_fast_and_twice_as_slow_cancel_out() {
        assert!((geometric_mean(&[0.5, 2.0]) - 1.0).abs() < 1e-12);
    }
}
