//! What the samples say of each measurement: figures, ratios, and what is best.

use super::stats::{CONFIDENCE, Interval, interval, median, median_interval, quartiles};
use super::verdict::{LEAST_MARGIN, Verdict, WIDE_MARGIN};
use crate::data::{Group, Measurement, Record};

/// The standing of a strategy in one measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The best figure; if the control is too wide, only if all others are worse.
    Best,
    /// Equivalent to the best.
    Equivalent,
    /// Undecided against the best.
    Undecided,
    /// Worse than the best.
    Worse,
    /// Not ranked.
    Unranked,
}

impl Standing {
    /// Returns the standing of a strategy by its ratios to the best, round by round.
    fn against_best(ratio: &Interval, margin: f64) -> Self {
        match Verdict::of(ratio, margin) {
            // The best has the lowest median of the ratios to the baseline. Medians do not add up, so
            // another strategy may win against it.
            Verdict::Better | Verdict::Equivalent => Self::Equivalent,
            Verdict::Undecided => Self::Undecided,
            Verdict::Worse => Self::Worse,
        }
    }
}

/// The result of one strategy in one measurement.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// The strategy.
    pub strategy: String,
    /// The median of its samples.
    pub figure: f64,
    /// The first and the third quartile of its samples.
    pub quartiles: (f64, f64),
    /// Its samples relative to the baseline's, round by round; `None` if the metric has no ratio.
    pub ratio: Option<Interval>,
    /// Its samples relative to those of the best; `None` if it is not ranked.
    pub to_best: Option<Interval>,
    /// Its standing.
    pub standing: Standing,
}

impl Estimate {
    /// Returns what estimates are ordered by.
    fn key(&self) -> f64 {
        self.ratio.map_or(self.figure, |ratio| ratio.middle)
    }
}

/// The results of all strategies in one measurement.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// The measurement.
    pub measurement: &'a Measurement,
    /// The margin of equivalence.
    pub margin: f64,
    /// The results, in the record's order of strategies.
    pub estimates: Vec<Estimate>,
    /// The strategies whose samples have too few jobs for the metric, and how many jobs.
    pub too_few_jobs: Vec<(String, usize)>,
    /// The pool with the lowest ratio.
    lowest: Option<String>,
}

impl Comparison<'_> {
    /// Returns the result of a strategy.
    pub fn of(&self, strategy: &str) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.strategy == strategy)
    }

    /// Returns the result with the lowest ratio. It is the best, unless the control is too wide and
    /// another is not worse.
    pub fn lowest(&self) -> Option<&Estimate> {
        self.of(self.lowest.as_ref()?)
    }

    /// Returns whether the control differs from itself by so much that nothing is equivalent.
    pub fn is_too_wide(&self) -> bool {
        self.margin > WIDE_MARGIN
    }

    /// Returns whether a strategy has a first place: it is best, or equivalent to the best.
    pub fn is_first(&self, estimate: &Estimate) -> bool {
        matches!(estimate.standing, Standing::Best | Standing::Equivalent)
    }

    /// Returns the number of jobs of a sample that has too few for the metric.
    pub fn too_few_jobs_of(&self, strategy: &str) -> Option<usize> {
        self.too_few_jobs.iter().find(|(name, _)| name == strategy).map(|(_, jobs)| *jobs)
    }
}

/// Compares the strategies in every measurement of a record.
pub fn compare(record: &Record) -> Vec<Comparison<'_>> {
    record.measurements.iter().map(|measurement| comparison(record, measurement)).collect()
}

/// Returns the ratios of two strategies' samples within each round, in which both met the same
/// machine.
pub(crate) fn ratios(of: &[f64], to: &[f64]) -> Vec<f64> {
    of.iter().zip(to).map(|(of, to)| of / to).collect()
}

/// Returns the confidence level for intervals of ratios to the best of a number of results.
///
/// The best of many may be best by chance, and all others are compared with it. All intervals
/// together are wrong one time in twenty (Bonferroni's correction).
pub(super) fn confidence(results: usize) -> f64 {
    1.0 - (1.0 - CONFIDENCE) / results.saturating_sub(1).max(1) as f64
}

