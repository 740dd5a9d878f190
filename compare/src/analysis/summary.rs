//! The result of a run in a ranking and a few sentences.

use super::compare::{Comparison, Estimate, Standing};
use super::stats::geometric_mean;
use crate::data::{Group, Measurement, Metric, Record, StrategyInfo};

/// The result of one strategy over all measurements.
#[derive(Clone, Debug)]
pub struct Rank {
    /// The strategy.
    pub strategy: String,
    /// The group it belongs to.
    pub group: Group,
    /// The geometric mean of its ratios to the baseline.
    pub mean: f64,
    /// Its highest ratio to the best of a measurement.
    pub worst: f64,
    /// The measurement with that ratio.
    pub worst_in: String,
    /// Number of measurements in which it is best or undecided.
    pub leads: usize,
    /// Number of measurements.
    pub measured: usize,
}

/// Returns the measurements that the summary is about: those that have samples of every pool.
///
/// A mean over other measurements than those of the other strategies could not be compared with
/// theirs. So those of the real server count only if all strategies are queues.
pub fn scored<'a, 'r>(
    record: &'a Record,
    comparisons: &'a [Comparison<'r>],
) -> impl Iterator<Item = &'a Comparison<'r>> {
    let has_all = |one: &Comparison<'_>| pools(record).all(|pool| one.of(&pool.name).is_some());
    comparisons.iter().filter(move |one| one.measurement.metric.is_scored() && has_all(one))
}

fn pools(record: &Record) -> impl Iterator<Item = &StrategyInfo> {
    record.strategies.iter().filter(|one| one.group != Group::Reference)
}

