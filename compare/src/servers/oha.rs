//! Load in open loop by `oha`, and its results.
//!
//! Requests are sent at fixed times, whatever the server does, and a delay counts from the time at
//! which a request was due: a server that is held up makes requests late and not fewer.

use super::client;
use crate::data::{Load, Mode};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;

/// How to install `oha`.
pub const INSTALL: &str =
    "`cargo install oha`, `brew install oha`, or https://github.com/hatoo/oha";

/// The requests that were due but not answered when the time was over.
const UNFINISHED: &str = "aborted due to deadline";

/// Returns whether `oha` is installed.
///
/// # Errors
///
/// Fails if it is, but cannot be run.
pub fn is_installed() -> Result<bool, String> {
    client::is_installed("oha", "--version")
}

/// Returns its version.
pub fn version() -> Option<String> {
    client::version("oha", "--version")
}

/// Loads a server for a number of seconds, at a number of requests per second.
///
/// # Errors
///
/// Fails if `oha` fails, does not end, or prints something unknown.
pub fn run(
    address: SocketAddr,
    mode: Mode,
    connections: u32,
    rate: u32,
    seconds: u64,
) -> Result<Load, String> {
    let mut command = Command::new("oha");
    command.args(["--no-tui", "--output-format", "json", "--latency-correction"]);
    command.args(["-c", &connections.to_string(), "-q", &rate.to_string()]);
    command.args(["-z", &format!("{seconds}s")]);
    if mode == Mode::Close {
        command.arg("--disable-keepalive");
    }
    command.arg(format!("http://{address}/"));
    let text = client::output(command, seconds)?;
    parse(&text).map_err(|error| format!("cannot parse the output of `oha`: {error}\n{text}"))
}

/// The parts of its output that are used. Times are in seconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    summary: Summary,
    latency_percentiles: Percentiles,
    status_code_distribution: BTreeMap<u16, u64>,
    error_distribution: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct Summary {
    total: f64,
}

#[derive(Deserialize)]
struct Percentiles {
    p50: f64,
    p90: f64,
    p99: f64,
}

/// Parses the output of `oha --output-format json`.
///
/// # Errors
///
/// Fails if something is missing, as the percentiles are if no request was answered.
pub fn parse(text: &str) -> Result<Load, serde_json::Error> {
    let Output { summary, latency_percentiles, status_code_distribution, error_distribution } =
        serde_json::from_str(text)?;
    let requests: u64 = status_code_distribution.values().sum();
    let failed = error_distribution.iter().filter(|(text, _)| *text != UNFINISHED);
    Ok(Load {
        requests,
        requests_per_second: requests as f64 / summary.total,
        p50_us: latency_percentiles.p50 * 1e6,
        p90_us: latency_percentiles.p90 * 1e6,
        p99_us: latency_percentiles.p99 * 1e6,
        // oha does not say at which step a request failed.
        connect_errors: 0,
        read_errors: failed.map(|(_, number)| number).sum(),
        write_errors: 0,
        timeouts: 0,
        bad_statuses: status_code_distribution.range(400..).map(|(_, number)| number).sum(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = r#"{
        "summary": { "successRate": 1.0, "total": 2.0, "slowest": 0.05, "requestsPerSec": 4000.0 },
        "latencyPercentiles": { "p10": 0.0001, "p50": 0.00025, "p90": 0.001, "p99": 0.0125 },
        "statusCodeDistribution": { "200": 7998, "503": 2 },
        "errorDistribution": { "aborted due to deadline": 9 }
    }"#;

    #[test]
    fn output_of_oha_is_parsed() {
        let load = parse(PLAIN).unwrap();
        assert_eq!((load.requests, load.requests_per_second), (8_000, 4_000.0));
        assert_eq!((load.p50_us, load.p90_us, load.p99_us), (250.0, 1_000.0, 12_500.0));
        assert_eq!((load.bad_statuses, load.errors()), (2, 2));
    }

    #[test]
    fn unfinished_requests_are_no_errors() {
        assert_eq!(parse(PLAIN).unwrap().read_errors, 0);
        let errors = r#""Connection refused": 3, "connection reset": 4, "aborted"#;
        let load = parse(&PLAIN.replace(r#""aborted"#, errors)).unwrap();
        assert_eq!(load.read_errors, 7);
    }

    #[test]
    fn incomplete_output_of_oha_is_refused() {
        for (of, with) in [
            ("summary", "total"),
            ("p99", "p98"),
            ("0.00025", "null"),
            ("\"200\"", "\"many\""),
            ("errorDistribution", "errors"),
        ] {
            assert!(parse(&PLAIN.replace(of, with)).is_err(), "{of} -> {with}");
        }
    }
}
