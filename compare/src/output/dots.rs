//! Figures made of dots: each measurement, the wake-ups, and the ranking.

use super::figure::{Figure, comparisons_table, framed, pools, workers};
use super::page::Part;
use super::summary::{scores_html, sections_html, total_html};
use super::svg::{Scale, at, escape, label, line as draw_line, plain};
use crate::analysis::compare::{Comparison, Estimate, compare};
use crate::analysis::scores::{row_order, scores, sections};
use crate::analysis::sections::SECTIONS;
use crate::analysis::summary::{line, summary};
use crate::data::{Condition, Group, Metric, Record};
use std::fmt::Write;

/// Writes the measurements with ratios.
pub(super) fn measurements(record: &Record, comparisons: &[Comparison<'_>]) -> Part {
    let baseline = escape(&record.settings.baseline);
    let intro = format!(
        "Each dot is the ratio to {baseline}, and the line through it the 95 % interval. Lower is better. If the lines of two \
         strategies overlap, their order may be undecided. The scale is logarithmic."
    );
    Part {
        id: "measurements",
        title: "Measurements",
        intro,
        body: by_section(record, comparisons, Metric::has_ratio),
    }
}

/// Writes the measurements with ratios under another condition than the page's first, and their
/// summary.
pub(super) fn condition(record: &Record, condition: Condition) -> Part {
    let comparisons = compare(record);
    let summary = summary(record, &comparisons);
    let body = sections_html(record, &summary)
        + &total_html(record, &summary)
        + &by_section(record, &comparisons, Metric::has_ratio);
    let (id, title) = match condition {
        Condition::Quiet => ("quiet", "On a quiet machine"),
        Condition::Busy => ("busy", "Beside as many busy processes as cores"),
        Condition::OneCore => ("one-core", "On one core"),
    };
    Part { id, title, intro: format!("Measured {}.", condition.words()), body }
}

/// Writes the measurements without ratios: counts, which are often zero.
pub(super) fn counts(record: &Record, comparisons: &[Comparison<'_>]) -> Part {
    let intro = "A parked thread must be woken; parking and waking often cost more than everything else a queue does. \
                 Voluntary context switches are counted by the kernel, for all threads, the submitter’s included. Wake-ups \
                 are counted by the queue, if it has counters. The Book’s channel has none: whether a worker parked in \
                 <code>recv</code> or at the lock around it is known only to the channel and the lock. Lines reach from the \
                 first to the third quartile of the rounds. Idle CPU time is in microseconds per second.";
    let body = by_section(record, comparisons, |metric| !metric.has_ratio());
    Part {
        id: "wakes",
        title: "Context switches, wake-ups, and idle CPU time",
        intro: intro.to_owned(),
        body,
    }
}

fn by_section(
    record: &Record,
    comparisons: &[Comparison<'_>],
    is_shown: impl Fn(Metric) -> bool,
) -> String {
    let mut body = String::new();
    for section in SECTIONS {
        let shown: Vec<_> = section
            .of(comparisons)
            .into_iter()
            .filter(|one| is_shown(one.measurement.metric))
            .collect();
        if !shown.is_empty() {
            let figures: Vec<_> =
                series(&shown).map(|series| plot(record, comparisons, series)).collect();
            let _ =
                write!(body, "<h3>{}</h3>\n{}", escape(section.title), framed("grid", &figures));
        }
    }
    body
}

/// Divides comparisons into series that differ only in the number of workers.
fn series<'s, 'a, 'r>(
    comparisons: &'s [&'a Comparison<'r>],
) -> impl Iterator<Item = &'s [&'a Comparison<'r>]> {
    comparisons.chunk_by(|a, b| {
        (&a.measurement.workload, a.measurement.metric)
            == (&b.measurement.workload, b.measurement.metric)
    })
}

/// Draws a workload and metric. Of several numbers of workers, the lowest and the highest are
/// shown.
fn plot(record: &Record, comparisons: &[Comparison<'_>], series: &[&Comparison<'_>]) -> Figure {
    let names = pools(record, comparisons);
    let (first, last) = (series[0], series[series.len() - 1]);
    let measurement = last.measurement;
    let metric = measurement.metric;
    let ends = if series.len() > 1 { vec![first, last] } else { vec![last] };
    let dots = ends.iter().enumerate().flat_map(|(series, one)| {
        let estimates =
            names.iter().enumerate().filter_map(|(row, name)| Some((row, one.of(name)?)));
        estimates
            .filter_map(move |(row, one)| Some(Dot { row, series, values: values(metric, one)? }))
    });
    let title = format!("{}, {}", measurement.workload, metric.words());
    let drawing = Dots {
        title: title.clone(),
        rows: names.iter().map(|name| (name.as_str(), record.group(name))).collect(),
        dots: dots.collect(),
        baseline: metric.has_ratio().then_some(record.settings.baseline.as_str()),
    };
    let data = comparisons_table(series, &row_order(record, comparisons));
    let text = caption(record, series);
    Figure { svg: drawing.svg(), title: format!("{title}."), text, data }
}

fn caption(record: &Record, series: &[&Comparison<'_>]) -> String {
    let (first, last) = (series[0], series[series.len() - 1]);
    let measurement = last.measurement;
    let info = record.workloads.iter().find(|one| one.name == measurement.workload);
    let mut text = info.map_or(String::new(), |one| format!("{}.", capitalised(&one.description)));
    if series.len() > 1 {
        let (few, many) = (first.measurement.workers, measurement.workers);
        let _ = write!(text, " Filled: {}; hollow: {many}.", workers(few));
    }
    let _ = write!(text, " With {}: {}.", workers(measurement.workers), line(record, last));
    text
}

/// Returns the ends of a line and the place of the dot in between.
fn values(metric: Metric, estimate: &Estimate) -> Option<(f64, f64, f64)> {
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
pub(super) fn wakes(
    record: &Record,
    comparisons: &[Comparison<'_>],
    workload: &str,
    number: usize,
) -> Option<Figure> {
    let of = |metric: Metric| {
        comparisons.iter().find(|one| {
            let Comparison { measurement, .. } = one;
            (measurement.workload.as_str(), measurement.workers, measurement.metric)
                == (workload, number, metric)
        })
    };
    let shown = [of(Metric::Wakes)?, of(Metric::FalseWakes)?];
    let counts = |name: &String| shown.iter().any(|one| one.of(name).is_some());
    let names: Vec<String> = pools(record, comparisons).into_iter().filter(counts).collect();
    let dot = |(series, row): (usize, usize)| {
        let estimate = shown[series].of(&names[row])?;
        Some(Dot { row, series, values: values(Metric::Wakes, estimate)? })
    };
    let places = (0..names.len()).flat_map(|row| [(0, row), (1, row)]);
    let title = format!("Wake-ups per job: {workload}, {}.", workers(number));
    let drawing = Dots {
        title: title.clone(),
        rows: names.iter().map(|name| (name.as_str(), record.group(name))).collect(),
        dots: places.filter_map(dot).collect(),
        baseline: None,
    };
    let text = "Filled: wake-ups that the queue sent; hollow: those after which the worker found no job. Queues without \
                counters are not shown.";
    let data = comparisons_table(&shown, &row_order(record, comparisons));
    Some(Figure { svg: drawing.svg(), title, text: text.to_owned(), data })
}

/// Draws the ranking: the mean ratio of each pool and the ratios it is the mean of. Returns `None`
/// if there is no ranking.
pub(super) fn ranking_figure(record: &Record, comparisons: &[Comparison<'_>]) -> Option<Figure> {
    let sections = sections(record, comparisons);
    let scores = scores(record, "", &sections)?;
    let baseline = &record.settings.baseline;
    let mut dots = Vec::new();
    for (row, score) in scores.list.iter().enumerate() {
        let measured = sections.iter().flat_map(|section| &section.time);
        let ratios = measured.filter_map(|one| Some(one.of(&score.strategy)?.ratio?.middle));
        dots.extend(ratios.map(|ratio| Dot { row, series: 2, values: (ratio, ratio, ratio) }));
        let mean = score.time;
        dots.push(Dot { row, series: 0, values: (mean.low, mean.middle, mean.high) });
    }
    let rows = scores.list.iter().map(|score| (score.strategy.as_str(), score.group)).collect();
    let title = format!("Time of each strategy relative to {baseline}, all measurements.");
    let svg = Dots { title, rows, dots, baseline: Some(baseline) }.svg();
    let data = scores_html(&scores);
    let text = format!(
        "A small dot is one measurement, the large dot the geometric mean, in which each section has one vote, and the line \
         through it the 95 % interval. Further left is faster; the vertical line is {baseline}."
    );
    Some(Figure { svg, title: "All measurements.".to_owned(), text, data })
}

/// A dot.
struct Dot {
    /// The index of the row.
    row: usize,
    /// The series: 0 is filled, 1 hollow, 2 small.
    series: usize,
    /// The low end of the line, the dot, and the high end.
    values: (f64, f64, f64),
}

/// A dot plot.
struct Dots<'a> {
    /// The text alternative.
    title: String,
    /// The rows from top to bottom.
    rows: Vec<(&'a str, Group)>,
    /// The dots.
    dots: Vec<Dot>,
    /// The label of the line at 1, if the values are ratios; other values start at 0.
    baseline: Option<&'a str>,
}

const WIDTH: f64 = 360.0;
const NAMES: f64 = 92.0;
const ROW: f64 = 17.0;
const TOP: f64 = 20.0;

impl Dots<'_> {
    /// Draws the plot.
    fn svg(&self) -> String {
        let bottom = TOP + ROW * self.rows.len() as f64;
        let values = self.dots.iter().flat_map(|dot| [dot.values.0, dot.values.1, dot.values.2]);
        let places = (NAMES + 8.0, WIDTH - 12.0);
        let scale = match self.baseline {
            Some(_) => Scale::log(values.chain([1.0]), places),
            None => Scale::linear(values, places),
        };
        let mut svg = format!(
            r#"<svg viewBox="0 0 {WIDTH} {}" role="img" aria-label="{}">"#,
            at(bottom + 22.0),
            escape(&self.title)
        );
        for tick in scale.ticks(6) {
            let x = scale.place(tick);
            draw_line(&mut svg, "grid", (x, TOP), (x, bottom));
            label(&mut svg, "tick mid", (x, bottom + 14.0), &plain(tick));
        }
        if let Some(baseline) = self.baseline {
            let x = scale.place(1.0);
            draw_line(&mut svg, "base", (x, TOP - 4.0), (x, bottom));
            label(&mut svg, "tick mid", (x, TOP - 8.0), baseline);
        }
        (0..self.rows.len()).for_each(|index| self.row(&mut svg, &scale, index));
        svg.push_str("</svg>");
        svg
    }

    fn row(&self, svg: &mut String, scale: &Scale, index: usize) {
        let (name, group) = self.rows[index];
        let y = TOP + ROW * (index as f64 + 0.5);
        let ours = if group == Group::Ours { " ours" } else { "" };
        label(svg, &format!("name end{ours}"), (NAMES, y + 4.0), name);
        let _ = write!(svg, r#"<g class="row{ours}">"#);
        let dots: Vec<_> = self.dots.iter().filter(|dot| dot.row == index).collect();
        let is_pair = dots.iter().any(|dot| dot.series == 1);
        for dot in dots {
            // Two series are drawn one above the other.
            let y = y + if is_pair { 3.5 * (dot.series as f64 * 2.0 - 1.0) } else { 0.0 };
            let [low, middle, high] =
                [dot.values.0, dot.values.1, dot.values.2].map(|value| scale.place(value));
            draw_line(svg, "span", (low, y), (high, y));
            let (class, r) =
                [("dot", 3.2), ("dot hollow", 2.8), ("dot faint", 2.0)][dot.series.min(2)];
            let (x, y) = (at(middle), at(y));
            let _ = write!(svg, r#"<circle class="{class}" cx="{x}" cy="{y}" r="{r}"/>"#);
        }
        svg.push_str("</g>");
    }
}
