//! The tables of an ablation: what each rule of the default queue is worth.

use super::layout::{columns, plain, plus_minus, wrapped};
use super::terminal::warnings;
use crate::analysis::ablation::{Cell, ENOUGH, Effect, cells};
use crate::analysis::compare::compare;
use crate::analysis::summary::reading;
use crate::analysis::words::{bracketed, name};
use crate::data::{Measurement, Metric, Record, WHOLE, number};
use std::fmt::Write;

/// Writes how to read the cells, a table for each rule, a row a measurement and a column a condition,
/// and a line on what each rule is worth.
pub(super) fn ablation(record: &Record) -> String {
    let mut text = legend(record);
    let mut summary = String::new();
    for strategy in record.strategies.iter().filter(|one| one.name != WHOLE) {
        let cells = cells(record, &strategy.name);
        let _ = write!(text, "\n{}, relative to {WHOLE}\n{}", strategy.name, rule(record, &cells));
        summary += &wrapped(&format!(
            "  {} {}, and {}.",
            strategy.name.trim_start_matches("without-"),
            effects(&cells, Effect::Pays),
            effects(&cells, Effect::Costs)
        ));
    }
    let _ = writeln!(text, "\nWhat each rule is worth\n{summary}");
    text.extend(reading(record, &compare(record)).iter().map(|line| wrapped(line)));
    format!("{text}\n{}", warnings(record))
}

fn legend(record: &Record) -> String {
    wrapped(&format!(
        "Each cell: what a job takes without the rule relative to the whole queue, the median of {}, ± half of its 95 % \
         interval. Above 1 the rule pays. + it pays, - it costs: beyond noise (99.8 % interval, or all rounds if they are \
         fewer than ten), outside the margin of equivalence, and in at least {ENOUGH} rounds. p99 has a row only if a sample \
         has {} jobs.",
        record.rounds(),
        Metric::P99.least_jobs()
    ))
}

fn rule(record: &Record, cells: &[Cell<'_>]) -> String {
    let conditions = record.conditions();
    let heads = ["", "", ""].map(str::to_owned).into_iter();
    let mut rows = vec![heads.chain(conditions.iter().map(ToString::to_string)).collect()];
    let mut keys: Vec<_> = cells.iter().map(|cell| row(record, cell.measurement)).collect();
    keys.sort_unstable();
    keys.dedup();
    for key @ (workload, metric, workers) in keys {
        let found = conditions.iter().map(|condition| {
            let is_here = |cell: &&Cell<'_>| {
                cell.measurement.condition == *condition && row(record, cell.measurement) == key
            };
            cells.iter().find(is_here).map_or_else(|| "- ".to_owned(), rule_cell)
        });
        let workload = record.workloads[workload].name.clone();
        let labels = [workload, metric.to_string(), format!("{workers:>2} w")];
        rows.push(labels.into_iter().chain(found).collect());
    }
    columns(3, &rows, plain)
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
    format!("{} {:>5}{mark}", number(cell.ratio.middle), plus_minus(&cell.ratio))
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
        bracketed(&most.ratio)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture;

    #[test]
    fn ablation_has_rows_of_measurements_and_condition_columns() {
        let text = ablation(&fixture::ablation());
        let spin = text.split("\n\n").nth(1).expect("the legend is first");
        let lines: Vec<Vec<&str>> =
            spin.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0], ["without-spin,", "relative", "to", "whole"]);
        assert_eq!(lines[1], ["quiet", "busy"]);
        assert_eq!(lines[2], ["empty-1", "time/job", "8", "w", "1.00", "±0%", "-"]);
        assert_eq!(lines[3], ["sparse-60", "p50", "8", "w", "1.50", "±0%+", "3.00", "±0%+"]);
        assert_eq!(lines[4], ["sparse-60", "cpu/job", "8", "w", "0.50", "±0%-", "-"]);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn ablation_names_where_a_rule_pays_most() {
        let text = ablation(&fixture::ablation());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for line in [
            "spin pays in 2 of 4, most in sparse-60 p50, 8 workers, busy: 3.00× [3.00, 3.00], and costs in 1 of 4, \
             most in sparse-60 cpu/job, 8 workers: 0.50× [0.50, 0.50].",
            "backoff pays in 2 of 4, most in empty-1, 8 workers: 2.00× [2.00, 2.00], and costs in none of 4.",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }
}
