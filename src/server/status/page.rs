//! The status page as HTML with the current values in it, and the same values as JSON.
//!
//! Both contain the same texts, so the script that updates the page only copies each text to its
//! place.

use super::snapshot::Snapshot;
use crate::http::Status;
use crate::queue::QueueStats;
use crate::server::metrics::{Activity, HistogramSnapshot, WorkerSnapshot};
use std::net::SocketAddr;
use std::time::Duration;

const TEMPLATE: &str = include_str!("../../../html/status.html");

/// The rows of a table, cell by cell. The script fills the cells without text.
///
/// The texts are constants, numbers and addresses, so they need no escaping.
type Table = Vec<Vec<String>>;

/// Returns the page.
pub(super) fn html(snapshot: &Snapshot, site: SocketAddr) -> String {
    let mut page =
        TEMPLATE.replace("{{site}}", &site.to_string()).replace("{{state}}", &state(snapshot));
    for (name, table) in tables(snapshot) {
        page = page.replace(&format!("{{{{{name}}}}}"), &rows(&table));
    }
    page
}

/// Returns the texts that change, and the values for the plots: the uptime, the number of jobs in
/// the queue, the age of the oldest, and the total busy time of each worker. All times are in
/// seconds.
pub(super) fn json(snapshot: &Snapshot) -> String {
    let busy: Vec<_> =
        snapshot.metrics.workers.iter().map(|worker| worker.busy.as_secs_f64()).collect();
    // For lists of strings without control characters, Rust's debug format is JSON.
    let tables: Vec<_> =
        tables(snapshot).into_iter().map(|(name, table)| format!("{name:?}:{table:?}")).collect();
    format!(
        "{{\"uptime\":{},\"queued\":{},\"age\":{},\"busy\":{busy:?},\"state\":{:?},\"tables\":{{{}}}}}",
        snapshot.metrics.uptime.as_secs_f64(),
        snapshot.pool.queued,
        snapshot.metrics.queue_age.as_secs_f64(),
        state(snapshot),
        tables.join(","),
    )
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

/// Returns the tables, with the names of their placeholders in the page.
fn tables(snapshot: &Snapshot) -> [(&'static str, Table); 4] {
    [
        ("workers", workers(snapshot)),
        ("responses", responses(snapshot)),
        ("latencies", latencies(snapshot)),
        ("counts", counts(snapshot)),
    ]
}

fn workers(snapshot: &Snapshot) -> Table {
    let workers = snapshot.metrics.workers.iter().enumerate();
    workers.map(|(number, worker)| worker_row(number, worker)).collect()
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

/// Returns the number, a cell for the script, the activity, and its duration.
fn worker_row(number: usize, worker: &WorkerSnapshot) -> Vec<String> {
    let activity = match worker.activity {
        Activity::Idle => "idle",
        Activity::Turn => "a connection",
        Activity::Hello => "/",
        Activity::Sleep => "/sleep",
        Activity::Other => "a 404 page",
    };
    let peer = worker.peer.map_or_else(String::new, |peer| format!(" for {peer}"));
    vec![number.to_string(), String::new(), format!("{activity}{peer}"), human(worker.elapsed)]
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
