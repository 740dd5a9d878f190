//! What a job does.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// What the jobs of a workload do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// Nothing but being counted.
    None,
    /// Computing for so long.
    Spin(Duration),
    /// Computing: most jobs shortly, one in so many for long.
    Mixed { short: Duration, long: Duration, one_in: u64 },
    /// Waiting, as for a disk or a peer.
    Sleep(Duration),
}

/// Steps of [`spin`] in a microsecond.
static STEPS: OnceLock<f64> = OnceLock::new();

/// Finds out how fast this machine computes. To be called once while it is quiet.
pub fn calibrate() -> f64 {
    *STEPS.get_or_init(|| {
        // The fastest of many is what an undisturbed processor does.
        let fastest = (0..50)
            .map(|_| {
                let start = Instant::now();
                spin(100_000);
                start.elapsed()
            })
            .min()
            .unwrap_or_default();
        100_000.0 / fastest.as_secs_f64() / 1e6
    })
}

/// Takes over what [`calibrate`] has found in another process. Ignored if this one has calibrated
/// already.
pub fn calibrate_as(steps: f64) {
    let _ = STEPS.set(steps);
}

/// How long the same computation takes now, in nanoseconds: what else the machine does shows in how
/// this varies.
pub fn pace() -> f64 {
    let steps = steps(Duration::from_millis(5));
    let start = Instant::now();
    spin(steps);
    start.elapsed().as_secs_f64() * 1e9
}

/// How many steps take so long.
///
/// Work is measured in steps and not by a clock: a job that lost its processor for a while must
/// make up for it.
pub fn steps(duration: Duration) -> u64 {
    (duration.as_secs_f64() * 1e6 * calibrate()) as u64
}

/// Computes.
pub fn spin(steps: u64) {
    for step in 0..steps {
        black_box(step);
    }
}
