//! How jobs say that they have run: the same for every contender.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, Thread};

/// Counts jobs, each once, and wakes whoever made it when the last has run.
#[repr(align(128))]
pub struct Latch {
    /// How many jobs have run, and above [`ID_SHIFT`] the sum of their ids: if both are what they
    /// must be, none was lost and none ran twice in another's stead.
    ran: AtomicU64,
    jobs: u64,
    waiter: Thread,
}

const ID_SHIFT: u32 = 24;
const COUNT: u64 = (1 << ID_SHIFT) - 1;

impl Latch {
    /// A latch for jobs with the ids below `jobs`.
    ///
    /// It lives for ever: counting references would cost each job as much as some queues do, and a
    /// sample is made once.
    pub fn new(jobs: u64) -> &'static Self {
        assert!(jobs < 1 << 20, "the sum of the ids has 40 bits");
        Box::leak(Box::new(Self { ran: AtomicU64::new(0), jobs, waiter: thread::current() }))
    }

    /// Counts the calling job.
    pub fn ran(&self, id: u64) {
        let before = self.ran.fetch_add(id << ID_SHIFT | 1, Ordering::AcqRel);
        if (before & COUNT) + 1 == self.jobs {
            self.waiter.unpark();
        }
    }

    /// How many jobs have run.
    pub fn count(&self) -> u64 {
        self.ran.load(Ordering::Acquire) & COUNT
    }

    /// Sleeps until all jobs have run; for the thread that made the latch.
    pub fn wait(&self) {
        while self.count() < self.jobs {
            thread::park();
        }
    }

    /// Fails unless each job has run exactly once.
    pub fn verify(&self) {
        let ran = self.ran.load(Ordering::Acquire);
        let ids = self.jobs * self.jobs.saturating_sub(1) / 2;
        assert_eq!((ran & COUNT, ran >> ID_SHIFT), (self.jobs, ids), "jobs were lost or ran twice");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_that_ran_once_each_pass() {
        let latch = Latch::new(3);
        [2, 0, 1].iter().for_each(|id| latch.ran(*id));
        latch.wait();
        latch.verify();
    }

    #[test]
    #[should_panic(expected = "ran twice")]
    fn a_job_in_anothers_stead_is_found() {
        let latch = Latch::new(3);
        [2, 2, 1].iter().for_each(|id| latch.ran(*id));
        latch.verify();
    }
}
