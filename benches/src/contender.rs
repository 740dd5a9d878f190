//! Who takes part.

use crate::contenders::{ablation, channels, models, ours, pools, stealing};
use crate::workload::{Make, Sample, Setup, Workload};
use hello::queue::Rule;
use hello::{
    CondvarQueue, JobQueue, MpscQueue, QueueStats, StdCondvarQueue, TextbookQueue, ThreadPool,
};
use serde::{Deserialize, Serialize};

/// What a contender must be able to do.
///
/// How a job says that it has run is the workload's affair and the same for all.
pub trait Pool: Send + Sync + Sized + 'static {
    /// Whether jobs wait in a queue for workers that are there. If not, what is asked of a queue is
    /// not asked of it.
    const QUEUES: bool = true;

    /// How much of a sample's jobs it is given: less than 1 for what is so slow that nobody would
    /// wait for the end.
    const EFFORT: f64 = 1.0;

    /// How many jobs so many workers run at the same time.
    fn at_once(workers: usize) -> usize {
        workers
    }

    /// Starts a pool of exactly `workers` threads.
    fn start(workers: usize) -> Self;

    /// Hands over a job.
    fn submit(&self, job: impl FnOnce() + Send + 'static);

    /// A queue as its own, to feed the real server; `None` for a pool that cannot be parted from
    /// its queue.
    fn queue() -> Option<Box<dyn JobQueue>> {
        None
    }

    /// What its queue has counted so far, if it counts.
    fn counts(&self) -> Option<QueueStats> {
        None
    }

    /// Ends the pool once every job has run.
    ///
    /// A pool whose own shutdown would drop queued jobs calls `all_have_run` first, which waits for
    /// them.
    fn finish(self, all_have_run: impl FnOnce());
}

/// A row in the list of who takes part.
pub struct Contender {
    /// What it is called on the command line and in tables.
    pub name: &'static str,
    /// Its mechanism, in one line.
    pub mechanism: &'static str,
    /// Which side it is on.
    pub side: Side,
    measure: Measure,
}

/// How a contender's samples are taken.
enum Measure {
    /// By a function of its own for each pool, so that no contender pays for dynamic dispatch.
    Pool(fn(&Workload, &Setup) -> Sample),
    /// By the function of the default queue, whose queue lacks a rule: the machine code is the
    /// whole queue's.
    Without(Rule),
}

impl Contender {
    /// Takes one sample.
    pub fn sample(&self, workload: &Workload, setup: &Setup) -> Sample {
        match self.measure {
            Measure::Pool(measure) => measure(workload, setup),
            Measure::Without(rule) => workload.measure_made(
                setup,
                &Make {
                    pool: &|workers| {
                        ThreadPool::with_queue(workers, CondvarQueue::without(rule))
                            .expect("the pool starts")
                    },
                    queue: &|| Some(Box::new(CondvarQueue::without(rule))),
                },
            ),
        }
    }
}

/// Finds a contender by its name, also among those of the ablation.
pub fn named(name: &str) -> Option<&'static Contender> {
    CONTENDERS.iter().chain(ablation::strategies()).find(|contender| contender.name == name)
}

/// Which side a contender is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The default queue of `hello`, which ratios are about.
    Ours,
    /// Another strategy of `hello`, for the study.
    Study,
    /// Somebody else's channel or pool: the best of these is what ours is compared with.
    Peer,
    /// No pool at all, for the scale of things: neither ranked nor ever best.
    Model,
}

/// Somebody who takes part.
pub const fn contender<P: Pool>(
    name: &'static str,
    side: Side,
    mechanism: &'static str,
) -> Contender {
    Contender { name, mechanism, side, measure: Measure::Pool(Workload::measure::<P>) }
}

/// The default queue without one of its rules.
pub(crate) fn without(name: &'static str, mechanism: &'static str, rule: Rule) -> Contender {
    Contender { name, mechanism, side: Side::Study, measure: Measure::Without(rule) }
}

/// Everybody.
pub const CONTENDERS: &[Contender] = &[
    contender::<ThreadPool<CondvarQueue>>(
        "condvar",
        Side::Ours,
        "one lock, one condvar, a rule about who is woken",
    ),
    contender::<ThreadPool<TextbookQueue>>(
        "textbook",
        Side::Study,
        "the same without the rule: every push notifies",
    ),
    contender::<ThreadPool<StdCondvarQueue>>(
        "std-condvar",
        Side::Study,
        "the textbook on the standard library's lock",
    ),
    contender::<ThreadPool<MpscQueue>>(
        "mpsc",
        Side::Study,
        "the Book's: a channel's receiver behind a mutex",
    ),
    contender::<ours::WhileLet>(
        "while-let",
        Side::Study,
        "the Book's pitfall: locked while the job runs",
    ),
    contender::<ThreadPool<channels::Crossbeam>>(
        "crossbeam",
        Side::Peer,
        "lock-free segments; spins before it parks",
    ),
    contender::<ThreadPool<channels::Flume>>(
        "flume",
        Side::Peer,
        "a lock, and a signal to each waiter",
    ),
    contender::<ThreadPool<channels::Kanal>>(
        "kanal",
        Side::Peer,
        "a lock, and a hand-over straight to a waiter",
    ),
    contender::<ThreadPool<stealing::StealingQueue>>(
        "stealing",
        Side::Peer,
        "crossbeam-deque: take a batch, or steal",
    ),
    contender::<rayon::ThreadPool>(
        "rayon",
        Side::Peer,
        "work stealing; idle workers look around, then sleep",
    ),
    contender::<pools::RayonFifo>(
        "rayon-fifo",
        Side::Peer,
        "the same, first come, first served on each worker",
    ),
    contender::<threadpool::ThreadPool>("threadpool", Side::Peer, "the Book's design, published"),
    contender::<rusty_pool::ThreadPool>(
        "rusty-pool",
        Side::Peer,
        "crossbeam-channel, with a count of idle workers",
    ),
    contender::<pools::TokioBlocking>(
        "tokio",
        Side::Peer,
        "spawn_blocking: one lock and a condvar",
    ),
    contender::<models::OneThread>(
        "one-thread",
        Side::Model,
        "the Book's first server: whoever submits runs the job",
    ),
    contender::<models::ThreadPerJob>(
        "thread-per-job",
        Side::Model,
        "the Book's second idea: a new thread each time",
    ),
];
