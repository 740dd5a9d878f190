//! A recording: what the threads of each strategy did in a short scene, as plain data.

use super::Environment;

/// One scene, recorded under several strategies.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The name of the scene.
    pub scene: String,
    /// What its submitter does.
    pub description: String,
    /// Number of workers.
    pub workers: usize,
    /// Number of runs, of which the one with the median time is kept.
    pub runs: usize,
    /// The machine and the build.
    pub environment: Environment,
    /// The run that was kept, for each strategy.
    pub traces: Vec<Trace>,
}

/// One run under one strategy. Times are in nanoseconds from its start, when all workers were
/// parked.
#[derive(Clone, Debug)]
pub struct Trace {
    /// The strategy.
    pub strategy: String,
    /// The pushes, in order.
    pub pushes: Vec<Push>,
    /// The jobs, in the order of their pushes.
    pub jobs: Vec<JobRun>,
    /// The workers, in the order of their first jobs; those without a job come last.
    pub workers: Vec<Worker>,
    /// Wake-ups that the queue sent, if it counts them.
    pub wakes: Option<u64>,
    /// When the workers' last counters were read: long after the last job, when all workers should
    /// have parked.
    pub end: u64,
}

/// One call that submits a job.
#[derive(Clone, Copy, Debug)]
pub struct Push {
    /// The start of the call.
    pub begin: u64,
    /// Its end.
    pub end: u64,
    /// CPU time of the submitter meanwhile, if the system has a clock of it.
    pub cpu: Option<u64>,
    /// Wake-ups that the queue sent meanwhile, if it counts them.
    pub wakes: Option<u64>,
}

/// One job on its worker.
#[derive(Clone, Copy, Debug)]
pub struct JobRun {
    /// The index of the worker.
    pub worker: usize,
    /// What was noted before the job.
    pub begin: Note,
    /// What was noted after it.
    pub end: Note,
}

/// What a job noted, and how long that took.
#[derive(Clone, Copy, Debug)]
pub struct Note {
    /// The time before the counters were read.
    pub from: u64,
    /// The time after they were read.
    pub to: u64,
    /// The counters of the thread, if the system has them.
    pub counters: Option<Counters>,
}

/// The kernel's counters of one thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    /// CPU time in nanoseconds.
    pub cpu: u64,
    /// Time in nanoseconds that the thread was runnable and waited for a core.
    pub runnable: u64,
    /// Voluntary context switches: it parked, slept, or waited for a lock.
    pub parks: u64,
}

/// A worker's counters at the start and at the end; `None` if the system does not have them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Worker {
    /// At time zero.
    pub before: Option<Counters>,
    /// At the end of the trace.
    pub after: Option<Counters>,
}

impl Trace {
    /// Returns when the last job had run.
    pub fn total(&self) -> u64 {
        self.jobs.iter().map(|job| job.end.from).max().unwrap_or_default()
    }

    /// Returns the jobs of a worker with their indices, in the order in which they ran.
    pub fn jobs_of(&self, worker: usize) -> Vec<(usize, &JobRun)> {
        let mut jobs: Vec<_> =
            self.jobs.iter().enumerate().filter(|(_, job)| job.worker == worker).collect();
        jobs.sort_by_key(|(_, job)| job.begin.from);
        jobs
    }
}

/// Returns the distinct keys of items, in the order of the earliest time at which each occurs.
pub(crate) fn first_seen<T, K: PartialEq, O: Ord>(
    items: &[T],
    of: impl Fn(&T) -> (K, O),
) -> Vec<K> {
    let mut keys: Vec<_> = items.iter().map(of).collect();
    keys.sort_by(|(_, a), (_, b)| a.cmp(b));
    let mut seen = Vec::new();
    for (key, _) in keys {
        if !seen.contains(&key) {
            seen.push(key);
        }
    }
    seen
}
