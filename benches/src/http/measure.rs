//! In which order samples are taken.

use super::contestant::Contestant;
use super::process::{ended_children_us, machine_us};
use super::{Args, wrk};
use crate::environment::{self, Environment};
use crate::servers::{Mode, Sample, Server, Servers, table};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// One load that everybody is put under.
#[derive(Clone, Copy)]
struct Cell {
    mode: Mode,
    connections: u32,
}

/// How many seconds of load a server gets before it counts: its threads and buffers are there after
/// that.
const WARM_UP: u64 = 1;

/// Checks everybody, then measures everybody under every load in every round.
///
/// The order is shuffled anew for each load of each round, so that a disturbance of the machine
/// falls on whoever happens to run and not on one of them. A server is started for each sample and
/// alone while it lasts, so that its memory is of this load, and a lucky or unlucky start counts
/// once.
///
/// # Errors
///
/// A server cannot be started or answers wrongly, or `wrk` fails.
pub fn measure(
    args: &Args,
    contestants: &[Contestant],
    mut environment: Environment,
) -> Result<Servers, String> {
    // Asked for twice is not meant twice.
    let modes: BTreeSet<_> = args.modes.iter().copied().collect();
    let connections: BTreeSet<_> = args.connections.iter().copied().collect();
    for contestant in contestants {
        let running = contestant.start()?;
        for mode in modes.iter().copied().filter(|mode| contestant.can(*mode)) {
            running.check(mode).map_err(|error| format!("{} {error}", contestant.name))?;
        }
    }
    let cells: Vec<_> = modes
        .iter()
        .flat_map(|mode| {
            connections.iter().map(|connections| Cell { mode: *mode, connections: *connections })
        })
        .collect();
    let able = |cell: &Cell| {
        (0..contestants.len()).filter(|one| contestants[*one].can(cell.mode)).collect::<Vec<_>>()
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
            for one in order {
                let sample = sample(&contestants[one], *cell, round, args.seconds)?;
                eprintln!(
                    "[{}/{total}] {:<16} {:<17} {:>5} connections: {:>9.0} requests/s, {} errors, {:.2} cores taken",
                    samples.len() + 1,
                    sample.server,
                    cell.mode.to_string(),
                    cell.connections,
                    sample.load.requests_per_second,
                    sample.load.errors(),
                    sample.cores_taken_by_others,
                );
                samples.push(sample);
            }
        }
    }
    environment.load_after = environment::load();
    let of = |one: &Contestant| Server {
        name: one.name.clone(),
        mechanism: one.mechanism.clone(),
        side: one.side(),
    };
    let Args { baseline, seconds, rounds, seed, .. } = args;
    let servers = Servers {
        environment,
        baseline: baseline.clone(),
        seconds: *seconds,
        rounds: *rounds,
        seed: *seed,
        servers: contestants.iter().map(of).collect(),
        samples,
    };
    table::warnings(&servers).iter().for_each(|warning| eprintln!("compare: warning: {warning}"));
    Ok(servers)
}

fn sample(contestant: &Contestant, cell: Cell, round: u32, seconds: u64) -> Result<Sample, String> {
    let Cell { mode, connections } = cell;
    let of = |error: String| format!("{}: {error}", contestant.name);
    let running = contestant.start()?;
    wrk::run(running.address, mode, connections, WARM_UP).map_err(of)?;
    let (started, machine, wrk_before) = (Instant::now(), machine_us()?, ended_children_us()?);
    let before = running.usage().map_err(of)?;
    let load = wrk::run(running.address, mode, connections, seconds).map_err(of)?;
    let after = running.usage().map_err(of)?;
    let cpu_us = after.cpu_us - before.cpu_us;
    let others_us = machine_us()? - machine - cpu_us - (ended_children_us()? - wrk_before);
    let cores_taken_by_others = (others_us / started.elapsed().as_micros() as f64).max(0.0);
    // Who breaks under the load is not to win by it.
    running.check(mode).map_err(of)?;
    Ok(Sample {
        server: contestant.name.clone(),
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
