//! Takes the samples of servers, round by round.
//!
//! In every round each server is measured under each load once. The order of the loads, and of the
//! servers within a load, is shuffled anew, so that a disturbance of the machine hits servers at
//! random. The baseline is measured a second
//! time, as the control. A server is started for each sample and runs alone, so that its memory is
//! that of one load, and the chance of one start counts once.

use super::process::{ended_children_us, machine_us};
use super::server::{Running, Server, WARM_UP};
use super::{Args, oha, wrk};
use crate::analysis::warnings::server_warnings;
use crate::data::{CONTROL, Environment, Load, Mode, ServerInfo, ServerRun, ServerSample, load};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The connections of an open loop: the most requests that are under way at a time.
const OPEN_LOOP_CONNECTIONS: u32 = 256;

/// The time that a sample takes beside its load and the warm-up: to start and to stop a server.
const OVERHEAD: Duration = Duration::from_millis(250);

/// A load that all servers are measured under.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    mode: Mode,
    connections: u32,
    /// The requests per second of an open loop.
    rate: Option<u32>,
}

/// A server and its name in the samples, which for the control is another.
type Entry<'a> = (&'a Server, &'a str);

/// What is measured.
#[derive(Debug)]
struct Plan<'a> {
    /// Each load with the servers that support it.
    cells: Vec<(Cell, Vec<Entry<'a>>)>,
    rounds: u32,
    seconds: u64,
}

impl<'a> Plan<'a> {
    /// Makes a plan. In open loop each request has a connection of its own.
    fn new(args: &Args, servers: &'a [Server], has_open_loop: bool) -> Self {
        let modes: BTreeSet<_> = args.modes.iter().copied().collect();
        let connections: BTreeSet<_> = args.connections.iter().copied().collect();
        let rates: BTreeSet<_> = args.rates.iter().copied().collect();
        let closed = modes.iter().flat_map(|mode| {
            connections.iter().map(|n| Cell { mode: *mode, connections: *n, rate: None })
        });
        let open = rates.iter().filter(|_| has_open_loop && modes.contains(&Mode::Close));
        let open = open.map(|rate| Cell {
            mode: Mode::Close,
            connections: OPEN_LOOP_CONNECTIONS,
            rate: Some(*rate),
        });
        let entries = |cell: Cell| -> Vec<Entry<'a>> {
            let able: Vec<_> = servers.iter().filter(|one| one.can(cell.mode)).collect();
            let control = able.iter().find(|one| one.name == args.baseline);
            let control = control.map(|one| (*one, CONTROL));
            able.iter().map(|one| (*one, one.name.as_str())).chain(control).collect()
        };
        Self {
            cells: closed.chain(open).map(|cell| (cell, entries(cell))).collect(),
            rounds: args.rounds(),
            seconds: args.seconds,
        }
    }

    /// Returns the number of samples.
    fn samples(&self) -> usize {
        self.cells.iter().map(|(_, entries)| entries.len()).sum::<usize>() * self.rounds as usize
    }

    /// Returns about how long it takes.
    fn time(&self) -> Duration {
        (Duration::from_secs(self.seconds) + WARM_UP + OVERHEAD) * self.samples() as u32
    }
}

/// Checks all servers, and then measures each under every load in every round.
///
/// # Errors
///
/// Fails if a server cannot be started or answers wrongly, or if a client fails.
pub fn measure(
    args: &Args,
    servers: &[Server],
    has_open_loop: bool,
    mut environment: Environment,
) -> Result<ServerRun, String> {
    let plan = Plan::new(args, servers, has_open_loop);
    check(servers, &args.modes)?;
    let (total, seconds) = (plan.samples(), plan.time().as_secs());
    eprintln!(
        "{total} samples of {} s in {} rounds: about {} min {:02} s",
        plan.seconds,
        plan.rounds,
        seconds / 60,
        seconds % 60
    );
    let mut random = fastrand::Rng::with_seed(args.seed);
    let mut samples = Vec::with_capacity(total);
    for round in 1..=plan.rounds {
        let mut cells: Vec<_> = plan.cells.iter().collect();
        random.shuffle(&mut cells);
        // The servers of a cell are measured one after the other, since they are compared.
        for (cell, entries) in cells {
            let mut entries = entries.clone();
            random.shuffle(&mut entries);
            for entry in entries {
                samples.push(sample(entry, *cell, round, plan.seconds)?);
                report(samples.len(), total, &samples[samples.len() - 1]);
            }
        }
    }
    environment.load_after = load();
    let run = run(args, servers, environment, samples);
    server_warnings(&run).iter().for_each(|warning| eprintln!("compare: warning: {warning}"));
    Ok(run)
}

