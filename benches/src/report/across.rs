//! Against the number of workers, and against the length of a job: lines across several questions.

use super::figure::{Figure, framed, workers};
use super::lines::{Lines, Series};
use super::svg::plain;
use super::{Section, data};
use crate::contender::Side;
use crate::judge::Judged;
use crate::record::Record;
use crate::table::row_order;
use crate::workload::Metric;

/// The workloads of [`by_length`], and how long their jobs are.
const LENGTHS: [(&str, &str); 5] = [
    ("empty-1", "empty"),
    ("spin-300ns", "0.3 µs"),
    ("spin-1us", "1 µs"),
    ("spin-10us", "10 µs"),
    ("spin-100us", "100 µs"),
];

/// What is drawn of each contender.
#[derive(Clone, Copy, PartialEq)]
enum Height {
    Ratio,
    Figure,
}

pub(super) fn workers_section(record: &Record, judged: &[Judged<'_>]) -> Section {
    let intro = "More workers than cores cannot make anything faster; what they cost shows who is woken in vain. A level line \
                 is a queue that leaves its workers asleep.";
    let body = framed("two", by_workers(record, judged).as_slice());
    Section { id: "workers", title: "Against the number of workers", intro: intro.to_owned(), body }
}

pub(super) fn length_section(record: &Record, judged: &[Judged<'_>]) -> Section {
    let intro = "The longer the jobs, the less it matters who hands them out: the lines meet where a queue stops being worth a \
                 thought. Where two cross, the one that is better for short jobs is worse for long ones.";
    let mut workers: Vec<usize> =
        times_of(judged, "empty-1").map(|one| one.question.workers).collect();
    workers.sort_unstable();
    let figures: Vec<_> =
        workers.into_iter().filter_map(|workers| by_length(record, judged, workers)).collect();
    let body = framed("two", &figures);
    Section { id: "length", title: "Against the length of a job", intro: intro.to_owned(), body }
}

/// What an empty job costs; `None` if only one number of workers was asked for.
pub(super) fn by_workers(record: &Record, judged: &[Judged<'_>]) -> Option<Figure> {
    let mut asked: Vec<_> =
        ["one-worker", "empty-1", "crowd"].iter().flat_map(|name| times_of(judged, name)).collect();
    asked.sort_by_key(|one| one.question.workers);
    let steps: Vec<_> =
        asked.into_iter().map(|one| (one.question.workers.to_string(), one)).collect();
    let text = "Time for an empty job against the number of workers.";
    across(record, judged, &steps, ("Empty jobs, one submitter.", text), Height::Figure)
}

/// The ratio to the baseline; `None` if only one length was asked for.
pub(super) fn by_length(record: &Record, judged: &[Judged<'_>], number: usize) -> Option<Figure> {
    let of_length = |(name, label): (&'static str, &str)| {
        let asked = times_of(judged, name).find(|one| one.question.workers == number)?;
        Some((label.to_owned(), asked))
    };
    let steps: Vec<_> = LENGTHS.into_iter().filter_map(of_length).collect();
    let title = format!("{}.", workers(number));
    let text = format!("Ratio to {} against how long a job computes.", record.settings.baseline);
    across(record, judged, &steps, (&title, &text), Height::Ratio)
}

fn across(
    record: &Record,
    judged: &[Judged<'_>],
    steps: &[(String, &Judged<'_>)],
    (title, text): (&str, &str),
    height: Height,
) -> Option<Figure> {
    if steps.len() < 2 {
        return None;
    }
    let rows = row_order(record, judged);
    let place = |index: usize| index as f64 / (steps.len() - 1) as f64;
    let names = rows.iter().filter(|name| record.side(name) != Side::Model);
    let series = names.map(|name| {
        let points = steps.iter().enumerate().filter_map(|(index, (_, one))| {
            let answer = one.of(name)?;
            Some((
                place(index),
                if height == Height::Ratio { answer.ratio?.middle } else { answer.figure },
            ))
        });
        Series { name, side: record.side(name), points: points.collect() }
    });
    let drawing = Lines {
        title: format!("{title} {text}"),
        series: series.collect(),
        across: steps
            .iter()
            .enumerate()
            .map(|(index, (label, _))| (place(index), label.clone()))
            .collect(),
        figure: if height == Height::Ratio { plain } else { |value| Metric::Time.figure(value) },
        baseline: &record.settings.baseline,
    };
    let questions: Vec<_> = steps.iter().map(|(_, one)| *one).collect();
    let data = data::of_questions(&questions, &rows);
    Some(Figure { svg: drawing.svg(), title: title.to_owned(), text: text.to_owned(), data })
}

fn times_of<'a, 'r>(
    judged: &'a [Judged<'r>],
    workload: &'a str,
) -> impl Iterator<Item = &'a Judged<'r>> {
    let is_time = |one: &&Judged<'_>| one.question.metric == Metric::Time;
    judged.iter().filter(is_time).filter(move |one| one.question.workload == workload)
}
