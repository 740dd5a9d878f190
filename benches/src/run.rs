//! In which order samples are taken.

use crate::busy::BusyProcesses;
use crate::condition::Condition;
use crate::contender::Contender;
use crate::environment::{self, Environment};
use crate::noise;
use crate::record::{Asked, Curve, Entrant, FORMAT, Question, Record, Settings, Timeline};
use crate::stats::percentile;
use crate::subprocess;
use crate::workload::{Metric, Sample, Setup, Workload, calibrate, pace};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, io, thread};

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
    /// Under which conditions.
    pub conditions: Vec<Condition>,
    /// Whether every sample is taken in a process of its own, also where neither workload nor
    /// condition asks for one.
    pub subprocesses: bool,
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
    /// Under which condition.
    pub condition: Condition,
    /// Who is asked now.
    pub contender: &'a str,
    /// How long the rest will take, once a round has shown how long each sample takes.
    pub left: Option<Duration>,
}

/// What every contender is asked once in a round.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    condition: Condition,
    /// Its place in the plan's list.
    workload: usize,
    workers: usize,
}

/// The samples of a round, each with its contender's place in the plan's list.
type Round = Vec<(Cell, usize, Sample)>;

/// How long each sample took when it was last taken.
struct Took {
    contenders: usize,
    times: Vec<Duration>,
}

impl Took {
    /// How long the samples from this one on will take, and after them so many rounds.
    fn left(&self, sample: usize, rounds: usize) -> Duration {
        let whole: Duration = self.times.iter().sum();
        // Contenders meet a cell in another order each time, so the whole cell counts.
        let rest: Duration = self.times[sample - sample % self.contenders..].iter().sum();
        rest + whole * rounds as u32
    }
}

/// What the samples add up to.
#[derive(Default)]
struct Tally {
    values: BTreeMap<(Cell, Metric), BTreeMap<usize, Vec<f64>>>,
    delays: BTreeMap<(Cell, usize), Vec<u64>>,
    timelines: BTreeMap<(Cell, usize), Sample>,
}

impl Tally {
    fn add(&mut self, cell: Cell, contender: usize, mut sample: Sample) {
        for (metric, value) in sample.values.drain(..) {
            let row = self.values.entry((cell, metric)).or_default();
            row.entry(contender).or_default().push(value);
        }
        if !sample.delays.is_empty() {
            self.delays.entry((cell, contender)).or_default().append(&mut sample.delays);
        }
        if !sample.spans.is_empty() {
            self.timelines.insert((cell, contender), sample);
        }
    }
}

