//! Figures made of lines: against the number of workers, the length of a job, and the share of the
//! jobs.

use super::figure::{Figure, comparisons_table, data_table, framed, workers};
use super::lines::{Lines, Series};
use super::page::Part;
use super::svg::plain;
use crate::analysis::compare::{Comparison, Estimate};
use crate::analysis::scores::row_order;
use crate::data::{Curve, Group, Metric, Record};

/// The workloads of [`by_length`] and the lengths of their jobs.
const LENGTHS: [(&str, &str); 5] = [
    ("empty-1", "empty"),
    ("spin-300ns", "0.3 µs"),
    ("spin-1us", "1 µs"),
    ("spin-10us", "10 µs"),
    ("spin-100us", "100 µs"),
];

pub(super) fn workers_part(record: &Record, comparisons: &[Comparison<'_>]) -> Part {
    let intro = "More workers than cores do not make anything faster; the rise of a line shows needless wake-ups and \
                 contention. A level line is a queue that leaves idle workers parked.";
    let body = framed("two", by_workers(record, comparisons).as_slice());
    Part { id: "workers", title: "Against the number of workers", intro: intro.to_owned(), body }
}

pub(super) fn length_part(record: &Record, comparisons: &[Comparison<'_>]) -> Part {
    let intro = "The longer the jobs, the less the queue matters: where the lines meet, its choice makes no difference. If two \
                 lines cross, the strategy that is better for short jobs is worse for long jobs.";
    let mut workers: Vec<usize> =
        times_of(comparisons, "empty-1").map(|one| one.measurement.workers).collect();
    workers.sort_unstable();
    let figures: Vec<_> =
        workers.into_iter().filter_map(|workers| by_length(record, comparisons, workers)).collect();
    let body = framed("two", &figures);
    Part { id: "length", title: "Against the length of a job", intro: intro.to_owned(), body }
}

/// Draws the time of an empty job; `None` if only one number of workers was measured.
pub(super) fn by_workers(record: &Record, comparisons: &[Comparison<'_>]) -> Option<Figure> {
    let mut shown: Vec<_> = ["one-worker", "empty-1", "oversubscribed"]
        .iter()
        .flat_map(|name| times_of(comparisons, name))
        .collect();
    shown.sort_by_key(|one| one.measurement.workers);
    let steps: Vec<_> =
        shown.into_iter().map(|one| (one.measurement.workers.to_string(), one)).collect();
    let text = "Time for an empty job against the number of workers.";
    let words = ("Empty jobs, one submitter.", text);
    let figure = |value| Metric::Time.figure(value);
    across(record, comparisons, &steps, words, figure, |estimate| Some(estimate.figure))
}

/// Draws the ratio to the baseline; `None` if only one length was measured.
pub(super) fn by_length(
    record: &Record,
    comparisons: &[Comparison<'_>],
    number: usize,
) -> Option<Figure> {
    let of_length = |(name, label): (&'static str, &str)| {
        let one = times_of(comparisons, name).find(|one| one.measurement.workers == number)?;
        Some((label.to_owned(), one))
    };
    let steps: Vec<_> = LENGTHS.into_iter().filter_map(of_length).collect();
    let title = format!("{}.", workers(number));
    let text = format!("Ratio to {} against the length of a job.", record.settings.baseline);
    let ratio = |estimate: &Estimate| Some(estimate.ratio?.middle);
    across(record, comparisons, &steps, (&title, &text), plain, ratio)
}

/// Draws a value of each pool across several comparisons.
fn across(
    record: &Record,
    comparisons: &[Comparison<'_>],
    steps: &[(String, &Comparison<'_>)],
    (title, text): (&str, &str),
    figure: fn(f64) -> String,
    value: fn(&Estimate) -> Option<f64>,
) -> Option<Figure> {
    if steps.len() < 2 {
        return None;
    }
    let rows = row_order(record, comparisons);
    let place = |index: usize| index as f64 / (steps.len() - 1) as f64;
    let names = rows.iter().filter(|name| record.group(name) != Group::Reference);
    let series = names.map(|name| {
        let points = steps
            .iter()
            .enumerate()
            .filter_map(|(index, (_, one))| Some((place(index), value(one.of(name)?)?)));
        Series { name, group: record.group(name), points: points.collect() }
    });
    let labels = steps.iter().enumerate().map(|(index, (label, _))| (place(index), label.clone()));
    let drawing = Lines {
        title: format!("{title} {text}"),
        series: series.collect(),
        across: labels.collect(),
        figure,
        baseline: &record.settings.baseline,
    };
    let shown: Vec<_> = steps.iter().map(|(_, one)| *one).collect();
    let data = comparisons_table(&shown, &rows);
    Some(Figure { svg: drawing.svg(), title: title.to_owned(), text: text.to_owned(), data })
}

fn times_of<'a, 'r>(
    comparisons: &'a [Comparison<'r>],
    workload: &'a str,
) -> impl Iterator<Item = &'a Comparison<'r>> {
    let is_time = |one: &&Comparison<'_>| one.measurement.metric == Metric::Time;
    comparisons.iter().filter(is_time).filter(move |one| one.measurement.workload == workload)
}

/// Writes the delays under all workloads that measure them.
pub(super) fn delays_part(record: &Record) -> Part {
    let mut cells: Vec<_> =
        record.curves.iter().map(|curve| (curve.workload.as_str(), curve.workers)).collect();
    cells.dedup();
    let figures: Vec<_> = cells
        .into_iter()
        .filter_map(|(workload, workers)| delays(record, workload, workers))
        .collect();
    let intro = "Jobs are submitted at times that do not depend on the pool, and a delay counts from the intended start of a \
                 job; that of a request, from its intended time until its answer. The share of the jobs runs to the right: at \
                 99 %, one job in a hundred has a longer delay.";
    Part {
        id: "delays",
        title: "Delays of jobs",
        intro: intro.to_owned(),
        body: framed("two", &figures),
    }
}

/// Draws the delays under a workload; `None` if it measures none.
pub(super) fn delays(record: &Record, workload: &str, number: usize) -> Option<Figure> {
    let curves: Vec<_> = record
        .curves
        .iter()
        .filter(|curve| (curve.workload.as_str(), curve.workers) == (workload, number))
        .filter(|curve| record.group(&curve.strategy) != Group::Reference)
        .collect();
    let jobs = curves.iter().map(|curve| curve.jobs).max()?;
    // Each further nine is the same distance; there are no more nines than jobs tell apart.
    let nines = (jobs as f64).log10().min(3.0);
    let place = |share: f64| (-(1.0 - share).log10() / nines).min(1.0);
    let series = curves.iter().map(|curve| {
        let points = curve
            .points
            .iter()
            .filter(|(share, _)| *share > 0.0 && *share < 1.0 && place(*share) <= 1.0)
            .map(|(share, value)| (place(*share), value.max(10.0)));
        let group = record.group(&curve.strategy);
        Series { name: &curve.strategy, group, points: points.collect() }
    });
    let title = format!("{workload}, {}.", workers(number));
    let labels = [0.0, 0.5, 0.9, 0.99, 0.999].into_iter().filter(|share| place(*share) <= 1.0);
    let drawing = Lines {
        title: format!("Delays under {title}"),
        series: series.collect(),
        across: labels.map(|share| (place(share), percent(share))).collect(),
        figure: |value| Metric::Time.figure(value),
        baseline: &record.settings.baseline,
    };
    let text = format!("The delay that a share of {jobs} jobs does not exceed.");
    Some(Figure { svg: drawing.svg(), title, text, data: delays_table(&curves) })
}

fn percent(share: f64) -> String {
    format!("{} %", plain(share * 100.0))
}

fn delays_table(curves: &[&Curve]) -> String {
    let shares = [0.5, 0.9, 0.99, 0.999, 1.0];
    let at = |points: &[(f64, f64)], share: f64| {
        points.iter().find(|(at, _)| *at >= share).map(|(_, value)| *value)
    };
    let rows = curves.iter().map(|curve| {
        let cells = shares.map(|share| {
            at(&curve.points, share).map_or(String::new(), |delay| Metric::Time.figure(delay))
        });
        [vec![curve.strategy.clone()], cells.to_vec()].concat()
    });
    let names = shares.map(|share| if share < 1.0 { percent(share) } else { "max".to_owned() });
    data_table(&[vec!["strategy".to_owned()], names.to_vec()].concat(), &rows.collect::<Vec<_>>())
}
