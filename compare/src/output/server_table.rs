//! Tables of web servers under load.

use super::layout::{Paint, columns, labelled, plain, plus_minus, wrapped};
use super::table::mark;
use crate::analysis::compare::{LoadComparison, ServerEstimate, Standing, compare_servers};
use crate::analysis::stats::Interval;
use crate::analysis::warnings::server_warnings;
use crate::analysis::words::bracketed;
use crate::data::{Metric, ServerRun, number};

/// Writes how to read the tables, a table of servers for each load, and the warnings.
pub fn servers(run: &ServerRun) -> String {
    let tables: Vec<_> = compare_servers(run).iter().map(|load| table(run, load)).collect();
    format!("{}\n{}{}", legend(run), tables.join("\n"), warnings(run))
}

fn legend(run: &ServerRun) -> String {
    let baseline = &run.baseline;
    wrapped(&format!(
        "Medians of {} rounds of {} s, and the ratio of requests per second to {baseline}, ± half of its 95 % interval; more is \
         better. * best, = equivalent to the best, ? undecided against the best; the margin is 5 %, without a control. With \
         fewer than six rounds there is no such interval: ± is half of the range, and everything is undecided. CPU: time of \
         the server for each request; MiB: its highest memory; errors: of all rounds. A server with errors is not best.",
        run.rounds, run.seconds
    ))
}

fn table(run: &ServerRun, load: &LoadComparison<'_>) -> String {
    let ratio = format!("to {}", run.baseline);
    let heads = ["", "requests/s ", &ratio, "", "p50", "p99", "CPU", "MiB", "errors"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(load.estimates.iter().map(row));
    format!(
        "The server beside its peers: {}, {} connections\n{}",
        load.mode,
        load.connections,
        columns(1, &rows, plain)
    )
}

fn row(one: &ServerEstimate<'_>) -> Vec<String> {
    let [p50, _, p99] = one.percentiles.map(duration);
    let ratio = one.ratio.map_or_else(|| "-".to_owned(), |ratio| number(ratio.middle));
    vec![
        one.server.name.clone(),
        format!("{:.0}{}", one.rate, mark(one.standing)),
        ratio,
        one.ratio.as_ref().map_or_else(String::new, plus_minus),
        p50,
        p99,
        duration(one.cpu),
        format!("{:.1}", one.memory),
        one.errors.to_string(),
    ]
}

fn warnings(run: &ServerRun) -> String {
    let warnings = server_warnings(run).into_iter();
    warnings.map(|one| format!("\n{}", labelled("Warning:", &format!("{one}."), 9))).collect()
}

/// Writes a row for each load: the first, and ours relative to it.
pub(super) fn brief(run: &ServerRun, colour: bool) -> String {
    let ours = &run.baseline;
    let heading = Paint::Bold
        .on(&format!("{ours} under each load, in requests per second: more is better"), colour);
    let heads = ["load", "first", "requests/s", &format!("{ours} relative to it")];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.extend(compare_servers(run).iter().filter_map(|load| brief_row(ours, load)));
    let table = columns(2, &rows, |row, _, cell| match row {
        0 => Paint::Dim.on(&cell, colour),
        _ => cell,
    });
    format!("{heading}\n{table}{}", warnings(run))
}

fn brief_row(ours: &str, load: &LoadComparison<'_>) -> Option<Vec<String>> {
    let first = load.estimates.iter().find(|one| one.standing == Standing::Best)?;
    let standing = match load.of(ours)?.standing {
        Standing::Best => "first".to_owned(),
        Standing::Unranked => "has errors".to_owned(),
        other => format!("{}, {}", bracketed(&inverse(&first.ratio?)), word(other)),
    };
    let mode = load.mode.to_string();
    let load = format!("{}, {}", mode.trim_start_matches("Connection: "), load.connections);
    Some(vec![load, first.server.name.clone(), format!("{:.0}", first.rate), standing])
}

/// Returns the ratio the other way round. The interval of a median has two of the values as its
/// ends, so it can be turned.
fn inverse(ratio: &Interval) -> Interval {
    let [low, middle, high] = [ratio.high, ratio.middle, ratio.low].map(f64::recip);
    Interval { low, middle, high, ..*ratio }
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Best => "best",
        Standing::Equivalent => "equivalent",
        Standing::Undecided => "undecided",
        Standing::Worse => "worse",
        Standing::Unranked => "unranked",
    }
}

/// Writes microseconds with three digits and a unit.
pub(super) fn duration(us: f64) -> String {
    Metric::Time.figure(1e3 * us)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture;

    #[test]
    fn server_table_fits_a_terminal_and_explains_marks() {
        let text = servers(&fixture::servers());
        assert!(
            text.contains("Connection: close, 32 connections") && text.contains("* best"),
            "{text}"
        );
        let nginx = text.lines().find(|line| line.starts_with("nginx")).expect("it took part");
        assert!(nginx.contains(" 0.50 ±0% "), "{nginx}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn every_load_has_a_row() {
        let mut run = fixture::servers();
        for sample in run.samples.iter_mut().filter(|one| one.server == "hello-textbook") {
            sample.load.requests_per_second /= 2.0;
        }
        let text = brief(&run, false);
        assert_eq!(text.matches(" first\n").count(), 4, "{text}");
        for sample in run.samples.iter_mut().filter(|one| one.server == "nginx") {
            sample.load.requests_per_second *= 4.0;
        }
        let text = brief(&run, false);
        let row = text.lines().find(|line| line.starts_with("keep-alive, 32 "));
        let row = row.unwrap_or_else(|| panic!("{text}"));
        assert!(row.contains(" nginx ") && row.ends_with("0.50× [0.50, 0.50], worse"), "{row}");
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration(255.0), "255 µs");
        assert_eq!(duration(1020.0), "1.02 ms");
        assert_eq!(duration(1_500_000.0), "1.50 s");
    }
}
