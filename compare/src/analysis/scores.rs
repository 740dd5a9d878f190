//! The scores of the strategies over a section and over all: mean ratios and first places.

use super::compare::{Comparison, Standing, confidence, ratios};
use super::sections::{SECTIONS, Section};
use super::stats::{Interval, geometric_mean, interval, median, median_interval};
use super::verdict::{LEAST_MARGIN, Verdict, margin};
use crate::data::{Group, Metric, Record, StrategyInfo};

/// The measurements of a section that have samples of every pool.
///
/// A mean over other measurements than those of the other strategies could not be compared with
/// theirs. So those of the real server count only if all strategies are queues.
#[derive(Clone, Debug)]
pub struct Scored<'a, 'r> {
    /// The heading of the section.
    pub title: &'static str,
    /// Its scored measurements.
    pub time: Vec<&'a Comparison<'r>>,
    /// The CPU time under the same workloads.
    pub cpu: Vec<&'a Comparison<'r>>,
}

impl Scored<'_, '_> {
    /// Returns the section without a workload.
    fn without(&self, workload: &str) -> Self {
        let keep = |one: &&Comparison<'_>| one.measurement.workload != workload;
        let mut rest = self.clone();
        rest.time.retain(keep);
        rest.cpu.retain(keep);
        rest
    }
}

/// The scores of all pools over some measurements, the fastest first.
#[derive(Clone, Debug)]
pub struct Scores {
    /// What the measurements have in common.
    pub title: &'static str,
    /// Number of measurements.
    pub measured: usize,
    /// The margin of equivalence of the means.
    pub margin: f64,
    /// The scores.
    pub list: Vec<Score>,
}

/// The score of one strategy.
#[derive(Clone, Debug)]
pub struct Score {
    /// The strategy.
    pub strategy: String,
    /// The group it belongs to.
    pub group: Group,
    /// Its mean time relative to the baseline's.
    pub time: Interval,
    /// Its mean CPU time relative to the baseline's, if that was measured.
    pub cpu: Option<Interval>,
    /// Its mean time relative to that of the first; of the first, relative to that of the second.
    /// `None` if it is alone.
    pub verdict: Option<Verdict>,
    /// Number of its first places.
    pub first: usize,
    /// Number of measurements in which it is neither first nor worse than the first.
    pub undecided: usize,
    /// Number of measurements in which it is worse than the best.
    pub worse: usize,
}

impl Scores {
    /// Returns the score of a strategy.
    pub fn of(&self, strategy: &str) -> Option<&Score> {
        self.list.iter().find(|one| one.strategy == strategy)
    }
}

fn pools(record: &Record) -> impl Iterator<Item = &StrategyInfo> {
    record.strategies.iter().filter(|one| one.group != Group::Reference)
}

/// Returns the sections that have scored measurements.
pub fn sections<'a, 'r>(record: &Record, comparisons: &'a [Comparison<'r>]) -> Vec<Scored<'a, 'r>> {
    let has_all = |one: &Comparison<'_>| {
        pools(record)
            .all(|pool| one.of(&pool.name).is_some_and(|estimate| estimate.ratio.is_some()))
    };
    let scored = |section: &Section| {
        let mut time = section.of(comparisons);
        time.retain(|one| one.measurement.metric.is_scored() && has_all(one));
        let is_beside = |one: &&Comparison<'_>| {
            let workload =
                |one: &Comparison<'_>| (one.measurement.workload.clone(), one.measurement.workers);
            one.measurement.metric == Metric::Cpu
                && time.iter().any(|time| workload(time) == workload(one))
        };
        let cpu = comparisons.iter().filter(is_beside).filter(|one| has_all(one)).collect();
        (!time.is_empty()).then_some(Scored { title: section.title, time, cpu })
    };
    SECTIONS.iter().filter_map(scored).collect()
}

/// Returns the scores over sections, each of which has one vote; `None` without measurements.
pub fn scores(record: &Record, title: &'static str, sections: &[Scored<'_, '_>]) -> Option<Scores> {
    let time: Vec<_> = sections.iter().map(|section| section.time.clone()).collect();
    let cpu: Vec<_> = sections.iter().map(|section| section.cpu.clone()).collect();
    let mut list: Vec<Score> =
        pools(record).filter_map(|pool| score(record, pool, &time, &cpu)).collect();
    list.sort_by(|a, b| a.time.middle.total_cmp(&b.time.middle));
    let margin = control(record, &time).map_or(LEAST_MARGIN, |control| margin(&control));
    let names: Vec<_> = list.iter().map(|one| one.strategy.clone()).collect();
    let confidence = confidence(names.len());
    for (place, score) in list.iter_mut().enumerate() {
        let Some(other) = names.get(usize::from(place == 0)) else { continue };
        let ratios = means(&time, |one| ratios_of(one, &names[place], other));
        score.verdict = Some(Verdict::of(&interval(&ratios, confidence), margin));
    }
    let measured = time.iter().map(Vec::len).sum();
    (!list.is_empty()).then_some(Scores { title, measured, margin, list })
}

