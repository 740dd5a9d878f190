//! Samples that need a process of their own, and the process that takes one.

use crate::condition::{Condition, bind_to_one_core};
use crate::contender::{self, Contender};
use crate::workload::{Sample, Setup, WORKLOADS, Workload, calibrate, calibrate_as};
use serde::{Deserialize, Serialize};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, io};

/// What this program is called with to take one sample. Not for people, so `--help` does not name
/// it.
pub const COMMAND: &str = "one-sample";

/// What to sample, as it is handed from one process to the other.
#[derive(Serialize, Deserialize)]
struct Order {
    contender: String,
    workload: String,
    condition: Condition,
    workers: usize,
    seed: u64,
    effort: f64,
    /// What [`calibrate`] found, so that a job computes as long under each condition.
    steps: f64,
}

/// Has a sample taken by another process of this program.
///
/// # Errors
///
/// Fails if that cannot be started or does not answer, unless `stop` says why: Ctrl-C reaches both
/// processes.
pub(crate) fn sample(
    contender: &Contender,
    workload: &Workload,
    condition: Condition,
    setup: &Setup,
    stop: &AtomicBool,
) -> io::Result<Sample> {
    let order = Order {
        contender: contender.name.to_owned(),
        workload: workload.name.to_owned(),
        condition,
        workers: setup.workers,
        seed: setup.seed,
        effort: setup.effort,
        steps: calibrate(),
    };
    let mut command = Command::new(env::current_exe()?);
    command
        .arg(COMMAND)
        .arg(serde_json::to_string(&order)?)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = command.output()?;
    match serde_json::from_slice(&output.stdout) {
        Ok(sample) if output.status.success() => Ok(sample),
        _ if stop.load(Ordering::Relaxed) => Ok(Sample::default()),
        _ => {
            let (who, what) = (contender.name, workload.name);
            Err(io::Error::other(format!(
                "{what}, {who}, {condition}, in a process of its own: {}",
                output.status
            )))
        }
    }
}

/// Takes the sample that was ordered and answers with it.
///
/// # Errors
///
/// Fails if the order makes no sense, or if this process cannot be bound to the one core it asks
/// for.
pub fn answer(order: &str) -> io::Result<String> {
    let order: Order = serde_json::from_str(order)?;
    let unknown = |name: &str| io::Error::other(format!("there is no `{name}`"));
    let contender = contender::named(&order.contender).ok_or_else(|| unknown(&order.contender))?;
    let workload = WORKLOADS.iter().find(|workload| workload.name == order.workload);
    let workload = workload.ok_or_else(|| unknown(&order.workload))?;
    if order.condition == Condition::OneCore {
        // No thread of a pool has been started yet, so that all of them inherit it.
        bind_to_one_core()?;
    }
    calibrate_as(order.steps);
    let setup = Setup { workers: order.workers, seed: order.seed, effort: order.effort };
    Ok(serde_json::to_string(&contender.sample(workload, &setup))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_answered_with_its_sample() {
        let order = Order {
            contender: "mpsc".to_owned(),
            workload: "memory".to_owned(),
            condition: Condition::Quiet,
            workers: 2,
            seed: 1,
            effort: 1.0,
            steps: calibrate(),
        };
        let order = serde_json::to_string(&order).expect("it is plain data");
        let sample: Sample =
            serde_json::from_str(&answer(&order).expect("it makes sense")).expect("it is a sample");
        // Elsewhere than on Linux nobody says how much a process has grown.
        assert_eq!(sample.values.len(), usize::from(cfg!(target_os = "linux")));
    }

    #[test]
    fn nonsense_is_not_answered() {
        assert!(answer("{}").is_err());
    }
}
