//! The contract of `JobQueue`, tested on every strategy as a black box.

#[path = "../support/mod.rs"]
mod support;

use hello::{
    CondvarQueue, Job, JobQueue, MpscQueue, Rejected, StdCondvarQueue, TextbookQueue, ThreadPool,
    WhileLetQueue,
};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use support::wait::{TIMEOUT, wait_until};

/// Makes a test of each function for each strategy.
macro_rules! each_strategy {
    ($($test:ident),+ $(,)?) => {
        each_strategy!(@ condvar CondvarQueue, [$($test),+]);
        each_strategy!(@ textbook TextbookQueue, [$($test),+]);
        each_strategy!(@ std_condvar StdCondvarQueue, [$($test),+]);
        each_strategy!(@ mpsc MpscQueue, [$($test),+]);
        each_strategy!(@ while_let WhileLetQueue, [$($test),+]);
    };
    (@ $name:ident $queue:ident, [$($test:ident),+]) => {
        mod $name {
            use super::*;
            $(
                #[test]
                fn $test() {
                    super::$test($queue::new, $queue::bounded);
                }
            )+
        }
    };
}

each_strategy!(
    jobs_come_out_in_order,
    feed_runs_every_job_until_the_end,
    closed_queue_gives_the_job_back,
    jobs_accepted_before_close_come_out,
    push_wakes_a_waiting_worker,
    close_wakes_every_worker,
    full_queue_gives_the_job_back,
    push_waits_for_room,
    close_accepts_or_refuses_a_waiting_submitter,
    bound_of_zero_is_refused,
    boxed_queue_forwards_every_method,
    concurrent_submitters_and_workers_lose_no_job,
);

/// Returns a job that sends its number when it runs.
fn numbered(number: usize, sender: &Sender<usize>) -> Job {
    let sender = sender.clone();
    Box::new(move || sender.send(number).unwrap())
}

/// Returns all numbers that were sent, once every sender is dropped.
fn all(sender: Sender<usize>, receiver: &Receiver<usize>) -> Vec<usize> {
    drop(sender);
    receiver.iter().collect()
}

fn jobs_come_out_in_order<Q: JobQueue>(new: fn() -> Q, _: fn(usize) -> Q) {
    let (sender, receiver) = channel();
    let queue = new();
    for number in 0..100 {
        queue.push(numbered(number, &sender)).ok().unwrap();
        assert_eq!(queue.len(), number + 1);
    }
    for number in (0..100).rev() {
        queue.pop().unwrap()();
        assert_eq!(queue.len(), number);
    }
    assert!(queue.is_empty());
    assert!(all(sender, &receiver).into_iter().eq(0..100));
}

fn feed_runs_every_job_until_the_end<Q: JobQueue>(new: fn() -> Q, _: fn(usize) -> Q) {
    let (sender, receiver) = channel();
    let queue = new();
    (0..10).for_each(|number| queue.push(numbered(number, &sender)).ok().unwrap());
    queue.close();
    queue.feed(&mut |job| job());
    assert!(all(sender, &receiver).into_iter().eq(0..10));
}

fn closed_queue_gives_the_job_back<Q: JobQueue>(new: fn() -> Q, bounded: fn(usize) -> Q) {
    let (sender, receiver) = channel();
    for queue in [new(), bounded(1)] {
        queue.close();
        queue.close();
        queue.push(numbered(1, &sender)).err().unwrap()();
        match queue.try_push(numbered(2, &sender)) {
            Err(Rejected::ShutDown(job)) => job(),
            other => panic!("{other:?}"),
        }
        assert!(queue.is_empty());
    }
    assert_eq!(all(sender, &receiver), [1, 2, 1, 2]);
}

fn jobs_accepted_before_close_come_out<Q: JobQueue>(new: fn() -> Q, _: fn(usize) -> Q) {
    let (sender, receiver) = channel();
    let queue = new();
    (0..3).for_each(|number| queue.push(numbered(number, &sender)).ok().unwrap());
    queue.close();
    while let Some(job) = queue.pop() {
        job();
    }
    assert!(queue.pop().is_none(), "a closed queue stays closed");
    assert_eq!(all(sender, &receiver), [0, 1, 2]);
}

fn push_wakes_a_waiting_worker<Q: JobQueue>(new: fn() -> Q, _: fn(usize) -> Q) {
    let (sender, receiver) = channel();
    let queue = Arc::new(new());
    let worker = thread::spawn({
        let queue = Arc::clone(&queue);
        move || queue.feed(&mut |job| job())
    });
    for number in 0..100 {
        queue.push(numbered(number, &sender)).ok().unwrap();
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok(number));
    }
    queue.close();
    worker.join().unwrap();
}

