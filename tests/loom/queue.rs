//! What every queue promises, put to those that run on the crate's lock and condvar.
//!
//! Each model takes the queue's constructors, so that `sabotage` can put the same questions to
//! queues that are wrong.

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
            a_push_wakes_a_worker_that_parks(new),
            a_worker_that_stops_looking_sees_the_push(new),
            two_producers_reach_one_worker(new),
            two_jobs_of_one_producer_get_a_worker_each(new),
            two_jobs_of_two_producers_get_a_worker_each(new),
            a_worker_that_was_woken_in_vain_is_woken_again(new),
            a_third_job_is_not_left_to_workers_that_arrived(new),
            a_job_that_meets_the_end_runs_or_comes_back(new),
            what_was_accepted_is_drained_once(new),
            the_end_reaches_every_parked_worker(new),
            a_blocked_submitter_is_woken(bounded),
            a_newcomer_does_not_overtake_a_submitter(bounded),
            two_blocked_submitters_are_woken(bounded),
            a_submitter_who_got_room_wakes_the_next_worker(bounded),
            the_end_refuses_every_blocked_submitter(bounded),
            a_blocked_submitter_meets_a_worker_and_the_end(bounded),
            a_full_queue_gives_the_job_back_or_runs_it(bounded),
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
pub(crate) fn a_push_wakes_a_worker_that_parks<Q: JobQueue>(
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

/// The second job arrives while the worker runs the first, looks once more, or parks again.
pub(crate) fn a_worker_that_stops_looking_sees_the_push<Q: JobQueue>(
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
pub(crate) fn two_jobs_of_one_producer_get_a_worker_each<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let workers = [worker(&queue), worker(&queue)];
        two_jobs_meet(&*queue);
        finish(&*queue, workers);
    });
}

pub(crate) fn two_jobs_of_two_producers_get_a_worker_each<Q: JobQueue>(
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
/// the default queue is asked, and with one preemption.
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

/// After a wake-up that was late and another in its stead, each counts as searching until it has
/// arrived, and no longer.
pub(crate) fn a_third_job_is_not_left_to_workers_that_arrived<Q: JobQueue>(
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

/// Room that a pop made for a waiting submitter is not taken by a newcomer: else the queue would
/// exceed its bound.
pub(crate) fn a_newcomer_does_not_overtake_a_submitter<Q: JobQueue>(
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

/// Of two workers one may be woken for a job that the other has already taken. What it leaves
/// behind as it parks again must not keep the next push from waking a worker.
pub(crate) fn a_worker_that_was_woken_in_vain_is_woken_again<Q: JobQueue>(
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
pub(crate) fn a_job_that_meets_the_end_runs_or_comes_back<Q: JobQueue>(
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

/// I3: whoever of two workers sees the end first, the jobs before it run once each.
pub(crate) fn what_was_accepted_is_drained_once<Q: JobQueue>(
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

pub(crate) fn the_end_reaches_every_parked_worker<Q: JobQueue>(
    new: impl Fn() -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(new());
        let workers = [worker(&queue), worker(&queue)];
        finish(&*queue, workers);
        assert!(queue.push(Box::new(|| ())).is_err());
    });
}

pub(crate) fn a_blocked_submitter_is_woken<Q: JobQueue>(
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

/// Room for one and two who wait for it: the one who is woken must not be the only one.
pub(crate) fn two_blocked_submitters_are_woken<Q: JobQueue>(
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
pub(crate) fn a_submitter_who_got_room_wakes_the_next_worker<Q: JobQueue>(
    bounded: impl Fn(usize) -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(bounded(1));
        let workers = [worker(&queue), worker(&queue)];
        two_jobs_meet(&*queue);
        finish(&*queue, workers);
    });
}

pub(crate) fn the_end_refuses_every_blocked_submitter<Q: JobQueue>(
    bounded: impl Fn(usize) -> Q + Send + Sync + 'static,
) {
    check(move || {
        let queue = Arc::new(bounded(1));
        let runs = Runs::<3>::new();
        assert!(queue.push(runs.job(0)).is_ok());
        let producers = [1, 2].map(|index| producer(&queue, runs.job(index)));
        queue.close();
        // Nobody made room, so neither can have been accepted.
        for producer in producers {
            producer.join().unwrap().expect_err("the queue is full")();
        }
        queue.feed(&mut |job| job());
        assert_eq!(runs.counts(), [1; 3]);
    });
}

pub(crate) fn a_blocked_submitter_meets_a_worker_and_the_end<Q: JobQueue>(
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

/// `try_push` waits for nobody, whether the queue is full or closed.
pub(crate) fn a_full_queue_gives_the_job_back_or_runs_it<Q: JobQueue>(
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
