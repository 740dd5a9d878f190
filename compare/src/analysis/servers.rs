//! What the samples say of each server under each load, relative to the baseline.

use super::stats::{Interval, median, median_interval};
use super::verdict::{LEAST_MARGIN, Verdict, margin};
use crate::data::{CONTROL, Mode, ServerInfo, ServerRun, ServerSample};
use std::collections::BTreeSet;

/// The least share of the requests of an open loop that a server must answer in time. One that answers
/// fewer cannot keep up, and its percentiles leave out the requests that wait.
const KEPT_UP: f64 = 0.95;

/// The results of all servers under one load, the least CPU time for a request first.
#[derive(Debug)]
pub struct LoadComparison<'a> {
    /// Whether connections stayed open.
    pub mode: Mode,
    /// Number of concurrent connections.
    pub connections: u32,
    /// The requests per second that an open loop asked for; `None` in closed loop.
    pub rate: Option<u32>,
    /// The results; a server that does not support the mode is missing.
    pub estimates: Vec<ServerEstimate<'a>>,
}

/// The result of one server under one load: medians over the rounds.
#[derive(Debug)]
pub struct ServerEstimate<'a> {
    /// The server.
    pub server: &'a ServerInfo,
    /// CPU time for a request, in microseconds.
    pub cpu: Relative,
    /// Requests per second.
    pub rate: Relative,
    /// The 99th percentile of the latency, in microseconds.
    pub p99: Relative,
    /// The median latency, in microseconds.
    pub p50: f64,
    /// Highest resident memory, in MiB.
    pub memory: f64,
    /// Errors of all rounds together.
    pub errors: u64,
    /// Whether it answered as many requests as an open loop asked for.
    pub kept_up: bool,
}

/// A figure, and what it is relative to the baseline's.
#[derive(Clone, Copy, Debug)]
pub struct Relative {
    /// The median.
    pub figure: f64,
    /// The ratios to the baseline, round by round; `None` if no round has both.
    pub ratio: Option<Interval>,
    /// The margin of equivalence, by the control.
    pub margin: f64,
    /// What the ratio says; `None` for the baseline, and for a server with errors.
    pub verdict: Option<Verdict>,
}

impl<'a> LoadComparison<'a> {
    /// Returns the result of a server.
    pub fn of(&self, name: &str) -> Option<&ServerEstimate<'a>> {
        self.estimates.iter().find(|estimate| estimate.server.name == name)
    }
}

/// A figure of a sample.
#[derive(Clone, Copy)]
struct Figure {
    of: fn(&ServerSample) -> f64,
    higher_is_better: bool,
}

const CPU: Figure = Figure { of: |one| one.cpu_us_per_request, higher_is_better: false };
const RATE: Figure = Figure { of: |one| one.load.requests_per_second, higher_is_better: true };
const P99: Figure = Figure { of: |one| one.load.p99_us, higher_is_better: false };

/// Compares the servers under every load: in closed loop, and then in open loop.
pub fn compare_servers(run: &ServerRun) -> Vec<LoadComparison<'_>> {
    let key = |sample: &ServerSample| (sample.rate, sample.mode, sample.connections);
    let loads: BTreeSet<_> = run.samples.iter().map(key).collect();
    let of_load = |load| {
        let samples: Vec<_> = run.samples.iter().filter(|sample| key(sample) == load).collect();
        load_comparison(run, load, &samples)
    };
    loads.into_iter().map(of_load).collect()
}

fn load_comparison<'a>(
    run: &'a ServerRun,
    (rate, mode, connections): (Option<u32>, Mode, u32),
    samples: &[&ServerSample],
) -> LoadComparison<'a> {
    let of = |name: &str| -> Vec<&ServerSample> {
        samples.iter().filter(|sample| sample.server == name).copied().collect()
    };
    let (baseline, control) = (of(&run.baseline), of(CONTROL));
    let measured = run.servers.iter().map(|server| (server, of(&server.name)));
    let mut estimates: Vec<_> = measured
        .filter(|(_, samples)| !samples.is_empty())
        .map(|(server, samples)| estimate(server, &samples, &baseline, &control))
        .collect();
    estimates.sort_by(|a, b| a.cpu.figure.total_cmp(&b.cpu.figure));
    LoadComparison { mode, connections, rate, estimates }
}

