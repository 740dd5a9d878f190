//! What the samples of servers say, for a terminal of a hundred columns.

use super::Servers;
use super::judge::{Answer, judge};
use crate::judge::Standing;
use crate::stats::median;
use std::fmt::Write;

/// From how many cores on that others took meanwhile, a sample is disturbed.
const QUIET: f64 = 0.1;

/// Writes a table for each load, and how to read it.
pub fn text(servers: &Servers) -> String {
    let mut text = String::new();
    let baseline = &servers.baseline;
    for judged in judge(servers) {
        let _ = writeln!(
            text,
            "The server beside its peers: {}, {} connections",
            judged.mode, judged.connections
        );
        let [p50, p99, ratio] = ["p50", "p99", &format!("through {baseline}'s")];
        let _ = write!(text, "{:<17} {:>10}  {ratio:<20} {p50:>9} {p99:>9}", "", "requests/s");
        let _ = writeln!(text, " {:>9} {:>10} {:>8}", "cpu", "memory", "errors");
        for answer in &judged.answers {
            text += &row(answer);
        }
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "  Medians of {} rounds of {} s; ratios of requests per second, with their 95 % interval: here more is\n  \
         better. * best, = tied for best, ~ tied with {baseline}. Cpu is the server's for each request, memory\n  \
         the most there was, errors all there were: who made one is not best.",
        servers.rounds, servers.seconds
    );
    for warning in warnings(servers) {
        let _ = writeln!(text, "  Beware: {warning}.");
    }
    text
}

fn row(answer: &Answer<'_>) -> String {
    let mark = match answer.standing {
        Standing::Best => '*',
        Standing::Tied => '=',
        Standing::Behind => ' ',
    };
    let ratio = answer.ratio.map_or_else(
        || "-".to_owned(),
        |ratio| {
            let tied = if answer.is_tied_with_baseline() { "~" } else { "" };
            format!("{tied}{:.2} [{:.2}, {:.2}]", ratio.middle, ratio.low, ratio.high)
        },
    );
    let [p50, _, p99] = answer.percentiles.map(duration);
    format!(
        "{:<17} {:>10.0}{mark} {ratio:<20} {p50:>9} {p99:>9} {:>6.2} us {:>6.1} MiB {:>8}\n",
        answer.server.name, answer.rate, answer.cpu, answer.memory, answer.errors
    )
}

/// What makes the figures doubtful.
pub fn warnings(servers: &Servers) -> Vec<String> {
    let taken = servers.samples.iter().map(|sample| sample.cores_taken_by_others);
    let noisy = taken.clone().filter(|cores| *cores > QUIET).count();
    let mut warnings = Vec::new();
    if noisy > 0 {
        warnings.push(format!(
            "in {noisy} of {} samples of servers others took more than {QUIET} cores, in the median sample {:.2}; requests \
             per second and latencies suffer from it, and not everybody's alike",
            servers.samples.len(),
            median(taken),
        ));
    }
    warnings
}

/// Microseconds, as people read them.
pub fn duration(us: f64) -> String {
    match us {
        us if us < 1e3 => format!("{us:.0} us"),
        us if us < 1e6 => format!("{:.2} ms", us / 1e3),
        us => format!("{:.2} s", us / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::servers;

    #[test]
    fn no_line_is_wider_than_a_terminal_and_marks_are_explained() {
        let text = text(&servers());
        assert!(
            text.contains("Connection: close, 32 connections") && text.contains("* best"),
            "{text}"
        );
        let nginx = text.lines().find(|line| line.starts_with("nginx")).expect("it took part");
        assert!(nginx.contains("0.50 [0.50, 0.50]"), "{nginx}");
        for line in text.lines().filter(|line| !line.contains("Beware")) {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }

    #[test]
    fn who_shared_the_machine_is_warned() {
        let mut servers = servers();
        assert_eq!(warnings(&servers), [""; 0]);
        servers.samples[0].cores_taken_by_others = 0.7;
        assert!(warnings(&servers)[0].contains("in 1 of "), "{:?}", warnings(&servers));
    }

    #[test]
    fn times_are_for_people() {
        assert_eq!(duration(255.0), "255 us");
        assert_eq!(duration(1020.0), "1.02 ms");
        assert_eq!(duration(1_500_000.0), "1.50 s");
    }
}
