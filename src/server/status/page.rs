//! The status page as HTML with the current values in it, and the same values as JSON.
//!
//! Both contain the same pieces of HTML, so the script that updates the page only copies each piece
//! to its place, and without the script the page shows all of them.

use super::history::Sample;
use super::plot;
use super::snapshot::Snapshot;
use crate::http::Status;
use crate::queue::QueueStats;
use crate::server::metrics::{Activity, HistogramSnapshot, WorkerSnapshot};
use std::time::Duration;

const TEMPLATE: &str = include_str!("../../../html/status.html");

/// What the page shows.
///
/// Its texts are constants, numbers, addresses and errors of the system, so they need no escaping.
pub(super) struct View<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// The samples of the last minute.
    pub(super) samples: &'a [&'a Sample],
    /// How many requests the button sends.
    pub(super) sleepers: usize,
    /// What became of those that were sent last.
    pub(super) message: &'a str,
    /// What tells the browser that the script is the page's own.
    pub(super) nonce: &'a str,
}

/// The rows of a table, cell by cell, as HTML.
type Table = Vec<Vec<String>>;

/// Returns the page.
pub(super) fn html(view: &View<'_>) -> String {
    let mut page = TEMPLATE
        .replace("{{workers}}", &view.snapshot.pool.workers.to_string())
        .replace("{{nonce}}", view.nonce)
        .replace("{{queue}}", view.snapshot.queue)
        .replace("{{sleepers}}", &view.sleepers.to_string())
        .replace("{{axis}}", plot::AXIS);
    for (name, text) in texts(view) {
        page = page.replace(&format!("{{{{{name}}}}}"), &text);
    }
    for (name, table) in tables(view) {
        page = page.replace(&format!("{{{{{name}}}}}"), &rows(&table));
    }
    page
}

/// Returns the pieces that change.
pub(super) fn json(view: &View<'_>) -> String {
    // For strings without control characters, and lists of them, Rust's debug format is JSON.
    let texts = texts(view).map(|(name, text)| format!("{name:?}:{text:?}"));
    let tables = tables(view).map(|(name, table)| format!("{name:?}:{table:?}"));
    format!("{{\"texts\":{{{}}},\"tables\":{{{}}}}}", texts.join(","), tables.join(","))
}

/// Formats a table as HTML. The first cell of each row is its header.
fn rows(table: &Table) -> String {
    let row = |cells: &Vec<String>| {
        let data: String = cells[1..].iter().map(|text| format!("<td>{text}</td>")).collect();
        format!("<tr><th scope=\"row\">{}</th>{data}</tr>", cells[0])
    };
    table.iter().map(row).collect()
}

/// Returns the state of the server in one sentence.
fn state(snapshot: &Snapshot) -> String {
    if snapshot.is_draining {
        return format!("Shutting down. Open connections: {}.", snapshot.open_connections);
    }
    let workers = format!("{} of {} workers busy", snapshot.busy_workers(), snapshot.pool.workers);
    let age = snapshot.metrics.queue_age.as_secs_f64();
    match snapshot.pool.queued {
        0 => format!("{workers}, no job waits."),
        1 => format!("{workers}, one job waits, for {age:.1} s."),
        jobs => format!("{workers}, {jobs} jobs wait, the oldest for {age:.1} s."),
    }
}

/// Returns the texts and the plots of the queue, with the names of their placeholders in the page.
fn texts(view: &View<'_>) -> [(&'static str, String); 4] {
    let queued = |sample: &Sample| sample.queued as f64;
    let age = |sample: &Sample| sample.queue_age.as_secs_f64();
    let jobs = |count| match count {
        1.0 => "1 job".to_owned(),
        _ => format!("{count} jobs"),
    };
    let seconds = |seconds: f64| format!("{seconds:.1} s");
    [
        ("state", state(view.snapshot)),
        ("message", view.message.to_owned()),
        ("queued", plot::figure(view.samples, "Waiting", queued, jobs)),
        ("age", plot::figure(view.samples, "Age of the oldest job", age, seconds)),
    ]
}

