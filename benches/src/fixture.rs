//! A made-up record for tests: the same every time, and of known ratios.

use crate::contender::{CONTENDERS, Side};
use crate::environment::Environment;
use crate::record::{Asked, Curve, Entrant, FORMAT, Question, Record, Settings, Timeline};
use crate::workload::{Metric, Span, WORKLOADS};

/// Who is in it, and through how much of the baseline's time everything takes.
const COST: &[(&str, f64)] =
    &[("condvar", 0.5), ("textbook", 3.0), ("mpsc", 1.0), ("crossbeam", 0.502), ("flume", 1.4), ("one-thread", 0.2)];

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
            "empty-1" => &[Metric::Time, Metric::Cpu, Metric::Sleeps, Metric::Wakes, Metric::FalseWakes],
            _ => &[Metric::Time, Metric::Cpu, Metric::Sleeps],
        };
        for workers in [2, 8] {
            for metric in metrics {
                let mut question = Question { workload: workload.into(), workers, metric: *metric, samples: [].into() };
                for (name, cost) in COST {
                    if workload == "drop" && *name == "one-thread" {
                        continue;
                    }
                    let of_round = |_| 1_000.0 * cost * factor(name, workload) * (1.0 + 0.03 * (random.f64() - 0.5));
                    question.samples.insert((*name).into(), (0..rounds).map(of_round).collect());
                }
                questions.push(question);
            }
            if workload == "open-loop" {
                curves.extend(COST.iter().map(|(name, cost)| Curve {
                    workload: workload.into(),
                    workers,
                    contender: (*name).into(),
                    jobs: 1_000,
                    points:
                        [0.0, 0.5, 0.9, 0.99, 0.999, 1.0].map(|share| (share, 1e3 * cost * (1.0 + 9.0 * share))).into(),
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
            contender: "mpsc".into(),
            spans: vec![span(0, 0), span(1, 50_000), span(0, 100_000)],
        }],
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
