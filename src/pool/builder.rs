//! Everything that can be said of a pool before it starts.

use super::progress::Progress;
use super::worker::Worker;
use super::{PoolCreationError, Shared, ThreadPool};
use crate::queue::{CondvarQueue, JobQueue};
use crate::sync::atomic::AtomicBool;
use crate::sync::{Arc, Mutex, thread};
use std::io;
use std::time::Duration;

/// Configures a [`ThreadPool`].
///
/// # Example
///
/// ```
/// let pool = hello::ThreadPool::builder()
///     .workers(8)
///     .name("io")
///     .stack_size(256 * 1024)
///     .capacity(1024)
///     .build()?;
/// let name = pool.spawn(|| std::thread::current().name().map(str::to_owned)).join().unwrap();
/// assert!(name.unwrap().starts_with("io-"));
/// # Ok::<(), hello::PoolCreationError>(())
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder<Q = CondvarQueue> {
    workers: Option<usize>,
    name: String,
    stack_size: Option<usize>,
    queue: Q,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            workers: None,
            name: "worker".to_owned(),
            stack_size: None,
            queue: CondvarQueue::new(),
        }
    }

    /// Lets at most `capacity` jobs wait in the default queue (default: no bound).
    ///
    /// # Panics
    ///
    /// Panics if `capacity` is zero.
    pub fn capacity(self, capacity: usize) -> Self {
        Self { queue: self.queue.bound_to(capacity), ..self }
    }

    /// Sets how long an idle worker spins before it parks, as [`CondvarQueue::spin`] does (default:
    /// as long as pays).
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = hello::ThreadPool::builder().spin(Duration::from_micros(100)).capacity(64).build()?;
    /// assert_eq!(pool.spawn(|| 6 * 7).join().unwrap(), 42);
    /// # Ok::<(), hello::PoolCreationError>(())
    /// ```
    pub fn spin(self, budget: Duration) -> Self {
        Self { queue: self.queue.spin(budget), ..self }
    }
}

impl<Q> Builder<Q> {
    /// The number of workers (default: one for each logical processor).
    pub fn workers(self, workers: usize) -> Self {
        Self { workers: Some(workers), ..self }
    }

    /// What the workers' threads are called, before a dash and the worker's id (default: `worker`).
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The size of each worker's stack in bytes (default: the standard library's, 2 MiB).
    pub fn stack_size(self, bytes: usize) -> Self {
        Self { stack_size: Some(bytes), ..self }
    }

    /// The queue that feeds the workers (default: an unbounded [`CondvarQueue`]).
    ///
    /// # Example
    ///
    /// ```
    /// use hello::{TextbookQueue, ThreadPool};
    ///
    /// let pool = ThreadPool::builder().workers(2).queue(TextbookQueue::bounded(64)).build()?;
    /// # Ok::<(), hello::PoolCreationError>(())
    /// ```
    pub fn queue<R: JobQueue>(self, queue: R) -> Builder<R> {
        Builder { workers: self.workers, name: self.name, stack_size: self.stack_size, queue }
    }
}

impl<Q: JobQueue> Builder<Q> {
    /// Starts the pool.
    ///
    /// # Errors
    ///
    /// [`PoolCreationError::ZeroWorkers`] if it was to have no workers,
    /// [`PoolCreationError::Spawn`] if a thread could not be started; those that were are stopped
    /// again.
    pub fn build(self) -> Result<ThreadPool<Q>, PoolCreationError> {
        self.build_on(Worker::spawn)
    }

    /// Starts the pool with workers that `spawn` makes.
    fn build_on(
        self,
        mut spawn: impl FnMut(usize, thread::Builder, &Arc<Shared<Q>>) -> io::Result<Worker>,
    ) -> Result<ThreadPool<Q>, PoolCreationError> {
        let size = self.workers.unwrap_or_else(num_cpus::get);
        if size == 0 {
            return Err(PoolCreationError::ZeroWorkers);
        }
        let progress = Progress::new(size, &self.queue);
        let shared =
            Arc::new(Shared { queue: self.queue, progress, discarding: AtomicBool::new(false) });
        let mut workers = Vec::with_capacity(size);
        for id in 0..size {
            let mut thread = thread::Builder::new().name(format!("{}-{id}", self.name));
            if let Some(bytes) = self.stack_size {
                thread = thread.stack_size(bytes);
            }
            match spawn(id, thread, &shared) {
                Ok(worker) => workers.push(worker),
                Err(error) => {
                    shared.queue.close();
                    workers.into_iter().for_each(Worker::join);
                    return Err(PoolCreationError::Spawn(error));
                }
            }
        }
        let threads = workers.iter().map(Worker::thread_id).collect();
        Ok(ThreadPool { shared, workers: Mutex::new(workers), threads })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_spawn_stops_the_started_threads() {
        let mut seen = None;
        let result = ThreadPool::builder().workers(4).build_on(|id, thread, shared| {
            seen = Some(Arc::clone(shared));
            if id < 2 {
                Worker::spawn(id, thread, shared)
            } else {
                Err(io::Error::other("no more threads"))
            }
        });

        assert!(matches!(result, Err(PoolCreationError::Spawn(_))));
        // Each worker held the shared part; that ours is the only reference left shows that both
        // are gone.
        assert_eq!(seen.map(|shared| Arc::strong_count(&shared)), Some(1));
    }
}
