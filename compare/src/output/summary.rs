//! The summary of a run in a document and on the page.

use super::figure::{data_table, table};
use super::svg::escape;
use crate::analysis::compare::compare;
use crate::analysis::families::{Cell, Families, families, server_sentence};
use crate::analysis::scores::{Score, Scores};
use crate::analysis::summary::{Loss, SectionWords, Summary, is_ranking, section_words, summary};
use crate::analysis::words::bracketed;
use crate::data::{Condition, Record};
use std::fmt::Write;

/// The heads of a table of scores.
const HEADS: [&str; 6] = ["strategy", "mean time", "mean CPU time", "first", "undecided", "worse"];

/// Number of losses that a document lists.
const LOSSES: usize = 10;

fn row(score: &Score) -> [String; 6] {
    [
        score.strategy.clone(),
        bracketed(&score.time),
        score.cpu.map_or_else(|| "–".to_owned(), |cpu| bracketed(&cpu)),
        score.first.to_string(),
        score.undecided.to_string(),
        score.worse.to_string(),
    ]
}

/// Returns the rows of a table of scores, the heads first.
pub(super) fn scores_rows(scores: &Scores) -> Vec<Vec<String>> {
    let heads = HEADS.map(str::to_owned);
    [heads].into_iter().chain(scores.list.iter().map(row)).map(Vec::from).collect()
}

/// Writes scores as an HTML table that opens on demand.
pub(super) fn scores_html(scores: &Scores) -> String {
    let rows: Vec<_> = scores.list.iter().map(|score| row(score).to_vec()).collect();
    data_table(&HEADS.map(str::to_owned), &rows)
}

/// Returns the sections in words; none if the total is no ranking.
fn sections(record: &Record, summary: &Summary) -> Vec<SectionWords> {
    let is_ranking = summary.total.as_ref().is_some_and(is_ranking);
    let sections = summary.sections.iter().filter(|_| is_ranking);
    sections.map(|scores| section_words(record, scores)).collect()
}

fn sections_heading(record: &Record) -> String {
    let baseline = &record.settings.baseline;
    format!(
        "By section: geometric means of ratios to {baseline}; each word is relative to the first."
    )
}

/// Returns the heads and the rows of a table of sections.
fn sections_table(record: &Record, sections: Vec<SectionWords>) -> (Vec<String>, Vec<Vec<String>>) {
    let heads = ["section", "first", "second", record.default_strategy(), "first places"];
    let row = |one: SectionWords| vec![one.title, one.first, one.second, one.ours, one.places];
    (heads.map(str::to_owned).to_vec(), sections.into_iter().map(row).collect())
}

/// Returns so many of the largest losses, and says how many more there are.
fn losses(summary: &Summary, most: usize) -> Vec<String> {
    let mut losses: Vec<_> = summary.losses.iter().take(most).map(Loss::text).collect();
    let more = summary.losses.len() - losses.len();
    if more > 0 {
        losses.push(format!("and {more} more, each smaller"));
    }
    losses
}

/// Returns how to read the summary, and the warnings of the run.
fn reading(record: &Record, summary: &Summary) -> Vec<String> {
    let warnings = record.warnings.iter().map(|warning| format!("Warning: {warning}."));
    summary.reading.iter().cloned().chain(warnings).collect()
}

/// Returns the heading of the losses.
pub(super) fn losses_heading(record: &Record, summary: &Summary) -> String {
    let ours = record.default_strategy();
    match summary.losses.len() {
        0 => format!("{ours} is worse than the best in no measurement."),
        1 => format!("{ours} is worse than the best in 1 measurement:"),
        number => {
            format!(
                "{ours} is worse than the best in {number} measurements, the largest loss first:"
            )
        }
    }
}

