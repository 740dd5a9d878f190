//! What a run leaves behind: one JSON file, from which every table and page is made.

use crate::condition::Condition;
use crate::contender::Side;
use crate::environment::Environment;
use crate::servers::Servers;
use crate::workload::{Metric, Span};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

/// The version of the file's form that this program writes and reads.
pub const FORMAT: u32 = 1;

/// Everything that a run found out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// [`FORMAT`] of whoever wrote it.
    pub format: u32,
    /// On what it ran.
    pub environment: Environment,
    /// How it was asked to run.
    pub settings: Settings,
    /// What makes its figures doubtful.
    pub warnings: Vec<String>,
    /// How long the same computation took at the start of each round, in nanoseconds.
    pub pace: Vec<f64>,
    /// Who took part, in the order of the command line.
    pub contenders: Vec<Entrant>,
    /// What they did, likewise.
    pub workloads: Vec<Asked>,
    /// Every sample.
    pub questions: Vec<Question>,
    /// The delays of all rounds together.
    pub curves: Vec<Curve>,
    /// Who ran what, when, in the last round.
    pub timelines: Vec<Timeline>,
    /// What `compare http` has added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<Servers>,
}

/// How a run was asked to run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// The contender to which ratios are taken.
    pub baseline: String,
    /// With how many workers, where the workload does not say.
    pub workers: Vec<usize>,
    /// How many rounds were asked for.
    pub rounds: usize,
    /// How many are here: fewer if somebody pressed Ctrl-C.
    pub rounds_done: usize,
    /// What the random order and random workloads started from.
    pub seed: u64,
    /// How much of each workload's jobs a sample submits: 1 for all.
    pub effort: f64,
}

/// Who took part.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entrant {
    /// Its name.
    pub name: String,
    /// Its mechanism, in one line.
    pub mechanism: String,
    /// Which side it is on.
    pub side: Side,
}

/// What was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// What a designer learns from it.
    pub question: String,
}

/// The samples of one metric of one workload with one number of workers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Which workload.
    pub workload: String,
    /// With how many workers.
    pub workers: usize,
    /// Which of its metrics.
    pub metric: Metric,
    /// Under which condition.
    #[serde(default, skip_serializing_if = "Condition::is_quiet")]
    pub condition: Condition,
    /// For each contender that can be asked this, one value a round.
    pub samples: BTreeMap<String, Vec<f64>>,
}

/// How delays are distributed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Curve {
    /// Under which workload.
    pub workload: String,
    /// With how many workers.
    pub workers: usize,
    /// Under which condition.
    #[serde(default, skip_serializing_if = "Condition::is_quiet")]
    pub condition: Condition,
    /// Whose.
    pub contender: String,
    /// How many jobs it is made from.
    pub jobs: usize,
    /// Shares of the jobs, and the nanoseconds within which so many started.
    pub points: Vec<(f64, f64)>,
}

/// One sample as it went.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Timeline {
    /// Of which workload.
    pub workload: String,
    /// With how many workers.
    pub workers: usize,
    /// Under which condition.
    #[serde(default, skip_serializing_if = "Condition::is_quiet")]
    pub condition: Condition,
    /// Whose.
    pub contender: String,
    /// Every job, in the order of submission.
    pub spans: Vec<Span>,
}

impl Question {
    /// Returns whether another run's question asks the same.
    pub fn is_same_as(&self, other: &Self) -> bool {
        (&self.workload, self.workers, self.metric, self.condition)
            == (&other.workload, other.workers, other.metric, other.condition)
    }
}

impl Record {
    /// A record of nothing but servers.
    pub fn without_pools(environment: Environment) -> Self {
        Self {
            format: FORMAT,
            environment,
            settings: Settings {
                baseline: String::new(),
                workers: Vec::new(),
                rounds: 0,
                rounds_done: 0,
                seed: 0,
                effort: 1.0,
            },
            warnings: Vec::new(),
            pace: Vec::new(),
            contenders: Vec::new(),
            workloads: Vec::new(),
            questions: Vec::new(),
            curves: Vec::new(),
            timelines: Vec::new(),
            http: None,
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Says which file cannot be read and why, also if it is of another [`FORMAT`].
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
            other => Err(format!("written in format {other}; this program reads format {FORMAT}")),
        }
    }

    /// The file's text: JSON, with each sample, curve and timeline on a line of its own, so that it
    /// can be read and its history compared.
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
            self.questions.iter().map(|question| question.condition).collect();
        conditions.sort_unstable();
        conditions.dedup();
        conditions
    }

    /// Returns what it has found out under one condition.
    #[must_use]
    pub fn under(&self, condition: Condition) -> Self {
        let mut record = self.clone();
        record.questions.retain(|question| question.condition == condition);
        record.curves.retain(|curve| curve.condition == condition);
        record.timelines.retain(|timeline| timeline.condition == condition);
        record
    }

    /// Which side a contender is on.
    pub fn side(&self, contender: &str) -> Side {
        self.contenders.iter().find(|one| one.name == contender).map_or(Side::Study, |one| one.side)
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// Says which file cannot be written and why.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, self.to_json())
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
    }
}

/// Objects that hold lists of objects go over several lines, as do those lists; everything else is
/// a line.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{record, servers};

    #[test]
    fn what_was_written_can_be_read() {
        let record = record();
        let text = record.to_json();
        let again = Record::parse(&text).expect("it is a record");
        assert_eq!(again.questions, record.questions);
        assert_eq!(again.to_json(), text);
    }

    #[test]
    fn what_servers_did_is_kept_beside_it_and_a_file_without_it_can_be_read() {
        let mut record = record();
        assert!(Record::parse(&record.to_json()).expect("it is a record").http.is_none());
        record.http = Some(servers());
        let again = Record::parse(&record.to_json()).expect("it is a record");
        assert_eq!(again.http.expect("it was written").samples, servers().samples);
        let alone = Record { http: record.http, ..Record::without_pools(record.environment) };
        assert!(Record::parse(&alone.to_json()).is_ok());
    }

    #[test]
    fn a_record_without_conditions_is_quiet() {
        let text = record().to_json();
        assert!(
            !text.contains("condition"),
            "quiet is not written, as older records do not name it"
        );
        assert_eq!(Record::parse(&text).expect("it is a record").conditions(), [Condition::Quiet]);
    }

    #[test]
    fn a_record_falls_into_its_conditions() {
        let both = record().and_busy(record());
        let again = Record::parse(&both.to_json()).expect("it is a record");
        assert_eq!(again.conditions(), [Condition::Quiet, Condition::Busy]);
        assert_eq!(again.under(Condition::Quiet).questions, record().questions);
        assert_eq!(again.under(Condition::Busy).questions.len(), record().questions.len());
        assert_eq!(again.under(Condition::OneCore).questions, []);
    }

    #[test]
    fn another_format_is_refused_by_its_number() {
        let text = record().to_json().replacen("\"format\": 1", "\"format\": 7", 1);
        assert_eq!(
            Record::parse(&text).unwrap_err(),
            "written in format 7; this program reads format 1"
        );
    }

    #[test]
    fn something_else_is_refused() {
        assert!(Record::parse("{}").unwrap_err().starts_with("not the result of a comparison"));
    }
}
