//! The record of a run: one JSON file, from which every table and page is made.

use super::{Card, Condition, Disturbance, Environment, Metric, Run, ServerRun};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// The version of the file format that this program writes and reads.
pub const FORMAT: u32 = 2;

/// The strategy name of the complete default queue in an ablation. A record with this baseline is
/// an ablation.
pub const WHOLE: &str = "whole";

/// Everything that a run measured, or that several runs measured together.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// The [`FORMAT`] of the program that wrote it.
    pub format: u32,
    /// The machine and the build; of merged runs, those of the first.
    pub environment: Environment,
    /// How the run was configured. Of merged runs, the numbers of rounds are those of the
    /// measurement that has most.
    pub settings: Settings,
    /// The runs that were merged; empty in the record of one run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
    /// Reasons to doubt the figures.
    pub warnings: Vec<String>,
    /// Duration of the same computation at the start of each round, in nanoseconds.
    pub pace: Vec<f64>,
    /// The machine card before the run, and the one after it unless the run was interrupted; of
    /// merged runs, all cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<Card>,
    /// What disturbed the samples of each round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disturbances: Vec<Disturbance>,
    /// The strategies, in the order of the command line.
    pub strategies: Vec<StrategyInfo>,
    /// The workloads, in the order of the command line.
    pub workloads: Vec<WorkloadInfo>,
    /// All samples, except delays and timelines.
    pub measurements: Vec<Measurement>,
    /// Distributions of delays over all rounds.
    pub curves: Vec<Curve>,
    /// The jobs of the last round, of workloads that record them.
    pub timelines: Vec<Timeline>,
    /// The result of `compare http`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<ServerRun>,
}

/// How a run was configured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// The strategy to which ratios are taken.
    pub baseline: String,
    /// Numbers of workers, for workloads that do not fix theirs.
    pub workers: Vec<usize>,
    /// Number of rounds that were requested.
    pub rounds: usize,
    /// Number of complete rounds; lower if the run was interrupted.
    pub rounds_done: usize,
    /// Seed of the random order and of random workloads.
    pub seed: u64,
    /// Factor by which the length of each sample is multiplied; 1 in a full run.
    pub scale: f64,
}

/// A strategy of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StrategyInfo {
    /// Its name.
    pub name: String,
    /// Its mechanism, in one line.
    pub mechanism: String,
    /// The group it belongs to.
    pub group: Group,
}

/// The group of a strategy or server, which decides how it is ranked and drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// The default of `hello`.
    Ours,
    /// Another strategy of `hello`, for the study.
    Study,
    /// A channel, pool or server of another project.
    Peer,
    /// The default of `hello` with another setting or without a rule.
    Variant,
    /// Not a pool; gives the scale of the figures, but is neither ranked nor best.
    Reference,
}

/// A workload of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WorkloadInfo {
    /// Its name.
    pub name: String,
    /// What it measures.
    pub description: String,
}

/// The samples of one metric of one workload with one number of workers under one condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The workload.
    pub workload: String,
    /// The number of workers.
    pub workers: usize,
    /// The metric.
    pub metric: Metric,
    /// The condition.
    #[serde(default, skip_serializing_if = "Condition::is_quiet")]
    pub condition: Condition,
    /// One value a round, for each strategy to which the workload applies.
    pub samples: BTreeMap<String, Vec<f64>>,
    /// One value a round of the control: the default strategy, measured a second time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub control: Vec<f64>,
    /// The margin of equivalence that the control shows; `None` without a control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
}

/// The distribution of the delays of one strategy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Curve {
    /// The workload.
    pub workload: String,
    /// The number of workers.
    pub workers: usize,
    /// The condition.
    #[serde(default, skip_serializing_if = "Condition::is_quiet")]
    pub condition: Condition,
    /// The strategy.
    pub strategy: String,
    /// The number of jobs.
    pub jobs: usize,
    /// Pairs of a share of the jobs and the delay in nanoseconds that this share does not exceed.
    pub points: Vec<(f64, f64)>,
}

/// One sample, job by job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timeline {
    /// The workload.
    pub workload: String,
    /// The number of workers.
    pub workers: usize,
    /// The condition.
    #[serde(default, skip_serializing_if = "Condition::is_quiet")]
    pub condition: Condition,
    /// The strategy.
    pub strategy: String,
    /// Every job, in the order of submission.
    pub spans: Vec<Span>,
}

