//! The figures of the page: what is drawn, and how to read it.

use super::dots::{Dot, Dots};
use super::lines::{Lines, Series};
use super::svg::{escape, plain};
use super::{Section, data, timeline};
use crate::contender::Side;
use crate::judge::Judged;
use crate::record::Record;
use crate::table::row_order;
use crate::topics::TOPICS;
use crate::verdict::{Rank, scored, times, words};
use crate::workload::Metric;
use std::fmt::Write;

fn figure(svg: &str, title: &str, text: &str, data: &str) -> String {
    let (title, text) = (escape(title), escape(text));
    format!("<figure>{svg}<figcaption><b>{title}</b> {text}</figcaption>{data}</figure>\n")
}

/// The pools, for figures: what is no pool is so far away that nothing else could be seen.
fn pools(record: &Record, judged: &[Judged<'_>]) -> Vec<String> {
    row_order(record, judged).into_iter().filter(|name| record.side(name) != Side::Model).collect()
}

/// The ranking as a drawing: for each pool its mean, and all that the mean is of.
pub(crate) fn standing(record: &Record, judged: &[Judged<'_>], ranks: &[Rank]) -> String {
    let mut dots = Vec::new();
    for (row, rank) in ranks.iter().enumerate() {
        let ratios = scored(record, judged).filter_map(|one| Some(one.of(&rank.contender)?.ratio?.middle));
        dots.extend(ratios.map(|ratio| Dot { row, series: 2, values: (ratio, ratio, ratio) }));
        dots.push(Dot { row, series: 0, values: (rank.mean, rank.mean, rank.mean) });
    }
    let rows = ranks.iter().map(|rank| (rank.contender.as_str(), rank.side)).collect();
    let title = format!("Time of each strategy through that of {}, all questions.", record.settings.baseline);
    Dots { title, rows, dots, baseline: Some(&record.settings.baseline) }.svg()
}

pub(super) fn ranking(record: &Record, judged: &[Judged<'_>], ranks: &[Rank]) -> String {
    if ranks.is_empty() {
        return String::new();
    }
    let head = ["strategy", "mean ratio", "best or tied", "furthest behind the best"].map(str::to_owned);
    let rows: Vec<_> = ranks
        .iter()
        .map(|rank| {
            let behind = format!("{} in {}", times(rank.worst), rank.worst_in);
            vec![rank.contender.clone(), times(rank.mean), format!("{} of {}", rank.leads, rank.asked), behind]
        })
        .collect();
    let text = format!(
        "A small dot is one question, the large one their geometric mean. Further left is faster; the line is {}.",
        record.settings.baseline
    );
    figure(&standing(record, judged, ranks), "Everything at once.", &text, &data::table(&head, &rows))
}

/// A dot plot for each workload and metric of a topic; those of different numbers of workers share one.
fn plots(record: &Record, judged: &[Judged<'_>], questions: &[&Judged<'_>]) -> String {
    let names = pools(record, judged);
    let rows = row_order(record, judged);
    let is_same = |a: &&Judged<'_>, b: &&Judged<'_>| {
        (&a.question.workload, a.question.metric) == (&b.question.workload, b.question.metric)
    };
    let mut html = String::from("<div class=\"grid\">\n");
    for group in questions.chunk_by(is_same) {
        let Some(question) = group.first().map(|one| one.question) else { continue };
        let has_ratio = question.metric.has_ratio();
        let mut dots = Vec::new();
        // Two numbers of workers can be told apart in a figure, more cannot: then the least and the most are shown.
        let ends = if group.len() > 2 { vec![group[0], group[group.len() - 1]] } else { group.to_vec() };
        for (series, one) in ends.iter().enumerate() {
            for (row, name) in names.iter().enumerate() {
                let Some(estimate) = one.of(name) else { continue };
                let values = match estimate.ratio {
                    Some(ratio) => (ratio.low, ratio.middle, ratio.high),
                    None if has_ratio => continue,
                    None => (estimate.quartiles.0, estimate.figure, estimate.quartiles.1),
                };
                // Idle seconds are counted in nanoseconds, and read in microseconds.
                let scale = if question.metric == Metric::IdleCpu { 1e-3 } else { 1.0 };
                dots.push(Dot { row, series, values: (values.0 * scale, values.1 * scale, values.2 * scale) });
            }
        }
        let asked = record.workloads.iter().find(|one| one.name == question.workload);
        let title = format!("{}, {}", question.workload, question.metric.words());
        let workers: Vec<_> = ends.iter().map(|one| one.question.workers.to_string()).collect();
        let mut text = asked.map_or(String::new(), |asked| capital(&asked.question));
        let last = ends[ends.len() - 1];
        if let [first, .., last] = workers.as_slice() {
            let _ = write!(text, " Filled: {first} workers, hollow: {last}.");
        }
        let plural = if last.question.workers == 1 { "" } else { "s" };
        let _ = write!(text, " With {} worker{plural}, {}.", last.question.workers, words(record, last));
        let drawing = Dots {
            title: title.clone(),
            rows: names.iter().map(|name| (name.as_str(), record.side(name))).collect(),
            dots,
            baseline: has_ratio.then_some(record.settings.baseline.as_str()),
        };
        html += &figure(&drawing.svg(), &format!("{title}."), &text, &data::of_questions(group, &rows));
    }
    html.push_str("</div>\n");
    html
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

pub(super) fn topics(record: &Record, judged: &[Judged<'_>]) -> Section {
    let mut body = String::new();
    for topic in TOPICS {
        let questions: Vec<_> = topic.of(judged).into_iter().filter(|one| one.question.metric.has_ratio()).collect();
        if !questions.is_empty() {
            let _ = write!(body, "<h3>{}</h3>\n{}", escape(topic.title), plots(record, judged, &questions));
        }
    }
    let baseline = escape(&record.settings.baseline);
    let intro = format!(
        "Each dot is a ratio to {baseline}, the line through it its 95 % interval: left of 1 is less, and less is better. \
         Two strategies whose lines overlap may well be the same. Within a figure the same ratio is the same distance."
    );
    Section { id: "questions", title: "Question by question", intro, body }
}

pub(super) fn curves(record: &Record) -> Section {
    let mut body = String::from("");
    let mut cells: Vec<_> = record.curves.iter().map(|curve| (&curve.workload, curve.workers)).collect();
    cells.dedup();
    for (workload, workers) in cells {
        let curves: Vec<_> = record
            .curves
            .iter()
            .filter(|curve| (&curve.workload, curve.workers) == (workload, workers))
            .filter(|curve| record.side(&curve.contender) != Side::Model)
            .collect();
        let Some(jobs) = curves.iter().map(|curve| curve.jobs).max() else { continue };
        // A nine more is a step further; beyond one job in so many there is nothing to see.
        let nines = (jobs as f64).log10().min(3.0);
        let place = |share: f64| (-(1.0 - share).log10() / nines).min(1.0);
        let shown: Vec<f64> = [0.0, 0.5, 0.9, 0.99, 0.999].into_iter().filter(|share| place(*share) <= 1.0).collect();
        let series = curves.iter().map(|curve| {
            let points = curve.points.iter().filter(|(share, _)| *share > 0.0 && *share < 1.0 && place(*share) <= 1.0);
            let points = points.map(|(share, value)| (place(*share), value.max(10.0))).collect();
            Series { name: &curve.contender, side: record.side(&curve.contender), points }
        });
        let title = format!("{workload}, {workers} worker{}.", if workers == 1 { "" } else { "s" });
        let drawing = Lines {
            title: format!("Delays under {title}"),
            series: series.collect(),
            across: shown.iter().map(|share| (place(*share), format!("{} %", plain(share * 100.0)))).collect(),
            figure: |value| Metric::Time.figure(value),
            baseline: &record.settings.baseline,
        };
        let head = [0.5, 0.9, 0.99, 0.999, 1.0];
        let at =
            |points: &[(f64, f64)], share: f64| points.iter().find(|(at, _)| *at >= share).map(|(_, value)| *value);
        let rows = curves.iter().map(|curve| {
            let cells =
                head.map(|share| at(&curve.points, share).map_or(String::new(), |value| Metric::Time.figure(value)));
            [vec![curve.contender.clone()], cells.to_vec()].concat()
        });
        let names =
            head.map(|share| if share < 1.0 { format!("{} %", plain(share * 100.0)) } else { "last".to_owned() });
        let data = data::table(&[vec!["strategy".to_owned()], names.to_vec()].concat(), &rows.collect::<Vec<_>>());
        let text = format!("So many of {jobs} jobs a strategy had started after so long.");
        body += &figure(&drawing.svg(), &title, &text, &data);
    }
    let body = if body.is_empty() { body } else { format!("<div class=\"two\">\n{body}</div>\n") };
    let intro = "Jobs come at times that do not depend on how the pool is doing, and their delay counts from when they were \
                 meant to start. Further right is rarer: at 99 % one job in a hundred waits longer. A line that turns up \
                 late, or not at all, is a pool that keeps its promise.";
    Section { id: "delays", title: "How late jobs start", intro: intro.to_owned(), body }
}

/// Lines across several questions, each a place on the axis.
fn across(
    record: &Record,
    steps: &[(String, &Judged<'_>)],
    title: &str,
    text: &str,
    is_ratio: bool,
    rows: &[String],
) -> String {
    if steps.len() < 2 {
        return String::new();
    }
    let place = |index: usize| index as f64 / (steps.len() - 1) as f64;
    let names = rows.iter().filter(|name| record.side(name) != Side::Model);
    let series = names.map(|name| {
        let points = steps.iter().enumerate().filter_map(|(index, (_, one))| {
            let estimate = one.of(name)?;
            Some((place(index), if is_ratio { estimate.ratio?.middle } else { estimate.figure }))
        });
        Series { name, side: record.side(name), points: points.collect() }
    });
    let drawing = Lines {
        title: title.to_owned(),
        series: series.collect(),
        across: steps.iter().enumerate().map(|(index, (label, _))| (place(index), label.clone())).collect(),
        figure: if is_ratio { plain } else { |value| Metric::Time.figure(value) },
        baseline: &record.settings.baseline,
    };
    let questions: Vec<_> = steps.iter().map(|(_, one)| *one).collect();
    figure(&drawing.svg(), title, text, &data::of_questions(&questions, rows))
}

fn times_of<'a, 'r>(judged: &'a [Judged<'r>], workload: &'a str) -> impl Iterator<Item = &'a Judged<'r>> {
    let is_time = |one: &&Judged<'_>| one.question.metric == Metric::Time;
    judged.iter().filter(is_time).filter(move |one| one.question.workload == workload)
}

pub(super) fn against_workers(record: &Record, judged: &[Judged<'_>]) -> Section {
    let rows = row_order(record, judged);
    let mut asked: Vec<_> = ["one-worker", "empty-1", "crowd"].iter().flat_map(|name| times_of(judged, name)).collect();
    asked.sort_by_key(|one| one.question.workers);
    let steps: Vec<_> = asked.into_iter().map(|one| (one.question.workers.to_string(), one)).collect();
    let text = "Time for an empty job against the number of workers.";
    let body = across(record, &steps, "Empty jobs, one submitter.", text, false, &rows);
    let intro = "More workers than cores cannot make anything faster; what they cost shows who is woken in vain. A level line \
                 is a queue that leaves its workers asleep.";
    Section { id: "workers", title: "Against the number of workers", intro: intro.to_owned(), body: two(body) }
}

pub(super) fn against_length(record: &Record, judged: &[Judged<'_>]) -> Section {
    let rows = row_order(record, judged);
    let lengths = [
        ("empty-1", "empty"),
        ("spin-300ns", "0.3 µs"),
        ("spin-1us", "1 µs"),
        ("spin-10us", "10 µs"),
        ("spin-100us", "100 µs"),
    ];
    let mut workers: Vec<usize> = times_of(judged, "empty-1").map(|one| one.question.workers).collect();
    workers.sort_unstable();
    let figures = workers.into_iter().map(|workers| {
        let steps: Vec<_> = lengths
            .iter()
            .flat_map(|(name, label)| {
                let asked = times_of(judged, name).filter(move |one| one.question.workers == workers);
                asked.map(|one| ((*label).to_owned(), one))
            })
            .collect();
        let title = format!("{workers} worker{}.", if workers == 1 { "" } else { "s" });
        let text = format!("Ratio to {} against how long a job computes.", record.settings.baseline);
        across(record, &steps, &title, &text, true, &rows)
    });
    let intro = "The longer the jobs, the less it matters who hands them out: the lines meet where a queue stops being worth a \
                 thought. Where two cross, the one that is better for short jobs is worse for long ones.";
    Section {
        id: "length",
        title: "Against the length of a job",
        intro: intro.to_owned(),
        body: two(figures.collect::<String>()),
    }
}

fn two(body: String) -> String {
    if body.is_empty() { body } else { format!("<div class=\"two\">\n{body}</div>\n") }
}

pub(super) fn timelines(record: &Record) -> Section {
    let end_of = |one: &crate::record::Timeline| one.spans.iter().map(|span| span.end).max().unwrap_or_default();
    // One that takes very long would press the others together: it leaves the picture instead.
    let mut ends: Vec<_> = record.timelines.iter().map(end_of).collect();
    ends.sort_unstable();
    let end = ends.get(ends.len() / 2).map_or(1, |end| end * 5 / 4).min(ends.last().copied().unwrap_or(1));
    let mut body = String::new();
    let mut shown: Vec<_> = record.timelines.iter().collect();
    shown.sort_by_key(|one| record.contenders.iter().position(|contender| contender.name == one.contender));
    for one in shown {
        let (waited, longest) = timeline::waits(one);
        let title = format!("{}.", one.contender);
        let mut text = match waited {
            0 => format!("Nobody waits for longer than {}.", Metric::Time.figure(longest as f64)),
            1 => format!("One job waits, for {}.", Metric::Time.figure(longest as f64)),
            _ => format!("{waited} jobs wait, for up to {}.", Metric::Time.figure(longest as f64)),
        };
        if end_of(one) > end {
            let _ = write!(text, " It goes on until {}.", Metric::Time.figure(end_of(one) as f64));
        }
        let head = ["job", "worker", "meant", "start", "end"].map(str::to_owned);
        let rows = one.spans.iter().enumerate().map(|(job, span)| {
            let time = |time: u64| format!("{:.1} µs", time as f64 / 1e3);
            vec![job.to_string(), span.worker.to_string(), time(span.meant), time(span.start), time(span.end)]
        });
        let data = data::table(&head, &rows.collect::<Vec<_>>());
        body += &figure(&timeline::svg(one, end, &format!("Timeline of {title} {text}")), &title, &text, &data);
    }
    let body = if body.is_empty() { body } else { format!("<div class=\"grid\">\n{body}</div>\n") };
    let intro = "One job sleeps for five milliseconds, as the Book’s <code>/sleep</code> does for five seconds, while short ones \
                 keep coming. Time runs to the right, a line is a worker, the long bar the one that sleeps. The ticks above \
                 are jobs as they come: a tall red one is a job that had to wait for more than a tenth of a millisecond.";
    Section { id: "straggler", title: "One slow job among fast ones", intro: intro.to_owned(), body }
}

pub(super) fn counts(record: &Record, judged: &[Judged<'_>]) -> Section {
    let mut body = String::new();
    for topic in TOPICS {
        let questions: Vec<_> = topic.of(judged).into_iter().filter(|one| !one.question.metric.has_ratio()).collect();
        if !questions.is_empty() {
            let _ = write!(body, "<h3>{}</h3>\n{}", escape(topic.title), plots(record, judged, &questions));
        }
    }
    let intro = "A thread that goes to sleep must be woken, and both cost more than most queues do otherwise. Sleeps are the \
                 kernel’s count of voluntary context switches, of all threads, the submitter’s included; wakes are the \
                 queue’s own count, where it keeps one. The lines reach over the middle half of the rounds. Idle processor \
                 time is in microseconds a second.";
    Section { id: "wakes", title: "Sleeps, wakes, and wakes for nothing", intro: intro.to_owned(), body }
}
