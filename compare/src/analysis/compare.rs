//! What the samples say of each measurement: figures, ratios, and what is best.

use super::stats::{Interval, interval, median, median_interval, quartiles};
use crate::data::{Group, Measurement, Mode, Record, ServerInfo, ServerRun, ServerSample};
use std::collections::BTreeSet;

/// The smallest factor that counts as a difference. Two builds or two runs of the same program may
/// differ by less; the interval of one run does not show that.
pub const SMALLEST: f64 = 1.05;

/// The standing of a strategy in one measurement, or of a server under one load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The best figure.
    Best,
    /// Not the best figure, but the rounds do not tell it from the best, or it is behind by less
    /// than [`SMALLEST`].
    Undecided,
    /// Behind, or not ranked.
    Behind,
}

/// The result of one strategy in one measurement.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// The strategy.
    pub strategy: String,
    /// The median of its samples.
    pub figure: f64,
    /// The first and the third quartile of its samples.
    pub quartiles: (f64, f64),
    /// Its samples relative to the baseline's, round by round; `None` if the metric has no ratio.
    pub ratio: Option<Interval>,
    /// Its standing.
    pub standing: Standing,
}

impl Estimate {
    /// Returns whether the rounds do not tell it from the baseline: the ratio's interval contains 1.
    pub fn is_undecided(&self) -> bool {
        self.ratio.is_some_and(|ratio| ratio.spans(1.0))
    }

    /// Returns whether it is best or undecided.
    pub fn leads(&self) -> bool {
        self.standing != Standing::Behind
    }

    /// Returns what estimates are ordered by.
    fn key(&self) -> f64 {
        self.ratio.map_or(self.figure, |ratio| ratio.middle)
    }
}

/// The results of all strategies in one measurement.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// The measurement.
    pub measurement: &'a Measurement,
    /// The results, in the record's order of strategies.
    pub estimates: Vec<Estimate>,
}

impl Comparison<'_> {
    /// Returns the result of a strategy.
    pub fn of(&self, strategy: &str) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.strategy == strategy)
    }

    /// Returns the best result.
    pub fn best(&self) -> Option<&Estimate> {
        self.estimates.iter().find(|estimate| estimate.standing == Standing::Best)
    }
}

/// Compares the strategies in every measurement of a record.
pub fn compare(record: &Record) -> Vec<Comparison<'_>> {
    record.measurements.iter().map(|measurement| comparison(record, measurement)).collect()
}

/// Returns the ratios of two strategies' samples within each round, in which both met the same
/// machine.
pub(crate) fn ratios(of: &[f64], to: &[f64]) -> Vec<f64> {
    of.iter().zip(to).map(|(of, to)| of / to).collect()
}

/// Returns the confidence level for intervals of ratios to the best of a number of results.
///
/// The best of many may be best by chance, and all others are compared with it. All intervals
/// together are wrong one time in twenty (Bonferroni's correction).
fn confidence(results: usize) -> f64 {
    1.0 - 0.05 / results.saturating_sub(1).max(1) as f64
}

fn comparison<'a>(record: &'a Record, measurement: &'a Measurement) -> Comparison<'a> {
    let baseline = measurement
        .samples
        .get(&record.settings.baseline)
        .filter(|_| measurement.metric.has_ratio());
    let rows =
        record.strategies.iter().filter_map(|one| Some((one, measurement.samples.get(&one.name)?)));
    let mut estimates: Vec<_> = rows
        .map(|(one, values)| Estimate {
            strategy: one.name.clone(),
            figure: median(values.iter().copied()),
            quartiles: quartiles(values),
            ratio: baseline
                .map(|baseline| median_interval(&ratios(values, baseline), record.settings.seed)),
            standing: Standing::Behind,
        })
        .collect();
    let mut pools: Vec<_> = estimates
        .iter_mut()
        .filter(|estimate| record.group(&estimate.strategy) != Group::Reference)
        .collect();
    rank(&mut pools, measurement, record.settings.seed);
    Comparison { measurement, estimates }
}

