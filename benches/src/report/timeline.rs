//! Timelines: which worker ran what, and when.

use super::figure::{Figure, framed};
use super::svg::{at, escape, label};
use super::{Section, data};
use crate::contender::Side;
use crate::record::{Record, Timeline};
use crate::workload::{Metric, Span};
use std::fmt::Write;

const WIDTH: f64 = 360.0;
const LANE: f64 = 15.0;
const TOP: f64 = 26.0;
/// How high a name stands above its timeline.
const NAME: f64 = 16.0;
/// From how long a wait on a job is drawn as one that waited.
const WAITED: u64 = 100_000;

/// Everybody's, on the same scale.
pub(super) fn section(record: &Record) -> Section {
    let shown = shown(record);
    let end = common_end(&shown);
    let figures: Vec<_> = shown.into_iter().map(|one| figure(one, end)).collect();
    let intro = "One job sleeps for five milliseconds, as the Book’s <code>/sleep</code> does for five seconds, while short ones \
                 keep coming. Time runs to the right, a line is a worker, the long bar the one that sleeps. The ticks above \
                 are jobs as they come: a tall red one is a job that had to wait for more than a tenth of a millisecond.";
    let body = framed("grid", &figures);
    Section {
        id: "straggler",
        title: "One slow job among fast ones",
        intro: intro.to_owned(),
        body,
    }
}

/// In the order in which the contenders are listed.
fn shown(record: &Record) -> Vec<&Timeline> {
    let mut shown: Vec<_> = record.timelines.iter().collect();
    shown.sort_by_key(|one| {
        record.contenders.iter().position(|contender| contender.name == one.contender)
    });
    shown
}

fn end_of(one: &Timeline) -> u64 {
    one.spans.iter().map(|span| span.end).max().unwrap_or(1)
}

/// Where all of them end that are to be compared. One that takes very long would press the others
/// together: it leaves the picture instead.
fn common_end(shown: &[&Timeline]) -> u64 {
    let mut ends: Vec<_> = shown.iter().map(|one| end_of(one)).collect();
    ends.sort_unstable();
    ends.get(ends.len() / 2).map_or(1, |end| end * 5 / 4).min(ends.last().copied().unwrap_or(1))
}

fn figure(one: &Timeline, end: u64) -> Figure {
    let (waited, longest) = waits(one);
    let longest = Metric::Time.figure(longest as f64);
    let mut text = match waited {
        0 => format!("Nobody waits for longer than {longest}."),
        1 => format!("One job waits, for {longest}."),
        _ => format!("{waited} jobs wait, for up to {longest}."),
    };
    if end_of(one) > end {
        let _ = write!(text, " It goes on until {}.", Metric::Time.figure(end_of(one) as f64));
    }
    let head = ["job", "worker", "meant", "start", "end"].map(str::to_owned);
    let rows = one.spans.iter().enumerate().map(|(job, span)| {
        let time = |time: u64| format!("{:.1} µs", time as f64 / 1e3);
        vec![
            job.to_string(),
            span.worker.to_string(),
            time(span.meant),
            time(span.start),
            time(span.end),
        ]
    });
    let data = data::table(&head, &rows.collect::<Vec<_>>());
    let title = format!("{}.", one.contender);
    Figure { svg: svg(one, end, &format!("Timeline of {title} {text}")), title, text, data }
}

/// One contender's alone; `None` if the run has none.
pub(super) fn alone(record: &Record, contender: &str) -> Option<Figure> {
    let one = record.timelines.iter().find(|one| one.contender == contender)?;
    Some(figure(one, end_of(one)))
}

