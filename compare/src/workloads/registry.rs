//! The list of all workloads, family by family.

use super::jobs::Work;
use super::latency::Waiter;
use super::server::Load;
use super::straggler::Slow;
use super::task::Task;
use super::{Workers, Workload};
use std::time::Duration;

const fn workload(name: &'static str, description: &'static str, task: Task) -> Workload {
    Workload { name, description, workers: Workers::Each, representative: false, task }
}

impl Workload {
    /// Measures it with the largest number of workers only.
    const fn largest(self) -> Self {
        Self { workers: Workers::Largest, ..self }
    }

    /// Measures it with a number of workers of its own.
    const fn fixed(self, workers: usize) -> Self {
        Self { workers: Workers::Fixed(workers), ..self }
    }

    /// Makes it represent its family in a short run.
    const fn representative(self) -> Self {
        Self { representative: true, ..self }
    }
}

/// Returns a duration in microseconds.
pub(crate) const fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// Submits jobs from some threads in batches, as large as a backlog may become.
const fn stream(submitters: u64, jobs: u64, work: Work) -> Task {
    Task::Stream { submitters, jobs, work }
}

/// All workloads.
pub const WORKLOADS: &[Workload] = &[
    workload("empty-1", "the cost of an empty job, one submitter", stream(1, 40_000, Work::None))
        .representative(),
    workload("empty-2", "the cost of an empty job, two submitters", stream(2, 40_000, Work::None))
        .largest(),
    workload("empty-4", "the cost of an empty job, four submitters", stream(4, 40_000, Work::None))
        .largest(),
    workload(
        "one-worker",
        "the cost of an empty job with one worker",
        stream(1, 40_000, Work::None),
    )
    .fixed(1),
    workload(
        "oversubscribed",
        "the cost of an empty job with many more workers than cores",
        stream(1, 40_000, Work::None),
    )
    .fixed(32),
    workload(
        "spin-300ns",
        "the cost of jobs that compute for 0.3 µs",
        stream(1, 20_000, Work::Spin(Duration::from_nanos(300))),
    )
    .largest(),
    workload(
        "spin-1us",
        "the cost of jobs that compute for 1 µs",
        stream(1, 10_000, Work::Spin(micros(1))),
    )
    .largest(),
    workload(
        "spin-10us",
        "the cost of jobs that compute for 10 µs",
        stream(1, 1_000, Work::Spin(micros(10))),
    )
    .largest()
    .representative(),
    workload(
        "spin-100us",
        "the cost of jobs that compute for 100 µs",
        stream(1, 200, Work::Spin(micros(100))),
    )
    .largest(),
    workload(
        "mixed",
        "the cost of jobs of 1 µs, one in twenty of which has 100 µs",
        stream(1, 2_000, Work::Mixed { short: micros(1), long: micros(100), one_in: 20 }),
    )
    .largest(),
    workload(
        "touch",
        "the cost of jobs that change and sum 4 KiB that their submitter has written",
        stream(1, 4_000, Work::Touch { bytes: 4096 }),
    )
    .largest(),
    workload(
        "blocking",
        "the cost of jobs that sleep for 1 ms",
        stream(1, 160, Work::Sleep(micros(1_000))),
    )
    .fixed(16),
    workload(
        "round-trip-spin",
        "submit a job and spin until it has run",
        Task::RoundTrips { jobs: 100, waiter: Waiter::Spins },
    )
    .largest(),
    workload(
        "round-trip-channel",
        "submit a job and receive its answer from a channel",
        Task::RoundTrips { jobs: 100, waiter: Waiter::Receives },
    ),
    workload(
        "round-trip-park",
        "submit a job and park until it has run",
        Task::RoundTrips { jobs: 100, waiter: Waiter::Parks },
    )
    .representative(),
    workload(
        "sparse-1",
        "single jobs about every 1 µs: less than a sleep takes, so they come in bursts",
        Task::Sparse { gap: micros(1) },
    )
    .largest(),
    workload(
        "sparse-5",
        "single jobs about every 5 µs, from a submitter that sleeps in between",
        Task::Sparse { gap: micros(5) },
    )
    .largest(),
    workload(
        "sparse-20",
        "single jobs about every 20 µs, from a submitter that sleeps in between",
        Task::Sparse { gap: micros(20) },
    )
    .largest(),
    workload(
        "sparse-60",
        "single jobs about every 60 µs, from a submitter that sleeps in between",
        Task::Sparse { gap: micros(60) },
    )
    .representative(),
    workload(
        "sparse-250",
        "single jobs about every 250 µs, from a submitter that sleeps in between",
        Task::Sparse { gap: micros(250) },
    )
    .largest(),
    workload(
        "sparse-1000",
        "single jobs about every millisecond, from a submitter that sleeps in between",
        Task::Sparse { gap: micros(1_000) },
    )
    .largest(),
    workload(
        "sparse-10000",
        "single jobs about every 10 ms, from a submitter that sleeps in between",
        Task::Sparse { gap: micros(10_000) },
    )
    .largest(),
    workload(
        "open-loop",
        "the delay of single jobs about every 50 µs, from a submitter that spins",
        Task::OpenLoop { gap: micros(50) },
    )
    .representative(),
    workload(
        "load-10",
        "the delay of jobs of about 50 µs that use 10 % of the cores",
        Task::Load { percent: 10 },
    )
    .largest(),
    workload(
        "load-50",
        "the delay of jobs of about 50 µs that use 50 % of the cores",
        Task::Load { percent: 50 },
    )
    .representative(),
    workload(
        "load-80",
        "the delay of jobs of about 50 µs that use 80 % of the cores",
        Task::Load { percent: 80 },
    )
    .largest(),
    workload(
        "load-95",
        "the delay of jobs of about 50 µs that use 95 % of the cores",
        Task::Load { percent: 95 },
    )
    .largest(),
    workload(
        "bursts",
        "bursts of 32 jobs of 2 µs, each after the one before has run",
        Task::Bursts { jobs: 32, work: micros(2) },
    )
    .representative(),
    workload(
        "after-idle",
        "a burst of 32 jobs of 10 µs for workers that have parked",
        Task::AfterIdle { jobs: 32, pause: micros(2_000), work: micros(10) },
    )
    .largest(),
    workload("tree", "the cost of jobs that submit jobs", Task::Tree { jobs: (1 << 15) - 1 })
        .representative(),
    workload(
        "straggler",
        "the delay of fast jobs while one slow job (the straggler) sleeps",
        Task::Straggler { slow: Slow::Sleeps },
    )
    .fixed(4)
    .representative(),
    workload(
        "straggler-computes",
        "the delay of fast jobs while one slow job computes and so has a core",
        Task::Straggler { slow: Slow::Computes },
    )
    .fixed(4),
    workload(
        "start",
        "the time to build a pool and to run its first job, without a warm-up",
        Task::Start,
    )
    .largest()
    .representative(),
    workload("drop", "the cost of shutting down with a backlog", Task::Drop { jobs: 40_000 })
        .largest(),
    workload("idle", "the CPU time of an idle pool", Task::Idle { jobs: 1_000 }).largest(),
    workload(
        "serve-closed",
        "the time for a request to the real server over loopback",
        Task::Server(Load::Closed { requests: 500 }),
    )
    .largest()
    .representative(),
    workload(
        "serve-open",
        "the delay of the real server's responses to single requests about every 100 µs",
        Task::Server(Load::Open { gap: micros(100) }),
    )
    .largest(),
    workload("memory", "the memory of a waiting job", Task::Memory { jobs: 100_000 }).largest(),
    workload(
        "fairness",
        "how evenly the workers share the jobs",
        Task::Imbalance { jobs: 3_000, work: micros(5) },
    )
    .largest(),
];
