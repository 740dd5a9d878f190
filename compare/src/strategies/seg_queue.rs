//! The simplest lock-free queue: crossbeam's `SegQueue`, whose workers park as soon as it is empty.
//!
//! Crossbeam's channel is the same list of segments, but its workers spin before they park.
//!
//! A push that races with `close` may lose its job. As with the channels, no sample does that.

use super::parking::Parking;
use crossbeam_queue::SegQueue;
use hello::{Job, JobQueue};

/// A list of segments, and a place to park.
#[derive(Default)]
pub(crate) struct SegmentQueue {
    jobs: SegQueue<Job>,
    parking: Parking,
}

impl JobQueue for SegmentQueue {
    fn push(&self, job: Job) -> Result<(), Job> {
        if self.parking.is_closed() {
            return Err(job);
        }
        self.jobs.push(job);
        self.parking.wake_after_push();
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        loop {
            let is_closed = self.parking.is_closed();
            if let Some(job) = self.jobs.pop() {
                return Some(job);
            }
            if is_closed {
                return None;
            }
            self.parking.park_if(|| self.jobs.is_empty());
        }
    }

    fn close(&self) {
        self.parking.close();
    }

    fn len(&self) -> usize {
        self.jobs.len()
    }
}
