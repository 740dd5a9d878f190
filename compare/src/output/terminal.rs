//! A record on a terminal of eighty columns.

use super::brief::{brief, legend};
use super::layout::{Paint, labelled};
use super::rules::ablation;
use super::{server_table, table};
use crate::analysis::compare::compare;
use crate::analysis::summary::{is_ranking, summary};
use crate::data::{Condition, Record, WHOLE};

/// How much of a record is shown, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form {
    /// Whether all tables follow the short form.
    pub full: bool,
    /// Whether colours highlight what marks and headings say as well.
    pub colour: bool,
}

/// Writes how to read a record, and for each of its conditions the verdict, a row a family, and the
/// losses; then the warnings.
///
/// The servers of the record follow. Without a ranking, the tables take its place. An ablation has
/// tables of its own kind.
pub fn text(record: &Record, form: Form) -> String {
    if record.settings.baseline == WHOLE {
        return ablation(record);
    }
    let conditions = record.conditions();
    let mut parts = Vec::new();
    if !conditions.is_empty() {
        parts.push(legend(record, form.colour));
    }
    for condition in &conditions {
        // If quiet is the only condition, there is no heading.
        if conditions != [Condition::Quiet] {
            let heading = format!("Condition {condition}: {}", condition.words());
            parts.push(format!("{}\n", Paint::Bold.on(&heading, form.colour)));
        }
        parts.extend(strategies(&record.under(*condition), form));
    }
    parts.push(warnings(record));
    if let Some(run) = &record.http {
        parts.push(server_table::brief(run, form.colour));
        parts.extend(form.full.then(|| server_table::servers(run)));
    }
    if !form.full {
        parts.push("All tables: --full. A page with figures: --html FILE.\n".to_owned());
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

fn strategies(record: &Record, form: Form) -> Vec<String> {
    let comparisons = compare(record);
    let summary = summary(record, &comparisons);
    let is_full = form.full || !summary.total.as_ref().is_some_and(is_ranking);
    let mut parts = vec![brief(record, &comparisons, &summary, form.colour)];
    parts.extend(is_full.then(|| table::tables(record, &comparisons, &summary, form.colour)));
    parts
}

/// Writes the warnings of a run.
pub(super) fn warnings(record: &Record) -> String {
    let warnings = record.warnings.iter();
    warnings.map(|warning| labelled("Warning:", &format!("{warning}."), 9)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::{ablation, record, record_where, servers};
    use std::path::Path;

    const PLAIN: Form = Form { full: false, colour: false };
    const FULL: Form = Form { full: true, colour: false };

    fn reference() -> Record {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/reference.json");
        Record::read(&path).expect("it is in the repository")
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let long = |mut record: Record| {
            record.warnings = vec!["the machine was noisy, ".repeat(9)];
            record.http = Some(servers());
            record
        };
        let both =
            record_where(1, |name, _| if name == "condvar" { 1.5 } else { 1.0 }).and_busy(record());
        for record in [reference(), long(record()), long(both), ablation()] {
            for form in [PLAIN, FULL] {
                for line in text(&record, form).lines() {
                    assert!(line.chars().count() <= 80, "{line}");
                    assert_eq!(line, line.trim_end());
                }
            }
        }
    }

    #[test]
    fn no_figure_is_rounded_to_zero() {
        let text = text(&reference(), FULL);
        for word in text.split_whitespace() {
            let word = word.trim_matches(|c: char| !c.is_ascii_digit());
            assert!(!["0.0", "0.00"].contains(&word), "{word}");
        }
    }

    #[test]
    fn microseconds_have_one_spelling() {
        let text = text(&reference(), FULL);
        assert!(text.contains(" µs") && !text.contains('\u{3bc}') && !text.contains(" us"));
    }

    #[test]
    fn how_to_read_comes_first_and_tables_last() {
        let (short, full) = (text(&record(), PLAIN), text(&record(), FULL));
        assert!(short.starts_with("How to read it\n") && !short.contains("Mean over"), "{short}");
        let common = short.rsplit_once("\nAll tables").expect("it says how to see them").0;
        assert!(full.starts_with(common.trim_end()) && full.contains("  Mean over 12"), "{full}");
    }

    #[test]
    fn each_condition_has_a_heading() {
        let (quiet, both) = (text(&record(), FULL), text(&record().and_busy(record()), FULL));
        assert!(!quiet.contains("Condition"));
        let busy = "Condition busy: beside as many busy processes as cores\n";
        let (first, second) = both.split_once(busy).expect("it has the heading");
        assert!(first.contains("\nCondition quiet: on a quiet machine\n\nVerdict\n"), "{first}");
        assert!(
            second.contains("empty-1, 2 workers, busy: ") && second.contains("Verdict"),
            "{second}"
        );
    }

    #[test]
    fn run_without_a_ranking_shows_its_tables() {
        let mut record = record();
        record.retain(|workload, _, _| workload == "idle");
        let text = text(&record, PLAIN);
        assert!(text.contains("no ranking") && text.contains("Lifecycle\n"), "{text}");
    }

    #[test]
    fn servers_have_tables_in_full_only() {
        let record = Record { http: Some(servers()), ..record() };
        let (short, full) = (text(&record, PLAIN), text(&record, FULL));
        assert!(short.contains("\nhello beside its peers: CPU time for a request"), "{short}");
        assert!(!short.contains("The server beside its peers"), "{short}");
        assert!(full.contains("The server beside its peers: keep-alive, 32 connections"));
    }

    #[test]
    fn warnings_are_printed_once() {
        let mut record = record().and_busy(record());
        record.warnings = vec!["the machine was noisy".to_owned()];
        assert_eq!(text(&record, FULL).matches("Warning: the machine was noisy.").count(), 1);
    }

    #[test]
    fn colour_adds_nothing_to_the_marks() {
        let both =
            record_where(1, |name, _| if name == "condvar" { 1.5 } else { 1.0 }).and_busy(record());
        let coloured = text(&both, Form { full: true, colour: true });
        let codes = ["\x1b[1;32m", "\x1b[32m", "\x1b[31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"];
        assert!(codes.iter().all(|code| coloured.contains(code)));
        let plain = codes.iter().fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(plain, text(&both, FULL));
    }
}
