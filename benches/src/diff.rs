//! What has changed between two runs, and whether they name the same winners.

mod winners;

pub use winners::{Winners, winners};

use crate::judge::{SMALLEST, ratios};
use crate::record::{Question, Record};
use crate::stats::{Interval, interval};
use crate::verdict::{name, times};
use crate::workload::Metric;
use std::fmt::Write;

/// How sure an interval must be. A comparison has more than a thousand of them: were each wrong one
/// time in twenty, two runs of the same program would differ in dozens of places.
const CONFIDENCE: f64 = 0.998;

/// How one contender's answer to one question changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// The question, in words.
    pub question: String,
    /// Who.
    pub contender: String,
    /// What is compared: the ratio to the baseline, or of the baseline itself the figure.
    pub old: Interval,
    /// The same of the newer run.
    pub new: Interval,
    /// Whether this is the baseline's own figure, in which another machine or its mood shows too.
    pub is_baseline: bool,
}

impl Change {
    /// New through old: above 1 it has become slower.
    pub fn factor(&self) -> f64 {
        self.new.middle / self.old.middle
    }

    /// Whether noise does not explain it: the intervals have no value in common, and it is not
    /// tiny.
    pub fn is_beyond_noise(&self) -> bool {
        let factor = self.factor();
        !self.old.overlaps(&self.new) && factor.max(factor.recip()) >= SMALLEST
    }
}

/// Compares what both records have: everything that can have a ratio.
///
/// # Errors
///
/// Refuses records that took their ratios to different baselines, or have no question in common.
pub fn changes(old: &Record, new: &Record) -> Result<Vec<Change>, String> {
    let (baseline, other) = (&old.settings.baseline, &new.settings.baseline);
    if baseline != other {
        return Err(format!(
            "the old run's baseline is {baseline} and the new one's {other}: measure with the same"
        ));
    }
    let mut changes = Vec::new();
    for was in old.questions.iter().filter(|question| question.metric.has_ratio()) {
        let same = |is: &&Question| is.is_same_as(was);
        let Some(is) = new.questions.iter().find(same) else { continue };
        for contender in was.samples.keys() {
            let is_baseline = contender == baseline;
            let of = |record: &Record, question: &Question| {
                let (mine, theirs) =
                    (question.samples.get(contender)?, question.samples.get(baseline)?);
                let values = if is_baseline { mine.clone() } else { ratios(mine, theirs) };
                Some(interval(&values, record.settings.seed, CONFIDENCE))
            };
            if let Some((old, new)) = of(old, was).zip(of(new, is)) {
                changes.push(Change {
                    question: name(was),
                    contender: contender.clone(),
                    old,
                    new,
                    is_baseline,
                });
            }
        }
    }
    if changes.is_empty() {
        Err("the two runs have no question in common".to_owned())
    } else {
        Ok(changes)
    }
}

/// Whether somebody other than the baseline has become slower, beyond noise, by this factor or
/// more.
pub fn fails(changes: &[Change], over: f64) -> bool {
    let candidates = changes.iter().filter(|change| !change.is_baseline);
    candidates.into_iter().any(|change| change.is_beyond_noise() && change.factor() >= over)
}