/// Writes the summary for a Markdown document.
pub(super) fn markdown(record: &Record, summary: &Summary) -> String {
    let mut text = String::new();
    let sections = sections(record, summary);
    if !sections.is_empty() {
        let (heads, rows) = sections_table(record, sections);
        let _ = writeln!(text, "{}\n", sections_heading(record));
        let _ = writeln!(text, "| {} |\n{}", heads.join(" | "), "|---".repeat(heads.len()) + "|");
        text.extend(rows.iter().map(|row| format!("| {} |\n", row.join(" | "))));
        text.push('\n');
    }
    text += &total(summary);
    if summary.total.is_some() {
        text += &losses_markdown(record, summary);
        text.push('\n');
    }
    text + &reading(record, summary).join(" ")
}

/// Writes the losses for a Markdown document.
pub(super) fn losses_markdown(record: &Record, summary: &Summary) -> String {
    let losses = losses(summary, LOSSES);
    let lines: String = losses.iter().map(|line| format!("- {line}\n")).collect();
    let heading = losses_heading(record, summary);
    if losses.is_empty() { format!("{heading}\n") } else { format!("{heading}\n\n{lines}") }
}

/// Writes the end of the summary for a Markdown document, without the sections and the losses.
pub(super) fn total_markdown(record: &Record, summary: &Summary) -> String {
    total(summary) + &reading(record, summary).join(" ")
}

/// Returns the sentences about all measurements, and the table of scores.
fn total(summary: &Summary) -> String {
    let mut text = format!("{}\n\n", summary.sentences.join(" "));
    if let Some(total) = &summary.total {
        let _ =
            writeln!(text, "| {} |\n|---{}|", HEADS.join(" | "), "|--:".repeat(HEADS.len() - 1));
        text.extend(total.list.iter().map(|score| format!("| {} |\n", row(score).join(" | "))));
        text.push('\n');
    }
    text
}

/// Returns the heads and the rows of a table of families and conditions.
pub(super) fn families_table(record: &Record) -> (Vec<String>, Vec<Vec<String>>) {
    let Families { conditions, rows } = families(record);
    let heads = ["family".to_owned()].into_iter().chain(conditions.iter().map(ToString::to_string));
    let cell = |cell: &Option<Cell>| cell.as_ref().map_or_else(|| "–".to_owned(), Cell::text);
    let row = |(title, cells): &(&str, Vec<Option<Cell>>)| {
        [(*title).to_owned()].into_iter().chain(cells.iter().map(cell)).collect()
    };
    (heads.collect(), rows.iter().map(row).collect())
}

/// Says how to read the table of families and conditions.
pub(super) fn families_legend(record: &Record) -> String {
    let (default, baseline) = (record.default_strategy(), &record.settings.baseline);
    format!(
        "Each cell: the strategy with the lowest mean time, in brackets the number of others that are not worse, and {default}'s mean \
         time and CPU time relative to {baseline}, with the 95 % interval of the time. In the last row each family has one vote."
    )
}

/// Writes the table of families and conditions for a Markdown document, and what the real server
/// shows.
pub(super) fn families_markdown(record: &Record) -> String {
    let on_quiet = server_sentence(&record.under(Condition::Quiet));
    families_rows(record) + &on_quiet.map_or(String::new(), |sentence| format!(" {sentence}"))
}

fn families_rows(record: &Record) -> String {
    let (heads, rows) = families_table(record);
    let mut text = format!("| {} |\n{}|\n", heads.join(" | "), "|---".repeat(heads.len()));
    text.extend(rows.iter().map(|row| format!("| {} |\n", row.join(" | "))));
    let _ = write!(text, "\n{}", families_legend(record));
    text
}

/// Writes the result for a Markdown document: what the quiet machine shows in sentences, the table of
/// families and conditions, and the warnings.
pub(super) fn verdict_markdown(record: &Record) -> String {
    let quiet = record.under(Condition::Quiet);
    let summary = summary(&quiet, &compare(&quiet));
    let parts =
        [summary.sentences.join(" "), families_rows(record), reading(&quiet, &summary).join(" ")];
    parts.join("\n\n").trim_start().to_owned()
}

