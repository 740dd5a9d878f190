//! What a pool must do, and how one sample of it is taken.
//!
//! A sample is one new pool: its workers have each run a job before the clock starts, and the
//! sample fails unless every job ran exactly once.

mod jobs;
mod latency;
mod lifecycle;
mod meter;
mod server;
mod task;
mod throughput;

pub use jobs::{Latch, calibrate, calibrate_as, pace, spin, steps};

use crate::data::{Condition, Sample};
use crate::pool::Pool;
use hello::JobQueue;
use jobs::Work;
use latency::{Scene, Waiter};
use server::Load;
use std::time::Duration;
use task::Task;

/// A workload.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Its name on the command line and in tables.
    pub name: &'static str,
    /// What it measures.
    pub description: &'static str,
    /// The number of workers; `None` if the command line chooses it.
    pub workers: Option<usize>,
    task: Task,
}

/// The parameters of a sample.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Number of workers.
    pub workers: usize,
    /// Seed of random choices, the same for every strategy of a round.
    pub seed: u64,
    /// Factor by which the number of jobs is multiplied; 1 in a full run.
    pub scale: f64,
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
    /// Memory does not depend on the condition. On one core, a submitter that spins until the next
    /// job is due leaves no time to the workers, and the figure would be the length of a time
    /// slice.
    pub fn applies(&self, condition: Condition) -> bool {
        let is_memory = matches!(self.task, Task::Memory { .. });
        match condition {
            Condition::Quiet => true,
            Condition::Busy => !is_memory,
            Condition::OneCore => !is_memory && !self.task.submitter_spins(),
        }
    }

    /// Returns about how long a sample takes on a quiet machine.
    pub fn estimate(&self, setup: &Setup) -> Duration {
        START + self.task.scaled(setup.scale).estimate(setup.workers)
    }

    /// Returns the factor by which the number of jobs is multiplied under a condition.
    pub fn scale(&self, condition: Condition) -> f64 {
        self.task.scale(condition)
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
        let task = task.scaled(setup.scale * P::SCALE);
        if let Task::Server(load) = task {
            let queue = (factory.queue)();
            return queue.map_or_else(Sample::default, |queue| server::serve(queue, setup, load));
        }
        let pool = started((factory.pool)(setup.workers), setup.workers);
        let before = pool.counts();
        let mut sample = run(pool, setup, task);
        sample.values.extend(meter::wakes_since(before));
        sample
    }
}

fn run<P: Pool>(pool: P, setup: &Setup, task: Task) -> Sample {
    match task {
        Task::Stream { submitters, jobs, work } => {
            throughput::stream(pool, setup, submitters, jobs, work)
        }
        Task::Bursts { bursts, jobs, work } => throughput::bursts(pool, bursts, jobs, work),
        Task::RoundTrips { jobs, waiter } => latency::round_trips(pool, jobs, waiter),
        Task::OpenLoop { jobs, gap } => latency::open_loop(pool, setup, jobs, gap),
        Task::Sparse { jobs, gap } => latency::sparse(pool, setup, jobs, gap),
        Task::Straggler(scene) => latency::straggler(pool, setup, scene),
        Task::AfterIdle { bursts, jobs, pause, work } => {
            lifecycle::after_idle(pool, bursts, jobs, pause, work)
        }
        Task::Imbalance { jobs, work } => throughput::imbalance(pool, setup, jobs, work),
        Task::Memory { jobs } => throughput::backlog(pool, setup, jobs),
        Task::Tree { jobs } => throughput::tree(pool, jobs),
        Task::Drop { jobs } => lifecycle::drop_with_backlog(pool, setup, jobs),
        Task::Idle { jobs, span } => lifecycle::idle(pool, jobs, span),
        Task::Server(_) => unreachable!("the server starts a pool of its own"),
    }
}

