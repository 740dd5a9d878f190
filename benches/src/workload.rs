//! What contenders must do, and how one sample of it is measured.

mod counts;
mod effort;
mod fairness;
mod idle;
mod latch;
mod latency;
mod memory;
mod metric;
mod sample;
mod serve;
mod shutdown;
mod sleeps;
mod sparse;
mod straggler;
mod throughput;
mod tree;
mod waking;
mod work;

pub use metric::{Metric, Unit};
pub use sample::{Sample, Span};
pub use work::{calibrate, calibrate_as, pace, spin, steps};

use crate::condition::Condition;
use crate::contender::Pool;
use hello::JobQueue;
pub use latch::Latch;
use latency::Waiter;
use serve::Load;
use std::time::Duration;
use straggler::Scene;
use work::Work;

/// One question to every contender.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// What it is called on the command line and in tables.
    pub name: &'static str,
    /// What a designer learns from it.
    pub question: &'static str,
    /// The number of workers it needs, if it is not for the command line to say.
    pub workers: Option<usize>,
    task: Task,
}

/// What a sample is taken under.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// How many workers the pool has.
    pub workers: usize,
    /// What random choices of the workload start from: the same for every contender of a round.
    pub seed: u64,
    /// How much of the jobs to submit: 1 for all.
    pub effort: f64,
}

/// How what is measured is made.
pub(crate) struct Make<'a, P> {
    /// Starts a pool of so many threads.
    pub(crate) pool: &'a dyn Fn(usize) -> P,
    /// Makes its queue, to feed the real server.
    pub(crate) queue: &'a dyn Fn() -> Option<Box<dyn JobQueue>>,
}

#[derive(Clone, Copy, Debug)]
enum Task {
    /// Submitting from so many threads at once, as fast as they can.
    Stream { producers: u64, jobs: u64, work: Work },
    /// Submitting bursts, each when the one before has run.
    Bursts { bursts: u64, jobs: u64, work: Work },
    /// Submitting one job and waiting until it has run.
    RoundTrips { jobs: u64, waiter: Waiter },
    /// Submitting one job at a time, at times that do not depend on how the pool is doing.
    OpenLoop { jobs: u64, gap: Duration, work: Work },
    /// The same with exponential gaps, from a submitter that sleeps in between.
    Sparse { jobs: u64, gap: Duration },
    /// Open loop, and one job that sleeps.
    Straggler(Scene),
    /// Submitting bursts to workers that have gone to sleep.
    AfterIdle { bursts: u64, jobs: u64, pause: Duration, work: Duration },
    /// Asking who ran what.
    Fairness { jobs: u64, work: Duration },
    /// Letting jobs wait.
    Memory { jobs: u64 },
    /// Every job but the leaves submits two more.
    Tree { jobs: u64 },
    /// Ending the pool with jobs queued.
    Drop { jobs: u64 },
    /// Nothing to do, after a burst.
    Idle { jobs: u64, span: Duration },
    /// The real server, if the contender has a queue to feed it.
    Serve(Load),
}

const fn workload(name: &'static str, question: &'static str, task: Task) -> Workload {
    Workload { name, question, workers: None, task }
}

const fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// Everything there is to ask.
pub const WORKLOADS: &[Workload] = &[
    workload(
        "empty-1",
        "what does a job cost?",
        Task::Stream { producers: 1, jobs: 100_000, work: Work::None },
    ),
    workload(
        "empty-2",
        "and with two producers?",
        Task::Stream { producers: 2, jobs: 100_000, work: Work::None },
    ),
    workload(
        "empty-4",
        "and with four?",
        Task::Stream { producers: 4, jobs: 100_000, work: Work::None },
    ),
    workload(
        "spin-300ns",
        "does it matter to jobs of a third of a microsecond?",
        Task::Stream { producers: 1, jobs: 50_000, work: Work::Spin(Duration::from_nanos(300)) },
    ),
    workload(
        "spin-1us",
        "does it matter to jobs of a microsecond?",
        Task::Stream { producers: 1, jobs: 20_000, work: Work::Spin(micros(1)) },
    ),
    workload(
        "spin-10us",
        "does it matter to jobs of ten?",
        Task::Stream { producers: 1, jobs: 3_000, work: Work::Spin(micros(10)) },
    ),
    workload(
        "spin-100us",
        "does it matter to jobs of a hundred?",
        Task::Stream { producers: 1, jobs: 300, work: Work::Spin(micros(100)) },
    ),
    workload(
        "mixed",
        "what does a long job do to the short ones?",
        Task::Stream {
            producers: 1,
            jobs: 5_000,
            work: Work::Mixed { short: micros(1), long: micros(100), one_in: 20 },
        },
    ),
    workload(
        "bursts",
        "what does it cost to spread a few jobs, again and again?",
        Task::Bursts { bursts: 300, jobs: 32, work: Work::Spin(micros(2)) },
    ),
    workload(
        "trip-looking",
        "how long until a job starts?",
        Task::RoundTrips { jobs: 5_000, waiter: Waiter::Looks },
    ),
    workload(
        "trip-channel",
        "and if whoever waits for its answer does so in a channel?",
        Task::RoundTrips { jobs: 1_000, waiter: Waiter::Receives },
    ),
    workload(
        "trip-asleep",
        "and if it sleeps at once?",
        Task::RoundTrips { jobs: 1_000, waiter: Waiter::Sleeps },
    ),
    workload(
        "open-loop",
        "how late are jobs that come one by one?",
        Task::OpenLoop { jobs: 1_200, gap: micros(50), work: Work::None },
    ),
    workload(
        "sparse-5",
        "and if the submitter sleeps in between?",
        Task::Sparse { jobs: 2_000, gap: micros(5) },
    ),
    workload(
        "sparse-20",
        "with 20 µs between jobs?",
        Task::Sparse { jobs: 1_500, gap: micros(20) },
    ),
    workload("sparse-60", "with 60 µs?", Task::Sparse { jobs: 1_200, gap: micros(60) }),
    workload("sparse-250", "with 250 µs?", Task::Sparse { jobs: 1_000, gap: micros(250) }),
    workload("sparse-1000", "with a millisecond?", Task::Sparse { jobs: 200, gap: micros(1_000) }),
    workload("sparse-10000", "with ten?", Task::Sparse { jobs: 100, gap: micros(10_000) }),
    Workload {
        workers: Some(4),
        ..workload(
            "straggler",
            "how late are fast jobs while one worker sleeps?",
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
        "what does it cost to wake a pool that sleeps?",
        Task::AfterIdle { bursts: 10, jobs: 32, pause: micros(2_000), work: micros(10) },
    ),
    workload(
        "fairness",
        "do the workers share the work?",
        Task::Fairness { jobs: 3_000, work: micros(5) },
    ),
    workload("memory", "what does a waiting job take?", Task::Memory { jobs: 100_000 }),
    Workload {
        workers: Some(1),
        ..workload(
            "one-worker",
            "what does a job cost with one worker?",
            Task::Stream { producers: 1, jobs: 100_000, work: Work::None },
        )
    },
    Workload {
        workers: Some(32),
        ..workload(
            "crowd",
            "and with many more workers than cores?",
            Task::Stream { producers: 1, jobs: 100_000, work: Work::None },
        )
    },
    workload("tree", "what do jobs cost that spawn jobs?", Task::Tree { jobs: (1 << 15) - 1 }),
    Workload {
        workers: Some(16),
        ..workload(
            "blocking",
            "what do jobs cost that wait?",
            Task::Stream { producers: 1, jobs: 400, work: Work::Sleep(micros(1000)) },
        )
    },
    workload("drop", "what does it cost to end with a backlog?", Task::Drop { jobs: 50_000 }),
    workload(
        "idle",
        "what does a pool cost that does nothing?",
        Task::Idle { jobs: 1_000, span: Duration::from_millis(400) },
    ),
    workload(
        "serve-closed",
        "how long does the real server take for a request?",
        Task::Serve(Load::Closed { requests: 12_000 }),
    ),
    workload(
        "serve-open",
        "how late are its answers to requests that come one by one?",
        Task::Serve(Load::Open { requests: 1_500, gap: micros(250) }),
    ),
];

impl Workload {
    /// Returns whether each sample must be taken in a process of its own.
    pub fn needs_subprocess(&self) -> bool {
        matches!(self.task, Task::Memory { .. })
    }

    /// Returns whether a sample under that condition says something.
    ///
    /// What a waiting job takes does not depend on it. A submitter that spins until the next job is
    /// due leaves no time to the workers if it shares their only core, so that its figure would be
    /// the length of a time slice.
    pub fn is_asked(&self, condition: Condition) -> bool {
        let spins = match self.task {
            Task::OpenLoop { .. } | Task::Straggler(_) | Task::Serve(Load::Open { .. }) => true,
            Task::RoundTrips { waiter, .. } => matches!(waiter, Waiter::Looks),
            _ => false,
        };
        match condition {
            Condition::Quiet => true,
            Condition::Busy => !matches!(self.task, Task::Memory { .. }),
            Condition::OneCore => !matches!(self.task, Task::Memory { .. }) && !spins,
        }
    }

    /// Returns by what the number of its jobs is multiplied under that condition.
    pub fn scale(&self, condition: Condition) -> f64 {
        self.task.scale(condition)
    }

    /// Takes one sample of a contender. Fails unless each job ran exactly once.
    ///
    /// The sample is empty if the contender cannot be asked this, as it has no queue in which jobs
    /// wait.
    pub fn measure<P: Pool>(&self, setup: &Setup) -> Sample {
        self.measure_made(setup, &Make { pool: &P::start, queue: &P::queue })
    }

    /// The same of a pool that is made in another way. Not inlined, so that all ways share its
    /// machine code.
    #[inline(never)]
    pub(crate) fn measure_made<P: Pool>(&self, setup: &Setup, make: &Make<'_, P>) -> Sample {
        if !P::QUEUES
            && matches!(self.task, Task::Drop { .. } | Task::Memory { .. } | Task::Fairness { .. })
        {
            return Sample::default();
        }
        let task = self.task.scaled(setup.effort * P::EFFORT);
        if let Task::Serve(load) = task {
            return (make.queue)()
                .map_or_else(Sample::default, |queue| serve::serve(queue, setup, load));
        }
        let pool = started((make.pool)(setup.workers), setup.workers);
        let before = pool.counts();
        let mut sample = match task {
            Task::Stream { producers, jobs, work } => {
                throughput::stream(pool, setup, producers, jobs, work)
            }
            Task::Bursts { bursts, jobs, work } => {
                throughput::bursts(pool, setup, bursts, jobs, work)
            }
            Task::RoundTrips { jobs, waiter } => latency::round_trips(pool, jobs, waiter),
            Task::OpenLoop { jobs, gap, work } => latency::open_loop(pool, setup, jobs, gap, work),
            Task::Sparse { jobs, gap } => sparse::sparse(pool, setup, jobs, gap),
            Task::Straggler(scene) => straggler::straggler(pool, setup, scene),
            Task::AfterIdle { bursts, jobs, pause, work } => {
                waking::after_idle(pool, bursts, jobs, pause, work)
            }
            Task::Fairness { jobs, work } => fairness::fairness(pool, setup, jobs, work),
            Task::Memory { jobs } => memory::backlog(pool, setup, jobs),
            Task::Tree { jobs } => tree::tree(pool, jobs),
            Task::Drop { jobs } => shutdown::drop_with_backlog(pool, setup, jobs),
            Task::Idle { jobs, span } => idle::idle(pool, jobs, span),
            Task::Serve(_) => unreachable!("the server has a pool of its own"),
        };
        sample.values.extend(counts::since(before));
        sample
    }
}

/// Lets all threads of a new pool run a job, and warms its allocations.
fn started<P: Pool>(pool: P, workers: usize) -> P {
    if P::QUEUES {
        shutdown::occupied(&pool, workers, || ());
    }
    let jobs = if P::QUEUES { 1_000 } else { 10 };
    let warm = Latch::new(jobs);
    for id in 0..jobs {
        pool.submit(move || warm.ran(id));
    }
    warm.wait();
    pool
}

/// Ends a pool all of whose jobs have run.
fn finish<P: Pool>(pool: P, latch: &Latch) {
    counts::finish(pool, || latch.wait());
    latch.verify();
}
