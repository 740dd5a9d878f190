//! Takes the samples of a plan, round by round, and makes a record of them.
//!
//! In every round each strategy is measured under each workload once, in an order that is shuffled
//! anew, so that a disturbance of the machine hits strategies at random.

pub mod busy;
mod collected;
pub mod subprocess;
mod trace;

use crate::analysis::warnings::warnings;
use crate::data::{Condition, Group, Record, Sample, Settings, load};
use crate::machine;
use crate::strategies::Strategy;
use crate::workloads::{Setup, Workload, calibrate, pace, recalibrate};
use busy::BusyProcesses;
use collected::Collected;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, io, thread};
pub use trace::TracePlan;

/// About how long a subprocess takes to start.
const SUBPROCESS: Duration = Duration::from_millis(10);

/// What to measure.
#[derive(Debug)]
pub struct Plan {
    /// The strategies.
    pub strategies: Vec<&'static Strategy>,
    /// The workloads.
    pub workloads: Vec<&'static Workload>,
    /// The strategy to which ratios are taken.
    pub baseline: &'static str,
    /// Numbers of workers, sorted. Some workloads have the largest of them, or a number of their own.
    pub workers: Vec<usize>,
    /// Number of rounds.
    pub rounds: usize,
    /// Seed of the random order and of random workloads.
    pub seed: u64,
    /// Factor by which the length of each sample is multiplied; 1 in a full run.
    pub scale: f64,
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// Whether every sample is taken in a subprocess, and not only those whose workload or condition
    /// needs one. A strategy that this program does not know by name can have none.
    pub subprocesses: bool,
    /// Whether the machine card is taken before and after the rounds.
    pub cards: bool,
}

/// The progress of a run.
#[derive(Debug)]
pub struct Step<'a> {
    /// Number of samples taken, those of the warm-up included.
    pub done: usize,
    /// Number of samples in the run.
    pub all: usize,
    /// The round; 0 is the warm-up.
    pub round: usize,
    /// The current workload.
    pub workload: &'a str,
    /// The current condition.
    pub condition: Condition,
    /// The current strategy.
    pub strategy: &'a str,
    /// Estimated time left; `None` in the warm-up.
    pub left: Option<Duration>,
}

/// A workload with a number of workers under a condition: every strategy is measured there once a
/// round.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    condition: Condition,
    /// Index in the plan's list.
    workload: usize,
    workers: usize,
}

/// The name of the control while it is measured.
const CONTROL: &str = "control";

/// The samples of a round, each with the index of its strategy. The index after the last is that of
/// the control.
type Round = Vec<(Cell, usize, Sample)>;

/// How long each sample of a round took last time.
struct Durations {
    strategies: usize,
    times: Vec<Duration>,
}

impl Durations {
    /// Estimates the time for the samples from an index on and for a number of further rounds.
    fn left(&self, sample: usize, rounds: usize) -> Duration {
        let whole: Duration = self.times.iter().sum();
        // The order within a cell differs from round to round, so the whole cell counts.
        let rest: Duration = self.times[sample - sample % self.strategies..].iter().sum();
        rest + whole * rounds as u32
    }
}