/// Returns the tables, with the names of their placeholders in the page.
fn tables(view: &View<'_>) -> [(&'static str, Table); 4] {
    let snapshot = view.snapshot;
    [
        ("lanes", workers(view)),
        ("responses", responses(snapshot)),
        ("latencies", latencies(snapshot)),
        ("counts", counts(snapshot)),
    ]
}

fn workers(view: &View<'_>) -> Table {
    let workers = view.snapshot.metrics.workers.iter().enumerate();
    let row = |(number, worker)| worker_row(number, plot::lane(view.samples, number), worker);
    workers.map(row).collect()
}

fn responses(snapshot: &Snapshot) -> Table {
    let responses = snapshot.responses.iter().filter(|(_, count)| *count > 0);
    let row = |(status, count): &(Status, u64)| {
        vec![format!("{} {}", status.code(), status.reason()), count.to_string()]
    };
    responses.map(row).collect()
}

fn latencies(snapshot: &Snapshot) -> Table {
    vec![
        percentile_row("Queue wait", &snapshot.metrics.wait_times),
        percentile_row("Service time", &snapshot.metrics.service_times),
    ]
}

fn counts(snapshot: &Snapshot) -> Table {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let queue_row = |name, count: fn(QueueStats) -> u64| {
        let count = snapshot.queue_stats().map(|stats| count(stats).to_string());
        row(name, count.unwrap_or_else(|| "not counted".to_owned()))
    };
    vec![
        row("Open connections", snapshot.open_connections.to_string()),
        row("Parked connections", snapshot.parked_connections.to_string()),
        row("Jobs run", snapshot.pool.executed.to_string()),
        queue_row("Wake-ups", |stats| stats.wakes),
        queue_row("False wake-ups", |stats| stats.false_wakes),
        queue_row("Spin hits", |stats| stats.spin_hits),
    ]
}

/// Returns the number, the plot, the activity, and its duration.
fn worker_row(number: usize, lane: String, worker: &WorkerSnapshot) -> Vec<String> {
    let activity = match worker.activity {
        Activity::Idle => "idle",
        Activity::Turn => "a connection",
        Activity::Hello => "/",
        Activity::Sleep => "/sleep",
        Activity::Other => "a 404 page",
    };
    let peer = worker.peer.map_or_else(String::new, |peer| format!(" for {peer}"));
    vec![number.to_string(), lane, format!("{activity}{peer}"), human(worker.elapsed)]
}

/// Returns the name, the count, and the 50th, 90th and 99th percentiles.
fn percentile_row(name: &str, histogram: &HistogramSnapshot) -> Vec<String> {
    let percentile = |share| histogram.percentile(share).map_or_else(|| "–".to_owned(), human);
    vec![
        name.to_owned(),
        histogram.count().to_string(),
        percentile(0.5),
        percentile(0.9),
        percentile(0.99),
    ]
}

/// Formats a duration in the unit that suits its length.
fn human(duration: Duration) -> String {
    match (duration.as_secs(), duration.subsec_micros()) {
        (0, micros @ 0..1_000) => format!("{micros} µs"),
        (0, _) => format!("{:.1} ms", duration.as_secs_f64() * 1e3),
        (0..60, _) => format!("{:.1} s", duration.as_secs_f64()),
        (seconds @ 0..3600, _) => format!("{} min {} s", seconds / 60, seconds % 60),
        (seconds, _) => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_suitable_units() {
        for (nanos, text) in [
            (999, "0 µs"),
            (12_345, "12 µs"),
            (1_250_000, "1.2 ms"),
            (59_940_000_000, "59.9 s"),
            (61_000_000_000, "1 min 1 s"),
            (90_000_000_000_000, "25 h 0 min"),
        ] {
            assert_eq!(human(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn rows_begin_with_a_header_cell() {
        let table = vec![vec!["a".to_owned(), String::new(), "b".to_owned()]];
        assert_eq!(rows(&table), "<tr><th scope=\"row\">a</th><td></td><td>b</td></tr>");
    }
}
