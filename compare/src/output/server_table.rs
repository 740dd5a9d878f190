//! Tables of web servers under load, for a terminal.

use super::layout::{Paint, columns, labelled, plain, plus_minus, wrapped};
use super::servers::{load_words, margins, micros, rounds, word};
use crate::analysis::servers::{LoadComparison, Relative, ServerEstimate, compare_servers};
use crate::analysis::verdict::Verdict;
use crate::analysis::warnings::server_warnings;
use crate::analysis::words::times;
use crate::data::{ServerRun, number};

/// Writes how to read the tables, a table of servers for each load, and the warnings.
pub fn servers(run: &ServerRun) -> String {
    let tables: Vec<_> = compare_servers(run).iter().map(|load| table(run, load)).collect();
    format!("{}\n{}{}", legend(run), tables.join("\n"), warnings(run))
}

fn legend(run: &ServerRun) -> String {
    let baseline = &run.baseline;
    wrapped(&format!(
        "Medians of {} of {} s. CPU: CPU time of the server for each request, and its ratio to {baseline}'s in the same round, \
         ± half of its 95 % interval. + better, = equivalent, ? undecided, - worse than {baseline}, in CPU time and in \
         requests per second. {} With fewer than six rounds ± is half of the range, and everything is undecided. p50 and \
         p99: percentiles of the latency, in open loop from the time at which a request was due; ! marks a server that \
         answered less than 95 % of the requests in time, so that its percentiles leave out the others. MiB: highest \
         memory; errors: of all rounds. A server with errors has no mark.",
        rounds(run),
        run.seconds,
        margins(run)
    ))
}

fn table(run: &ServerRun, load: &LoadComparison<'_>) -> String {
    let ratio = format!("to {}", run.baseline);
    let heads = ["", "CPU ", &ratio, "", "requests/s ", "p50", "p99", "MiB", "errors"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(load.estimates.iter().map(row));
    format!("The server beside its peers: {}\n{}", load_words(load), columns(1, &rows, plain))
}

fn row(one: &ServerEstimate<'_>) -> Vec<String> {
    let ratio = one.cpu.ratio.map_or_else(|| "-".to_owned(), |ratio| number(ratio.middle));
    let rate_mark = if one.kept_up { mark(&one.rate) } else { '!' };
    vec![
        one.server.name.clone(),
        format!("{}{}", micros(one.cpu.figure), mark(&one.cpu)),
        ratio,
        one.cpu.ratio.as_ref().map_or_else(String::new, plus_minus),
        format!("{:.0}{rate_mark}", one.rate.figure),
        micros(one.p50),
        micros(one.p99.figure),
        format!("{:.1}", one.memory),
        one.errors.to_string(),
    ]
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

fn warnings(run: &ServerRun) -> String {
    let warnings = server_warnings(run).into_iter();
    warnings.map(|one| format!("\n{}", labelled("Warning:", &format!("{one}."), 9))).collect()
}

/// Writes a row for each load: the server with the least CPU time, and what it is relative to ours.
pub(super) fn brief(run: &ServerRun, colour: bool) -> String {
    let ours = &run.baseline;
    let heading =
        Paint::Bold.on(&format!("{ours} beside its peers: CPU time for a request"), colour);
    let relative = format!("relative to {ours}");
    let heads = ["load", ours, "least", "", &relative];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(compare_servers(run).iter().filter_map(|load| brief_row(ours, load)));
    let table = columns(2, &rows, |row, _, cell| match row {
        0 => Paint::Dim.on(&cell, colour),
        _ => cell,
    });
    format!("{heading}\n{table}{}", warnings(run))
}

fn brief_row(ours: &str, load: &LoadComparison<'_>) -> Option<Vec<String>> {
    let first = load.estimates.iter().find(|one| one.errors == 0)?;
    let ours = load.of(ours)?;
    let relative = first.cpu.ratio.filter(|_| first.cpu.verdict.is_some());
    let relative = relative.map_or_else(String::new, |ratio| times(ratio.middle));
    let words = load_words(load);
    Some(vec![
        words.trim_start_matches("Connection: ").to_owned(),
        micros(ours.cpu.figure),
        micros(first.cpu.figure),
        first.server.name.clone(),
        format!("{relative}{}", word(&first.cpu)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture;

    #[test]
    fn server_table_fits_a_terminal_and_explains_marks() {
        let text = servers(&fixture::servers());
        assert!(
            text.contains("Connection: close, 32 connections") && text.contains("+ better"),
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn cpu_time_stands_before_the_rate() {
        let text = servers(&fixture::servers());
        let head =
            text.lines().find(|line| line.contains("requests/s")).expect("a table has heads");
        assert!(head.find("CPU") < head.find("requests/s"), "{head}");
    }

    #[test]
    fn every_load_has_a_row() {
        let run = fixture::servers();
        let text = brief(&run, false);
        assert_eq!(text.lines().count(), 2 + compare_servers(&run).len(), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}
