//! What has changed between two runs.

use super::compare::ratios;
use super::stats::{Interval, interval};
use super::verdict::LEAST_MARGIN;
use super::words::{name, times};
use crate::data::{Measurement, Metric, Record};
use std::fmt::Write;

/// The confidence level of a change. A comparison has more than a thousand intervals; at 95 %, two
/// runs of the same program would differ in dozens of them. Fewer than ten rounds have no such
/// interval; their ranges are compared instead.
const CONFIDENCE: f64 = 0.998;

/// The change of one strategy in one measurement.
#[derive(Clone, Debug)]
pub struct Change {
    /// The name of the measurement.
    pub measurement: String,
    /// The strategy.
    pub strategy: String,
    /// The ratio to the baseline in the older run; of the baseline itself, the figure.
    pub old: Interval,
    /// The same in the newer run.
    pub new: Interval,
    /// Whether it is the baseline's own figure, which depends on the machine as well.
    pub is_baseline: bool,
    /// The wider margin of equivalence of the two runs.
    pub margin: f64,
}

impl Change {
    /// Returns the new value relative to the old one; above 1 the strategy has become slower.
    pub fn factor(&self) -> f64 {
        self.new.middle / self.old.middle
    }

    /// Returns whether noise does not explain the change: the intervals have no value in common, and
    /// the factor is outside the margin of equivalence.
    pub fn is_beyond_noise(&self) -> bool {
        let factor = self.factor();
        !self.old.overlaps(&self.new) && factor.max(factor.recip()) >= 1.0 + self.margin
    }
}

/// Compares the measurements that both records have and whose metric has a ratio.
///
/// # Errors
///
/// Fails if the records have different baselines, or no measurement in common.
pub fn changes(old: &Record, new: &Record) -> Result<Vec<Change>, String> {
    let (baseline, other) = (&old.settings.baseline, &new.settings.baseline);
    if baseline != other {
        return Err(format!(
            "the old run's baseline is {baseline} and the new one's {other}: measure with the same"
        ));
    }
    let mut changes = Vec::new();
    for was in old.measurements.iter().filter(|measurement| measurement.metric.has_ratio()) {
        let Some(is) = new.measurements.iter().find(|is| is.is_same_as(was)) else { continue };
        for strategy in was.samples.keys() {
            let margin_of = |one: &Measurement| one.margin.unwrap_or(LEAST_MARGIN);
            let old = estimate(old, was, strategy);
            if let Some((old, new)) = old.zip(estimate(new, is, strategy)) {
                changes.push(Change {
                    measurement: name(was),
                    strategy: strategy.clone(),
                    old,
                    new,
                    is_baseline: strategy == baseline,
                    margin: margin_of(was).max(margin_of(is)),
                });
            }
        }
    }
    if changes.is_empty() {
        Err("the two runs have no measurement in common".to_owned())
    } else {
        Ok(changes)
    }
}

/// Returns the ratio to the baseline, or the figure of the baseline itself.
fn estimate(record: &Record, measurement: &Measurement, strategy: &str) -> Option<Interval> {
    let baseline = &record.settings.baseline;
    let own = record.samples(measurement, strategy)?;
    let base = record.samples(measurement, baseline)?;
    let values = if strategy == baseline { own.to_vec() } else { ratios(own, base) };
    Some(interval(&values, CONFIDENCE))
}

/// Returns whether a strategy other than the baseline has become slower, beyond noise, by at least a
/// factor.
pub fn fails(changes: &[Change], over: f64) -> bool {
    let mut candidates = changes.iter().filter(|change| !change.is_baseline);
    candidates.any(|change| change.is_beyond_noise() && change.factor() >= over)
}

/// Writes the changes beyond noise, the worst first, and what else differs between the runs.
pub fn text(old: &Record, new: &Record, changes: &[Change]) -> String {
    let mut beyond: Vec<_> = changes.iter().filter(|change| change.is_beyond_noise()).collect();
    beyond.sort_by(|a, b| b.factor().total_cmp(&a.factor()));
    let baseline = &old.settings.baseline;
    let of_baseline: Vec<_> = beyond.iter().filter(|change| change.is_baseline).collect();
    let of_others: Vec<_> = beyond.iter().filter(|change| !change.is_baseline).collect();
    let mut text = String::new();
    if !of_others.is_empty() {
        let _ = writeln!(
            text,
            "Changed beyond noise (ratio to {baseline}, 99.8 % interval):\n\n{}",
            of_others.into_iter().map(|change| row(change)).collect::<String>()
        );
    }
    if !of_baseline.is_empty() {
        let _ = writeln!(
            text,
            "{baseline} itself (its own figures, which depend on the machine as well):\n\n{}",
            of_baseline.into_iter().map(|change| row(change)).collect::<String>()
        );
    }
    let _ = writeln!(
        text,
        "{} of {} changed beyond noise: no value in common, and outside the margin of equivalence.",
        beyond.len(),
        changes.len()
    );
    text + &differences(old, new)
}

