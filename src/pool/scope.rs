//! Jobs that borrow: a pool for as long as a function call.
//!
//! A [`Job`](crate::Job) of the pool owns what it needs, since the compiler cannot know that the
//! pool ends first. Here it can: the workers are scoped threads of the standard library. Their jobs
//! are kept in order beside a [`CondvarQueue`], which takes an empty job for each and, as
//! everywhere, decides which worker is woken and when.

use super::current::{self, Current};
use super::worker::{contain, message};
use crate::queue::{CondvarQueue, JobQueue};
use crate::sync::Mutex;
use log::error;
use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread; // scoped threads, which the model checker does not have

/// Workers whose jobs may borrow what outlives the call of [`scope()`] that started them.
pub struct Scope<'env> {
    jobs: Mutex<VecDeque<Box<dyn FnOnce() + Send + 'env>>>,
    /// Has an empty job for each of `jobs`.
    queue: CondvarQueue,
    /// What the first job that panicked has left.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// Starts `workers` threads, calls `body`, which may give them jobs that borrow, and returns when
/// every job has run.
///
/// The threads live for this call only. Starting one takes some tens of microseconds, so this is
/// for jobs that take longer than that together.
///
/// # Panics
///
/// Panics if `workers` is zero or a thread cannot be started. If a job panics, the others still
/// run; then the first panic is passed on, as its job may have left something undone.
///
/// # Example
///
/// ```
/// let mut numbers = vec![1, 2, 3, 4, 5, 6, 7, 8];
/// let offset = 100;
///
/// hello::scope(4, |scope| {
///     for chunk in numbers.chunks_mut(2) {
///         scope.execute(move || chunk.iter_mut().for_each(|number| *number += offset));
///     }
/// });
///
/// assert_eq!(numbers, [101, 102, 103, 104, 105, 106, 107, 108]);
/// ```
pub fn scope<'env, T>(workers: usize, body: impl FnOnce(&Scope<'env>) -> T) -> T {
    assert!(workers > 0, "a scope needs at least one worker");
    let scope =
        Scope { jobs: Mutex::default(), queue: CondvarQueue::new(), panic: Mutex::default() };
    let result = thread::scope(|threads| {
        let scope = &scope;
        let _closing = CloseOnDrop(&scope.queue);
        for id in 0..workers {
            let worker = thread::Builder::new().name(format!("scope-{id}"));
            if let Err(error) = worker.spawn_scoped(threads, move || scope.work(id)) {
                panic!("scope({workers}): a worker's thread could not be started: {error}");
            }
        }
        body(scope)
    });
    if let Some(payload) = scope.panic.lock().take() {
        resume_unwind(payload);
    }
    result
}

impl<'env> Scope<'env> {
    /// Hands a job to the workers. They run jobs in the order in which they come.
    pub fn execute(&self, job: impl FnOnce() + Send + 'env) {
        self.jobs.lock().push_back(Box::new(job));
        // No reference to the scope is left when its queue is closed, so it refuses nothing.
        let _ = self.queue.push(Box::new(|| ()));
    }

    /// Runs jobs until the scope ends.
    fn work(&self, id: usize) {
        current::set(Some(Current { worker: id, home: None }));
        self.queue.feed(&mut |_| {
            let job = self.jobs.lock().pop_front();
            if let Some(Err(payload)) = job.map(|job| catch_unwind(AssertUnwindSafe(job))) {
                contain(|| error!("worker {id}: job panicked: {}", message(&*payload)));
                self.keep_first(payload);
            }
        });
    }

    fn keep_first(&self, payload: Box<dyn Any + Send>) {
        let mut first = self.panic.lock();
        if first.is_none() {
            *first = Some(payload);
        } else {
            drop(first);
            contain(|| drop(payload));
        }
    }
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("queued", &self.queue.len()).finish_non_exhaustive()
    }
}

/// Ends the workers, also if the body panics or a thread cannot be started.
struct CloseOnDrop<'a>(&'a CondvarQueue);

impl Drop for CloseOnDrop<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
