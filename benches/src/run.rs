//! In which order samples are taken.

use crate::apart;
use crate::contender::Contender;
use crate::environment::{self, Environment};
use crate::noise;
use crate::record::{Asked, Curve, Entrant, FORMAT, Question, Record, Settings, Timeline};
use crate::stats::percentile;
use crate::workload::{Metric, Sample, Setup, Workload, calibrate, pace};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What to measure.
pub struct Plan {
    /// Who takes part.
    pub contenders: Vec<&'static Contender>,
    /// What they must do.
    pub workloads: Vec<&'static Workload>,
    /// The contender to which ratios are taken.
    pub baseline: &'static str,
    /// With how many workers, where the workload does not say.
    pub workers: Vec<usize>,
    /// How often.
    pub rounds: usize,
    /// What the random order and random workloads start from.
    pub seed: u64,
    /// How much of each workload's jobs a sample submits: 1 for all.
    pub effort: f64,
}

/// How far a run is.
pub struct Step<'a> {
    /// Samples taken.
    pub done: usize,
    /// Samples to take.
    pub all: usize,
    /// Which round; 0 is the warm-up.
    pub round: usize,
    /// What is asked now.
    pub workload: &'a str,
    /// Who is asked now.
    pub contender: &'a str,
    /// How long the rest will take, once a round has shown how long each sample takes.
    pub left: Option<Duration>,
}

/// Which workload, with how many workers, which of its metrics.
type Key = (usize, usize, Metric);

/// What the samples add up to.
#[derive(Default)]
struct Tally {
    values: BTreeMap<Key, BTreeMap<usize, Vec<f64>>>,
    delays: BTreeMap<(usize, usize, usize), Vec<u64>>,
    timelines: BTreeMap<(usize, usize, usize), Sample>,
}

impl Tally {
    fn add(&mut self, (workload, workers): (usize, usize), contender: usize, mut sample: Sample) {
        for (metric, value) in sample.values.drain(..) {
            let row = self.values.entry((workload, workers, metric)).or_default();
            row.entry(contender).or_default().push(value);
        }
        let key = (workload, workers, contender);
        if !sample.delays.is_empty() {
            self.delays.entry(key).or_default().append(&mut sample.delays);
        }
        if !sample.spans.is_empty() {
            self.timelines.insert(key, sample);
        }
    }
}

impl Plan {
    /// Takes every sample, or those of whole rounds until `stop` is set. `watch` is told before each.
    ///
    /// Every contender meets every workload in every round, in an order that is shuffled anew each time, so that a
    /// disturbance of the machine falls on whoever happens to run and not on one of them.
    ///
    /// # Errors
    ///
    /// Fails if a sample that needs a process of its own gets none.
    pub fn run(&self, stop: &AtomicBool, mut watch: impl FnMut(&Step<'_>)) -> io::Result<Record> {
        let mut environment = Environment::here();
        calibrate();
        let cells = self.cells();
        let mut tally = Tally::default();
        let mut random = fastrand::Rng::with_seed(self.seed);
        let mut paces = Vec::new();
        let mut took = vec![Duration::ZERO; cells.len() * self.contenders.len()];
        let mut rounds_done = 0;
        // The first round warms the machine and is not kept.
        'rounds: for round in 0..=self.rounds {
            let pace = pace();
            let mut samples = Vec::new();
            for (cell, (workload, workers)) in cells.iter().copied().enumerate() {
                let setup = Setup { workers, seed: random.u64(..), effort: self.effort };
                let mut order: Vec<_> = (0..self.contenders.len()).collect();
                random.shuffle(&mut order);
                for contender in order {
                    if stop.load(Ordering::Relaxed) {
                        break 'rounds;
                    }
                    let (what, who) = (self.workloads[workload], self.contenders[contender]);
                    let whole: Duration = took.iter().sum();
                    let rest: Duration = took[cell * self.contenders.len()..].iter().sum();
                    watch(&Step {
                        done: round * took.len() + samples.len(),
                        all: (self.rounds + 1) * took.len(),
                        round,
                        workload: what.name,
                        contender: who.name,
                        left: (round > 0).then(|| rest + whole * (self.rounds - round) as u32),
                    });
                    let start = Instant::now();
                    let sample = if what.is_apart() {
                        apart::sample(who, what, &setup, stop)?
                    } else {
                        (who.measure)(what, &setup)
                    };
                    took[cell * self.contenders.len() + contender] = start.elapsed();
                    samples.push(((workload, workers), contender, sample));
                }
            }
            if round > 0 {
                paces.push(pace);
                samples.into_iter().for_each(|(cell, contender, sample)| tally.add(cell, contender, sample));
                rounds_done = round;
            }
        }
        environment.load_after = environment::load();
        let mut record = self.record(environment, tally, rounds_done);
        record.pace = paces;
        record.warnings = noise::warnings(&record);
        Ok(record)
    }

    /// Every workload with every number of workers it is to run with.
    fn cells(&self) -> Vec<(usize, usize)> {
        let mut cells = Vec::new();
        for (index, workload) in self.workloads.iter().enumerate() {
            match workload.workers {
                Some(workers) => cells.push((index, workers)),
                None => cells.extend(self.workers.iter().map(|workers| (index, *workers))),
            }
        }
        cells
    }

    fn record(&self, environment: Environment, tally: Tally, rounds_done: usize) -> Record {
        let who = |contender: usize| self.contenders[contender].name.to_owned();
        let what = |workload: usize| self.workloads[workload].name.to_owned();
        let questions = tally.values.into_iter().map(|((workload, workers, metric), rows)| Question {
            workload: what(workload),
            workers,
            metric,
            samples: rows
                .into_iter()
                .map(|(id, values)| (who(id), values.into_iter().map(five_digits).collect()))
                .collect(),
        });
        let curves = tally.delays.into_iter().map(|((workload, workers, contender), mut delays)| {
            delays.sort_unstable();
            let points = SHARES.iter().map(|share| (*share, percentile(&delays, *share))).collect();
            Curve { workload: what(workload), workers, contender: who(contender), jobs: delays.len(), points }
        });
        let timelines = tally.timelines.into_iter().map(|((workload, workers, contender), sample)| Timeline {
            workload: what(workload),
            workers,
            contender: who(contender),
            spans: sample.spans,
        });
        Record {
            format: FORMAT,
            environment,
            settings: Settings {
                baseline: self.baseline.to_owned(),
                workers: self.workers.clone(),
                rounds: self.rounds,
                rounds_done,
                seed: self.seed,
                effort: self.effort,
            },
            warnings: Vec::new(),
            pace: Vec::new(),
            contenders: (self.contenders.iter())
                .map(|one| Entrant { name: one.name.into(), mechanism: one.mechanism.into(), side: one.side })
                .collect(),
            workloads: (self.workloads.iter())
                .map(|one| Asked { name: one.name.into(), question: one.question.into() })
                .collect(),
            questions: questions.collect(),
            curves: curves.collect(),
            timelines: timelines.collect(),
            http: None,
        }
    }
}

/// Where a curve has its points: closer together the further out they are, as that is where pools differ.
const SHARES: &[f64] = &[
    0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98, 0.985, 0.99, 0.9925,
    0.995, 0.9965, 0.998, 0.9985, 0.999, 1.0,
];

/// As exactly as anybody can measure, and no more: digits that mean nothing would be most of the file.
fn five_digits(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}
