//! The part of a record that a report shows.

use super::named;
use crate::analysis::warnings::warnings;
use crate::data::{Condition, Record};
use clap::Args;
use std::borrow::Borrow;
use std::collections::BTreeSet;

/// What to keep of a record, and its baseline.
#[derive(Debug, Default, Args)]
pub struct Filter {
    /// Shows only these strategies, and the baseline
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    strategies: Vec<String>,
    /// Shows only these workloads
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    workloads: Vec<String>,
    /// Shows only these conditions
    #[arg(long, value_delimiter = ',', value_name = "CONDITIONS")]
    conditions: Vec<Condition>,
    /// Shows only measurements with these numbers of workers
    #[arg(long, value_delimiter = ',')]
    workers: Vec<usize>,
    /// The strategy to which ratios are taken [default: that of the run]
    #[arg(long, value_name = "NAME")]
    baseline: Option<String>,
}

impl Filter {
    /// Returns the part of a record, with warnings of its own. A part has no servers.
    ///
    /// # Errors
    ///
    /// Fails if the record does not have a name, or if no measurement is left.
    pub fn apply(&self, mut record: Record) -> Result<Record, String> {
        self.check(&record)?;
        if let Some(baseline) = &self.baseline {
            record.settings.baseline.clone_from(baseline);
        }
        let nothing_left = contents(&record);
        let is_part = !(self.strategies.is_empty()
            && self.workloads.is_empty()
            && self.conditions.is_empty()
            && self.workers.is_empty());
        if is_part {
            record.retain(|workload, workers, condition| {
                keeps(&self.workloads, workload)
                    && keeps(&self.workers, &workers)
                    && keeps(&self.conditions, &condition)
            });
            let baseline = record.settings.baseline.clone();
            record.retain_strategies(|name| name == baseline || keeps(&self.strategies, name));
            record.http = None;
        }
        if record.measurements.is_empty() && is_part {
            return Err(nothing_left);
        }
        // The warnings of merged runs are those of each run.
        if (is_part || self.baseline.is_some()) && record.runs.is_empty() {
            record.warnings = warnings(&record);
        }
        Ok(record)
    }

    /// Checks the names, as those of a run are checked.
    fn check(&self, record: &Record) -> Result<(), String> {
        let strategies: Vec<_> = record.strategies.iter().collect();
        let workloads: Vec<_> = record.workloads.iter().collect();
        for names in [self.strategies.as_slice(), self.baseline.as_slice()] {
            named("strategy", &strategies, names, |one| &one.name)?;
        }
        named("workload", &workloads, &self.workloads, |one| &one.name)?;
        Ok(())
    }
}

/// Says which conditions and numbers of workers a record has, and so that it lacks others.
fn contents(record: &Record) -> String {
    let workers: BTreeSet<_> = record.measurements.iter().map(|one| one.workers).collect();
    let listed = |all: Vec<String>| all.join(", ");
    format!(
        "no measurement is left: the record has {} workers, under {}",
        listed(workers.iter().map(ToString::to_string).collect()),
        listed(record.conditions().iter().map(ToString::to_string).collect())
    )
}

/// Returns whether a list has a value; an empty list has all.
fn keeps<T: Borrow<V>, V: PartialEq + ?Sized>(list: &[T], value: &V) -> bool {
    list.is_empty() || list.iter().any(|one| one.borrow() == value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Arguments, Command};
    use crate::data::fixture::{record, servers};
    use clap::Parser;

    fn apply(words: &[&str]) -> Result<Record, String> {
        let words = [&["compare", "report", "run.json"], words].concat();
        let arguments = Arguments::try_parse_from(words).expect("they are valid");
        let Some(Command::Report { filter, .. }) = arguments.command else {
            panic!("it is a report")
        };
        filter.apply(Record { http: Some(servers()), ..record().and_busy(record()) })
    }

    fn part(words: &[&str]) -> Record {
        apply(words).expect("the record has it")
    }

    #[test]
    fn report_without_a_filter_shows_everything() {
        let (all, record) = (part(&[]), record().and_busy(record()));
        assert_eq!((all.measurements, all.warnings), (record.measurements, record.warnings));
        assert!(all.http.is_some());
    }

    #[test]
    fn filters_apply_together() {
        let part = part(&["--workloads", "empty-1,drop", "--conditions", "busy", "--workers", "8"]);
        assert!(part.measurements.iter().all(|one| one.workers == 8 && !one.condition.is_quiet()));
        let names: Vec<_> = part.workloads.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["empty-1", "drop"]);
        assert!(part.http.is_none());
    }

    #[test]
    fn baseline_stays_among_the_strategies() {
        let names = |words: &[&str]| {
            part(words).strategies.into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&["--strategies", "flume"]), ["mpsc", "flume"]);
        assert_eq!(
            names(&["--strategies", "flume", "--baseline", "condvar"]),
            ["condvar", "flume"]
        );
        assert_eq!(part(&["--baseline", "condvar"]).settings.baseline, "condvar");
    }

    #[test]
    fn warnings_are_those_of_the_part() {
        let part = part(&["--workloads", "drop"]);
        assert_eq!(part.warnings, warnings(&part));
    }

    #[test]
    fn unknown_names_are_refused_with_the_nearest() {
        for (words, meant) in [
            (["--strategies", "flum"], "flume"),
            (["--baseline", "condvra"], "condvar"),
            (["--workloads", "dorp"], "drop"),
        ] {
            let error = apply(&words).expect_err("there is none");
            assert!(error.contains(&format!("did you mean `{meant}`?")), "{error}");
        }
    }

    #[test]
    fn part_without_measurements_is_refused() {
        for words in [["--workers", "7"], ["--conditions", "one-core"]] {
            let error = apply(&words).expect_err("there is none");
            assert!(error.ends_with("the record has 2, 8 workers, under quiet, busy"), "{error}");
        }
    }
}
