//! What each rule of the default queue is worth: the queue without the rule, relative to the whole
//! queue.

use crate::judge::{SMALLEST, ratios};
use crate::record::{Question, Record};
use crate::stats::{Interval, interval, median_interval};
use crate::table::wrapped;
use crate::verdict::name;
use crate::workload::Metric;
use std::fmt::Write;

/// What the whole queue is called. A record with it as baseline is an ablation.
pub const WHOLE: &str = "whole";

/// The workloads of an ablation if none are named: each rule has some among them in which it should
/// gain.
pub const WORKLOADS: &[&str] = &[
    // Threads that meet at the lock: backoff.
    "empty-1",
    "empty-4",
    "tree",
    // More workers than jobs to wake them for: wake throttling, wake timeout.
    "bursts",
    "crowd",
    // Single jobs, soon or not so soon after the queue was empty: look before waking, spin, spin
    // cooldown.
    "trip-channel",
    "trip-asleep",
    "sparse-20",
    "sparse-60",
    "sparse-1000",
    // A submitter that never leaves its core, behind which a woken worker may wait: wake timeout.
    "open-loop",
];

/// How sure the mark of a cell must be: there are hundreds of cells, and one in twenty of those
/// without any effect would be marked by the interval that is shown.
const CONFIDENCE: f64 = 0.998;

/// From how many rounds on a cell is marked: that so few fall on the same side by chance happens
/// one time in 64.
const ENOUGH: usize = 7;

/// What one question says of one rule.
#[derive(Debug)]
pub struct Cell<'a> {
    /// The question.
    pub question: &'a Question,
    /// The figure without the rule relative to the whole queue's, round by round: the median and
    /// its 95 % interval.
    pub ratio: Interval,
    /// Whether the rule makes a difference there.
    pub effect: Effect,
}

/// Whether a rule makes a difference beyond noise, and one of 5 % or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Without the rule it takes more.
    Pays,
    /// Without the rule it takes less.
    Costs,
    /// Neither can be said.
    None,
}

/// Returns what each question says of the rule that a strategy lacks.
pub fn cells<'a>(record: &'a Record, strategy: &str) -> Vec<Cell<'a>> {
    let shown =
        record.questions.iter().filter(|one| one.metric.is_scored() || one.metric == Metric::Cpu);
    let cell = |question: &'a Question| {
        let ratios = ratios(question.samples.get(strategy)?, question.samples.get(WHOLE)?);
        let sure = interval(&ratios, record.settings.seed, CONFIDENCE);
        let effect = if ratios.len() < ENOUGH {
            Effect::None
        } else if sure.low > 1.0 && sure.middle >= SMALLEST {
            Effect::Pays
        } else if sure.high < 1.0 && sure.middle <= SMALLEST.recip() {
            Effect::Costs
        } else {
            Effect::None
        };
        Some(Cell { question, ratio: median_interval(&ratios, record.settings.seed), effect })
    };
    shown.filter_map(cell).collect()
}

/// Writes a table for each rule, a row a question and a column a condition, and a line on what each
/// rule is worth.
pub fn text(record: &Record) -> String {
    let mut text = String::new();
    let mut summary = String::new();
    for strategy in record.contenders.iter().filter(|one| one.name != WHOLE) {
        let cells = cells(record, &strategy.name);
        let _ = writeln!(text, "{}, relative to {WHOLE}", strategy.name);
        table(&mut text, record, &cells);
        text.push('\n');
        let rule = strategy.name.trim_start_matches("without-");
        summary += &wrapped(&format!(
            "  {rule} {}, and {}.",
            told(&cells, Effect::Pays),
            told(&cells, Effect::Costs)
        ));
    }
    let _ = writeln!(text, "What each rule is worth\n{summary}");
    text += &wrapped(&format!(
        "  Each cell: what a job takes without the rule relative to the whole queue, the median of {} rounds with its 95 % \
         interval. Above 1 the rule pays. + it pays, - it costs: beyond noise (99.8 % interval), by 5 % or more, and in at \
         least {ENOUGH} rounds.",
        record.settings.rounds_done
    ));
    text
}

