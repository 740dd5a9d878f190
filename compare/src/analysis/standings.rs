//! Where the default strategy stands in each family, a section with a vote, in time and in CPU time.

use super::compare::{Comparison, confidence};
use super::scores::{Scored, Scores, control, means, ratios_of, scores, sections};
use super::sections::SECTIONS;
use super::stats::{Interval, interval};
use super::verdict::{LEAST_MARGIN, Verdict, margin};
use crate::data::Record;

/// The standing of the default strategy in a family, or in all.
#[derive(Debug)]
pub struct FamilyStanding {
    /// The family in a few words; `None` for all families.
    pub family: Option<&'static str>,
    /// The strategy with the lowest mean time.
    pub first: String,
    /// The default strategy's mean time relative to the first's; if it is the first, to the second's.
    pub time: Against,
    /// Its mean CPU time relative to that of the same strategy, if that was measured.
    pub cpu: Option<Against>,
    /// The number of measurements in which it has a first place.
    pub places: usize,
    /// The number of measurements.
    pub measured: usize,
}

/// A mean ratio of two strategies, and what it says.
#[derive(Clone, Copy, Debug)]
pub struct Against {
    /// The ratio.
    pub ratio: Interval,
    /// The word for it.
    pub verdict: Verdict,
}

/// Returns the standing in each family; if there are several, last in all of them, in which each has
/// one vote.
pub fn standings(record: &Record, comparisons: &[Comparison<'_>]) -> Vec<FamilyStanding> {
    let scored = sections(record, comparisons);
    let short = |one: &Scored<'_, '_>| {
        SECTIONS.iter().find(|section| section.title == one.title).map(|section| section.short)
    };
    let each = scored.iter().map(|one| standing(record, short(one), std::slice::from_ref(one)));
    let all = (scored.len() > 1).then(|| standing(record, None, &scored));
    each.chain(all).flatten().collect()
}

fn standing(
    record: &Record,
    family: Option<&'static str>,
    scored: &[Scored<'_, '_>],
) -> Option<FamilyStanding> {
    let scores = scores(record, "", scored)?;
    let ours = scores.of(record.default_strategy())?;
    let other = scores.list.iter().find(|one| one.strategy != ours.strategy)?;
    let time: Vec<_> = scored.iter().map(|one| one.time.clone()).collect();
    let cpu: Vec<_> = scored.iter().map(|one| one.cpu.clone()).collect();
    Some(FamilyStanding {
        family,
        first: scores.list[0].strategy.clone(),
        time: against(record, &scores, &time, &other.strategy)?,
        cpu: against(record, &scores, &cpu, &other.strategy),
        places: ours.first,
        measured: scores.measured,
    })
}

/// Compares the default strategy with another as [`scores`] compares each with the first.
fn against(
    record: &Record,
    scores: &Scores,
    groups: &[Vec<&Comparison<'_>>],
    other: &str,
) -> Option<Against> {
    let ratios = means(groups, |one| ratios_of(one, record.default_strategy(), other));
    if ratios.is_empty() {
        return None;
    }
    let ratio = interval(&ratios, confidence(scores.list.len()));
    let margin = control(record, groups).map_or(LEAST_MARGIN, |control| margin(&control));
    Some(Against { ratio, verdict: Verdict::of(&ratio, margin) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::compare;
    use crate::data::fixture::{record, record_where};

    fn of(record: &Record) -> Vec<FamilyStanding> {
        standings(record, &compare(record))
    }

    #[test]
    fn last_standing_is_over_all_families() {
        let standings = of(&record());
        let (all, each) = standings.split_last().expect("times were measured");
        assert!(all.family.is_none() && each.iter().all(|one| one.family.is_some()));
        assert_eq!(all.measured, each.iter().map(|one| one.measured).sum::<usize>());
        assert_eq!(all.places, each.iter().map(|one| one.places).sum::<usize>());
    }

    #[test]
    fn only_family_has_the_only_standing() {
        let mut record = record();
        record.retain(|workload, _, _| workload == "drop");
        assert_eq!(of(&record).len(), 1);
    }

    #[test]
    fn default_strategy_stands_against_the_first() {
        let slower = |name: &str, _: &str| if name == "condvar" { 2.0 } else { 1.0 };
        for one in of(&record_where(1, slower)) {
            assert_eq!((one.first.as_str(), one.time.verdict), ("crossbeam", Verdict::Worse));
            assert!((one.time.ratio.middle / 2.0 - 1.0).abs() < 0.05, "{one:?}");
            assert!(one.cpu.is_none_or(|cpu| cpu.verdict == Verdict::Worse), "{one:?}");
        }
    }

    #[test]
    fn first_stands_against_the_second() {
        let faster = |name: &str, _: &str| if name == "condvar" { 0.5 } else { 1.0 };
        for one in of(&record_where(1, faster)) {
            assert_eq!((one.first.as_str(), one.time.verdict), ("condvar", Verdict::Better));
            assert!((one.time.ratio.middle / 0.5 - 1.0).abs() < 0.05, "{one:?}");
        }
    }
}
