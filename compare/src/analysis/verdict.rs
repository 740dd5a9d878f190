//! The words for the result of a comparison, and the margin that they depend on.

use super::compare::ratios;
use super::stats::{CONFIDENCE, Interval, median_interval};
use crate::data::Measurement;

/// The smallest margin of equivalence. Two builds or two runs of the same program may differ by as
/// much, which the rounds of one run do not show.
pub const LEAST_MARGIN: f64 = 0.05;

/// The margin above which a control is too wide: nothing is equivalent, and a strategy is first only
/// if all others are worse. A measurement in which a strategy may differ from itself by so much cannot
/// show that two strategies are alike. A difference beyond the control's is still one.
pub const WIDE_MARGIN: f64 = 0.25;

/// What a ratio says of the first of two strategies. Lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval is below the margin.
    Better,
    /// The whole interval is inside the margin, and the control is not too wide.
    Equivalent,
    /// Anything else, so also every ratio without an interval of 95 %.
    Undecided,
    /// The whole interval is above the margin.
    Worse,
}

impl Verdict {
    /// Returns what a ratio says, given the margin: 0.05 reaches from 1/1.05 to 1.05.
    pub fn of(ratio: &Interval, margin: f64) -> Self {
        let (low, high) = ((1.0 + margin).recip(), 1.0 + margin);
        if ratio.coverage < CONFIDENCE {
            Self::Undecided
        } else if ratio.high < low {
            Self::Better
        } else if ratio.low > high {
            Self::Worse
        } else if low <= ratio.low && ratio.high <= high && margin <= WIDE_MARGIN {
            Self::Equivalent
        } else {
            Self::Undecided
        }
    }

    /// Returns the word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Equivalent => "equivalent",
            Self::Undecided => "undecided",
            Self::Worse => "worse",
        }
    }

    /// Returns the word with its preposition, to stand before the name of the other strategy.
    pub fn words(self) -> &'static str {
        match self {
            Self::Better => "better than",
            Self::Equivalent => "equivalent to",
            Self::Undecided => "undecided against",
            Self::Worse => "worse than",
        }
    }
}

/// Returns the margin of equivalence that a control shows: the ratios of one strategy to itself.
///
/// It is [`LEAST_MARGIN`], or wider if the interval of the ratios is not inside that.
pub fn margin(control: &[f64]) -> f64 {
    let itself = median_interval(control);
    LEAST_MARGIN.max(itself.high - 1.0).max(itself.low.recip() - 1.0)
}

/// Returns the margin that the control of a measurement shows relative to the default strategy, rounded
/// up to four digits behind the point; `None` without a control or ratios.
pub fn control_margin(measurement: &Measurement, default: &str) -> Option<f64> {
    let Measurement { metric, samples, control, .. } = measurement;
    let samples = samples.get(default).filter(|_| metric.has_ratio() && !control.is_empty())?;
    Some((margin(&ratios(control, samples)) * 1e4).ceil() / 1e4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(low: f64, high: f64, margin: f64) -> Verdict {
        Verdict::of(
            &Interval { low, middle: f64::midpoint(low, high), high, coverage: 0.96 },
            margin,
        )
    }

    #[test]
    fn nothing_is_equivalent_by_a_wide_control() {
        assert_eq!(of(0.9, 1.1, WIDE_MARGIN), Verdict::Equivalent);
        assert_eq!(of(0.99, 1.01, 0.26), Verdict::Undecided);
        assert_eq!(of(1.2, 1.5, 56.28), Verdict::Undecided);
        assert_eq!(of(2.0, 3.0, 0.9), Verdict::Worse, "it is beyond what the control shows");
        assert_eq!(of(0.2, 0.5, 0.9), Verdict::Better);
    }

    /// Returns ratios of a strategy with a factor to one without, each with two percent of noise.
    fn ratios(factor: f64, seed: u64) -> Vec<f64> {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut sample = || 1.0 + 0.04 * (random.f64() - 0.5);
        (0..20).map(|_| factor * sample() / sample()).collect()
    }

    #[test]
    fn each_word_has_its_place() {
        assert_eq!(of(0.80, 0.90, 0.05), Verdict::Better);
        assert_eq!(of(0.97, 1.04, 0.05), Verdict::Equivalent);
        assert_eq!(of(1.06, 1.20, 0.05), Verdict::Worse);
        for (low, high) in [(0.80, 0.97), (1.01, 1.07), (0.90, 1.20)] {
            assert_eq!(of(low, high, 0.05), Verdict::Undecided, "{low} to {high}");
        }
    }

    #[test]
    fn ten_percent_slower_is_worse_in_twenty_rounds() {
        for seed in 0..50 {
            let ratio = median_interval(&ratios(1.10, seed));
            let margin = margin(&ratios(1.0, seed + 100));
            assert_eq!(Verdict::of(&ratio, margin), Verdict::Worse, "{ratio:?}");
        }
    }

    #[test]
    fn same_samples_twice_are_equivalent() {
        for seed in 0..50 {
            let ratio = median_interval(&ratios(1.0, seed));
            assert_eq!(Verdict::of(&ratio, LEAST_MARGIN), Verdict::Equivalent, "{ratio:?}");
        }
        assert_eq!(Verdict::of(&median_interval(&[1.0; 20]), LEAST_MARGIN), Verdict::Equivalent);
    }

    #[test]
    fn wide_interval_is_undecided() {
        let ratios: Vec<f64> = (0..20).map(|round| 0.5 + 0.1 * f64::from(round)).collect();
        assert_eq!(Verdict::of(&median_interval(&ratios), LEAST_MARGIN), Verdict::Undecided);
    }

    #[test]
    fn too_few_rounds_decide_nothing() {
        for ratios in [[1.0; 5], [9.0; 5]] {
            let ratio = median_interval(&ratios);
            assert_eq!(Verdict::of(&ratio, LEAST_MARGIN), Verdict::Undecided);
        }
    }

    #[test]
    fn control_widens_the_margin_to_its_interval() {
        assert_eq!(margin(&[1.0; 9]), LEAST_MARGIN);
        for noisy in [[0.8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.25, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]] {
            assert!((margin(&noisy) - 0.25).abs() < 1e-12, "{}", margin(&noisy));
        }
    }
}
