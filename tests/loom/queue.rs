//! The contract of `JobQueue`, for the queues on the crate's own lock and condvar.
//!
//! Each model takes the queue's constructor, so that `sabotage` can run it on queues that lack a
//! step.

use super::{Latch, Runs, check, check_bounded, finish, producer, worker};
use hello::{CondvarQueue, JobQueue, TextbookQueue};
use loom::thread;
use std::sync::Arc;

macro_rules! models_of {
    ($Queue:ident, $module:ident: $($model:ident($new:ident)),* $(,)?) => {
        mod $module {
            use super::*;
            $(#[test]
            fn $model() {
                super::$model($Queue::$new);
            })*
        }
    };
    ($($Queue:ident, $module:ident;)*) => {
        $(models_of! { $Queue, $module:
            push_wakes_a_parking_worker(new),
            worker_that_stops_searching_sees_the_push(new),
            two_producers_reach_one_worker(new),
            one_producer_reaches_two_workers(new),
            two_producers_reach_two_workers(new),
            worker_woken_in_vain_is_woken_again(new),
            third_job_wakes_a_worker_that_arrived(new),
            job_meeting_close_runs_or_comes_back(new),
            accepted_jobs_are_drained_once(new),
            close_reaches_every_parked_worker(new),
            waiting_submitter_is_woken(bounded),
            waiting_submitter_is_not_overtaken(bounded),
            two_waiting_submitters_are_woken(bounded),
            submitter_given_room_wakes_the_next_worker(bounded),
            close_refuses_every_waiting_submitter(bounded),
            waiting_submitter_meets_a_worker_and_close(bounded),
            full_queue_runs_the_job_or_returns_it(bounded),
        })*
    };
}

models_of! {
    CondvarQueue, condvar;
    TextbookQueue, textbook;
}

/// Pushes two jobs that each need a worker, and waits until both have one.
fn two_jobs_meet(queue: &impl JobQueue) {
    let met = Latch::new(2);
    assert!(queue.push(met.meeting()).is_ok());
    assert!(queue.push(met.meeting()).is_ok());
    met.wait();
}

/// I4 and I8 at their simplest: the job arrives while the worker finds the queue empty and parks.
pub(crate) fn push_wakes_a_parking_worker<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let worker = worker(&queue);
        let ran = Latch::new(1);
        assert!(queue.push(ran.job()).is_ok());
        ran.wait();
        finish(&*queue, [worker]);
    });
}

/// The second job arrives while the worker runs the first, searches, or parks again.
pub(crate) fn worker_that_stops_searching_sees_the_push<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let worker = worker(&queue);
        let ran = Latch::new(2);
        assert!(queue.push(ran.job()).is_ok());
        assert!(queue.push(ran.job()).is_ok());
        ran.wait();
        finish(&*queue, [worker]);
    });
}

pub(crate) fn two_producers_reach_one_worker<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let worker = worker(&queue);
        let ran = Latch::new(2);
        let other = producer(&queue, ran.job());
        assert!(queue.push(ran.job()).is_ok());
        ran.wait();
        assert!(other.join().unwrap().is_ok());
        finish(&*queue, [worker]);
    });
}

/// A wake-up is passed on: if a worker is searching, the second push wakes no other, and that
/// worker has to.
pub(crate) fn one_producer_reaches_two_workers<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let workers = [worker(&queue), worker(&queue)];
        two_jobs_meet(&*queue);
        finish(&*queue, workers);
    });
}

pub(crate) fn two_producers_reach_two_workers<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let workers = [worker(&queue), worker(&queue)];
        let met = Latch::new(2);
        let other = producer(&queue, met.meeting());
        assert!(queue.push(met.meeting()).is_ok());
        met.wait();
        assert!(other.join().unwrap().is_ok());
        finish(&*queue, workers);
    });
}

/// A wake-up that is passed on twice. It has more schedules than all other models together, so only
/// the default queue is checked, and with one preemption.
#[test]
fn three_jobs_get_a_worker_each() {
    check_bounded(1, || {
        let queue = Arc::new(CondvarQueue::new());
        let workers = [worker(&queue), worker(&queue), worker(&queue)];
        let met = Latch::new(3);
        for _ in 0..3 {
            assert!(queue.push(met.meeting()).is_ok());
        }
        met.wait();
        finish(&*queue, workers);
    });
}

/// After a wake-up timed out and another was sent, each worker counts as searching until it has
/// arrived, and no longer.
pub(crate) fn third_job_wakes_a_worker_that_arrived<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let workers = [worker(&queue), worker(&queue)];
        two_jobs_meet(&*queue);
        let ran = Latch::new(1);
        assert!(queue.push(ran.job()).is_ok());
        ran.wait();
        finish(&*queue, workers);
    });
}

/// The slot that a pop gave to a waiting submitter is not taken by another push: else the queue
/// would exceed its bound.
pub(crate) fn waiting_submitter_is_not_overtaken<Q: JobQueue>(
    bounded: impl Fn(usize) -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(bounded(1));
        assert!(queue.push(Box::new(|| ())).is_ok());
        let submitter = thread::spawn({
            let queue = Arc::clone(&queue);
            move || {
                assert!(queue.push(Box::new(|| ())).is_ok());
                assert!(queue.len() <= 1, "the queue exceeds its bound");
            }
        });
        assert!(queue.pop().is_some());
        if queue.try_push(Box::new(|| ())).is_ok() {
            assert!(queue.pop().is_some());
        }
        submitter.join().unwrap();
        queue.close();
        assert!(queue.pop().is_some() && queue.pop().is_none());
    });
}

