//! Tables of web servers: for a terminal, and for a document.

use super::table::wrapped;
use crate::analysis::servers::{LoadComparison, Relative, ServerEstimate, compare_servers};
use crate::analysis::verdict::{LEAST_MARGIN, Verdict};
use crate::analysis::warnings::server_warnings;
use crate::analysis::words::{bracketed, counted, percent, times};
use crate::data::{CONTROL, Metric, Mode, ServerRun};
use std::fmt::Write;

/// Writes a table for each load, how to read it, and the warnings.
pub fn text(run: &ServerRun) -> String {
    let mut text = String::new();
    for load in compare_servers(run) {
        let _ = writeln!(text, "The server beside its peers: {}", load_words(&load));
        let head = ["cpu", "ratio", "requests/s", "ratio", "p50", "p99", "MiB", "errors"];
        let [cpu, cpu_ratio, rate, ratio, p50, p99, memory, errors] = head;
        let _ = writeln!(
            text,
            "{:<17} {cpu:>7}  {cpu_ratio:<18} {rate:>10} {ratio:>6}  {p50:>7} {p99:>8} {memory:>6} {errors:>6}",
            ""
        );
        text.extend(load.estimates.iter().map(row));
        text.push('\n');
    }
    text += &wrapped(&format!(
        "  Medians of {} of {} s. Cpu: CPU time of the server for each request, and its ratio to {}'s in the same round, \
         with the 95 % interval; then requests per second with its ratio. + better, = equivalent, ? undecided, - worse than \
         {}. {} With fewer than six rounds there is no such interval: the range is shown, and everything is undecided. p50 and \
         p99: percentiles of the latency, in open loop from the time at which a request was due; ! marks a server that \
         answered less than 95 % of the requests in time, so that its percentiles leave out the others. MiB: highest memory; \
         errors: of all rounds. A server with errors has no mark.",
        rounds(run),
        run.seconds,
        run.baseline,
        run.baseline,
        margins(run)
    ));
    for warning in server_warnings(run) {
        text += &wrapped(&format!("  Warning: {warning}."));
    }
    text
}

fn load_words(load: &LoadComparison<'_>) -> String {
    match load.rate {
        None => format!("{}, {} connections", load.mode, load.connections),
        Some(rate) => format!("{}, open loop, {rate} requests per second", load.mode),
    }
}

fn row(one: &ServerEstimate<'_>) -> String {
    let interval = one.cpu.ratio.map_or_else(|| "-".to_owned(), |ratio| bracketed(&ratio));
    let ratio = one.rate.ratio.map_or_else(|| "-".to_owned(), |ratio| times(ratio.middle));
    format!(
        "{:<17} {:>7}  {:<18} {:>10.0} {:>6}{}{:>8} {:>8} {:>6.1} {:>6}\n",
        one.server.name,
        micros(one.cpu.figure),
        format!("{interval}{}", mark(&one.cpu)),
        one.rate.figure,
        ratio,
        if one.kept_up { mark(&one.rate) } else { '!' },
        micros(one.p50),
        micros(one.p99.figure),
        one.memory,
        one.errors
    )
}

fn mark(relative: &Relative) -> char {
    match relative.verdict {
        Some(Verdict::Better) => '+',
        Some(Verdict::Equivalent) => '=',
        Some(Verdict::Undecided) => '?',
        Some(Verdict::Worse) => '-',
        None => ' ',
    }
}

/// Returns the word of a ratio behind a comma.
pub(super) fn word(relative: &Relative) -> String {
    relative.verdict.map_or(String::new(), |verdict| format!(", {}", verdict.word()))
}

fn rounds(run: &ServerRun) -> String {
    counted(run.rounds as usize, "round")
}

/// Says how the margins of equivalence come about, and which is the widest.
fn margins(run: &ServerRun) -> String {
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
    use crate::output::table::WIDTH;

    #[test]
    fn server_table_fits_a_terminal_and_explains_marks() {
        let text = text(&servers());
        assert!(text.contains("Connection: close, 32 connections") && text.contains("+ better"));
        assert!(text.contains("open loop, 10 requests per second"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    }

    #[test]
    fn cpu_time_stands_before_the_rate() {
        let text = text(&servers());
        let nginx = text.lines().find(|line| line.starts_with("nginx")).expect("it took part");
        let words: Vec<_> = nginx.split_whitespace().collect();
        assert_eq!(words[1..6], ["8.00", "µs", "0.80×", "[0.80,", "0.80]+"], "{nginx}");
        assert!(nginx.contains("0.50×-"), "{nginx}");
    }

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
