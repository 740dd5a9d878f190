//! What a strategy for feeding workers must promise, and the strategies themselves.
//!
//! A [`JobQueue`] stands between the submitters of jobs and the workers that run them. It knows
//! nothing of the pool: it neither runs a job nor counts one nor catches its panic. So two pools
//! that differ only in their queue differ only in what this module is about, *who is woken, and
//! when*.
//!
//! | strategy | what it is |
//! |---|---|
//! | [`CondvarQueue`] | the default: a `VecDeque` under a lock and a condvar, waking at most one worker at a time |
//! | [`TextbookQueue`] | the same without that rule: every push notifies |
//! | [`StdCondvarQueue`] | the textbook again, on the standard library's lock and condvar |
//! | [`MpscQueue`] | the Book's: the workers share the receiver of a channel (Listing 20-20) |
//! | [`WhileLetQueue`] | the Book's pitfall: the receiver stays locked while the job runs (Listing 20-21) |

mod condvar;
mod mpsc;
mod std_condvar;
mod textbook;
mod while_let;

use std::error::Error;
use std::fmt;

pub use condvar::CondvarQueue;
#[doc(hidden)]
pub use condvar::Rule;
pub use mpsc::MpscQueue;
pub use std_condvar::StdCondvarQueue;
pub use textbook::TextbookQueue;
pub use while_let::WhileLetQueue;

/// A unit of work: the boxed closure of the Book's Listing 20-19.
///
/// # Example
///
/// ```
/// let job: hello::Job = Box::new(|| println!("Hi"));
/// hello::ThreadPool::new(1).execute(job);
/// ```
pub type Job = Box<dyn FnOnce() + Send + 'static>;

/// A queue that feeds workers.
///
/// # What an implementation promises
///
/// - A job that [`push`](Self::push) or [`try_push`](Self::try_push) accepted comes out of
///   [`pop`](Self::pop) exactly once; one that was refused comes back in the error (I3, I7).
/// - [`close`](Self::close) refuses jobs from then on. What was accepted before still comes out;
///   only when all of it has does `pop` answer `None`, and then it does so to every caller, for
///   ever.
/// - While jobs wait, no caller of `pop` sleeps for good (I8).
/// - All methods may be called from any thread at any time, `close` more than once.
///
/// # Example
///
/// A queue of one's own takes four methods. This one serves the newest job first:
///
/// ```
/// use hello::{Job, JobQueue, ThreadPool};
/// use parking_lot::{Condvar, Mutex};
///
/// #[derive(Default)]
/// struct Stack {
///     state: Mutex<(Vec<Job>, bool)>,
///     changed: Condvar,
/// }
///
/// impl JobQueue for Stack {
///     fn push(&self, job: Job) -> Result<(), Job> {
///         let (jobs, closed) = &mut *self.state.lock();
///         if *closed {
///             return Err(job);
///         }
///         jobs.push(job);
///         self.changed.notify_one();
///         Ok(())
///     }
///
///     fn pop(&self) -> Option<Job> {
///         let mut state = self.state.lock();
///         loop {
///             if let Some(job) = state.0.pop() {
///                 return Some(job);
///             }
///             if state.1 {
///                 return None;
///             }
///             self.changed.wait(&mut state);
///         }
///     }
///
///     fn close(&self) {
///         self.state.lock().1 = true;
///         self.changed.notify_all();
///     }
///
///     fn len(&self) -> usize {
///         self.state.lock().0.len()
///     }
/// }
///
/// let pool = ThreadPool::with_queue(2, Stack::default())?;
/// assert_eq!(pool.spawn(|| 6 * 7).join().unwrap(), 42);
/// # Ok::<(), hello::PoolCreationError>(())
/// ```
pub trait JobQueue: Send + Sync + 'static {
    /// Adds a job at the back, waiting while a bounded queue is full.
    ///
    /// # Errors
    ///
    /// Gives the job back if the queue is closed, also when it was closed during the wait.
    fn push(&self, job: Job) -> Result<(), Job>;

    /// Adds a job at the back if that is possible without waiting.
    ///
    /// The provided method is for queues without a bound.
    ///
    /// # Errors
    ///
    /// Gives the job back if the queue is full or closed.
    fn try_push(&self, job: Job) -> Result<(), Rejected> {
        self.push(job).map_err(Rejected::ShutDown)
    }

    /// Takes the next job, waiting while there is none; `None` once the queue is closed and empty.
    fn pop(&self) -> Option<Job>;

    /// Refuses jobs from now on and wakes every waiting thread: workers to drain what is left,
    /// submitters to be refused.
    fn close(&self);

    /// How many jobs wait at this moment.
    ///
    /// The answer may be old by the time it is read, but a thread's own pushes and pops are always
    /// in it.
    fn len(&self) -> usize;

    /// Whether no job waits at this moment.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many jobs may wait at once; `None` if there is no bound.
    fn capacity(&self) -> Option<usize> {
        None
    }

    /// Returns how many jobs the queue has accepted so far, if it counts them.
    ///
    /// A queue that counts a job no later than `pop` can return it spares the pool a counter of its
    /// own. It always answers `Some`, or always `None`.
    fn accepted(&self) -> Option<u64> {
        None
    }

    /// What the queue has done so far; all zero for a queue that does not count.
    fn stats(&self) -> QueueStats {
        QueueStats::default()
    }

    /// Feeds one worker: calls `run` with each job in turn until the queue is closed and empty.
    ///
    /// This is the worker's loop, and the provided method is the one to have: the job runs when
    /// `pop` has returned and every lock is released (I2). It is part of the trait because
    /// [`WhileLetQueue`] shows what happens otherwise.
    fn feed(&self, run: &mut dyn FnMut(Job)) {
        while let Some(job) = self.pop() {
            run(job);
        }
    }
}

