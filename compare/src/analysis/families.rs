//! The result of a run by family and condition, and what the real server shows of it.

use super::compare::compare;
use super::scores::{Score, Scores, scores, sections};
use super::sections::SECTIONS;
use super::stats::Interval;
use super::verdict::Verdict;
use super::words::{bracketed, counted, times};
use crate::data::{Condition, Group, Metric, Record};
use std::collections::BTreeMap;

/// The last row: the mean in which each family has one vote.
const ALL: &str = "All families";

/// The result of a run by family and condition.
#[derive(Debug)]
pub struct Families {
    /// The conditions, a column each.
    pub conditions: Vec<Condition>,
    /// A row for each family, and the mean of all at the end: the name, and the result under each
    /// condition; `None` if the family was not measured there.
    pub rows: Vec<(&'static str, Vec<Option<Cell>>)>,
}

/// The result of a family under one condition.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The strategy with the lowest mean time.
    pub first: String,
    /// Number of further strategies that are not worse.
    pub not_worse: usize,
    /// The default strategy, and its means relative to the baseline's: of time, and of CPU time if
    /// that was measured.
    pub ours: Option<(String, Interval, Option<Interval>)>,
}

/// Returns the result of a run by family and condition.
pub fn families(record: &Record) -> Families {
    let conditions = record.conditions();
    let columns: Vec<_> =
        conditions.iter().map(|condition| column(&record.under(*condition))).collect();
    let titles = SECTIONS.iter().map(|section| section.title).chain([ALL]);
    let cells = |title| columns.iter().map(|column| column.get(title).cloned()).collect();
    let rows = titles.map(|title| (title, cells(title)));
    let was_measured = |(_, cells): &(_, Vec<Option<Cell>>)| cells.iter().any(Option::is_some);
    Families { conditions, rows: rows.filter(was_measured).collect() }
}

/// Returns the results of all families under one condition by their names.
fn column(record: &Record) -> BTreeMap<&'static str, Cell> {
    let comparisons = compare(record);
    let sections = sections(record, &comparisons);
    let each =
        sections.iter().filter_map(|one| scores(record, one.title, std::slice::from_ref(one)));
    let all = scores(record, ALL, &sections);
    let server = server(record).and_then(|record| server_scores(&record));
    let cell = |scores: Scores| Some((scores.title, Cell::new(record, &scores)?));
    server.into_iter().chain(each).chain(all).filter_map(cell).collect()
}

impl Cell {
    fn new(record: &Record, scores: &Scores) -> Option<Self> {
        let (first, others) = scores.list.split_first()?;
        let is_worse = |score: &&Score| score.verdict == Some(Verdict::Worse);
        let ours = scores.of(record.default_strategy());
        Some(Self {
            first: first.strategy.clone(),
            not_worse: others.len() - others.iter().filter(is_worse).count(),
            ours: ours.map(|ours| (ours.strategy.clone(), ours.time, ours.cpu)),
        })
    }

    /// Writes the result in a few words.
    pub fn text(&self) -> String {
        let others = match self.not_worse {
            0 => String::new(),
            number => format!(" (+{number})"),
        };
        let ours = self.ours.as_ref().map(|(name, time, cpu)| {
            let name = if *name == self.first { String::new() } else { format!("; {name}") };
            let cpu = cpu.map_or(String::new(), |cpu| format!(", CPU {}", times(cpu.middle)));
            format!("{name} {}{cpu}", bracketed(time))
        });
        format!("{}{others}{}", self.first, ours.unwrap_or_default())
    }
}

/// Returns the part of a record that was measured on the real server, with only the strategies that
/// can feed it. They are queues; a whole pool cannot be separated from its threads.
fn server(record: &Record) -> Option<Record> {
    let mut record = record.clone();
    let counts = |metric: Metric| metric.is_scored() || metric == Metric::Cpu;
    record.measurements.retain(|one| one.workload.starts_with("serve-") && counts(one.metric));
    let has_samples =
        |name: &String| record.measurements.iter().all(|one| one.samples.contains_key(name));
    let fed: Vec<_> =
        record.strategies.iter().filter(|one| has_samples(&one.name)).cloned().collect();
    record.strategies = fed;
    let pools = record.strategies.iter().filter(|one| one.group != Group::Reference).count();
    let has_baseline = record.strategies.iter().any(|one| one.name == record.settings.baseline);
    (!record.measurements.is_empty() && pools > 1 && has_baseline).then_some(record)
}

