//! The families of workloads: an overview of each, and its measurements on demand.

use super::dots::{Dots, Row, Values};
use super::figure::{Figure, comparisons_table, framed, on_demand, workers};
use super::page::Part;
use super::summary::{scores_html, sections_html, total_html};
use super::svg::escape;
use super::view::View;
use crate::analysis::compare::{Comparison, Estimate, Standing};
use crate::analysis::scores::{Scores, scores, sections};
use crate::analysis::sections::{SECTIONS, Section};
use crate::analysis::stats::Interval;
use crate::analysis::summary::{Summary, line};
use crate::analysis::verdict::Verdict;
use crate::analysis::words::bracketed;
use crate::data::{Condition, Group, Metric};
use std::fmt::Write;

/// Writes the families that are scored.
pub(super) fn part(view: &View<'_>, summary: &Summary) -> Part {
    let baseline = escape(&view.record.settings.baseline);
    let intro = format!(
        "A filled dot is the mean time or delay of a strategy relative to {baseline}, a hollow dot its mean CPU time, and the line \
         through a dot the 95 % interval. Further left is better; the scale is logarithmic. If the lines of two strategies overlap, \
         their order may be undecided."
    );
    Part { id: "measurements", title: "Family by family", intro, body: families(view, summary) }
}

/// Writes the summary and the families under another condition than the page's first.
pub(super) fn condition(view: &View<'_>, summary: &Summary, condition: Condition) -> Part {
    let details = sections_html(view.record, summary)
        + &total_html(view.record, summary)
        + &families(view, summary);
    let body = on_demand("By section, in total, and family by family", &details);
    let first = summary.sentences.first().map_or("", String::as_str);
    let (id, title) = match condition {
        Condition::Quiet => ("quiet", "On a quiet machine"),
        Condition::Busy => ("busy", "Beside as many busy processes as cores"),
        Condition::OneCore => ("one-core", "On one core"),
    };
    Part { id, title, intro: format!("Measured {}. {}", condition.words(), escape(first)), body }
}

fn families(view: &View<'_>, summary: &Summary) -> String {
    let families: String = summary.sections.iter().map(|scores| family(view, scores)).collect();
    if families.is_empty() { families } else { format!("<div class=\"grid\">\n{families}</div>\n") }
}

/// Writes one family: what it measures, its means, and each measurement on demand.
fn family(view: &View<'_>, scores: &Scores) -> String {
    let Some(section) = SECTIONS.iter().find(|one| one.title == scores.title) else {
        return String::new();
    };
    let (figures, silent) = plots(view, section, Metric::has_ratio);
    let silent = match silent.as_slice() {
        [] => String::new(),
        names => format!(
            "<p>Not drawn, as no strategy is worse than the best: {}.</p>\n",
            escape(&names.join("; "))
        ),
    };
    format!(
        "<div class=\"family\">\n<h3>{}</h3>\n<p>{}</p>\n{}{}</div>\n",
        escape(section.title),
        escape(section.explanation),
        overview(view, scores).html(),
        on_demand("Each workload", &(framed("grid", &figures) + &silent))
    )
}

/// Draws the means of a family.
fn overview(view: &View<'_>, scores: &Scores) -> Figure {
    let values = |one: Interval| (one.low, one.middle, one.high);
    let rows = scores.list.iter().map(|score| Row {
        name: &score.strategy,
        faint: Vec::new(),
        dots: [Some(values(score.time)), score.cpu.map(values)],
    });
    let alt = format!("{}: means relative to {}", scores.title, view.record.settings.baseline);
    let drawing = Dots {
        title: alt,
        rows: rows.collect(),
        baseline: Some(&view.record.settings.baseline),
        palette: &view.palette,
    };
    let (title, text) = reading(view, scores);
    Figure { svg: drawing.svg(), title, text, data: scores_html(scores) }
}