impl Plan {
    /// Takes every sample, or those of whole rounds until `stop` is set. `watch` is told before
    /// each.
    ///
    /// Every contender meets every workload in every round, in an order that is shuffled anew each
    /// time, so that a disturbance of the machine falls on whoever happens to run and not on one of
    /// them.
    ///
    /// # Errors
    ///
    /// Fails if a sample that needs a process of its own gets none, or a condition cannot be had.
    pub fn run(&self, stop: &AtomicBool, mut watch: impl FnMut(&Step<'_>)) -> io::Result<Record> {
        let mut environment = Environment::here();
        calibrate();
        let mut tally = Tally::default();
        let mut random = fastrand::Rng::with_seed(self.seed);
        let samples = self.cells().len() * self.contenders.len();
        let mut took =
            Took { contenders: self.contenders.len(), times: vec![Duration::ZERO; samples] };
        let mut paces = Vec::new();
        // The first round warms the machine and is not kept.
        for round in 0..=self.rounds {
            let pace = pace();
            let Some(samples) = self.round(round, &mut random, &mut took, stop, &mut watch)? else {
                break;
            };
            if round > 0 {
                paces.push(pace);
                samples
                    .into_iter()
                    .for_each(|(cell, contender, sample)| tally.add(cell, contender, sample));
            }
        }
        environment.load_after = environment::load();
        let mut record = self.record(environment, tally, paces.len());
        record.pace = paces;
        record.warnings = noise::warnings(&record);
        Ok(record)
    }

    /// Takes the samples of a round; `None` if `stop` was set before the last.
    fn round(
        &self,
        round: usize,
        random: &mut fastrand::Rng,
        took: &mut Took,
        stop: &AtomicBool,
        watch: &mut impl FnMut(&Step<'_>),
    ) -> io::Result<Option<Round>> {
        let mut samples = Vec::new();
        for block in self.cells().chunk_by(|a, b| a.condition == b.condition) {
            let _busy =
                (block[0].condition == Condition::Busy).then(start_busy_processes).transpose()?;
            for (cell, setup, contender) in
                block.iter().flat_map(|cell| self.shuffled(*cell, random))
            {
                if stop.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                let index = samples.len();
                watch(&Step {
                    done: round * took.times.len() + index,
                    all: (self.rounds + 1) * took.times.len(),
                    round,
                    workload: self.workloads[cell.workload].name,
                    condition: cell.condition,
                    contender: self.contenders[contender].name,
                    left: (round > 0).then(|| took.left(index, self.rounds - round)),
                });
                let start = Instant::now();
                samples.push((cell, contender, self.sample(cell, contender, &setup, stop)?));
                took.times[index] = start.elapsed();
            }
        }
        Ok(Some(samples))
    }

    /// Every contender's turn at one cell.
    fn shuffled(&self, cell: Cell, random: &mut fastrand::Rng) -> Vec<(Cell, Setup, usize)> {
        let effort = self.effort * self.workloads[cell.workload].scale(cell.condition);
        let setup = Setup { workers: cell.workers, seed: random.u64(..), effort };
        let mut order: Vec<_> =
            (0..self.contenders.len()).map(|contender| (cell, setup, contender)).collect();
        random.shuffle(&mut order);
        order
    }

    fn sample(
        &self,
        cell: Cell,
        contender: usize,
        setup: &Setup,
        stop: &AtomicBool,
    ) -> io::Result<Sample> {
        let (what, who) = (self.workloads[cell.workload], self.contenders[contender]);
        if self.subprocesses || what.needs_subprocess() || !cell.condition.is_quiet() {
            subprocess::sample(who, what, cell.condition, setup, stop)
        } else {
            Ok(who.sample(what, setup))
        }
    }

    /// Every workload with every number of workers it is to run with, condition by condition.
    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for condition in self.conditions.iter().copied() {
            let asked = self
                .workloads
                .iter()
                .enumerate()
                .filter(|(_, workload)| workload.is_asked(condition));
            for (index, workload) in asked {
                let fixed = workload.workers.as_slice();
                let numbers = if fixed.is_empty() { &self.workers } else { fixed };
                cells.extend(numbers.iter().map(|workers| Cell {
                    condition,
                    workload: index,
                    workers: *workers,
                }));
            }
        }
        cells
    }

    fn record(&self, environment: Environment, tally: Tally, rounds_done: usize) -> Record {
        let who = |contender: usize| self.contenders[contender].name.to_owned();
        let what = |workload: usize| self.workloads[workload].name.to_owned();
        let questions = tally.values.into_iter().map(|((cell, metric), rows)| Question {
            workload: what(cell.workload),
            workers: cell.workers,
            metric,
            condition: cell.condition,
            samples: rows
                .into_iter()
                .map(|(id, values)| (who(id), values.into_iter().map(five_digits).collect()))
                .collect(),
        });
        let curves = tally.delays.into_iter().map(|((cell, contender), mut delays)| {
            delays.sort_unstable();
            let points = SHARES.iter().map(|share| (*share, percentile(&delays, *share))).collect();
            let (workload, contender) = (what(cell.workload), who(contender));
            Curve {
                workload,
                workers: cell.workers,
                condition: cell.condition,
                contender,
                jobs: delays.len(),
                points,
            }
        });
        let timelines = tally.timelines.into_iter().map(|((cell, contender), sample)| Timeline {
            workload: what(cell.workload),
            workers: cell.workers,
            condition: cell.condition,
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
                .map(|one| Entrant {
                    name: one.name.into(),
                    mechanism: one.mechanism.into(),
                    side: one.side,
                })
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

/// As many busy processes as there are cores.
fn start_busy_processes() -> io::Result<BusyProcesses> {
    BusyProcesses::start(&env::current_exe()?, thread::available_parallelism()?.get())
}

/// Where a curve has its points: closer together the further out they are, as that is where pools
/// differ.
const SHARES: &[f64] = &[
    0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98,
    0.985, 0.99, 0.9925, 0.995, 0.9965, 0.998, 0.9985, 0.999, 1.0,
];

/// As exactly as anybody can measure, and no more: digits that mean nothing would be most of the
/// file.
fn five_digits(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}
