//! The summary of a run: on a terminal, in a document, and on the page.

use super::figure::data_table;
use super::svg::escape;
use super::table::wrapped;
use crate::analysis::scores::{Score, Scores};
use crate::analysis::summary::{Loss, Summary, is_ranking, section_line};
use crate::analysis::words::{bracketed, counted};
use crate::data::Record;
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

/// Writes scores as a table for a terminal.
pub(super) fn scores_text(scores: &Scores) -> String {
    let line = |[name, time, cpu, first, undecided, worse]: [&str; 6]| {
        format!("{name:<15}{time:>22}{cpu:>22}{first:>8}{undecided:>11}{worse:>8}\n")
    };
    let mut text = format!("  Mean over {}\n", counted(scores.measured, "measurement"));
    text += &line(HEADS);
    text.extend(scores.list.iter().map(|score| line(row(score).each_ref().map(String::as_str))));
    text
}

/// Writes scores as an HTML table that opens on demand.
pub(super) fn scores_html(scores: &Scores) -> String {
    let rows: Vec<_> = scores.list.iter().map(|score| row(score).to_vec()).collect();
    data_table(&HEADS.map(str::to_owned), &rows)
}

/// Returns the sections, the total, the losses, and how to read them, in this order, each a list of
/// paragraphs.
fn parts(record: &Record, summary: &Summary, most_losses: usize) -> [Vec<String>; 4] {
    let is_ranking = summary.total.as_ref().is_some_and(is_ranking);
    let sections = summary.sections.iter().filter(|_| is_ranking).map(section_line).collect();
    let mut losses: Vec<_> = summary.losses.iter().take(most_losses).map(Loss::text).collect();
    let more = summary.losses.len() - losses.len();
    if more > 0 {
        losses.push(format!("and {more} more, each smaller"));
    }
    let warnings = record.warnings.iter().map(|warning| format!("Warning: {warning}."));
    let reading = summary.reading.iter().cloned().chain(warnings).collect();
    [sections, summary.sentences.clone(), losses, reading]
}

/// Returns the heading of the losses.
fn losses_heading(record: &Record, summary: &Summary) -> String {
    let ours = record.default_strategy();
    match summary.losses.len() {
        0 => format!("{ours} is worse than the best in no measurement."),
        number => format!(
            "{ours} is worse than the best in {}, the largest loss first:",
            counted(number, "measurement")
        ),
    }
}

/// Writes the summary for a terminal.
pub(super) fn text(record: &Record, summary: &Summary) -> String {
    let [sections, sentences, losses, reading] = parts(record, summary, usize::MAX);
    let mut text = String::new();
    let mut add = |lines: &[String], indent: &str| {
        text.extend(lines.iter().map(|line| wrapped(&format!("{indent}{line}"))));
        text.push_str(if lines.is_empty() { "" } else { "\n" });
    };
    if !sections.is_empty() {
        let baseline = &record.settings.baseline;
        add(&[format!("By section, as geometric means of ratios to {baseline}:")], "  ");
        add(&sections, "    ");
    }
    add(&sentences, "  ");
    if summary.total.is_some() {
        add(&[losses_heading(record, summary)], "  ");
        add(&losses, "    ");
    }
    add(&reading, "  ");
    summary.total.iter().for_each(|total| text.insert_str(0, &(scores_text(total) + "\n")));
    text
}

/// Writes the summary for a Markdown document.
pub(super) fn markdown(record: &Record, summary: &Summary) -> String {
    let [sections, sentences, losses, reading] = parts(record, summary, LOSSES);
    let list =
        |lines: &[String]| lines.iter().map(|line| format!("- {line}\n")).collect::<String>();
    let baseline = &record.settings.baseline;
    let mut text = String::new();
    if !sections.is_empty() {
        let _ = writeln!(text, "By section, as geometric means of ratios to {baseline}:\n");
        let _ = writeln!(text, "{}", list(&sections));
    }
    let _ = writeln!(text, "{}\n", sentences.join(" "));
    if let Some(total) = &summary.total {
        let _ =
            writeln!(text, "| {} |\n|---{}|", HEADS.join(" | "), "|--:".repeat(HEADS.len() - 1));
        for score in &total.list {
            let _ = writeln!(text, "| {} |", row(score).join(" | "));
        }
        let _ = writeln!(text, "\n{}\n\n{}", losses_heading(record, summary), list(&losses));
    }
    text + &reading.join(" ")
}

/// Writes the summary for the page, without the warnings.
pub(super) fn html(record: &Record, summary: &Summary) -> String {
    let [sections, sentences, losses, _] = parts(record, summary, usize::MAX);
    let list = |lines: &[String]| {
        let items = lines.iter().map(|line| format!("<li>{}</li>", escape(line)));
        format!("<ul>{}</ul>\n", items.collect::<String>())
    };
    let mut html = String::new();
    if let Some((first, rest)) = sentences.split_first() {
        let rest = escape(&rest.join(" "));
        let _ = writeln!(html, "<p class=\"summary\">{}</p>\n<p>{rest}</p>", escape(first));
    }
    if !sections.is_empty() {
        let baseline = escape(&record.settings.baseline);
        let _ = writeln!(html, "<p>By section, as geometric means of ratios to {baseline}:</p>");
        html += &list(&sections);
    }
    if summary.total.is_some() {
        let _ = writeln!(html, "<p>{}</p>", escape(&losses_heading(record, summary)));
        html += &if losses.is_empty() { String::new() } else { list(&losses) };
    }
    let _ = writeln!(html, "<p>{}</p>", escape(&summary.reading.join(" ")));
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::compare;
    use crate::analysis::summary::summary;
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
        for text in [text(&record, &summary), markdown(&record, &summary)] {
            assert!(text.contains("Warning: the machine was noisy."), "{text}");
        }
    }

    #[test]
    fn sections_come_before_the_total_and_losses() {
        let (record, summary) = with_losses();
        for text in [text(&record, &summary), markdown(&record, &summary)] {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"));
            let section = place("By section, as geometric means of ratios to mpsc: ");
            let total = place("crossbeam is fastest: ");
            let losses = place("condvar is worse than the best in ");
            assert!(
                section < total && total < losses && losses < place("margin of equivalence is")
            );
        }
    }

    #[test]
    fn document_lists_only_the_largest_losses() {
        let (record, summary) = with_losses();
        let more = format!("- and {} more, each smaller\n", summary.losses.len() - LOSSES);
        assert!(markdown(&record, &summary).contains(&more));
        assert!(!text(&record, &summary).contains("more, each smaller"));
    }

    #[test]
    fn run_without_losses_says_so() {
        let faster = |name: &str, _: &str| if name == "condvar" { 0.5 } else { 1.0 };
        let record = record_where(1, faster);
        let summary = summary(&record, &compare(&record));
        let words = "condvar is worse than the best in no measurement.";
        assert!(text(&record, &summary).contains(words) && html(&record, &summary).contains(words));
    }
}