/// Finds the best of the pools and which others are undecided against it.
fn rank(pools: &mut [&mut Estimate], measurement: &Measurement, seed: u64) {
    let confidence = confidence(pools.len());
    let best = pools.iter().enumerate().min_by(|(_, a), (_, b)| a.key().total_cmp(&b.key()));
    let Some((best, _)) = best else { return };
    let best_figure = pools[best].figure;
    let best_samples = &measurement.samples[&pools[best].strategy];
    for pool in &mut *pools {
        let is_undecided = if measurement.metric.has_ratio() {
            let ratios = ratios(&measurement.samples[&pool.strategy], best_samples);
            let to_best = interval(&ratios, seed, confidence);
            to_best.low <= 1.0 || to_best.middle < SMALLEST
        } else {
            pool.figure == best_figure
        };
        if is_undecided {
            pool.standing = Standing::Undecided;
        }
    }
    pools[best].standing = Standing::Best;
}

/// The results of all servers under one load, the most requests per second first.
#[derive(Debug)]
pub struct LoadComparison<'a> {
    /// Whether connections stayed open.
    pub mode: Mode,
    /// Number of concurrent connections.
    pub connections: u32,
    /// The results; a server that does not support the mode is missing.
    pub estimates: Vec<ServerEstimate<'a>>,
}

/// The result of one server under one load: medians over the rounds.
#[derive(Debug)]
pub struct ServerEstimate<'a> {
    /// The server.
    pub server: &'a ServerInfo,
    /// Requests per second.
    pub rate: f64,
    /// Its requests per second relative to the baseline's, round by round; higher is better.
    pub ratio: Option<Interval>,
    /// Its standing. A server with errors is never best.
    pub standing: Standing,
    /// Median, 90th and 99th percentile of the latency, in microseconds.
    pub percentiles: [f64; 3],
    /// CPU time for a request, in microseconds.
    pub cpu: f64,
    /// Highest resident memory, in MiB.
    pub memory: f64,
    /// Errors of all rounds together.
    pub errors: u64,
}

impl<'a> LoadComparison<'a> {
    /// Returns the result of a server.
    pub fn of(&self, name: &str) -> Option<&ServerEstimate<'a>> {
        self.estimates.iter().find(|estimate| estimate.server.name == name)
    }
}

impl ServerEstimate<'_> {
    /// Returns whether the rounds do not tell it from the baseline: the ratio's interval contains 1.
    pub fn is_undecided(&self) -> bool {
        self.ratio.is_some_and(|ratio| ratio.spans(1.0))
    }

    /// Returns what estimates are ordered by.
    fn key(&self) -> f64 {
        self.ratio.map_or(self.rate, |ratio| ratio.middle)
    }
}

/// Compares the servers under every load.
pub fn compare_servers(run: &ServerRun) -> Vec<LoadComparison<'_>> {
    let loads: BTreeSet<_> =
        run.samples.iter().map(|sample| (sample.mode, sample.connections)).collect();
    loads.into_iter().map(|(mode, connections)| load_comparison(run, mode, connections)).collect()
}

