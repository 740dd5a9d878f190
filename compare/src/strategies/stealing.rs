//! Work stealing as a queue: crossbeam-deque, used as its documentation says.
//!
//! A push goes to a shared injector. A worker takes a batch from it into its own deque, and steals
//! from another worker's deque if both are empty. `JobQueue` does not name the calling worker, so a
//! worker's deque is thread-local. A job that submits jobs pushes to the injector, too; rayon, which
//! pushes to the worker's own deque, has an advantage there.
//!
//! A push that races with `close` may lose its job. As with the channels, no sample does that.

use super::parking::Parking;
use crossbeam_deque::{Injector, Steal, Stealer, Worker};
use hello::{Job, JobQueue};
use parking_lot::Mutex;
use std::cell::RefCell;
use std::iter;
use std::sync::Arc;

/// An injector, a deque for each worker, and a place to park.
#[derive(Default)]
pub(crate) struct StealingQueue {
    injector: Injector<Job>,
    stealers: Mutex<Arc<Vec<Stealer<Job>>>>,
    parking: Parking,
}

/// The part of a worker.
struct Own {
    deque: Worker<Job>,
    stealers: Arc<Vec<Stealer<Job>>>,
}

thread_local! {
    /// A worker thread serves only one queue.
    static OWN: RefCell<Option<Own>> = const { RefCell::new(None) };
}

impl StealingQueue {
    fn register(&self) -> Own {
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
}

impl JobQueue for StealingQueue {
    fn push(&self, job: Job) -> Result<(), Job> {
        if self.parking.is_closed() {
            return Err(job);
        }
        self.injector.push(job);
        self.parking.wake_after_push();
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        OWN.with_borrow_mut(|own| {
            let own = own.get_or_insert_with(|| self.register());
            loop {
                if let Some(job) = self.find(own) {
                    if !self.injector.is_empty() || !own.deque.is_empty() {
                        self.parking.wake_one();
                    }
                    return Some(job);
                }
                if self.parking.is_closed() && self.len() == 0 {
                    return None;
                }
                own.stealers = Arc::clone(&self.stealers.lock());
                self.parking.park_if(|| self.len() == 0);
            }
        })
    }

    fn close(&self) {
        self.parking.close();
    }

    fn len(&self) -> usize {
        let deques = Arc::clone(&self.stealers.lock());
        iter::once(self.injector.len()).chain(deques.iter().map(Stealer::len)).sum()
    }
}