fn row(change: &Change) -> String {
    let show = |interval: Interval| {
        if change.is_baseline {
            Metric::Time.figure(interval.middle)
        } else {
            format!("{:.2} [{:.2}, {:.2}]", interval.middle, interval.low, interval.high)
        }
    };
    let word = if change.factor() > 1.0 { "slower" } else { "faster" };
    format!(
        "  {word} {:>6}  {:<14} {:<32} {} -> {}\n",
        times(change.factor()),
        change.strategy,
        change.measurement,
        show(change.old),
        show(change.new)
    )
}

/// Writes the warnings about noise in either run, and what the environments do not have in common.
fn differences(old: &Record, new: &Record) -> String {
    let mut text = String::new();
    for (which, record) in [("old", old), ("new", new)] {
        for warning in record.warnings.iter().filter(|warning| warning.contains("machine was")) {
            let _ = writeln!(text, "In the {which} run, {warning}.");
        }
    }
    for (what, was, is) in [
        ("processor", old.environment.cpu.as_deref(), new.environment.cpu.as_deref()),
        ("kernel", old.environment.kernel.as_deref(), new.environment.kernel.as_deref()),
        ("compiler", Some(old.environment.rustc.as_str()), Some(new.environment.rustc.as_str())),
    ] {
        if was != is {
            let or = |value: Option<&str>| value.unwrap_or("unknown").to_owned();
            let _ = writeln!(text, "The {what} differs: {} -> {}", or(was), or(is));
        }
    }
    if old.settings.scale != new.settings.scale {
        let _ = writeln!(text, "The scale differs: one of the runs was --quick.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Condition;
    use crate::data::fixture::{record, record_where};

    #[test]
    fn equal_runs_have_no_change() {
        for seed in 2..6 {
            let (old, new) = (record(), record_where(seed, |_, _| 1.0));
            let changes = changes(&old, &new).expect("they can be compared");
            let beyond: Vec<_> = changes.iter().filter(|change| change.is_beyond_noise()).collect();
            assert!(beyond.is_empty(), "{beyond:?}");
            assert!(!fails(&changes, 1.01));
        }
    }

    #[test]
    fn only_the_slower_strategy_changes() {
        let slowed = |name: &str, workload: &str| {
            if (name, workload) == ("condvar", "empty-1") { 1.2 } else { 1.0 }
        };
        let (old, new) = (record(), record_where(2, slowed));
        let changes = changes(&old, &new).expect("they can be compared");
        let beyond: Vec<_> = changes.iter().filter(|change| change.is_beyond_noise()).collect();
        assert!(!beyond.is_empty());
        for change in beyond {
            assert_eq!(change.strategy, "condvar");
            assert!(change.measurement.starts_with("empty-1"), "{}", change.measurement);
            assert!((change.factor() - 1.2).abs() < 0.03, "{}", change.factor());
        }
        assert!(fails(&changes, 1.1) && !fails(&changes, 1.3));
        let text = text(&old, &new, &changes);
        assert!(text.contains("slower  1.2"), "{text}");
    }

    #[test]
    fn faster_strategy_does_not_fail() {
        let (old, new) =
            (record(), record_where(2, |name, _| if name == "condvar" { 0.5 } else { 1.0 }));
        let changes = changes(&old, &new).expect("they can be compared");
        assert!(changes.iter().any(Change::is_beyond_noise) && !fails(&changes, 1.01));
    }

    #[test]
    fn conditions_are_compared_separately() {
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
        assert!(slower.iter().all(|change| change.measurement.ends_with(", busy")), "{slower:?}");
    }

    #[test]
    fn different_baselines_are_refused() {
        let mut new = record();
        new.settings.baseline = "flume".to_owned();
        assert!(changes(&record(), &new).unwrap_err().contains("measure with the same"));
    }
}
