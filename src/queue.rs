//! The contract of a queue that feeds workers, [`JobQueue`], and five strategies that implement it.
//!
//! A [`JobQueue`] passes jobs from their submitters to the workers. It does not know the pool: it
//! neither runs a job nor catches its panic. So two pools that differ only in their queue differ
//! only in *which worker is woken, and when*.
//!
//! # Words
//!
//! - A worker is *parked* while it sleeps on a condvar. To *wake* it makes it runnable, which costs
//!   microseconds on both sides.
//! - A worker *spins* if it looks for a job again and again without sleeping.
//! - A worker is *searching* if it spins, or if it has been woken and has not reached the lock.
//!
//! # Strategies
//!
//! Each is a file that begins with what it does differently. Read them in this order: `mpsc.rs`,
//! `while_let.rs`, `textbook.rs`, `condvar.rs`.
//!
//! | strategy | what it is |
//! |---|---|
//! | [`CondvarQueue`] | the default: a `VecDeque` under a lock and a condvar, waking at most one worker at a time |
//! | [`TextbookQueue`] | the same without its rules: every push notifies |
//! | [`StdCondvarQueue`] | the textbook again, on the standard library's lock and condvar |
//! | [`MpscQueue`] | the Book's: the workers share the receiver of a channel (Listing 21-20) |
//! | [`WhileLetQueue`] | the Book's pitfall: the receiver stays locked while the job runs (Listing 21-21) |

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

/// A unit of work: the boxed closure of the Book's Listing 21-19.
///
/// # Example
///
/// ```
/// let job: hello::Job = Box::new(|| println!("Hi"));
/// hello::ThreadPool::new(1).execute(job);
/// ```
pub type Job = Box<dyn FnOnce() + Send + 'static>;

/// A queue that feeds workers: what a strategy must promise.
///
/// Implement it to try a strategy of your own. Four methods are required, the others are provided.
/// The words are those of the [module](crate::queue#words); I1 to I8 are the
/// [invariants](crate::pool#invariants) of the pool.
///
/// # What a queue promises
///
/// - **No job is lost or doubled.** A job that [`push`](Self::push) or [`try_push`](Self::try_push)
///   accepted is returned by [`pop`](Self::pop) exactly once. A job that was refused is returned in
///   the error (I3, I7).
/// - **No wake-up is lost.** While jobs wait and a worker is parked, some worker is searching or is
///   about to be woken (I8). So a queue may wake one worker for several jobs, if that worker wakes
///   the next.
/// - **Closing ends it.** After [`close`](Self::close) every push is refused, also one that was
///   waiting. `pop` returns the jobs that were accepted before, then `None` to every caller.
/// - **A bounded queue holds no more** than [`capacity`](Self::capacity) jobs. A push waits until a
///   pop makes room, and `try_push` never waits.
/// - **No job runs under a lock** of the queue, so a job may use its own queue (I2).
///   [`WhileLetQueue`] breaks this on purpose.
///
/// It need not promise an order. Ours are first in, first out; the example below is not.
///
/// # What the pool promises
///
/// Each worker calls [`feed`](Self::feed) once, and submitters push from any thread, workers
/// included. So every method may run on several threads at once. `close` may be called more than
/// once, and from a worker. The pool catches the panics of jobs, so none unwinds through the queue.
///
/// # Example
///
/// A queue of your own that serves the newest job first:
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
    /// Adds a job, and wakes a worker if that is necessary. Waits while a bounded queue is full.
    ///
    /// # Errors
    ///
    /// Returns the job if the queue is closed, also if it was closed during the wait.
    fn push(&self, job: Job) -> Result<(), Job>;

    /// Adds a job if that is possible without waiting for room.
    ///
    /// The provided method calls [`push`](Self::push), so a bounded queue must replace it.
    ///
    /// # Errors
    ///
    /// Returns the job if the queue is full or closed.
    fn try_push(&self, job: Job) -> Result<(), Rejected> {
        self.push(job).map_err(Rejected::ShutDown)
    }

    /// Takes the next job. Parks while there is none; returns `None` if the queue is closed and
    /// empty.
    fn pop(&self) -> Option<Job>;

    /// Refuses jobs from now on and wakes every parked thread: workers to drain what is left,
    /// submitters to be refused. Returns at once.
    fn close(&self);

    /// Returns how many jobs wait. Those that a worker has taken do not count.
    ///
    /// Other threads may change the number at once, but it includes the pushes and pops of the
    /// calling thread.
    fn len(&self) -> usize;

    /// Returns whether no job waits.
    ///
    /// While a thread waits in [`ThreadPool::join`](crate::ThreadPool::join), each worker calls
    /// this after each job. So a queue that can tell without its lock should replace the provided
    /// method.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many jobs may wait at once, or `None` if there is no bound.
    ///
    /// The provided method is for queues without a bound.
    fn capacity(&self) -> Option<usize> {
        None
    }

    /// Returns how many jobs the queue has accepted so far, if it counts them.
    ///
    /// A queue that counts a job no later than `pop` can return it spares the pool a counter of its
    /// own. Such a queue returns `Some` each time, and its [`stats`](Self::stats) tell what was
    /// pushed and popped. The provided method returns `None`.
    fn accepted(&self) -> Option<u64> {
        None
    }

    /// Returns the counts of what the queue has done, which are zero if it does not count.
    ///
    /// The counts are of one moment: a queue with a lock reads all of them under it.
    fn stats(&self) -> QueueStats {
        QueueStats::default()
    }

    /// Feeds one worker: calls `run` with each job in turn until the queue is closed and empty.
    ///
    /// This is the worker's loop. With the provided method a job runs after `pop` has returned and
    /// released every lock (I2). It is part of the trait only so that [`WhileLetQueue`] can show
    /// what happens otherwise, so there is no need to replace it.
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