/// A boxed queue is a queue, so that a program can choose its strategy when it starts.
impl<Q: JobQueue + ?Sized> JobQueue for Box<Q> {
    fn push(&self, job: Job) -> Result<(), Job> {
        (**self).push(job)
    }

    fn try_push(&self, job: Job) -> Result<(), Rejected> {
        (**self).try_push(job)
    }

    fn pop(&self) -> Option<Job> {
        (**self).pop()
    }

    fn close(&self) {
        (**self).close();
    }

    fn len(&self) -> usize {
        (**self).len()
    }

    fn is_empty(&self) -> bool {
        (**self).is_empty()
    }

    fn capacity(&self) -> Option<usize> {
        (**self).capacity()
    }

    fn accepted(&self) -> Option<u64> {
        (**self).accepted()
    }

    fn stats(&self) -> QueueStats {
        (**self).stats()
    }

    fn feed(&self, run: &mut dyn FnMut(Job)) {
        (**self).feed(run);
    }
}

/// What a queue has done so far: the figures of the study.
///
/// A job costs little; what a queue decides is how often a thread goes to sleep and is woken for
/// it, and those are counted here.
///
/// # Example
///
/// ```
/// let pool = hello::ThreadPool::new(2);
/// pool.execute(|| ());
/// pool.join();
/// let queue = pool.stats().queue;
/// assert_eq!(queue.pushed, 1);
/// assert!(queue.false_wakes <= queue.wakes);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStats {
    /// Jobs that were accepted.
    pub pushed: u64,
    /// How often a worker went to sleep for want of a job.
    pub parks: u64,
    /// How often a sleeping worker was woken for a job.
    pub wakes: u64,
    /// How often a worker that was woken found that another had taken the job.
    pub false_wakes: u64,
    /// Times that a worker found a job while it was spinning, which saves a park and a wake-up.
    pub spin_hits: u64,
}

/// Why a job was not accepted, with the job in it (I7).
///
/// # Example
///
/// ```
/// use hello::{Rejected, Shutdown, ThreadPool};
///
/// let pool = ThreadPool::new(1);
/// pool.shutdown(Shutdown::Drain);
/// match pool.try_execute(|| println!("run by its submitter")) {
///     Err(Rejected::ShutDown(job)) => job(),
///     other => panic!("{other:?}"),
/// }
/// ```
pub enum Rejected {
    /// The queue is bounded and full. The job may be submitted again later.
    Full(Job),
    /// The queue is closed: the pool is shutting down or has shut down.
    ShutDown(Job),
}

impl Rejected {
    /// Takes the job out of the error.
    pub fn into_job(self) -> Job {
        match self {
            Self::Full(job) | Self::ShutDown(job) => job,
        }
    }
}

macro_rules! debug_queue {
    ($($queue:ident),+) => {$(
        impl fmt::Debug for $queue {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut queue = f.debug_struct(stringify!($queue));
                queue.field("len", &self.len()).field("capacity", &self.capacity());
                queue.finish_non_exhaustive()
            }
        }
    )+};
}

debug_queue!(CondvarQueue, MpscQueue, StdCondvarQueue, TextbookQueue, WhileLetQueue);

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::ShutDown(_) => "ShutDown(..)",
        })
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the job queue is full",
            Self::ShutDown(_) => "the thread pool has shut down",
        })
    }
}

impl Error for Rejected {}

/// Checks the bound that a bounded queue was asked for.
fn bound(capacity: usize) -> Option<usize> {
    assert!(capacity > 0, "a bounded job queue needs room for at least one job");
    Some(capacity)
}
