//! Reasons to doubt the figures of a run.

use super::machine::{differing, listed};
use super::stats::{median, spread};
use super::words::counted;
use crate::data::{
    DIRTY, Disturbance, Environment, MachineMetric, Measurement, Metric, Record, ServerRun,
};

/// The share of the cores from which on a busy start is warned of.
const BUSY: f64 = 0.15;
/// The share of CPU time from which on steal time is warned of.
const STEAL: f64 = 0.01;
/// The spread of the baseline from which on it is warned of.
const SPREAD: f64 = 0.2;
/// The drift in the duration of a fixed computation from which on it is warned of.
const DRIFT: f64 = 1.10;
/// The number of busy cores from which on a sample of a server counts as disturbed.
const TAKEN: f64 = 0.1;

/// Returns the warnings about a run.
pub fn warnings(record: &Record) -> Vec<String> {
    let environment = &record.environment;
    [
        unoptimised(environment),
        interrupted(record),
        busy_before(environment),
        drift(record),
        noisy_baseline(record),
        changed_machine(record),
        steal_time(record),
        few_cores(environment),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn unoptimised(environment: &Environment) -> Option<String> {
    (environment.opt_level == "0").then(|| {
        "built without optimisation: use `cargo compare`, which builds for release".to_owned()
    })
}

fn interrupted(record: &Record) -> Option<String> {
    let (done, rounds) = (record.settings.rounds_done, record.settings.rounds);
    (done < rounds).then(|| format!("interrupted: {done} of {rounds} rounds are complete"))
}

/// Warns if processors were busy before the start.
pub fn busy_before(environment: &Environment) -> Option<String> {
    let cores = environment.cores;
    let busy = environment.busy_before.filter(|busy| *busy > BUSY * cores as f64)?;
    Some(format!("the machine was busy before the start: {busy:.2} of {cores} cores"))
}

/// Warns if the machine cards before and after differ. A 99th percentile may differ on any machine.
fn changed_machine(record: &Record) -> Option<String> {
    let (before, after) = record.cards.first().zip(record.cards.get(1))?;
    let mut differing = differing(before, after);
    differing.retain(|(metric, _)| *metric != MachineMetric::WakeP99);
    (!differing.is_empty())
        .then(|| format!("the machine was not the same after the run: {}", listed(&differing)))
}

/// Warns if the hypervisor gave the processors to others while samples were taken.
fn steal_time(record: &Record) -> Option<String> {
    let sum: Disturbance = record.disturbances.iter().copied().sum();
    let steal = sum.steal_share().filter(|share| *share > STEAL)?;
    let shares = record.disturbances.iter().map(|round| round.steal_share().unwrap_or_default());
    let (worst, _) = shares.enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    Some(format!(
        "the machine was noisy: the hypervisor took {} of the processors' time, most in round {}",
        MachineMetric::Steal.figure(steal),
        worst + 1
    ))
}

fn drift(record: &Record) -> Option<String> {
    let mut pace = record.pace.clone();
    pace.sort_by(f64::total_cmp);
    let ratio = pace.last()? / pace.first()?;
    (ratio > DRIFT).then(|| {
        format!(
            "the machine was noisy: the same computation took {ratio:.2} times as long in one round"
        )
    })
}

/// Warns if the baseline's times differ between rounds. Under other conditions than quiet they
/// differ on any machine.
fn noisy_baseline(record: &Record) -> Option<String> {
    let counts = |one: &&Measurement| one.metric == Metric::Time && one.condition.is_quiet();
    let times = record.measurements.iter().filter(counts);
    let values = times.filter_map(|one| one.samples.get(&record.settings.baseline));
    let spreads: Vec<_> =
        values.filter(|values| values.len() > 2).map(|values| spread(values)).collect();
    let spread = (!spreads.is_empty()).then(|| median(spreads)).filter(|one| *one > SPREAD)?;
    Some(format!(
        "the machine was noisy: {}'s own figures spread by {:.0} % between rounds",
        record.settings.baseline,
        100.0 * spread
    ))
}

fn few_cores(environment: &Environment) -> Option<String> {
    let cores = environment.cores;
    (cores < 4).then(|| {
        let cores = counted(cores, "core");
        format!(
            "{cores}: submitters and workers take turns, so this shows little about contention on many cores"
        )
    })
}

/// Returns the warnings about a run of servers.
pub fn server_warnings(run: &ServerRun) -> Vec<String> {
    [disturbed_samples(run), unknown_source(&run.environment)].into_iter().flatten().collect()
}

fn disturbed_samples(run: &ServerRun) -> Option<String> {
    let taken = run.samples.iter().map(|sample| sample.cores_taken_by_others);
    let noisy = taken.clone().filter(|cores| *cores > TAKEN).count();
    (noisy > 0).then(|| {
        format!(
            "in {noisy} of {} samples of servers, other processes took more than {TAKEN} cores ({:.2} in the median sample), \
             which lowers requests per second and raises latencies",
            run.samples.len(),
            median(taken),
        )
    })
}

/// Warns if no commit has the source that was measured.
fn unknown_source(environment: &Environment) -> Option<String> {
    let Some(commit) = &environment.commit else {
        return Some("the commit is unknown, so that the run cannot be repeated".to_owned());
    };
    commit.ends_with(DIRTY).then(|| {
        format!(
            "the working tree was not clean ({commit}), so that no commit has what was measured"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::machine::tests::card_with;
    use crate::data::fixture::{record, servers};

    #[test]
    fn quiet_machine_has_no_warning() {
        assert_eq!(warnings(&record()), [""; 0]);
    }

    #[test]
    fn each_disturbance_has_a_warning() {
        let mut record = record();
        record.environment.busy_before = Some(0.9);
        record.environment.cores = 2;
        record.pace[3] *= 1.5;
        record.cards = vec![card_with(4e3, 0.0), card_with(1e4, 0.0)];
        let quiet = Disturbance { steal: Some(1), ticks: 500, ..Disturbance::default() };
        record.disturbances = vec![quiet, Disturbance { steal: Some(99), ..quiet }, quiet];
        record.settings.rounds = 20;
        for measurement in &mut record.measurements {
            let values = measurement.samples.get_mut("mpsc").expect("it is the baseline");
            values.iter_mut().step_by(2).for_each(|value| *value *= 1.6);
        }
        let warnings = warnings(&record).join("\n");
        for words in [
            "0.90 of 2 cores",
            "after the run: notify to run, median 2.50×",
            "took 6.7 % of the processors' time, most in round 2",
            "1.50 times as long",
            "mpsc's own figures",
            "of 20 rounds",
            "2 cores: ",
        ] {
            assert!(warnings.contains(words), "{words} in {warnings}");
        }
    }

    #[test]
    fn servers_that_shared_the_machine_have_a_warning() {
        let mut run = servers();
        assert_eq!(server_warnings(&run), [""; 0]);
        run.samples[0].cores_taken_by_others = 0.7;
        assert!(server_warnings(&run)[0].contains("in 1 of "), "{:?}", server_warnings(&run));
    }
    #[test]
    fn servers_of_an_unknown_source_have_a_warning() {
        let mut run = servers();
        for (commit, words) in [(None, "unknown"), (Some("3fba-dirty"), "not clean (3fba-dirty)")] {
            run.environment.commit = commit.map(str::to_owned);
            assert!(server_warnings(&run)[0].contains(words), "{:?}", server_warnings(&run));
        }
    }
}