fn close_wakes_every_worker<Q: JobQueue>(new: fn() -> Q, _: fn(usize) -> Q) {
    let queue = Arc::new(new());
    let (ended, receiver) = channel();
    for _ in 0..4 {
        let (queue, ended) = (Arc::clone(&queue), ended.clone());
        thread::spawn(move || ended.send(queue.pop().is_none()).unwrap());
    }
    queue.close();
    for _ in 0..4 {
        assert_eq!(receiver.recv_timeout(TIMEOUT), Ok(true));
    }
}

fn full_queue_gives_the_job_back<Q: JobQueue>(new: fn() -> Q, bounded: fn(usize) -> Q) {
    let (sender, receiver) = channel();
    assert_eq!(new().capacity(), None);
    let queue = bounded(2);
    assert_eq!(queue.capacity(), Some(2));
    queue.push(numbered(0, &sender)).ok().unwrap();
    queue.try_push(numbered(1, &sender)).unwrap();
    match queue.try_push(numbered(2, &sender)) {
        Err(Rejected::Full(job)) => job(),
        other => panic!("{other:?}"),
    }
    assert_eq!(queue.len(), 2);
    queue.pop().unwrap()();
    queue.try_push(numbered(3, &sender)).unwrap();
    queue.close();
    queue.feed(&mut |job| job());
    assert_eq!(all(sender, &receiver), [2, 0, 1, 3]);
}

fn push_waits_for_room<Q: JobQueue>(_: fn() -> Q, bounded: fn(usize) -> Q) {
    let (sender, receiver) = channel();
    let queue = Arc::new(bounded(1));
    queue.push(numbered(0, &sender)).ok().unwrap();
    let submitters: Vec<_> = (1..=4)
        .map(|number| {
            let (queue, sender) = (Arc::clone(&queue), sender.clone());
            thread::spawn(move || queue.push(numbered(number, &sender)).ok().unwrap())
        })
        .collect();
    for _ in 0..5 {
        queue.pop().unwrap()();
        assert!(receiver.recv_timeout(TIMEOUT).is_ok());
    }
    submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
    assert!(queue.is_empty());
}

fn close_accepts_or_refuses_a_waiting_submitter<Q: JobQueue>(
    _: fn() -> Q,
    bounded: fn(usize) -> Q,
) {
    let (sender, receiver) = channel();
    let queue = Arc::new(bounded(1));
    queue.push(numbered(0, &sender)).ok().unwrap();
    let submitter = thread::spawn({
        let (queue, sender) = (Arc::clone(&queue), sender.clone());
        // A refused job runs here, so that it runs exactly once in either case.
        move || queue.push(numbered(1, &sender)).unwrap_or_else(|job| job())
    });
    queue.close();
    queue.feed(&mut |job| job());
    submitter.join().unwrap();
    let mut received = all(sender, &receiver);
    received.sort_unstable();
    assert_eq!(received, [0, 1]);
}

fn bound_of_zero_is_refused<Q: JobQueue>(_: fn() -> Q, bounded: fn(usize) -> Q) {
    assert!(thread::spawn(move || drop(bounded(0))).join().is_err());
}

fn boxed_queue_forwards_every_method<Q: JobQueue>(_: fn() -> Q, bounded: fn(usize) -> Q) {
    fn boxed(queue: impl JobQueue) -> Box<dyn JobQueue> {
        Box::new(queue)
    }
    let (sender, receiver) = channel();
    let queue = boxed(bounded(1));
    assert_eq!(queue.capacity(), Some(1));
    queue.try_push(numbered(0, &sender)).unwrap();
    assert!(matches!(queue.try_push(numbered(1, &sender)), Err(Rejected::Full(_))));
    assert_eq!(queue.len(), 1);
    queue.pop().unwrap()();
    queue.push(numbered(2, &sender)).ok().unwrap();
    queue.close();
    queue.feed(&mut |job| job());
    assert_eq!(all(sender, &receiver), [0, 2]);
}

fn concurrent_submitters_and_workers_lose_no_job<Q: JobQueue>(
    new: fn() -> Q,
    bounded: fn(usize) -> Q,
) {
    const JOBS: usize = 500;
    for queue in [new(), bounded(3)] {
        let (sender, receiver) = channel();
        let pool = Arc::new(ThreadPool::with_queue(4, queue).unwrap());
        let submitters: Vec<_> = (0..4)
            .map(|submitter| {
                let (pool, sender) = (Arc::clone(&pool), sender.clone());
                thread::spawn(move || {
                    for number in 0..JOBS {
                        let sender = sender.clone();
                        assert!(
                            pool.execute(move || sender.send(submitter * JOBS + number).unwrap())
                                .is_accepted()
                        );
                    }
                })
            })
            .collect();
        submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
        wait_until("emptying the queue", || pool.queue().is_empty());
        drop(pool);
        let mut received = all(sender, &receiver);
        received.sort_unstable();
        assert!(received.into_iter().eq(0..4 * JOBS));
    }
}
