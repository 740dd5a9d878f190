//! One worker: a named thread that takes jobs until its queue ends.

use super::current::{self, Current, PoolHandle};
use super::shared::Shared;
use crate::queue::{Job, JobQueue};
use crate::sync::Arc;
use crate::sync::thread::{self, JoinHandle, ThreadId};
use log::{Level, debug, error, log_enabled};
use std::any::Any;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the user wants done on each worker's thread.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    pub(super) start: Hook,
    pub(super) stop: Hook,
}

/// A function of the user's that gets a worker's id.
#[derive(Default)]
pub(super) struct Hook(Option<Box<dyn Fn(usize) + Send + Sync>>);

impl Hook {
    pub(super) fn new(hook: impl Fn(usize) + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(hook)))
    }

    /// Calls the function. Its panic costs no worker.
    fn call(&self, worker: usize) {
        if let Some(hook) = &self.0 {
            let _ = catch_panic(worker, "hook", || hook(worker));
        }
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Hook(..)" } else { "None" })
    }
}

pub(super) struct Worker {
    id: usize,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts a worker on the thread that `builder` describes.
    pub(super) fn spawn<Q: JobQueue>(
        id: usize,
        builder: thread::Builder,
        shared: &Arc<Shared<Q>>,
    ) -> io::Result<Self> {
        let shared = Arc::clone(shared);
        let thread = builder.spawn(move || {
            let home: Arc<dyn PoolHandle> = shared.clone();
            current::set(Some(Current { worker: id, home: Some(home) }));
            shared.hooks.start.call(id);
            shared.queue.feed(&mut |job| shared.run_or_discard(id, job));
            shared.hooks.stop.call(id);
            current::set(None);
            debug!("worker {id} disconnected; shutting down.");
        })?;
        Ok(Self { id, thread })
    }

    pub(super) fn thread_id(&self) -> ThreadId {
        self.thread.thread().id()
    }

    pub(super) fn is_current(&self) -> bool {
        self.thread_id() == thread::current().id()
    }

    /// Waits for the worker's thread to end.
    pub(super) fn join(self) {
        debug!("shutting down worker {}", self.id);
        if self.thread.join().is_err() {
            // Jobs cannot do this (I5): it takes a queue of the user's own that panics in `pop`.
            error!("worker {}: the queue panicked", self.id);
        }
    }
}

/// Runs a job and catches its panic (I5).
pub(super) fn run(worker: usize, job: Job) -> Result<(), ()> {
    if log_enabled!(Level::Debug) {
        contain(|| debug!("worker {worker} got a job; executing."));
    }
    // A job is `'static` and consumed by the call, so nothing that it broke can be seen afterwards
    // except through locks and atomics it shares, which have their own rules for that.
    catch_panic(worker, "job", job)
}

/// Drops a job that will not run. Its captures may panic as they are dropped, which costs no worker
/// either (I5).
pub(super) fn drop_unrun(worker: usize, job: Job) {
    // The pool counts it as discarded all the same.
    let _ = catch_panic(worker, "discarded job", || drop(job));
}

/// Calls `action`. If it panics, logs that and returns an error.
#[inline]
pub(super) fn catch_panic(worker: usize, what: &str, action: impl FnOnce()) -> Result<(), ()> {
    catch_unwind(AssertUnwindSafe(action)).map_err(|payload| {
        contain(|| error!("worker {worker}: {what} panicked: {}", message(&*payload)));
        // The payload is the job's own value too, and may panic in turn.
        contain(|| drop(payload));
    })
}

/// Calls `action`, which runs the user's code outside of a job: a logger, or the drop of a value. Its
/// panic is ignored, since it must not cost a worker.
#[cold]
pub(super) fn contain(action: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(action)) {
        // Dropping this one might panic again, and so on. It is left alone for good.
        std::mem::forget(payload);
    }
}

/// Returns the text of a panic's payload.
pub(super) fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(a payload that is not text)")
}
