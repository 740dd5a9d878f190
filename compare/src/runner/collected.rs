//! Collects the samples of all rounds into a record.

use super::{Cell, Plan, Round};
use crate::analysis::verdict::control_margin;
use crate::data::{
    Curve, Disturbance, Environment, Measurement, Metric, Record, Span, StrategyInfo, Timeline,
    WorkloadInfo, percentile,
};
use std::collections::BTreeMap;

/// The shares of jobs at which a curve has points: closer together towards the end, where strategies
/// differ.
const SHARES: &[f64] = &[
    0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98,
    0.985, 0.99, 0.9925, 0.995, 0.9965, 0.998, 0.9985, 0.999, 1.0,
];

/// The samples so far. Strategies are indices in the plan's list; the index after the last is that of
/// the control.
#[derive(Default)]
pub(super) struct Collected {
    values: BTreeMap<(Cell, Metric), BTreeMap<usize, Vec<f64>>>,
    delays: BTreeMap<(Cell, usize), Vec<u64>>,
    timelines: BTreeMap<(Cell, usize), Vec<Span>>,
    disturbances: Vec<Disturbance>,
}

impl Collected {
    /// Adds the samples of a round. Of timelines only the last is kept, and of the control neither
    /// delays nor timelines.
    pub(super) fn add(&mut self, round: Round, control: usize) {
        self.disturbances.push(round.iter().map(|(.., sample)| sample.disturbance).sum());
        for (cell, strategy, mut sample) in round {
            for (metric, value) in sample.values {
                let row = self.values.entry((cell, metric)).or_default();
                row.entry(strategy).or_default().push(value);
            }
            if strategy == control {
                continue;
            }
            if !sample.delays.is_empty() {
                self.delays.entry((cell, strategy)).or_default().append(&mut sample.delays);
            }
            if !sample.spans.is_empty() {
                self.timelines.insert((cell, strategy), sample.spans);
            }
        }
    }

    /// Makes a record, without settings, pace and warnings.
    pub(super) fn record(self, plan: &Plan, environment: Environment) -> Record {
        let name = |strategy: usize| plan.strategies[strategy].name.to_owned();
        let workload = |cell: Cell| plan.workloads[cell.workload].name.to_owned();
        let measurement = |((cell, metric), rows)| measurement(plan, cell, metric, rows);
        let curve = |((cell, strategy), mut delays): ((Cell, usize), Vec<u64>)| {
            delays.sort_unstable();
            let points = SHARES.iter().map(|share| (*share, percentile(&delays, *share))).collect();
            let (Cell { workers, condition, .. }, strategy) = (cell, name(strategy));
            let jobs = delays.len();
            Curve { workload: workload(cell), workers, condition, strategy, jobs, points }
        };
        let timeline = |((cell, strategy), spans): ((Cell, usize), Vec<Span>)| {
            let (Cell { workers, condition, .. }, strategy) = (cell, name(strategy));
            Timeline { workload: workload(cell), workers, condition, strategy, spans }
        };
        let mut record = Record::without_strategies(environment);
        record.disturbances = self.disturbances;
        record.measurements = self.values.into_iter().map(measurement).collect();
        record.curves = self.delays.into_iter().map(curve).collect();
        record.timelines = self.timelines.into_iter().map(timeline).collect();
        (record.strategies, record.workloads) = described(plan);
        record
    }
}

/// Makes a measurement of its samples, those of the control among them.
fn measurement(
    plan: &Plan,
    cell: Cell,
    metric: Metric,
    mut rows: BTreeMap<usize, Vec<f64>>,
) -> Measurement {
    rows.values_mut().flatten().for_each(|value| *value = five_digits(*value));
    let control = rows.remove(&plan.strategies.len()).unwrap_or_default();
    let name = |strategy: usize| plan.strategies[strategy].name.to_owned();
    let samples: BTreeMap<_, _> = rows.into_iter().map(|(id, values)| (name(id), values)).collect();
    let mut measurement = Measurement {
        workload: plan.workloads[cell.workload].name.to_owned(),
        workers: cell.workers,
        metric,
        condition: cell.condition,
        samples,
        control,
        margin: None,
    };
    measurement.margin = control_margin(&measurement, plan.controlled().name);
    measurement
}

fn described(plan: &Plan) -> (Vec<StrategyInfo>, Vec<WorkloadInfo>) {
    let strategies = plan.strategies.iter().map(|one| StrategyInfo {
        name: one.name.into(),
        mechanism: one.mechanism.into(),
        group: one.group,
    });
    let workloads = plan
        .workloads
        .iter()
        .map(|one| WorkloadInfo { name: one.name.into(), description: one.description.into() });
    (strategies.collect(), workloads.collect())
}

/// Rounds to five digits: more are noise, and would be most of the file.
fn five_digits(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}
