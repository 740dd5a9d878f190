//! What the samples say: figures, ratios, and who is best.

use crate::contender::Side;
use crate::record::{Question, Record};
use crate::stats::{Interval, interval, median, median_interval, quartiles};

/// A difference smaller than this is not worth a word, however sure it is: the same program, linked
/// in another order or started once more, may show it. An interval does not know that, as it is of
/// one run.
pub const SMALLEST: f64 = 1.05;

/// How a contender stands in one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The lowest figure of all pools.
    Best,
    /// Not the lowest, but the rounds do not tell it from the lowest, or it is behind by less than
    /// [`SMALLEST`].
    Tied,
    /// Behind, or no pool at all.
    Behind,
}

/// What one contender's samples say on one question.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// Who.
    pub contender: String,
    /// The median of its samples.
    pub figure: f64,
    /// Between what the middle half of them lies.
    pub quartiles: (f64, f64),
    /// Its samples through the baseline's, round by round; `None` where a ratio says nothing.
    pub ratio: Option<Interval>,
    /// How it stands.
    pub standing: Standing,
}

impl Estimate {
    /// Whether the rounds do not tell it from the baseline.
    pub fn is_tied_with_baseline(&self) -> bool {
        self.ratio.is_some_and(|ratio| ratio.spans(1.0))
    }

    /// Whether it is best or may be.
    pub fn leads(&self) -> bool {
        self.standing != Standing::Behind
    }
}

/// One question with everybody's answer.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The question.
    pub question: &'a Question,
    /// The answers, in the record's order of contenders; who could not be asked is not here.
    pub estimates: Vec<Estimate>,
}

impl Judged<'_> {
    /// What one contender's samples say.
    pub fn of(&self, contender: &str) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.contender == contender)
    }

    /// The lowest of all.
    pub fn best(&self) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.standing == Standing::Best)
    }
}

/// Judges every question of a record.
pub fn judge(record: &Record) -> Vec<Judged<'_>> {
    record.questions.iter().map(|question| judge_one(record, question)).collect()
}

/// Ratios are taken within a round, where both met the same machine, and only then is the median
/// taken.
pub(crate) fn ratios(of: &[f64], to: &[f64]) -> Vec<f64> {
    of.iter().zip(to).map(|(of, to)| of / to).collect()
}

/// How sure an interval to the best of so many must be.
///
/// The best was picked for having been best, so one of many is likely to be it by luck, and each of
/// the others is compared with that luck: all of them together are to be wrong one time in twenty.
pub(crate) fn confidence(answers: usize) -> f64 {
    1.0 - 0.05 / answers.saturating_sub(1).max(1) as f64
}

