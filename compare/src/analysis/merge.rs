//! Merges several runs of the same comparison into one record.

use super::machine::{card, differing, listed};
use super::verdict::control_margin;
use crate::data::{Curve, Environment, MachineMetric, Measurement, Record, Run};

/// Merges runs of the same comparison.
///
/// The rounds of a measurement follow one another, run by run, so a ratio is still taken within a
/// round. A measurement that only some runs have keeps the rounds of those.
///
/// # Errors
///
/// Fails if the runs differ in something that decides figures, and says in what.
pub fn merge(records: Vec<Record>) -> Result<Record, String> {
    let (first, others) = records.split_first().ok_or("there is no run")?;
    if others.is_empty() {
        return Ok(first.clone());
    }
    let mut merged = first.clone();
    for (place, other) in (1..).zip(others) {
        if records[..place].iter().any(|before| before.measurements == other.measurements) {
            return Err("two of the runs are the same".to_owned());
        }
        check(first, other)?;
        append(&mut merged, other)?;
    }
    merged.runs = records.iter().flat_map(Record::runs).collect();
    merged.warnings = warnings(&merged.runs);
    merged.warnings.extend(same_seed(&records));
    let default = merged.default_strategy().to_owned();
    merged.measurements.iter_mut().for_each(|one| one.margin = control_margin(one, &default));
    let most = merged.rounds().0.last().copied().unwrap_or_default();
    (merged.settings.rounds, merged.settings.rounds_done) = (most, most);
    Ok(merged)
}

/// Checks that two runs measured the same on the same machine.
fn check(first: &Record, other: &Record) -> Result<(), String> {
    let differing: Vec<_> = (identity(first).into_iter().zip(identity(other)))
        .filter(|((_, a), (_, b))| a != b)
        .map(|((what, a), (_, b))| format!("{what}: {a} and {b}"))
        .collect();
    if !differing.is_empty() {
        return Err(format!("runs of different kinds cannot be merged; {}", differing.join("; ")));
    }
    Ok(())
}

/// Returns everything that decides the figures of a run, each with its name.
fn identity(record: &Record) -> Vec<(&'static str, String)> {
    let Environment { cpu, cores, system, kernel, rustc, opt_level, versions, .. } =
        &record.environment;
    let known = |value: &Option<String>| value.as_deref().unwrap_or("unknown").to_owned();
    let mut strategies: Vec<_> = record.strategies.iter().map(|one| one.name.as_str()).collect();
    strategies.sort_unstable();
    let versions = versions.iter().map(|(name, version)| format!("{name} {version}"));
    vec![
        ("baseline", record.settings.baseline.clone()),
        ("scale", record.settings.scale.to_string()),
        ("strategies", strategies.join(", ")),
        ("processor", known(cpu)),
        ("cores", cores.to_string()),
        ("system", system.clone()),
        ("kernel", known(kernel)),
        ("compiler", rustc.clone()),
        ("optimisation level", opt_level.clone()),
        ("packages", versions.collect::<Vec<_>>().join(", ")),
    ]
}

