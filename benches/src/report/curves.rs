//! How late jobs start: one line for each contender's percentiles.

use super::figure::{Figure, framed, workers};
use super::lines::{Lines, Series};
use super::svg::plain;
use super::{Section, data};
use crate::contender::Side;
use crate::record::{Curve, Record};
use crate::workload::Metric;

/// All workloads that have delays.
pub(super) fn section(record: &Record) -> Section {
    let mut cells: Vec<_> =
        record.curves.iter().map(|curve| (curve.workload.as_str(), curve.workers)).collect();
    cells.dedup();
    let figures: Vec<_> = cells
        .into_iter()
        .filter_map(|(workload, workers)| curves(record, workload, workers))
        .collect();
    let intro = "Jobs come at times that do not depend on how the pool is doing, and their delay counts from when they were \
                 meant to start; a request’s, from when it was meant to be sent until it was answered. Further right is \
                 rarer: at 99 % one in a hundred waits longer. A line that turns up late, or not at all, is a pool that keeps \
                 its promise.";
    Section {
        id: "delays",
        title: "How late jobs start",
        intro: intro.to_owned(),
        body: framed("two", &figures),
    }
}

/// The delays under a workload; `None` if it has none.
pub(super) fn curves(record: &Record, workload: &str, number: usize) -> Option<Figure> {
    let curves: Vec<_> = record
        .curves
        .iter()
        .filter(|curve| (curve.workload.as_str(), curve.workers) == (workload, number))
        .filter(|curve| record.side(&curve.contender) != Side::Model)
        .collect();
    let jobs = curves.iter().map(|curve| curve.jobs).max()?;
    // A nine more is a step further; beyond one job in so many there is nothing to see.
    let nines = (jobs as f64).log10().min(3.0);
    let place = |share: f64| (-(1.0 - share).log10() / nines).min(1.0);
    let shown: Vec<f64> =
        [0.0, 0.5, 0.9, 0.99, 0.999].into_iter().filter(|share| place(*share) <= 1.0).collect();
    let series = curves.iter().map(|curve| {
        let points = curve
            .points
            .iter()
            .filter(|(share, _)| *share > 0.0 && *share < 1.0 && place(*share) <= 1.0);
        let points = points.map(|(share, value)| (place(*share), value.max(10.0))).collect();
        Series { name: &curve.contender, side: record.side(&curve.contender), points }
    });
    let title = format!("{workload}, {}.", workers(number));
    let drawing = Lines {
        title: format!("Delays under {title}"),
        series: series.collect(),
        across: shown
            .iter()
            .map(|share| (place(*share), format!("{} %", plain(share * 100.0))))
            .collect(),
        figure: |value| Metric::Time.figure(value),
        baseline: &record.settings.baseline,
    };
    let text = format!("So many of {jobs} jobs a strategy had started after so long.");
    Some(Figure { svg: drawing.svg(), title, text, data: table(&curves) })
}

fn table(curves: &[&Curve]) -> String {
    let shares = [0.5, 0.9, 0.99, 0.999, 1.0];
    let at = |points: &[(f64, f64)], share: f64| {
        points.iter().find(|(at, _)| *at >= share).map(|(_, value)| *value)
    };
    let rows = curves.iter().map(|curve| {
        let cells = shares.map(|share| {
            at(&curve.points, share).map_or(String::new(), |delay| Metric::Time.figure(delay))
        });
        [vec![curve.contender.clone()], cells.to_vec()].concat()
    });
    let names = shares.map(|share| {
        if share < 1.0 { format!("{} %", plain(share * 100.0)) } else { "last".to_owned() }
    });
    data::table(&[vec!["strategy".to_owned()], names.to_vec()].concat(), &rows.collect::<Vec<_>>())
}
