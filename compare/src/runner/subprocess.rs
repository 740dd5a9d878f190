//! Samples in a subprocess: this program, started once more to take a single sample.
//!
//! So no thread of an earlier pool is left, no earlier pool has warmed the allocator, and differences
//! between processes, as those of memory layout, are part of the intervals.

use crate::data::{Condition, Sample};
use crate::machine::bind_to_core;
use crate::strategies::{self, Strategy};
use crate::workloads::{Setup, WORKLOADS, Workload, calibrate_as};
use serde::{Deserialize, Serialize};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, io};

/// The first argument of the subprocess. `--help` does not list it.
pub const COMMAND: &str = "one-sample";

/// The sample to take, as an argument of the subprocess.
#[derive(Serialize, Deserialize)]
struct Request {
    strategy: String,
    workload: String,
    condition: Condition,
    workers: usize,
    seed: u64,
    scale: f64,
    /// The calibration of the round, so that a job has the same work under each strategy and
    /// condition.
    steps: f64,
}

/// Takes a sample in a subprocess.
///
/// # Errors
///
/// Fails if it cannot be started or fails. If `stop` is set, the sample is empty instead, as Ctrl-C
/// reaches both processes.
pub(crate) fn sample(
    strategy: &Strategy,
    workload: &Workload,
    condition: Condition,
    setup: &Setup,
    steps: f64,
    stop: &AtomicBool,
) -> io::Result<Sample> {
    let request = Request {
        strategy: strategy.name.to_owned(),
        workload: workload.name.to_owned(),
        condition,
        workers: setup.workers,
        seed: setup.seed,
        scale: setup.scale,
        steps,
    };
    let mut command = Command::new(env::current_exe()?);
    command
        .arg(COMMAND)
        .arg(serde_json::to_string(&request)?)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit());
    let output = command.output()?;
    match serde_json::from_slice(&output.stdout) {
        Ok(sample) if output.status.success() => Ok(sample),
        _ if stop.load(Ordering::Relaxed) => Ok(Sample::default()),
        _ => {
            let (strategy, workload) = (strategy.name, workload.name);
            Err(io::Error::other(format!(
                "{workload}, {strategy}, {condition}, in a subprocess: {}",
                output.status
            )))
        }
    }
}

/// Takes a requested sample, of the program's strategies or of one's own, and returns it as JSON.
///
/// # Errors
///
/// Fails if the request is malformed, or if the system refuses to bind this process to one core.
pub fn answer(request: &str, own: &'static [Strategy]) -> io::Result<String> {
    let request: Request = serde_json::from_str(request)?;
    let unknown = |name: &str| io::Error::other(format!("there is no `{name}`"));
    let own = own.iter().find(|strategy| strategy.name == request.strategy);
    let strategy = own.or_else(|| strategies::named(&request.strategy));
    let strategy = strategy.ok_or_else(|| unknown(&request.strategy))?;
    let workload = WORKLOADS.iter().find(|workload| workload.name == request.workload);
    let workload = workload.ok_or_else(|| unknown(&request.workload))?;
    if request.condition == Condition::OneCore {
        // All threads of the pool inherit it, as none has been started yet.
        bind_to_core(0)?;
    }
    calibrate_as(request.steps);
    let setup = Setup { workers: request.workers, seed: request.seed, scale: request.scale };
    Ok(serde_json::to_string(&strategy.sample(workload, &setup))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workloads::calibrate;

    #[test]
    fn request_is_answered_with_a_sample() {
        let request = Request {
            strategy: "mpsc".to_owned(),
            workload: "memory".to_owned(),
            condition: Condition::Quiet,
            workers: 2,
            seed: 1,
            scale: 1.0,
            steps: calibrate(),
        };
        let request = serde_json::to_string(&request).expect("it is plain data");
        let sample: Sample = serde_json::from_str(&answer(&request, &[]).expect("it makes sense"))
            .expect("it is a sample");
        // Only Linux reports the memory of a process.
        assert_eq!(sample.values.len(), usize::from(cfg!(target_os = "linux")));
    }

    #[test]
    fn malformed_request_is_refused() {
        assert!(answer("{}", &[]).is_err());
    }
}
