//! The standby of the reactor thread, during which workers poll in its place.
//!
//! If many connections become ready at once, it is a waste to wake the reactor thread for each of
//! them: the workers are awake anyway. So when the thread has handed out several connections, it
//! goes on *standby*, and a worker that has finished a job and finds the queue empty polls in its
//! place. If the poll finds nothing to do, the worker ends the standby and parks. This is the
//! leader/followers pattern, except that ready connections still go through the job queue, so that
//! a long job delays none of them.
//!
//! # No arrival is left unpolled
//!
//! *Proposition.* While the reactor thread is on standby, a job is queued or running, or a worker
//! is polling or about to end the standby.
//!
//! *Proof.* The thread sets `on`, and goes on standby only if a job is queued after that. A worker
//! takes that job and, when it has run, reads `on`. A fence separates the two steps on either side,
//! so at least one side sees the other: either the thread finds the queue empty and does not go on
//! standby, or the worker that took the last job sees `on` and polls. If its poll queues jobs, the
//! argument starts again with the last of them; if not, the worker ends the standby. If another
//! worker holds the poller, that worker has not handed out its connections yet, since it does so
//! after it has released the poller. It will queue a job or end the standby. ∎
//!
//! The proof needs no clock. The time limit of a standby covers what the proof leaves out: jobs
//! that do not poll when they are done, since they panicked, were discarded by a shutdown, or
//! belong to another user of the pool.
//!
//! `sabotaged` is false except in the tests of the models (`tests/loom`), where the named step is
//! left out.

#![allow(unreachable_pub, reason = "the models in tests/loom use it")]

use crate::sync::atomic::{AtomicBool, Ordering, fence};
use crate::sync::{Condvar, Mutex, notify_through, sabotaged};
use std::time::{Duration, Instant};

/// A poller that the reactor thread shares with the workers.
pub struct SharedPoller<P> {
    poller: Mutex<P>,
    /// Whether the reactor thread is on standby or about to be.
    on: AtomicBool,
    lock: Mutex<()>,
    ended: Condvar,
}

impl<P> SharedPoller<P> {
    /// Wraps a poller. The reactor thread is not on standby.
    pub fn new(poller: P) -> Self {
        Self {
            poller: Mutex::new(poller),
            on: AtomicBool::new(false),
            lock: Mutex::new(()),
            ended: Condvar::new(),
        }
    }

    /// Polls on the reactor thread, and returns what `poll` returns. The thread hands out the ready
    /// connections after this, when the poller is released.
    pub fn poll_on_reactor_thread<T>(&self, poll: impl FnOnce(&mut P) -> T) -> T {
        poll(&mut self.poller.lock())
    }

    /// Keeps the reactor thread on standby until a worker ends it or `limit` has passed; returns at
    /// once if `is_job_queued` returns false.
    pub fn stand_by(&self, limit: Duration, is_job_queued: impl FnOnce() -> bool) {
        let mut guard = self.lock.lock();
        self.on.store(true, Ordering::Relaxed);
        // Pairs with the fence in `is_on`.
        if !sabotaged("standby without a fence") {
            fence(Ordering::SeqCst);
        }
        if is_job_queued() {
            let deadline = Instant::now() + limit;
            while self.on.load(Ordering::Relaxed) {
                if self.ended.wait_until(&mut guard, deadline).timed_out() {
                    break;
                }
            }
        }
        self.on.store(false, Ordering::Relaxed);
    }

    /// Polls in place of the reactor thread if that is on standby and no job is queued. A worker
    /// calls this when it has finished a job.
    ///
    /// `poll` returns the connections that are ready, and `hand_out` returns whether it made a job
    /// of one. If it made none, the standby ends: no worker would poll after connections that need
    /// no worker.
    pub fn poll_on_worker<C>(
        &self,
        is_queue_empty: impl FnOnce() -> bool,
        poll: impl FnOnce(&mut P) -> Vec<C>,
        mut hand_out: impl FnMut(C) -> bool,
    ) {
        if !self.is_on() || !is_queue_empty() {
            return;
        }
        let Some(mut poller) = self.poller.try_lock() else { return };
        let ready = poll(&mut poller);
        if !sabotaged("hand out under the poller lock") {
            drop(poller);
        }
        let mut jobs = 0;
        for connection in ready {
            if hand_out(connection) || sabotaged("count discarded input as a job") {
                jobs += 1;
            }
        }
        if jobs == 0 {
            self.end();
        }
    }

    /// Returns whether the reactor thread is on standby. A worker calls this after it has taken a
    /// job.
    fn is_on(&self) -> bool {
        fence(Ordering::SeqCst);
        self.on.load(Ordering::Relaxed)
    }

    /// Ends the standby.
    fn end(&self) {
        if self.on.swap(false, Ordering::Relaxed) {
            notify_through(&self.lock, &self.ended, "end a standby without its lock");
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::thread;

    const NEVER: Duration = Duration::from_secs(1_000_000);

    /// Polls on a worker; `found` says of each connection whether it becomes a job.
    fn poll(poller: &SharedPoller<()>, found: &[bool]) {
        poller.poll_on_worker(|| true, |()| found.to_vec(), |is_job| is_job);
    }

    #[test]
    fn standby_needs_a_queued_job() {
        let poller = SharedPoller::new(());
        poller.stand_by(NEVER, || {
            assert!(poller.is_on());
            false
        });
        assert!(!poller.is_on());
    }

    #[test]
    fn standby_times_out() {
        let poller = SharedPoller::new(());
        poller.stand_by(Duration::from_millis(1), || true);
        assert!(!poller.is_on());
    }

    #[test]
    fn worker_ends_a_standby_without_new_jobs() {
        for found in [&[][..], &[false]] {
            let poller = SharedPoller::new(());
            thread::scope(|scope| {
                let reactor = scope.spawn(|| poller.stand_by(NEVER, || true));
                while !reactor.is_finished() {
                    poll(&poller, &[true]);
                    poll(&poller, found);
                    thread::yield_now();
                }
            });
        }
    }

    #[test]
    fn standby_outlasts_a_poll_that_makes_jobs() {
        let poller = SharedPoller::new(());
        poller.stand_by(NEVER, || {
            poll(&poller, &[false, true]);
            assert!(poller.is_on());
            false
        });
    }
}