fn judge_one<'a>(record: &'a Record, question: &'a Question) -> Judged<'a> {
    let seed = record.settings.seed;
    let baseline =
        question.samples.get(&record.settings.baseline).filter(|_| question.metric.has_ratio());
    let answers =
        record.contenders.iter().filter_map(|one| Some((one, question.samples.get(&one.name)?)));
    let mut estimates: Vec<_> = answers
        .map(|(one, values)| Estimate {
            contender: one.name.clone(),
            figure: median(values.iter().copied()),
            quartiles: quartiles(values),
            ratio: baseline.map(|baseline| median_interval(&ratios(values, baseline), seed)),
            standing: Standing::Behind,
        })
        .collect();
    let key = |estimate: &Estimate| estimate.ratio.map_or(estimate.figure, |ratio| ratio.middle);
    let is_model = |estimate: &Estimate| record.side(&estimate.contender) == Side::Model;
    let pools = (0..estimates.len()).filter(|index| !is_model(&estimates[*index]));
    let best = pools.min_by(|a, b| key(&estimates[*a]).total_cmp(&key(&estimates[*b])));
    if let Some(best) = best {
        estimates[best].standing = Standing::Best;
        let best_figure = estimates[best].figure;
        let of_best = &question.samples[&estimates[best].contender];
        let sure = confidence(estimates.iter().filter(|estimate| !is_model(estimate)).count());
        for estimate in estimates.iter_mut().filter(|estimate| !is_model(estimate)) {
            if estimate.standing == Standing::Behind && question.metric.has_ratio() {
                let to_best =
                    interval(&ratios(&question.samples[&estimate.contender], of_best), seed, sure);
                if to_best.low <= 1.0 || to_best.middle < SMALLEST {
                    estimate.standing = Standing::Tied;
                }
            } else if estimate.figure == best_figure && estimate.standing == Standing::Behind {
                estimate.standing = Standing::Tied;
            }
        }
    }
    Judged { question, estimates }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::record;
    use crate::workload::Metric;

    fn asked<'a>(judged: &'a [Judged<'a>], workload: &str, metric: Metric) -> &'a Judged<'a> {
        let is_asked =
            |one: &&Judged<'_>| one.question.workload == workload && one.question.metric == metric;
        judged.iter().find(is_asked).expect("it was asked")
    }

    #[test]
    fn ratios_are_those_of_the_costs() {
        let record = record();
        let judged = judge(&record);
        let empty = asked(&judged, "empty-1", Metric::Time);
        for (name, cost) in [("condvar", 0.5), ("textbook", 3.0), ("mpsc", 1.0)] {
            let ratio =
                empty.of(name).and_then(|estimate| estimate.ratio).expect("times have ratios");
            assert!((ratio.middle / cost - 1.0).abs() < 0.02, "{name}: {ratio:?}");
            assert!(ratio.high / ratio.low < 1.05, "{name}: {ratio:?}");
        }
    }

    #[test]
    fn the_baseline_is_tied_with_itself_and_with_nobody_far_away() {
        let record = record();
        let judged = judge(&record);
        let tied: Vec<_> = (asked(&judged, "drop", Metric::Time).estimates.iter())
            .filter(|estimate| estimate.is_tied_with_baseline())
            .map(|estimate| estimate.contender.as_str())
            .collect();
        assert_eq!(tied, ["mpsc"]);
    }

    #[test]
    fn who_is_half_a_percent_behind_in_three_percent_of_noise_is_tied_for_best() {
        let record = record();
        let judged = judge(&record);
        let drop = asked(&judged, "drop", Metric::Time);
        let leaders: Vec<_> = drop
            .estimates
            .iter()
            .filter(|one| one.leads())
            .map(|one| (one.contender.as_str(), one.standing))
            .collect();
        assert_eq!(leaders.iter().filter(|(_, standing)| *standing == Standing::Best).count(), 1);
        assert_eq!(
            leaders.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["condvar", "crossbeam"]
        );
    }

    /// Five contenders of the same cost, in few and noisy rounds: somebody is lowest by luck, and
    /// nobody is behind.
    #[test]
    fn luck_does_not_leave_equals_behind() {
        let behind: usize = (0..40)
            .map(|seed| {
                let mut random = fastrand::Rng::with_seed(seed);
                let mut record = record();
                record.questions.truncate(1);
                for values in record.questions[0].samples.values_mut() {
                    *values = (0..7).map(|_| 1.0 + random.f64()).collect();
                }
                let judged = judge(&record);
                let pools = judged[0]
                    .estimates
                    .iter()
                    .filter(|one| record.side(&one.contender) != Side::Model);
                pools.filter(|one| !one.leads()).count()
            })
            .sum();
        assert!(behind <= 10, "{behind} of 160 that were not lowest were called behind");
    }

    #[test]
    fn who_could_not_be_asked_has_no_estimate() {
        let record = record();
        assert!(asked(&judge(&record), "drop", Metric::Time).of("one-thread").is_none());
    }

    #[test]
    fn a_disturbed_round_falls_out_of_the_ratio() {
        let mut record = record();
        for question in &mut record.questions {
            question.samples.values_mut().for_each(|values| values[4] *= 7.0);
        }
        let judged = judge(&record);
        let ratio = asked(&judged, "empty-1", Metric::Time)
            .of("condvar")
            .and_then(|one| one.ratio)
            .expect("it has");
        assert!((ratio.middle - 0.5).abs() < 0.01 && ratio.high < 0.52, "{ratio:?}");
    }
}
