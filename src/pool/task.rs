//! A job that has a handle.
//!
//! Its closure is not in the queue but in a [`Task`], to which the queue's entry and the handle
//! both lead. One of three takes it out under the task's lock: a worker that pops the entry, a
//! worker that waits for the job, or a thread that cancels it. So the job runs once or never. The
//! entry stays in the queue in any case, and the pool counts the job when a worker pops it (I3).

use super::current::{self, PoolId};
use super::{Discarded, worker};
use crate::sync::{Arc, Condvar, Mutex, wait_until};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;
use std::time::Instant;

/// A task as its handle sees it: the type of the closure does not matter.
pub(super) trait Awaited<T>: Send + Sync {
    /// Runs the job if it has not begun and this is a worker of its own pool, which must not wait
    /// for it: all others may be waiting, too.
    fn help(&self);

    /// Drops the job unless it has begun or was discarded. Returns whether it did.
    fn discard(&self) -> bool;

    fn is_finished(&self) -> bool;

    /// Waits for the result and takes it; `None` if the deadline comes first.
    fn wait(&self, deadline: Option<Instant>) -> Option<thread::Result<T>>;
}

/// A job, and later its result.
pub(super) struct Task<F, T> {
    state: Mutex<State<F, T>>,
    finished: Condvar,
    pool: PoolId,
}

enum State<F, T> {
    Waiting(F),
    Running,
    Finished(thread::Result<T>),
    /// The job will never run. No other state follows.
    Discarded,
}

impl<F, T> Task<F, T> {
    /// Makes a task of that pool.
    pub(super) fn new(job: F, pool: PoolId) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(State::Waiting(job)), finished: Condvar::new(), pool })
    }

    /// Takes the job and leaves `next`, if the job is still here.
    fn take(&self, next: State<F, T>) -> Option<F> {
        let mut state = self.state.lock();
        match mem::replace(&mut *state, next) {
            State::Waiting(job) => Some(job),
            other => {
                *state = other;
                None
            }
        }
    }

    /// Takes back a job that the queue has refused.
    pub(super) fn take_refused(&self) -> F {
        self.take(State::Discarded).expect("a queue does not run the jobs that it refuses")
    }

    fn is_discarded(&self) -> bool {
        matches!(*self.state.lock(), State::Discarded)
    }
}

impl<F: FnOnce() -> T, T> Task<F, T> {
    /// Runs the job unless it has begun or was discarded. Returns whether it did; a job that panics
    /// unwinds this.
    fn run(&self) -> bool {
        let Some(job) = self.take(State::Running) else { return false };
        let result = catch_unwind(AssertUnwindSafe(job));
        // The handle has the payload; the worker still logs and counts a panic (I5).
        let panic = result.as_ref().err().map(|payload| worker::message(&**payload).to_owned());
        *self.state.lock() = State::Finished(result);
        self.finished.notify_one();
        if let Some(message) = panic {
            resume_unwind(Box::new(message));
        }
        true
    }
}

impl<F, T> Awaited<T> for Task<F, T>
where
    F: FnOnce() -> T + Send,
    T: Send,
{
    fn help(&self) {
        let Some((worker, home)) = current::worker_of(self.pool) else { return };
        if home.is_discarding() {
            // Its captures may panic as they are dropped, which is not the waiting job's fault.
            let _ = worker::catch_panic(worker, "discarded job", || _ = self.discard());
        } else if worker::catch_panic(worker, "job", || _ = self.run()).is_err() {
            home.progress().count_panicked(worker);
        }
    }

    fn discard(&self) -> bool {
        let job = self.take(State::Discarded);
        if job.is_some() {
            self.finished.notify_one();
        }
        job.is_some()
    }

    fn is_finished(&self) -> bool {
        matches!(*self.state.lock(), State::Finished(_) | State::Discarded)
    }

    fn wait(&self, deadline: Option<Instant>) -> Option<thread::Result<T>> {
        let mut state = self.state.lock();
        while matches!(*state, State::Waiting(_) | State::Running) {
            if wait_until(&self.finished, &mut state, deadline) {
                break;
            }
        }
        match mem::replace(&mut *state, State::Running) {
            State::Finished(result) => Some(result),
            State::Discarded => {
                *state = State::Discarded;
                Some(Err(Box::new(Discarded)))
            }
            unfinished => {
                *state = unfinished;
                None
            }
        }
    }
}

/// Makes what the queue gets of a task.
pub(super) fn entry<F, T>(task: &Arc<Task<F, T>>) -> impl FnOnce() + Send + 'static
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let entry = Entry(Some(Arc::clone(task)));
    move || entry.run()
}

/// A task's place in the queue. If it is dropped without having been run, it discards the job.
struct Entry<F: FnOnce() -> T + Send, T: Send>(Option<Arc<Task<F, T>>>);

impl<F: FnOnce() -> T + Send, T: Send> Entry<F, T> {
    fn run(mut self) {
        let Some(task) = self.0.take() else { return };
        if !task.run() && task.is_discarded() {
            // It was cancelled, and the pool is about to count it as run.
            if let Some((worker, home)) = current::worker_of(task.pool) {
                home.progress().count_discarded(worker);
            }
        }
    }
}

impl<F: FnOnce() -> T + Send, T: Send> Drop for Entry<F, T> {
    fn drop(&mut self) {
        let Some(task) = self.0.take() else { return };
        if !task.discard() && !task.is_discarded() {
            // A worker that waited for it has run it, and the pool has counted it as discarded.
            if let Some((worker, home)) = current::worker_of(task.pool) {
                home.progress().uncount_discarded(worker);
            }
        }
    }
}
