//! The Book's queue: a channel whose receiver the workers share behind a mutex (Listing 21-20).
//!
//! The one worker that waits in `recv` holds the lock; the others wait for the lock. So a job wakes
//! one worker, and that one wakes the next as it releases the lock: the chapter's design has
//! wake-up propagation built in, which is why it is harder to beat than it seems.
//!
//! It keeps no [`QueueStats`](super::QueueStats). Its workers sleep inside the channel and the
//! lock, which both spin first, and neither reports whether a thread slept. A guess from whether
//! the channel was empty would count sleeps that did not happen, miss workers that sleep at the
//! lock, and add a step that the Book's code does not have. For every queue alike, the kernel's
//! count of voluntary context switches shows how often threads slept.

use super::{Job, JobQueue, Rejected};
use parking_lot::{Mutex, RwLock};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender, TrySendError};

/// `std::sync::mpsc` with its receiver behind a `Mutex`.
///
/// First in, first out. It does not count wake-ups, so its [`QueueStats`](super::QueueStats) are
/// zero.
///
/// # Example
///
/// ```
/// use hello::{MpscQueue, ThreadPool};
///
/// let pool = ThreadPool::with_queue(4, MpscQueue::new())?;
/// assert_eq!(pool.spawn(|| 6 * 7).join().unwrap(), 42);
/// # Ok::<(), hello::PoolCreationError>(())
/// ```
pub struct MpscQueue {
    /// `None` once closed: dropping the sender is what ends the workers' `recv`, as in the chapter.
    sender: RwLock<Option<Channel>>,
    pub(super) receiver: Mutex<Receiver<Job>>,
    /// The channel does not report its length, so it is counted here.
    len: AtomicUsize,
    capacity: Option<usize>,
}

#[derive(Clone)]
enum Channel {
    Unbounded(Sender<Job>),
    Bounded(SyncSender<Job>),
}

impl MpscQueue {
    /// Creates a queue without a bound.
    pub fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self::over(Channel::Unbounded(sender), receiver, None)
    }

    /// Creates a queue in which at most `capacity` jobs wait.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` is zero.
    pub fn bounded(capacity: usize) -> Self {
        let bound = super::bound(capacity);
        let (sender, receiver) = mpsc::sync_channel(capacity);
        Self::over(Channel::Bounded(sender), receiver, bound)
    }

    fn over(sender: Channel, receiver: Receiver<Job>, capacity: Option<usize>) -> Self {
        Self {
            sender: RwLock::new(Some(sender)),
            receiver: Mutex::new(receiver),
            len: AtomicUsize::new(0),
            capacity,
        }
    }

    /// Counts a job as taken; every received job must pass through here.
    pub(super) fn taken(&self, job: Job) -> Job {
        self.len.fetch_sub(1, Ordering::Relaxed);
        job
    }

    /// Sends a job that was counted in `len`, and takes it out of the count again if it was
    /// refused.
    fn counted<E>(&self, send: impl FnOnce() -> Result<(), E>) -> Result<(), E> {
        // Counted before it is sent: a worker may take it before `send` returns.
        self.len.fetch_add(1, Ordering::Relaxed);
        send().inspect_err(|_| {
            self.len.fetch_sub(1, Ordering::Relaxed);
        })
    }
}

impl Default for MpscQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl JobQueue for MpscQueue {
    fn push(&self, job: Job) -> Result<(), Job> {
        let job = match self.try_push(job) {
            Ok(()) => return Ok(()),
            Err(Rejected::ShutDown(job)) => return Err(job),
            Err(Rejected::Full(job)) => job,
        };
        // Waits on a sender of its own, since holding the lock here would keep `close` waiting too.
        // What is accepted in this way after `close` still reaches a worker: the channel ends only
        // with its last sender.
        let sender = self.sender.read().clone();
        match sender {
            Some(Channel::Bounded(sender)) => {
                self.counted(|| sender.send(job).map_err(|refused| refused.0))
            }
            _ => Err(job),
        }
    }

    fn try_push(&self, job: Job) -> Result<(), Rejected> {
        match &*self.sender.read() {
            None => Err(Rejected::ShutDown(job)),
            Some(Channel::Unbounded(sender)) => {
                self.counted(|| sender.send(job).map_err(|refused| Rejected::ShutDown(refused.0)))
            }
            Some(Channel::Bounded(sender)) => self.counted(|| {
                sender.try_send(job).map_err(|refused| match refused {
                    TrySendError::Full(job) => Rejected::Full(job),
                    TrySendError::Disconnected(job) => Rejected::ShutDown(job),
                })
            }),
        }
    }

    fn pop(&self) -> Option<Job> {
        // The guard is a temporary of this statement: the lock is released before the job runs.
        let received = self.receiver.lock().recv();
        received.ok().map(|job| self.taken(job))
    }

    fn close(&self) {
        drop(self.sender.write().take());
    }

    fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    fn capacity(&self) -> Option<usize> {
        self.capacity
    }
}
