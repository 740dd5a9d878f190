//! In which order samples are taken.

use crate::contender::Contender;
use crate::workload::{Metric, Setup, Workload, calibrate};
use std::collections::BTreeMap;

/// What to measure.
pub struct Plan {
    /// Who takes part.
    pub contenders: Vec<&'static Contender>,
    /// What they must do.
    pub workloads: Vec<&'static Workload>,
    /// With how many workers, where the workload does not say.
    pub workers: Vec<usize>,
    /// How often.
    pub rounds: usize,
    /// What the random order and random workloads start from.
    pub seed: u64,
}

/// One line of the result: what was asked of everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// Which of the plan's workloads.
    pub workload: usize,
    /// With how many workers.
    pub workers: usize,
    /// Which of its metrics.
    pub metric: Metric,
}

/// All samples: for each question and each of the plan's contenders, one value a round.
pub type Samples = BTreeMap<Question, Vec<Vec<f64>>>;

impl Plan {
    /// Takes every sample. `progress` is told of each round before it starts.
    ///
    /// Every contender meets every workload in every round, in an order that is shuffled anew each time, so that a
    /// disturbance of the machine falls on whoever happens to run and not on one of them.
    pub fn run(&self, mut progress: impl FnMut(usize)) -> Samples {
        calibrate();
        let mut samples = Samples::new();
        let mut random = fastrand::Rng::with_seed(self.seed);
        // The first round warms the machine and is not kept.
        for round in 0..=self.rounds {
            progress(round);
            for (workload, workers) in self.cells() {
                let setup = Setup { workers, seed: random.u64(..) };
                let mut order: Vec<_> = (0..self.contenders.len()).collect();
                random.shuffle(&mut order);
                for contender in order {
                    let sample = (self.contenders[contender].measure)(self.workloads[workload], &setup);
                    if round == 0 {
                        continue;
                    }
                    for (metric, value) in sample.values {
                        let row = samples.entry(Question { workload, workers, metric }).or_default();
                        row.resize(self.contenders.len(), Vec::new());
                        row[contender].push(value);
                    }
                }
            }
        }
        samples
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
}