fn estimate<'a>(
    server: &'a ServerInfo,
    samples: &[&ServerSample],
    baseline: &[&ServerSample],
    control: &[&ServerSample],
) -> ServerEstimate<'a> {
    let errors = samples.iter().map(|sample| sample.load.errors()).sum();
    let is_baseline = baseline.iter().any(|one| one.server == server.name);
    let relative = |figure: Figure| {
        let ratio = ratios(figure, samples, baseline).map(|ratios| median_interval(&ratios));
        let margin =
            ratios(figure, control, baseline).map_or(LEAST_MARGIN, |ratios| margin(&ratios));
        let judged = ratio.filter(|_| errors == 0 && !is_baseline);
        let verdict = judged.map(|ratio| {
            // Lower is better for a verdict.
            let cost = if figure.higher_is_better { inverse(ratio) } else { ratio };
            Verdict::of(&cost, margin)
        });
        Relative { figure: of_all(samples, figure.of), ratio, margin, verdict }
    };
    let asked = samples.iter().find_map(|sample| sample.rate);
    let rate = relative(RATE);
    ServerEstimate {
        server,
        cpu: relative(CPU),
        rate,
        p99: relative(P99),
        p50: of_all(samples, |one| one.load.p50_us),
        memory: of_all(samples, |one| one.peak_rss_kib as f64 / 1024.0),
        errors,
        kept_up: asked.is_none_or(|asked| rate.figure >= KEPT_UP * f64::from(asked)),
    }
}

fn of_all(samples: &[&ServerSample], figure: fn(&ServerSample) -> f64) -> f64 {
    median(samples.iter().map(|sample| figure(sample)))
}

/// Returns the ratios of two servers' figures within each round that has both; `None` if none has.
fn ratios(figure: Figure, of: &[&ServerSample], to: &[&ServerSample]) -> Option<Vec<f64>> {
    let ratio = |sample: &&ServerSample| {
        let other = to.iter().find(|other| other.round == sample.round)?;
        Some((figure.of)(sample) / (figure.of)(other))
    };
    let ratios: Vec<f64> = of.iter().filter_map(ratio).collect();
    (!ratios.is_empty()).then_some(ratios)
}

fn inverse(ratio: Interval) -> Interval {
    let Interval { low, middle, high, coverage } = ratio;
    Interval { low: high.recip(), middle: middle.recip(), high: low.recip(), coverage }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::servers;

    #[test]
    fn server_ratios_are_within_rounds_and_errors_summed() {
        // The machine becomes slower, but nginx serves half as much in each round.
        let run = servers();
        let comparisons = compare_servers(&run);
        let of = |name| comparisons[0].of(name).expect("it took part");
        assert_eq!(of("hello").rate.ratio.map(|ratio| ratio.middle), Some(1.0));
        let nginx = of("nginx").rate.ratio.map(|ratio| (ratio.low, ratio.middle, ratio.high));
        assert_eq!(nginx, Some((0.5, 0.5, 0.5)));
        assert_eq!((of("hello").errors, of("chapter").errors), (0, 14));
    }

    #[test]
    fn server_has_a_word_for_each_figure() {
        let run = servers();
        let comparisons = compare_servers(&run);
        let words = |name| {
            let one = comparisons[0].of(name).expect("it took part");
            [one.cpu, one.rate, one.p99].map(|relative| relative.verdict)
        };
        use Verdict::{Better, Equivalent, Worse};
        assert_eq!(words("nginx"), [Some(Better), Some(Worse), Some(Equivalent)]);
        assert_eq!(words("hello-textbook"), [Some(Equivalent); 3]);
        assert_eq!(words("hello"), [None; 3], "it is the baseline");
        assert_eq!(words("chapter"), [None; 3], "it has errors");
    }

    #[test]
    fn control_of_servers_sets_the_margin() {
        let mut run = servers();
        let controls = run.samples.iter_mut().filter(|sample| sample.server == CONTROL);
        controls.for_each(|sample| sample.cpu_us_per_request *= 1.2);
        let comparisons = compare_servers(&run);
        let nginx = comparisons[0].of("nginx").expect("it took part");
        assert!((nginx.cpu.margin - 0.2).abs() < 1e-9, "{nginx:?}");
        assert_eq!(nginx.rate.margin, LEAST_MARGIN);
        assert!(comparisons.iter().all(|one| one.of(CONTROL).is_none()));
        run.samples.retain(|sample| sample.server != CONTROL);
        let comparisons = compare_servers(&run);
        assert_eq!(comparisons[0].estimates[0].cpu.margin, LEAST_MARGIN);
    }

    #[test]
    fn servers_stand_by_their_cpu_time() {
        let run = servers();
        let comparisons = compare_servers(&run);
        assert_eq!(comparisons[0].estimates[0].server.name, "nginx");
    }

    #[test]
    fn server_that_answers_too_few_cannot_keep_up() {
        let run = servers();
        let comparisons = compare_servers(&run);
        let open = comparisons.last().expect("open loops come last");
        assert_eq!(open.rate, Some(10));
        let kept_up = |name| open.of(name).expect("it took part").kept_up;
        assert!(kept_up("hello") && !kept_up("nginx"));
        assert!(comparisons[0].of("nginx").expect("it took part").kept_up, "in closed loop");
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
