//! Tables for a terminal of a hundred columns: of strategies, of an ablation, of servers.

use super::summary::{scores_text, text as summary_text};
use crate::analysis::ablation::{Cell, ENOUGH, Effect, cells};
use crate::analysis::compare::{Comparison, ServerEstimate, Standing, compare, compare_servers};
use crate::analysis::scores::row_order;
use crate::analysis::sections::SECTIONS;
use crate::analysis::stats::Interval;
use crate::analysis::summary::{line, reading, summary};
use crate::analysis::warnings::server_warnings;
use crate::analysis::words::{counted, name};
use crate::data::{Condition, Measurement, Metric, Record, ServerRun, WHOLE};
use std::fmt::Write;

/// The width of a line.
const WIDTH: usize = 100;
/// The width of a strategy's name.
const NAME: usize = 15;
/// The width of a cell.
const CELL: usize = 14;

/// Writes a table for each section, a line for each of its measurements, and the summary.
///
/// Each condition of the record has its own. The servers of the record follow. An ablation has
/// tables of its own kind. `colour` highlights what the marks say as well.
pub fn text(record: &Record, colour: bool) -> String {
    if record.settings.baseline == WHOLE {
        return ablation(record);
    }
    let mut parts = Vec::new();
    let conditions = record.conditions();
    for condition in &conditions {
        // If quiet is the only condition, there is no heading.
        if conditions != [Condition::Quiet] {
            let heading = format!("Condition {condition}: {}", condition.words());
            parts.push(format!("{}\n", bold(&heading, colour)));
        }
        parts.push(strategies(&record.under(*condition), colour));
    }
    parts.extend(record.http.as_ref().map(servers));
    parts.join("\n")
}

fn strategies(record: &Record, colour: bool) -> String {
    let comparisons = compare(record);
    let rows = row_order(record, &comparisons);
    let summary = summary(record, &comparisons);
    let mut text = String::new();
    for section in SECTIONS {
        let shown = section.of(&comparisons);
        if shown.is_empty() {
            continue;
        }
        text += &bold(section.title, colour);
        text.push('\n');
        let with_figures: Vec<_> =
            shown.iter().filter(|one| !one.estimates.is_empty()).copied().collect();
        for columns in with_figures.chunks((WIDTH - NAME) / CELL) {
            panel(&mut text, columns, &rows, colour);
        }
        for one in shown {
            text += &wrapped(&format!("  {}: {}.", name(one.measurement), line(record, one)));
        }
        let scores = summary.sections.iter().find(|scores| scores.title == section.title);
        text.extend(scores.map(scores_text));
        text.push('\n');
    }
    text += &bold("Summary", colour);
    text.push('\n');
    text += &summary_text(record, &summary);
    text += &legend(record);
    text
}

/// Says how to read the cells.
fn legend(record: &Record) -> String {
    let (baseline, rounds) = (&record.settings.baseline, record.rounds());
    wrapped(&format!(
        "  Each cell: the median of the ratios to {baseline} within {rounds}, then the median figure; the ratio is not the \
         quotient of two such figures. * best, = equivalent to the best (the whole interval is inside the margin), ? undecided \
         against the best, ~ undecided against {baseline}; without a mark, worse. - does not apply. A number of jobs in place of \
         a figure: too few for the percentile. First: best or equivalent to the best, unless the control is too wide. Lower is \
         better everywhere."
    ))
}

