//! Timelines: when each job ran, and on which worker.

use super::figure::{Figure, data_table, framed, on_demand};
use super::lanes::{Lanes, Paths, common_end};
use super::page::Part;
use super::svg::{at, escape, label};
use crate::data::{Group, Metric, Record, Span, Timeline};
use std::fmt::Write;

const WIDTH: f64 = 360.0;
/// The height of a worker's lane.
const LANE: f64 = 15.0;
const TOP: f64 = 26.0;
/// The height of a strategy's name above its timeline.
const NAME: f64 = 16.0;
/// The number of lanes: a thread for each job would have a lane for each job.
const MOST_LANES: usize = 8;
/// The delay in nanoseconds from which on a job is drawn as one that waited.
const WAITED: u64 = 100_000;

/// The number of timelines that the page shows; the others open on demand.
const SHOWN_FIRST: usize = 6;

/// Writes the timelines of all strategies, on the same scale.
pub(super) fn part(record: &Record) -> Part {
    let shown = shown(record);
    let end = common_end(shown.iter().map(|one| end_of(one)));
    let mut figures: Vec<_> = shown.into_iter().map(|one| figure(one, end)).collect();
    let others = figures.split_off(figures.len().min(SHOWN_FIRST));
    let intro = "One slow job, the straggler, sleeps for five milliseconds, as the Book’s <code>/sleep</code> does for five \
                 seconds, while fast jobs keep coming. Time runs to the right, and each row is a worker; the long bar is the \
                 slow job. The ticks above are jobs at their intended start: a tall red tick is a job with a delay of more \
                 than 0.1 ms.";
    let others = on_demand("The other strategies", &framed("grid", &others));
    let body = framed("grid", &figures) + &others;
    Part { id: "straggler", title: "One slow job among fast jobs", intro: intro.to_owned(), body }
}

/// Returns the timelines in the record's order of strategies.
fn shown(record: &Record) -> Vec<&Timeline> {
    let mut shown: Vec<_> = record.timelines.iter().collect();
    shown.sort_by_key(|one| {
        record.strategies.iter().position(|strategy| strategy.name == one.strategy)
    });
    shown
}

fn end_of(one: &Timeline) -> u64 {
    one.spans.iter().map(|span| span.end).max().unwrap_or(1)
}

fn figure(one: &Timeline, end: u64) -> Figure {
    let (waited, longest) = delays(one);
    let longest = Metric::Time.figure(longest as f64);
    let mut text = match waited {
        0 => format!("The longest delay is {longest}."),
        1 => format!("One job starts late, by {longest}."),
        _ => format!("{waited} jobs start late, by up to {longest}."),
    };
    if end_of(one) > end {
        let _ = write!(text, " The last job ends at {}.", Metric::Time.figure(end_of(one) as f64));
    }
    let head = ["job", "worker", "intended", "start", "end"].map(str::to_owned);
    let rows = one.spans.iter().enumerate().map(|(job, span)| {
        let [meant, start, end] =
            [span.meant, span.start, span.end].map(|time| format!("{:.1} µs", time as f64 / 1e3));
        vec![job.to_string(), span.worker.to_string(), meant, start, end]
    });
    let data = data_table(&head, &rows.collect::<Vec<_>>());
    let title = format!("{}.", one.strategy);
    let (body, height) = drawing(one, end);
    let svg = format!(
        r#"<svg viewBox="0 0 {WIDTH} {}" role="img" aria-label="{}">{body}</svg>"#,
        at(height),
        escape(&format!("Timeline of {title} {text}"))
    );
    Figure { svg, title, text, data }
}

/// Draws the timeline of one strategy; `None` if the record has none.
pub(super) fn alone(record: &Record, strategy: &str) -> Option<Figure> {
    let one = record.timelines.iter().find(|one| one.strategy == strategy)?;
    Some(figure(one, end_of(one)))
}

/// Draws the timelines of our strategies, one below the other; `None` if the record has none.
pub(super) fn together(record: &Record) -> Option<Figure> {
    let is_ours =
        |one: &&Timeline| !matches!(record.group(&one.strategy), Group::Peer | Group::Reference);
    let shown: Vec<_> = shown(record).into_iter().filter(is_ours).collect();
    let end = common_end(shown.iter().map(|one| end_of(one)));
    let (mut body, mut top) = (String::new(), 0.0);
    for one in &shown {
        let (drawn, height) = drawing(one, end);
        label(&mut body, "name", (4.0, top + NAME - 4.0), &one.strategy);
        let _ = write!(body, r#"<g transform="translate(0 {})">{drawn}</g>"#, at(top + NAME));
        top += NAME + height + 8.0;
    }
    let title = "One slow job among fast jobs, under each strategy.";
    let text = "Time runs to the right, and each row is a worker; the long bar is the slow job, which sleeps. The ticks above \
                are jobs at their intended start: a tall red tick is a job with a delay of more than 0.1 ms.";
    let svg = format!(
        r#"<svg viewBox="0 0 {WIDTH} {}" role="img" aria-label="{title}">{body}</svg>"#,
        at(top)
    );
    let data = String::new();
    (!shown.is_empty()).then(|| Figure {
        svg,
        title: title.to_owned(),
        text: text.to_owned(),
        data,
    })
}

/// Returns the slow job: the longest.
fn slow(timeline: &Timeline) -> Option<&Span> {
    timeline.spans.iter().max_by_key(|span| span.end - span.start)
}

fn delay(span: &Span) -> u64 {
    span.start.saturating_sub(span.meant)
}

/// Returns the number of fast jobs with a delay, and the longest delay.
fn delays(timeline: &Timeline) -> (usize, u64) {
    let slow = slow(timeline);
    let fast = timeline.spans.iter().filter(|span| Some(*span) != slow);
    let delays: Vec<u64> = fast.map(delay).collect();
    let waited = delays.iter().filter(|delay| **delay > WAITED).count();
    (waited, delays.into_iter().max().unwrap_or_default())
}

/// Draws a timeline up to an end, and returns its height as well.
fn drawing(timeline: &Timeline, end: u64) -> (String, f64) {
    let workers = timeline.spans.iter().map(|span| span.worker + 1).max().unwrap_or_default();
    let lanes = workers.max(timeline.workers).min(MOST_LANES);
    let height = TOP + LANE * lanes as f64 + 20.0;
    let place = Lanes { sides: (4.0, WIDTH - 4.0), top: TOP, height: LANE, end };
    let mut svg = String::new();
    let lane = |worker| format!("M4 {}H{}", at(place.y(worker)), WIDTH - 4.0);
    let _ = write!(svg, r#"<path class="idle" d="{}"/>"#, (0..lanes).map(lane).collect::<String>());
    let slow = slow(timeline);
    let mut paths = Paths::new(&["served", "waited", "busy", "asleep"]);
    for span in timeline.spans.iter().filter(|span| span.meant <= end) {
        let arrival = paths.of(if delay(span) > WAITED { "waited" } else { "served" });
        let _ = write!(arrival, "M{} 4v12", at(place.x(span.meant)));
        let bar = paths.of(if Some(span) == slow { "asleep" } else { "busy" });
        place.bar(bar, (span.start, span.end), span.worker % lanes);
    }
    paths.draw(&mut svg);
    for (time, side) in [(0, "tick"), (end, "tick end")] {
        label(
            &mut svg,
            side,
            (place.x(time), height - 4.0),
            &format!("{:.0} ms", time as f64 / 1e6),
        );
    }
    (svg, height)
}
