//! The real queue, the real pool and the real protocols of the server under the model checker
//! `loom`.
//!
//! A test here is a model: a small program that `loom` runs again and again, each time with another
//! order of the steps of its threads and with other values that the memory model allows a load to
//! see. An assertion that fails in one of them, or threads that all wait, fail the test. What runs
//! is not a copy: the crate's `sync` module puts `loom`'s locks, condvars, atomics and threads
//! under the code that ships.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test --release --no-default-features --test loom
//! ```
//!
//! This looks at every schedule in which threads are interrupted at most twice where they could
//! have gone on, which is where nearly all bugs are. A model has no clock: each condition about
//! time, and each about what has paid so far, is a free choice. The first four that a model meets
//! are taken in every combination, by running it once for each. `LOOM_MAX_PREEMPTIONS=3` in the
//! environment looks further, for much longer. `-- --nocapture` shows how many schedules each model
//! has seen, and when a model fails, `LOOM_LOCATION=1` in which line each thread waits.
//!
//! What to mind in a model:
//!
//! - It may have five threads, its own included, and should have fewer jobs than that.
//! - It must be the same program on every run. It counts in `std`'s atomics, which `loom` does not
//!   see and which so add no schedules. It reads them only when no other thread can change them.
//! - `close` wakes every thread. A model of a wake-up has to wait for the job *before* it closes
//!   the queue, or the close would hide a lost wake-up.
//! - The pool catches the panics of jobs (I5), and with them a failed assertion in one. Models
//!   assert outside of jobs.
//!
//! What the models do not reach: the queues on the standard library's own channel and lock, which
//! `loom` cannot replace; time, since a deadline either never comes or may come at any moment; and
//! the code of `parking_lot`. As `parking_lot` promises, a wait here ends only when it was notified.

#![cfg(loom)]

mod handles;
mod pool;
mod queue;
mod sabotage;
mod server;

use hello::{CHOICES, CondvarQueue, Job, JobQueue, ThreadPool, answers_used, script};
use loom::sync::{Condvar, Mutex};
use loom::thread::{self, JoinHandle};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

/// Runs `scenario` in every schedule with two preemptions, once for each script of choices.
fn check(scenario: impl Fn() + Send + Sync + 'static) {
    check_bounded(2, scenario);
}

/// Runs `scenario` in every schedule with so many preemptions, once for each script of choices.
fn check_bounded(preemptions: usize, scenario: impl Fn() + Send + Sync + 'static) {
    let scenario = Arc::new(scenario);
    let schedules = Arc::new(AtomicUsize::new(0));
    let mut answers = Some(0);
    while let Some(script_of_this_run) = answers {
        let used = Arc::new(AtomicU32::new(0));
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound.get_or_insert(preemptions);
        let (scenario, schedules, most) =
            (Arc::clone(&scenario), Arc::clone(&schedules), Arc::clone(&used));
        builder.check(move || {
            schedules.fetch_add(1, Ordering::Relaxed);
            script(script_of_this_run);
            scenario();
            most.fetch_max(answers_used(), Ordering::Relaxed);
        });
        answers = next_script(script_of_this_run, used.load(Ordering::Relaxed));
    }
    let name = std::thread::current().name().map(str::to_owned).unwrap_or_default();
    eprintln!("{name}: {} schedules", schedules.load(Ordering::Relaxed));
}

/// Returns the script that follows in order if only the first `used` answers mattered: the last
/// `false` among them becomes `true`, and what comes after it starts over.
fn next_script(answers: u32, used: u32) -> Option<u32> {
    let last = (0..used.min(CHOICES)).rev().find(|bit| answers >> bit & 1 == 0)?;
    Some(answers & ((1 << last) - 1) | 1 << last)
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

    /// A job that is done when as many like it have started as the latch has counts: they need a
    /// worker each.
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

/// A pool that is left alone when a model fails. Its `drop` would have to wait for workers that no
/// longer move, and the second panic would hide the first.
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