/// Counts of what a queue has done since it was created.
///
/// A job costs nanoseconds; a park and a wake-up cost microseconds. So the counts tell why one
/// strategy is slower than another: relative to [`pushed`](Self::pushed), a good one has few
/// [`wakes`](Self::wakes) and hardly any [`false_wakes`](Self::false_wakes).
///
/// # Example
///
/// ```
/// let pool = hello::ThreadPool::new(2);
/// pool.execute(|| ());
/// pool.join();
/// let queue = pool.stats().queue;
/// assert_eq!((queue.pushed, queue.popped), (1, 1));
/// assert!(queue.false_wakes <= queue.wakes);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueStats {
    /// Jobs that were accepted.
    pub pushed: u64,
    /// Jobs that a worker has taken. `pushed` minus `popped` jobs wait in the queue.
    pub popped: u64,
    /// Times that a worker parked because there was no job.
    pub parks: u64,
    /// Times that a parked worker was woken for a job.
    pub wakes: u64,
    /// Times that a worker that was woken found no job, since another had taken it.
    pub false_wakes: u64,
    /// Times that a worker found a job while it was spinning, which saves a park and a wake-up.
    pub spin_hits: u64,
}

/// Why a job was not accepted, with the job in it (I7).
///
/// The job is boxed, as the queue has it. [`ThreadPool::try_spawn`](crate::ThreadPool::try_spawn)
/// gives back the closure itself, of type `J`.
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
pub enum Rejected<J = Job> {
    /// The queue is bounded and full. The job may be submitted again later.
    Full(J),
    /// The queue is closed: the pool is shutting down or has shut down.
    ShutDown(J),
}

impl<J> Rejected<J> {
    /// Returns the job, whatever the reason.
    ///
    /// # Example
    ///
    /// ```
    /// let pool = hello::ThreadPool::new(1);
    /// pool.close();
    /// let refused = pool.try_spawn(|| 6 * 7).unwrap_err();
    /// let job = refused.into_job();
    /// assert_eq!(job(), 42);
    /// ```
    pub fn into_job(self) -> J {
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

impl<J> fmt::Debug for Rejected<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::ShutDown(_) => "ShutDown(..)",
        })
    }
}

impl<J> fmt::Display for Rejected<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the job queue is full",
            Self::ShutDown(_) => "the thread pool has shut down",
        })
    }
}

impl<J> Error for Rejected<J> {}

/// Checks the bound that a bounded queue was asked for.
fn bound(capacity: usize) -> Option<usize> {
    assert!(capacity > 0, "a bounded job queue needs room for at least one job");
    Some(capacity)
}
