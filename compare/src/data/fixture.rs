//! Records for tests, with known ratios and the same samples in every run.

use super::*;

/// The strategies, their groups, and their figures relative to the baseline's.
const COST: &[(&str, Group, f64)] = &[
    ("condvar", Group::Ours, 0.5),
    ("textbook", Group::Study, 3.0),
    ("mpsc", Group::Study, 1.0),
    ("crossbeam", Group::Peer, 0.502),
    ("flume", Group::Peer, 1.4),
    ("one-thread", Group::Reference, 0.2),
];

const ROUNDS: usize = 15;

/// Returns a record whose samples vary by three percent.
pub(crate) fn record() -> Record {
    record_where(1, |_, _| 1.0)
}

/// Returns the same record with another seed, and with the figures of a strategy under a workload
/// multiplied by a factor.
pub(crate) fn record_where(seed: u64, factor: impl Fn(&str, &str) -> f64) -> Record {
    let mut random = fastrand::Rng::with_seed(seed);
    let workloads = ["empty-1", "spin-1us", "open-loop", "straggler", "drop", "idle"];
    let mut record = Record::without_strategies(Environment {
        cpu: Some("A <fine> processor".into()),
        cores: 8,
        virtual_machine: Some(false),
        load_before: Some(0.1),
        opt_level: "3".into(),
        ..Environment::here()
    });
    record.settings = Settings {
        baseline: "mpsc".into(),
        workers: vec![2, 8],
        rounds: ROUNDS,
        rounds_done: ROUNDS,
        seed,
        scale: 1.0,
    };
    record.pace = vec![1e6; ROUNDS];
    record.strategies = COST.iter().map(|(name, group, _)| strategy(name, *group)).collect();
    record.workloads = workloads.map(workload).into();
    for name in workloads {
        for workers in [2, 8] {
            for metric in metrics(name) {
                let cost = |strategy: &str, cost: f64| cost * factor(strategy, name);
                record.measurements.push(measurement(&mut random, name, workers, *metric, cost));
            }
            if name == "open-loop" {
                record
                    .curves
                    .extend(COST.iter().map(|(name, _, cost)| curve(name, workers, *cost)));
            }
        }
    }
    let span = |worker, start| Span { worker, meant: start, start, end: start + 20_000 };
    record.timelines = vec![Timeline {
        workload: "straggler".into(),
        workers: 4,
        condition: Condition::Quiet,
        strategy: "mpsc".into(),
        spans: vec![span(0, 0), span(1, 50_000), span(0, 100_000)],
    }];
    record
}

fn metrics(workload: &str) -> &'static [Metric] {
    use Metric::{Cpu, FalseWakes, IdleCpu, Max, Median, P99, Time, VoluntarySwitches, Wakes};
    match workload {
        "open-loop" => &[Median, P99, VoluntarySwitches],
        "straggler" => &[Median, Max],
        "idle" => &[IdleCpu],
        "empty-1" => &[Time, Cpu, VoluntarySwitches, Wakes, FalseWakes],
        _ => &[Time, Cpu, VoluntarySwitches],
    }
}

fn measurement(
    random: &mut fastrand::Rng,
    workload: &str,
    workers: usize,
    metric: Metric,
    cost_of: impl Fn(&str, f64) -> f64,
) -> Measurement {
    let applies = |name: &str| workload != "drop" || name != "one-thread";
    let mut values = |name: &str, cost: f64| -> Vec<f64> {
        let of_round = |_| 1e3 * cost_of(name, cost) * (1.0 + 0.03 * (random.f64() - 0.5));
        (0..ROUNDS).map(of_round).collect()
    };
    let samples = COST.iter().filter(|(name, ..)| applies(name));
    Measurement {
        workload: workload.into(),
        workers,
        metric,
        condition: Condition::Quiet,
        samples: samples.map(|(name, _, cost)| ((*name).into(), values(name, *cost))).collect(),
        control: values(COST[0].0, COST[0].2),
        margin: Some(0.05),
    }
}

fn curve(strategy: &str, workers: usize, cost: f64) -> Curve {
    Curve {
        workload: "open-loop".into(),
        workers,
        condition: Condition::Quiet,
        strategy: strategy.into(),
        jobs: 1_200 * ROUNDS,
        points: [0.0, 0.5, 0.9, 0.99, 0.999, 1.0]
            .map(|share| (share, 1e3 * cost * (1.0 + 9.0 * share)))
            .into(),
    }
}

fn strategy(name: &str, group: Group) -> StrategyInfo {
    StrategyInfo { name: name.into(), mechanism: format!("the mechanism of {name}"), group }
}

fn workload(name: &str) -> WorkloadInfo {
    WorkloadInfo { name: name.into(), description: format!("the cost of {name}") }
}

