//! The runs that a record consists of.

use super::{Card, Environment, Measurement, Record, Settings};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What belongs to one of several merged runs, and not to its samples.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    /// The machine and the build.
    pub environment: Environment,
    /// How the run was configured.
    pub settings: Settings,
    /// Reasons to doubt its figures.
    pub warnings: Vec<String>,
    /// Its machine cards.
    pub cards: Vec<Card>,
}

impl Record {
    /// Returns the runs that were merged into the record; without any, the record's own.
    pub fn runs(&self) -> Vec<Run> {
        if !self.runs.is_empty() {
            return self.runs.clone();
        }
        vec![Run {
            environment: self.environment.clone(),
            settings: self.settings.clone(),
            warnings: self.warnings.clone(),
            cards: self.cards.clone(),
        }]
    }

    /// Returns the numbers of rounds of the measurements. After a merge, some measurements may have
    /// more than others.
    pub fn rounds(&self) -> Rounds {
        let of = |one: &Measurement| one.samples.values().map(Vec::len).max().unwrap_or_default();
        let mut numbers: Vec<_> = self.measurements.iter().map(of).collect();
        numbers.sort_unstable();
        numbers.dedup();
        Rounds(numbers)
    }
}

/// Different numbers of rounds, the lowest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rounds(pub Vec<usize>);

impl fmt::Display for Rounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("0 rounds"),
            [1] => f.write_str("1 round"),
            [only] => write!(f, "{only} rounds"),
            [least, .., most] => write!(f, "{least} to {most} rounds"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::record;

    #[test]
    fn record_of_one_run_is_its_only_run() {
        let runs = record().runs();
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].settings.rounds_done, 15);
    }

    #[test]
    fn different_numbers_of_rounds_are_a_range() {
        let mut record = record();
        assert_eq!(record.rounds().to_string(), "15 rounds");
        record.measurements[0].samples.values_mut().for_each(|values| values.truncate(6));
        record.measurements[1].samples.values_mut().for_each(|values| values.truncate(9));
        assert_eq!(record.rounds(), Rounds(vec![6, 9, 15]));
        assert_eq!(record.rounds().to_string(), "6 to 15 rounds");
        record.measurements.clear();
        assert_eq!(record.rounds().to_string(), "0 rounds");
    }
}
