//! The strategies that are measured: queues behind the pool of `hello`, and whole pools.
//!
//! The implementations stand in the submodules, the registry at the end of this file.

mod channels;
mod parking;
mod pools;
mod seg_queue;
mod stealing;

use crate::data::{Group, Sample, Trace, WHOLE};
use crate::machine::Watch;
use crate::pool::Pool;
use crate::trace::Scene;
use crate::workloads::{Factory, Setup, Workload};
use hello::queue::Rule;
use hello::{CondvarQueue, MpscQueue, StdCondvarQueue, TextbookQueue, ThreadPool};
use std::sync::LazyLock;
use std::time::Duration;

/// A strategy in the registry.
#[derive(Debug)]
pub struct Strategy {
    /// Its name on the command line and in tables.
    pub name: &'static str,
    /// Its mechanism, in one line.
    pub mechanism: &'static str,
    /// The group it belongs to.
    pub group: Group,
    measure: Measure,
}

/// How samples of a strategy are taken.
#[derive(Debug)]
enum Measure {
    /// By functions of its own for each pool, so that no strategy pays for dynamic dispatch.
    Pool { sample: fn(&Workload, &Setup) -> Sample, trace: fn(&Scene, usize) -> Trace },
    /// By the function of the default queue, so that a variant shares its machine code.
    Variant(Variant),
}

/// A variant of the default queue.
#[derive(Clone, Copy, Debug)]
enum Variant {
    /// Lacks one rule.
    Without(Rule),
    /// Spins for so long before it parks.
    Spin(Duration),
}

impl Variant {
    fn queue(self) -> CondvarQueue {
        match self {
            Self::Without(rule) => CondvarQueue::without(rule),
            Self::Spin(budget) => CondvarQueue::new().spin(budget),
        }
    }

    fn pool(self, workers: usize) -> ThreadPool<CondvarQueue> {
        ThreadPool::with_queue(workers, self.queue()).expect("the pool starts")
    }
}

impl Strategy {
    /// Takes one sample.
    pub fn sample(&self, workload: &Workload, setup: &Setup) -> Sample {
        let watch = Watch::start();
        let mut sample = match self.measure {
            Measure::Pool { sample, .. } => sample(workload, setup),
            Measure::Variant(variant) => workload.measure_made(
                setup,
                &Factory {
                    pool: &|workers| variant.pool(workers),
                    queue: &|| Some(Box::new(variant.queue())),
                },
            ),
        };
        sample.disturbance = watch.stop();
        sample
    }

    /// Records one run of a scene.
    pub fn trace(&self, scene: &Scene, workers: usize) -> Trace {
        let trace = match self.measure {
            Measure::Pool { trace, .. } => trace(scene, workers),
            Measure::Variant(variant) => {
                scene.record_made(workers, &|workers| variant.pool(workers))
            }
        };
        Trace { strategy: self.name.to_owned(), ..trace }
    }
}

/// Creates the registry entry of a pool.
pub const fn strategy<P: Pool>(
    name: &'static str,
    group: Group,
    mechanism: &'static str,
) -> Strategy {
    let measure = Measure::Pool { sample: Workload::measure::<P>, trace: Scene::record::<P> };
    Strategy { name, mechanism, group, measure }
}

/// Returns the strategy with a name, from all lists.
pub fn named(name: &str) -> Option<&'static Strategy> {
    STRATEGIES.iter().chain(OPTIONAL).chain(ablation()).find(|strategy| strategy.name == name)
}

