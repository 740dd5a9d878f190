//! Work stealing as a queue: the parts of crossbeam-deque, put together as its documentation says.
//!
//! A push goes to an injector that all share. A worker takes a batch of it into a deque of its own,
//! and steals from another's when both are empty. `JobQueue` does not tell a strategy who calls, so
//! a worker's deque is found by an index that each thread gets when it first asks. What a job
//! submits goes to the injector too, which is what makes rayon better at jobs that spawn jobs.
//!
//! A push that races with `close` may leave its job behind. That is enough here, as with the
//! channels.

use crossbeam_deque::{Injector, Steal, Stealer, Worker};
use hello::{Job, JobQueue};
use parking_lot::{Condvar, Mutex};
use std::cell::RefCell;
use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};

/// An injector, a deque for each worker, and a place to sleep.
#[derive(Default)]
pub(crate) struct StealingQueue {
    injector: Injector<Job>,
    stealers: Mutex<Arc<Vec<Stealer<Job>>>>,
    /// How many workers are about to sleep or do: while it is zero, a push touches no lock.
    sleepers: AtomicUsize,
    closed: AtomicBool,
    lock: Mutex<()>,
    wake: Condvar,
}

/// What a worker has of its own.
struct Own {
    deque: Worker<Job>,
    stealers: Arc<Vec<Stealer<Job>>>,
}

thread_local! {
    /// A pool's worker serves one queue in its life.
    static OWN: RefCell<Option<Own>> = const { RefCell::new(None) };
}

impl StealingQueue {
    fn enrol(&self) -> Own {
        let deque = Worker::new_fifo();
        let mut stealers = self.stealers.lock();
        let mut with_mine = (**stealers).clone();
        with_mine.push(deque.stealer());
        *stealers = Arc::new(with_mine);
        Own { deque, stealers: Arc::clone(&stealers) }
    }

    fn find(&self, own: &mut Own) -> Option<Job> {
        if let Some(job) = own.deque.pop() {
            return Some(job);
        }
        loop {
            let steal = self.injector.steal_batch_and_pop(&own.deque);
            let steal = steal.or_else(|| own.stealers.iter().map(Stealer::steal).collect());
            match steal {
                Steal::Success(job) => return Some(job),
                Steal::Empty => return None,
                Steal::Retry => {}
            }
        }
    }

    /// Wakes a worker if one sleeps.
    fn wake_one(&self) {
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            drop(self.lock.lock());
            self.wake.notify_one();
        }
    }

    fn sleep(&self, own: &mut Own) {
        let mut guard = self.lock.lock();
        // First counted, then looked once more: a push either sees the sleeper or is seen by it
        // (I8).
        self.sleepers.fetch_add(1, Ordering::SeqCst);
        own.stealers = Arc::clone(&self.stealers.lock());
        if self.len() == 0 && !self.closed.load(Ordering::SeqCst) {
            self.wake.wait(&mut guard);
        }
        self.sleepers.fetch_sub(1, Ordering::SeqCst);
    }
}

impl JobQueue for StealingQueue {
    fn push(&self, job: Job) -> Result<(), Job> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(job);
        }
        self.injector.push(job);
        // The push before the look at the sleepers: see `sleep`.
        fence(Ordering::SeqCst);
        self.wake_one();
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        OWN.with_borrow_mut(|own| {
            let own = own.get_or_insert_with(|| self.enrol());
            loop {
                if let Some(job) = self.find(own) {
                    if !self.injector.is_empty() || !own.deque.is_empty() {
                        self.wake_one();
                    }
                    return Some(job);
                }
                if self.closed.load(Ordering::SeqCst) && self.len() == 0 {
                    return None;
                }
                self.sleep(own);
            }
        })
    }

    fn close(&self) {
        let guard = self.lock.lock();
        self.closed.store(true, Ordering::SeqCst);
        drop(guard);
        self.wake.notify_all();
    }

    fn len(&self) -> usize {
        let deques = Arc::clone(&self.stealers.lock());
        iter::once(self.injector.len()).chain(deques.iter().map(Stealer::len)).sum()
    }
}