fn score(
    record: &Record,
    pool: &StrategyInfo,
    time: &[Vec<&Comparison<'_>>],
    cpu: &[Vec<&Comparison<'_>>],
) -> Option<Score> {
    let mean = |groups: &[Vec<&Comparison<'_>>]| {
        let means = means(groups, |one| ratios_of(one, &pool.name, &record.settings.baseline));
        (!means.is_empty()).then(|| median_interval(&means))
    };
    let estimates: Vec<_> =
        time.iter().flatten().filter_map(|one| Some((one, one.of(&pool.name)?))).collect();
    let first = estimates.iter().filter(|(one, it)| one.is_first(it)).count();
    let worse = estimates.iter().filter(|(_, it)| it.standing == Standing::Worse).count();
    Some(Score {
        strategy: pool.name.clone(),
        group: pool.group,
        time: mean(time)?,
        cpu: mean(cpu),
        verdict: None,
        first,
        undecided: estimates.len() - first - worse,
        worse,
    })
}

/// Returns a strategy's ratios to another in one measurement, round by round.
pub(super) fn ratios_of(one: &Comparison<'_>, of: &str, to: &str) -> Vec<f64> {
    let samples = &one.measurement.samples;
    samples.get(of).zip(samples.get(to)).map_or_else(Vec::new, |(of, to)| ratios(of, to))
}

/// Returns the mean ratios of the control to the default strategy; `None` without a control.
pub(super) fn control(record: &Record, groups: &[Vec<&Comparison<'_>>]) -> Option<Vec<f64>> {
    let itself = record.default_strategy();
    let of = |one: &Comparison<'_>| {
        let samples = one.measurement.samples.get(itself);
        samples.map_or_else(Vec::new, |samples| ratios(&one.measurement.control, samples))
    };
    let means = means(groups, of);
    (!means.is_empty()).then_some(means)
}

/// Returns for each round the geometric mean over the groups of their geometric means.
pub(super) fn means(
    groups: &[Vec<&Comparison<'_>>],
    ratios: impl Fn(&Comparison<'_>) -> Vec<f64>,
) -> Vec<f64> {
    let groups: Vec<Vec<Vec<f64>>> = groups
        .iter()
        .filter(|group| !group.is_empty())
        .map(|group| group.iter().map(|one| ratios(one)).collect())
        .collect();
    let rounds = groups.iter().flatten().map(Vec::len).min().unwrap_or_default();
    let of_round = |round: usize| {
        let of_group = |group: &Vec<Vec<f64>>| {
            geometric_mean(&group.iter().map(|ratios| ratios[round]).collect::<Vec<_>>())
        };
        geometric_mean(&groups.iter().map(of_group).collect::<Vec<_>>())
    };
    (0..rounds).map(of_round).collect()
}

/// Returns the strategy with the lowest mean time.
fn fastest(record: &Record, sections: &[Scored<'_, '_>]) -> Option<String> {
    let time: Vec<_> = sections.iter().map(|section| section.time.clone()).collect();
    let mean = |pool: &StrategyInfo| {
        let means = means(&time, |one| ratios_of(one, &pool.name, &record.settings.baseline));
        (!means.is_empty()).then(|| (median(means), pool.name.clone()))
    };
    let fastest = pools(record).filter_map(mean).min_by(|a, b| a.0.total_cmp(&b.0));
    fastest.map(|(_, name)| name)
}

/// Returns the sections and workloads without which another strategy has the lowest mean time, each
/// with that strategy. The only workload of a section stands for no more than the section, and is left
/// out.
pub fn decisive(record: &Record, sections: &[Scored<'_, '_>]) -> Vec<(String, String)> {
    let Some(first) = fastest(record, sections) else { return Vec::new() };
    let mut decisive = Vec::new();
    let mut try_without = |what: String, rest: Vec<Scored<'_, '_>>| {
        if let Some(other) = fastest(record, &rest).filter(|other| *other != first) {
            decisive.push((what, other));
        }
    };
    for section in sections {
        let others = sections.iter().filter(|other| other.title != section.title);
        try_without(format!("“{}”", section.title), others.cloned().collect());
    }
    let is_alone =
        |workload: &str| sections.iter().any(|section| section.without(workload).time.is_empty());
    for workload in record.workloads.iter().map(|one| one.name.as_str()) {
        if !is_alone(workload) {
            let rest = sections.iter().map(|section| section.without(workload));
            try_without(workload.to_owned(), rest.collect());
        }
    }
    decisive
}

/// Returns the names of all strategies: the fastest first, those that are not ranked last.
pub fn row_order(record: &Record, comparisons: &[Comparison<'_>]) -> Vec<String> {
    let scores = scores(record, "", &sections(record, comparisons));
    let ranked = scores.into_iter().flat_map(|scores| scores.list);
    let mut rows: Vec<_> = ranked.map(|score| score.strategy).collect();
    for strategy in &record.strategies {
        if !rows.contains(&strategy.name) {
            rows.push(strategy.name.clone());
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::compare;
    use crate::data::fixture::{record, record_where};
    use crate::data::{Measurement, WorkloadInfo};

    fn total(record: &Record) -> Scores {
        let comparisons = compare(record);
        scores(record, "all", &sections(record, &comparisons)).expect("times were measured")
    }

    #[test]
    fn pools_are_ordered_by_mean_ratio() {
        let scores = total(&record());
        let names: Vec<_> = scores.list.iter().map(|score| score.strategy.as_str()).collect();
        let (first, rest) = names.split_at(2);
        assert!(first.contains(&"condvar") && first.contains(&"crossbeam"), "{names:?}");
        assert_eq!(rest, ["mpsc", "flume", "textbook"], "one-thread is not a pool");
        let Score { time, cpu, .. } = &scores.list[0];
        assert!((time.middle - 0.5).abs() < 0.01 && time.low < time.high, "{time:?}");
        assert!(cpu.is_some_and(|cpu| (cpu.middle - 0.5).abs() < 0.01), "{cpu:?}");
    }

    #[test]
    fn places_of_each_strategy_add_up() {
        let scores = total(&record());
        for score in &scores.list {
            let places = score.first + score.undecided + score.worse;
            assert_eq!(places, scores.measured, "{score:?}");
        }
        for (strategy, first) in
            [("condvar", scores.measured), ("crossbeam", scores.measured), ("mpsc", 0)]
        {
            assert_eq!(scores.of(strategy).map(|score| score.first), Some(first), "{strategy}");
        }
    }

    #[test]
    fn verdict_of_the_first_is_against_the_second() {
        let scores = total(&record());
        let verdicts: Vec<_> = scores.list.iter().filter_map(|score| score.verdict).collect();
        use Verdict::{Equivalent, Worse};
        assert_eq!(verdicts, [Equivalent, Equivalent, Worse, Worse, Worse]);
        let slower = |name: &str, _: &str| if name == "condvar" { 1.2 } else { 1.0 };
        assert_eq!(total(&record_where(1, slower)).list[0].verdict, Some(Verdict::Better));
    }

    #[test]
    fn measurements_without_all_pools_are_not_scored() {
        let mut record = record();
        let before = total(&record).measured;
        for measurement in record.measurements.iter_mut().filter(|one| one.workload == "drop") {
            measurement.samples.remove("flume");
        }
        let after = total(&record);
        assert_eq!((after.measured, after.list.len()), (before - 2, 5));
    }

    /// One strategy is far ahead in a single section, and slightly behind in all others.
    #[test]
    fn section_that_decides_the_winner_is_named() {
        let factor = |name: &str, workload: &str| match (name, workload) {
            ("condvar", "drop") => 0.05,
            ("condvar", _) => 1.2,
            _ => 1.0,
        };
        let record = record_where(1, factor);
        let comparisons = compare(&record);
        let found = decisive(&record, &sections(&record, &comparisons));
        let section = "“Lifecycle”".to_owned();
        assert_eq!(found, [(section, "crossbeam".to_owned())]);
    }

    #[test]
    fn workload_that_decides_the_winner_is_named() {
        let mut record = record_where(1, |name, _| if name == "condvar" { 1.2 } else { 1.0 });
        // The section has a second workload, in which the first is not ahead.
        record.workloads.push(WorkloadInfo { name: "start".into(), description: String::new() });
        let start = record_where(1, |name, _| if name == "condvar" { 0.05 } else { 1.0 });
        let start = start.measurements.into_iter().filter(|one| one.workload == "drop");
        record
            .measurements
            .extend(start.map(|one| Measurement { workload: "start".into(), ..one }));
        let comparisons = compare(&record);
        let found = decisive(&record, &sections(&record, &comparisons));
        let names: Vec<_> = found.iter().map(|(what, _)| what.as_str()).collect();
        assert_eq!(names, ["“Lifecycle”", "start"]);
    }

    /// A section with many workloads does not outvote one with few.
    #[test]
    fn each_section_has_one_vote() {
        let factor = |name: &str, workload: &str| match (name, workload) {
            ("flume", "empty-1") => 0.25,
            ("flume", "drop") => 4.0,
            _ => 1.0,
        };
        let mut record = record_where(1, factor);
        record.measurements.retain(|one| ["empty-1", "drop"].contains(&one.workload.as_str()));
        let flume = |record: &Record| total(record).of("flume").expect("it took part").time.middle;
        let before = flume(&record);
        // The section of empty jobs has a second workload with the same figures.
        let twice: Vec<_> =
            record.measurements.iter().filter(|one| one.workload == "empty-1").cloned().collect();
        record.measurements.extend(twice.into_iter().map(|mut one| {
            one.workload = "empty-2".to_owned();
            one
        }));
        assert!((flume(&record) / before - 1.0).abs() < 1e-9);
    }
}
