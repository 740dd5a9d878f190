//! A record for other programs: Markdown for a document, CSV for a spreadsheet.

use super::embed::{cell, environment};
use super::{server_table, summary};
use crate::analysis::compare::{Comparison, Estimate, Standing, compare};
use crate::analysis::scores::row_order;
use crate::analysis::sections::SECTIONS;
use crate::analysis::summary::summary as summarise;
use crate::data::{Condition, Record, Unit};
use std::fmt::Write;
use std::fs::{self, OpenOptions};
use std::path::Path;

/// Checks that a file can be written. It is neither changed nor left behind.
///
/// # Errors
///
/// Fails if it cannot be written.
pub fn check(path: &Path) -> Result<(), String> {
    let is_new = !path.exists();
    let opened = OpenOptions::new().append(true).create(true).open(path);
    opened.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    if is_new {
        let _ = fs::remove_file(path);
    }
    Ok(())
}

/// The columns of the CSV.
const COLUMNS: &str =
    "strategy,workload,workers,condition,figure,unit,rounds,median,ratio,low,high,standing";

/// Writes the environment, the result by family and condition, and for each condition the summary and a table a section.
pub fn markdown(record: &Record) -> String {
    let mut text = String::from("# Thread pool strategies compared\n\n");
    let _ = writeln!(text, "{}\n", environment(record));
    if !record.measurements.is_empty() {
        let _ = writeln!(text, "{}\n", summary::families_markdown(record));
    }
    for condition in record.conditions() {
        text += &under(&record.under(condition), condition);
    }
    if let Some(run) = &record.http {
        let _ = writeln!(text, "## Web servers\n\n```text\n{}```\n", server_table::servers(run));
    }
    let baseline = &record.settings.baseline;
    let _ = writeln!(
        text,
        "Medians, each with the median of the ratios to {baseline} within rounds, which is not the quotient of two medians; \
         first places in bold."
    );
    text
}

fn under(record: &Record, condition: Condition) -> String {
    let comparisons = compare(record);
    let rows = row_order(record, &comparisons);
    let summary = summary::markdown(record, &summarise(record, &comparisons));
    let mut text = format!("## Condition {condition}\n\n{}\n\n", summary.trim_end());
    for section in SECTIONS {
        let columns = section.of(&comparisons);
        if !columns.is_empty() {
            let _ = writeln!(text, "### {}\n\n{}", section.title, panel(&columns, &rows));
        }
    }
    text
}

fn panel(columns: &[&Comparison<'_>], rows: &[String]) -> String {
    let mut text = "|".to_owned();
    for one in columns {
        let measurement = one.measurement;
        let (workload, workers) = (&measurement.workload, measurement.workers);
        let _ = write!(text, " | {workload} {}, {workers} w", measurement.metric);
    }
    let _ = write!(text, " |\n|---{}|\n", "|--:".repeat(columns.len()));
    for name in rows.iter().filter(|name| columns.iter().any(|one| one.of(name).is_some())) {
        let cells = columns.iter().map(|one| format!(" | {}", cell(one, name)));
        let _ = writeln!(text, "| {name}{} |", cells.collect::<String>());
    }
    text
}

/// Writes a row for each strategy and figure. The ratio is to the baseline, with its interval.
pub fn csv(record: &Record) -> String {
    let mut text = format!("{COLUMNS}\n");
    for one in compare(record) {
        for estimate in &one.estimates {
            let _ = writeln!(text, "{}", row(&one, estimate));
        }
    }
    text
}

fn row(one: &Comparison<'_>, estimate: &Estimate) -> String {
    let measurement = one.measurement;
    let unit = match measurement.metric.unit() {
        Unit::Nanoseconds => "ns",
        Unit::Bytes => "B",
        Unit::Count => "",
    };
    let ratio = estimate.ratio.map_or(",,".to_owned(), |ratio| {
        format!("{:.4},{:.4},{:.4}", ratio.middle, ratio.low, ratio.high)
    });
    let standing = match estimate.standing {
        Standing::Best => "best",
        Standing::Equivalent => "equivalent",
        Standing::Undecided => "undecided",
        Standing::Worse => "worse",
        Standing::Unranked => "unranked",
    };
    format!(
        "{},{},{},{},{},{unit},{},{},{ratio},{standing}",
        field(&estimate.strategy),
        field(&measurement.workload),
        measurement.workers,
        measurement.condition,
        measurement.metric,
        measurement.samples.get(&estimate.strategy).map_or(0, Vec::len),
        estimate.figure,
    )
}

/// Quotes a text if a comma, a quote or a line break in it would end the field (RFC 4180).
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::record;
    use std::env;
    use std::path::PathBuf;

    #[test]
    fn csv_has_a_row_for_each_figure() {
        let record = record().and_busy(record());
        let text = csv(&record);
        let figures: usize = record.measurements.iter().map(|one| one.samples.len()).sum();
        assert_eq!(text.lines().count(), 1 + figures);
        let columns = COLUMNS.split(',').count();
        assert!(text.lines().all(|line| line.split(',').count() == columns), "{text}");
        let row = text.lines().find(|line| line.starts_with("condvar,empty-1,2,busy,time/job,ns,"));
        assert!(row.expect("it was measured").contains(",0.5"), "{row:?}");
    }

    #[test]
    fn text_with_a_comma_is_quoted() {
        assert_eq!(field("plain"), "plain");
        assert_eq!(field("a, \"b\""), "\"a, \"\"b\"\"\"");
    }

    #[test]
    fn markdown_has_each_section_and_strategy() {
        let text = markdown(&record());
        assert!(text.contains("## Condition quiet") && text.contains("### Cost of a job"));
        for strategy in &record().strategies {
            assert!(text.contains(&format!("\n| {} | ", strategy.name)), "{text}");
        }
        let is_row = |line: &&str| line.starts_with('|');
        assert!(text.lines().filter(is_row).all(|line| line.ends_with('|')), "{text}");
    }

    #[test]
    fn markdown_names_conditions_and_warnings() {
        let mut record = record().and_busy(record());
        record.warnings = vec!["the machine was noisy".to_owned()];
        let text = markdown(&record);
        assert!(
            text.contains("## Condition busy") && text.contains("Warning: the machine was noisy")
        );
    }

    fn scratch(name: &str) -> PathBuf {
        env::temp_dir().join(format!("compare-{}-{name}", std::process::id()))
    }

    #[test]
    fn check_leaves_no_new_file() {
        let path = scratch("new");
        assert_eq!(check(&path), Ok(()));
        assert!(!path.exists());
    }

    #[test]
    fn check_keeps_an_old_file() {
        let path = scratch("old");
        fs::write(&path, "text").expect("it can be written");
        assert_eq!(check(&path), Ok(()));
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "text");
        fs::remove_file(path).expect("it is there");
    }
}
