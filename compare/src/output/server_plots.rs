//! The figures of web servers: against the number of connections.

use super::figure::{Figure, data_table, framed, on_demand};
use super::lines::{Lines, Series};
use super::page::Part;
use super::servers::{micros, word};
use super::svg::{escape, plain};
use super::view::Palette;
use crate::analysis::servers::{LoadComparison, Relative, ServerEstimate, compare_servers};
use crate::analysis::warnings::server_warnings;
use crate::analysis::words::bracketed;
use crate::data::{Mode, Record, ServerRun};
use std::fmt::Write;

/// Writes the servers of the record; empty if it has none.
pub(super) fn part(record: &Record) -> Part {
    let (mut intro, mut figures, mut others) = (String::new(), Vec::new(), Vec::new());
    if let Some(run) = &record.http {
        intro = introduction(run);
        for mode in [Mode::Close, Mode::KeepAlive] {
            figures.extend(cpu(run, mode));
            others.extend(rates(run, mode));
            others.extend(latencies(run, mode));
        }
        figures.extend(open_loop(run));
    }
    let others = on_demand("Requests per second, and latencies", &framed("two", &others));
    let body = framed("two", &figures) + &others;
    Part { id: "http", title: "The server beside its peers", intro, body }
}

fn introduction(run: &ServerRun) -> String {
    let environment = &run.environment;
    let versions: Vec<_> =
        environment.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let mut words = format!(
        "Each server answers with the same page, alone on the machine with its clients, in {} rounds of {} s a sample and in \
         shuffled order: <code>wrk</code> asks again when it is answered (closed loop), <code>oha</code> at fixed times (open \
         loop). A ratio is to {}’s figure in the same round. A server with errors has no word. Measured on {}, {}, with {}: \
         <code>{}</code>.",
        run.rounds,
        run.seconds,
        escape(&run.baseline),
        escape(environment.cpu.as_deref().unwrap_or("an unknown processor")),
        escape(environment.date.split('T').next().unwrap_or_default()),
        escape(&versions.join(", ")),
        escape(&environment.command),
    );
    for warning in server_warnings(run) {
        let _ = write!(words, " Warning: {}.", escape(&warning));
    }
    words
}

/// Draws the CPU time of a request; `None` if the mode was not measured.
fn cpu(run: &ServerRun, mode: Mode) -> Option<Figure> {
    let title = format!("CPU time of a request, {mode}.");
    let text =
        format!("Ratio to {} against the number of connections; lower is better.", run.baseline);
    against_connections(run, mode, (title, text), plain, |one| Some(one.cpu.ratio?.middle))
}

/// Draws requests per second against the number of connections; `None` if the mode was not
/// measured.
pub(super) fn rates(run: &ServerRun, mode: Mode) -> Option<Figure> {
    let title = format!("Requests per second, {mode}.");
    let text =
        format!("Ratio to {} against the number of connections; higher is better.", run.baseline);
    against_connections(run, mode, (title, text), plain, |one| Some(one.rate.ratio?.middle))
}

/// Draws the 99th percentile of the latency; `None` if the mode was not measured.
fn latencies(run: &ServerRun, mode: Mode) -> Option<Figure> {
    let title = format!("99th percentile of the latency, {mode}.");
    let text = "Against the number of connections; lower is better.".to_owned();
    against_connections(run, mode, (title, text), micros, |one| Some(one.p99.figure))
}

fn against_connections(
    run: &ServerRun,
    mode: Mode,
    words: (String, String),
    figure: fn(f64) -> String,
    value: fn(&ServerEstimate<'_>) -> Option<f64>,
) -> Option<Figure> {
    let mut loads = compare_servers(run);
    loads.retain(|one| one.mode == mode && one.rate.is_none());
    against(run, &loads, words, figure, value)
}

/// Draws the 99th percentile of the delay in open loop; `None` if there was none.
fn open_loop(run: &ServerRun) -> Option<Figure> {
    let mut loads = compare_servers(run);
    loads.retain(|one| one.rate.is_some());
    let title = "99th percentile of the delay, open loop.".to_owned();
    let text = "Against the requests per second; lower is better. A server that cannot keep up has no point.";
    against(run, &loads, (title, text.to_owned()), micros, |one| {
        one.kept_up.then_some(one.p99.figure)
    })
}

fn against(
    run: &ServerRun,
    loads: &[LoadComparison<'_>],
    (title, text): (String, String),
    figure: fn(f64) -> String,
    value: fn(&ServerEstimate<'_>) -> Option<f64>,
) -> Option<Figure> {
    // A single load stands on the right, beside the names.
    let last = loads.len().checked_sub(1)?;
    let place = |index: usize| if last == 0 { 1.0 } else { index as f64 / last as f64 };
    let series = run.servers.iter().map(|server| {
        let points = loads
            .iter()
            .enumerate()
            .filter_map(|(index, one)| Some((place(index), value(one.of(&server.name)?)?)));
        Series { name: &server.name, points: points.collect() }
    });
    let labels = loads.iter().map(|one| one.rate.unwrap_or(one.connections).to_string());
    let drawing = Lines {
        title: format!("{title} {text}"),
        series: series.collect(),
        across: labels.enumerate().map(|(index, label)| (place(index), label)).collect(),
        figure,
        palette: &Palette::of_servers(run),
    };
    Some(Figure { svg: drawing.svg(), title, text, data: data(run, loads) })
}

fn data(run: &ServerRun, loads: &[LoadComparison<'_>]) -> String {
    let ratio = format!("ratio to {}", run.baseline);
    let asked = if loads.iter().any(|one| one.rate.is_some()) { "rate" } else { "connections" };
    let head = [
        "server",
        asked,
        "cpu/request",
        &ratio,
        "requests/s",
        &ratio,
        "p50",
        "p99",
        &ratio,
        "memory",
        "errors",
    ];
    let rows = loads.iter().flat_map(|load| {
        let asked = load.rate.unwrap_or(load.connections);
        load.estimates.iter().map(move |one| row(asked, one))
    });
    data_table(&head.map(str::to_owned), &rows.collect::<Vec<_>>())
}

fn row(asked: u32, one: &ServerEstimate<'_>) -> Vec<String> {
    let ratio = |of: &Relative| {
        of.ratio.map_or("–".to_owned(), |ratio| format!("{}{}", bracketed(&ratio), word(of)))
    };
    vec![
        one.server.name.clone(),
        asked.to_string(),
        micros(one.cpu.figure),
        ratio(&one.cpu),
        format!("{:.0}", one.rate.figure),
        ratio(&one.rate),
        micros(one.p50),
        micros(one.p99.figure),
        ratio(&one.p99),
        format!("{:.1} MiB", one.memory),
        one.errors.to_string(),
    ]
}
