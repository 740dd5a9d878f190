//! The pool on its default queue: counts, `join`, handles and shutdown.

use super::{Latch, Pool, Runs, check};
use hello::{CondvarQueue, Discarded, Job, JobQueue, Rejected, Shutdown};
use loom::sync::atomic::AtomicUsize;
use loom::sync::{Condvar, Mutex};
use loom::thread;
use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A deadline that may come at any moment; see the facade's `wait_until`.
const ANY_MOMENT: Duration = Duration::from_millis(1);

/// Two workers may finish the last two jobs at once, and each may think that the other has more to
/// do.
#[test]
fn join_returns_when_two_workers_finish_at_once() {
    check(|| {
        let pool = Pool::new(2);
        let runs = Runs::<2>::new();
        for index in 0..2 {
            assert!(pool.execute(runs.job(index)).is_accepted());
        }
        pool.join();
        assert_eq!(runs.counts(), [1; 2]);
        let stats = pool.stats();
        assert_eq!((stats.executed, stats.busy, stats.queued), (2, 0, 0));
    });
}

/// What a finishing worker reads of the queue's length may be old, which the fences of `Progress`
/// must make harmless.
#[test]
fn join_returns_with_a_relaxed_queue_length() {
    check(|| {
        let pool = Pool::over(2, Relaxed::default());
        let runs = Runs::<2>::new();
        for index in 0..2 {
            assert!(pool.execute(runs.job(index)).is_accepted());
        }
        pool.join();
        assert_eq!(runs.counts(), [1; 2]);
    });
}

/// Joins a pool with one job, while another thread does so with `join`, which returns whether the
/// job has run.
fn joined_twice(join: fn(&Pool) -> bool) {
    let pool = Arc::new(Pool::new(1));
    let runs = Arc::new(Runs::<1>::new());
    assert!(pool.execute(runs.job(0)).is_accepted());
    let other = thread::spawn({
        let (pool, runs) = (Arc::clone(&pool), Arc::clone(&runs));
        move || {
            if join(&pool) {
                assert_eq!(runs.counts(), [1]);
            }
        }
    });
    pool.join();
    assert_eq!(runs.counts(), [1]);
    other.join().unwrap();
}

#[test]
fn two_threads_may_join_the_same_pool() {
    check(|| {
        joined_twice(|pool| {
            pool.join();
            true
        })
    });
}

/// A `join` that times out must not switch off the notification that another one waits for.
#[test]
fn timed_out_join_leaves_other_joins_alone() {
    check(|| joined_twice(|pool| pool.join_timeout(ANY_MOMENT)));
}

/// A job is counted before it is pushed, so `join` may wait for one that is refused.
#[test]
fn join_returns_when_its_job_is_refused() {
    check(|| {
        let pool = Arc::new(Pool::new(1));
        pool.shutdown(Shutdown::Drain);
        let joining = thread::spawn({
            let pool = Arc::clone(&pool);
            move || pool.join()
        });
        assert!(!pool.execute(|| ()).is_accepted());
        joining.join().unwrap();
        assert_eq!(pool.stats().executed, 0);
    });
}

/// The same while a worker runs another job and finishes it as this one is refused.
#[test]
fn join_returns_when_another_job_is_refused() {
    check(|| {
        let pool = Arc::new(Pool::over(1, CondvarQueue::bounded(1)));
        let runs = Runs::<2>::new();
        assert!(pool.execute(runs.job(0)).is_accepted());
        let joining = thread::spawn({
            let pool = Arc::clone(&pool);
            move || pool.join()
        });
        let refused = pool.try_execute(runs.job(1)).is_err();
        joining.join().unwrap();
        pool.join();
        assert_eq!(runs.counts(), [1, usize::from(!refused)]);
    });
}

/// I3 and I7: a job that is submitted during `shutdown` runs or comes back.
#[test]
fn job_meeting_shutdown_runs_or_comes_back() {
    check(|| {
        let pool = Arc::new(Pool::new(1));
        let runs = Arc::new(Runs::<1>::new());
        let submitter = thread::spawn({
            let (pool, job) = (Arc::clone(&pool), runs.job(0));
            move || pool.execute(job).into_result()
        });
        pool.shutdown(Shutdown::Drain);
        if let Err(Rejected::ShutDown(job)) = submitter.join().unwrap() {
            assert_eq!(runs.counts(), [0]);
            job();
        }
        assert_eq!(runs.counts(), [1]);
    });
}

#[test]
fn discarded_job_is_counted_and_not_run() {
    check(|| {
        let pool = Pool::new(1);
        let runs = Runs::<2>::new();
        for index in 0..2 {
            assert!(pool.execute(runs.job(index)).is_accepted());
        }
        let dropped = pool.shutdown(Shutdown::Discard);
        assert_eq!(runs.total() as u64 + dropped, 2);
        let stats = pool.stats();
        assert_eq!((stats.executed + stats.discarded, stats.discarded), (2, dropped));
    });
}

