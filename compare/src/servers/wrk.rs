//! Load in closed loop by `wrk`, and its results.

use super::client;
use crate::data::{Load, Mode};
use std::net::SocketAddr;
use std::process::Command;
use std::thread;

/// Checks that `wrk` is installed.
///
/// # Errors
///
/// Fails if it is not, and says how to install it.
pub fn find() -> Result<(), String> {
    if client::is_installed("wrk", "-v")? {
        return Ok(());
    }
    Err("`wrk` is not on the PATH. Install it: `apt install wrk`, `dnf install wrk`, `brew install wrk`, or \
         https://github.com/wg/wrk"
        .to_owned())
}

/// Returns its version.
pub fn version() -> Option<String> {
    client::version("wrk", "-v")
}

/// Loads a server for a number of seconds.
///
/// # Errors
///
/// Fails if `wrk` fails, does not end, or prints something unknown.
pub fn run(
    address: SocketAddr,
    mode: Mode,
    connections: u32,
    seconds: u64,
) -> Result<Load, String> {
    // One thread for each core: with fewer, the clients would be the bottleneck.
    let threads =
        thread::available_parallelism().map_or(1, |cores| cores.get() as u32).min(connections);
    let mut command = Command::new("wrk");
    command.args(["--latency", "-t", &threads.to_string(), "-c", &connections.to_string()]);
    command.args(["-d", &format!("{seconds}s")]);
    if mode == Mode::Close {
        command.args(["-H", "Connection: close"]);
    }
    command.arg(format!("http://{address}/"));
    let text = client::output(command, seconds)?;
    parse(&text).ok_or_else(|| format!("cannot parse the output of `wrk`:\n{text}"))
}

/// Parses the output of `wrk --latency`; returns `None` if something is missing.
pub fn parse(text: &str) -> Option<Load> {
    let after =
        |label: &str| text.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
    let percentile = |label| after(label).and_then(microseconds);
    let requests = text.lines().find_map(|line| line.trim().split_once(" requests in "))?.0;
    // Lines about errors are printed only if there are errors.
    let mut errors = [0; 4];
    if let Some(listed) = after("Socket errors:") {
        let names = ["connect ", "read ", "write ", "timeout "];
        for ((error, name), item) in errors.iter_mut().zip(names).zip(listed.split(", ")) {
            *error = item.strip_prefix(name)?.parse().ok()?;
        }
    }
    let [connect_errors, read_errors, write_errors, timeouts] = errors;
    Some(Load {
        requests: requests.parse().ok()?,
        requests_per_second: after("Requests/sec:")?.parse().ok()?,
        p50_us: percentile("50%")?,
        p90_us: percentile("90%")?,
        p99_us: percentile("99%")?,
        connect_errors,
        read_errors,
        write_errors,
        timeouts,
        bad_statuses: match after("Non-2xx or 3xx responses:") {
            Some(count) => count.parse().ok()?,
            None => 0,
        },
    })
}

/// Parses a time such as `316.15us`, `1.02ms`, `1.50s` or `1.20m`.
fn microseconds(text: &str) -> Option<f64> {
    let unit = text.find(|character: char| character.is_ascii_alphabetic())?;
    let (value, unit) = text.split_at(unit);
    let factor = match unit {
        "us" => 1.0,
        "ms" => 1e3,
        "s" => 1e6,
        "m" => 60e6,
        "h" => 3600e6,
        _ => return None,
    };
    Some(value.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "\
Running 2s test @ http://127.0.0.1:7878/
  2 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   316.15us  402.31us  10.11ms   94.70%
    Req/Sec    47.61k     3.16k   54.90k    70.73%
  Latency Distribution
     50%  255.00us
     75%  361.00us
     90%    1.02ms
     99%    1.50s 
  198934 requests in 2.10s, 1.54GB read
Requests/sec:  94730.12
Transfer/sec:    751.96MB
";

    #[test]
    fn output_of_wrk_is_parsed() {
        let load = parse(PLAIN).unwrap();
        assert_eq!((load.requests, load.requests_per_second), (198_934, 94730.12));
        assert_eq!((load.p50_us, load.p90_us, load.p99_us), (255.0, 1020.0, 1_500_000.0));
        assert_eq!(load.errors(), 0);
    }

    #[test]
    fn errors_of_every_kind_are_counted() {
        let errors = "  Socket errors: connect 1, read 50429, write 2, timeout 3\n  Non-2xx or 3xx responses: 7\nRequests/sec";
        let load = parse(&PLAIN.replace("Requests/sec", errors)).unwrap();
        assert_eq!((load.connect_errors, load.read_errors, load.write_errors), (1, 50_429, 2));
        assert_eq!((load.timeouts, load.bad_statuses), (3, 7));
        assert_eq!(load.errors(), 50_442);
    }

    #[test]
    fn incomplete_output_is_refused() {
        for (of, with) in [
            ("99%", "98%"),
            ("255.00us", "255.00"),
            ("255.00us", "fast"),
            (" requests in ", " answers in "),
            ("Requests/sec", "Socket errors: connect 1, read many\nRequests/sec"),
        ] {
            assert_eq!(parse(&PLAIN.replace(of, with)), None, "{of} -> {with}");
        }
        assert_eq!(parse("unable to connect to 127.0.0.1:1 Connection refused"), None);
    }

    #[test]
    fn times_need_a_known_unit() {
        assert_eq!(microseconds("0.00us"), Some(0.0));
        assert_eq!(microseconds("2.50ms"), Some(2500.0));
        assert_eq!(microseconds("1.25s"), Some(1_250_000.0));
        assert_eq!(microseconds("2.00m"), Some(120_000_000.0));
        assert_eq!(microseconds("2.00d"), None);
    }
}