fn load_comparison(run: &ServerRun, mode: Mode, connections: u32) -> LoadComparison<'_> {
    let of = |name: &str| -> Vec<&ServerSample> {
        let is_its = |one: &&ServerSample| {
            (one.server.as_str(), one.mode, one.connections) == (name, mode, connections)
        };
        run.samples.iter().filter(is_its).collect()
    };
    let baseline = of(&run.baseline);
    let measured = run.servers.iter().map(|server| (server, of(&server.name)));
    let mut estimates: Vec<_> = measured
        .filter(|(_, samples)| !samples.is_empty())
        .map(|(server, samples)| {
            let ratios = rate_ratios(&samples, &baseline);
            let ratio = ratios.map(|ratios| median_interval(&ratios, run.seed));
            server_estimate(server, &samples, ratio)
        })
        .collect();
    estimates.sort_by(|a, b| b.rate.total_cmp(&a.rate));
    let confidence = confidence(estimates.len());
    let mut sound: Vec<_> = estimates.iter_mut().filter(|one| one.errors == 0).collect();
    let best = sound.iter().enumerate().max_by(|(_, a), (_, b)| a.key().total_cmp(&b.key()));
    if let Some((best, _)) = best {
        let best_samples = of(&sound[best].server.name);
        for one in &mut sound {
            let ratios = rate_ratios(&of(&one.server.name), &best_samples);
            let to_best = ratios.map(|ratios| interval(&ratios, run.seed, confidence));
            if to_best.is_some_and(|ratio| ratio.high >= 1.0 || ratio.middle > SMALLEST.recip()) {
                one.standing = Standing::Undecided;
            }
        }
        sound[best].standing = Standing::Best;
    }
    LoadComparison { mode, connections, estimates }
}

/// Returns the ratios of two servers' requests per second within each round that has both.
fn rate_ratios(of: &[&ServerSample], to: &[&ServerSample]) -> Option<Vec<f64>> {
    let ratio = |sample: &&ServerSample| {
        let other = to.iter().find(|other| other.round == sample.round)?;
        Some(sample.load.requests_per_second / other.load.requests_per_second)
    };
    let ratios: Vec<f64> = of.iter().filter_map(ratio).collect();
    (!ratios.is_empty()).then_some(ratios)
}

