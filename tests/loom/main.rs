//! The real queue, the real pool and the real protocols of the server under the model checker `loom`.
//!
//! A test here is a model: a small program that `loom` runs again and again, each time with another order of the steps
//! of its threads and with other values that the memory model allows a load to see. An assertion that fails in one of
//! them, or threads that all wait, fail the test. What runs is not a copy: the crate's `sync` module puts `loom`'s
//! locks, condvars, atomics and threads under the code that ships.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test --release --no-default-features --test loom
//! ```
//!
//! This looks at every schedule in which threads are interrupted at most twice where they could have gone on, which is
//! where nearly all bugs are, and takes less than a minute. `LOOM_MAX_PREEMPTIONS=3` in the environment looks further,
//! for a quarter of an hour, nearly all of it in `three_jobs_get_a_worker_each`; with `-- --skip three_jobs`, a minute
//! or two. `-- --nocapture` shows how many schedules each model has seen, and when a model fails, `LOOM_LOCATION=1` in
//! which line each thread waits.
//!
//! What to mind in a model:
//!
//! - It may have five threads, its own included, and should have fewer jobs than that.
//! - It must be the same program on every run. It counts in `std`'s atomics, which `loom` does not see and which so add
//!   no schedules, and looks at them only when nobody else can be changing them.
//! - `close` wakes everybody. A model of a wake-up has to wait for the job *before* it closes the queue, or closing it
//!   would heal what the model is to find.
//! - The pool catches the panics of jobs (I5), and with them a failed assertion in one. Models assert outside of jobs.
//!
//! What the models do not reach: the queues on the standard library's own channel and lock, which have no door to put
//! `loom` behind; time, since a deadline either never comes or may come at any moment; and what `parking_lot` itself
//! does. As `parking_lot` promises, a wait here ends only when it was notified.

#![cfg(loom)]

mod broken;
mod pool;
mod queue;
mod server;

use hello::{CondvarQueue, Job, JobQueue, ThreadPool};
use loom::sync::{Condvar, Mutex};
use loom::thread::{self, JoinHandle};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs `scenario` in every schedule that the bound on preemptions admits.
fn check(scenario: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(2);
    let schedules = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&schedules);
    builder.check(move || {
        seen.fetch_add(1, Ordering::Relaxed);
        scenario();
    });
    let name = std::thread::current().name().map(str::to_owned).unwrap_or_default();
    eprintln!("{name}: {} schedules", schedules.load(Ordering::Relaxed));
}

/// A number that goes down, and a place to wait until it is zero.
struct Latch {
    left: Mutex<usize>,
    open: Condvar,
}

impl Latch {
    fn new(left: usize) -> Arc<Self> {
        Arc::new(Self { left: Mutex::new(left), open: Condvar::new() })
    }

    fn count_down(&self) {
        let mut left = self.left.lock().unwrap();
        *left -= 1;
        if *left == 0 {
            self.open.notify_all();
        }
    }

    fn wait(&self) {
        let mut left = self.left.lock().unwrap();
        while *left > 0 {
            left = self.open.wait(left).unwrap();
        }
    }

    /// A job that is done when it has started.
    fn job(self: &Arc<Self>) -> Job {
        let latch = Arc::clone(self);
        Box::new(move || latch.count_down())
    }

    /// A job that is done when as many like it have started as the latch has counts: they need a worker each.
    fn meeting(self: &Arc<Self>) -> Job {
        let latch = Arc::clone(self);
        Box::new(move || {
            latch.count_down();
            latch.wait();
        })
    }
}

/// How often each of `N` jobs has run.
struct Runs<const N: usize>(Arc<[AtomicUsize; N]>);

impl<const N: usize> Runs<N> {
    fn new() -> Self {
        Self(Arc::new([const { AtomicUsize::new(0) }; N]))
    }

    fn job(&self, index: usize) -> Job {
        let runs = Arc::clone(&self.0);
        Box::new(move || {
            runs[index].fetch_add(1, Ordering::Relaxed);
        })
    }

    fn counts(&self) -> [usize; N] {
        self.0.each_ref().map(|count| count.load(Ordering::Relaxed))
    }

    fn total(&self) -> usize {
        self.counts().iter().sum()
    }
}

/// A thread that feeds on the queue as a pool's worker does.
fn worker<Q: JobQueue>(queue: &Arc<Q>) -> JoinHandle<()> {
    let queue = Arc::clone(queue);
    thread::spawn(move || queue.feed(&mut |job| job()))
}

/// A thread that pushes the job and returns it if it was refused.
fn producer<Q: JobQueue>(queue: &Arc<Q>, job: Job) -> JoinHandle<Result<(), Job>> {
    let queue = Arc::clone(queue);
    thread::spawn(move || queue.push(job))
}

/// Closes the queue and waits for its workers.
fn finish<Q: JobQueue>(queue: &Q, workers: impl IntoIterator<Item = JoinHandle<()>>) {
    queue.close();
    for worker in workers {
        worker.join().unwrap();
    }
}

/// A pool that is left alone when a model fails. Its `drop` would have to wait for workers that no longer move, and the
/// second panic would hide the first.
struct Pool<Q: JobQueue = CondvarQueue>(Option<ThreadPool<Q>>);

impl Pool {
    fn new(workers: usize) -> Self {
        Self::over(workers, CondvarQueue::new())
    }
}

impl<Q: JobQueue> Pool<Q> {
    fn over(workers: usize, queue: Q) -> Self {
        Self(Some(ThreadPool::with_queue(workers, queue).unwrap()))
    }
}

impl<Q: JobQueue> Deref for Pool<Q> {
    type Target = ThreadPool<Q>;

    fn deref(&self) -> &ThreadPool<Q> {
        self.0.as_ref().unwrap()
    }
}

impl<Q: JobQueue> Drop for Pool<Q> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::mem::forget(self.0.take());
        }
    }
}
