//! What a pool must do, and how one sample of it is taken.
//!
//! A sample is one new pool, and lasts for a span of time rather than for a number of jobs. Its
//! workers have each run a job before the clock starts, and the sample fails unless every job ran
//! exactly once.

mod arrivals;
mod jobs;
mod latency;
mod lifecycle;
mod meter;
mod registry;
mod server;
mod straggler;
mod task;
mod throughput;

pub(crate) use arrivals::PreciseTimers;
pub use jobs::{Latch, calibrate, calibrate_as, pace, recalibrate, spin, steps};
pub use registry::WORKLOADS;
pub(crate) use registry::micros;

use crate::data::{Condition, Sample};
use crate::pool::Pool;
use hello::JobQueue;
use std::time::Duration;
use task::Task;

/// A workload.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Its name on the command line and in tables.
    pub name: &'static str,
    /// What it measures.
    pub description: &'static str,
    /// The numbers of workers with which it is measured.
    pub workers: Workers,
    /// Whether it represents its family in a short run.
    pub representative: bool,
    task: Task,
}

/// The numbers of workers of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workers {
    /// Each number that the command line names.
    Each,
    /// The largest of these: one number is enough for a point of a sweep.
    Largest,
    /// A number that the workload is about.
    Fixed(usize),
}

impl Workers {
    /// Returns the numbers of workers, given the sorted numbers of the command line.
    pub fn of(self, named: &[usize]) -> Vec<usize> {
        match self {
            Self::Each => named.to_vec(),
            Self::Largest => named.last().copied().into_iter().collect(),
            Self::Fixed(number) => vec![number],
        }
    }
}

/// The parameters of a sample.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Number of workers.
    pub workers: usize,
    /// Seed of random choices, the same for every strategy of a round.
    pub seed: u64,
    /// Factor by which the length of the sample is multiplied; 1 in a full run.
    pub scale: f64,
}

/// How long a full sample lasts.
const FULL: Duration = Duration::from_millis(100);

impl Setup {
    /// Returns how long the sample lasts.
    fn span(&self) -> Duration {
        FULL.mul_f64(self.scale)
    }
}

/// About how long a pool takes to start, to run its first jobs, and to end.
const START: Duration = Duration::from_millis(2);

/// Creates what is measured.
pub(crate) struct Factory<'a, P> {
    /// Starts a pool with this number of workers.
    pub(crate) pool: &'a dyn Fn(usize) -> P,
    /// Creates its queue, to feed the real server.
    pub(crate) queue: &'a dyn Fn() -> Option<Box<dyn JobQueue>>,
}

impl Workload {
    /// Returns whether each sample must be taken in a subprocess.
    pub fn needs_subprocess(&self) -> bool {
        matches!(self.task, Task::Memory { .. })
    }

    /// Returns whether it is measured under a condition.
    ///
    /// The memory of a queue and the CPU time of an idle pool do not depend on the condition. Beside
    /// busy processes the pool has half of the machine: a load of half or more would measure how
    /// fast a backlog grows. On one core, a submitter that spins until the next job is due leaves no
    /// time to the workers, and the figure would be the length of a time slice.
    pub fn applies(&self, condition: Condition) -> bool {
        match (condition, self.task) {
            (Condition::Quiet, _) => true,
            (_, Task::Memory { .. } | Task::Idle { .. }) => false,
            (Condition::Busy, Task::Load { percent }) => percent < 50,
            (Condition::Busy, _) => true,
            (Condition::OneCore, task) => !task.submitter_spins(),
        }
    }

    /// Returns about how long a sample takes on a quiet machine.
    pub fn estimate(&self, setup: &Setup) -> Duration {
        START + self.task.estimate(setup)
    }

    /// Takes one sample of a pool. Panics unless each job ran exactly once.
    ///
    /// Returns an empty sample if the workload does not apply to the pool.
    pub fn measure<P: Pool>(&self, setup: &Setup) -> Sample {
        self.measure_made(setup, &Factory { pool: &P::start, queue: &P::queue })
    }

    /// Takes one sample of a pool that a factory makes.
    ///
    /// It is not inlined, so that all variants of a pool share its machine code.
    #[inline(never)]
    pub(crate) fn measure_made<P: Pool>(&self, setup: &Setup, factory: &Factory<'_, P>) -> Sample {
        let task = self.task;
        if !P::QUEUES && task.needs_queue() || P::BOUNDED && task.needs_unbounded_queue() {
            return Sample::default();
        }
        let setup = &Setup { scale: setup.scale * P::SCALE, ..*setup };
        let task = task.scaled(setup.scale);
        match task {
            Task::Server(load) => {
                let queue = (factory.queue)();
                queue.map_or_else(Sample::default, |queue| server::serve(queue, setup, load))
            }
            Task::Start => lifecycle::start(factory.pool, setup),
            Task::Drop { jobs } => lifecycle::drop_with_backlog(factory.pool, setup, jobs),
            _ => {
                let pool = started((factory.pool)(setup.workers), setup.workers);
                let before = pool.counts();
                let mut sample = run(pool, setup, task);
                sample.values.extend(meter::wakes_since(before));
                sample
            }
        }
    }
}