fn server_estimate<'a>(
    server: &'a ServerInfo,
    samples: &[&ServerSample],
    ratio: Option<Interval>,
) -> ServerEstimate<'a> {
    let of = |value: fn(&ServerSample) -> f64| median(samples.iter().map(|sample| value(sample)));
    ServerEstimate {
        server,
        rate: of(|sample| sample.load.requests_per_second),
        ratio,
        standing: Standing::Behind,
        percentiles: [
            of(|one| one.load.p50_us),
            of(|one| one.load.p90_us),
            of(|one| one.load.p99_us),
        ],
        cpu: of(|sample| sample.cpu_us_per_request),
        memory: of(|sample| sample.peak_rss_kib as f64 / 1024.0),
        errors: samples.iter().map(|sample| sample.load.errors()).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Metric;
    use crate::data::fixture::{record, servers};

    fn of<'a>(
        comparisons: &'a [Comparison<'a>],
        workload: &str,
        metric: Metric,
    ) -> &'a Comparison<'a> {
        let is_it = |one: &&Comparison<'_>| {
            one.measurement.workload == workload && one.measurement.metric == metric
        };
        comparisons.iter().find(is_it).expect("it was measured")
    }

    #[test]
    fn ratios_are_those_of_the_costs() {
        let record = record();
        let comparisons = compare(&record);
        let empty = of(&comparisons, "empty-1", Metric::Time);
        for (name, cost) in [("condvar", 0.5), ("textbook", 3.0), ("mpsc", 1.0)] {
            let ratio =
                empty.of(name).and_then(|estimate| estimate.ratio).expect("times have ratios");
            assert!((ratio.middle / cost - 1.0).abs() < 0.02, "{name}: {ratio:?}");
            assert!(ratio.high / ratio.low < 1.05, "{name}: {ratio:?}");
        }
    }

    #[test]
    fn only_the_baseline_is_undecided_against_itself() {
        let record = record();
        let comparisons = compare(&record);
        let undecided: Vec<_> = (of(&comparisons, "drop", Metric::Time).estimates.iter())
            .filter(|estimate| estimate.is_undecided())
            .map(|estimate| estimate.strategy.as_str())
            .collect();
        assert_eq!(undecided, ["mpsc"]);
    }

    /// One is half a percent behind, with three percent of noise.
    #[test]
    fn difference_within_noise_is_undecided() {
        let record = record();
        let comparisons = compare(&record);
        let leaders: Vec<_> = (of(&comparisons, "drop", Metric::Time).estimates.iter())
            .filter(|one| one.leads())
            .map(|one| (one.strategy.as_str(), one.standing))
            .collect();
        assert_eq!(leaders.iter().filter(|(_, standing)| *standing == Standing::Best).count(), 1);
        assert_eq!(
            leaders.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["condvar", "crossbeam"]
        );
    }

    /// Five strategies of equal cost, in few and noisy rounds: one is lowest by chance.
    #[test]
    fn equal_strategies_are_seldom_behind() {
        let behind: usize = (0..40)
            .map(|seed| {
                let mut random = fastrand::Rng::with_seed(seed);
                let mut record = record();
                record.measurements.truncate(1);
                for values in record.measurements[0].samples.values_mut() {
                    *values = (0..7).map(|_| 1.0 + random.f64()).collect();
                }
                let comparisons = compare(&record);
                let pools = comparisons[0]
                    .estimates
                    .iter()
                    .filter(|one| record.group(&one.strategy) != Group::Reference);
                pools.filter(|one| !one.leads()).count()
            })
            .sum();
        assert!(behind <= 10, "{behind} of 160 that were not lowest were called behind");
    }

    #[test]
    fn strategy_without_samples_has_no_estimate() {
        let record = record();
        assert!(of(&compare(&record), "drop", Metric::Time).of("one-thread").is_none());
    }

    #[test]
    fn disturbed_round_does_not_change_the_ratio() {
        let mut record = record();
        for measurement in &mut record.measurements {
            measurement.samples.values_mut().for_each(|values| values[4] *= 7.0);
        }
        let comparisons = compare(&record);
        let ratio = of(&comparisons, "empty-1", Metric::Time)
            .of("condvar")
            .and_then(|one| one.ratio)
            .expect("times have ratios");
        assert!((ratio.middle - 0.5).abs() < 0.01 && ratio.high < 0.52, "{ratio:?}");
    }

    #[test]
    fn server_ratios_are_within_rounds_and_errors_summed() {
        // The machine becomes slower, but nginx serves half as much in each round.
        let run = servers();
        let comparisons = compare_servers(&run);
        let of = |name| comparisons[0].of(name).expect("it took part");
        assert_eq!(of("hello").ratio.map(|ratio| ratio.middle), Some(1.0));
        assert_eq!(of("nginx").ratio, Some(Interval { low: 0.5, middle: 0.5, high: 0.5 }));
        assert_eq!((of("hello").errors, of("chapter").errors), (0, 6));
    }

    #[test]
    fn server_with_errors_is_never_best() {
        let run = servers();
        let comparisons = compare_servers(&run);
        let fastest = &comparisons[0].estimates[0];
        assert_eq!((fastest.server.name.as_str(), fastest.standing), ("chapter", Standing::Behind));
    }

    #[test]
    fn server_as_fast_as_the_best_is_undecided() {
        let run = servers();
        let comparisons = compare_servers(&run);
        let standing = |name| comparisons[0].of(name).expect("it took part").standing;
        let mut leaders = [standing("hello"), standing("hello-textbook")];
        leaders.sort_by_key(|one| *one == Standing::Undecided);
        assert_eq!(leaders, [Standing::Best, Standing::Undecided]);
        assert_eq!(standing("nginx"), Standing::Behind);
    }

    #[test]
    fn server_without_keep_alive_is_not_compared() {
        let run = servers();
        let comparisons = compare_servers(&run);
        let keep_alive =
            comparisons.iter().find(|one| one.mode == Mode::KeepAlive).expect("it was measured");
        assert!(keep_alive.of("chapter").is_none() && keep_alive.of("nginx").is_some());
    }
}
