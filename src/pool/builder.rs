//! The builder, which configures a pool and starts it.

use super::progress::Progress;
use super::shared::Shared;
use super::worker::{Hook, Hooks, Worker};
use super::{PoolCreationError, ThreadPool};
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
    hooks: Hooks,
    /// Whether a capacity of zero was asked for, which `build` refuses.
    zero_capacity: bool,
    queue: Q,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            workers: None,
            name: "worker".to_owned(),
            stack_size: None,
            hooks: Hooks::default(),
            zero_capacity: false,
            queue: CondvarQueue::new(),
        }
    }

    /// Lets at most `capacity` jobs wait in the default queue (default: no bound).
    ///
    /// With a capacity of zero [`build`](Self::build) gives an error.
    pub fn capacity(self, capacity: usize) -> Self {
        match capacity {
            0 => Self { zero_capacity: true, ..self },
            _ => Self { zero_capacity: false, queue: self.queue.bound_to(capacity), ..self },
        }
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
    /// Sets the number of workers (default: one for each logical processor).
    pub fn workers(self, workers: usize) -> Self {
        Self { workers: Some(workers), ..self }
    }

    /// Sets the name of the workers' threads, to which a dash and the worker's id are added (default:
    /// `worker`).
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Sets the size of each worker's stack in bytes (default: the standard library's, 2 MiB).
    pub fn stack_size(self, bytes: usize) -> Self {
        Self { stack_size: Some(bytes), ..self }
    }

    /// Calls `hook` with each worker's id, on its thread, before it takes its first job.
    ///
    /// [`build`](Builder::build) does not wait for it. If it panics, the log says so, and the
    /// worker takes jobs all the same. A second hook replaces the first.
    ///
    /// # Example
    ///
    /// ```
    /// use std::cell::RefCell;
    ///
    /// thread_local!(static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
    ///
    /// let pool = hello::ThreadPool::builder()
    ///     .workers(2)
    ///     .on_start(|_| BUFFER.with_borrow_mut(|buffer| buffer.reserve(1 << 16)))
    ///     .on_stop(|worker| println!("worker {worker} has run its last job"))
    ///     .build()?;
    /// let room = pool.spawn(|| BUFFER.with_borrow(|buffer| buffer.capacity()));
    /// assert!(room.join().unwrap() >= 1 << 16);
    /// # Ok::<(), hello::PoolCreationError>(())
    /// ```
    pub fn on_start(self, hook: impl Fn(usize) + Send + Sync + 'static) -> Self {
        Self { hooks: Hooks { start: Hook::new(hook), ..self.hooks }, ..self }
    }

    /// Calls `hook` with each worker's id, on its thread, after its last job.
    ///
    /// A shutdown waits for it, as does dropping the pool. If it panics, the log says so, and the
    /// worker ends all the same. It is also called on the workers of a pool that could not be
    /// built. A second hook replaces the first.
    pub fn on_stop(self, hook: impl Fn(usize) + Send + Sync + 'static) -> Self {
        Self { hooks: Hooks { stop: Hook::new(hook), ..self.hooks }, ..self }
    }

    /// Sets the queue that feeds the workers (default: an unbounded [`CondvarQueue`]).
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
        Builder {
            workers: self.workers,
            name: self.name,
            stack_size: self.stack_size,
            hooks: self.hooks,
            zero_capacity: false, // it was the default queue's
            queue,
        }
    }
}

impl<Q: JobQueue> Builder<Q> {
    /// Starts the pool.
    ///
    /// # Errors
    ///
    /// [`PoolCreationError::ZeroWorkers`] if it was to have no workers,
    /// [`PoolCreationError::ZeroCapacity`] if its queue was to hold no job,
    /// [`PoolCreationError::Spawn`] if a thread could not be started; those that were are stopped
    /// again.
    ///
    /// # Example
    ///
    /// ```
    /// use hello::{PoolCreationError, ThreadPool};
    ///
    /// let none = ThreadPool::builder().capacity(0).build();
    /// assert!(matches!(none, Err(PoolCreationError::ZeroCapacity)));
    /// ```
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
        if self.zero_capacity {
            return Err(PoolCreationError::ZeroCapacity);
        }
        let progress = Progress::new(size, &self.queue);
        let (queue, hooks) = (self.queue, self.hooks);
        let shared =
            Arc::new(Shared { queue, progress, discarding: AtomicBool::new(false), hooks });
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn failed_spawn_stops_the_started_threads() {
        let mut seen = None;
        let [starts, stops] = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
        let count = |calls: &Arc<AtomicUsize>| {
            let calls = Arc::clone(calls);
            move |_| _ = calls.fetch_add(1, Ordering::Relaxed)
        };
        let builder = ThreadPool::builder().on_start(count(&starts)).on_stop(count(&stops));
        let result = builder.workers(4).build_on(|id, thread, shared| {
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
        assert_eq!([starts, stops].map(|calls| calls.load(Ordering::Relaxed)), [2, 2]);
    }
}