/// Writes the sections of the summary for the page.
pub(super) fn sections_html(record: &Record, summary: &Summary) -> String {
    let sections = sections(record, summary);
    if sections.is_empty() {
        return String::new();
    }
    let (heads, rows) = sections_table(record, sections);
    format!("<p>{}</p>\n{}\n", escape(&sections_heading(record)), table(&heads, &rows))
}

/// Writes the rest of the summary for the page, without the warnings.
pub(super) fn total_html(record: &Record, summary: &Summary) -> String {
    let mut html = String::new();
    if let Some((first, rest)) = summary.sentences.split_first() {
        let _ = writeln!(html, "<p class=\"summary\">{}</p>", escape(first));
        let _ = writeln!(html, "<p>{}</p>", escape(&rest.join(" ")));
    }
    if summary.total.is_some() {
        let _ = writeln!(html, "<p>{}</p>", escape(&losses_heading(record, summary)));
        let losses = losses(summary, usize::MAX);
        let items: String =
            losses.iter().map(|loss| format!("<li>{}</li>", escape(loss))).collect();
        html += &if losses.is_empty() { items } else { format!("<ul>{items}</ul>\n") };
    }
    let _ = writeln!(html, "<p>{}</p>", escape(&summary.reading.join(" ")));
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::record_where;

    /// Returns a record with a warning and twelve losses, and its summary.
    fn with_losses() -> (Record, Summary) {
        let slower = |name: &str, _: &str| if name == "condvar" { 1.5 } else { 1.0 };
        let mut record = record_where(1, slower);
        record.warnings = vec!["the machine was noisy".to_owned()];
        let summary = summary(&record, &compare(&record));
        (record, summary)
    }

    #[test]
    fn warnings_are_printed_with_the_summary() {
        let (record, summary) = with_losses();
        let text = markdown(&record, &summary);
        assert!(text.contains("Warning: the machine was noisy."), "{text}");
    }

    #[test]
    fn sections_come_before_the_total_and_losses() {
        let (record, summary) = with_losses();
        let text = markdown(&record, &summary);
        let places = [
            "By section: geometric means of ratios to mpsc; ",
            "crossbeam is fastest: ",
            "condvar is worse than the best in ",
            "margin of equivalence is",
        ]
        .map(|words| text.find(words).unwrap_or_else(|| panic!("{words}: {text}")));
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn verdict_has_a_column_for_each_condition() {
        let record = record_where(1, |_, _| 1.0).and_busy(record_where(2, |_, _| 1.0));
        let text = families_markdown(&record);
        assert!(text.starts_with("| family | quiet | busy |\n|---|---|---|\n| Cost of a job | c"));
        assert!(text.contains("\n| All families | c"), "{text}");
        assert!(text.contains("condvar's mean time and CPU time relative to mpsc"), "{text}");
    }

    #[test]
    fn verdict_carries_the_warnings() {
        let text = verdict_markdown(&with_losses().0);
        assert!(text.starts_with("crossbeam is fastest: "), "{text}");
        assert!(text.contains("| family | quiet |") && text.contains("margin of equivalence"));
        assert!(text.ends_with("Warning: the machine was noisy."), "{text}");
    }

    #[test]
    fn document_lists_only_the_largest_losses() {
        let (record, summary) = with_losses();
        let more = format!("- and {} more, each smaller\n", summary.losses.len() - LOSSES);
        assert!(markdown(&record, &summary).contains(&more));
    }

    #[test]
    fn run_without_losses_says_so() {
        let faster = |name: &str, _: &str| if name == "condvar" { 0.5 } else { 1.0 };
        let record = record_where(1, faster);
        let summary = summary(&record, &compare(&record));
        let words = "condvar is worse than the best in no measurement.";
        assert!(markdown(&record, &summary).contains(words));
        assert!(total_html(&record, &summary).contains(words));
    }
}