/// Puts the scores of a family into words: the first, and the default strategy.
fn reading(view: &View<'_>, scores: &Scores) -> (String, String) {
    let [first, second, ..] = scores.list.as_slice() else { return Default::default() };
    let mean = bracketed(&first.time);
    let title = match first.verdict.unwrap_or(Verdict::Undecided) {
        Verdict::Better => format!("{} is fastest, {mean}.", first.strategy),
        verdict => format!(
            "{} has the lowest mean, {mean}, but is {} {}.",
            first.strategy,
            verdict.words(),
            second.strategy
        ),
    };
    let default = view.record.default_strategy();
    let ours = scores.list[1..].iter().find(|one| one.strategy == default).map(|ours| {
        let mean = bracketed(&ours.time);
        match ours.verdict.filter(|_| ours.strategy != second.strategy) {
            Some(verdict) => {
                format!("{default} has {mean}, {} {}.", verdict.words(), first.strategy)
            }
            None => format!("{default} has {mean}."),
        }
    });
    (title, ours.unwrap_or_default())
}

/// Writes what has no score: memory, balance, and counts, which are often zero.
pub(super) fn costs_part(view: &View<'_>, summary: &Summary) -> Part {
    let is_scored =
        |section: &&Section| summary.sections.iter().any(|one| one.title == section.title);
    let (mut first, mut others) = (Vec::new(), Vec::new());
    for section in SECTIONS.iter().filter(|section| !is_scored(section)) {
        let mut counts = plots(view, section, |metric| !metric.has_ratio()).0.into_iter();
        first.extend(counts.next());
        others.extend(plots(view, section, Metric::has_ratio).0);
        others.extend(counts);
    }
    let intro = "These do not count in the ranking. A parked thread must be woken; parking and waking often cost more than everything else a queue does. \
                 Voluntary context switches are counted by the kernel, for all threads, the submitter’s included. Wake-ups \
                 are counted by the queue, if it has counters. The Book’s channel has none: whether a worker parked in \
                 <code>recv</code> or at the lock around it is known only to the channel and the lock. Lines reach from the \
                 first to the third quartile of the rounds. Idle CPU time is in microseconds per second.";
    Part {
        id: "costs",
        title: "Measurements without a score",
        intro: intro.to_owned(),
        body: framed("grid", &first) + &on_demand("Other workloads", &framed("grid", &others)),
    }
}

/// Draws the measurements of a section that tell strategies apart, and names the others.
fn plots(
    view: &View<'_>,
    section: &Section,
    is_shown: impl Fn(Metric) -> bool,
) -> (Vec<Figure>, Vec<String>) {
    let shown: Vec<_> = section
        .of(&view.comparisons)
        .into_iter()
        .filter(|one| is_shown(one.measurement.metric))
        .collect();
    let (mut figures, mut silent) = (Vec::new(), Vec::new());
    // A series differs only in the number of workers.
    for series in shown.chunk_by(|a, b| {
        (&a.measurement.workload, a.measurement.metric)
            == (&b.measurement.workload, b.measurement.metric)
    }) {
        let measurement = series[0].measurement;
        if series.iter().any(|one| tells_apart(view, one)) {
            figures.push(plot(view, series));
        } else {
            silent.push(format!("{}, {}", measurement.workload, measurement.metric.words()));
        }
    }
    (figures, silent)
}

/// Returns whether a measurement tells pools apart: one is worse than the best or, of a count, not
/// equal to the others.
fn tells_apart(view: &View<'_>, one: &Comparison<'_>) -> bool {
    let pools = || {
        let is_pool = |it: &&Estimate| view.record.group(&it.strategy) != Group::Reference;
        one.estimates.iter().filter(is_pool)
    };
    if one.measurement.metric.has_ratio() {
        return pools().any(|it| it.standing == Standing::Worse);
    }
    let figures: Vec<_> = pools().map(|it| one.measurement.metric.figure(it.figure)).collect();
    figures.windows(2).any(|pair| pair[0] != pair[1])
}

/// Draws a workload and metric. Of several numbers of workers, the lowest and the highest are
/// shown.
fn plot(view: &View<'_>, series: &[&Comparison<'_>]) -> Figure {
    let (first, last) = (series[0], series[series.len() - 1]);
    let metric = last.measurement.metric;
    let rows = view.pools().into_iter().map(|name| {
        let of = |one: &Comparison<'_>| values(metric, one.of(name)?);
        let second = (series.len() > 1).then(|| of(last)).flatten();
        Row { name, faint: Vec::new(), dots: [of(first), second] }
    });
    let title = format!("{}, {}", last.measurement.workload, metric.words());
    let drawing = Dots {
        title: title.clone(),
        rows: rows.collect(),
        baseline: metric.has_ratio().then_some(view.record.settings.baseline.as_str()),
        palette: &view.palette,
    };
    let data = comparisons_table(series, &view.order);
    let text = caption(view, series);
    Figure { svg: drawing.svg(), title: format!("{title}."), text, data }
}

