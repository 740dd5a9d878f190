//! Takes the samples of servers, round by round.
//!
//! In every round each server is measured under each load once, in an order that is shuffled anew,
//! so that a disturbance of the machine hits servers at random. A server is started for each sample
//! and runs alone, so that its memory is that of one load, and the chance of one start counts once.

use super::process::{ended_children_us, machine_us};
use super::server::Server;
use super::{Args, wrk};
use crate::analysis::warnings::server_warnings;
use crate::data::{Environment, Mode, ServerInfo, ServerRun, ServerSample, load};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// A load that all servers are measured under.
#[derive(Clone, Copy)]
struct Cell {
    mode: Mode,
    connections: u32,
}

/// Seconds of load before a sample, in which the server starts its threads and grows its buffers.
const WARM_UP: u64 = 1;

/// Checks all servers, and then measures each under every load in every round.
///
/// # Errors
///
/// Fails if a server cannot be started or answers wrongly, or if `wrk` fails.
pub fn measure(
    args: &Args,
    servers: &[Server],
    mut environment: Environment,
) -> Result<ServerRun, String> {
    let modes: BTreeSet<_> = args.modes.iter().copied().collect();
    check(servers, &modes)?;
    let connections: BTreeSet<_> = args.connections.iter().copied().collect();
    let cells: Vec<_> = modes
        .iter()
        .flat_map(|mode| connections.iter().map(|n| Cell { mode: *mode, connections: *n }))
        .collect();
    let able = |cell: &Cell| -> Vec<&Server> {
        servers.iter().filter(|server| server.can(cell.mode)).collect()
    };
    let total = cells.iter().map(|cell| able(cell).len()).sum::<usize>() * args.rounds as usize;
    eprintln!(
        "{total} samples of {} s after {WARM_UP} s of warm-up: about {:?}",
        args.seconds,
        Duration::from_secs((args.seconds + WARM_UP) * total as u64 + total as u64 / 4)
    );
    let mut random = fastrand::Rng::with_seed(args.seed);
    let mut samples = Vec::with_capacity(total);
    for round in 1..=args.rounds {
        for cell in &cells {
            let mut order = able(cell);
            random.shuffle(&mut order);
            for server in order {
                samples.push(sample(server, *cell, round, args.seconds)?);
                report(samples.len(), total, &samples[samples.len() - 1]);
            }
        }
    }
    environment.load_after = load();
    let run = run(args, servers, environment, samples);
    server_warnings(&run).iter().for_each(|warning| eprintln!("compare: warning: {warning}"));
    Ok(run)
}

fn check(servers: &[Server], modes: &BTreeSet<Mode>) -> Result<(), String> {
    for server in servers {
        let running = server.start()?;
        for mode in modes.iter().copied().filter(|mode| server.can(*mode)) {
            running.check(mode).map_err(|error| format!("{} {error}", server.name))?;
        }
    }
    Ok(())
}

fn report(number: usize, total: usize, sample: &ServerSample) {
    eprintln!(
        "[{number}/{total}] {:<16} {:<17} {:>5} connections: {:>9.0} requests/s, {} errors, {:.2} cores taken by others",
        sample.server,
        sample.mode.to_string(),
        sample.connections,
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
        rounds: args.rounds,
        seed: args.seed,
        servers: servers.iter().map(info).collect(),
        samples,
    }
}

fn sample(server: &Server, cell: Cell, round: u32, seconds: u64) -> Result<ServerSample, String> {
    let Cell { mode, connections } = cell;
    let of = |error: String| format!("{}: {error}", server.name);
    let running = server.start()?;
    wrk::run(running.address, mode, connections, WARM_UP).map_err(of)?;
    let (started, machine, wrk_before) = (Instant::now(), machine_us()?, ended_children_us()?);
    let before = running.usage().map_err(of)?;
    let load = wrk::run(running.address, mode, connections, seconds).map_err(of)?;
    let after = running.usage().map_err(of)?;
    let cpu_us = after.cpu_us - before.cpu_us;
    let others_us = machine_us()? - machine - cpu_us - (ended_children_us()? - wrk_before);
    let cores_taken_by_others = (others_us / started.elapsed().as_micros() as f64).max(0.0);
    // A server that breaks under the load must not win by it.
    running.check(mode).map_err(of)?;
    Ok(ServerSample {
        server: server.name.clone(),
        mode,
        connections,
        round,
        cpu_us_per_request: cpu_us / load.requests.max(1) as f64,
        cores_taken_by_others,
        rss_kib: after.rss_kib,
        peak_rss_kib: after.peak_rss_kib,
        load,
    })
}
