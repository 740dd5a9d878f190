//! The tables of all figures: for each section, a row a strategy and a column a measurement.

use super::layout::{Paint, WIDTH, columns, plain, plus_minus, width, wrapped};
use super::summary::scores_rows;
use crate::analysis::compare::{Comparison, Estimate, Standing};
use crate::analysis::scores::{Scores, row_order};
use crate::analysis::sections::SECTIONS;
use crate::analysis::stats::{Interval, median_interval};
use crate::analysis::summary::{Summary, line};
use crate::analysis::words::{counted, name};
use crate::data::{Record, number};

/// The width of a cell, and of the gap before it.
const CELL: usize = 21;

/// Writes how to read the cells. For each section, writes a table, a line a measurement, and the means;
/// then the means over all families.
pub(super) fn tables(
    record: &Record,
    comparisons: &[Comparison<'_>],
    summary: &Summary,
    colour: bool,
) -> String {
    let rows = row_order(record, comparisons);
    let mut parts = vec![legend(record)];
    for section in SECTIONS {
        let shown = section.of(comparisons);
        if shown.is_empty() {
            continue;
        }
        let with_figures: Vec<_> =
            shown.iter().filter(|one| !one.estimates.is_empty()).copied().collect();
        let mut text = format!("{}\n", Paint::Bold.on(section.title, colour));
        text += &wrapped(section.explanation);
        let names = rows.iter().map(|name| width(name)).max().unwrap_or_default();
        for block in with_figures.chunks((WIDTH.saturating_sub(names) / CELL).max(1)) {
            text += &panel(record, block, &rows, colour);
        }
        for one in shown {
            text += &wrapped(&format!("  {}: {}.", name(one.measurement), line(record, one)));
        }
        let scores = summary.sections.iter().find(|scores| scores.title == section.title);
        text.extend(scores.map(means));
        parts.push(text);
    }
    if let Some(total) = &summary.total {
        parts.push(format!("{}\n{}", Paint::Bold.on("All families", colour), means(total)));
    }
    parts.join("\n")
}

/// Says how to read the cells.
fn legend(record: &Record) -> String {
    let (baseline, rounds) = (&record.settings.baseline, record.rounds());
    wrapped(&format!(
        "Each cell: the median of the ratios to {baseline} within {rounds}, ± half of its interval, then the median figure; the \
         ratio is not the quotient of two such figures. Where there is no ratio, and for {baseline} itself, ± is that of the \
         figure. * best, = equivalent to the best (the whole interval is inside the margin), ? undecided against the best; \
         without a mark, worse. - does not apply. A number of jobs in place of a figure: too few for the percentile. In the \
         tables of means, first: best or equivalent to the best, unless the control is too wide. Lower is better everywhere."
    ))
}

/// Writes the means of the strategies.
fn means(scores: &Scores) -> String {
    let rows = columns(1, &scores_rows(scores), plain);
    format!("  Mean over {}\n{rows}", counted(scores.measured, "measurement"))
}

fn panel(record: &Record, block: &[&Comparison<'_>], rows: &[String], colour: bool) -> String {
    let workload = |one: &&Comparison<'_>| format!("{} ", one.measurement.workload);
    let metric = |one: &&Comparison<'_>| {
        format!("{}, {} w ", one.measurement.metric, one.measurement.workers)
    };
    let head = |label: &dyn Fn(&&Comparison<'_>) -> String| -> Vec<String> {
        [String::new()].into_iter().chain(block.iter().map(label)).collect()
    };
    let shown: Vec<_> =
        rows.iter().filter(|name| block.iter().any(|one| one.of(name).is_some())).collect();
    let row = |name: &&String| {
        let cells = block.iter().map(|one| cell(record, one, name));
        [(*name).clone()].into_iter().chain(cells).collect()
    };
    let lines = [head(&workload), head(&metric)].into_iter().chain(shown.iter().map(row));
    columns(1, &lines.collect::<Vec<_>>(), |row, column, cell| {
        let name = row.checked_sub(2).map(|row| shown[row]);
        let one = column.checked_sub(1).map(|column| block[column]);
        let estimate = one.zip(name).and_then(|(one, name)| one.of(name));
        match estimate.map(|estimate| estimate.standing) {
            Some(Standing::Best) => Paint::Best.on(&cell, colour),
            Some(Standing::Equivalent) => Paint::Green.on(&cell, colour),
            _ => cell,
        }
    })
}

fn cell(record: &Record, one: &Comparison<'_>, name: &str) -> String {
    let Some(estimate) = one.of(name) else {
        let jobs = one.too_few_jobs_of(name);
        let words = jobs.map_or_else(|| "-".to_owned(), |jobs| counted(jobs, "job"));
        return format!("{words} ");
    };
    let ratio = estimate.ratio.map_or(String::new(), |ratio| number(ratio.middle));
    let figure = one.measurement.metric.figure(estimate.figure);
    let half = plus_minus(&uncertain(record, one, estimate));
    format!("{ratio:>4} {half:>5} {figure:>7}{}", mark(estimate.standing))
}

/// Returns the interval of the ratio. Without one, and for the baseline, whose ratio is always 1, it is
/// that of the figure.
fn uncertain(record: &Record, one: &Comparison<'_>, estimate: &Estimate) -> Interval {
    let is_baseline = estimate.strategy == record.settings.baseline;
    let of_figure = || median_interval(&one.measurement.samples[&estimate.strategy]);
    estimate.ratio.filter(|_| !is_baseline).unwrap_or_else(of_figure)
}

/// Returns the mark of a standing.
pub(super) fn mark(standing: Standing) -> char {
    match standing {
        Standing::Best => '*',
        Standing::Equivalent => '=',
        Standing::Undecided => '?',
        Standing::Worse | Standing::Unranked => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::compare;
    use crate::analysis::summary::summary;
    use crate::data::fixture::record;

    fn text(record: &Record) -> String {
        let comparisons = compare(record);
        tables(record, &comparisons, &summary(record, &comparisons), false)
    }

    #[test]
    fn cell_has_ratio_interval_figure_and_mark() {
        let text = text(&record());
        let row = |name: &str| {
            let row = text.lines().find(|line| line.starts_with(name)).expect("it took part");
            row.split_whitespace().collect::<Vec<_>>()
        };
        let [ratio, half, figure, unit] = row("textbook")[1..5] else { panic!("{text}") };
        assert!(ratio.starts_with("3.0") && half.starts_with('±') && half.ends_with('%'), "{text}");
        assert!(figure.parse::<f64>().is_ok() && unit == "µs", "{figure} {unit}");
        assert_eq!(row("one-thread")[1], "0.20");
        assert!(!text.contains("best one-thread"), "a reference is never best");
    }

    #[test]
    fn baseline_has_the_interval_of_its_figure() {
        let text = text(&record());
        let row = text.lines().find(|line| line.starts_with("mpsc")).expect("it took part");
        assert!(row.contains(" 1.00 ") && !row.contains("±0%"), "{row}");
    }

    #[test]
    fn single_round_has_no_interval() {
        let mut record = record();
        for one in &mut record.measurements {
            one.samples.values_mut().for_each(|values| values.truncate(1));
            one.control.truncate(1);
        }
        assert!(text(&record).contains(" ±? "));
    }

    #[test]
    fn means_of_sections_and_of_all_have_tables() {
        let text = text(&record());
        assert!(text.contains("Cost of a job\n") && text.contains("  Mean over 2 measurements\n"));
        assert!(text.contains("All families\n  Mean over 12 measurements\nstrategy "), "{text}");
    }
}
