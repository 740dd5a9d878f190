//! What each rule of the default queue is worth: the queue without the rule, relative to the whole
//! queue.

use super::compare::ratios;
use super::stats::{Interval, interval, median_interval};
use super::verdict::LEAST_MARGIN;
use crate::data::{Measurement, Metric, Record, WHOLE};

/// The confidence level of an effect. An ablation has hundreds of cells; at 95 %, one in twenty of
/// those without an effect would be marked. Fewer than ten rounds have no such interval; all of them
/// must then be on the same side.
const CONFIDENCE: f64 = 0.998;

/// The number of rounds from which on effects are marked. That fewer fall on the same side by chance
/// happens one time in 64.
pub const ENOUGH: usize = 7;

/// The effect of one rule in one measurement.
#[derive(Debug)]
pub struct Cell<'a> {
    /// The measurement.
    pub measurement: &'a Measurement,
    /// The figure without the rule relative to the whole queue's, round by round: the median and
    /// its 95 % interval.
    pub ratio: Interval,
    /// The direction of the effect.
    pub effect: Effect,
}

/// An effect beyond noise and outside the margin of equivalence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The figure is higher without the rule.
    Pays,
    /// The figure is lower without the rule.
    Costs,
    /// The rounds show no effect.
    None,
}

/// Returns a cell for each measurement of a strategy that lacks a rule.
pub fn cells<'a>(record: &'a Record, strategy: &str) -> Vec<Cell<'a>> {
    let is_shown = |one: &&Measurement| one.metric.is_scored() || one.metric == Metric::Cpu;
    let cell = |measurement: &'a Measurement| {
        let ratios =
            ratios(record.samples(measurement, strategy)?, record.samples(measurement, WHOLE)?);
        let sure = interval(&ratios, CONFIDENCE);
        let smallest = 1.0 + measurement.margin.unwrap_or(LEAST_MARGIN);
        let effect = if ratios.len() < ENOUGH {
            Effect::None
        } else if sure.low > 1.0 && sure.middle >= smallest {
            Effect::Pays
        } else if sure.high < 1.0 && sure.middle <= smallest.recip() {
            Effect::Costs
        } else {
            Effect::None
        };
        let ratio = median_interval(&ratios);
        Some(Cell { measurement, ratio, effect })
    };
    record.measurements.iter().filter(is_shown).filter_map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::ablation;

    #[test]
    fn cell_is_the_ratio_within_rounds() {
        let record = ablation();
        let cells = cells(&record, "without-spin");
        let found: Vec<_> = cells.iter().map(|cell| (cell.ratio.middle, cell.effect)).collect();
        let wanted =
            [(1.5, Effect::Pays), (0.5, Effect::Costs), (3.0, Effect::Pays), (1.0, Effect::None)];
        assert_eq!(found, wanted, "context switches are not shown");
        assert!(cells.iter().all(
            |cell| (cell.ratio.low, cell.ratio.high) == (cell.ratio.middle, cell.ratio.middle)
        ));
    }

    #[test]
    fn difference_below_five_percent_is_no_effect() {
        let record = ablation();
        let cells = cells(&record, "without-backoff");
        let is_cpu = |cell: &&Cell<'_>| cell.measurement.metric == Metric::Cpu;
        let cpu = cells.iter().find(is_cpu).expect("it was measured");
        assert!(cpu.ratio.middle > 1.03 && cpu.effect == Effect::None, "{cpu:?}");
    }

    #[test]
    fn difference_within_the_margin_is_no_effect() {
        let mut record = ablation();
        record.measurements.iter_mut().for_each(|one| one.margin = Some(0.6));
        let effects: Vec<_> =
            cells(&record, "without-spin").iter().map(|cell| cell.effect).collect();
        assert_eq!(effects, [Effect::None, Effect::Costs, Effect::Pays, Effect::None]);
    }

    #[test]
    fn few_rounds_show_no_effect() {
        let mut record = ablation();
        let samples = record.measurements.iter_mut().flat_map(|one| one.samples.values_mut());
        samples.for_each(|values| values.truncate(ENOUGH - 1));
        assert!(cells(&record, "without-spin").iter().all(|cell| cell.effect == Effect::None));
    }

    #[test]
    fn noise_is_no_effect() {
        let mut record = ablation();
        let noisy: Vec<f64> =
            (0..11).map(|round| if round % 2 == 0 { 70.0 } else { 140.0 }).collect();
        record.measurements[0].samples.insert("without-spin".into(), noisy);
        record.measurements[0].samples.insert(WHOLE.into(), vec![100.0; 11]);
        assert_eq!(cells(&record, "without-spin")[0].effect, Effect::None);
    }
}