fn check(servers: &[Server], modes: &[Mode]) -> Result<(), String> {
    for server in servers {
        let running = server.start()?;
        for mode in modes.iter().copied().filter(|mode| server.can(*mode)) {
            running.check(mode).map_err(|error| format!("{} {error}", server.name))?;
        }
    }
    Ok(())
}

fn report(number: usize, total: usize, sample: &ServerSample) {
    let asked = sample.rate.map_or_else(
        || format!("{} connections", sample.connections),
        |rate| format!("{rate} requests/s asked"),
    );
    eprintln!(
        "[{number}/{total}] {:<16} {:<17} {asked:>22}: {:>7.2} µs of CPU, {:>8.0} requests/s, {} errors, {:.2} cores taken by others",
        sample.server,
        sample.mode.to_string(),
        sample.cpu_us_per_request,
        sample.load.requests_per_second,
        sample.load.errors(),
        sample.cores_taken_by_others,
    );
}

fn run(
    args: &Args,
    servers: &[Server],
    environment: Environment,
    samples: Vec<ServerSample>,
) -> ServerRun {
    let info = |one: &Server| ServerInfo {
        name: one.name.clone(),
        mechanism: one.mechanism.clone(),
        group: one.group(),
    };
    ServerRun {
        environment,
        baseline: args.baseline.clone(),
        seconds: args.seconds,
        rounds: args.rounds(),
        seed: args.seed,
        servers: servers.iter().map(info).collect(),
        samples,
    }
}

fn sample(
    (server, name): Entry<'_>,
    cell: Cell,
    round: u32,
    seconds: u64,
) -> Result<ServerSample, String> {
    let of = |error: String| format!("{}: {error}", server.name);
    let running = server.start()?;
    running.warm_up(cell.mode).map_err(of)?;
    let (started, machine, clients_before) = (Instant::now(), machine_us()?, ended_children_us()?);
    let before = running.usage().map_err(of)?;
    let load = put_under_load(&running, cell, seconds).map_err(of)?;
    let after = running.usage().map_err(of)?;
    let cpu_us = after.cpu_us - before.cpu_us;
    let others_us = machine_us()? - machine - cpu_us - (ended_children_us()? - clients_before);
    let cores_taken_by_others = (others_us / started.elapsed().as_micros() as f64).max(0.0);
    // A server that breaks under the load must not win by it.
    running.check(cell.mode).map_err(of)?;
    Ok(ServerSample {
        server: name.to_owned(),
        mode: cell.mode,
        connections: cell.connections,
        rate: cell.rate,
        round,
        cpu_us_per_request: cpu_us / load.requests.max(1) as f64,
        cores_taken_by_others,
        rss_kib: after.rss_kib,
        peak_rss_kib: after.peak_rss_kib,
        load,
    })
}

fn put_under_load(running: &Running, cell: Cell, seconds: u64) -> Result<Load, String> {
    let Cell { mode, connections, rate } = cell;
    match rate {
        None => wrk::run(running.address, mode, connections, seconds),
        Some(rate) => oha::run(running.address, mode, connections, rate, seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::servers::server::chosen;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn args(line: &str) -> Args {
        Line::parse_from(["http"].into_iter().chain(line.split_whitespace())).args
    }

    fn servers(names: &[&str]) -> Vec<Server> {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        chosen(&names, &[], names[0].as_str()).expect("they need no program")
    }

    #[test]
    fn each_load_has_a_control() {
        let servers = servers(&["ntex", "chapter", "may_minihttp"]);
        let args = args("--baseline ntex --connections 8 --rates 50 --rounds 2");
        let plan = Plan::new(&args, &servers, true);
        let names: Vec<Vec<&str>> = plan
            .cells
            .iter()
            .map(|(_, entries)| entries.iter().map(|(_, name)| *name).collect())
            .collect();
        let close = ["ntex", "chapter", "control"].to_vec();
        assert_eq!(names, [close.clone(), ["ntex", "may_minihttp", "control"].to_vec(), close]);
        assert_eq!(plan.samples(), 18);
        assert!(plan.time() > Duration::from_secs(18));
    }

    #[test]
    fn open_loop_needs_its_client_and_new_connections() {
        let servers = servers(&["ntex"]);
        let rates = |line: &str, has_open_loop| {
            let plan = Plan::new(&args(line), &servers, has_open_loop);
            plan.cells.iter().filter_map(|(cell, _)| cell.rate).collect::<Vec<_>>()
        };
        assert_eq!(rates("--rates 100,50,100", true), [50, 100]);
        assert_eq!(rates("--rates 100", false), [0; 0]);
        assert_eq!(rates("--rates 100 --modes keep-alive", true), [0; 0]);
    }

    #[test]
    fn quick_run_has_three_rounds() {
        assert_eq!(args("").rounds(), 10);
        assert_eq!(args("--quick").rounds(), 3);
        assert_eq!(args("--quick --rounds 1").rounds(), 1);
    }
}
