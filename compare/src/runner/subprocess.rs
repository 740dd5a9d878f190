//! Samples in a subprocess: this program, started once more to take a single sample.

use crate::data::{Condition, Sample};
use crate::strategies::{self, Strategy};
use crate::workloads::{Setup, WORKLOADS, Workload, calibrate, calibrate_as};
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
    /// The result of [`calibrate`], so that a job has the same work under each condition.
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
    stop: &AtomicBool,
) -> io::Result<Sample> {
    let request = Request {
        strategy: strategy.name.to_owned(),
        workload: workload.name.to_owned(),
        condition,
        workers: setup.workers,
        seed: setup.seed,
        scale: setup.scale,
        steps: calibrate(),
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

/// Takes a requested sample and returns it as JSON.
///
/// # Errors
///
/// Fails if the request is malformed, or if the system refuses to bind this process to one core.
pub fn answer(request: &str) -> io::Result<String> {
    let request: Request = serde_json::from_str(request)?;
    let unknown = |name: &str| io::Error::other(format!("there is no `{name}`"));
    let strategy =
        strategies::named(&request.strategy).ok_or_else(|| unknown(&request.strategy))?;
    let workload = WORKLOADS.iter().find(|workload| workload.name == request.workload);
    let workload = workload.ok_or_else(|| unknown(&request.workload))?;
    if request.condition == Condition::OneCore {
        // All threads of the pool inherit it, as none has been started yet.
        bind_to_one_core()?;
    }
    calibrate_as(request.steps);
    let setup = Setup { workers: request.workers, seed: request.seed, scale: request.scale };
    Ok(serde_json::to_string(&strategy.sample(workload, &setup))?)
}

/// Binds the calling thread, and every thread that it starts afterwards, to the last core that it
/// may use. The first core often serves interrupts.
///
/// # Errors
///
/// Fails if the system refuses.
#[cfg(target_os = "linux")]
pub fn bind_to_one_core() -> io::Result<()> {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let this_thread = Pid::from_raw(0);
    let allowed = sched_getaffinity(this_thread)?;
    let last = (0..CpuSet::count()).rev().find(|core| allowed.is_set(*core).unwrap_or(false));
    let mut one = CpuSet::new();
    one.set(last.ok_or_else(|| io::Error::other("there is no core to run on"))?)?;
    Ok(sched_setaffinity(this_thread, &one)?)
}

/// Fails, as only Linux can bind a thread to a core.
///
/// # Errors
///
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn bind_to_one_core() -> io::Result<()> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "the condition one-core is for Linux only"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let sample: Sample = serde_json::from_str(&answer(&request).expect("it makes sense"))
            .expect("it is a sample");
        // Only Linux reports the memory of a process.
        assert_eq!(sample.values.len(), usize::from(cfg!(target_os = "linux")));
    }

    #[test]
    fn malformed_request_is_refused() {
        assert!(answer("{}").is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn threads_of_a_bound_thread_share_one_core() {
        let cores = std::thread::spawn(|| {
            bind_to_one_core().expect("a thread may bind itself");
            std::thread::spawn(std::thread::available_parallelism).join().expect("it asks")
        });
        assert_eq!(cores.join().expect("it binds").expect("Linux says").get(), 1);
    }
}
