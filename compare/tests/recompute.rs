//! The arithmetic of the summary, by other code than that of the program.

use compare::analysis::compare::{Comparison, compare};
use compare::analysis::scores::{scores, sections};
use compare::data::{Condition, Metric, Record};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const WORKLOAD: &str = "empty-1";

fn results() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/results"))
}

/// Returns the names and numbers of each line.
fn recomputed() -> Vec<(Vec<String>, Vec<f64>)> {
    let record = results().join("reference.json");
    let mut python = Command::new("python3");
    python.arg(results().join("recompute.py")).arg(record).args([WORKLOAD, "quiet"]);
    let output = python.output().expect("there is a python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line = |line: &str| {
        let (numbers, names): (Vec<_>, Vec<_>) =
            line.split(' ').map(str::to_owned).partition(|word| word.parse::<f64>().is_ok());
        (names, numbers.iter().flat_map(|number| number.parse()).collect())
    };
    String::from_utf8_lossy(&output.stdout).lines().map(line).collect()
}

fn assert_close(found: &[f64], wanted: &[f64], names: &[String]) {
    let is_close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-3 * b.abs() + 1e-4;
    assert_eq!(found.len(), wanted.len(), "{names:?}");
    assert!(found.iter().zip(wanted).all(is_close), "{names:?}: {found:?} {wanted:?}");
}

fn figures(one: &Comparison<'_>, strategy: &str) -> [f64; 3] {
    let estimate = one.of(strategy).expect("it took part");
    let ratio = estimate.ratio.expect("times have ratios").middle;
    [one.measurement.workers as f64, estimate.figure, ratio]
}

#[test]
#[ignore = "needs python3"]
fn recomputed_means_places_and_ratios_agree() {
    let record = Record::read(&results().join("reference.json")).expect("it is a record");
    let record = record.under(Condition::Quiet);
    let comparisons = compare(&record);
    let scores = scores(&record, "", &sections(&record, &comparisons)).expect("it has times");
    let mut found = BTreeSet::new();
    for (names, numbers) in recomputed() {
        let [kind, strategy] = &names[..] else { panic!("{names:?}") };
        if kind == "mean" {
            let score = scores.of(strategy).expect("it took part");
            let mean = [score.time.middle, score.time.low, score.time.high, score.first as f64];
            assert_close(&numbers, &mean, &names);
        } else {
            let is_it = |one: &&Comparison<'_>| {
                let (metric, workers) = (one.measurement.metric, one.measurement.workers);
                one.measurement.workload == WORKLOAD
                    && metric == Metric::Time
                    && workers as f64 == numbers[0]
            };
            let one = comparisons.iter().find(is_it).expect("it was measured");
            assert_close(&numbers, &figures(one, strategy), &names);
        }
        found.insert(names);
    }
    let (means, rows) = (scores.list.len(), record.strategies.len());
    assert_eq!(found.len(), means + rows, "every strategy has a mean and a row: {found:?}");
}
