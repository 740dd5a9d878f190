//! Whether two runs agree: on the first of each family, on first places, on ratios and on verdicts.

use super::compare::{Comparison, Estimate, Standing, compare, confidence, ratios};
use super::scores::{Score, scores, sections};
use super::stats::{CONFIDENCE, Interval, interval};
use super::verdict::Verdict;
use super::words::{bracketed, name, times};
use crate::data::{Condition, Group, Record};

/// The verdicts, in the order of rows and columns of [`Agreement::verdicts`].
pub const VERDICTS: [Verdict; 4] =
    [Verdict::Better, Verdict::Equivalent, Verdict::Undecided, Verdict::Worse];

/// What two runs have in common, and in what they differ.
#[derive(Debug, Default)]
pub struct Agreement {
    /// The families under a condition that both runs have, and those in which the first of one run is
    /// worse than the first of the other.
    pub families: Shared,
    /// The same of scored measurements.
    pub first_places: Shared,
    /// The number of ratios to the baseline that both runs have.
    pub ratios: usize,
    /// The number of those ratios of which each lies outside the interval of the other.
    pub ratios_outside: usize,
    /// How often a verdict of the first run, a row, is a verdict of the second, a column. Every
    /// strategy is compared with the baseline and with the best peer of either run.
    pub verdicts: [[usize; 4]; 4],
    /// The pairs that are better in one run and worse in the other.
    pub contradictions: Vec<String>,
}

/// What was compared in two runs.
#[derive(Debug, Default)]
pub struct Shared {
    /// How much.
    pub compared: usize,
    /// The disagreements, each in a line.
    pub disagreements: Vec<String>,
}

/// One measurement in both runs.
type Both<'a> = [(&'a Record, &'a Comparison<'a>); 2];

/// Compares two runs.
///
/// # Errors
///
/// Fails if the runs have different baselines, or no measurement in common.
pub fn agreement(one: &Record, other: &Record) -> Result<Agreement, String> {
    let (baseline, second) = (&one.settings.baseline, &other.settings.baseline);
    if baseline != second {
        return Err(format!(
            "the first run's baseline is {baseline} and the second's {second}: measure with the same"
        ));
    }
    let mut agreement = Agreement::default();
    for condition in one.conditions() {
        let records = [one.under(condition), other.under(condition)];
        let [a, b] = records.each_ref().map(compare);
        families(&mut agreement, condition, [(&records[0], &a), (&records[1], &b)]);
        for a in a.iter().filter(|one| one.measurement.metric.has_ratio()) {
            if let Some(b) = b.iter().find(|b| b.measurement.is_same_as(a.measurement)) {
                let both = [(&records[0], a), (&records[1], b)];
                first_places(&mut agreement, both);
                outside(&mut agreement, both);
                pairs(&mut agreement, both);
            }
        }
    }
    if agreement.ratios == 0 {
        return Err("the two runs have no measurement in common".to_owned());
    }
    Ok(agreement)
}