impl Plan {
    /// Takes all samples, or those of complete rounds until `stop` is set. `watch` is called before
    /// each sample.
    ///
    /// # Errors
    ///
    /// Fails if a subprocess fails, or if the system refuses a condition.
    pub fn run(&self, stop: &AtomicBool, mut watch: impl FnMut(&Step<'_>)) -> io::Result<Record> {
        let mut environment = machine::environment();
        let mut cards: Vec<_> = self.cards.then(machine::card).into_iter().collect();
        calibrate();
        let mut collected = Collected::default();
        let mut random = fastrand::Rng::with_seed(self.seed);
        let strategies = self.strategies.len() + 1;
        let times = vec![Duration::ZERO; self.cells().len() * strategies];
        let mut took = Durations { strategies, times };
        let mut paces = Vec::new();
        // The first round warms the machine and is not kept.
        for round in 0..=self.rounds {
            let pace = pace();
            let Some(samples) = self.round(round, &mut random, &mut took, stop, &mut watch)? else {
                break;
            };
            if round > 0 {
                paces.push(pace);
                collected.add(samples, self.strategies.len());
            }
        }
        // If Ctrl-C ended the run, its user does not wait for another card.
        cards.extend((self.cards && !stop.load(Ordering::Relaxed)).then(machine::card));
        environment.load_after = load();
        let mut record = collected.record(self, environment);
        record.settings = self.settings(paces.len());
        record.pace = paces;
        record.cards = cards;
        record.warnings = warnings(&record);
        Ok(record)
    }

    /// Returns the number of samples, the control and the warm-up included, and about how long they take.
    pub fn estimate(&self) -> (usize, Duration) {
        let samples = |cell: &Cell| {
            let workload = self.workloads[cell.workload];
            let setup = Setup { workers: cell.workers, seed: 0, scale: self.scale };
            let time = workload.estimate(&setup);
            let is_apart = self.needs_subprocess(workload, cell.condition);
            time + if is_apart { SUBPROCESS } else { Duration::ZERO }
        };
        let cells = self.cells();
        let round: Duration = cells.iter().map(samples).sum();
        let (strategies, rounds) = (self.strategies.len() + 1, self.rounds + 1);
        let cards = if self.cards { 2 * machine::CARD_TIME } else { Duration::ZERO };
        (cells.len() * strategies * rounds, cards + round * (strategies * rounds) as u32)
    }

    /// Takes the samples of a round; returns `None` if `stop` was set before the last.
    fn round(
        &self,
        round: usize,
        random: &mut fastrand::Rng,
        took: &mut Durations,
        stop: &AtomicBool,
        watch: &mut impl FnMut(&Step<'_>),
    ) -> io::Result<Option<Round>> {
        let mut samples = Vec::new();
        let steps = recalibrate();
        for block in self.cells().chunk_by(|a, b| a.condition == b.condition) {
            let _busy =
                (block[0].condition == Condition::Busy).then(start_busy_processes).transpose()?;
            for (cell, setup, strategy) in
                block.iter().flat_map(|cell| self.shuffled(*cell, random))
            {
                if stop.load(Ordering::Relaxed) {
                    return Ok(None);
                }
                let index = samples.len();
                watch(&self.step(round, index, cell, strategy, took));
                let start = Instant::now();
                let sample = self.sample(cell, strategy, &setup, steps, stop)?;
                samples.push((cell, strategy, sample));
                took.times[index] = start.elapsed();
            }
        }
        Ok(Some(samples))
    }

    fn step(
        &self,
        round: usize,
        index: usize,
        cell: Cell,
        strategy: usize,
        took: &Durations,
    ) -> Step<'_> {
        Step {
            done: round * took.times.len() + index,
            all: (self.rounds + 1) * took.times.len(),
            round,
            workload: self.workloads[cell.workload].name,
            condition: cell.condition,
            strategy: self.strategies.get(strategy).map_or(CONTROL, |strategy| strategy.name),
            left: (round > 0).then(|| took.left(index, self.rounds - round)),
        }
    }

    /// Returns the strategy that the control measures a second time: the default, or the baseline if
    /// that does not take part.
    fn controlled(&self) -> &'static Strategy {
        let ours = self.strategies.iter().find(|one| one.group == Group::Ours);
        let baseline = || self.strategies.iter().find(|one| one.name == self.baseline);
        ours.or_else(baseline).expect("the baseline is one of the strategies")
    }

    /// Returns a cell once for each strategy and the control, in random order. All have the same
    /// setup.
    fn shuffled(&self, cell: Cell, random: &mut fastrand::Rng) -> Vec<(Cell, Setup, usize)> {
        let setup = Setup { workers: cell.workers, seed: random.u64(..), scale: self.scale };
        let mut order: Vec<_> =
            (0..=self.strategies.len()).map(|strategy| (cell, setup, strategy)).collect();
        random.shuffle(&mut order);
        order
    }

    fn sample(
        &self,
        cell: Cell,
        strategy: usize,
        setup: &Setup,
        steps: f64,
        stop: &AtomicBool,
    ) -> io::Result<Sample> {
        let workload = self.workloads[cell.workload];
        let strategy = self.strategies.get(strategy).copied().unwrap_or_else(|| self.controlled());
        if self.needs_subprocess(workload, cell.condition) {
            subprocess::sample(strategy, workload, cell.condition, setup, steps, stop)
        } else {
            Ok(strategy.sample(workload, setup))
        }
    }

    fn needs_subprocess(&self, workload: &Workload, condition: Condition) -> bool {
        self.subprocesses || workload.needs_subprocess() || !condition.is_quiet()
    }

    /// Returns the cells of a round, condition by condition.
    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for condition in self.conditions.iter().copied() {
            for (index, workload) in self.workloads.iter().enumerate() {
                if workload.applies(condition) {
                    let numbers = workload.workers.of(&self.workers).into_iter();
                    cells.extend(numbers.map(|workers| Cell {
                        condition,
                        workload: index,
                        workers,
                    }));
                }
            }
        }
        cells
    }

    fn settings(&self, rounds_done: usize) -> Settings {
        Settings {
            baseline: self.baseline.to_owned(),
            workers: self.workers.clone(),
            rounds: self.rounds,
            rounds_done,
            seed: self.seed,
            scale: self.scale,
        }
    }
}

/// Starts one busy process for each core.
fn start_busy_processes() -> io::Result<BusyProcesses> {
    BusyProcesses::start(&env::current_exe()?, thread::available_parallelism()?.get())
}
