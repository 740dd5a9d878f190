//! The status page as a browser gets it: whole, with the values of the moment in it, and then the values alone as JSON.
//!
//! Both are made of the same words, so the script that keeps the page fresh only has to put them in their places.

use super::snapshot::Snapshot;
use crate::server::metrics::{Activity, HistogramSnapshot, WorkerSnapshot};
use std::net::SocketAddr;
use std::time::Duration;

const TEMPLATE: &str = include_str!("../../../html/status.html");

/// A table's rows, cell by cell. A cell without text belongs to the script.
///
/// All words here are our own or numbers or addresses, so there is nothing in them to escape.
type Table = Vec<Vec<String>>;

/// The page.
pub(super) fn html(snapshot: &Snapshot, site: SocketAddr) -> String {
    let mut page = TEMPLATE.replace("{{site}}", &site.to_string()).replace("{{state}}", &state(snapshot));
    for (name, table) in tables(snapshot) {
        page = page.replace(&format!("{{{{{name}}}}}"), &rows(&table));
    }
    page
}

/// What is to change in the page, and the figures for its plots: seconds since the start, jobs in the queue, the age of
/// the oldest in seconds, and for how many seconds each worker has been busy.
pub(super) fn json(snapshot: &Snapshot) -> String {
    let busy: Vec<_> = snapshot.metrics.workers.iter().map(|worker| worker.busy.as_secs_f64()).collect();
    // Of strings and lists without control characters, Rust's notation is JSON's.
    let tables: Vec<_> = tables(snapshot).into_iter().map(|(name, table)| format!("{name:?}:{table:?}")).collect();
    format!(
        "{{\"now\":{},\"queued\":{},\"oldest\":{},\"busy\":{busy:?},\"state\":{:?},\"tables\":{{{}}}}}",
        snapshot.metrics.uptime.as_secs_f64(),
        snapshot.pool.queued,
        snapshot.metrics.queue_age.as_secs_f64(),
        state(snapshot),
        tables.join(","),
    )
}

fn rows(table: &Table) -> String {
    let row = |cells: &Vec<String>| {
        let data: String = cells[1..].iter().map(|text| format!("<td>{text}</td>")).collect();
        format!("<tr><th scope=\"row\">{}</th>{data}</tr>", cells[0])
    };
    table.iter().map(row).collect()
}

/// The state of affairs in one sentence.
fn state(snapshot: &Snapshot) -> String {
    if snapshot.is_draining {
        return format!("Shutting down. Connections still open: {}.", snapshot.open_connections);
    }
    let workers = format!("{} of {} workers busy", snapshot.busy_workers(), snapshot.pool.workers);
    match snapshot.pool.queued {
        0 => format!("{workers}, nothing waits."),
        1 => format!("{workers}, one job waits, for {:.1} s.", snapshot.metrics.queue_age.as_secs_f64()),
        jobs => {
            format!("{workers}, {jobs} jobs wait, the oldest for {:.1} s.", snapshot.metrics.queue_age.as_secs_f64())
        }
    }
}

/// The tables by the names of their places in the page.
fn tables(snapshot: &Snapshot) -> [(&'static str, Table); 4] {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let workers = snapshot.metrics.workers.iter().enumerate().map(|(number, worker)| lane(number, worker));
    let answered = snapshot.responses.iter().filter(|(_, count)| *count > 0);
    let times = [("In the queue", &snapshot.metrics.wait_times), ("Being answered", &snapshot.metrics.service_times)];
    let queue = |count: fn(&crate::QueueStats) -> u64| {
        snapshot.queue_stats().map_or_else(|| "not counted".to_owned(), |stats| count(&stats).to_string())
    };
    let facts = vec![
        row("Connections open", snapshot.open_connections.to_string()),
        row("Parked connections", snapshot.parked_connections.to_string()),
        row("Jobs run", snapshot.pool.executed.to_string()),
        row("Workers woken", queue(|stats| stats.wakes)),
        row("Woken for nothing", queue(|stats| stats.false_wakes)),
        row("Called while still looking", queue(|stats| stats.finds_while_looking)),
    ];
    [
        ("workers", workers.collect()),
        (
            "answers",
            answered
                .map(|(status, count)| row(&format!("{} {}", status.code(), status.reason()), count.to_string()))
                .collect(),
        ),
        ("times", times.into_iter().map(|(name, histogram)| percentiles(name, histogram)).collect()),
        ("facts", facts),
    ]
}

fn lane(number: usize, worker: &WorkerSnapshot) -> Vec<String> {
    let page = match worker.activity {
        Activity::Idle => "idle",
        Activity::Turn => "a connection",
        Activity::Hello => "/",
        Activity::Sleep => "/sleep",
        Activity::Other => "a page not found",
    };
    let peer = worker.peer.map_or_else(String::new, |peer| format!(" for {peer}"));
    vec![number.to_string(), String::new(), format!("{page}{peer}"), words(worker.elapsed)]
}

fn percentiles(name: &str, histogram: &HistogramSnapshot) -> Vec<String> {
    let percentile = |share| histogram.percentile(share).map_or_else(|| "–".to_owned(), words);
    vec![name.to_owned(), histogram.count().to_string(), percentile(0.5), percentile(0.9), percentile(0.99)]
}

/// A duration as people say it.
fn words(duration: Duration) -> String {
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
    fn durations_read_as_people_say_them() {
        for (nanos, text) in [
            (999, "0 µs"),
            (12_345, "12 µs"),
            (1_250_000, "1.2 ms"),
            (59_940_000_000, "59.9 s"),
            (61_000_000_000, "1 min 1 s"),
            (90_000_000_000_000, "25 h 0 min"),
        ] {
            assert_eq!(words(Duration::from_nanos(nanos)), text);
        }
    }

    #[test]
    fn a_table_is_rows_with_heads() {
        let table = vec![vec!["a".to_owned(), String::new(), "b".to_owned()]];
        assert_eq!(rows(&table), "<tr><th scope=\"row\">a</th><td></td><td>b</td></tr>");
    }
}