/// Of two workers one may be woken for a job that the other has already taken. When it has parked
/// again, the next push must wake a worker.
pub(crate) fn worker_woken_in_vain_is_woken_again<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let workers = [worker(&queue), worker(&queue)];
        for _ in 0..2 {
            let ran = Latch::new(1);
            assert!(queue.push(ran.job()).is_ok());
            ran.wait();
        }
        finish(&*queue, workers);
    });
}

/// I3 and I7: a push that meets `close` is accepted and runs, or is refused and gives its job back.
pub(crate) fn job_meeting_close_runs_or_comes_back<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let worker = worker(&queue);
        let runs = Runs::<1>::new();
        let producer = producer(&queue, runs.job(0));
        finish(&*queue, [worker]);
        let refused = producer.join().unwrap();
        assert_eq!(runs.counts(), [usize::from(refused.is_ok())]);
        if let Err(job) = refused {
            job();
        }
        assert_eq!(runs.counts(), [1]);
    });
}

/// I3: the jobs before the close run once each, whichever worker sees the close first.
pub(crate) fn accepted_jobs_are_drained_once<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let workers = [worker(&queue), worker(&queue)];
        let runs = Runs::<3>::new();
        for index in 0..3 {
            assert!(queue.push(runs.job(index)).is_ok());
        }
        finish(&*queue, workers);
        assert_eq!(runs.counts(), [1; 3]);
        assert!(queue.is_empty());
    });
}

pub(crate) fn close_reaches_every_parked_worker<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let workers = [worker(&queue), worker(&queue)];
        finish(&*queue, workers);
        assert!(queue.push(Box::new(|| ())).is_err());
    });
}

pub(crate) fn waiting_submitter_is_woken<Q: JobQueue>(
    bounded: impl Fn(usize) -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(bounded(1));
        let worker = worker(&queue);
        let ran = Latch::new(3);
        for _ in 0..3 {
            assert!(queue.push(ran.job()).is_ok());
        }
        ran.wait();
        finish(&*queue, [worker]);
    });
}

/// Two submitters wait for the only slot, and both must be woken in turn.
pub(crate) fn two_waiting_submitters_are_woken<Q: JobQueue>(
    bounded: impl Fn(usize) -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(bounded(1));
        let ran = Latch::new(3);
        assert!(queue.push(ran.job()).is_ok());
        let producers = [producer(&queue, ran.job()), producer(&queue, ran.job())];
        let worker = worker(&queue);
        ran.wait();
        for producer in producers {
            assert!(producer.join().unwrap().is_ok());
        }
        finish(&*queue, [worker]);
    });
}

/// With room for one job, the second wake-up is passed on by a pop that makes room and the push
/// that fills it.
pub(crate) fn submitter_given_room_wakes_the_next_worker<Q: JobQueue>(
    bounded: impl Fn(usize) -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(bounded(1));
        let workers = [worker(&queue), worker(&queue)];
        two_jobs_meet(&*queue);
        finish(&*queue, workers);
    });
}

pub(crate) fn close_refuses_every_waiting_submitter<Q: JobQueue>(
    bounded: impl Fn(usize) -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(bounded(1));
        let runs = Runs::<3>::new();
        assert!(queue.push(runs.job(0)).is_ok());
        let producers = [1, 2].map(|index| producer(&queue, runs.job(index)));
        queue.close();
        // No pop made room, so neither can have been accepted.
        for producer in producers {
            producer.join().unwrap().expect_err("the queue is full")();
        }
        queue.feed(&mut |job| job());
        assert_eq!(runs.counts(), [1; 3]);
    });
}

pub(crate) fn waiting_submitter_meets_a_worker_and_close<Q: JobQueue>(
    bounded: impl Fn(usize) -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(bounded(1));
        let runs = Runs::<2>::new();
        assert!(queue.push(runs.job(0)).is_ok());
        let producer = producer(&queue, runs.job(1));
        let worker = worker(&queue);
        finish(&*queue, [worker]);
        if let Err(job) = producer.join().unwrap() {
            assert_eq!(runs.counts(), [1, 0]);
            job();
        }
        assert_eq!(runs.counts(), [1; 2]);
    });
}

/// `try_push` never waits, whether the queue is full or closed.
pub(crate) fn full_queue_runs_the_job_or_returns_it<Q: JobQueue>(
    bounded: impl Fn(usize) -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(bounded(1));
        let worker = worker(&queue);
        let runs = Runs::<2>::new();
        assert!(queue.try_push(runs.job(0)).is_ok());
        let end = thread::spawn({
            let queue = Arc::clone(&queue);
            move || queue.close()
        });
        let second = queue.try_push(runs.job(1));
        let accepted = second.is_ok();
        end.join().unwrap();
        worker.join().unwrap();
        assert_eq!(runs.counts(), [1, usize::from(accepted)]);
        if let Err(rejected) = second {
            rejected.into_job()();
        }
        assert_eq!(runs.counts(), [1; 2]);
    });
}