impl Record {
    /// Returns the record with the measurements of another as its own under the condition busy.
    pub(crate) fn and_busy(mut self, busy: Self) -> Self {
        let condition = Condition::Busy;
        let measurements = busy.measurements.into_iter();
        self.measurements.extend(measurements.map(|one| Measurement { condition, ..one }));
        self.curves.extend(busy.curves.into_iter().map(|one| Curve { condition, ..one }));
        self.timelines.extend(busy.timelines.into_iter().map(|one| Timeline { condition, ..one }));
        self
    }
}

/// A workload and metric under a condition, and the figures without the one and the other rule
/// relative to the whole queue's.
type Ablated<'a> = (&'a str, Metric, Condition, [f64; 2]);

/// Returns an ablation of the rules spin and backoff in eleven rounds. Each round is twice as slow
/// as the one before, so that only figures of the same round can be compared.
pub(crate) fn ablation() -> Record {
    let measurements: [Ablated<'_>; 5] = [
        ("sparse-60", Metric::Median, Condition::Quiet, [1.5, 1.0]),
        ("sparse-60", Metric::Cpu, Condition::Quiet, [0.5, 1.04]),
        ("sparse-60", Metric::Median, Condition::Busy, [3.0, 1.2]),
        ("sparse-60", Metric::VoluntarySwitches, Condition::Quiet, [9.0, 9.0]),
        ("empty-1", Metric::Time, Condition::Quiet, [1.0, 2.0]),
    ];
    let rounds =
        |factor: f64| (0..11).map(|round| 100.0 * f64::from(1 << round) * factor).collect();
    let names = [WHOLE, "without-spin", "without-backoff"];
    let measurement = |(workload, metric, condition, [spin, backoff]): Ablated<'_>| Measurement {
        workload: workload.into(),
        workers: 8,
        metric,
        condition,
        samples: names
            .map(str::to_owned)
            .into_iter()
            .zip([1.0, spin, backoff].map(rounds))
            .collect(),
        control: Vec::new(),
        margin: None,
    };
    let mut record = Record::without_strategies(Environment::here());
    record.settings.baseline = WHOLE.into();
    record.settings.rounds_done = 11;
    record.strategies = names.map(|name| strategy(name, Group::Variant)).into();
    record.workloads = ["empty-1", "sparse-60"].map(workload).into();
    record.measurements = measurements.map(measurement).into();
    record
}

/// Returns samples of servers on a machine that becomes slower. A peer serves half as much as ours,
/// in less CPU time; the chapter's serves more, but with errors. The control is as ours.
pub(crate) fn servers() -> ServerRun {
    let servers = [
        ("hello", Group::Ours, 1.0),
        ("hello-textbook", Group::Study, 1.0),
        ("nginx", Group::Peer, 0.5),
        ("chapter", Group::Peer, 1.5),
    ];
    let measured =
        || servers.iter().map(|(name, _, share)| (*name, *share)).chain([(CONTROL, 1.0)]);
    let mut samples = Vec::new();
    for (round, speed) in (1..).zip([100.0, 50.0, 10.0, 9.0, 8.0, 7.0, 6.0]) {
        for (name, share) in measured() {
            for connections in [2, 32] {
                samples.push(server_sample(name, connections, round, speed * share));
                if name != "chapter" {
                    let mut sample = server_sample(name, connections, round, speed * share);
                    sample.mode = Mode::KeepAlive;
                    samples.push(sample);
                }
            }
            let mut sample = server_sample(name, 256, round, 10.0 * share);
            sample.rate = Some(10);
            samples.push(sample);
        }
    }
    let info = |(name, group, _): (&str, Group, f64)| ServerInfo {
        name: name.into(),
        mechanism: String::new(),
        group,
    };
    ServerRun {
        environment: Environment { commit: Some("3fba612767c8".into()), ..Environment::here() },
        baseline: "hello".into(),
        seconds: 1,
        rounds: 7,
        seed: 1,
        servers: servers.map(info).into(),
        samples,
    }
}

fn server_sample(name: &str, connections: u32, round: u32, rate: f64) -> ServerSample {
    ServerSample {
        server: name.into(),
        mode: Mode::Close,
        connections,
        rate: None,
        round,
        load: Load {
            requests: 100,
            requests_per_second: rate,
            p50_us: 1e3,
            p90_us: 2e3,
            p99_us: 3e3,
            connect_errors: 0,
            read_errors: if name == "chapter" { 2 } else { 0 },
            write_errors: 0,
            timeouts: 0,
            bad_statuses: 0,
        },
        cpu_us_per_request: if name == "nginx" { 8.0 } else { 10.0 },
        cores_taken_by_others: 0.0,
        rss_kib: 1024,
        peak_rss_kib: 2048,
    }
}
