//! Tables of web servers for a document, and their words.

use crate::analysis::servers::{LoadComparison, Relative, ServerEstimate, compare_servers};
use crate::analysis::verdict::LEAST_MARGIN;
use crate::analysis::warnings::server_warnings;
use crate::analysis::words::{bracketed, counted, percent};
use crate::data::{CONTROL, Metric, Mode, ServerRun};
use std::fmt::Write;

/// Describes a load in words.
pub(super) fn load_words(load: &LoadComparison<'_>) -> String {
    match load.rate {
        None => format!("{}, {} connections", load.mode, load.connections),
        Some(rate) => format!("{}, open loop, {rate} requests/s", load.mode),
    }
}

/// Returns the word of a ratio behind a comma.
pub(super) fn word(relative: &Relative) -> String {
    relative.verdict.map_or(String::new(), |verdict| format!(", {}", verdict.word()))
}

pub(super) fn rounds(run: &ServerRun) -> String {
    counted(run.rounds as usize, "round")
}

/// Says how the margins of equivalence come about, and which is the widest.
pub(super) fn margins(run: &ServerRun) -> String {
    if run.samples.iter().all(|sample| sample.server != CONTROL) {
        return format!("The margin is {}, without a control.", percent(LEAST_MARGIN));
    }
    let loads = compare_servers(run);
    let of = |figure: fn(&ServerEstimate<'_>) -> Relative| {
        let all = loads.iter().flat_map(|load| load.estimates.iter().map(figure));
        percent(all.map(|relative| relative.margin).fold(LEAST_MARGIN, f64::max))
    };
    format!(
        "{} is measured twice in each round; that control sets the margins, {} or more: at most {} for CPU time, {} for requests \
         per second and {} for the 99th percentile.",
        run.baseline,
        percent(LEAST_MARGIN),
        of(|one| one.cpu),
        of(|one| one.rate),
        of(|one| one.p99)
    )
}

/// Writes microseconds with a unit.
pub(super) fn micros(us: f64) -> String {
    Metric::Time.figure(us * 1e3)
}

/// Writes a Markdown table of the CPU time for a request: a row for each server, a column for each
/// closed loop. `None` if there was none.
pub(super) fn cpu_table(run: &ServerRun) -> Option<String> {
    let mut loads = compare_servers(run);
    loads.retain(|load| load.rate.is_none());
    let head = |load: &LoadComparison<'_>| format!("{}, {}", mode(load.mode), load.connections);
    let cell = |one: &ServerEstimate<'_>| {
        let errors = if one.errors > 0 { ", errors" } else { "" };
        format!("{}{}{errors}", micros(one.cpu.figure), ratio(&one.cpu))
    };
    let words = format!(
        "CPU time of the server for each request, by kind and number of connections, and its ratio to that of {} in the same \
         round; lower is better.",
        run.baseline
    );
    markdown(run, &loads, head, cell, &words)
}

/// Writes a Markdown table of the delays in open loop: a row for each server, a column for each rate.
/// `None` if there was none.
pub(super) fn open_loop_table(run: &ServerRun) -> Option<String> {
    let mut loads = compare_servers(run);
    loads.retain(|load| load.rate.is_some());
    let head = |load: &LoadComparison<'_>| format!("{} per second", load.rate.unwrap_or_default());
    let cell = |one: &ServerEstimate<'_>| {
        if one.kept_up {
            format!("{} / {}{}", micros(one.p50), micros(one.p99.figure), ratio(&one.p99))
        } else {
            format!("– ({:.0} per second)", one.rate.figure)
        }
    };
    let words = format!(
        "Median and 99th percentile of the delay from the time at which a request was due, each on a connection of its own, and \
         the ratio of the percentile to that of {} in the same round; lower is better. A dash stands for a server that \
         answered less than 95 % of the requests in time.",
        run.baseline
    );
    markdown(run, &loads, head, cell, &words)
}

fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Close => "close",
        Mode::KeepAlive => "keep-alive",
    }
}

/// Writes a ratio with its interval and word; nothing for the baseline.
fn ratio(relative: &Relative) -> String {
    let judged = relative.ratio.filter(|_| relative.verdict.is_some());
    judged.map_or(String::new(), |ratio| format!(", {}{}", bracketed(&ratio), word(relative)))
}

/// Writes a Markdown table with the baseline first, its words, the margins and the warnings.
fn markdown(
    run: &ServerRun,
    loads: &[LoadComparison<'_>],
    head: impl Fn(&LoadComparison<'_>) -> String,
    cell: impl Fn(&ServerEstimate<'_>) -> String,
    words: &str,
) -> Option<String> {
    if loads.is_empty() {
        return None;
    }
    let heads = loads.iter().map(|load| format!(" | {}", head(load)));
    let mut text =
        format!("|{} |\n|---{}|\n", heads.collect::<String>(), "|--:".repeat(loads.len()));
    let mut servers: Vec<_> = run.servers.iter().collect();
    servers.sort_by_key(|server| server.name != run.baseline);
    for server in servers {
        let cells: Vec<_> = loads
            .iter()
            .map(|load| load.of(&server.name).map_or_else(|| "–".to_owned(), &cell))
            .collect();
        if cells.iter().any(|cell| cell != "–") {
            let _ = writeln!(text, "| {} | {} |", server.name, cells.join(" | "));
        }
    }
    let _ = write!(text, "\n{words} Medians of {}. {}", rounds(run), margins(run));
    for warning in server_warnings(run) {
        let _ = write!(text, " Warning: {warning}.");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::servers;

    #[test]
    fn documents_have_words_for_servers() {
        let run = servers();
        let cpu = cpu_table(&run).expect("it was measured");
        assert!(cpu.contains("| close, 2 | close, 32 | keep-alive, 2 |"), "{cpu}");
        assert!(cpu.contains("| nginx | 8.00 µs, 0.80× [0.80, 0.80], better |"), "{cpu}");
        assert!(
            cpu.contains("| chapter | 10.0 µs, errors |") && !cpu.contains("| control"),
            "{cpu}"
        );
        let open = open_loop_table(&run).expect("it was measured");
        assert!(open.contains("| hello | 1.00 ms / 3.00 ms |"), "{open}");
        assert!(open.contains("| nginx | – (5 per second) |"), "{open}");
    }

    #[test]
    fn closed_loops_alone_have_no_delay_table() {
        let mut run = servers();
        run.samples.retain(|sample| sample.rate.is_none());
        assert!(open_loop_table(&run).is_none() && cpu_table(&run).is_some());
    }

    #[test]
    fn widest_margin_of_servers_is_named() {
        let mut run = servers();
        assert!(margins(&run).contains("at most 5 % for CPU time"), "{}", margins(&run));
        let controls = run.samples.iter_mut().filter(|sample| sample.server == CONTROL);
        controls.for_each(|sample| sample.cpu_us_per_request *= 1.2);
        assert!(margins(&run).contains("at most 20 % for CPU time"), "{}", margins(&run));
        run.samples.retain(|sample| sample.server != CONTROL);
        assert!(margins(&run).contains("without a control"));
    }
}
