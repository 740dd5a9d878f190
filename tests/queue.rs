//! What every strategy promises, held against each of them: the contract of `JobQueue`, as a black
//! box.

use hello::{
    CondvarQueue, Job, JobQueue, MpscQueue, Rejected, StdCondvarQueue, TextbookQueue, ThreadPool,
    WhileLetQueue,
};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// Long enough that only a hang takes longer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Runs each promise against each strategy, as a test of its own.
macro_rules! each_strategy {
    ($($promise:ident),+ $(,)?) => {
        each_strategy!(@ condvar CondvarQueue, [$($promise),+]);
        each_strategy!(@ textbook TextbookQueue, [$($promise),+]);
        each_strategy!(@ std_condvar StdCondvarQueue, [$($promise),+]);
        each_strategy!(@ mpsc MpscQueue, [$($promise),+]);
        each_strategy!(@ while_let WhileLetQueue, [$($promise),+]);
    };
    (@ $name:ident $queue:ident, [$($promise:ident),+]) => {
        mod $name {
            use super::*;
            $(
                #[test]
                fn $promise() {
                    super::$promise($queue::new, $queue::bounded);
                }
            )+
        }
    };
}

each_strategy!(
    jobs_come_out_in_the_order_they_went_in,
    a_worker_is_fed_every_job_until_the_end,
    a_closed_queue_gives_the_job_back,
    what_was_accepted_before_close_still_comes_out,
    a_waiting_worker_is_woken_by_a_job,
    close_ends_the_wait_of_every_worker,
    a_full_queue_gives_the_job_back,
    a_submitter_waits_until_there_is_room,
    a_submitter_that_waits_when_the_queue_closes_keeps_or_passes_on_its_job,
    a_bound_of_zero_is_refused,
    a_boxed_queue_keeps_every_promise,
    many_submitters_and_workers_lose_nothing,
);

/// A job that says its number when it runs.
fn numbered(number: usize, said: &Sender<usize>) -> Job {
    let said = said.clone();
    Box::new(move || said.send(number).unwrap())
}

/// What was said once every sender is gone.
fn all(said: Sender<usize>, heard: &Receiver<usize>) -> Vec<usize> {
    drop(said);
    heard.iter().collect()
}

