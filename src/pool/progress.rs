//! How far the pool has come: jobs accepted, jobs finished, and waiting until the two are equal.
//!
//! Every job passes through here, so counting must cost next to nothing. Accepted jobs are counted
//! by the queue, under its lock, if it does so; else submitters share one counter. For finished
//! jobs each worker has a cache line of its own, which no other thread writes unless one waits in
//! [`ThreadPool::join`](super::ThreadPool::join).

use super::PoolStats;
use crate::queue::JobQueue;
use crate::sync::atomic::{AtomicU64, Ordering, fence};
use crate::sync::{CachePadded, Condvar, Mutex, wait_until};
use std::time::Instant;

pub(super) struct Progress {
    /// Jobs submitted and not refused, if the queue does not count them.
    accepted: CachePadded<AtomicU64>,
    queue_counts: bool,
    workers: Box<[CachePadded<Counters>]>,
    waiting: Mutex<Waiting>,
    idle: Condvar,
}

/// The threads that wait for the pool to become idle.
#[derive(Default)]
struct Waiting {
    threads: usize,
    /// How often the pool has been seen idle while one waited. A thread that is woken late learns
    /// from it that the pool was idle, even if it has work again.
    idle_moments: u64,
}

/// One worker's counts; only that worker adds to them.
#[derive(Default)]
struct Counters {
    /// Twice the jobs it is done with, plus [`WATCHED`] while a thread waits for the pool to become
    /// idle.
    ///
    /// Flag and count share a word so that one atomic step both counts a job and sees the flag. A
    /// thread that raises the flag either sees that count or is seen by that worker.
    finished: AtomicU64,
    panicked: AtomicU64,
    discarded: AtomicU64,
}

const WATCHED: u64 = 1;
const ONE_JOB: u64 = 2;

impl Progress {
    /// Makes the counters of a pool with so many workers that `queue` feeds.
    pub(super) fn new(workers: usize, queue: &impl JobQueue) -> Self {
        Self {
            accepted: CachePadded::default(),
            queue_counts: queue.accepted().is_some(),
            workers: (0..workers).map(|_| CachePadded::default()).collect(),
            waiting: Mutex::default(),
            idle: Condvar::new(),
        }
    }

    /// Counts a job that is about to be pushed. It must be counted first: a worker may finish it
    /// before `push` returns.
    #[inline]
    pub(super) fn accept(&self) {
        if !self.queue_counts {
            self.accepted.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes back an [`accept`](Self::accept): the queue refused the job.
    pub(super) fn refuse(&self, queue: &impl JobQueue) {
        if !self.queue_counts {
            self.accepted.fetch_sub(1, Ordering::Relaxed);
            // A thread may have been waiting for just this job.
            self.announce_if_idle(queue);
        }
    }

    pub(super) fn count_panicked(&self, worker: usize) {
        self.workers[worker].panicked.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_discarded(&self, worker: usize) {
        self.workers[worker].discarded.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes back a [`count_discarded`](Self::count_discarded).
    pub(super) fn uncount_discarded(&self, worker: usize) {
        self.workers[worker].discarded.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts a job that was run or dropped, and tells the threads that wait if it was the last.
    pub(super) fn finish(&self, worker: usize, queue: &impl JobQueue) {
        let before = self.workers[worker].finished.fetch_add(ONE_JOB, Ordering::AcqRel);
        if before & WATCHED == 0 {
            return;
        }
        // While a backlog drains under a waiting `join`, the queue's length shows cheaply that this
        // job is not the last. Of two workers that finish the last two jobs, the fence makes the
        // later one see the earlier one's pop.
        fence(Ordering::SeqCst);
        if queue.is_empty() {
            self.announce_if_idle(queue);
        }
    }

    fn announce_if_idle(&self, queue: &impl JobQueue) {
        // The lock makes one of two workers that finish together see the other's count.
        let mut waiting = self.waiting.lock();
        if waiting.threads > 0 && self.is_idle(queue) {
            waiting.idle_moments += 1;
            self.idle.notify_all();
        }
    }

    /// Waits until the pool is idle for a moment, or until the deadline. Returns whether it was.
    pub(super) fn wait_idle(&self, queue: &impl JobQueue, deadline: Option<Instant>) -> bool {
        let mut waiting = self.waiting.lock();
        waiting.threads += 1;
        let before = waiting.idle_moments;
        let mut timed_out = false;
        let was_idle = loop {
            self.set_watched(true);
            // Pairs with the fence in `finish`. Either the next line sees the count of a worker that
            // finishes now, or that worker sees here all pops whose jobs are counted. Otherwise it
            // might leave the announcement to a job that has already finished.
            fence(Ordering::SeqCst);
            let was_idle = waiting.idle_moments != before || self.is_idle(queue);
            if was_idle || timed_out {
                break was_idle;
            }
            timed_out = wait_until(&self.idle, &mut waiting, deadline);
        };
        waiting.threads -= 1;
        if waiting.threads == 0 {
            self.set_watched(false);
        }
        was_idle
    }

    fn set_watched(&self, watched: bool) {
        for worker in &self.workers {
            if watched {
                worker.finished.fetch_or(WATCHED, Ordering::AcqRel);
            } else {
                worker.finished.fetch_and(!WATCHED, Ordering::AcqRel);
            }
        }
    }

    /// Returns whether every accepted job has finished.
    fn is_idle(&self, queue: &impl JobQueue) -> bool {
        // Both counts only grow, and no more jobs are finished than accepted. Finished is read
        // first, so if the two are equal, the pool was idle at the second read.
        let finished = self.finished();
        finished == self.accepted(queue)
    }

    fn accepted(&self, queue: &impl JobQueue) -> u64 {
        queue.accepted().unwrap_or_else(|| self.accepted.load(Ordering::Acquire))
    }

    fn finished(&self) -> u64 {
        self.sum(|worker| worker.finished.load(Ordering::Acquire) / ONE_JOB)
    }

    pub(super) fn discarded(&self) -> u64 {
        self.sum(|worker| worker.discarded.load(Ordering::Acquire))
    }

    fn sum(&self, count: impl Fn(&Counters) -> u64) -> u64 {
        self.workers.iter().map(|worker| count(worker)).sum()
    }

    pub(super) fn stats(&self, queue: &impl JobQueue) -> PoolStats {
        let workers = self.workers.len();
        let discarded = self.discarded();
        let finished = self.finished();
        // One call: so what is queued and what was taken add up to what was accepted.
        let counts = queue.stats();
        let (queued, taken) = if self.queue_counts {
            (counts.pushed.saturating_sub(counts.popped), counts.popped)
        } else {
            let queued = queue.len() as u64;
            (queued, self.accepted(queue).saturating_sub(queued))
        };
        let whole = |count| usize::try_from(count).unwrap_or(usize::MAX);
        PoolStats {
            workers,
            busy: whole(taken.saturating_sub(finished)).min(workers),
            queued: whole(queued),
            executed: finished.saturating_sub(discarded),
            panicked: self.sum(|worker| worker.panicked.load(Ordering::Relaxed)),
            discarded,
            queue: counts,
        }
    }
}
