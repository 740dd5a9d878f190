//! What makes figures doubtful.

use crate::record::{Question, Record};
use crate::stats::{median, spread};
use crate::workload::Metric;

/// From which share of the cores on a load before the start is worth a word.
const LOAD: f64 = 0.3;
/// From which spread on the baseline is.
const SPREAD: f64 = 0.2;
/// From which drift on the pace of a fixed computation is.
const DRIFT: f64 = 1.10;

/// What a reader of this record must know before believing it.
pub fn warnings(record: &Record) -> Vec<String> {
    let mut warnings = Vec::new();
    let environment = &record.environment;
    if environment.opt_level == "0" {
        warnings.push(
            "built without optimisation: use `cargo compare`, which builds for release".to_owned(),
        );
    }
    if record.settings.rounds_done < record.settings.rounds {
        let (done, rounds) = (record.settings.rounds_done, record.settings.rounds);
        warnings.push(format!("interrupted: {done} of {rounds} rounds are here"));
    }
    if record.settings.rounds_done < 6 {
        warnings.push(
            "fewer than six rounds: an interval is hardly more than the lowest and the highest"
                .to_owned(),
        );
    }
    if let Some(load) =
        environment.load_before.filter(|load| *load > LOAD * environment.cores as f64)
    {
        warnings.push(format!(
            "the machine was busy before the start: load {load:.2} on {} cores",
            environment.cores
        ));
    }
    let mut pace = record.pace.clone();
    pace.sort_by(f64::total_cmp);
    if let (Some(fastest), Some(slowest)) = (pace.first(), pace.last())
        && slowest / fastest > DRIFT
    {
        let ratio = slowest / fastest;
        warnings.push(format!(
            "the machine was noisy: the same computation took {ratio:.2} times as long in one round"
        ));
    }
    let spreads = baseline_spreads(record);
    if !spreads.is_empty() && median(spreads.iter().copied()) > SPREAD {
        let percent = 100.0 * median(spreads.iter().copied());
        warnings.push(format!(
            "the machine was noisy: {}'s own figures spread by {percent:.0} % between rounds",
            record.settings.baseline
        ));
    }
    if environment.cores < 4 {
        let cores = environment.cores;
        warnings.push(format!(
            "{cores} core{}: submitters and workers take turns, so this says nothing about many cores that contend",
            if cores == 1 { "" } else { "s" }
        ));
    }
    warnings
}

/// How much the baseline's times vary, question by question.
fn baseline_spreads(record: &Record) -> Vec<f64> {
    // Under another condition figures vary however undisturbed the machine is.
    let is_telling =
        |question: &&Question| question.metric == Metric::Time && question.condition.is_quiet();
    let times = record.questions.iter().filter(is_telling);
    let values = times.filter_map(|question| question.samples.get(&record.settings.baseline));
    values.filter(|values| values.len() > 2).map(|values| spread(values)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::record;

    #[test]
    fn a_quiet_machine_is_not_complained_of() {
        assert_eq!(warnings(&record()), [""; 0]);
    }

    #[test]
    fn each_disturbance_is_named() {
        let mut record = record();
        record.environment.load_before = Some(3.0);
        record.environment.cores = 2;
        record.pace[3] *= 1.5;
        record.settings.rounds = 20;
        for question in &mut record.questions {
            let values = question.samples.get_mut("mpsc").expect("it is the baseline");
            values.iter_mut().step_by(2).for_each(|value| *value *= 1.6);
        }
        let warnings = warnings(&record).join("\n");
        for said in [
            "load 3.00 on 2 cores",
            "1.50 times as long",
            "mpsc's own figures",
            "of 20 rounds",
            "2 cores: ",
        ] {
            assert!(warnings.contains(said), "{said} in {warnings}");
        }
    }
}
