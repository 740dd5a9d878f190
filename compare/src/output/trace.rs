//! The figures of a recording, as text.

use super::layout::wrapped;
use crate::analysis::trace::figures;
use crate::analysis::words::counted;
use crate::data::{Metric, Recording, Trace};
use std::fmt::Write;

/// What of a trace is measured.
pub const MEASURED: &str = "pushes and jobs, and in each gap between two jobs of a worker its CPU time, the time in which it \
                            waited for a core, and its voluntary switches";

/// What of a trace is inferred from that.
pub const INFERRED: &str = "the order in a gap: a worker searches, parks, and waits for a core";

/// Writes a line for each strategy, and what the columns mean.
pub fn text(recording: &Recording) -> String {
    let Recording { scene, description, runs, .. } = recording;
    let workers = counted(recording.workers, "worker");
    let about = format!("{scene}: {description}. {workers}, the median run of {runs}.");
    let mut text = wrapped(&about) + "\n";
    let _ = writeln!(
        text,
        "{:14}{:>8}{:>6}{:>7}{:>9}{:>9}{:>9}{:>9}{:>9}",
        "strategy", "total", "sent", "woken", "arrivals", "delay", "search", "runnable", "parked"
    );
    for trace in &recording.traces {
        let _ = writeln!(text, "{}", line(trace));
    }
    let kernel = recording.traces.iter().any(|trace| figures(trace).kernel.is_some());
    text += if kernel { COLUMNS } else { WITHOUT_KERNEL };
    let _ = writeln!(
        text,
        "The recorder takes {} of a job, the median of a strategy.",
        notes(recording)
    );
    text
}

const COLUMNS: &str = "
sent      wake-ups that the queue counts, of a push or passed on by a worker
woken     times that a worker was woken, as the kernel counts, also from a lock
arrivals  jobs whose worker was parked before; delay, from the push to the job
search    CPU time between jobs: spins, locks, the calls that park and wake
runnable  time in which workers waited for a core, until the last job had run
parked    time in which workers were parked, until then

Measured are pushes, jobs, and in each gap between two jobs CPU time, time
runnable and voluntary switches. The order in a gap is inferred.
";

const WITHOUT_KERNEL: &str = "
This system has no counters of single threads: only pushes and jobs are known.
";

fn line(trace: &Trace) -> String {
    let figures = figures(trace);
    let kernel = figures.kernel;
    let time = |nanos: Option<u64>| nanos.map_or("–".to_owned(), time);
    let count = |count: Option<u64>| count.map_or("–".to_owned(), |count| count.to_string());
    format!(
        "{:14}{:>8}{:>6}{:>7}{:>9}{:>9}{:>9}{:>9}{:>9}",
        trace.strategy,
        time(Some(figures.total)),
        count(figures.sent),
        count(kernel.map(|one| one.woken)),
        count(kernel.map(|one| one.arrivals as u64)),
        time(kernel.and_then(|one| one.delay)),
        time(kernel.map(|one| one.searching)),
        time(kernel.map(|one| one.runnable)),
        time(kernel.map(|one| one.parked)),
    )
}

/// Writes a time with its unit.
pub(super) fn time(nanos: u64) -> String {
    Metric::Time.figure(nanos as f64)
}

/// Returns the range of the time that the recorder took of a job.
pub(super) fn notes(recording: &Recording) -> String {
    let notes = || recording.traces.iter().map(|trace| figures(trace).notes);
    let (low, high) = (notes().min().unwrap_or_default(), notes().max().unwrap_or_default());
    format!("{} to {}", time(low), time(high))
}
