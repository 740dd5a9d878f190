//! Samples that need a process of their own, and the process that takes one.

use crate::contender::{CONTENDERS, Contender};
use crate::workload::{Sample, Setup, WORKLOADS, Workload};
use serde::{Deserialize, Serialize};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::{env, io};

/// What this program is called with to take one sample. Not for people, so `--help` does not name it.
pub const COMMAND: &str = "one-sample";

/// What to sample, as it is handed from one process to the other.
#[derive(Serialize, Deserialize)]
struct Order {
    contender: String,
    workload: String,
    workers: usize,
    seed: u64,
    effort: f64,
}

/// Has a sample taken by another process of this program.
///
/// # Errors
///
/// Fails if that cannot be started or does not answer, unless `stop` says why: Ctrl-C reaches both processes.
pub(crate) fn sample(
    contender: &Contender,
    workload: &Workload,
    setup: &Setup,
    stop: &AtomicBool,
) -> io::Result<Sample> {
    let order = Order {
        contender: contender.name.to_owned(),
        workload: workload.name.to_owned(),
        workers: setup.workers,
        seed: setup.seed,
        effort: setup.effort,
    };
    let mut command = Command::new(env::current_exe()?);
    command.arg(COMMAND).arg(serde_json::to_string(&order)?).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output()?;
    match serde_json::from_slice(&output.stdout) {
        Ok(sample) if output.status.success() => Ok(sample),
        _ if stop.load(Ordering::Relaxed) => Ok(Sample::default()),
        _ => Err(io::Error::other(format!("{} in a process of its own: {}", workload.name, output.status))),
    }
}

/// Takes the sample that was ordered and answers with it. `None` if the order makes no sense.
pub fn answer(order: &str) -> Option<String> {
    let order: Order = serde_json::from_str(order).ok()?;
    let contender = CONTENDERS.iter().find(|contender| contender.name == order.contender)?;
    let workload = WORKLOADS.iter().find(|workload| workload.name == order.workload)?;
    let setup = Setup { workers: order.workers, seed: order.seed, effort: order.effort };
    serde_json::to_string(&(contender.measure)(workload, &setup)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_answered_with_its_sample() {
        let order = r#"{"contender":"mpsc","workload":"memory","workers":2,"seed":1,"effort":1.0}"#;
        let sample: Sample = serde_json::from_str(&answer(order).expect("it makes sense")).expect("it is a sample");
        // Elsewhere than on Linux nobody says how much a process has grown.
        assert_eq!(sample.values.len(), usize::from(cfg!(target_os = "linux")));
    }

    #[test]
    fn nonsense_is_not_answered() {
        assert_eq!(answer("{}"), None);
    }
}
