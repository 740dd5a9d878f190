//! What the samples say, as text.

use super::{HttpReport, Mode, Sample};
use crate::stats::median;
use std::collections::BTreeSet;
use std::fmt::{self, Write};

/// One server under one load: medians over the rounds.
struct Row<'a> {
    name: &'a str,
    requests_per_second: f64,
    /// Of requests per second, to the baseline in the same round.
    ratio: Option<f64>,
    percentiles: [f64; 3],
    cpu: f64,
    memory: f64,
    /// All of them, since even one is too many.
    errors: u64,
}

/// Writes a table for each load, best first, and under each what went wrong.
///
/// # Errors
///
/// Those of the writer.
pub fn write(out: &mut impl Write, report: &HttpReport) -> fmt::Result {
    let loads: BTreeSet<_> = report.samples.iter().map(|sample| (sample.mode, sample.connections)).collect();
    for (mode, connections) in loads {
        let mut rows = rows(report, mode, connections);
        rows.sort_by(|a, b| b.requests_per_second.total_cmp(&a.requests_per_second));
        writeln!(out, "{mode}, {connections} connections")?;
        let ratio = format!("/{}", report.baseline);
        let [p50, p90, p99] = ["50%", "90%", "99%"];
        write!(out, "  {:<16} {:>11} {ratio:>8} {p50:>11} {p90:>11} {p99:>11}", "", "requests/s")?;
        writeln!(out, " {:>12} {:>12} {:>8}", "cpu/request", "memory", "errors")?;
        for row in &rows {
            row.write(out, &rows)?;
        }
        writeln!(out)?;
    }
    writeln!(
        out,
        "Medians of {} rounds of {} s; the ratio is taken within each round. * marks the best of a column.\n\
         Memory is the most there was; errors are all there were: connect, read, write, timeout, status.",
        report.rounds, report.seconds
    )
}

fn rows(report: &HttpReport, mode: Mode, connections: u32) -> Vec<Row<'_>> {
    let samples_of = |name: &str| -> Vec<&Sample> {
        let ours = |one: &&Sample| one.server == name && one.mode == mode && one.connections == connections;
        report.samples.iter().filter(ours).collect()
    };
    let baseline = samples_of(&report.baseline);
    let mut rows = Vec::new();
    for server in &report.servers {
        let samples = samples_of(&server.name);
        if samples.is_empty() {
            continue;
        }
        let of = |value: fn(&Sample) -> f64| median(samples.iter().map(|sample| value(sample)));
        let ratios: Vec<_> = samples
            .iter()
            .filter_map(|sample| {
                let other = baseline.iter().find(|other| other.round == sample.round)?;
                Some(sample.load.requests_per_second / other.load.requests_per_second)
            })
            .collect();
        rows.push(Row {
            name: &server.name,
            requests_per_second: of(|sample| sample.load.requests_per_second),
            ratio: (!ratios.is_empty()).then(|| median(ratios)),
            percentiles: [of(|one| one.load.p50_us), of(|one| one.load.p90_us), of(|one| one.load.p99_us)],
            cpu: of(|sample| sample.cpu_us_per_request),
            memory: of(|sample| sample.peak_rss_kib as f64 / 1024.0),
            errors: samples.iter().map(|sample| sample.load.errors()).sum(),
        });
    }
    rows
}

impl Row<'_> {
    fn write(&self, out: &mut impl Write, all: &[Self]) -> fmt::Result {
        let most = all.iter().all(|other| other.requests_per_second <= self.requests_per_second);
        let least = |value: fn(&Self) -> f64| all.iter().all(|other| value(self) <= value(other));
        let ratio = self.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.3}"));
        write!(out, "  {:<16} {:>10.0}{} {ratio:>8}", self.name, self.requests_per_second, mark(most))?;
        let best = [least(|row| row.percentiles[0]), least(|row| row.percentiles[1]), least(|row| row.percentiles[2])];
        for (time, best) in self.percentiles.into_iter().zip(best) {
            write!(out, " {:>10}{}", duration(time), mark(best))?;
        }
        let cpu = mark(least(|row| row.cpu));
        let memory = mark(least(|row| row.memory));
        writeln!(out, " {:>8.2} us{cpu} {:>7.1} MiB{memory} {:>8}", self.cpu, self.memory, self.errors)
    }
}

fn mark(best: bool) -> char {
    if best { '*' } else { ' ' }
}

/// Microseconds, as people read them.
fn duration(us: f64) -> String {
    match us {
        us if us < 1e3 => format!("{us:.0} us"),
        us if us < 1e6 => format!("{:.2} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::super::wrk::Load;
    use super::super::{Server, wrk};
    use super::*;

    fn sample(server: &str, round: u32, requests_per_second: f64, timeouts: u64) -> Sample {
        let text = "50% 1ms\n90% 2ms\n99% 3ms\n1 requests in 1s\nRequests/sec: 1";
        let load = Load { requests_per_second, timeouts, ..wrk::parse(text).unwrap() };
        let server = server.to_owned();
        let (mode, connections) = (Mode::Close, 32);
        let (cpu_us_per_request, cores_taken_by_others, rss_kib, peak_rss_kib) = (10.0, 0.0, 1024, 2048);
        Sample {
            server,
            mode,
            connections,
            round,
            load,
            cpu_us_per_request,
            cores_taken_by_others,
            rss_kib,
            peak_rss_kib,
        }
    }

    #[test]
    fn ratios_are_taken_within_a_round_and_errors_are_added_up() {
        let servers = ["hello", "other"].map(|name| Server { name: name.to_owned(), mechanism: String::new() }).into();
        let mut samples = Vec::new();
        // The machine slows down by the round; that the other does half as much stays true in each.
        for (round, speed) in [(1, 100.0), (2, 50.0), (3, 10.0)] {
            samples.push(sample("hello", round, speed, 0));
            samples.push(sample("other", round, speed / 2.0, 2));
        }
        let report = HttpReport { baseline: "hello".to_owned(), seconds: 1, rounds: 3, seed: 1, servers, samples };
        let rows = rows(&report, Mode::Close, 32);
        assert_eq!((rows[0].ratio, rows[0].errors), (Some(1.0), 0));
        assert_eq!((rows[1].ratio, rows[1].errors), (Some(0.5), 6));
        let mut text = String::new();
        write(&mut text, &report).unwrap();
        assert!(text.contains("50*"), "{text}");
    }

    #[test]
    fn times_are_for_people() {
        assert_eq!(duration(255.0), "255 us");
        assert_eq!(duration(1020.0), "1.02 ms");
        assert_eq!(duration(1_500_000.0), "1.50 s");
    }
}
