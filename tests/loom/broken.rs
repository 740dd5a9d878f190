//! The test of the tests: what is wrong must be found.
//!
//! Two kinds of wrong. The facade can lose a notification of the real queue or pool, which is what any mistake in
//! deciding whom to wake comes to. And a queue of this file's own makes, one at a time, the mistakes that are easily
//! made in the rule itself.

use super::queue::*;
use super::{Pool, Runs, check};
use hello::{CondvarQueue, Job, JobQueue, lose_notification};
use loom::sync::{Condvar, Mutex};
use std::collections::VecDeque;

/// Each line: a model, the queue that it is given, and what it then must report.
macro_rules! noticed {
    ($($name:ident: $model:ident($new:expr) => $report:literal;)*) => {
        $(#[test]
        #[should_panic(expected = $report)]
        fn $name() {
            $model($new);
        })*
    };
}

noticed! {
    a_lost_wake_up_of_a_parking_worker_is_noticed:
        a_push_wakes_a_worker_that_parks(|| losing(0, CondvarQueue::new())) => "deadlock";
    a_lost_link_of_the_chain_is_noticed:
        two_jobs_of_one_producer_get_a_worker_each(|| losing(1, CondvarQueue::new())) => "deadlock";
    a_lost_end_is_noticed:
        the_end_reaches_every_parked_worker(|| losing(0, CondvarQueue::new())) => "deadlock";
    parking_on_an_old_look_is_noticed:
        a_push_wakes_a_worker_that_parks(|| Broken::by(Mistake::ParksOnAnOldLook)) => "deadlock";
    skipping_the_wake_up_while_another_worker_runs_is_noticed:
        two_jobs_of_one_producer_get_a_worker_each(|| Broken::by(Mistake::TrustsTheBusy)) => "deadlock";
    breaking_the_chain_is_noticed:
        two_jobs_of_one_producer_get_a_worker_each(|| Broken::by(Mistake::BreaksTheChain)) => "deadlock";
    a_false_wake_up_that_leaves_its_mark_is_noticed:
        a_worker_that_was_woken_in_vain_is_woken_again(|| Broken::by(Mistake::StaysOnItsWay)) => "deadlock";
    forgetting_who_waits_for_room_is_noticed:
        a_blocked_submitter_is_woken(|room| Broken::bounded(room, Mistake::ForgetsSubmitters)) => "deadlock";
    an_end_that_forgets_who_waits_for_room_is_noticed:
        the_end_refuses_every_blocked_submitter(|room| Broken::bounded(room, Mistake::ForgetsSubmitters)) => "deadlock";
    an_end_that_wakes_only_one_worker_is_noticed:
        the_end_reaches_every_parked_worker(|| Broken::by(Mistake::EndsForOne)) => "deadlock";
    accepting_after_the_end_is_noticed:
        a_job_that_meets_the_end_runs_or_comes_back(|| Broken::by(Mistake::AcceptsAfterTheEnd)) => "left == right";
}

/// And the file's own queue without a mistake is right, or the above would show nothing.
#[test]
fn the_same_queue_without_a_mistake_passes() {
    a_push_wakes_a_worker_that_parks(|| Broken::by(Mistake::None));
    two_jobs_of_one_producer_get_a_worker_each(|| Broken::by(Mistake::None));
    a_worker_that_was_woken_in_vain_is_woken_again(|| Broken::by(Mistake::None));
    a_blocked_submitter_is_woken(|room| Broken::bounded(room, Mistake::None));
    the_end_refuses_every_blocked_submitter(|room| Broken::bounded(room, Mistake::None));
    the_end_reaches_every_parked_worker(|| Broken::by(Mistake::None));
    a_job_that_meets_the_end_runs_or_comes_back(|| Broken::by(Mistake::None));
}

#[test]
#[should_panic(expected = "deadlock")]
fn a_lost_announcement_that_the_pool_is_idle_is_noticed() {
    check(|| {
        let pool = Pool::new(1);
        pool.execute(Runs::<1>::new().job(0));
        lose_notification(0);
        pool.join();
    });
}

