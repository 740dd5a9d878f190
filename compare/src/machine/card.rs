//! Takes the machine card.

use super::park::{self, Parked};
use super::{Watch, bind_to_core};
use crate::data::{Card, MachineMetric, percentile};
use parking_lot::Mutex;
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The time for a figure of one operation, and for one of two threads that spin.
const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_millis(300);
/// The number of operations between two readings of the clock.
const BATCH: u32 = 500;
/// The number of turns of each of two threads between two readings.
const TURNS: u32 = 50;

/// About how long a card takes.
pub const CARD_TIME: Duration = Duration::from_millis(1_600);

/// Measures the figures of this machine.
///
/// A disturbance that is shorter than half of a measurement does not change it.
pub fn card() -> Card {
    card_within(SHORT, LONG)
}

fn card_within(short: Duration, long: Duration) -> Card {
    let watch = Watch::start();
    let Parked { mut delays, notify, cpu } = park::measure(2 * long);
    delays.sort_unstable();
    let lock = Mutex::new(());
    let figures = [
        (MachineMetric::WakeMedian, Some(percentile(&delays, 0.5))),
        (MachineMetric::WakeP99, Some(percentile(&delays, 0.99))),
        (MachineMetric::Notify, Some(notify)),
        (MachineMetric::Park, cpu),
        (MachineMetric::Lock, Some(each(short, || drop(lock.lock())))),
        (MachineMetric::HandOff, turns(long, &LockTurns::default())),
        (MachineMetric::Clock, Some(each(short, Instant::now))),
        (MachineMetric::Yield, Some(each(short, thread::yield_now))),
        (MachineMetric::SystemCall, system_call(short)),
        // Two turns are a round trip.
        (MachineMetric::CacheLine, turns(long, &AtomicTurns::default()).map(|turn| 2.0 * turn)),
    ];
    let disturbance = watch.stop();
    let counts = [
        (MachineMetric::Steal, disturbance.steal_share()),
        (
            MachineMetric::InvoluntarySwitches,
            disturbance.involuntary_switches.map(|switches| switches as f64),
        ),
    ];
    let found = figures.into_iter().chain(counts);
    Card(found.filter_map(|(metric, value)| Some((metric, value?))).collect())
}

/// Returns the time of an operation in nanoseconds: the median over batches.
fn each<T>(span: Duration, mut operation: impl FnMut() -> T) -> f64 {
    let times = batches(span, || {
        (0..BATCH).for_each(|_| {
            black_box(operation());
        });
    });
    percentile(&times, 0.5) / f64::from(BATCH)
}

/// Runs batches for a time, at least one, and returns how long each took, sorted.
fn batches(span: Duration, mut batch: impl FnMut()) -> Vec<u64> {
    let (start, mut times) = (Instant::now(), Vec::new());
    while times.is_empty() || start.elapsed() < span {
        let batch_start = Instant::now();
        batch();
        times.push(batch_start.elapsed().as_nanos() as u64);
    }
    times.sort_unstable();
    times
}

#[cfg(unix)]
fn system_call(span: Duration) -> Option<f64> {
    // Unlike the id of the process, no library remembers that of its parent.
    Some(each(span, nix::unistd::getppid))
}

/// Returns `None`, as nothing so cheap is known to be a system call everywhere.
#[cfg(not(unix))]
fn system_call(_span: Duration) -> Option<f64> {
    None
}

/// What two threads take turns at. Even turns are those of one thread, odd turns of the other.
trait Turns: Sync {
    /// Takes the turn if it is `mine` and returns whether it was.
    fn take(&self, mine: u64) -> bool;
}

/// A number under a lock: a turn is a contended hand-off.
#[derive(Default)]
struct LockTurns(Mutex<u64>);

impl Turns for LockTurns {
    fn take(&self, mine: u64) -> bool {
        let mut turn = self.0.lock();
        let is_mine = *turn == mine;
        *turn += u64::from(is_mine);
        is_mine
    }
}

/// A number alone: a turn moves its cache line once.
#[derive(Default)]
#[repr(align(128))]
struct AtomicTurns(AtomicU64);

impl Turns for AtomicTurns {
    fn take(&self, mine: u64) -> bool {
        let is_mine = self.0.load(Ordering::Acquire) == mine;
        if is_mine {
            self.0.store(mine + 1, Ordering::Release);
        }
        is_mine
    }
}

/// Returns the time of a turn in nanoseconds, if two threads can run at the same time. Otherwise it
/// would be the length of a time slice.
///
/// It is the tenth percentile over batches: beside other processes, the two threads run at the same
/// time in a few batches only.
fn turns(span: Duration, turns: &impl Turns) -> Option<f64> {
    if thread::available_parallelism().map_or(1, Into::into) < 2 {
        return None;
    }
    let ended = AtomicBool::new(false);
    let take = |mine: u64| {
        while !turns.take(mine) && !ended.load(Ordering::Relaxed) {
            spin_loop();
        }
    };
    // Where a thread cannot be bound, the scheduler puts the two on different cores soon.
    let bound = |place| bind_to_core(place).unwrap_or_default();
    thread::scope(|scope| {
        scope.spawn(|| {
            bound(0);
            let mine = (1..).step_by(2).take_while(|_| !ended.load(Ordering::Relaxed));
            mine.for_each(take);
        });
        let measuring = scope.spawn(|| {
            bound(1);
            let mut mine = (0..).step_by(2);
            let times = batches(span, || mine.by_ref().take(TURNS as usize).for_each(take));
            ended.store(true, Ordering::Relaxed);
            percentile(&times, 0.1) / f64::from(2 * TURNS)
        });
        measuring.join().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_of_the_card_is_possible() {
        let card = card_within(Duration::from_millis(2), Duration::from_millis(5));
        for (metric, value) in &card.0 {
            let is_possible = value.is_finite() && *value >= 0.0;
            assert!(is_possible && (*value > 0.0 || !metric.is_time()), "{metric:?}: {value}");
        }
        let (median, p99) = (card.get(MachineMetric::WakeMedian), card.get(MachineMetric::WakeP99));
        assert!(median <= p99, "{median:?} {p99:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_has_the_counts() {
        let card = card_within(Duration::from_millis(2), Duration::from_millis(30));
        assert!(card.get(MachineMetric::SystemCall).is_some(), "{card:?}");
        assert!(card.get(MachineMetric::InvoluntarySwitches).is_some(), "{card:?}");
        assert!(card.get(MachineMetric::Steal).is_some_and(|share| share <= 1.0), "{card:?}");
    }

    #[test]
    fn threads_take_turns_one_after_another() {
        for turns in [&LockTurns::default() as &dyn Turns, &AtomicTurns::default()] {
            assert!(!turns.take(1) && turns.take(0) && !turns.take(0) && turns.take(1));
        }
    }
}