/// Waits for something that will happen if nothing is broken.
fn eventually(what: &str, mut happened: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !happened() {
        assert!(start.elapsed() < TIMEOUT, "still waiting until {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

fn jobs_come_out_in_the_order_they_went_in<Q: JobQueue>(new: fn() -> Q, _: fn(usize) -> Q) {
    let (said, heard) = channel();
    let queue = new();
    for number in 0..100 {
        queue.push(numbered(number, &said)).ok().unwrap();
        assert_eq!(queue.len(), number + 1);
    }
    for number in (0..100).rev() {
        queue.pop().unwrap()();
        assert_eq!(queue.len(), number);
    }
    assert!(queue.is_empty());
    assert!(all(said, &heard).into_iter().eq(0..100));
}

fn a_worker_is_fed_every_job_until_the_end<Q: JobQueue>(new: fn() -> Q, _: fn(usize) -> Q) {
    let (said, heard) = channel();
    let queue = new();
    (0..10).for_each(|number| queue.push(numbered(number, &said)).ok().unwrap());
    queue.close();
    queue.feed(&mut |job| job());
    assert!(all(said, &heard).into_iter().eq(0..10));
}

fn a_closed_queue_gives_the_job_back<Q: JobQueue>(new: fn() -> Q, bounded: fn(usize) -> Q) {
    let (said, heard) = channel();
    for queue in [new(), bounded(1)] {
        queue.close();
        queue.close();
        queue.push(numbered(1, &said)).err().unwrap()();
        match queue.try_push(numbered(2, &said)) {
            Err(Rejected::ShutDown(job)) => job(),
            other => panic!("{other:?}"),
        }
        assert!(queue.is_empty());
    }
    assert_eq!(all(said, &heard), [1, 2, 1, 2]);
}

fn what_was_accepted_before_close_still_comes_out<Q: JobQueue>(new: fn() -> Q, _: fn(usize) -> Q) {
    let (said, heard) = channel();
    let queue = new();
    (0..3).for_each(|number| queue.push(numbered(number, &said)).ok().unwrap());
    queue.close();
    while let Some(job) = queue.pop() {
        job();
    }
    assert!(queue.pop().is_none(), "the end is for ever");
    assert_eq!(all(said, &heard), [0, 1, 2]);
}

fn a_waiting_worker_is_woken_by_a_job<Q: JobQueue>(new: fn() -> Q, _: fn(usize) -> Q) {
    let (said, heard) = channel();
    let queue = Arc::new(new());
    let worker = thread::spawn({
        let queue = Arc::clone(&queue);
        move || queue.feed(&mut |job| job())
    });
    for number in 0..100 {
        queue.push(numbered(number, &said)).ok().unwrap();
        assert_eq!(heard.recv_timeout(TIMEOUT), Ok(number));
    }
    queue.close();
    worker.join().unwrap();
}

fn close_ends_the_wait_of_every_worker<Q: JobQueue>(new: fn() -> Q, _: fn(usize) -> Q) {
    let queue = Arc::new(new());
    let (ended, heard) = channel();
    for _ in 0..4 {
        let (queue, ended) = (Arc::clone(&queue), ended.clone());
        thread::spawn(move || ended.send(queue.pop().is_none()).unwrap());
    }
    queue.close();
    for _ in 0..4 {
        assert_eq!(heard.recv_timeout(TIMEOUT), Ok(true));
    }
}

fn a_full_queue_gives_the_job_back<Q: JobQueue>(new: fn() -> Q, bounded: fn(usize) -> Q) {
    let (said, heard) = channel();
    assert_eq!(new().capacity(), None);
    let queue = bounded(2);
    assert_eq!(queue.capacity(), Some(2));
    queue.push(numbered(0, &said)).ok().unwrap();
    queue.try_push(numbered(1, &said)).unwrap();
    match queue.try_push(numbered(2, &said)) {
        Err(Rejected::Full(job)) => job(),
        other => panic!("{other:?}"),
    }
    assert_eq!(queue.len(), 2);
    queue.pop().unwrap()();
    queue.try_push(numbered(3, &said)).unwrap();
    queue.close();
    queue.feed(&mut |job| job());
    assert_eq!(all(said, &heard), [2, 0, 1, 3]);
}

fn a_submitter_waits_until_there_is_room<Q: JobQueue>(_: fn() -> Q, bounded: fn(usize) -> Q) {
    let (said, heard) = channel();
    let queue = Arc::new(bounded(1));
    queue.push(numbered(0, &said)).ok().unwrap();
    let submitters: Vec<_> = (1..=4)
        .map(|number| {
            let (queue, said) = (Arc::clone(&queue), said.clone());
            thread::spawn(move || queue.push(numbered(number, &said)).ok().unwrap())
        })
        .collect();
    for _ in 0..5 {
        queue.pop().unwrap()();
        assert!(heard.recv_timeout(TIMEOUT).is_ok());
    }
    submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
    assert!(queue.is_empty());
}

fn a_submitter_that_waits_when_the_queue_closes_keeps_or_passes_on_its_job<Q: JobQueue>(
    _: fn() -> Q,
    bounded: fn(usize) -> Q,
) {
    let (said, heard) = channel();
    let queue = Arc::new(bounded(1));
    queue.push(numbered(0, &said)).ok().unwrap();
    let submitter = thread::spawn({
        let (queue, said) = (Arc::clone(&queue), said.clone());
        // Refused, the job is run here, so that it is heard of exactly once either way.
        move || queue.push(numbered(1, &said)).unwrap_or_else(|job| job())
    });
    queue.close();
    queue.feed(&mut |job| job());
    submitter.join().unwrap();
    let mut heard = all(said, &heard);
    heard.sort_unstable();
    assert_eq!(heard, [0, 1]);
}

fn a_bound_of_zero_is_refused<Q: JobQueue>(_: fn() -> Q, bounded: fn(usize) -> Q) {
    assert!(thread::spawn(move || drop(bounded(0))).join().is_err());
}

fn a_boxed_queue_keeps_every_promise<Q: JobQueue>(_: fn() -> Q, bounded: fn(usize) -> Q) {
    fn boxed(queue: impl JobQueue) -> Box<dyn JobQueue> {
        Box::new(queue)
    }
    let (said, heard) = channel();
    let queue = boxed(bounded(1));
    assert_eq!(queue.capacity(), Some(1));
    queue.try_push(numbered(0, &said)).unwrap();
    assert!(matches!(queue.try_push(numbered(1, &said)), Err(Rejected::Full(_))));
    assert_eq!(queue.len(), 1);
    queue.pop().unwrap()();
    queue.push(numbered(2, &said)).ok().unwrap();
    queue.close();
    queue.feed(&mut |job| job());
    assert_eq!(all(said, &heard), [0, 2]);
}

fn many_submitters_and_workers_lose_nothing<Q: JobQueue>(new: fn() -> Q, bounded: fn(usize) -> Q) {
    const JOBS: usize = 500;
    for queue in [new(), bounded(3)] {
        let (said, heard) = channel();
        let pool = Arc::new(ThreadPool::with_queue(4, queue).unwrap());
        let submitters: Vec<_> = (0..4)
            .map(|submitter| {
                let (pool, said) = (Arc::clone(&pool), said.clone());
                thread::spawn(move || {
                    for number in 0..JOBS {
                        let said = said.clone();
                        assert!(
                            pool.execute(move || said.send(submitter * JOBS + number).unwrap())
                                .is_accepted()
                        );
                    }
                })
            })
            .collect();
        submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
        eventually("the queue is empty", || pool.queue().is_empty());
        drop(pool);
        let mut heard = all(said, &heard);
        heard.sort_unstable();
        assert!(heard.into_iter().eq(0..4 * JOBS));
    }
}