fn panel(text: &mut String, columns: &[&Comparison<'_>], rows: &[String], colour: bool) {
    heads(text, columns);
    for name in rows {
        if columns.iter().all(|one| one.of(name).is_none()) {
            continue;
        }
        let _ = write!(text, "{name:NAME$}");
        for one in columns {
            let estimate = one.of(name);
            let cell = cell(one, name);
            match estimate.map(|estimate| estimate.standing) {
                Some(Standing::Best) if colour => *text += &format!("\x1b[1;32m{cell}\x1b[0m"),
                Some(Standing::Equivalent) if colour => *text += &format!("\x1b[32m{cell}\x1b[0m"),
                _ => *text += &cell,
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
}

/// Writes the heads of columns: the workload, then the metric and the number of workers. A name too
/// wide for its column is broken at its last hyphen.
fn heads(text: &mut String, columns: &[&Comparison<'_>]) {
    let broken = |one: &Comparison<'_>| {
        let name = &one.measurement.workload;
        let place = name.rfind('-').filter(|_| name.len() >= CELL).map_or(0, |place| place + 1);
        let (first, second) = name.split_at(place);
        (first.to_owned(), second.to_owned())
    };
    let mut head = |label: &dyn Fn(&Comparison<'_>) -> String| {
        let cells: String =
            columns.iter().map(|one| format!("{:>1$} ", label(one), CELL - 1)).collect();
        let _ = writeln!(text, "{}", format!("{:NAME$}{cells}", "").trim_end());
    };
    if columns.iter().any(|one| !broken(one).0.is_empty()) {
        head(&|one| broken(one).0);
    }
    head(&|one| broken(one).1);
    head(&|one| {
        // The longest name is too wide.
        let metric = one.measurement.metric.to_string().replace("switches/job", "switches");
        format!("{metric}, {} w", one.measurement.workers)
    });
}

fn cell(one: &Comparison<'_>, name: &str) -> String {
    let Some(estimate) = one.of(name) else {
        let jobs = one.too_few_jobs_of(name);
        let words = jobs.map_or_else(|| "-".to_owned(), |jobs| counted(jobs, "job"));
        return format!("{words:>13} ");
    };
    let ratio = estimate.ratio.map_or(String::new(), |ratio| {
        let digits = if ratio.middle < 9.995 { 2 } else { usize::from(ratio.middle < 99.95) };
        let undecided = if one.is_undecided(estimate) { "~" } else { "" };
        format!("{undecided}{:.digits$}", ratio.middle)
    });
    let figure = one.measurement.metric.figure(estimate.figure);
    format!("{ratio:>5} {figure:>7}{}", mark(estimate.standing))
}

fn mark(standing: Standing) -> char {
    match standing {
        Standing::Best => '*',
        Standing::Equivalent => '=',
        Standing::Undecided => '?',
        Standing::Worse | Standing::Unranked => ' ',
    }
}

fn bold(text: &str, colour: bool) -> String {
    if colour { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}

/// Writes a table for each rule, a row a measurement and a column a condition, and a line on what
/// each rule is worth.
fn ablation(record: &Record) -> String {
    let mut text = String::new();
    let mut summary = String::new();
    for strategy in record.strategies.iter().filter(|one| one.name != WHOLE) {
        let cells = cells(record, &strategy.name);
        let _ = writeln!(text, "{}, relative to {WHOLE}", strategy.name);
        rule(&mut text, record, &cells);
        text.push('\n');
        summary += &wrapped(&format!(
            "  {} {}, and {}.",
            strategy.name.trim_start_matches("without-"),
            effects(&cells, Effect::Pays),
            effects(&cells, Effect::Costs)
        ));
    }
    let _ = writeln!(text, "What each rule is worth\n{summary}");
    text += &wrapped(&format!(
        "  Each cell: what a job takes without the rule relative to the whole queue, the median of {} with its 95 % \
         interval. Above 1 the rule pays. + it pays, - it costs: beyond noise (99.8 % interval, or all rounds if they are \
         fewer than ten), outside the margin of equivalence, and in at least {ENOUGH} rounds. p99 has a row \
         only if a sample has {} jobs.",
        record.rounds(),
        Metric::P99.least_jobs()
    ));
    for sentence in reading(record, &compare(record)) {
        text += &wrapped(&format!("  {sentence}"));
    }
    for warning in &record.warnings {
        text += &wrapped(&format!("  Warning: {warning}."));
    }
    text
}

fn rule(text: &mut String, record: &Record, cells: &[Cell<'_>]) {
    let conditions = record.conditions();
    let heads: String = conditions.iter().map(|condition| format!("{condition:>22}")).collect();
    let _ = writeln!(text, "{:32}{heads}", "");
    let mut rows: Vec<_> = cells.iter().map(|cell| row(record, cell.measurement)).collect();
    rows.sort_unstable();
    rows.dedup();
    for key @ (workload, metric, workers) in rows {
        let workload = &record.workloads[workload].name;
        let label = format!("{workload:<18} {:<8} {workers:>2} w", metric.to_string());
        let _ = write!(text, "{label:32}");
        for condition in &conditions {
            let is_here = |cell: &&Cell<'_>| {
                cell.measurement.condition == *condition && row(record, cell.measurement) == key
            };
            let cell = cells.iter().find(is_here);
            text.push_str(&cell.map_or(format!("{:>20}  ", "-"), rule_cell));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
}

/// Returns the key of a measurement's row: rows are in the record's order of workloads, and within a
/// workload in the order of metrics.
fn row(record: &Record, measurement: &Measurement) -> (usize, Metric, usize) {
    let workload = record.workloads.iter().position(|one| one.name == measurement.workload);
    (
        workload.expect("a record lists the workloads of its measurements"),
        measurement.metric,
        measurement.workers,
    )
}

fn rule_cell(cell: &Cell<'_>) -> String {
    let mark = match cell.effect {
        Effect::Pays => '+',
        Effect::Costs => '-',
        Effect::None => ' ',
    };
    format!("{:>21}{mark}", bracketed(cell.ratio))
}

fn bracketed(ratio: Interval) -> String {
    let plain = |value: f64| match value {
        small if small < 0.0995 => format!("{small:.3}"),
        large if large >= 9.995 => format!("{large:.0}"),
        _ => format!("{value:.2}"),
    };
    format!("{} [{}, {}]", plain(ratio.middle), plain(ratio.low), plain(ratio.high))
}

/// Says in how many cells a rule has an effect, and which cell has most of it.
fn effects(cells: &[Cell<'_>], effect: Effect) -> String {
    let verb = if effect == Effect::Pays { "pays" } else { "costs" };
    let size = |cell: &&Cell<'_>| cell.ratio.middle.max(cell.ratio.middle.recip());
    let found: Vec<_> = cells.iter().filter(|cell| cell.effect == effect).collect();
    let Some(most) = found.iter().max_by(|a, b| size(a).total_cmp(&size(b))) else {
        return format!("{verb} in none of {}", cells.len());
    };
    format!(
        "{verb} in {} of {}, most in {}: {}",
        found.len(),
        cells.len(),
        name(most.measurement),
        bracketed(most.ratio)
    )
}

/// Writes a table of servers for each load, how to read it, and the warnings.
pub fn servers(run: &ServerRun) -> String {
    let mut text = String::new();
    let baseline = &run.baseline;
    for load in compare_servers(run) {
        let (mode, connections) = (load.mode, load.connections);
        let _ = writeln!(text, "The server beside its peers: {mode}, {connections} connections");
        let [p50, p99, ratio] = ["p50", "p99", &format!("ratio to {baseline}")];
        let _ = write!(text, "{:<17} {:>10}  {ratio:<20} {p50:>9} {p99:>9}", "", "requests/s");
        let _ = writeln!(text, " {:>9} {:>10} {:>8}", "cpu", "memory", "errors");
        text.extend(load.estimates.iter().map(server_row));
        text.push('\n');
    }
    text += &wrapped(&format!(
        "  Medians of {} rounds of {} s, and the ratio of requests per second with its 95 % interval; higher is better. * best, \
         = equivalent to the best, ? undecided against the best, ~ undecided against {baseline}; the margin is 5 %, without \
         a control. With fewer than six rounds there is no such interval: the range is shown, and everything is undecided. Cpu: CPU time of the server for each request; memory: \
         its maximum; errors: of all rounds. A server with errors is not best.",
        run.rounds, run.seconds
    ));
    for warning in server_warnings(run) {
        let _ = writeln!(text, "  Warning: {warning}.");
    }
    text
}

fn server_row(one: &ServerEstimate<'_>) -> String {
    let ratio = one.ratio.map_or_else(
        || "-".to_owned(),
        |ratio| {
            let undecided = if one.is_undecided() { "~" } else { "" };
            format!("{undecided}{:.2} [{:.2}, {:.2}]", ratio.middle, ratio.low, ratio.high)
        },
    );
    let [p50, _, p99] = one.percentiles.map(duration);
    format!(
        "{:<17} {:>10.0}{} {ratio:<20} {p50:>9} {p99:>9} {:>6.2} us {:>6.1} MiB {:>8}\n",
        one.server.name,
        one.rate,
        mark(one.standing),
        one.cpu,
        one.memory,
        one.errors
    )
}

/// Writes microseconds with a unit.
pub(super) fn duration(us: f64) -> String {
    match us {
        us if us < 1e3 => format!("{us:.0} us"),
        us if us < 1e6 => format!("{:.2} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}

/// Breaks a paragraph into lines with the indent of the first.
pub(super) fn wrapped(paragraph: &str) -> String {
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
    use crate::data::fixture::{self, record};

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        for line in text(&record(), false).lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn each_condition_has_a_heading_and_tables() {
        let (quiet, both) = (text(&record(), false), text(&record().and_busy(record()), false));
        assert!(!quiet.contains("Condition"));
        let busy = "Condition busy: beside as many busy processes as cores\n";
        let (first, second) = both.split_once(busy).expect("it has the heading");
        assert!(
            first.starts_with("Condition quiet: on a quiet machine\n")
                && first.contains(quiet.trim())
        );
        assert!(
            second.contains("empty-1, 2 workers, busy: ") && second.contains("Summary"),
            "{second}"
        );
    }

    #[test]
    fn colour_adds_nothing_to_the_marks() {
        let coloured = text(&record(), true);
        assert!(coloured.contains("\x1b[1;32m"));
        let plain = ["\x1b[1;32m", "\x1b[32m", "\x1b[1m", "\x1b[0m"]
            .iter()
            .fold(coloured, |text, code| text.replace(code, ""));
        assert_eq!(plain, text(&record(), false));
    }

    #[test]
    fn cell_has_ratio_figure_and_mark() {
        let text = text(&record(), false);
        let row = text.lines().find(|line| line.starts_with("textbook")).expect("it took part");
        assert!(row.contains(" 3.0") && row.contains("µs"), "{row}");
        assert!(
            text.lines()
                .any(|line| line.starts_with("one-thread") && line.contains("0.20  200 ns")),
            "{text}"
        );
        assert!(!text.contains("best one-thread"), "a reference is never best");
    }

    #[test]
    fn wide_workload_names_are_broken_at_a_hyphen() {
        let mut record = record();
        for measurement in record.measurements.iter_mut().filter(|one| one.workload == "empty-1") {
            measurement.workload = "round-trip-channel".to_owned();
        }
        let text = text(&record, false);
        let heads = text.split_once("Round trips\n").expect("it has the section").1;
        let lines: Vec<_> = heads.lines().take(3).map(str::trim).collect();
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(lines[0]), ["round-trip-", "round-trip-"]);
        assert_eq!(words(lines[1]), ["channel", "channel"]);
        assert!(lines[2].starts_with("time/job, 2 w"), "{}", lines[2]);
    }

    #[test]
    fn ablation_has_rows_of_measurements_and_condition_columns() {
        let text = text(&fixture::ablation(), false);
        let spin = text.split("without-backoff").next().expect("spin is first");
        let lines: Vec<Vec<&str>> =
            spin.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["without-spin,", "relative", "to", "whole"]);
        assert_eq!(lines[1], ["quiet", "busy"]);
        assert_eq!(lines[2], ["empty-1", "time/job", "8", "w", "1.00", "[1.00,", "1.00]", "-"]);
        assert_eq!(
            lines[3],
            ["sparse-60", "p50", "8", "w", "1.50", "[1.50,", "1.50]+", "3.00", "[3.00,", "3.00]+"]
        );
        assert_eq!(lines[4], ["sparse-60", "cpu/job", "8", "w", "0.50", "[0.50,", "0.50]-", "-"]);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn ablation_names_where_a_rule_pays_most() {
        let text = text(&fixture::ablation(), false);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for line in [
            "spin pays in 2 of 4, most in sparse-60 p50, 8 workers, busy: 3.00 [3.00, 3.00], and costs in 1 of 4, \
             most in sparse-60 cpu/job, 8 workers: 0.50 [0.50, 0.50].",
            "backoff pays in 2 of 4, most in empty-1, 8 workers: 2.00 [2.00, 2.00], and costs in none of 4.",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn server_table_fits_a_terminal_and_explains_marks() {
        let text = servers(&fixture::servers());
        assert!(
            text.contains("Connection: close, 32 connections") && text.contains("* best"),
            "{text}"
        );
        let nginx = text.lines().find(|line| line.starts_with("nginx")).expect("it took part");
        assert!(nginx.contains("0.50 [0.50, 0.50]"), "{nginx}");
        for line in text.lines().filter(|line| !line.contains("Warning")) {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration(255.0), "255 us");
        assert_eq!(duration(1020.0), "1.02 ms");
        assert_eq!(duration(1_500_000.0), "1.50 s");
    }
}
