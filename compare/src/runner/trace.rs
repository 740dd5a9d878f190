//! Records a scene under several strategies.

use crate::data::{Recording, Trace};
use crate::machine;
use crate::strategies::Strategy;
use crate::trace::Scene;
use crate::workloads::calibrate;

/// What is recorded.
#[derive(Debug)]
pub struct TracePlan {
    /// The scene.
    pub scene: &'static Scene,
    /// The strategies.
    pub strategies: Vec<&'static Strategy>,
    /// Number of workers.
    pub workers: usize,
    /// Number of runs under each strategy.
    pub runs: usize,
}

impl TracePlan {
    /// Records all runs, strategy after strategy in each, and keeps the one with the median time.
    pub fn record(&self) -> Recording {
        let environment = machine::environment();
        calibrate();
        let mut all: Vec<Vec<Trace>> = vec![Vec::new(); self.strategies.len()];
        for _ in 0..self.runs {
            for (strategy, traces) in self.strategies.iter().zip(&mut all) {
                traces.push(strategy.trace(self.scene, self.workers));
            }
        }
        Recording {
            scene: self.scene.name.to_owned(),
            description: self.scene.description.to_owned(),
            workers: self.workers,
            runs: self.runs,
            environment,
            traces: all.into_iter().filter_map(median).collect(),
        }
    }
}

fn median(mut traces: Vec<Trace>) -> Option<Trace> {
    traces.sort_by_key(Trace::total);
    (!traces.is_empty()).then(|| traces.swap_remove((traces.len() - 1) / 2))
}