fn comparison<'a>(record: &'a Record, measurement: &'a Measurement) -> Comparison<'a> {
    let baseline = record
        .samples(measurement, &record.settings.baseline)
        .filter(|_| measurement.metric.has_ratio());
    let estimate = |name: &String| {
        let values = record.samples(measurement, name)?;
        Some(Estimate {
            strategy: name.clone(),
            figure: median(values.iter().copied()),
            quartiles: quartiles(values),
            ratio: baseline.map(|baseline| median_interval(&ratios(values, baseline))),
            to_best: None,
            standing: Standing::Unranked,
        })
    };
    let names = || record.strategies.iter().map(|one| &one.name);
    let mut one = Comparison {
        measurement,
        margin: measurement.margin.unwrap_or(LEAST_MARGIN),
        estimates: names().filter_map(estimate).collect(),
        too_few_jobs: names()
            .filter_map(|name| Some((name.clone(), record.too_few_jobs(measurement, name)?)))
            .collect(),
        lowest: None,
    };
    let pools = one.estimates.iter_mut();
    let mut pools: Vec<_> =
        pools.filter(|pool| record.group(&pool.strategy) != Group::Reference).collect();
    one.lowest = rank(&mut pools, measurement, one.margin);
    one
}

/// Returns the pool with the lowest ratio, and sets the standing of all. Of a metric without ratios,
/// only equal figures are equivalent, and the others are not ranked.
fn rank(pools: &mut [&mut Estimate], measurement: &Measurement, margin: f64) -> Option<String> {
    let confidence = confidence(pools.len());
    let best = pools.iter().enumerate().min_by(|(_, a), (_, b)| a.key().total_cmp(&b.key()));
    let (best, _) = best?;
    let best_figure = pools[best].figure;
    let best_samples = &measurement.samples[&pools[best].strategy];
    for pool in &mut *pools {
        if measurement.metric.has_ratio() {
            let ratios = ratios(&measurement.samples[&pool.strategy], best_samples);
            let to_best = interval(&ratios, confidence);
            pool.standing = Standing::against_best(&to_best, margin);
            pool.to_best = Some(to_best);
        } else if pool.figure == best_figure {
            pool.standing = Standing::Equivalent;
        }
    }
    let are_others_worse = (pools.iter().enumerate())
        .all(|(place, pool)| place == best || pool.standing == Standing::Worse);
    pools[best].standing = if margin <= WIDE_MARGIN || are_others_worse {
        Standing::Best
    } else {
        Standing::Undecided
    };
    Some(pools[best].strategy.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Metric;
    use crate::data::fixture::{record, record_where};

    fn of<'a>(
        comparisons: &'a [Comparison<'a>],
        workload: &str,
        metric: Metric,
    ) -> &'a Comparison<'a> {
        let is_it = |one: &&Comparison<'_>| {
            one.measurement.workload == workload && one.measurement.metric == metric
        };
        comparisons.iter().find(is_it).expect("it was measured")
    }

    #[test]
    fn ratios_are_those_of_the_costs() {
        let record = record();
        let comparisons = compare(&record);
        let empty = of(&comparisons, "empty-1", Metric::Time);
        for (name, cost) in [("condvar", 0.5), ("textbook", 3.0), ("mpsc", 1.0)] {
            let ratio =
                empty.of(name).and_then(|estimate| estimate.ratio).expect("times have ratios");
            assert!((ratio.middle / cost - 1.0).abs() < 0.02, "{name}: {ratio:?}");
            assert!(ratio.high / ratio.low < 1.05, "{name}: {ratio:?}");
        }
    }

    fn standing(record: &Record, workload: &str, strategy: &str) -> Standing {
        let comparisons = compare(record);
        of(&comparisons, workload, Metric::Time).of(strategy).expect("it took part").standing
    }

    /// One is half a percent behind, with three percent of noise.
    #[test]
    fn difference_within_the_margin_is_equivalent() {
        let mut leaders =
            [standing(&record(), "drop", "condvar"), standing(&record(), "drop", "crossbeam")];
        leaders.sort_by_key(|one| *one != Standing::Best);
        assert_eq!(leaders, [Standing::Best, Standing::Equivalent]);
        for strategy in ["mpsc", "flume", "textbook"] {
            assert_eq!(standing(&record(), "drop", strategy), Standing::Worse, "{strategy}");
        }
    }

    #[test]
    fn wide_margin_makes_a_difference_undecided_or_equivalent() {
        let slower = |name: &str, _: &str| if name == "crossbeam" { 1.15 } else { 1.0 };
        let mut record = record_where(1, slower);
        assert_eq!(standing(&record, "drop", "crossbeam"), Standing::Worse);
        for (margin, wanted) in
            [(0.15, Standing::Undecided), (0.2, Standing::Equivalent), (0.4, Standing::Undecided)]
        {
            record.measurements.iter_mut().for_each(|one| one.margin = Some(margin));
            assert_eq!(standing(&record, "drop", "crossbeam"), wanted);
        }
    }

    #[test]
    fn too_wide_control_gives_no_first_place() {
        let mut record = record();
        for (margin, places) in [(WIDE_MARGIN, 2), (0.26, 0)] {
            record.measurements.iter_mut().for_each(|one| one.margin = Some(margin));
            let comparisons = compare(&record);
            let drop = of(&comparisons, "drop", Metric::Time);
            let first = drop.estimates.iter().filter(|one| drop.is_first(one)).count();
            assert_eq!(first, places, "condvar and crossbeam are equivalent");
        }
    }

    #[test]
    fn first_despite_a_wide_control_is_far_ahead() {
        let ahead = |name: &str, _: &str| if name == "condvar" { 0.1 } else { 1.0 };
        let mut record = record_where(1, ahead);
        for (margin, wanted) in [(2.0, Standing::Best), (20.0, Standing::Undecided)] {
            record.measurements.iter_mut().for_each(|one| one.margin = Some(margin));
            assert_eq!(standing(&record, "drop", "condvar"), wanted);
        }
    }

    /// Five strategies of equal cost, in few and noisy rounds: one is lowest by chance.
    #[test]
    fn equal_strategies_are_seldom_worse() {
        let worse: usize = (0..40)
            .map(|seed| {
                let mut random = fastrand::Rng::with_seed(seed);
                let mut record = record();
                record.measurements.truncate(1);
                for values in record.measurements[0].samples.values_mut() {
                    *values = (0..7).map(|_| 1.0 + random.f64()).collect();
                }
                let comparisons = compare(&record);
                let estimates = comparisons[0].estimates.iter();
                estimates.filter(|one| one.standing == Standing::Worse).count()
            })
            .sum();
        assert!(worse <= 5, "{worse} of 160 that were not lowest were called worse");
    }

    #[test]
    fn percentile_from_too_few_jobs_is_empty() {
        let mut record = record();
        let jobs_of = |record: &mut Record, jobs: usize| {
            let curves = record.curves.iter_mut().filter(|curve| curve.strategy == "condvar");
            curves.for_each(|curve| curve.jobs = jobs * 15);
        };
        let of_condvar = |record: &Record| {
            let comparisons = compare(record);
            let one = of(&comparisons, "open-loop", Metric::P99);
            (one.of("condvar").is_some(), one.too_few_jobs_of("condvar"))
        };
        jobs_of(&mut record, 1_000);
        assert_eq!(of_condvar(&record), (true, None));
        jobs_of(&mut record, 999);
        assert_eq!(of_condvar(&record), (false, Some(999)));
        assert!(of(&compare(&record), "open-loop", Metric::Median).of("condvar").is_some());
    }

    #[test]
    fn strategy_without_samples_has_no_estimate() {
        let record = record();
        assert!(of(&compare(&record), "drop", Metric::Time).of("one-thread").is_none());
    }

    #[test]
    fn disturbed_round_does_not_change_the_ratio() {
        let mut record = record();
        for measurement in &mut record.measurements {
            measurement.samples.values_mut().for_each(|values| values[4] *= 7.0);
        }
        let comparisons = compare(&record);
        let ratio = of(&comparisons, "empty-1", Metric::Time)
            .of("condvar")
            .and_then(|one| one.ratio)
            .expect("times have ratios");
        assert!((ratio.middle - 0.5).abs() < 0.01 && ratio.high < 0.52, "{ratio:?}");
    }
}