fn table(text: &mut String, record: &Record, cells: &[Cell<'_>]) {
    let conditions = record.conditions();
    let heads: String = conditions.iter().map(|condition| format!("{condition:>22}")).collect();
    let _ = writeln!(text, "{:28}{heads}", "");
    let mut rows: Vec<_> = cells.iter().map(|cell| row(record, cell.question)).collect();
    rows.sort_unstable();
    rows.dedup();
    for key @ (workload, metric, workers) in rows {
        let label = format!(
            "{:<13} {:<8} {workers:>2} w",
            record.workloads[workload].name,
            metric.to_string()
        );
        let _ = write!(text, "{label:28}");
        for condition in &conditions {
            let is_here = |cell: &&Cell<'_>| {
                cell.question.condition == *condition && row(record, cell.question) == key
            };
            text.push_str(&cells.iter().find(is_here).map_or(format!("{:>20}  ", "-"), figure));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
}

/// Where a question's row stands: by the record's order of workloads, and within one by metric.
fn row(record: &Record, question: &Question) -> (usize, Metric, usize) {
    let workload = record.workloads.iter().position(|one| one.name == question.workload);
    (
        workload.expect("a record names the workloads of its questions"),
        question.metric,
        question.workers,
    )
}

fn figure(cell: &Cell<'_>) -> String {
    let mark = match cell.effect {
        Effect::Pays => '+',
        Effect::Costs => '-',
        Effect::None => ' ',
    };
    format!("{:>21}{mark}", ratio(cell.ratio))
}

fn ratio(ratio: Interval) -> String {
    let plain = |value: f64| match value {
        small if small < 0.0995 => format!("{small:.3}"),
        large if large >= 9.995 => format!("{large:.0}"),
        _ => format!("{value:.2}"),
    };
    format!("{} [{}, {}]", plain(ratio.middle), plain(ratio.low), plain(ratio.high))
}

/// In how many cells a rule has that effect, and where most of it.
fn told(cells: &[Cell<'_>], effect: Effect) -> String {
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
        name(most.question),
        ratio(most.ratio)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Condition;
    use crate::contender::Side;
    use crate::contenders::ablation::strategies;
    use crate::environment::Environment;
    use crate::record::{Asked, Entrant};
    use crate::workload::WORKLOADS as ALL;

    /// An ablation of two rules in eleven rounds, each twice as slow as the one before, so that
    /// only figures of one round can be compared. `factors` has what each question takes without
    /// the one rule and without the other.
    fn record(factors: &[(&str, Metric, Condition, [f64; 2])]) -> Record {
        let rounds =
            |factor: f64| (0..11).map(|round| 100.0 * f64::from(1 << round) * factor).collect();
        let names = [WHOLE, "without-spin", "without-backoff"].map(str::to_owned);
        let entrant = |name: &String| Entrant {
            name: name.clone(),
            mechanism: String::new(),
            side: Side::Study,
        };
        let question = |(workload, metric, condition, [spin, backoff]): &(
            &str,
            Metric,
            Condition,
            [f64; 2],
        )| Question {
            workload: (*workload).into(),
            workers: 8,
            metric: *metric,
            condition: *condition,
            samples: names.iter().cloned().zip([1.0, *spin, *backoff].map(rounds)).collect(),
        };
        let mut record = Record::without_pools(Environment::here());
        record.settings.baseline = WHOLE.into();
        record.settings.rounds_done = 11;
        record.contenders = names.iter().map(entrant).collect();
        record.workloads = WORKLOADS
            .iter()
            .map(|name| Asked { name: (*name).into(), question: String::new() })
            .collect();
        record.questions = factors.iter().map(question).collect();
        record
    }

    fn sparse() -> Record {
        record(&[
            ("sparse-60", Metric::Median, Condition::Quiet, [1.5, 1.0]),
            ("sparse-60", Metric::Cpu, Condition::Quiet, [0.5, 1.04]),
            ("sparse-60", Metric::Median, Condition::Busy, [3.0, 1.2]),
            ("sparse-60", Metric::Sleeps, Condition::Quiet, [9.0, 9.0]),
            ("empty-1", Metric::Time, Condition::Quiet, [1.0, 2.0]),
        ])
    }

    #[test]
    fn a_cell_is_the_ratio_within_rounds() {
        let record = sparse();
        let cells = cells(&record, "without-spin");
        let found: Vec<_> = cells.iter().map(|cell| (cell.ratio.middle, cell.effect)).collect();
        let wanted =
            [(1.5, Effect::Pays), (0.5, Effect::Costs), (3.0, Effect::Pays), (1.0, Effect::None)];
        assert_eq!(found, wanted, "and sleeps are not shown");
        assert!(cells.iter().all(
            |cell| (cell.ratio.low, cell.ratio.high) == (cell.ratio.middle, cell.ratio.middle)
        ));
    }

    #[test]
    fn a_difference_below_five_percent_is_none() {
        let record = sparse();
        let cells = cells(&record, "without-backoff");
        let cpu =
            cells.iter().find(|cell| cell.question.metric == Metric::Cpu).expect("it was asked");
        assert!(cpu.ratio.middle > 1.03 && cpu.effect == Effect::None, "{cpu:?}");
    }

    #[test]
    fn few_rounds_show_no_effect() {
        let mut record = sparse();
        let few = ENOUGH - 1;
        record
            .questions
            .iter_mut()
            .flat_map(|one| one.samples.values_mut())
            .for_each(|values| values.truncate(few));
        assert!(cells(&record, "without-spin").iter().all(|cell| cell.effect == Effect::None));
    }

    #[test]
    fn noise_is_no_effect() {
        let mut record = sparse();
        let noisy: Vec<f64> =
            (0..11).map(|round| if round % 2 == 0 { 70.0 } else { 140.0 }).collect();
        record.questions[0].samples.insert("without-spin".into(), noisy);
        record.questions[0].samples.insert(WHOLE.into(), vec![100.0; 11]);
        assert_eq!(cells(&record, "without-spin")[0].effect, Effect::None);
    }

    #[test]
    fn the_table_has_a_row_a_question_and_a_column_a_condition() {
        let text = text(&sparse());
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
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }

    #[test]
    fn the_summary_names_where_a_rule_pays_most() {
        let text = text(&sparse());
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for told in [
            "spin pays in 2 of 4, most in sparse-60 p50, 8 workers, busy: 3.00 [3.00, 3.00], and costs in 1 of 4, \
             most in sparse-60 cpu/job, 8 workers: 0.50 [0.50, 0.50].",
            "backoff pays in 2 of 4, most in empty-1, 8 workers: 2.00 [2.00, 2.00], and costs in none of 4.",
        ] {
            assert!(text.contains(told), "{text}");
        }
    }

    #[test]
    fn every_rule_is_removed_once_from_the_whole_queue() {
        let names: Vec<_> = strategies().iter().map(|one| one.name).collect();
        assert_eq!((names[0], names.len()), (WHOLE, 1 + hello::queue::Rule::REMOVABLE.len()));
        assert!(
            hello::queue::Rule::REMOVABLE
                .iter()
                .all(|rule| names.contains(&&*format!("without-{}", rule.name())))
        );
    }

    #[test]
    fn every_workload_of_an_ablation_exists() {
        assert!(WORKLOADS.iter().all(|name| ALL.iter().any(|one| one.name == *name)));
    }
}
