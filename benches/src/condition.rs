//! What else the machine does while a sample is taken.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use std::{fmt, io};

/// A condition under which samples are taken.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Nothing else runs
    #[default]
    Quiet,
    /// As many processes compute as there are cores
    Busy,
    /// All threads share one core
    OneCore,
}

impl Condition {
    /// Says what it means, to follow "measured".
    pub fn words(self) -> &'static str {
        match self {
            Self::Quiet => "on a quiet machine",
            Self::Busy => "beside as many busy processes as cores",
            Self::OneCore => "on one core",
        }
    }

    /// Returns whether it is the default condition, which a record does not name.
    pub fn is_quiet(&self) -> bool {
        *self == Self::Quiet
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Quiet => "quiet",
            Self::Busy => "busy",
            Self::OneCore => "one-core",
        })
    }
}

/// Binds the calling thread, and every thread that it starts from now on, to one of the cores that
/// it may use.
///
/// It is the last of them, as the first one often serves the machine's interrupts.
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

/// Fails, as this system cannot be asked.
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
    fn each_condition_is_written_as_it_is_read() {
        for condition in Condition::value_variants() {
            let name = condition.to_string();
            assert_eq!(Condition::from_str(&name, false).as_ref(), Ok(condition));
            assert_eq!(serde_json::to_string(condition).expect("a name"), format!("\"{name}\""));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn threads_of_a_bound_thread_have_one_core() {
        let cores = std::thread::spawn(|| {
            bind_to_one_core().expect("a thread may bind itself");
            std::thread::spawn(std::thread::available_parallelism).join().expect("it asks")
        });
        assert_eq!(cores.join().expect("it binds").expect("Linux says").get(), 1);
    }
}
