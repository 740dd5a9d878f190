//! What this machine is and does: its card, and counters of the kernel.

mod affinity;
mod card;
mod park;
pub(crate) mod threads;

pub use affinity::bind_to_core;
pub use card::{CARD_TIME, card};

use crate::analysis::warnings::busy_before;
use crate::data::{Disturbance, Environment};
use std::time::Duration;
use std::{fs, thread};

/// Clock ticks of all processors since the machine started.
#[derive(Clone, Copy, Debug)]
struct Ticks {
    processors: usize,
    idle: u64,
    steal: u64,
    all: u64,
}

impl Ticks {
    /// Reads the ticks, if the system counts them.
    fn now() -> Option<Self> {
        Self::parse(&fs::read_to_string("/proc/stat").ok()?)
    }

    /// Reads the line of all processors: user, nice, system, idle, iowait, irq, softirq, steal, and
    /// the time of guests, which is a part of user and nice.
    fn parse(stat: &str) -> Option<Self> {
        let numbers = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().take(8);
        let numbers: Vec<u64> = numbers.map_while(|number| number.parse().ok()).collect();
        Some(Self {
            processors: stat.lines().filter(|line| line.starts_with("cpu")).count() - 1,
            idle: numbers.get(3)? + numbers.get(4)?,
            steal: *numbers.get(7)?,
            all: numbers.iter().sum(),
        })
    }
}

/// How long the machine is watched to see whether it is busy.
const BUSY_INTERVAL: Duration = Duration::from_millis(300);
/// How often it is watched at most.
const READINGS: usize = 3;

/// Returns the environment, with what the machine does at this moment.
pub fn environment() -> Environment {
    watched(Environment::here(), || busy_cores(BUSY_INTERVAL))
}

/// Adds the least of some readings of how many processors are busy, and stops at the first that is no
/// reason for a warning.
///
/// What started the program, as a build, may still end beside it; by the next reading it has ended.
fn watched(mut environment: Environment, mut busy: impl FnMut() -> Option<f64>) -> Environment {
    for _ in 0..READINGS {
        let least = environment.busy_before.unwrap_or(f64::INFINITY);
        environment.busy_before = busy().map(|busy| busy.min(least));
        if busy_before(&environment).is_none() {
            break;
        }
    }
    environment
}

/// Returns how many processors are busy during an interval, in which the caller sleeps.
///
/// The load average would still contain the compiler that built this program.
fn busy_cores(interval: Duration) -> Option<f64> {
    let before = Ticks::now()?;
    thread::sleep(interval);
    let after = Ticks::now()?;
    let all = after.all.saturating_sub(before.all);
    let busy = all.saturating_sub(after.idle.saturating_sub(before.idle));
    (all > 0).then(|| after.processors as f64 * busy as f64 / all as f64)
}

/// Counts what disturbs a sample, from its creation on.
#[derive(Debug)]
pub(crate) struct Watch {
    ticks: Option<Ticks>,
    switches: Option<u64>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self { ticks: Ticks::now(), switches: switches(Kind::Involuntary) }
    }

    /// Returns the counts since the start.
    pub(crate) fn stop(&self) -> Disturbance {
        let ticks = self.ticks.zip(Ticks::now());
        let since = |of: fn(&Ticks) -> u64| {
            ticks.map(|(before, after)| of(&after).saturating_sub(of(&before)))
        };
        let switches = self.switches.zip(switches(Kind::Involuntary));
        Disturbance {
            steal: since(|ticks| ticks.steal),
            ticks: since(|ticks| ticks.all).unwrap_or_default(),
            involuntary_switches: switches.map(|(before, after)| after - before),
        }
    }
}

/// How a thread lost its core.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// It parked or waited for a lock, whatever the strategy.
    Voluntary,
    /// Another thread got the core.
    Involuntary,
}

/// Returns the context switches of all threads of this process so far, also of those that have
/// ended.
///
/// The kernel counts them, so they include strategies whose queue has no counters.
#[cfg(unix)]
pub(crate) fn switches(kind: Kind) -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    u64::try_from(match kind {
        Kind::Voluntary => usage.voluntary_context_switches(),
        Kind::Involuntary => usage.involuntary_context_switches(),
    })
    .ok()
}

/// Returns `None`, as only Unix counts them.
#[cfg(not(unix))]
pub(crate) fn switches(_kind: Kind) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_those_of_all_processors() {
        let stat = "cpu  10 20 30 400 5 6 7 8 9 9\ncpu0 1 1\ncpu1 1 1\nintr 5\n";
        let ticks = Ticks::parse(stat).expect("it is complete");
        assert_eq!((ticks.processors, ticks.idle, ticks.steal, ticks.all), (2, 405, 8, 486));
    }

    #[test]
    fn incomplete_ticks_are_no_ticks() {
        assert!(Ticks::parse("cpu  10 20 30 400\ncpu0 1\n").is_none());
        assert!(Ticks::parse("").is_none());
    }

    #[test]
    fn build_before_the_start_is_no_warning() {
        let cores = 2;
        let built = Environment { cores, load_before: Some(2.0), ..Environment::here() };
        for (readings, wanted, taken) in
            [([0.1, 9.0, 9.0], 0.1, 1), ([1.9, 0.1, 9.0], 0.1, 2), ([1.9, 1.1, 1.5], 1.1, 3)]
        {
            let mut left = readings.iter().copied();
            let environment = watched(built.clone(), || left.next());
            assert_eq!((environment.busy_before, left.len()), (Some(wanted), 3 - taken));
            assert_eq!(busy_before(&environment).is_some(), wanted > 1.0, "{readings:?}");
        }
        assert!(watched(built, || None).busy_before.is_none(), "the system does not count");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn busy_cores_are_at_most_all() {
        let busy = busy_cores(Duration::from_millis(50)).expect("Linux counts ticks");
        let processors = Ticks::now().expect("Linux counts ticks").processors;
        assert!((0.0..=processors as f64).contains(&busy), "{busy} of {processors}");
    }

    #[cfg(unix)]
    #[test]
    fn switches_of_ended_threads_are_counted() {
        let before = switches(Kind::Voluntary).expect("Unix counts them");
        thread::spawn(|| (0..5).for_each(|_| thread::sleep(Duration::from_millis(1))))
            .join()
            .expect("it sleeps");
        assert!(switches(Kind::Voluntary).expect("Unix counts them") >= before + 5);
    }
}