/// The result of measuring one strategy under one workload once.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sample {
    /// A value for each metric of the workload; empty if the workload does not apply.
    pub values: Vec<(Metric, f64)>,
    /// Delays of the jobs in nanoseconds, sorted; empty if the workload measures none.
    #[serde(default)]
    pub delays: Vec<u64>,
    /// When each job ran and on which worker; empty if the workload does not record it.
    #[serde(default)]
    pub spans: Vec<Span>,
    /// What disturbed it.
    #[serde(default)]
    pub disturbance: Disturbance,
}

/// One job on one worker. Times are in nanoseconds from the start of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// The worker, numbered in the order in which workers ran their first job.
    pub worker: usize,
    /// The intended start.
    pub meant: u64,
    /// The start.
    pub start: u64,
    /// The end.
    pub end: u64,
}

impl Measurement {
    /// Returns whether another measurement has the same workload, workers, metric and condition.
    pub fn is_same_as(&self, other: &Self) -> bool {
        (&self.workload, self.workers, self.metric, self.condition)
            == (&other.workload, other.workers, other.metric, other.condition)
    }
}

impl Curve {
    /// Returns whether another curve has the same workload, workers, condition and strategy.
    pub fn is_same_as(&self, other: &Self) -> bool {
        (&self.workload, self.workers, self.condition, &self.strategy)
            == (&other.workload, other.workers, other.condition, &other.strategy)
    }
}

impl Timeline {
    /// Returns whether another timeline has the same workload, workers, condition and strategy.
    pub fn is_same_as(&self, other: &Self) -> bool {
        (&self.workload, self.workers, self.condition, &self.strategy)
            == (&other.workload, other.workers, other.condition, &other.strategy)
    }
}

impl Record {
    /// Creates a record without strategies, to hold servers only.
    pub fn without_strategies(environment: Environment) -> Self {
        Self {
            format: FORMAT,
            environment,
            settings: Settings {
                baseline: String::new(),
                workers: Vec::new(),
                rounds: 0,
                rounds_done: 0,
                seed: 0,
                scale: 1.0,
            },
            runs: Vec::new(),
            warnings: Vec::new(),
            pace: Vec::new(),
            cards: Vec::new(),
            disturbances: Vec::new(),
            strategies: Vec::new(),
            workloads: Vec::new(),
            measurements: Vec::new(),
            curves: Vec::new(),
            timelines: Vec::new(),
            http: None,
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, is no record, or has another [`FORMAT`].
    pub fn read(path: &Path) -> io::Result<Self> {
        let about = |error: String| io::Error::other(format!("{}: {error}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| about(error.to_string()))?;
        Self::parse(&text).map_err(about)
    }

    fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let explain = |error: serde_json::Error| format!("not the result of a comparison: {error}");
        match serde_json::from_str::<Format>(text).map_err(explain)?.format {
            FORMAT => serde_json::from_str(text).map_err(explain),
            other => Err(format!(
                "written in format {other}, but this program reads format {FORMAT}: measure again"
            )),
        }
    }

    /// Returns the text of the file: JSON with each measurement, curve and timeline on its own line,
    /// which keeps differences between versions readable.
    ///
    /// # Panics
    ///
    /// Panics if a sample is not a number.
    pub fn to_json(&self) -> String {
        let value = serde_json::to_value(self).expect("a record is plain data");
        format!("{}\n", spread(&value))
    }

    /// Returns the conditions under which it has samples.
    pub fn conditions(&self) -> Vec<Condition> {
        let mut conditions: Vec<_> =
            self.measurements.iter().map(|measurement| measurement.condition).collect();
        conditions.sort_unstable();
        conditions.dedup();
        conditions
    }

    /// Returns the part of the record that was measured under one condition.
    #[must_use]
    pub fn under(&self, condition: Condition) -> Self {
        let mut record = self.clone();
        record.measurements.retain(|measurement| measurement.condition == condition);
        record.curves.retain(|curve| curve.condition == condition);
        record.timelines.retain(|timeline| timeline.condition == condition);
        record
    }

    /// Returns the default strategy, which the control repeats; without it, the baseline.
    pub fn default_strategy(&self) -> &str {
        let ours = self.strategies.iter().find(|one| one.group == Group::Ours);
        ours.map_or(&self.settings.baseline, |one| &one.name)
    }

    /// Returns the samples of a strategy in a measurement; `None` if there are none, or if each has
    /// too few jobs for the metric.
    pub fn samples<'a>(&self, measurement: &'a Measurement, strategy: &str) -> Option<&'a [f64]> {
        let samples = measurement.samples.get(strategy)?;
        self.too_few_jobs(measurement, strategy).is_none().then_some(samples.as_slice())
    }

    /// Returns the number of jobs of a strategy's samples if it is too low for the metric.
    pub fn too_few_jobs(&self, measurement: &Measurement, strategy: &str) -> Option<usize> {
        let rounds = measurement.samples.get(strategy)?.len();
        let least = measurement.metric.least_jobs();
        let is_its = |curve: &&Curve| {
            (curve.workload.as_str(), curve.workers, curve.condition, curve.strategy.as_str())
                == (&measurement.workload, measurement.workers, measurement.condition, strategy)
        };
        // The other metrics need none, and a search for each would take long.
        let curve = self.curves.iter().find(|curve| least > 0 && is_its(curve))?;
        Some(curve.jobs / rounds.max(1)).filter(|jobs| *jobs < least)
    }

    /// Returns the group of a strategy.
    pub fn group(&self, strategy: &str) -> Group {
        self.strategies
            .iter()
            .find(|one| one.name == strategy)
            .map_or(Group::Study, |one| one.group)
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, self.to_json())
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
    }
}