/// Writes what changed, the worst first, and what else there is to know.
pub fn text(old: &Record, new: &Record, changes: &[Change]) -> String {
    let mut text = String::new();
    let mut beyond: Vec<_> = changes.iter().filter(|change| change.is_beyond_noise()).collect();
    beyond.sort_by(|a, b| b.factor().total_cmp(&a.factor()));
    let baseline = &old.settings.baseline;
    let mut section = |title: &str, of_baseline: bool| {
        let rows: Vec<_> =
            beyond.iter().filter(|change| change.is_baseline == of_baseline).collect();
        if rows.is_empty() {
            return;
        }
        let _ = writeln!(text, "{title}\n");
        for change in rows {
            let show = |interval: &Interval| {
                if of_baseline {
                    Metric::Time.figure(interval.middle)
                } else {
                    format!("{:.2} [{:.2}, {:.2}]", interval.middle, interval.low, interval.high)
                }
            };
            let word = if change.factor() > 1.0 { "slower" } else { "faster" };
            let (old, new) = (show(&change.old), show(&change.new));
            let who = format!("{:<14} {:<32}", change.contender, change.question);
            let _ = writeln!(text, "  {word} {:>6}  {who} {old} -> {new}", times(change.factor()));
        }
        text.push('\n');
    };
    section(&format!("Changed beyond noise (ratio to {baseline}, 99.8 % interval):"), false);
    section(
        &format!("{baseline} itself, by its own figures, so that the machine is in them:"),
        true,
    );
    let (of, changed) = (changes.len(), beyond.len());
    let _ = writeln!(
        text,
        "{changed} of {of} changed beyond noise: no value in common, and by {SMALLEST} or more."
    );
    text += &winners(old, new).text();
    for (which, record) in [("old", old), ("new", new)] {
        for warning in record.warnings.iter().filter(|warning| warning.contains("machine was")) {
            let _ = writeln!(text, "When the {which} run was made, {warning}.");
        }
    }
    for (what, was, is) in [
        ("processor", old.environment.cpu.as_deref(), new.environment.cpu.as_deref()),
        ("kernel", old.environment.kernel.as_deref(), new.environment.kernel.as_deref()),
        ("compiler", Some(old.environment.rustc.as_str()), Some(new.environment.rustc.as_str())),
    ] {
        if was != is {
            let or = |value: Option<&str>| value.unwrap_or("unknown").to_owned();
            let _ = writeln!(text, "Not the same {what}: {} -> {}", or(was), or(is));
        }
    }
    if old.settings.effort != new.settings.effort {
        let _ = writeln!(text, "Not the same effort: one of the runs was --quick.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Condition;
    use crate::fixture::{record, record_where};

    #[test]
    fn two_runs_of_the_same_are_not_changed() {
        for seed in 2..6 {
            let (old, new) = (record(), record_where(seed, |_, _| 1.0));
            let changes = changes(&old, &new).expect("they can be compared");
            let beyond: Vec<_> = changes.iter().filter(|change| change.is_beyond_noise()).collect();
            assert!(beyond.is_empty(), "{beyond:?}");
            assert!(!fails(&changes, 1.01));
        }
    }

    #[test]
    fn a_contender_that_was_slowed_down_is_found_and_nobody_else() {
        let slowed = |name: &str, workload: &str| {
            if (name, workload) == ("condvar", "empty-1") { 1.2 } else { 1.0 }
        };
        let (old, new) = (record(), record_where(2, slowed));
        let changes = changes(&old, &new).expect("they can be compared");
        let beyond: Vec<_> = changes.iter().filter(|change| change.is_beyond_noise()).collect();
        assert!(!beyond.is_empty());
        for change in beyond {
            assert_eq!(change.contender, "condvar");
            assert!(change.question.starts_with("empty-1"), "{}", change.question);
            assert!((change.factor() - 1.2).abs() < 0.03, "{}", change.factor());
        }
        assert!(fails(&changes, 1.1) && !fails(&changes, 1.3));
        let text = text(&old, &new, &changes);
        assert!(text.contains("slower  1.2"), "{text}");
    }

    #[test]
    fn what_became_faster_does_not_fail() {
        let (old, new) =
            (record(), record_where(2, |name, _| if name == "condvar" { 0.5 } else { 1.0 }));
        let changes = changes(&old, &new).expect("they can be compared");
        assert!(changes.iter().any(Change::is_beyond_noise) && !fails(&changes, 1.01));
    }

    #[test]
    fn a_change_under_one_condition_is_none_under_another() {
        let slower = record_where(2, |name, _| if name == "condvar" { 2.0 } else { 1.0 });
        let old = record().and_busy(record());
        let new = record_where(3, |_, _| 1.0).and_busy(slower);
        let fails_under = |condition| {
            let changes = changes(&old.under(condition), &new.under(condition))
                .expect("they can be compared");
            fails(&changes, 1.1)
        };
        assert!(fails_under(Condition::Busy) && !fails_under(Condition::Quiet));
        let mixed = changes(&old, &new).expect("they can be compared");
        let slower: Vec<_> = mixed.iter().filter(|change| change.is_beyond_noise()).collect();
        assert!(slower.iter().all(|change| change.question.ends_with(", busy")), "{slower:?}");
    }

    #[test]
    fn another_baseline_is_refused() {
        let mut new = record();
        new.settings.baseline = "flume".to_owned();
        assert!(changes(&record(), &new).unwrap_err().contains("measure with the same"));
    }
}