/// Returns all pools, the best first.
pub fn ranking(record: &Record, comparisons: &[Comparison<'_>]) -> Vec<Rank> {
    let rank = |strategy: &StrategyInfo| {
        let estimates: Vec<(&Comparison<'_>, &Estimate)> = scored(record, comparisons)
            .filter_map(|one| Some((one, one.of(&strategy.name)?)))
            .collect();
        let ratios: Vec<f64> =
            estimates.iter().filter_map(|(_, estimate)| Some(estimate.ratio?.middle)).collect();
        let to_best = |(one, estimate): &(&Comparison<'_>, &Estimate)| {
            Some((estimate.ratio?.middle / one.best()?.ratio?.middle, name(one.measurement)))
        };
        let (worst, worst_in) =
            estimates.iter().filter_map(to_best).max_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(Rank {
            strategy: strategy.name.clone(),
            group: strategy.group,
            mean: geometric_mean(&ratios),
            worst,
            worst_in,
            leads: estimates.iter().filter(|(_, estimate)| estimate.leads()).count(),
            measured: ratios.len(),
        })
    };
    let mut ranks: Vec<Rank> = pools(record).filter_map(rank).collect();
    ranks.sort_by(|a, b| a.mean.total_cmp(&b.mean));
    ranks
}

/// Returns the names of all strategies: the best first, those that are not ranked last.
pub fn row_order(record: &Record, comparisons: &[Comparison<'_>]) -> Vec<String> {
    let ranks = ranking(record, comparisons);
    let mut rows: Vec<_> = ranks.into_iter().map(|rank| rank.strategy).collect();
    for strategy in &record.strategies {
        if !rows.contains(&strategy.name) {
            rows.push(strategy.name.clone());
        }
    }
    rows
}

/// Returns the name of a measurement in a sentence.
pub fn name(measurement: &Measurement) -> String {
    let Measurement { workload, workers, metric, condition, .. } = measurement;
    let metric = if *metric == Metric::Time { String::new() } else { format!(" {metric}") };
    let condition = if condition.is_quiet() { String::new() } else { format!(", {condition}") };
    format!("{workload}{metric}, {}{condition}", counted(*workers, "worker"))
}

/// Writes a number with its noun, in the plural if it is not 1.
pub fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Returns the summary: the best strategy, the place of ours, and where ours is furthest behind.
pub fn sentences(record: &Record, comparisons: &[Comparison<'_>]) -> Vec<String> {
    let ranks = ranking(record, comparisons);
    let baseline = &record.settings.baseline;
    let Some(first) = ranks.first() else {
        return vec!["No time was measured, so there is no ranking.".to_owned()];
    };
    let mut sentences = vec![format!(
        "{} is fastest: over {}, its time is {} that of {baseline} (geometric mean), and it is best or undecided in {}.",
        first.strategy,
        counted(first.measured, "measurement"),
        times(first.mean),
        first.leads,
    )];
    let ours = ranks.iter().find(|rank| rank.group == Group::Ours);
    let peer = ranks.iter().find(|rank| rank.group == Group::Peer);
    if let (Some(ours), Some(peer)) = (ours, peer) {
        if ours.strategy != first.strategy {
            sentences.push(format!(
                "{} has {}, and is best or undecided in {}.",
                ours.strategy,
                times(ours.mean),
                ours.leads
            ));
        }
        if peer.strategy != first.strategy {
            sentences.push(format!(
                "The best peer is {} with {}.",
                peer.strategy,
                times(peer.mean)
            ));
        }
    }
    sentences.extend(ours.map(|ours| furthest_behind(ours, record, comparisons)));
    sentences
}

fn furthest_behind(ours: &Rank, record: &Record, comparisons: &[Comparison<'_>]) -> String {
    if ours.leads == ours.measured {
        return format!("{} is behind in none of them.", ours.strategy);
    }
    let best = scored(record, comparisons)
        .find(|one| name(one.measurement) == ours.worst_in)
        .and_then(|one| one.best());
    format!(
        "{} is furthest behind in {}: {} the time of {}.",
        ours.strategy,
        ours.worst_in,
        times(ours.worst),
        best.map_or("the best", |best| best.strategy.as_str()),
    )
}

/// Returns one line about a comparison: the best, what is undecided, the highest figure, and ours if
/// it is behind.
pub fn line(record: &Record, one: &Comparison<'_>) -> String {
    let Some(best) = one.best() else { return String::new() };
    let metric = one.measurement.metric;
    let with_figure = |one: &Estimate| format!("{} {}", one.strategy, metric.figure(one.figure));
    let mut line = format!("best {}", with_figure(best));
    let undecided: Vec<_> = (one.estimates.iter())
        .filter(|one| one.standing == Standing::Undecided)
        .map(|one| one.strategy.as_str())
        .collect();
    match undecided.as_slice() {
        [] => {}
        few if few.len() <= 3 => line += &format!("; undecided {}", few.join(", ")),
        many => line += &format!("; undecided {} others", many.len()),
    }
    let highest = (one.estimates.iter())
        .filter(|one| record.group(&one.strategy) != Group::Reference)
        .max_by(|a, b| a.figure.total_cmp(&b.figure));
    if let Some(highest) = highest.filter(|highest| highest.strategy != best.strategy) {
        line += &format!("; highest {}", with_figure(highest));
    }
    let ours = record.strategies.iter().find(|one| one.group == Group::Ours);
    if let Some(ours) = ours.and_then(|ours| one.of(&ours.name)).filter(|ours| !ours.leads()) {
        line += &format!("; {}", with_figure(ours));
    }
    line
}

/// Writes a ratio with two digits behind the point, or none from 10 on.
pub fn times(ratio: f64) -> String {
    if ratio < 9.995 { format!("{ratio:.2}×") } else { format!("{ratio:.0}×") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::compare::compare;
    use crate::data::fixture::{record, record_where};

    #[test]
    fn pools_are_ranked_by_mean_ratio() {
        let record = record();
        let ranks = ranking(&record, &compare(&record));
        let names: Vec<_> = ranks.iter().map(|rank| rank.strategy.as_str()).collect();
        let (first, rest) = names.split_at(2);
        assert!(first.contains(&"condvar") && first.contains(&"crossbeam"), "{names:?}");
        assert_eq!(rest, ["mpsc", "flume", "textbook"], "one-thread is not a pool");
        assert!((ranks[0].mean - 0.5).abs() < 0.01);
    }

    #[test]
    fn measurements_without_all_pools_are_not_scored() {
        let mut record = record();
        for measurement in record.measurements.iter_mut().filter(|one| one.workload == "drop") {
            measurement.samples.remove("flume");
        }
        let comparisons = compare(&record);
        assert!(scored(&record, &comparisons).all(|one| one.measurement.workload != "drop"));
        let ranks = ranking(&record, &comparisons);
        assert!(
            ranks.len() == 5 && ranks.iter().all(|rank| rank.measured == ranks[0].measured),
            "{ranks:?}"
        );
    }

    #[test]
    fn summary_names_the_first_and_our_worst() {
        let slow = |name: &str, workload: &str| {
            if (name, workload) == ("condvar", "drop") { 4.0 } else { 1.0 }
        };
        let record = record_where(1, slow);
        let summary = sentences(&record, &compare(&record)).join(" ");
        assert!(summary.contains("crossbeam is fastest"), "{summary}");
        assert!(summary.contains("condvar is furthest behind in drop"), "{summary}");
    }
}