/// Makes every worker of a new pool run a job, and then passes jobs through the queue.
fn started<P: Pool>(pool: P, workers: usize) -> P {
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
fn finish<P: Pool>(pool: P, latch: &Latch) {
    meter::finish(pool, || latch.wait());
    latch.verify();
}

const fn workload(name: &'static str, description: &'static str, task: Task) -> Workload {
    Workload { name, description, workers: None, task }
}

const fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// All workloads.
pub const WORKLOADS: &[Workload] = &[
    workload(
        "empty-1",
        "the cost of an empty job, one submitter",
        Task::Stream { submitters: 1, jobs: 100_000, work: Work::None },
    ),
    workload(
        "empty-2",
        "the cost of an empty job, two submitters",
        Task::Stream { submitters: 2, jobs: 100_000, work: Work::None },
    ),
    workload(
        "empty-4",
        "the cost of an empty job, four submitters",
        Task::Stream { submitters: 4, jobs: 100_000, work: Work::None },
    ),
    workload(
        "spin-300ns",
        "the cost of jobs that compute for 0.3 µs",
        Task::Stream { submitters: 1, jobs: 50_000, work: Work::Spin(Duration::from_nanos(300)) },
    ),
    workload(
        "spin-1us",
        "the cost of jobs that compute for 1 µs",
        Task::Stream { submitters: 1, jobs: 20_000, work: Work::Spin(micros(1)) },
    ),
    workload(
        "spin-10us",
        "the cost of jobs that compute for 10 µs",
        Task::Stream { submitters: 1, jobs: 3_000, work: Work::Spin(micros(10)) },
    ),
    workload(
        "spin-100us",
        "the cost of jobs that compute for 100 µs",
        Task::Stream { submitters: 1, jobs: 300, work: Work::Spin(micros(100)) },
    ),
    workload(
        "mixed",
        "jobs of 1 µs, one in twenty of 100 µs",
        Task::Stream {
            submitters: 1,
            jobs: 5_000,
            work: Work::Mixed { short: micros(1), long: micros(100), one_in: 20 },
        },
    ),
    workload(
        "bursts",
        "bursts of 32 jobs of 2 µs, each after the one before has run",
        Task::Bursts { bursts: 300, jobs: 32, work: micros(2) },
    ),
    workload(
        "round-trip-spin",
        "submit a job and spin until it has run",
        Task::RoundTrips { jobs: 5_000, waiter: Waiter::Spins },
    ),
    workload(
        "round-trip-channel",
        "submit a job and receive its answer from a channel",
        Task::RoundTrips { jobs: 1_000, waiter: Waiter::Receives },
    ),
    workload(
        "round-trip-park",
        "submit a job and park until it has run",
        Task::RoundTrips { jobs: 1_000, waiter: Waiter::Parks },
    ),
    workload(
        "open-loop",
        "the delay of single jobs about every 50 µs, from a submitter that spins",
        Task::OpenLoop { jobs: 1_200, gap: micros(50) },
    ),
    workload(
        "sparse-5",
        "single jobs about every 5 µs, from a submitter that sleeps in between",
        Task::Sparse { jobs: 2_000, gap: micros(5) },
    ),
    workload(
        "sparse-20",
        "single jobs about every 20 µs, from a submitter that sleeps in between",
        Task::Sparse { jobs: 1_500, gap: micros(20) },
    ),
    workload(
        "sparse-60",
        "single jobs about every 60 µs, from a submitter that sleeps in between",
        Task::Sparse { jobs: 1_200, gap: micros(60) },
    ),
    workload(
        "sparse-250",
        "single jobs about every 250 µs, from a submitter that sleeps in between",
        Task::Sparse { jobs: 1_000, gap: micros(250) },
    ),
    workload(
        "sparse-1000",
        "single jobs about every millisecond, from a submitter that sleeps in between",
        Task::Sparse { jobs: 200, gap: micros(1_000) },
    ),
    workload(
        "sparse-10000",
        "single jobs about every 10 ms, from a submitter that sleeps in between",
        Task::Sparse { jobs: 100, gap: micros(10_000) },
    ),
    Workload {
        workers: Some(4),
        ..workload(
            "straggler",
            "the delay of fast jobs while one slow job (the straggler) sleeps",
            Task::Straggler(Scene {
                jobs: 200,
                gap: micros(50),
                work: micros(20),
                sleep: micros(5_000),
            }),
        )
    },
    workload(
        "after-idle",
        "a burst of 32 jobs of 10 µs for workers that have parked",
        Task::AfterIdle { bursts: 10, jobs: 32, pause: micros(2_000), work: micros(10) },
    ),
    workload(
        "fairness",
        "how evenly the workers share the jobs",
        Task::Imbalance { jobs: 3_000, work: micros(5) },
    ),
    workload("memory", "the memory of a waiting job", Task::Memory { jobs: 100_000 }),
    Workload {
        workers: Some(1),
        ..workload(
            "one-worker",
            "the cost of an empty job with one worker",
            Task::Stream { submitters: 1, jobs: 100_000, work: Work::None },
        )
    },
    Workload {
        workers: Some(32),
        ..workload(
            "oversubscribed",
            "the cost of an empty job with many more workers than cores",
            Task::Stream { submitters: 1, jobs: 100_000, work: Work::None },
        )
    },
    workload("tree", "the cost of jobs that submit jobs", Task::Tree { jobs: (1 << 15) - 1 }),
    Workload {
        workers: Some(16),
        ..workload(
            "blocking",
            "the cost of jobs that sleep for 1 ms",
            Task::Stream { submitters: 1, jobs: 400, work: Work::Sleep(micros(1000)) },
        )
    },
    workload("drop", "the cost of shutting down with a backlog", Task::Drop { jobs: 50_000 }),
    workload(
        "idle",
        "the CPU time of an idle pool",
        Task::Idle { jobs: 1_000, span: Duration::from_millis(400) },
    ),
    workload(
        "serve-closed",
        "the time for a request to the real server over loopback",
        Task::Server(Load::Closed { requests: 12_000 }),
    ),
    workload(
        "serve-open",
        "the delay of the real server's responses to single requests about every 250 µs",
        Task::Server(Load::Open { requests: 1_500, gap: micros(250) }),
    ),
];
