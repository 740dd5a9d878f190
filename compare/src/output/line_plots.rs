//! Figures made of lines: against the number of workers, the length of a job, and the share of the
//! jobs.

use super::figure::{Figure, comparisons_table, data_table, framed, on_demand, workers};
use super::lines::{Lines, Series};
use super::page::Part;
use super::svg::plain;
use super::view::View;
use crate::analysis::compare::{Comparison, Estimate};
use crate::analysis::sections::{SECTIONS, Section};
use crate::data::{Curve, Group, Metric};

/// The workloads of [`by_length`] and the lengths of their jobs.
const LENGTHS: [(&str, &str); 5] = [
    ("empty-1", "empty"),
    ("spin-300ns", "0.3 µs"),
    ("spin-1us", "1 µs"),
    ("spin-10us", "10 µs"),
    ("spin-100us", "100 µs"),
];

/// Writes the times against the number of workers, and against the length of a job.
pub(super) fn scaling_part(view: &View<'_>) -> Part {
    let intro = "More workers than cores do not make anything faster: a line that rises shows needless wake-ups and contention, \
                 a level line a queue that leaves idle workers parked. The longer the jobs, the less the queue matters: where \
                 the lines meet, its choice makes no difference.";
    let mut workers: Vec<usize> =
        times_of(&view.comparisons, "empty-1").map(|one| one.measurement.workers).collect();
    workers.sort_unstable();
    let lengths = workers.into_iter().filter_map(|workers| by_length(view, workers));
    let figures: Vec<_> = by_workers(view).into_iter().chain(lengths).collect();
    Part {
        id: "scaling",
        title: "More workers, longer jobs",
        intro: intro.to_owned(),
        body: framed("grid", &figures),
    }
}

/// Draws the time of an empty job; `None` if only one number of workers was measured.
pub(super) fn by_workers(view: &View<'_>) -> Option<Figure> {
    let mut shown: Vec<_> = ["one-worker", "empty-1", "oversubscribed"]
        .iter()
        .flat_map(|name| times_of(&view.comparisons, name))
        .collect();
    shown.sort_by_key(|one| one.measurement.workers);
    let steps: Vec<_> =
        shown.into_iter().map(|one| (one.measurement.workers.to_string(), one)).collect();
    let text = "Time for an empty job against the number of workers.";
    let words = ("Empty jobs, one submitter.", text);
    let figure = |value| Metric::Time.figure(value);
    across(view, &steps, words, figure, |estimate| Some(estimate.figure))
}

/// Draws the ratio to the baseline; `None` if only one length was measured.
pub(super) fn by_length(view: &View<'_>, number: usize) -> Option<Figure> {
    let of_length = |(name, label): (&'static str, &str)| {
        let mut of_it = times_of(&view.comparisons, name);
        Some((label.to_owned(), of_it.find(|one| one.measurement.workers == number)?))
    };
    let steps: Vec<_> = LENGTHS.into_iter().filter_map(of_length).collect();
    let title = format!("From empty to long jobs, {}.", workers(number));
    let baseline = &view.record.settings.baseline;
    let text = format!("Time relative to {baseline} against the length of a job.");
    let ratio = |estimate: &Estimate| Some(estimate.ratio?.middle);
    across(view, &steps, (&title, &text), plain, ratio)
}