/// Writes objects that contain lists of objects, and those lists, over several lines, and every
/// other value on one line.
fn spread(value: &Value) -> String {
    let is_list =
        |value: &Value| value.as_array().is_some_and(|items| items.iter().any(Value::is_object));
    match value {
        Value::Object(entries) if entries.values().any(is_list) => {
            let entries: Vec<_> = entries
                .iter()
                .map(|(key, value)| format!("\"{key}\": {}", spread(value)))
                .collect();
            format!("{{\n{}\n}}", entries.join(",\n"))
        }
        Value::Array(items) if is_list(value) => {
            let lines: Vec<_> = items.iter().map(ToString::to_string).collect();
            format!("[\n  {}\n]", lines.join(",\n  "))
        }
        other => other.to_string(),
    }
}

/// Returns the value that a share of the sorted values does not exceed.
///
/// # Panics
///
/// Panics if there are no values.
pub fn percentile(sorted: &[u64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1] as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::fixture::{record, servers};

    #[test]
    fn written_record_reads_back_the_same() {
        let record = record();
        let text = record.to_json();
        let again = Record::parse(&text).expect("it is a record");
        assert_eq!(again.measurements, record.measurements);
        assert_eq!(again.to_json(), text);
    }

    #[test]
    fn servers_are_an_optional_part() {
        let mut record = record();
        assert!(Record::parse(&record.to_json()).expect("it is a record").http.is_none());
        record.http = Some(servers());
        let again = Record::parse(&record.to_json()).expect("it is a record");
        assert_eq!(again.http.expect("it was written").samples, servers().samples);
        let alone = Record { http: record.http, ..Record::without_strategies(record.environment) };
        assert!(Record::parse(&alone.to_json()).is_ok());
    }

    #[test]
    fn record_without_conditions_is_quiet() {
        let text = record().to_json();
        assert!(!text.contains("condition"), "quiet is the default and not written");
        assert_eq!(Record::parse(&text).expect("it is a record").conditions(), [Condition::Quiet]);
    }

    #[test]
    fn under_keeps_one_condition() {
        let both = record().and_busy(record());
        let again = Record::parse(&both.to_json()).expect("it is a record");
        assert_eq!(again.conditions(), [Condition::Quiet, Condition::Busy]);
        assert_eq!(again.under(Condition::Quiet).measurements, record().measurements);
        assert_eq!(again.under(Condition::Busy).measurements.len(), record().measurements.len());
        assert_eq!(again.under(Condition::OneCore).measurements, []);
    }

    #[test]
    fn another_format_is_refused() {
        let text = record().to_json().replacen("\"format\": 2", "\"format\": 1", 1);
        assert_eq!(
            Record::parse(&text).unwrap_err(),
            "written in format 1, but this program reads format 2: measure again"
        );
    }

    #[test]
    fn json_that_is_no_record_is_refused() {
        assert!(Record::parse("{}").unwrap_err().starts_with("not the result of a comparison"));
    }

    #[test]
    fn percentile_is_one_of_the_values() {
        let values: Vec<u64> = (1..=100).collect();
        assert_eq!(percentile(&values, 0.5), 50.0);
        assert_eq!(percentile(&values, 0.99), 99.0);
        assert_eq!(percentile(&values[..1], 0.99), 1.0);
    }
}
