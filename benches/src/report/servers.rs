//! The server beside its peers: lines against the number of connections.

use super::figure::{Figure, framed};
use super::lines::{Lines, Series};
use super::svg::{escape, plain};
use super::{Section, data};
use crate::judge::Standing;
use crate::record::Record;
use crate::servers::judge::{Answer, Judged, judge};
use crate::servers::{Mode, Servers, table};
use std::fmt::Write;

/// All of it; empty if the record has no servers.
pub(super) fn section(record: &Record) -> Section {
    let (mut intro, mut figures) = (String::new(), Vec::new());
    if let Some(servers) = &record.http {
        intro = words(servers);
        let modes = [Mode::Close, Mode::KeepAlive];
        figures.extend(
            modes
                .into_iter()
                .flat_map(|mode| [rates(servers, mode), late(servers, mode)])
                .flatten(),
        );
    }
    Section {
        id: "http",
        title: "The server beside its peers",
        intro,
        body: framed("two", &figures),
    }
}

fn words(servers: &Servers) -> String {
    let environment = &servers.environment;
    let versions: Vec<_> =
        environment.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let mut words = format!(
        "Every server answers with the same page, alone on the machine but for the clients of <code>wrk</code>, {} rounds of \
         {} s a sample, in shuffled order. A ratio is that of requests per second to {}’s in the same round: here, and only \
         here, higher is better. Who made an error is not called best, however fast it was. Measured on {}, {}, with {}: \
         <code>{}</code>.",
        servers.rounds,
        servers.seconds,
        escape(&servers.baseline),
        escape(environment.cpu.as_deref().unwrap_or("an unknown processor")),
        escape(environment.date.split('T').next().unwrap_or_default()),
        escape(&versions.join(", ")),
        escape(&environment.command),
    );
    for warning in table::warnings(servers) {
        let _ = write!(words, " Beware: {}.", escape(&warning));
    }
    words
}

/// Requests per second against the number of connections; `None` if that mode was not measured.
pub(super) fn rates(servers: &Servers, mode: Mode) -> Option<Figure> {
    let title = format!("Requests per second, {mode}.");
    let text = format!(
        "Ratio to {} against the number of connections; higher is better.",
        servers.baseline
    );
    against_connections(servers, mode, (title, text), plain, |answer| Some(answer.ratio?.middle))
}

/// The same for the time within which all but one in a hundred requests were answered.
fn late(servers: &Servers, mode: Mode) -> Option<Figure> {
    let title = format!("99th percentile of the latency, {mode}.");
    let text = "Against the number of connections; lower is better.".to_owned();
    against_connections(servers, mode, (title, text), table::duration, |answer| {
        Some(answer.percentiles[2])
    })
}

fn against_connections(
    servers: &Servers,
    mode: Mode,
    (title, text): (String, String),
    figure: fn(f64) -> String,
    value: fn(&Answer<'_>) -> Option<f64>,
) -> Option<Figure> {
    let judged: Vec<_> = judge(servers).into_iter().filter(|one| one.mode == mode).collect();
    if judged.is_empty() {
        return None;
    }
    // A single number of connections stands at the end, where the names are.
    let last = judged.len() - 1;
    let place = |index: usize| if last == 0 { 1.0 } else { index as f64 / last as f64 };
    let series = servers.servers.iter().map(|server| {
        let answers = judged
            .iter()
            .enumerate()
            .filter_map(|(index, one)| Some((place(index), value(one.of(&server.name)?)?)));
        Series { name: &server.name, side: server.side, points: answers.collect() }
    });
    let drawing = Lines {
        title: format!("{title} {text}"),
        series: series.collect(),
        across: judged
            .iter()
            .enumerate()
            .map(|(index, one)| (place(index), one.connections.to_string()))
            .collect(),
        figure,
        baseline: &servers.baseline,
    };
    Some(Figure { svg: drawing.svg(), title, text, data: numbers(servers, &judged) })
}

/// Everything there is to know of each, load by load.
fn numbers(servers: &Servers, judged: &[Judged<'_>]) -> String {
    let ratio = format!("through {}’s", servers.baseline);
    let head = [
        "server",
        "connections",
        "requests/s",
        &ratio,
        "p50",
        "p99",
        "cpu/request",
        "memory",
        "errors",
    ];
    let rows =
        judged.iter().flat_map(|one| one.answers.iter().map(|answer| row(one.connections, answer)));
    data::table(&head.map(str::to_owned), &rows.collect::<Vec<_>>())
}

fn row(connections: u32, answer: &Answer<'_>) -> Vec<String> {
    let mark = match answer.standing {
        Standing::Best => " best",
        Standing::Tied => " tied",
        Standing::Behind => "",
    };
    let ratio = answer.ratio.map_or("–".to_owned(), |ratio| {
        format!("{:.2} [{:.2}, {:.2}]{mark}", ratio.middle, ratio.low, ratio.high)
    });
    let [p50, _, p99] = answer.percentiles.map(table::duration);
    vec![
        answer.server.name.clone(),
        connections.to_string(),
        format!("{:.0}", answer.rate),
        ratio,
        p50,
        p99,
        format!("{:.2} us", answer.cpu),
        format!("{:.1} MiB", answer.memory),
        answer.errors.to_string(),
    ]
}