/// Compares the first of each family.
fn families(
    agreement: &mut Agreement,
    condition: Condition,
    runs: [(&Record, &Vec<Comparison<'_>>); 2],
) {
    let [a, b] = runs.map(|(record, comparisons)| {
        let of_section = |one| scores(record, "", std::slice::from_ref(one));
        let sections = sections(record, comparisons);
        let scores = sections.iter().map(|one| (one.title, of_section(one)));
        scores.filter_map(|(title, scores)| Some((title, scores?.list))).collect::<Vec<_>>()
    });
    for (title, here) in a {
        let Some((_, there)) = b.iter().find(|(other, _)| *other == title) else { continue };
        let [first, then] = [&here[0].strategy, &there[0].strategy];
        let is_worse = |run: &[Score], strategy: &str| {
            let score = run[1..].iter().find(|score| score.strategy == strategy);
            score.is_some_and(|score| score.verdict == Some(Verdict::Worse))
        };
        agreement.families.compared += 1;
        if is_worse(&here, then) || is_worse(there, first) {
            let line = format!("{title}, {condition}: {first}, then {then}");
            agreement.families.disagreements.push(line);
        }
    }
}

/// Compares the first places of a scored measurement: the runs agree unless the first of one is worse
/// than the first of the other.
fn first_places(agreement: &mut Agreement, [(_, a), (_, b)]: Both<'_>) {
    let Some((first, then)) = a.lowest().zip(b.lowest()) else { return };
    let Some((before, after)) = a.of(&then.strategy).zip(b.of(&first.strategy)) else { return };
    if !a.measurement.metric.is_scored() {
        return;
    }
    agreement.first_places.compared += 1;
    if [before, after].iter().any(|one| one.standing == Standing::Worse) {
        let behind = |one: &Estimate| one.to_best.map_or(String::new(), |it| times(it.middle));
        agreement.first_places.disagreements.push(format!(
            "{}: {} ({} {}), then {} ({} {})",
            name(a.measurement),
            first.strategy,
            then.strategy,
            behind(before),
            then.strategy,
            first.strategy,
            behind(after)
        ));
    }
}

/// Counts the ratios to the baseline of which each lies outside the interval of the other.
fn outside(agreement: &mut Agreement, [(record, a), (_, b)]: Both<'_>) {
    for one in a.estimates.iter().filter(|one| one.strategy != record.settings.baseline) {
        let other = b.of(&one.strategy).and_then(|other| other.ratio);
        let Some((one, other)) = one.ratio.zip(other) else { continue };
        let is_outside = |it: Interval, of: Interval| it.middle < of.low || it.middle > of.high;
        agreement.ratios += 1;
        agreement.ratios_outside += usize::from(is_outside(one, other) && is_outside(other, one));
    }
}

/// Counts the verdicts on each strategy, relative to the baseline and to the best peer of either run.
fn pairs(agreement: &mut Agreement, both: Both<'_>) {
    let [(record, a), _] = both;
    let peers = both.iter().filter_map(|(record, one)| best_peer(record, one));
    let mut to: Vec<&str> = peers.chain([record.settings.baseline.as_str()]).collect();
    to.sort_unstable();
    to.dedup();
    for of in a.estimates.iter().map(|one| one.strategy.as_str()) {
        // Of two strategies that each other is compared with, one direction is enough.
        for to in to.iter().filter(|one| **one != of && !(to.contains(&of) && **one < of)) {
            let [one, other] = both.map(|(record, one)| verdict(record, one, of, to));
            let Some(((one, here), (other, there))) = one.zip(other) else { continue };
            let place = |verdict| VERDICTS.iter().position(|one| *one == verdict);
            let places = place(one).zip(place(other)).expect("the list has all verdicts");
            agreement.verdicts[places.0][places.1] += 1;
            if matches!(
                (one, other),
                (Verdict::Better, Verdict::Worse) | (Verdict::Worse, Verdict::Better)
            ) {
                let [here, there] = [here, there].map(|ratio| bracketed(&ratio));
                let measurement = name(a.measurement);
                agreement
                    .contradictions
                    .push(format!("{measurement}: {of} has {here} that of {to}, then {there}"));
            }
        }
    }
}

fn best_peer<'a>(record: &Record, one: &'a Comparison<'_>) -> Option<&'a str> {
    let peers = one.estimates.iter().filter(|it| record.group(&it.strategy) == Group::Peer);
    let with_ratio = peers.filter_map(|one| Some((one.ratio?.middle, one.strategy.as_str())));
    with_ratio.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

/// Returns what a run says of a strategy relative to another. A best peer is the best of many, so the
/// interval is as wide as for a best.
fn verdict(
    record: &Record,
    one: &Comparison<'_>,
    of: &str,
    to: &str,
) -> Option<(Verdict, Interval)> {
    let samples = |strategy| record.samples(one.measurement, strategy);
    let pools = one.estimates.iter().filter(|estimate| estimate.to_best.is_some()).count();
    let is_baseline = to == record.settings.baseline;
    let confidence = if is_baseline { CONFIDENCE } else { confidence(pools) };
    let ratio = interval(&ratios(samples(of)?, samples(to)?), confidence);
    Some((Verdict::of(&ratio, one.margin), ratio))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::{record, record_where};

    fn with(other: &Record) -> Agreement {
        agreement(&record(), other).expect("they have the same measurements")
    }

    #[test]
    fn equal_runs_agree() {
        for seed in 2..8 {
            let Agreement { families, first_places, verdicts, contradictions, .. } =
                with(&record_where(seed, |_, _| 1.0));
            assert!(first_places.compared > 8 && first_places.disagreements.is_empty());
            assert_eq!((families.compared, contradictions.len()), (4, 0));
            let equal: usize = (0..4).map(|place| verdicts[place][place]).sum();
            let all: usize = verdicts.iter().flatten().sum();
            assert!(all > 100 && equal == all, "{verdicts:?}");
        }
    }

    #[test]
    fn same_run_has_no_ratio_outside() {
        let same = with(&record());
        assert_eq!((same.ratios > 60, same.ratios_outside), (true, 0));
        let other = with(&record_where(2, |name, _| if name == "mpsc" { 2.0 } else { 1.0 }));
        assert_eq!(other.ratios_outside, other.ratios, "each is half of what it was");
    }

    /// A peer that becomes four times as fast as the baseline turns from worse to better.
    #[test]
    fn better_here_and_worse_there_contradict() {
        let faster = |name: &str, workload: &str| {
            if (name, workload) == ("flume", "drop") { 0.1 } else { 1.0 }
        };
        let agreement = with(&record_where(2, faster));
        let [better, worse] = [0, 3];
        assert!(agreement.verdicts[worse][better] > 0 && agreement.verdicts[better][worse] > 0);
        let text = agreement.contradictions.join("\n");
        assert!(text.contains("drop, 2 workers: condvar has 0.36× ["), "{text}");
        assert!(text.lines().all(|line| line.starts_with("drop")), "{text}");
    }

    #[test]
    fn other_first_of_family_and_measurement_is_named() {
        let faster = |name: &str, workload: &str| {
            if (name, workload) == ("flume", "drop") { 0.1 } else { 1.0 }
        };
        let agreement = with(&record_where(2, faster));
        let [family] = &agreement.families.disagreements[..] else { panic!("{agreement:?}") };
        assert!(family.ends_with(", quiet: condvar, then flume"), "{family}");
        assert_eq!(agreement.first_places.disagreements.len(), 2, "with two and eight workers");
    }

    /// A strategy that is undecided in one of the runs contradicts nothing.
    #[test]
    fn undecided_is_no_contradiction() {
        let mut noisy = record_where(2, |name, _| if name == "flume" { 0.5 } else { 1.0 });
        for one in &mut noisy.measurements {
            let values = one.samples.get_mut("flume").expect("it took part");
            values.iter_mut().step_by(2).for_each(|value| *value *= 4.0);
        }
        let agreement = with(&noisy);
        assert_eq!(agreement.contradictions, [""; 0]);
        assert!(agreement.verdicts[3][2] > 0, "{:?}", agreement.verdicts);
    }

    #[test]
    fn runs_with_nothing_in_common_are_refused() {
        let mut other = record();
        other.measurements.clear();
        assert!(agreement(&record(), &other).is_err_and(|error| error.contains("in common")));
        other.settings.baseline = "flume".to_owned();
        assert!(agreement(&record(), &other).is_err_and(|error| error.contains("baseline")));
    }
}