fn server_scores(record: &Record) -> Option<Scores> {
    let comparisons = compare(record);
    let sections = sections(record, &comparisons);
    scores(record, sections.first()?.title, &sections)
}

/// Returns a sentence on how much the strategy matters to the real server.
pub fn server_sentence(record: &Record) -> Option<String> {
    let mut record = server(record)?;
    record.settings.baseline = server_scores(&record)?.list.first()?.strategy.clone();
    let scores = server_scores(&record)?;
    let last = scores.list.last().filter(|last| last.strategy != record.settings.baseline)?;
    let to_first = |score: &Score| {
        let word = score.verdict.unwrap_or(Verdict::Undecided).word();
        format!("{} ({word})", bracketed(&score.time))
    };
    let ours = scores.of(record.default_strategy());
    let is_named =
        |ours: &&Score| [&record.settings.baseline, &last.strategy].contains(&&ours.strategy);
    let ours = ours.filter(|ours| !is_named(ours)).map_or(String::new(), |ours| {
        format!("; under {}, it is {}", ours.strategy, to_first(ours))
    });
    Some(format!(
        "The real server under {}, the last of {}, takes {} the time under {}, the first, in the mean of {}{ours}.",
        last.strategy,
        counted(scores.list.len(), "queue"),
        to_first(last),
        record.settings.baseline,
        counted(scores.measured, "measurement"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::{record, record_where};

    /// Returns a record in which the empty jobs are requests to the real server, which only some of the
    /// strategies can feed.
    fn with_server() -> Record {
        let mut record = record();
        for one in record.measurements.iter_mut().filter(|one| one.workload == "empty-1") {
            one.workload = "serve-closed".to_owned();
            one.samples.remove("crossbeam");
        }
        record
    }

    #[test]
    fn families_are_rows_and_conditions_columns() {
        let slow = record_where(2, |name, _| if name == "condvar" { 8.0 } else { 1.0 });
        let families = families(&record().and_busy(slow));
        assert_eq!(families.conditions, [Condition::Quiet, Condition::Busy]);
        let (last, cells) = families.rows.last().expect("there are families");
        assert_eq!((*last, families.rows.len()), (ALL, 5));
        let texts: Vec<_> = cells.iter().flatten().map(Cell::text).collect();
        assert!(texts[0].contains(" (+1)") && texts[0].contains("0.50× [0."), "{texts:?}");
        assert!(texts[1].starts_with("crossbeam; condvar 3.99× [3."), "{texts:?}");
        assert!(texts[1].contains("], CPU 4.0"), "{texts:?}");
    }

    #[test]
    fn family_that_a_condition_lacks_is_empty() {
        let mut busy = record();
        busy.measurements.retain(|one| one.workload == "drop");
        let families = families(&record().and_busy(busy));
        let measured = families.rows.iter().filter(|(_, cells)| cells[1].is_some()).count();
        assert_eq!((families.rows.len(), measured), (5, 2), "a family and all");
    }

    #[test]
    fn server_is_a_family_of_the_queues_only() {
        let families = families(&with_server());
        let is_server = |(title, _): &&(&str, _)| title.contains("server");
        let (_, cells) = families.rows.iter().find(is_server).expect("it was measured");
        assert_eq!(cells[0].as_ref().map(|cell| cell.first.as_str()), Some("condvar"));
    }

    #[test]
    fn server_sentence_compares_the_first_and_last() {
        assert_eq!(server_sentence(&record()), None, "the server was not measured");
        let sentence = server_sentence(&with_server()).expect("it was measured");
        let start = "The real server under textbook, the last of 4 queues, takes ";
        assert!(sentence.starts_with(start), "{sentence}");
        assert!(sentence.contains("(worse) the time under condvar, the first, in the mean of 2"));
    }
}