/// Draws a value of each pool across several comparisons.
fn across(
    view: &View<'_>,
    steps: &[(String, &Comparison<'_>)],
    (title, text): (&str, &str),
    figure: fn(f64) -> String,
    value: fn(&Estimate) -> Option<f64>,
) -> Option<Figure> {
    if steps.len() < 2 {
        return None;
    }
    let place = |index: usize| index as f64 / (steps.len() - 1) as f64;
    let series = view.pools().into_iter().map(|name| {
        let points = steps
            .iter()
            .enumerate()
            .filter_map(|(index, (_, one))| Some((place(index), value(one.of(name)?)?)));
        Series { name, points: points.collect() }
    });
    let labels = steps.iter().enumerate().map(|(index, (label, _))| (place(index), label.clone()));
    let drawing = Lines {
        title: format!("{title} {text}"),
        series: series.collect(),
        across: labels.collect(),
        figure,
        palette: &view.palette,
    };
    let shown: Vec<_> = steps.iter().map(|(_, one)| *one).collect();
    let data = comparisons_table(&shown, &view.order);
    Some(Figure { svg: drawing.svg(), title: title.to_owned(), text: text.to_owned(), data })
}

fn times_of<'a, 'r>(
    comparisons: &'a [Comparison<'r>],
    workload: &'a str,
) -> impl Iterator<Item = &'a Comparison<'r>> {
    let is_time = |one: &&Comparison<'_>| one.measurement.metric == Metric::Time;
    comparisons.iter().filter(is_time).filter(move |one| one.measurement.workload == workload)
}

/// Writes the delays: one figure for each section that measures them, and the others on demand.
pub(super) fn delays_part(view: &View<'_>) -> Part {
    let curves = view.record.curves.iter();
    let mut cells: Vec<_> = curves.map(|curve| (curve.workload.as_str(), curve.workers)).collect();
    cells.dedup();
    let first = shown_first(&cells);
    let drawn = |is_first: bool| {
        let cells = cells.iter().filter(|cell| first.contains(cell) == is_first);
        let figures = cells.filter_map(|(workload, workers)| delays(view, workload, *workers));
        framed("two", &figures.collect::<Vec<_>>())
    };
    let intro = "Jobs are submitted at times that do not depend on the pool, and a delay counts from the intended start of a \
                 job; that of a request, from its intended time until its answer. The share of the jobs runs to the right: at \
                 99 %, one job in a hundred has a longer delay.";
    let body = drawn(true) + &on_demand("Delays under the other workloads", &drawn(false));
    Part { id: "delays", title: "Delays of jobs", intro: intro.to_owned(), body }
}

/// Returns of each section the workload in the middle, with the most workers.
fn shown_first<'a>(cells: &[(&'a str, usize)]) -> Vec<(&'a str, usize)> {
    let of_section = |section: &Section| {
        let has = |name: &&&str| cells.iter().any(|(workload, _)| workload == *name);
        let workloads: Vec<_> = section.workloads.iter().filter(has).collect();
        let middle = workloads.get(workloads.len() / 2)?;
        cells.iter().filter(|(workload, _)| workload == *middle).max().copied()
    };
    let mut first: Vec<_> = SECTIONS.iter().filter_map(of_section).collect();
    first.dedup();
    first
}

/// Draws the delays under a workload; `None` if it measures none.
pub(super) fn delays(view: &View<'_>, workload: &str, number: usize) -> Option<Figure> {
    let record = view.record;
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
        Series { name: &curve.strategy, points: points.collect() }
    });
    let title = format!("{workload}, {}.", workers(number));
    let labels = [0.5, 0.9, 0.99, 0.999].into_iter().filter(|share| place(*share) <= 1.0);
    let drawing = Lines {
        title: format!("Delays under {title}"),
        series: series.collect(),
        across: labels.map(|share| (place(share), percent(share))).collect(),
        figure: |value| Metric::Time.figure(value),
        palette: &view.palette,
    };
    let text = format!("The delay that a share of {jobs} jobs does not exceed.{}", lowest(&curves));
    Some(Figure { svg: drawing.svg(), title, text, data: delays_table(&curves) })
}

/// Returns a sentence on the lowest delays.
fn lowest(curves: &[&Curve]) -> String {
    let at = |share: f64| {
        let delays = curves.iter().filter_map(|one| Some((delay(&one.points, share)?, one)));
        let (delay, one) = delays.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((one.strategy.as_str(), Metric::Time.figure(delay)))
    };
    let Some(((median, low), (tail, high))) = at(0.5).zip(at(0.99)) else { return String::new() };
    format!(" Lowest at 50 %: {median}, {low}; at 99 %: {tail}, {high}.")
}

/// Returns the delay that a share of the jobs does not exceed.
fn delay(points: &[(f64, f64)], share: f64) -> Option<f64> {
    points.iter().find(|(at, _)| *at >= share).map(|(_, value)| *value)
}

fn percent(share: f64) -> String {
    format!("{} %", plain(share * 100.0))
}

fn delays_table(curves: &[&Curve]) -> String {
    let shares = [0.5, 0.9, 0.99, 0.999, 1.0];
    let rows = curves.iter().map(|curve| {
        let cells = shares.map(|share| {
            delay(&curve.points, share).map_or(String::new(), |delay| Metric::Time.figure(delay))
        });
        [vec![curve.strategy.clone()], cells.to_vec()].concat()
    });
    let names = shares.map(|share| if share < 1.0 { percent(share) } else { "max".to_owned() });
    data_table(&[vec!["strategy".to_owned()], names.to_vec()].concat(), &rows.collect::<Vec<_>>())
}
