//! A part of a record.

use super::{Condition, Record};

impl Record {
    /// Keeps the measurements whose workload, number of workers and condition are wanted, with their
    /// curves and timelines.
    pub fn retain(&mut self, wanted: impl Fn(&str, usize, Condition) -> bool) {
        self.measurements.retain(|one| wanted(&one.workload, one.workers, one.condition));
        self.curves.retain(|one| wanted(&one.workload, one.workers, one.condition));
        self.timelines.retain(|one| wanted(&one.workload, one.workers, one.condition));
        let measurements = &self.measurements;
        self.workloads.retain(|workload| {
            measurements.iter().any(|measurement| measurement.workload == workload.name)
        });
    }

    /// Keeps the strategies that are wanted. The margins, which the control has set, stay.
    pub fn retain_strategies(&mut self, wanted: impl Fn(&str) -> bool) {
        let controlled = self.default_strategy().to_owned();
        for measurement in &mut self.measurements {
            measurement.samples.retain(|name, _| wanted(name));
            if !wanted(&controlled) {
                measurement.control.clear();
            }
        }
        self.strategies.retain(|one| wanted(&one.name));
        self.curves.retain(|one| wanted(&one.strategy));
        self.timelines.retain(|one| wanted(&one.strategy));
    }
}

#[cfg(test)]
mod tests {
    use crate::data::fixture::record;

    #[test]
    fn unwanted_measurements_are_left_out() {
        let mut record = record().and_busy(record());
        record.retain(|workload, workers, condition| {
            workload == "open-loop" && workers == 2 && condition.is_quiet()
        });
        assert_eq!(record.measurements.len(), 3, "p50, p99 and context switches");
        assert!(record.curves.iter().all(|one| one.workers == 2) && record.timelines.is_empty());
        assert_eq!(record.workloads.len(), 1);
    }

    #[test]
    fn unwanted_strategies_are_left_out() {
        let mut record = record();
        record.retain_strategies(|name| name != "flume");
        assert!(record.strategies.iter().all(|one| one.name != "flume"));
        assert!(record.curves.iter().all(|one| one.strategy != "flume"));
        let has = |name: &str| {
            record.measurements.iter().filter(|one| one.samples.contains_key(name)).count()
        };
        assert_eq!((has("flume"), has("mpsc")), (0, record.measurements.len()));
        assert!(record.measurements.iter().all(|one| !one.control.is_empty()));
    }

    #[test]
    fn margin_outlives_the_strategy_that_set_it() {
        let mut record = record();
        record.measurements[0].margin = Some(0.4);
        record.retain_strategies(|name| name != "condvar");
        assert!(record.measurements.iter().all(|one| one.control.is_empty()));
        assert_eq!(record.measurements[0].margin, Some(0.4));
    }
}