/// The queue, and in this run of the model its `nth` notification reaches nobody.
fn losing<Q>(nth: usize, queue: Q) -> Q {
    lose_notification(nth);
    queue
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mistake {
    None,
    /// The worker sees an empty queue, lets go of the lock, takes it again and parks: not under the same lock (I4).
    ParksOnAnOldLook,
    /// A push wakes nobody while some worker runs a job, since that one will look again. When it is done, that is.
    TrustsTheBusy,
    /// The worker that arrives does not wake the next.
    BreaksTheChain,
    /// A worker that was woken for nothing parks again and still counts as on its way.
    StaysOnItsWay,
    /// Nobody tells those who wait for room, neither that there is some nor that there will be none.
    ForgetsSubmitters,
    /// The end is news for one worker only.
    EndsForOne,
    /// A push does not look whether the queue is closed.
    AcceptsAfterTheEnd,
}

/// A queue that wakes at most one worker at a time, and makes a mistake.
struct Broken {
    mistake: Mistake,
    capacity: usize,
    state: Mutex<State>,
    not_empty: Condvar,
    not_full: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    closed: bool,
    parked: usize,
    on_its_way: bool,
    busy: usize,
}

impl Broken {
    fn by(mistake: Mistake) -> Self {
        Self::bounded(usize::MAX, mistake)
    }

    fn bounded(capacity: usize, mistake: Mistake) -> Self {
        Self { mistake, capacity, state: Mutex::default(), not_empty: Condvar::new(), not_full: Condvar::new() }
    }

    fn makes(&self, mistake: Mistake) -> bool {
        self.mistake == mistake
    }

    fn wake_worker(&self, state: &mut State) {
        if state.parked > 0 && !state.on_its_way && !state.jobs.is_empty() {
            state.parked -= 1;
            state.on_its_way = true;
            self.not_empty.notify_one();
        }
    }
}

impl JobQueue for Broken {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.state.lock().unwrap();
        while state.jobs.len() >= self.capacity && !state.closed {
            state = self.not_full.wait(state).unwrap();
        }
        if state.closed && !self.makes(Mistake::AcceptsAfterTheEnd) {
            return Err(job);
        }
        state.jobs.push_back(job);
        if !(self.makes(Mistake::TrustsTheBusy) && state.busy > 0) {
            self.wake_worker(&mut state);
        }
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        let mut state = self.state.lock().unwrap();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                if !self.makes(Mistake::BreaksTheChain) {
                    self.wake_worker(&mut state);
                }
                if !self.makes(Mistake::ForgetsSubmitters) {
                    self.not_full.notify_one();
                }
                return Some(job);
            }
            if state.closed {
                return None;
            }
            if self.makes(Mistake::ParksOnAnOldLook) {
                drop(state);
                state = self.state.lock().unwrap();
            }
            state.parked += 1;
            state = self.not_empty.wait(state).unwrap();
            if !(self.makes(Mistake::StaysOnItsWay) && state.jobs.is_empty()) {
                state.on_its_way = false;
            }
        }
    }

    fn close(&self) {
        let mut state = self.state.lock().unwrap();
        state.closed = true;
        state.parked = 0;
        if self.makes(Mistake::EndsForOne) {
            self.not_empty.notify_one();
        } else {
            self.not_empty.notify_all();
        }
        if !self.makes(Mistake::ForgetsSubmitters) {
            self.not_full.notify_all();
        }
    }

    fn len(&self) -> usize {
        self.state.lock().unwrap().jobs.len()
    }

    fn capacity(&self) -> Option<usize> {
        Some(self.capacity)
    }

    fn feed(&self, run: &mut dyn FnMut(Job)) {
        while let Some(job) = self.pop() {
            self.state.lock().unwrap().busy += 1;
            run(job);
            self.state.lock().unwrap().busy -= 1;
        }
    }
}
