//! A recording as a figure: one panel for each strategy, one row for each thread.

use super::figure::Figure;
use super::lanes::{Lanes, Paths, common_end};
use super::svg::{Scale, at, escape, label, line};
use super::trace::{INFERRED, MEASURED, notes, time};
use crate::analysis::trace::{State, arrivals, figures, stretches, without_job, woken};
use crate::analysis::words::counted;
use crate::data::{Recording, Trace};
use std::fmt::Write;

const WIDTH: f64 = 600.0;
/// The places of time zero and of the end.
const SIDES: (f64, f64) = (72.0, WIDTH - 52.0);
/// The height of a thread's row.
const ROW: f64 = 18.0;
/// The height of the line above a panel.
const HEAD: f64 = 24.0;
/// The space below a panel.
const SPACE: f64 = 16.0;

/// The number of characters in a line of the caption.
const LINE: usize = 94;

/// Draws a recording, with its styles for light and dark.
pub fn svg(recording: &Recording) -> String {
    figure(recording).standalone(include_str!("trace.css")).svg
}

fn figure(recording: &Recording) -> Figure {
    let end = common_end(recording.traces.iter().map(Trace::total)) * 21 / 20;
    let (mut body, mut top) = (String::new(), 8.0);
    top += legend(&mut body, top);
    let first = top;
    let mut panels = String::new();
    for trace in &recording.traces {
        top += panel(&mut panels, trace, top, end) + SPACE;
    }
    axis(&mut body, end, (first + HEAD, top - SPACE + 4.0));
    body += &panels;
    top += 18.0;
    for text in broken(&caption(recording), LINE) {
        top += 19.0;
        label(&mut body, "base", (4.0, top), &text);
    }
    let title = format!("{} under each strategy", recording.scene);
    let text = description(recording);
    let svg = format!(
        r#"<svg viewBox="0 0 {WIDTH} {}" role="img" aria-label="{}">{body}</svg>"#,
        at(top + 10.0),
        escape(&title)
    );
    Figure { svg, title, text, data: String::new() }
}

/// Draws what the marks mean, and returns the height.
fn legend(svg: &mut String, top: f64) -> f64 {
    let items = [
        ("job", "job", 16.0),
        ("searching", "searching: CPU, no job", 16.0),
        ("notify", "push; a wake-up was sent", 4.0),
        ("off", "job, not on a core", 16.0),
        ("runnable", "runnable, not on a core", 16.0),
        ("push", "push; none, or not known", 4.0),
        ("recorder", "the recorder", 4.0),
        ("parked", "parked", 16.0),
        ("arrow", "push to arrival", 16.0),
    ];
    let places = [4.0, 176.0, 380.0];
    for (index, (class, text, width)) in items.into_iter().enumerate() {
        let (x, y) = (places[index % 3], top + 12.0 + 22.0 * (index / 3) as f64);
        line(svg, class, (x, y - 5.0), (x + width, y - 5.0));
        label(svg, "base", (x + 24.0, y), text);
    }
    22.0 * items.len().div_ceil(3) as f64 + 12.0
}

/// Draws the scale and its lines through all panels.
fn axis(svg: &mut String, end: u64, (top, bottom): (f64, f64)) {
    let lanes = Lanes { sides: SIDES, top, height: ROW, end };
    let scale = Scale::linear(std::iter::once(end as f64), SIDES);
    for tick in scale.ticks(8).into_iter().filter(|tick| *tick <= end as f64) {
        let x = lanes.x(tick as u64);
        line(svg, "grid", (x, top), (x, bottom));
        label(svg, "tick mid", (x, bottom + 15.0), &format!("{:.0}", tick / 1e3));
    }
    label(svg, "tick end", (WIDTH - 4.0, bottom + 15.0), "µs");
}