/// Those of our strategies, one below the other; `None` if the run has none.
pub(super) fn together(record: &Record) -> Option<Figure> {
    let is_ours = |one: &&Timeline| matches!(record.side(&one.contender), Side::Ours | Side::Study);
    let shown: Vec<_> = shown(record).into_iter().filter(is_ours).collect();
    let end = common_end(&shown);
    let (mut body, mut top) = (String::new(), 0.0);
    for one in &shown {
        let (drawn, height) = drawing(one, end);
        label(&mut body, "name", (4.0, top + NAME - 4.0), &one.contender);
        let _ = write!(body, r#"<g transform="translate(0 {})">{drawn}</g>"#, at(top + NAME));
        top += NAME + height + 8.0;
    }
    let title = "One slow job among fast ones, under each strategy.";
    let text = "Time runs to the right, a line is a worker, the long bar the job that sleeps. The ticks above are jobs as they \
                come: a tall red one had to wait for more than a tenth of a millisecond.";
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

/// The slow job: the longest.
fn slow(timeline: &Timeline) -> Option<&Span> {
    timeline.spans.iter().max_by_key(|span| span.end - span.start)
}

/// How many of the fast jobs had to wait, and for how long at most.
fn waits(timeline: &Timeline) -> (usize, u64) {
    let slow = slow(timeline);
    let fast = timeline.spans.iter().filter(|span| Some(*span) != slow);
    let delays: Vec<u64> = fast.map(|span| span.start.saturating_sub(span.meant)).collect();
    (
        delays.iter().filter(|delay| **delay > WAITED).count(),
        delays.into_iter().max().unwrap_or_default(),
    )
}

/// One contender's as a drawing of its own.
fn svg(timeline: &Timeline, end: u64, title: &str) -> String {
    let (body, height) = drawing(timeline, end);
    format!(
        r#"<svg viewBox="0 0 {WIDTH} {}" role="img" aria-label="{}">{body}</svg>"#,
        at(height),
        escape(title)
    )
}

/// The drawing, and how high it is. `end` is the same for all that are to be compared; what comes
/// after it is not shown.
fn drawing(timeline: &Timeline, end: u64) -> (String, f64) {
    let lanes = timeline
        .spans
        .iter()
        .map(|span| span.worker + 1)
        .max()
        .unwrap_or_default()
        .max(timeline.workers.min(8));
    // A thread for each job would be a lane for each job.
    let shown = lanes.min(8);
    let height = TOP + LANE * shown as f64 + 20.0;
    let x = |time: u64| 4.0 + (WIDTH - 8.0) * time.min(end) as f64 / end.max(1) as f64;
    let y = |worker: usize| TOP + LANE * ((worker % shown) as f64 + 0.5);
    let mut svg = String::new();
    let lane = |worker| format!("M4 {}H{}", at(y(worker)), WIDTH - 4.0);
    let _ = write!(svg, r#"<path class="idle" d="{}"/>"#, (0..shown).map(lane).collect::<String>());
    let slow = slow(timeline);
    let mut paths = [String::new(), String::new(), String::new(), String::new()];
    let [served, waited, busy, asleep] = &mut paths;
    for span in timeline.spans.iter().filter(|span| span.meant <= end) {
        let arrival = if span.start.saturating_sub(span.meant) > WAITED {
            &mut *waited
        } else {
            &mut *served
        };
        let _ = write!(arrival, "M{} 4v12", at(x(span.meant)));
        if span.start > end {
            continue;
        }
        let bar = if Some(span) == slow { &mut *asleep } else { &mut *busy };
        let length = (x(span.end) - x(span.start)).max(0.8);
        let _ = write!(bar, "M{} {}h{}", at(x(span.start)), at(y(span.worker)), at(length));
    }
    for (class, path) in ["served", "waited", "busy", "asleep"].into_iter().zip(&paths) {
        let _ = write!(svg, r#"<path class="{class}" d="{path}"/>"#);
    }
    for (time, side) in [(0, "tick"), (end, "tick end")] {
        label(&mut svg, side, (x(time), height - 4.0), &format!("{:.0} ms", time as f64 / 1e6));
    }
    (svg, height)
}
