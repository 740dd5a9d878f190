//! How far the pool has come: jobs accepted, jobs finished, and waiting until the two are equal.
//!
//! Every job passes through here twice, so counting must cost next to nothing. Submitters share one counter. Each
//! worker has a cache line of its own, which no other thread writes unless somebody waits in
//! [`ThreadPool::join`](super::ThreadPool::join).

use super::PoolStats;
use crate::queue::JobQueue;
use crate::sync::atomic::{AtomicU64, Ordering, fence};
use crate::sync::{Condvar, Mutex};
use std::time::Instant;

pub(super) struct Progress {
    /// Jobs submitted and not refused.
    accepted: OwnLine<AtomicU64>,
    workers: Box<[OwnLine<Counters>]>,
    /// How many threads wait for the pool to become idle.
    waiting: Mutex<usize>,
    idle: Condvar,
}

/// One worker's counts; only that worker adds to them.
#[derive(Default)]
struct Counters {
    /// Twice the jobs it is done with, plus [`WATCHED`] while somebody waits for the pool to become idle.
    ///
    /// Flag and count share a word so that one atomic step both counts a job and sees the flag. Whoever raises the flag
    /// either sees that count or is seen by that worker; there is no gap between.
    finished: AtomicU64,
    panicked: AtomicU64,
    discarded: AtomicU64,
}

const WATCHED: u64 = 1;
const ONE_JOB: u64 = 2;

/// Keeps its value on cache lines of its own. Two lines, since the processor may fetch them in pairs.
#[derive(Default)]
#[repr(align(128))]
struct OwnLine<T>(T);

impl Progress {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            accepted: OwnLine::default(),
            workers: (0..workers).map(|_| OwnLine::default()).collect(),
            waiting: Mutex::new(0),
            idle: Condvar::new(),
        }
    }

    /// Counts a job that is about to be pushed. It must be counted first: a worker may finish it before `push` returns.
    pub(super) fn accept(&self) {
        self.accepted.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes back an [`accept`](Self::accept): the queue refused the job.
    pub(super) fn refuse(&self) {
        self.accepted.0.fetch_sub(1, Ordering::Relaxed);
        // Someone may have been waiting for just this job.
        self.announce_if_idle();
    }

    pub(super) fn count_panicked(&self, worker: usize) {
        self.workers[worker].0.panicked.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_discarded(&self, worker: usize) {
        self.workers[worker].0.discarded.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a job that was run or dropped, and tells those who wait if it was the last.
    pub(super) fn finish<Q: JobQueue>(&self, worker: usize, queue: &Q) {
        let before = self.workers[worker].0.finished.fetch_add(ONE_JOB, Ordering::AcqRel);
        if before & WATCHED == 0 {
            return;
        }
        // While a backlog drains under a waiting `join`, the queue's length tells cheaply that this job is not the
        // last. Of two workers that finish the last two jobs, the fence makes the later one see the earlier one's pop.
        fence(Ordering::SeqCst);
        if queue.is_empty() {
            self.announce_if_idle();
        }
    }

    fn announce_if_idle(&self) {
        // The lock makes one of two workers that finish together see the other's count.
        let waiting = self.waiting.lock();
        if *waiting > 0 && self.is_idle() {
            self.idle.notify_all();
        }
    }

    /// Waits until every accepted job has finished, or until the deadline. Answers whether they have.
    pub(super) fn wait_idle(&self, deadline: Option<Instant>) -> bool {
        let mut waiting = self.waiting.lock();
        *waiting += 1;
        let mut idle;
        loop {
            self.set_watched(true);
            idle = self.is_idle();
            if idle {
                break;
            }
            match deadline {
                None => self.idle.wait(&mut waiting),
                Some(deadline) => {
                    if self.idle.wait_until(&mut waiting, deadline).timed_out() {
                        idle = self.is_idle();
                        break;
                    }
                }
            }
        }
        *waiting -= 1;
        if *waiting == 0 {
            self.set_watched(false);
        }
        idle
    }

    fn set_watched(&self, watched: bool) {
        for OwnLine(worker) in &self.workers {
            if watched {
                worker.finished.fetch_or(WATCHED, Ordering::AcqRel);
            } else {
                worker.finished.fetch_and(!WATCHED, Ordering::AcqRel);
            }
        }
    }

    /// Whether every accepted job has finished.
    fn is_idle(&self) -> bool {
        // Finished is read before accepted and neither falls behind the other way round, so if they are equal they
        // were so at the moment of the second read.
        let finished = self.finished();
        finished == self.accepted.0.load(Ordering::Acquire)
    }

    fn finished(&self) -> u64 {
        self.sum(|worker| worker.finished.load(Ordering::Acquire) / ONE_JOB)
    }

    pub(super) fn discarded(&self) -> u64 {
        self.sum(|worker| worker.discarded.load(Ordering::Acquire))
    }

    fn sum(&self, count: impl Fn(&Counters) -> u64) -> u64 {
        self.workers.iter().map(|worker| count(&worker.0)).sum()
    }

    pub(super) fn stats<Q: JobQueue>(&self, queue: &Q) -> PoolStats {
        let workers = self.workers.len();
        let discarded = self.discarded();
        let finished = self.finished();
        let queued = queue.len();
        let unfinished = self.accepted.0.load(Ordering::Relaxed).saturating_sub(finished);
        PoolStats {
            workers,
            busy: usize::try_from(unfinished).unwrap_or(usize::MAX).saturating_sub(queued).min(workers),
            queued,
            executed: finished.saturating_sub(discarded),
            panicked: self.sum(|worker| worker.panicked.load(Ordering::Relaxed)),
            discarded,
            queue: queue.stats(),
        }
    }
}