#[test]
fn handle_of_a_discarded_job_says_so() {
    check(|| {
        let pool = Pool::new(1);
        let handle = pool.spawn(|| 42);
        let waiting = thread::spawn(move || handle.join());
        let dropped = pool.shutdown(Shutdown::Discard);
        match waiting.join().unwrap() {
            Ok(answer) => assert_eq!((answer, dropped), (42, 0)),
            Err(payload) => assert_eq!((payload.downcast_ref(), dropped), (Some(&Discarded), 1)),
        }
    });
}

#[test]
fn handle_comes_back_after_a_join_timeout() {
    check(|| {
        let pool = Pool::new(1);
        let result = match pool.spawn(|| 42).join_timeout(ANY_MOMENT) {
            Ok(result) => result,
            Err(handle) => handle.join(),
        };
        assert_eq!(result.unwrap(), 42);
    });
}

/// I5. The panic has no message, so that the hook does not print one for every schedule.
#[test]
fn panicking_job_costs_no_worker() {
    check(|| {
        let pool = Pool::new(1);
        pool.execute(|| resume_unwind(Box::new(())));
        assert_eq!(pool.spawn(|| 42).join().unwrap(), 42);
        pool.join();
        let stats = pool.stats();
        assert_eq!((stats.executed, stats.panicked), (2, 1));
    });
}

/// I3 and I6: the pool's end is that of its jobs and workers.
#[test]
fn drop_runs_queued_jobs() {
    check(|| {
        let pool = Pool::new(2);
        let runs = Runs::<2>::new();
        for index in 0..2 {
            assert!(pool.execute(runs.job(index)).is_accepted());
        }
        drop(pool);
        assert_eq!(runs.counts(), [1; 2]);
    });
}

/// I6: the worker on which the pool is dropped waits for the other one and not for itself.
#[test]
fn pool_may_be_dropped_by_its_job() {
    check(|| {
        let runs = Runs::<1>::new();
        let pool = Pool::new(2);
        let place = Arc::new(Mutex::new(None));
        let dropped = Latch::new(1);
        pool.execute({
            let (place, dropped) = (Arc::clone(&place), Arc::clone(&dropped));
            move || {
                // If there is nothing to drop yet, the model's own thread does it, with this job
                // perhaps still running.
                let pool = place.lock().unwrap().take();
                drop(pool);
                dropped.count_down();
            }
        });
        pool.execute(runs.job(0));
        *place.lock().unwrap() = Some(pool);
        dropped.wait();
        let left: Option<Pool> = place.lock().unwrap().take();
        drop(left);
    });
}

/// Two threads shut the pool down. One of them is a worker that the other waits for.
#[test]
fn worker_and_thread_may_shut_down_at_once() {
    check(|| {
        let pool = Arc::new(Pool::new(2));
        let (weak, ran) = (Arc::downgrade(&pool), Latch::new(1));
        pool.execute({
            let ran = Arc::clone(&ran);
            move || {
                // The pool lives until this job has run.
                weak.upgrade().unwrap().shutdown(Shutdown::Drain);
                ran.count_down();
            }
        });
        pool.shutdown(Shutdown::Drain);
        ran.wait();
    });
}

/// A job that another job submits is counted before that one has finished.
#[test]
fn join_waits_for_jobs_of_jobs() {
    check(|| {
        let pool = Arc::new(Pool::new(2));
        let runs = Arc::new(Runs::<1>::new());
        let weak = Arc::downgrade(&pool);
        pool.execute({
            let runs = Arc::clone(&runs);
            move || {
                weak.upgrade().unwrap().execute(runs.job(0));
            }
        });
        pool.join();
        assert_eq!(runs.counts(), [1]);
    });
}

/// A queue that keeps its length beside the lock, with no more order than the trait asks for.
#[derive(Default)]
struct Relaxed {
    state: Mutex<(VecDeque<Job>, bool)>,
    changed: Condvar,
    len: AtomicUsize,
}

impl JobQueue for Relaxed {
    fn push(&self, job: Job) -> Result<(), Job> {
        let mut state = self.state.lock().unwrap();
        if state.1 {
            return Err(job);
        }
        state.0.push_back(job);
        self.len.fetch_add(1, Ordering::Relaxed);
        self.changed.notify_one();
        Ok(())
    }

    fn pop(&self) -> Option<Job> {
        let mut state = self.state.lock().unwrap();
        loop {
            if let Some(job) = state.0.pop_front() {
                drop(state);
                self.len.fetch_sub(1, Ordering::Relaxed);
                return Some(job);
            }
            if state.1 {
                return None;
            }
            state = self.changed.wait(state).unwrap();
        }
    }

    fn close(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }

    fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }
}
