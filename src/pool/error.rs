//! What can go wrong with a pool, and what becomes of the job.

use crate::queue::{Job, Rejected};
use std::error::Error;
use std::fmt;
use std::io;

/// Why a pool could not be started.
///
/// # Example
///
/// ```
/// let error = hello::ThreadPool::build(0).unwrap_err();
/// assert_eq!(error.to_string(), "a thread pool needs at least one worker");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum PoolCreationError {
    /// A pool without workers would accept jobs and never run one.
    ZeroWorkers,
    /// A queue that may hold no job would accept none. A pool whose queue has no bound is built
    /// without [`capacity`](crate::Builder::capacity).
    ZeroCapacity,
    /// The operating system refused a thread. The threads that had been started were stopped again.
    Spawn(io::Error),
}

impl fmt::Display for PoolCreationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZeroWorkers => f.write_str("a thread pool needs at least one worker"),
            Self::ZeroCapacity => f.write_str(
                "a bounded job queue needs room for at least one job; without a capacity it has no \
                 bound",
            ),
            Self::Spawn(error) => write!(f, "a worker's thread could not be started: {error}"),
        }
    }
}

impl Error for PoolCreationError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::ZeroWorkers | Self::ZeroCapacity => None,
            Self::Spawn(error) => Some(error),
        }
    }
}

/// What [`ThreadPool::execute`](crate::ThreadPool::execute) did with a job.
///
/// Not a `Result`, so that the Book's `pool.execute(...);` compiles without a warning;
/// [`into_result`](Self::into_result) makes it one.
///
/// # Example
///
/// ```
/// # fn main() -> Result<(), hello::Rejected> {
/// let pool = hello::ThreadPool::new(1);
/// pool.execute(|| println!("work")).into_result()?;
/// # Ok(())
/// # }
/// ```
pub enum Submission {
    /// The job will run exactly once, or be counted as discarded (I3).
    Accepted,
    /// The pool has shut down; here is the job (I7).
    Refused(Job),
}

impl Submission {
    /// Returns whether the pool took the job.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted)
    }

    /// Makes a refusal an error, for `?`.
    ///
    /// # Errors
    ///
    /// [`Rejected::ShutDown`] with the job if the pool refused it.
    pub fn into_result(self) -> Result<(), Rejected> {
        match self {
            Self::Accepted => Ok(()),
            Self::Refused(job) => Err(Rejected::ShutDown(job)),
        }
    }
}

impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accepted => "Accepted",
            Self::Refused(_) => "Refused(..)",
        })
    }
}

/// What [`JobHandle::join`](crate::JobHandle::join) gives in place of a panic's payload if the job
/// never ran: the pool had shut down, dropped it, or the job was cancelled.
///
/// # Example
///
/// ```
/// use hello::{Discarded, Shutdown, ThreadPool};
///
/// let pool = ThreadPool::new(1);
/// pool.shutdown(Shutdown::Drain);
/// let late = pool.spawn(|| 6 * 7);
/// assert_eq!(late.join().unwrap_err().downcast_ref(), Some(&Discarded));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discarded;

impl fmt::Display for Discarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the job was dropped before it ran")
    }
}

impl Error for Discarded {}