fn run<P: Pool>(pool: P, setup: &Setup, task: Task) -> Sample {
    match task {
        Task::Stream { submitters, jobs, work } => {
            throughput::stream(pool, setup, submitters, jobs, work)
        }
        Task::Bursts { jobs, work } => throughput::bursts(pool, setup, jobs, work),
        Task::RoundTrips { jobs, waiter } => latency::round_trips(pool, setup, jobs, waiter),
        Task::OpenLoop { gap } => arrivals::open_loop(pool, setup, gap),
        Task::Sparse { gap } => arrivals::sparse(pool, setup, gap),
        Task::Load { percent } => arrivals::load(pool, setup, percent),
        Task::Straggler { slow } => straggler::straggler(pool, setup, slow),
        Task::AfterIdle { jobs, pause, work } => {
            lifecycle::after_idle(pool, setup, jobs, pause, work)
        }
        Task::Imbalance { jobs, work } => throughput::imbalance(pool, setup, jobs, work),
        Task::Memory { jobs } => throughput::backlog(pool, setup, jobs),
        Task::Tree { jobs } => throughput::tree(pool, setup, jobs),
        Task::Idle { jobs } => lifecycle::idle(pool, setup, jobs),
        Task::Start | Task::Drop { .. } | Task::Server(_) => {
            unreachable!("it starts pools of its own")
        }
    }
}

/// Makes every worker of a new pool run a job, and then passes jobs through the queue.
pub(crate) fn started<P: Pool>(pool: P, workers: usize) -> P {
    if P::QUEUES {
        lifecycle::occupied(&pool, workers, || ());
    }
    let jobs = if P::QUEUES { 1_000 } else { 10 };
    let warm = Latch::new(jobs);
    for id in 0..jobs {
        pool.submit(move || warm.ran(id));
    }
    warm.wait();
    pool
}

/// Ends a pool all of whose jobs have run, and checks them.
fn finish<P: Pool>(pool: P, latches: &[&Latch]) {
    meter::finish(pool, || latches.iter().for_each(|latch| latch.wait()));
    latches.iter().for_each(|latch| latch.verify());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Metric;

    fn workload(name: &str) -> &'static Workload {
        WORKLOADS.iter().find(|one| one.name == name).expect("it exists")
    }

    #[test]
    fn sweeps_have_the_largest_number_of_workers() {
        assert_eq!(workload("empty-1").workers.of(&[2, 8]), [2, 8]);
        assert_eq!(workload("sparse-20").workers.of(&[2, 8]), [8]);
        assert_eq!(workload("one-worker").workers.of(&[2, 8]), [1]);
    }

    #[test]
    fn conditions_leave_out_what_they_would_distort() {
        let under = |condition| {
            let applies = WORKLOADS.iter().filter(move |one| !one.applies(condition));
            applies.map(|one| one.name).collect::<Vec<_>>()
        };
        assert!(under(Condition::Quiet).is_empty());
        assert_eq!(under(Condition::Busy), ["load-50", "load-80", "load-95", "idle", "memory"]);
        let spin = ["round-trip-spin", "open-loop", "idle", "serve-open", "memory"];
        assert_eq!(under(Condition::OneCore), spin);
    }

    #[test]
    fn full_samples_last_at_least_their_span() {
        let setup = Setup { workers: 8, seed: 1, scale: 1.0 };
        for workload in WORKLOADS {
            let counts_jobs = matches!(
                workload.task,
                Task::Memory { .. } | Task::Imbalance { .. } | Task::Sparse { .. }
            );
            let time = workload.estimate(&setup);
            assert!(counts_jobs || time >= FULL, "{}: {time:?}", workload.name);
        }
    }

    #[test]
    fn full_samples_have_jobs_for_a_99th_percentile() {
        for workload in WORKLOADS {
            if let Some(gap) = workload.task.gap().filter(|gap| arrivals::has_p99(*gap)) {
                let jobs = arrivals::jobs(gap, 1.0);
                assert!(jobs >= Metric::P99.least_jobs() as u64, "{}: {jobs}", workload.name);
            }
        }
    }
}