/// Appends the rounds of a run to those of the runs before.
fn append(merged: &mut Record, other: &Record) -> Result<(), String> {
    for measurement in &other.measurements {
        match merged.measurements.iter_mut().find(|one| one.is_same_as(measurement)) {
            None => merged.measurements.push(measurement.clone()),
            Some(before) => append_rounds(before, measurement)?,
        }
    }
    for curve in &other.curves {
        match merged.curves.iter_mut().find(|one| one.is_same_as(curve)) {
            None => merged.curves.push(curve.clone()),
            Some(before) => mix(before, curve),
        }
    }
    // A record has the timelines of its last round.
    merged.timelines.retain(|one| !other.timelines.iter().any(|last| last.is_same_as(one)));
    merged.timelines.extend_from_slice(&other.timelines);
    for workload in &other.workloads {
        if !merged.workloads.iter().any(|one| one.name == workload.name) {
            merged.workloads.push(workload.clone());
        }
    }
    merged.settings.workers.extend(&other.settings.workers);
    merged.settings.workers.sort_unstable();
    merged.settings.workers.dedup();
    merged.pace.extend(&other.pace);
    merged.cards.extend_from_slice(&other.cards);
    merged.disturbances.extend(&other.disturbances);
    match (&merged.http, &other.http) {
        (Some(_), Some(_)) => Err("two runs have web servers: add those to the merged run".into()),
        (None, Some(servers)) => {
            merged.http = Some(servers.clone());
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Appends the rounds of a measurement. Every strategy must have each round, or the rounds would no
/// longer be pairs.
fn append_rounds(before: &mut Measurement, more: &Measurement) -> Result<(), String> {
    let strategies = |one: &Measurement| one.samples.keys().cloned().collect::<Vec<_>>();
    let has_control = |one: &Measurement| !one.control.is_empty();
    if strategies(before) != strategies(more) || has_control(before) != has_control(more) {
        return Err(format!(
            "runs cannot be merged: not both have the same strategies and control in {}",
            super::words::name(more)
        ));
    }
    for (strategy, values) in &more.samples {
        before.samples.entry(strategy.clone()).or_default().extend(values);
    }
    before.control.extend(&more.control);
    Ok(())
}

/// Mixes the delays of a curve with those of another, as if they were of one run. Between the points
/// of a curve, delays are taken as evenly distributed.
fn mix(curve: &mut Curve, other: &Curve) {
    let jobs = curve.jobs + other.jobs;
    let share = |delay: f64| {
        let jobs_of = |one: &Curve| one.jobs as f64 * share_below(&one.points, delay);
        (jobs_of(curve) + jobs_of(other)) / jobs.max(1) as f64
    };
    let ends = |points: &[(f64, f64)]| Some((points.first()?.1, points.last()?.1));
    let Some((a, b)) = ends(&curve.points).zip(ends(&other.points)) else { return };
    let (shortest, longest) = (a.0.min(b.0), a.1.max(b.1));
    let delay_of = |wanted: f64| {
        let (mut low, mut high) = (shortest, longest);
        while high - low > 0.5 {
            let middle = f64::midpoint(low, high);
            if share(middle) < wanted { low = middle } else { high = middle }
        }
        if wanted == 0.0 { shortest } else { high.round() }
    };
    let points = curve.points.iter().map(|(share, _)| (*share, delay_of(*share))).collect();
    (curve.jobs, curve.points) = (jobs, points);
}

/// Returns the share of the delays that do not exceed one.
fn share_below(points: &[(f64, f64)], delay: f64) -> f64 {
    let above = points.partition_point(|(_, one)| *one <= delay);
    match (above.checked_sub(1).map(|below| points[below]), points.get(above)) {
        (Some((share, from)), Some((next, to))) => {
            share + (next - share) * (delay - from) / (to - from)
        }
        (Some(_), None) => 1.0,
        (None, _) => 0.0,
    }
}

/// Returns the warnings of all runs, each with the runs that have it, and warns if the runs differ
/// in their commit or in the state of the machine.
fn warnings(runs: &[Run]) -> Vec<String> {
    let mut found: Vec<(&str, Vec<usize>)> = Vec::new();
    for (number, run) in (1..).zip(runs) {
        for warning in &run.warnings {
            match found.iter_mut().find(|(text, _)| text == warning) {
                Some((_, numbers)) => numbers.push(number),
                None => found.push((warning, vec![number])),
            }
        }
    }
    let with_runs = |(warning, numbers): (&str, Vec<usize>)| {
        if numbers.len() == runs.len() {
            return warning.to_owned();
        }
        let plural = if numbers.len() == 1 { "" } else { "s" };
        let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
        format!("in run{plural} {} of {}, {warning}", numbers.join(", "), runs.len())
    };
    let mut warnings: Vec<_> = found.into_iter().map(with_runs).collect();
    warnings.extend(different_commits(runs));
    warnings.extend((2..).zip(&runs[1..]).filter_map(|(number, run)| {
        let differing = other_machine(&runs[0], run)?;
        Some(format!("in run {number}, the machine was not that of run 1: {differing}"))
    }));
    warnings
}

/// Warns if two runs took the same random choices for the same measurement: that is less to go by
/// than twice the rounds.
fn same_seed(records: &[Record]) -> Option<String> {
    let shares = |one: &Record, other: &Record| {
        let is_of_both = |one| other.measurements.iter().any(|other| other.is_same_as(one));
        one.settings.seed == other.settings.seed && one.measurements.iter().any(is_of_both)
    };
    let mut pairs = (1..)
        .zip(records)
        .flat_map(|(next, one)| records[next..].iter().map(move |other| (one, other)));
    let (one, _) = pairs.find(|(one, other)| shares(one, other))?;
    let seed = one.settings.seed;
    Some(format!(
        "runs with the seed {seed} met the same random arrivals in the same order: use another `--seed`"
    ))
}

fn different_commits(runs: &[Run]) -> Option<String> {
    let mut commits: Vec<_> =
        runs.iter().filter_map(|run| run.environment.commit.as_deref()).collect();
    commits.dedup();
    (commits.len() > 1).then(|| format!("the runs are of several commits: {}", commits.join(", ")))
}

/// Lists the figures of the machine cards in which two runs differ, without the 99th percentile,
/// which may differ on any machine.
fn other_machine(first: &Run, other: &Run) -> Option<String> {
    let mut differing = differing(&card(&first.cards)?, &card(&other.cards)?);
    differing.retain(|(metric, _)| *metric != MachineMetric::WakeP99);
    (!differing.is_empty()).then(|| listed(&differing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::compare;
    use crate::analysis::machine::tests::card_with;
    use crate::data::fixture::{record, record_where, servers};
    use crate::data::{Condition, Metric, Rounds};

    /// Returns two runs, the second on a machine that is three times as slow.
    fn two_runs() -> Vec<Record> {
        let slow = record_where(2, |_, _| 3.0);
        vec![record(), slow]
    }

    #[test]
    fn rounds_follow_one_another() {
        let runs = two_runs();
        let merged = merge(runs.clone()).expect("they are of the same kind");
        for (place, one) in merged.measurements.iter().enumerate() {
            for (name, values) in &one.samples {
                let parts = runs.iter().map(|run| &run.measurements[place].samples[name]);
                assert_eq!(*values, parts.flatten().copied().collect::<Vec<_>>());
            }
            assert_eq!(one.control.len(), 30);
        }
        assert_eq!((merged.rounds(), merged.pace.len()), (Rounds(vec![30]), 30));
    }

    /// A round of the slow run would pair with one of the fast run at a ratio of three.
    #[test]
    fn ratios_stay_within_rounds() {
        let merged = merge(two_runs()).expect("they are of the same kind");
        for one in compare(&merged) {
            let ratio = one.of("condvar").and_then(|condvar| condvar.ratio);
            assert!(ratio.is_none_or(|ratio| ratio.low > 0.48 && ratio.high < 0.52), "{ratio:?}");
        }
    }

    #[test]
    fn measurement_of_one_run_keeps_its_rounds() {
        let busy = Record { measurements: Vec::new(), curves: Vec::new(), ..record() };
        let busy = busy.and_busy(record_where(3, |_, _| 1.0));
        let runs = vec![record(), busy, record_where(2, |_, _| 1.0)];
        let merged = merge(runs).expect("they are of the same kind");
        assert_eq!(merged.rounds().to_string(), "15 to 30 rounds");
        assert_eq!(merged.under(Condition::Busy).rounds(), Rounds(vec![15]));
        assert_eq!(merged.settings.rounds_done, 30);
    }

    #[test]
    fn margin_is_that_of_all_rounds() {
        let mut runs = two_runs();
        for one in &mut runs[1].measurements {
            one.control.iter_mut().for_each(|value| *value *= 1.4);
        }
        let merged = merge(runs).expect("they are of the same kind");
        for one in &merged.measurements {
            assert_eq!(one.margin.is_some(), one.metric.has_ratio());
            assert!(one.margin.is_none_or(|margin| (0.37..0.45).contains(&margin)), "{one:?}");
        }
    }

    #[test]
    fn environments_and_warnings_of_each_run_are_kept() {
        let mut runs = two_runs();
        runs.push(record_where(3, |_, _| 1.0));
        for (number, run) in runs.iter_mut().enumerate() {
            run.environment.command = format!("run {number}");
            run.environment.commit = Some(format!("commit-{}", number / 2));
            run.warnings = vec!["the machine has 2 cores".to_owned()];
            run.cards = vec![card_with(if number == 2 { 9e3 } else { 4e3 }, 0.0)];
        }
        runs[1].warnings.push("the machine was noisy".to_owned());
        let merged = merge(runs).expect("they are of the same kind");
        let commands: Vec<_> =
            merged.runs().iter().map(|run| run.environment.command.clone()).collect();
        assert_eq!(commands, ["run 0", "run 1", "run 2"]);
        let wanted = [
            "the machine has 2 cores",
            "in run 2 of 3, the machine was noisy",
            "the runs are of several commits: commit-0, commit-1",
            "in run 3, the machine was not that of run 1: notify to run, median 2.25×",
        ];
        assert_eq!(merged.warnings, wanted);
        assert_eq!(merged.cards.len(), 3);
    }

    #[test]
    fn same_seed_is_warned_of() {
        let mut runs = two_runs();
        assert!(merge(runs.clone()).is_ok_and(|merged| merged.warnings.is_empty()));
        runs[1].settings.seed = runs[0].settings.seed;
        let merged = merge(runs).expect("they are of the same kind");
        assert!(merged.warnings[0].starts_with("runs with the seed 1 met the same"));
    }

    #[test]
    fn merged_runs_can_be_merged_again() {
        let two = merge(two_runs()).expect("they are of the same kind");
        let three = merge(vec![two, record()]).expect("they are of the same kind");
        assert_eq!((three.runs.len(), three.rounds()), (3, Rounds(vec![45])));
    }

    #[test]
    fn runs_of_different_kinds_are_refused() {
        let refused = |change: fn(&mut Record)| {
            let mut other = record_where(2, |_, _| 1.0);
            change(&mut other);
            merge(vec![record(), other]).expect_err("they differ")
        };
        let error = refused(|other| other.settings.baseline = "flume".to_owned());
        assert!(error.ends_with("cannot be merged; baseline: mpsc and flume"), "{error}");
        let error = refused(|other| {
            other.settings.scale = 0.15;
            other.environment.rustc = "another".to_owned();
        });
        assert!(error.contains("scale: 1 and 0.15; compiler: "), "{error}");
        let error = refused(|other| drop(other.measurements[0].samples.remove("flume")));
        assert!(error.ends_with("control in empty-1, 2 workers"), "{error}");
        assert_eq!(merge(vec![record(), record()]).unwrap_err(), "two of the runs are the same");
    }

    #[test]
    fn only_one_run_may_have_servers() {
        let with_servers =
            |seed| Record { http: Some(servers()), ..record_where(seed, |_, _| 1.0) };
        let error = merge(vec![with_servers(1), with_servers(2)]).unwrap_err();
        assert!(error.starts_with("two runs have web servers"), "{error}");
        assert!(merge(vec![record(), with_servers(2)]).is_ok_and(|merged| merged.http.is_some()));
    }

    #[test]
    fn mixed_delays_are_those_of_all_jobs() {
        let even = |jobs, from: f64, to: f64| Curve {
            jobs,
            points: [0.0, 0.25, 0.5, 0.75, 1.0]
                .map(|share| (share, from + share * (to - from)))
                .into(),
            ..record().curves[0].clone()
        };
        let mut curve = even(300, 0.0, 1000.0);
        mix(&mut curve, &even(100, 1000.0, 2000.0));
        assert_eq!(curve.jobs, 400);
        let delays: Vec<_> = curve.points.iter().map(|(_, delay)| delay.round()).collect();
        assert_eq!(delays, [0.0, 333.0, 667.0, 1000.0, 2000.0]);
        let before = even(300, 5.0, 100.0);
        let mut same = before.clone();
        mix(&mut same, &before);
        for ((_, was), (_, is)) in before.points.iter().zip(&same.points) {
            assert!((was - is).abs() <= 1.0, "{was} {is}");
        }
    }

    #[test]
    fn percentile_needs_jobs_in_each_sample() {
        let merged = merge(two_runs()).expect("they are of the same kind");
        let p99 = merged.measurements.iter().find(|one| one.metric == Metric::P99);
        let p99 = p99.expect("it was measured");
        assert_eq!(merged.too_few_jobs(p99, "condvar"), None);
        let mut short = merged.clone();
        short.curves.iter_mut().for_each(|curve| curve.jobs = 999 * 30);
        assert_eq!(short.too_few_jobs(p99, "condvar"), Some(999));
    }
}
