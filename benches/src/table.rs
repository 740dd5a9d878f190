//! What a record says, for a terminal of a hundred columns.

use crate::ablation;
use crate::condition::Condition;
use crate::judge::{Estimate, Judged, Standing, judge};
use crate::record::Record;
use crate::servers;
use crate::topics::TOPICS;
use crate::verdict::{ranking, sentences, words};
use std::fmt::Write;

/// How wide a line may be.
const WIDTH: usize = 100;
const NAME: usize = 15;
const CELL: usize = 14;

/// Writes a table for each topic, a line in words for each of its questions, and the verdict.
///
/// A record of several conditions has all that under each. After it comes what servers did, if the
/// record has that. `colour` adds to what the marks say, and says nothing that they do not.
pub fn text(record: &Record, colour: bool) -> String {
    let mut parts = Vec::new();
    if record.settings.baseline == ablation::WHOLE {
        return ablation::text(record);
    }
    let conditions = record.conditions();
    for condition in &conditions {
        // A record of the default condition alone says nothing of conditions.
        if conditions != [Condition::Quiet] {
            parts.push(format!(
                "{}\n",
                bold(&format!("Condition {condition}: {}", condition.words()), colour)
            ));
        }
        parts.push(pools(&record.under(*condition), colour));
    }
    parts.extend(record.http.as_ref().map(servers::table::text));
    parts.join("\n")
}

fn pools(record: &Record, colour: bool) -> String {
    let judged = judge(record);
    let rows = row_order(record, &judged);
    let mut text = String::new();
    for topic in TOPICS {
        let questions = topic.of(&judged);
        if questions.is_empty() {
            continue;
        }
        text += &bold(topic.title, colour);
        text.push('\n');
        for columns in questions.chunks((WIDTH - NAME) / CELL) {
            panel(&mut text, columns, &rows, colour);
        }
        for one in questions {
            let name = crate::verdict::name(one.question);
            text += &wrapped(&format!("  {name}: {}.", words(record, one)));
        }
        text.push('\n');
    }
    text += &bold("Verdict", colour);
    text.push('\n');
    for sentence in sentences(record, &judged) {
        text += &wrapped(&format!("  {sentence}"));
    }
    text.push('\n');
    let (baseline, rounds) = (&record.settings.baseline, record.settings.rounds_done);
    text += &wrapped(&format!(
        "  Each cell: ratio to {baseline} (median over {rounds} rounds), then the median figure. * best, = tied for best, \
         ~ tied with {baseline}, - cannot be asked. Less is better everywhere."
    ));
    text
}

/// The contenders, the best first, and those that are not ranked last.
pub(crate) fn row_order(record: &Record, judged: &[Judged<'_>]) -> Vec<String> {
    let mut rows: Vec<_> = ranking(record, judged).into_iter().map(|rank| rank.contender).collect();
    for contender in &record.contenders {
        if !rows.contains(&contender.name) {
            rows.push(contender.name.clone());
        }
    }
    rows
}

fn panel(text: &mut String, columns: &[&Judged<'_>], rows: &[String], colour: bool) {
    let mut head = |label: &dyn Fn(&Judged<'_>) -> String| {
        let cells: String =
            columns.iter().map(|one| format!("{:>1$} ", label(one), CELL - 1)).collect();
        let _ = writeln!(text, "{}", format!("{:NAME$}{cells}", "").trim_end());
    };
    head(&|one| one.question.workload.clone());
    head(&|one| format!("{}, {} w", one.question.metric, one.question.workers));
    for name in rows {
        if columns.iter().all(|one| one.of(name).is_none()) {
            continue;
        }
        let _ = write!(text, "{name:NAME$}");
        for one in columns {
            let estimate = one.of(name);
            let cell = cell(one, estimate);
            match estimate.map(|estimate| estimate.standing) {
                Some(Standing::Best) if colour => *text += &format!("\x1b[1;32m{cell}\x1b[0m"),
                Some(Standing::Tied) if colour => *text += &format!("\x1b[32m{cell}\x1b[0m"),
                _ => *text += &cell,
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
}

fn cell(one: &Judged<'_>, estimate: Option<&Estimate>) -> String {
    let Some(estimate) = estimate else { return format!("{:>13} ", "-") };
    let mark = match estimate.standing {
        Standing::Best => '*',
        Standing::Tied => '=',
        Standing::Behind => ' ',
    };
    let ratio = estimate.ratio.map_or(String::new(), |ratio| {
        let digits = if ratio.middle < 9.995 { 2 } else { usize::from(ratio.middle < 99.95) };
        format!(
            "{}{:.digits$}",
            if estimate.is_tied_with_baseline() { "~" } else { "" },
            ratio.middle
        )
    });
    format!("{ratio:>5} {:>7}{mark}", one.question.metric.figure(estimate.figure))
}

fn bold(text: &str, colour: bool) -> String {
    if colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}

/// A paragraph in lines, each as far in as the first.
pub(crate) fn wrapped(paragraph: &str) -> String {
    let indent = paragraph.len() - paragraph.trim_start().len();
    let mut lines = vec![String::new()];
    for word in paragraph.split_whitespace() {
        let line = lines.last_mut().expect("there is one");
        if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_owned());
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines.iter().map(|line| format!("{:indent$}{line}\n", "")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::record;

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        for line in text(&record(), false).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn each_condition_has_a_heading_and_tables_of_its_own() {
        let (quiet, both) = (text(&record(), false), text(&record().and_busy(record()), false));
        assert!(!quiet.contains("Condition"));
        let busy = "Condition busy: beside as many busy processes as cores\n";
        let (first, second) = both.split_once(busy).expect("it has the heading");
        assert!(
            first.starts_with("Condition quiet: on a quiet machine\n")
                && first.contains(quiet.trim())
        );
        assert!(
            second.contains("empty-1, 2 workers, busy: ") && second.contains("Verdict"),
            "{second}"
        );
    }

    #[test]
    fn colour_says_nothing_that_the_marks_do_not() {
        let coloured = text(&record(), true);
        assert!(coloured.contains("\x1b[1;32m"));
        let plain = ["\x1b[1;32m", "\x1b[32m", "\x1b[1m", "\x1b[0m"]
            .iter()
            .fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(plain, text(&record(), false));
    }

    #[test]
    fn a_cell_has_the_ratio_the_figure_and_the_mark() {
        let text = text(&record(), false);
        let row = text.lines().find(|line| line.starts_with("textbook")).expect("it took part");
        assert!(row.contains(" 3.0") && row.contains("µs"), "{row}");
        assert!(text.contains("~1.00"), "the baseline is tied with itself");
        assert!(
            text.lines()
                .any(|line| line.starts_with("one-thread") && line.contains("0.20  200 ns")),
            "{text}"
        );
        assert!(!text.contains("one-thread 200 ns"), "what is no pool is never best");
    }
}
