//! A made-up record for tests: the same every time, and of known ratios.

use crate::condition::Condition;
use crate::contender::{CONTENDERS, Side};
use crate::environment::Environment;
use crate::record::{Asked, Curve, Entrant, FORMAT, Question, Record, Settings, Timeline};
use crate::servers::{Load, Mode, Sample, Server, Servers};
use crate::workload::{Metric, Span, WORKLOADS};

/// Who is in it, and through how much of the baseline's time everything takes.
const COST: &[(&str, f64)] = &[
    ("condvar", 0.5),
    ("textbook", 3.0),
    ("mpsc", 1.0),
    ("crossbeam", 0.502),
    ("flume", 1.4),
    ("one-thread", 0.2),
];

/// A record whose samples vary by three percent.
pub(crate) fn record() -> Record {
    record_where(1, |_, _| 1.0)
}

/// The same with another seed, and with the cost of a contender under a workload multiplied.
pub(crate) fn record_where(seed: u64, factor: impl Fn(&str, &str) -> f64) -> Record {
    let mut random = fastrand::Rng::with_seed(seed);
    let asked = ["empty-1", "spin-1us", "open-loop", "straggler", "drop", "idle"];
    let rounds = 15;
    let mut questions = Vec::new();
    let mut curves = Vec::new();
    for workload in asked {
        let metrics: &[Metric] = match workload {
            "open-loop" => &[Metric::Median, Metric::P99, Metric::Sleeps],
            "straggler" => &[Metric::Median, Metric::Max],
            "idle" => &[Metric::IdleCpu],
            "empty-1" => {
                &[Metric::Time, Metric::Cpu, Metric::Sleeps, Metric::Wakes, Metric::FalseWakes]
            }
            _ => &[Metric::Time, Metric::Cpu, Metric::Sleeps],
        };
        for workers in [2, 8] {
            for metric in metrics {
                let mut question = Question {
                    workload: workload.into(),
                    workers,
                    metric: *metric,
                    condition: Condition::Quiet,
                    samples: [].into(),
                };
                for (name, cost) in COST {
                    if workload == "drop" && *name == "one-thread" {
                        continue;
                    }
                    let of_round = |_| {
                        1_000.0
                            * cost
                            * factor(name, workload)
                            * (1.0 + 0.03 * (random.f64() - 0.5))
                    };
                    question.samples.insert((*name).into(), (0..rounds).map(of_round).collect());
                }
                questions.push(question);
            }
            if workload == "open-loop" {
                curves.extend(COST.iter().map(|(name, cost)| {
                    Curve {
                        workload: workload.into(),
                        workers,
                        condition: Condition::Quiet,
                        contender: (*name).into(),
                        jobs: 1_000,
                        points: [0.0, 0.5, 0.9, 0.99, 0.999, 1.0]
                            .map(|share| (share, 1e3 * cost * (1.0 + 9.0 * share)))
                            .into(),
                    }
                }));
            }
        }
    }
    let span = |worker, start| Span { worker, meant: start, start, end: start + 20_000 };
    Record {
        format: FORMAT,
        environment: Environment {
            cpu: Some("A <fine> processor".into()),
            cores: 8,
            virtual_machine: Some(false),
            load_before: Some(0.1),
            opt_level: "3".into(),
            ..Environment::here()
        },
        settings: Settings {
            baseline: "mpsc".into(),
            workers: vec![2, 8],
            rounds,
            rounds_done: rounds,
            seed,
            effort: 1.0,
        },
        warnings: Vec::new(),
        pace: vec![1e6; rounds],
        contenders: COST.iter().map(|(name, _)| entrant(name)).collect(),
        workloads: asked.map(question_of).into(),
        questions,
        curves,
        timelines: vec![Timeline {
            workload: "straggler".into(),
            workers: 4,
            condition: Condition::Quiet,
            contender: "mpsc".into(),
            spans: vec![span(0, 0), span(1, 50_000), span(0, 100_000)],
        }],
        http: None,
    }
}

impl Record {
    /// The same record with what another one found as what it found beside busy processes.
    pub(crate) fn and_busy(mut self, busy: Self) -> Self {
        let condition = Condition::Busy;
        self.questions.extend(busy.questions.into_iter().map(|one| Question { condition, ..one }));
        self.curves.extend(busy.curves.into_iter().map(|one| Curve { condition, ..one }));
        self.timelines.extend(busy.timelines.into_iter().map(|one| Timeline { condition, ..one }));
        self
    }
}

/// What servers did while the machine became slower: a peer half as much as ours, the chapter's
/// more, but with errors.
pub(crate) fn servers() -> Servers {
    let field = [
        ("hello", Side::Ours, 1.0),
        ("hello-textbook", Side::Study, 1.0),
        ("nginx", Side::Peer, 0.5),
        ("chapter", Side::Peer, 1.5),
    ];
    let mut samples = Vec::new();
    for (mode, connections) in
        [(Mode::Close, 2), (Mode::Close, 32), (Mode::KeepAlive, 2), (Mode::KeepAlive, 32)]
    {
        for (round, speed) in [(1, 100.0), (2, 50.0), (3, 10.0)] {
            let able = field.iter().filter(|(name, ..)| mode == Mode::Close || *name != "chapter");
            samples.extend(able.map(|(name, _, share)| Sample {
                server: (*name).into(),
                mode,
                connections,
                round,
                load: Load {
                    requests: 100,
                    requests_per_second: speed * share,
                    p50_us: 1e3,
                    p90_us: 2e3,
                    p99_us: 3e3,
                    connect_errors: 0,
                    read_errors: if *name == "chapter" { 2 } else { 0 },
                    write_errors: 0,
                    timeouts: 0,
                    bad_statuses: 0,
                },
                cpu_us_per_request: 10.0,
                cores_taken_by_others: 0.0,
                rss_kib: 1024,
                peak_rss_kib: 2048,
            }));
        }
    }
    let server = |(name, side, _): (&str, Side, f64)| Server {
        name: name.into(),
        mechanism: String::new(),
        side,
    };
    Servers {
        environment: Environment::here(),
        baseline: "hello".into(),
        seconds: 1,
        rounds: 3,
        seed: 1,
        servers: field.map(server).into(),
        samples,
    }
}

fn entrant(name: &str) -> Entrant {
    let known = CONTENDERS.iter().find(|contender| contender.name == name);
    let (mechanism, side) = known.map_or(("", Side::Study), |known| (known.mechanism, known.side));
    Entrant { name: name.into(), mechanism: mechanism.into(), side }
}

fn question_of(name: &str) -> Asked {
    let known = WORKLOADS.iter().find(|workload| workload.name == name);
    Asked { name: name.into(), question: known.map_or("", |known| known.question).into() }
}