/// Draws one strategy, and returns the height.
fn panel(svg: &mut String, trace: &Trace, top: f64, end: u64) -> f64 {
    label(svg, "name", (4.0, top + HEAD - 8.0), &trace.strategy);
    label(svg, "base end", (SIDES.1, top + HEAD - 8.0), &headline(trace));
    let lanes = Lanes { sides: SIDES, top: top + HEAD, height: ROW, end };
    label(svg, "tick end", (SIDES.0 - 8.0, lanes.y(0) + 5.0), "submitter");
    label(svg, "tick end", (WIDTH - 4.0, lanes.y(0) + 5.0), "woken");
    let mut paths = Paths::new(&[
        "arrow",
        "off",
        "parked",
        "runnable",
        "searching",
        "recorder",
        "job",
        "push",
        "notify",
    ]);
    for push in &trace.pushes {
        let class = if push.wakes.is_some_and(|wakes| wakes > 0) { "notify" } else { "push" };
        let running = push.cpu.map_or(push.end, |cpu| push.end.min(push.begin + cpu));
        lanes.bar(paths.of(class), (push.begin, running), 0);
        if running < push.end {
            lanes.bar(paths.of("runnable"), (running, push.end), 0);
        }
    }
    for job in arrivals(trace) {
        let (begin, run) = (trace.pushes[job].begin, &trace.jobs[job]);
        if run.begin.from <= end {
            let (from, to) = (lanes.y(0) + ROW / 2.0, lanes.y(run.worker + 1) - 6.0);
            let (x, to_x) = (lanes.x(begin), lanes.x(run.begin.from));
            let _ = write!(paths.of("arrow"), "M{} {}L{} {}", at(x), at(from), at(to_x), at(to));
        }
    }
    for worker in 0..trace.workers.len() {
        for (_, job) in trace.jobs_of(worker) {
            lanes.bar(paths.of("off"), (job.begin.to, job.end.from), worker + 1);
        }
        for one in stretches(trace, worker) {
            lanes.bar(paths.of(class(one.state)), (one.from, one.to), worker + 1);
        }
    }
    paths.draw(svg);
    (0..trace.workers.len()).for_each(|worker| words(svg, trace, worker, &lanes));
    HEAD + ROW * (trace.workers.len() + 1) as f64
}

fn class(state: State) -> &'static str {
    match state {
        State::Job(_) => "job",
        State::Recording => "recorder",
        State::Searching => "searching",
        State::Runnable => "runnable",
        State::Parked => "parked",
    }
}

/// Writes the number of a worker, how often it was woken, and what it did without a job.
fn words(svg: &mut String, trace: &Trace, worker: usize, lanes: &Lanes) {
    let y = lanes.y(worker + 1) + 5.0;
    let name = if worker == 0 { "worker 1".to_owned() } else { (worker + 1).to_string() };
    label(svg, "tick end", (SIDES.0 - 8.0, y), &name);
    let Some(woken) = woken(trace, worker) else { return };
    label(svg, "tick end", (WIDTH - 4.0, y), &format!("{woken}×"));
    if let Some(split) = without_job(trace, worker).filter(|_| woken > 0) {
        let text = format!(
            "woken without a job: {} runnable, {} CPU",
            time(split.runnable),
            time(split.cpu)
        );
        let _ = write!(
            svg,
            r#"<rect class="paper" x="{}" y="{}" width="{}" height="14"/>"#,
            at(SIDES.0 + 56.0),
            at(y - 11.0),
            at(5.6 * text.chars().count() as f64 + 4.0)
        );
        label(svg, "lost", (SIDES.0 + 60.0, y), &text);
    }
}

/// Says in a line what a trace shows.
fn headline(trace: &Trace) -> String {
    let figures = figures(trace);
    let mut text = format!("{} in all", time(figures.total));
    if let Some(kernel) = figures.kernel {
        let _ = write!(text, ", woken {}×", kernel.woken);
        if let Some(delay) = kernel.delay {
            let _ = write!(text, ", push to arrival {}", time(delay));
        }
    }
    text
}

/// Says what was recorded, what of it is measured, and what it cost.
fn caption(recording: &Recording) -> String {
    let Recording { scene, description, runs, environment, .. } = recording;
    let cpu = environment.cpu.as_deref().unwrap_or("unknown processor");
    let cores = counted(environment.cores, "core");
    let workers = counted(recording.workers, "worker");
    format!(
        "{scene}: {description}. {workers}, {cores} ({cpu}); of {runs} runs the one with the median time. A worker is woken \
         after each voluntary switch, also from a lock. Measured: {MEASURED}. Inferred: {INFERRED}. The recorder takes {} of \
         each job.",
        notes(recording)
    )
}

/// Breaks a text into lines.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a first line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            *line += " ";
            *line += word;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

fn description(recording: &Recording) -> String {
    let headlines = recording
        .traces
        .iter()
        .map(|trace| format!("{}: {}", trace.strategy, headline(trace)))
        .collect::<Vec<_>>();
    format!("{} {}.", caption(recording), headlines.join("; "))
}