fn caption(view: &View<'_>, series: &[&Comparison<'_>]) -> String {
    let (first, last) = (series[0], series[series.len() - 1]);
    let measurement = last.measurement;
    let info = view.record.workloads.iter().find(|one| one.name == measurement.workload);
    let mut text = info.map_or(String::new(), |one| format!("{}.", capitalised(&one.description)));
    if series.len() > 1 {
        let (few, many) = (first.measurement.workers, measurement.workers);
        let _ = write!(text, " Filled: {}; hollow: {many}.", workers(few));
    }
    let _ = write!(text, " With {}: {}.", workers(measurement.workers), line(view.record, last));
    text
}

/// Returns the ends of a line and the place of the dot in between.
fn values(metric: Metric, estimate: &Estimate) -> Option<Values> {
    if metric.has_ratio() {
        return estimate.ratio.map(|ratio| (ratio.low, ratio.middle, ratio.high));
    }
    // Idle CPU time is recorded in nanoseconds and shown in microseconds.
    let scale = if metric == Metric::IdleCpu { 1e-3 } else { 1.0 };
    let (low, high) = estimate.quartiles;
    Some((low * scale, estimate.figure * scale, high * scale))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Draws wake-ups and false wake-ups under a workload; `None` if no queue counted them.
pub(super) fn wakes(view: &View<'_>, workload: &str, number: usize) -> Option<Figure> {
    let of = |metric: Metric| {
        view.comparisons.iter().find(|one| {
            let Comparison { measurement, .. } = one;
            (measurement.workload.as_str(), measurement.workers, measurement.metric)
                == (workload, number, metric)
        })
    };
    let shown = [of(Metric::Wakes)?, of(Metric::FalseWakes)?];
    let rows = view.pools().into_iter().map(|name| {
        let dots = shown.map(|one| values(Metric::Wakes, one.of(name)?));
        Row { name, faint: Vec::new(), dots }
    });
    let title = format!("Wake-ups per job: {workload}, {}.", workers(number));
    let drawing =
        Dots { title: title.clone(), rows: rows.collect(), baseline: None, palette: &view.palette };
    let text = "Filled: wake-ups that the queue sent; hollow: those after which the worker found no job. Queues without \
                counters are not shown.";
    let data = comparisons_table(&shown, &view.order);
    Some(Figure { svg: drawing.svg(), title, text: text.to_owned(), data })
}

/// Draws the ranking: the mean ratio of each pool and the ratios it is the mean of. Returns `None`
/// if there is no ranking.
pub(super) fn ranking(view: &View<'_>) -> Option<Figure> {
    let record = view.record;
    let sections = sections(record, &view.comparisons);
    let total = scores(record, "", &sections)?;
    let of_section = |one| scores(record, "", std::slice::from_ref(one));
    let each: Vec<_> = sections.iter().filter_map(of_section).collect();
    let rows = total.list.iter().map(|score| {
        let means = each.iter().filter_map(|one| Some(one.of(&score.strategy)?.time.middle));
        let Interval { low, middle, high, .. } = score.time;
        Row {
            name: &score.strategy,
            faint: means.collect(),
            dots: [Some((low, middle, high)), None],
        }
    });
    let baseline = record.settings.baseline.as_str();
    let title = "Mean time of each strategy: further left is faster.";
    let svg = Dots {
        title: format!("{title} Relative to {baseline}."),
        rows: rows.collect(),
        baseline: Some(baseline),
        palette: &view.palette,
    }
    .svg();
    let text = format!(
        "The large dot is the geometric mean of the ratios to {baseline}, in which each family has one vote, and the line through \
         it the 95 % interval; a small dot is the mean of one family. The wider the small dots lie apart, the more the place \
         depends on the workload."
    );
    Some(Figure { svg, title: title.to_owned(), text, data: scores_html(&total) })
}
