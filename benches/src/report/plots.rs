//! Question by question: dot plots.

use super::dots::{Dot, Dots};
use super::figure::{Figure, framed, pools};
use super::svg::escape;
use super::{Section, data};
use crate::condition::Condition;
use crate::judge::{Estimate, Judged, judge};
use crate::record::Record;
use crate::table::row_order;
use crate::topics::TOPICS;
use crate::verdict::{sentences, words};
use crate::workload::Metric;
use std::fmt::Write;

/// What is a ratio.
pub(super) fn topics(record: &Record, judged: &[Judged<'_>]) -> Section {
    let baseline = escape(&record.settings.baseline);
    let intro = format!(
        "Each dot is a ratio to {baseline}, the line through it its 95 % interval: left of 1 is less, and less is better. \
         Two strategies whose lines overlap may well be the same. Within a figure the same ratio is the same distance."
    );
    Section {
        id: "questions",
        title: "Question by question",
        intro,
        body: by_topic(record, judged, Metric::has_ratio),
    }
}

/// What is a ratio under another condition than the page's, with its verdict.
pub(super) fn condition(record: &Record, condition: Condition) -> Section {
    let judged = judge(record);
    let body = by_topic(record, &judged, Metric::has_ratio);
    let (id, title) = match condition {
        Condition::Quiet => ("quiet", "On a quiet machine"),
        Condition::Busy => ("busy", "Beside as many busy processes as cores"),
        Condition::OneCore => ("one-core", "On one core"),
    };
    Section { id, title, intro: escape(&sentences(record, &judged).join(" ")), body }
}

/// What is counted, and often zero.
pub(super) fn counts(record: &Record, judged: &[Judged<'_>]) -> Section {
    let intro = "A thread that goes to sleep must be woken, and both cost more than most queues do otherwise. Sleeps are the \
                 kernel’s count of voluntary context switches, of all threads, the submitter’s included; wakes are the \
                 queue’s own count, where it keeps one. The Book’s channel keeps none, and cannot: whether a worker slept in \
                 <code>recv</code>, or for the lock around it, only the channel and the lock know. The lines reach over the \
                 middle half of the rounds. Idle processor time is in microseconds a second.";
    let body = by_topic(record, judged, |metric| !metric.has_ratio());
    Section {
        id: "wakes",
        title: "Sleeps, wakes, and wakes for nothing",
        intro: intro.to_owned(),
        body,
    }
}

fn by_topic(record: &Record, judged: &[Judged<'_>], shows: impl Fn(Metric) -> bool) -> String {
    let mut body = String::new();
    for topic in TOPICS {
        let questions: Vec<_> =
            topic.of(judged).into_iter().filter(|one| shows(one.question.metric)).collect();
        if !questions.is_empty() {
            let figures: Vec<_> =
                groups(&questions).map(|group| plot(record, judged, group)).collect();
            let _ = write!(body, "<h3>{}</h3>\n{}", escape(topic.title), framed("grid", &figures));
        }
    }
    body
}

/// Questions that differ in the number of workers only.
pub(super) fn groups<'s, 'a, 'r>(
    questions: &'s [&'a Judged<'r>],
) -> impl Iterator<Item = &'s [&'a Judged<'r>]> {
    questions.chunk_by(|a, b| {
        (&a.question.workload, a.question.metric) == (&b.question.workload, b.question.metric)
    })
}

/// A dot plot of a workload and metric, with all numbers of workers.
pub(super) fn plot(record: &Record, judged: &[Judged<'_>], group: &[&Judged<'_>]) -> Figure {
    let names = pools(record, judged);
    let (first, last) = (group[0], group[group.len() - 1]);
    let question = last.question;
    // Two numbers of workers can be told apart in a figure, more cannot: then the least and the
    // most are shown.
    let ends = if group.len() > 1 { vec![first, last] } else { vec![last] };
    let mut dots = Vec::new();
    for (series, one) in ends.iter().enumerate() {
        let answers = names.iter().enumerate().filter_map(|(row, name)| Some((row, one.of(name)?)));
        dots.extend(answers.filter_map(|(row, answer)| {
            Some(Dot { row, series, values: values(question.metric, answer)? })
        }));
    }
    let asked = record.workloads.iter().find(|one| one.name == question.workload);
    let mut text = asked.map_or(String::new(), |asked| capital(&asked.question));
    if group.len() > 1 {
        let _ = write!(
            text,
            " Filled: {} workers, hollow: {}.",
            first.question.workers, question.workers
        );
    }
    let _ = write!(
        text,
        " With {}, {}.",
        super::figure::workers(question.workers),
        words(record, last)
    );
    let title = format!("{}, {}", question.workload, question.metric.words());
    let drawing = Dots {
        title: title.clone(),
        rows: names.iter().map(|name| (name.as_str(), record.side(name))).collect(),
        dots,
        baseline: question.metric.has_ratio().then_some(record.settings.baseline.as_str()),
    };
    let data = data::of_questions(group, &row_order(record, judged));
    Figure { svg: drawing.svg(), title: format!("{title}."), text, data }
}

/// From where a dot's line reaches, where the dot is, and up to where the line reaches.
fn values(metric: Metric, answer: &Estimate) -> Option<(f64, f64, f64)> {
    if metric.has_ratio() {
        return answer.ratio.map(|ratio| (ratio.low, ratio.middle, ratio.high));
    }
    // Idle seconds are counted in nanoseconds, and read in microseconds.
    let scale = if metric == Metric::IdleCpu { 1e-3 } else { 1.0 };
    Some((answer.quartiles.0 * scale, answer.figure * scale, answer.quartiles.1 * scale))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