/// The strategies of a run that names none.
pub const STRATEGIES: &[Strategy] = &[
    strategy::<ThreadPool<CondvarQueue>>(
        "condvar",
        Group::Ours,
        "one lock, one condvar, one wake-up at a time",
    ),
    strategy::<ThreadPool<TextbookQueue>>(
        "textbook",
        Group::Study,
        "one lock, one condvar: every push notifies",
    ),
    strategy::<ThreadPool<StdCondvarQueue>>(
        "std-condvar",
        Group::Study,
        "the textbook queue on the standard library's lock",
    ),
    strategy::<ThreadPool<MpscQueue>>(
        "mpsc",
        Group::Study,
        "the Book's: a channel's receiver behind a mutex",
    ),
    strategy::<pools::WhileLet>(
        "while-let",
        Group::Study,
        "the Book's pitfall: locked while the job runs",
    ),
    strategy::<ThreadPool<channels::Crossbeam>>(
        "crossbeam",
        Group::Peer,
        "lock-free segments; spins before it parks",
    ),
    strategy::<ThreadPool<channels::Flume>>(
        "flume",
        Group::Peer,
        "a lock, and a signal to each waiter",
    ),
    strategy::<ThreadPool<channels::Kanal>>(
        "kanal",
        Group::Peer,
        "a lock, and a direct hand-off to a waiter",
    ),
    strategy::<ThreadPool<stealing::StealingQueue>>(
        "stealing",
        Group::Peer,
        "ours, on crossbeam-deque: take a batch, or steal; a push wakes a parked worker",
    ),
    strategy::<rayon::ThreadPool>(
        "rayon",
        Group::Peer,
        "work stealing; idle workers search, then park",
    ),
    strategy::<pools::RayonFifo>(
        "rayon-fifo",
        Group::Peer,
        "work stealing; jobs are first in, first out on each worker",
    ),
    strategy::<threadpool::ThreadPool>("threadpool", Group::Peer, "the Book's design, published"),
    strategy::<rusty_pool::ThreadPool>(
        "rusty-pool",
        Group::Peer,
        "crossbeam-channel, with a count of idle workers",
    ),
    strategy::<pools::TokioBlocking>(
        "tokio",
        Group::Peer,
        "spawn_blocking: one lock and a condvar",
    ),
    strategy::<pools::TokioTasks>(
        "tokio-tasks",
        Group::Peer,
        "spawn: work stealing; at most half of the workers search",
    ),
    strategy::<pools::AsyncExecutor>(
        "async-executor",
        Group::Peer,
        "smol's: a shared queue and one per worker; wakes one worker at a time",
    ),
    strategy::<pools::OneThread>(
        "one-thread",
        Group::Reference,
        "the Book's first server: the submitter runs the job",
    ),
    strategy::<pools::ThreadPerJob>(
        "thread-per-job",
        Group::Reference,
        "the Book's second idea: a new thread for each job",
    ),
];

/// Strategies that take part only if they are named: one that is no independent peer, or that not
/// every workload applies to, would change the means of the others.
pub const OPTIONAL: &[Strategy] = &[
    Strategy {
        name: "condvar-spin",
        mechanism: "the default queue with a spin budget of 1 ms: the price of --spin",
        group: Group::Variant,
        measure: Measure::Variant(Variant::Spin(Duration::from_millis(1))),
    },
    strategy::<pools::BoundedCrossbeam>(
        "bounded",
        Group::Peer,
        "crossbeam's bounded channel, of 10240 jobs: an array; spins before it parks",
    ),
    strategy::<ThreadPool<seg_queue::SegmentQueue>>(
        "seg-queue",
        Group::Peer,
        "ours, on crossbeam-queue's SegQueue: a push wakes a parked worker",
    ),
];

/// Returns the strategies of an ablation: the whole default queue, and the queue without each of its
/// rules.
pub fn ablation() -> &'static [Strategy] {
    static STRATEGIES: LazyLock<Vec<Strategy>> = LazyLock::new(|| {
        let whole = strategy::<ThreadPool<CondvarQueue>>(
            WHOLE,
            Group::Ours,
            "the default queue with all of its rules",
        );
        let without = |rule: Rule| Strategy {
            // The list is created once and never freed.
            name: format!("without-{}", rule.name()).leak(),
            mechanism: "the default queue without that rule",
            group: Group::Variant,
            measure: Measure::Variant(Variant::Without(rule)),
        };
        std::iter::once(whole).chain(Rule::REMOVABLE.into_iter().map(without)).collect()
    });
    &STRATEGIES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ablation_removes_each_rule_once() {
        let names: Vec<_> = ablation().iter().map(|one| one.name).collect();
        assert_eq!((names[0], names.len()), (WHOLE, 1 + Rule::REMOVABLE.len()));
        let is_there = |rule: &Rule| names.contains(&&*format!("without-{}", rule.name()));
        assert!(Rule::REMOVABLE.iter().all(is_there));
    }

    #[test]
    fn optional_strategies_are_found_by_name() {
        for optional in OPTIONAL {
            assert!(named(optional.name).is_some());
            assert!(STRATEGIES.iter().all(|one| one.name != optional.name));
        }
    }
}
